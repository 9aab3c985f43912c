"""What an application asks and what it lacks, which papers answer, and who decides on an account."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from registry.catalogue.legal_regimes.loading import templates
from registry.catalogue.legal_regimes.rules import EvidenceKind, evidence_asked
from registry.providers.bank_accounts.rules import (
    BANK_ACCOUNT_TRANSITIONS,
    BankAccountState,
    masked,
    may_decide_account,
    read_iban,
)
from registry.providers.drafts.kept import answers_document, read_answers
from registry.providers.drafts.rules import (
    Accepted,
    Answers,
    Capacity,
    Insurance,
    Part,
    Price,
    ServiceAnswers,
    ServiceAsks,
    Situation,
    Way,
    Where,
    missing,
    offer_of,
    parts_of,
)
from registry.providers.evidence.rules import Asked, Paper, asked_together, chosen, good_until, lacking
from registry.providers.rules import OfferLimits
from registry.shared.errors import Refusal
from registry.shared.identifiers import uuid7

TODAY = date(2026, 11, 22)
SERVICE, SITE, COACH = UUID(int=1), UUID(int=2), UUID(int=3)
WHOLE = Answers(
    services={
        SERVICE: ServiceAnswers(
            accepted=Accepted("2026-1", ("a", "b")), price=Price(50_00, 2550), capacity=Capacity(5)
        )
    },
    where=Where(("564", "853"), remote=False),
    sites=(SITE,),
    languages=("fi",),
    accessibility=(),
    way=Way("one_to_one"),
    coaches=(COACH,),
    insurance=Insurance("Vakuutus Oy", 1, TODAY),
)
ASKS = ServiceAsks(
    limits=OfferLimits(
        60_00, own_share_allowed=False, rule_book_version="2026-1", municipalities={"564", "853"}
    ),
    area=frozenset({"564"}),
    points=("a", "b"),
)
SITUATION = Situation(
    services={SERVICE: ASKS},
    coaches={COACH},
    sites={SITE},
    papers_lacking={},
    papers_asked=["liability_insurance"],
    employer_known=True,
    has_account=True,
    today=TODAY,
)


def own(**changed: Any) -> Answers:
    return WHOLE.with_service(SERVICE, replace(WHOLE.services[SERVICE], **changed))


def test_a_whole_application_lacks_nothing_and_reads_back_as_it_was_kept() -> None:
    assert missing(WHOLE, SITUATION) == {}
    assert read_answers(answers_document(WHOLE)) == WHOLE


def test_of_nothing_every_part_is_missing_that_is_asked_of_all() -> None:
    said = {part for part, _ in missing(Answers(), SITUATION)}
    assert said == set(Part) - {
        Part.ORGANISATION,
        Part.RULES,
        Part.PRICE,
        Part.CAPACITY,
        Part.EVIDENCE,
        Part.BANK,
    }


@pytest.mark.parametrize(
    ("answers", "situation", "part", "code"),
    [
        (replace(WHOLE, sites=()), SITUATION, Part.SITES, "draft.no_site"),
        (replace(WHOLE, sites=(uuid7(),)), SITUATION, Part.SITES, "draft.site_gone"),
        (replace(WHOLE, where=Where(("853",), remote=False)), SITUATION, Part.WHERE, "offer.serves_nowhere"),
        (replace(WHOLE, coaches=(uuid7(),)), SITUATION, Part.COACHES, "draft.coach_incomplete"),
        (
            replace(WHOLE, insurance=Insurance("V", 1, TODAY - timedelta(days=1))),
            SITUATION, Part.INSURANCE, "draft.insurance_over",
        ),
        (own(price=Price(60_01, 2550)), SITUATION, Part.PRICE, "offer.price_above_ceiling"),
        (own(price=Price(50_00, 2550, TODAY - timedelta(days=1))), SITUATION, Part.PRICE, "draft.price_start_past"),
        (own(capacity=Capacity(5, TODAY - timedelta(days=1))), SITUATION, Part.CAPACITY, "offer.next_start_past"),
        (own(accepted=Accepted("2026-1", ("a",))), SITUATION, Part.RULES, "draft.points_left"),
        (own(accepted=Accepted("2025-1", ("a", "b"))), SITUATION, Part.RULES, "draft.rule_book_changed"),
        (WHOLE, replace(SITUATION, has_account=False), Part.BANK, "draft.no_account"),
        (WHOLE, replace(SITUATION, employer_known=False), Part.EVIDENCE, "draft.employer_unsaid"),
        (
            WHOLE, replace(SITUATION, papers_lacking={"tax_debt": Refusal("evidence.missing")}),
            Part.EVIDENCE, "draft.papers_lacking",
        ),
        (
            WHOLE, replace(SITUATION, services={SERVICE: replace(ASKS, problem="application.admitted_already")}),
            Part.SERVICES, "application.admitted_already",
        ),
        (WHOLE, replace(SITUATION, services={}), Part.SERVICES, "draft.service_gone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_is_mended(
    answers: Answers, situation: Situation, part: Part, code: str
) -> None:
    found = missing(answers, situation)
    assert {(one, why.code) for (one, _), why in found.items()} >= {(part, code)}
    assert all(one in parts_of(answers, situation) for one in found if one[0] is not Part.SERVICES)


def test_an_own_share_lets_the_price_be_higher() -> None:
    asks = replace(ASKS, limits=replace(ASKS.limits, own_share_allowed=True))
    assert missing(own(price=Price(60_01, 2550)), replace(SITUATION, services={SERVICE: asks})) == {}


def test_each_service_gets_the_municipalities_of_its_own_organiser() -> None:
    offer = offer_of(WHOLE, SERVICE, ASKS)
    assert offer is not None
    assert offer.municipality_codes == ("564",)


def test_what_does_not_apply_is_not_asked() -> None:
    remote = replace(WHOLE, where=Where((), remote=True), sites=())
    calm = replace(SITUATION, papers_asked=[], has_account=None)
    assert missing(remote, calm) == {}
    asked = {part for part, _ in parts_of(remote, calm)}
    assert asked.isdisjoint({Part.SITES, Part.INSURANCE, Part.EVIDENCE, Part.BANK})


def kinds(provider_kind: str, *, employer: bool | None, register_answered: bool) -> set[str]:
    rules = evidence_asked(
        templates()["service_voucher_act"],
        provider_kind=provider_kind,
        employer=employer,
        register_answered=register_answered,
    )
    return {str(one.kind) for one in asked_together([rules])}


def test_a_public_body_and_own_production_show_no_papers_and_an_association_without_staff_few() -> None:
    assert kinds("public_body", employer=None, register_answered=False) == set()
    assert kinds("own_production", employer=True, register_answered=True) == set()
    assert kinds("association", employer=False, register_answered=True) == {"tax_debt", "liability_insurance"}
    assert kinds("sole_trader", employer=False, register_answered=False) == {
        "tax_debt", "pension_insurance", "liability_insurance", "register_extract",
    }  # fmt: skip


# --- papers -----------------------------------------------------------------------------------------------------------


def paper(issued: date, kind: str = "tax_debt", until: date | None = None) -> Paper:
    return Paper(uuid7(), kind, issued, until)


ASKED = (Asked(EvidenceKind.TAX_DEBT, 3),)


@pytest.mark.parametrize(
    ("issued", "on", "code"),
    [
        (date(2026, 8, 22), TODAY, None),
        (date(2026, 8, 21), TODAY, "evidence.too_old"),
        (date(2026, 11, 23), TODAY, "evidence.issued_later"),
        (date(2026, 11, 30), date(2027, 2, 28), None),
        (date(2026, 11, 30), date(2027, 3, 1), "evidence.too_old"),
    ],
)
def test_a_paper_is_too_old_from_one_day_on(issued: date, on: date, code: str | None) -> None:
    why = lacking([paper(issued)], ASKED, on=on).get(EvidenceKind.TAX_DEBT)
    assert (why.code if why else None) == code


def test_the_newest_paper_counts_and_one_that_ended_does_not() -> None:
    old, new = paper(date(2026, 9, 1)), paper(date(2026, 10, 1), until=date(2026, 11, 21))
    assert chosen([new, old], ASKED, on=TODAY) == {EvidenceKind.TAX_DEBT: new}
    assert lacking([new, old], ASKED, on=TODAY)[EvidenceKind.TAX_DEBT].code == "evidence.no_longer_valid"
    assert good_until(new, max_age_months=3) == date(2026, 11, 21)
    assert lacking([], ASKED, on=TODAY)[EvidenceKind.TAX_DEBT].code == "evidence.missing"


def test_of_two_that_ask_the_stricter_age_counts() -> None:
    regime = templates()["service_voucher_act"]
    strict = [replace(rule, max_age_months=1) for rule in regime.evidence]
    assert {one.max_age_months for one in asked_together([regime.evidence, strict])} == {1}


# --- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), list(product(BankAccountState, BankAccountState)))
def test_every_step_of_an_account_by_the_one_who_asked_and_by_another(
    before: BankAccountState, after: BankAccountState
) -> None:
    asked_by, other = uuid7(), uuid7()
    known = after in BANK_ACCOUNT_TRANSITIONS[before]

    def may(decider: UUID | None) -> bool:
        said = may_decide_account(state=before, to=after, requested_by=asked_by, decider=decider)
        return not isinstance(said, Refusal)

    withdrawn = after is BankAccountState.WITHDRAWN
    assert may(asked_by) == (known and withdrawn)
    assert may(other) == (known and not withdrawn)
    assert may(None) == (known and withdrawn)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("FI21 1234 5600 0007 85", "FI2112345600000785"),
        ("fi2112345600000785", "FI2112345600000785"),
        ("FI21 1234 5600 0007 86", None),
        ("US12 3456", None),
        ("BR1500000000000010932840814P2", None),  # euros do not reach it this way
        ("", None),
    ],
)
def test_account_numbers(typed: str, number: str | None) -> None:
    assert read_iban(typed) == number
    if number:
        assert number[4:-4] not in masked(number)
