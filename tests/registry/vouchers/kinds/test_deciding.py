"""Late grants by two, renewals, decisions against a holder, and the days in which an event can still be claimed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.catalogue.legal_regimes.model import RegimeConfirmation
from registry.choice.commands import Renewed, renew_voucher
from registry.people.commands.tokens import create_api_token
from registry.providers.decisions.document import DecisionText, read_text
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.adverse.queries import Against, decision_paper, decisions_against
from registry.vouchers.adverse.rules import AdverseKind, HeardHow, Hearing, may_decide_against
from registry.vouchers.adverse.words import HEARD, REASONS
from registry.vouchers.changing.commands import lower_voucher
from registry.vouchers.changing.rules import CHANGE_REASONS, ChangeKind
from registry.vouchers.commands import GrantOrder, cancel
from registry.vouchers.reasons import CANCEL_REASONS
from registry.vouchers.renewing.rules import may_renew
from registry.vouchers.retroactive.commands import decide_retroactive, propose_retroactive
from registry.vouchers.rules import VoucherState
from tests.builders import NOW, TODAY, add_account, build_world
from tests.registry.checks.breaking import as_owner
from tests.registry.vouchers.steps import Steps


class Deciding(Steps):
    second: Actor

    async def propose(self, days: int, reason: str = "authority_delayed", **order: Any) -> UUID:
        actor = self.world[Role.CASE_WORKER]
        wanted = GrantOrder(
            client_id=self.world.client_id, service_id=self.world.service_id,
            budget_line_id=self.world.budget_line_id, despite_like=True, **order,
        )  # fmt: skip
        async with self.database.transaction(actor.sight) as session:
            return await propose_retroactive(
                session, actor=actor, now=self.now, order=wanted, events_from=TODAY - timedelta(days=days),
                reason=reason,
            )  # fmt: skip

    async def approve(self, proposal_id: UUID, actor: Actor, approve: bool = True) -> UUID | None:
        async with self.database.transaction(actor.sight) as session:
            granted = await decide_retroactive(
                session, actor=actor, now=self.now, proposal_id=proposal_id, approve=approve
            )
        return granted.id if granted else None

    async def renew(self, voucher_id: UUID, same_provider: bool = False) -> Renewed:
        actor = self.world[Role.CASE_WORKER]
        async with self.database.transaction(actor.sight) as session:
            return await renew_voucher(
                session, actor=actor, now=self.now, keys=self.keys, voucher_id=voucher_id,
                same_provider=same_provider,
            )  # fmt: skip

    async def against(self, voucher_id: UUID) -> list[Against]:
        async with self.database.transaction(self.client(None).sight) as session:
            return await decisions_against(session, voucher_id=voucher_id)


async def deciding(database: Database, keys: Keys, **terms: Any) -> Deciding:
    world = await build_world(database, terms=terms)
    steps = Deciding(database, world, keys)
    async with database.transaction(world.sight) as session:
        steps.second, _ = await add_account(
            session, "Toinen", Role.CASE_WORKER, organiser_id=world.organiser_id,
            sight=Sight(organisers=(world.organiser_id,)),
        )  # fmt: skip
    return steps


# --- a grant from a day that has passed ---------------------------------------------------------------------------------


async def test_two_grant_what_began_before_and_its_events_can_be_claimed(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys, retroactive_days=30)
    own = steps.world[Role.CASE_WORKER]
    proposal_id = await steps.propose(30)
    with pytest.raises(Refused, match="proposed_already"):
        await steps.propose(3)
    with pytest.raises(Refused, match="same_person"):
        await steps.approve(proposal_id, own)
    voucher_id = await steps.approve(proposal_id, steps.second)
    assert voucher_id is not None
    with pytest.raises(Refused, match="approved"):
        await steps.approve(proposal_id, steps.second)
    await steps.confirm(await steps.choose(voucher_id))
    shown = await steps.present(voucher_id)
    await steps.redeem(shown, day=TODAY - timedelta(days=30))
    with pytest.raises(Refused, match="date_outside_validity"):
        await steps.redeem(shown, day=TODAY - timedelta(days=31))
    assert await steps.unfit() == []
    refused = await steps.propose(1)
    assert await steps.approve(refused, steps.second, approve=False) is None
    withdrawn = await steps.propose(1)
    await steps.approve(withdrawn, own, approve=False)
    async with database.transaction(steps.world.sight) as session:
        states = await session.scalars(text("SELECT state FROM retroactive_grant ORDER BY id"))
        assert list(states) == ["approved", "rejected", "withdrawn"]


async def test_how_far_back_and_never_without_two_even_in_the_database(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys, retroactive_days=10)
    for days in (0, 11):
        with pytest.raises(Refused, match="days_range"):
            await steps.propose(days)
    proposal_id = await steps.propose(10)
    steps.now = NOW + timedelta(days=1)
    with pytest.raises(Refused, match="days_range"):
        await steps.approve(proposal_id, steps.second)
    with pytest.raises(IntegrityError, match="four_eyes"):
        async with database.transaction(steps.world.sight) as session:
            await session.execute(
                text(
                    "UPDATE retroactive_grant SET state = 'approved', decided_at = now(), decided_by = proposed_by,"
                    " voucher_id = id"
                )
            )
    voucher_id = await steps.grant()
    with pytest.raises(IntegrityError, match="backdated_approved"):
        async with database.transaction(steps.world.sight) as session:
            await session.execute(
                text("UPDATE voucher SET valid_from = valid_from - interval '1 day' WHERE id = :v"),
                {"v": voucher_id},
            )
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO voucher_terms SELECT (jsonb_populate_record(t, jsonb_build_object("
                "'id', gen_random_uuid(), 'version', 2, 'retroactive_days', 0))).* FROM voucher_terms t"
            )
        )
    with pytest.raises(Refused, match="not_allowed"):
        await steps.propose(1)


# --- renewal ------------------------------------------------------------------------------------------------------------


async def test_a_renewal_is_a_new_voucher_with_the_same_provider_or_a_new_choice(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys)
    old, shown = await steps.opened()
    with pytest.raises(Refused, match="too_early"):
        await steps.renew(old)
    for _ in range(10):
        await steps.redeem(shown)
    renewed = await steps.renew(old, same_provider=True)
    new = await steps.voucher(renewed.voucher_id)
    assert (new.renews_id, new.state, new.provider_id) == (old, "chosen", steps.world.providers[0])
    assert (await steps.voucher(old)).captured_cents == 600_00, "the old one stays what it was"
    with pytest.raises(Refused, match="renewed_already"):
        await steps.renew(old)
    gone = await steps.grant()
    steps.now = NOW + timedelta(days=100)
    await steps.tick()
    again = await steps.renew(gone)
    assert (await steps.voucher(again.voucher_id)).state == "granted"
    with pytest.raises(Refused, match="ended_otherwise"):
        await steps.cancel(again.voucher_id)
        await steps.renew(again.voucher_id)
    assert await steps.unfit() == []


def test_when_a_voucher_may_be_renewed() -> None:
    for state in VoucherState:
        for days, spent in ((61, False), (60, False), (61, True)):
            answer = may_renew(state, last_day=TODAY + timedelta(days=days), today=TODAY, spent=spent)
            ended = state in (VoucherState.USED_UP, VoucherState.EXPIRED)
            near = state in (VoucherState.GRANTED, VoucherState.CHOSEN, VoucherState.IN_USE) and (
                spent or days == 60
            )
            assert (not hasattr(answer, "code")) == (ended or near), (state, days, spent)


# --- against the holder -------------------------------------------------------------------------------------------------


async def test_a_decision_against_the_holder_says_why_on_what_law_and_what_to_do(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys)
    voucher_id, actor = await steps.grant(), steps.world[Role.CASE_WORKER]
    for hearing in (None, Hearing(HeardHow.OWN_WISH), Hearing(HeardHow.PHONE), Hearing(HeardHow.NOT_NEEDED)):
        with pytest.raises(Refused, match=r"decision\."):
            async with database.transaction(actor.sight) as session:
                await lower_voucher(
                    session, actor=actor, now=NOW, voucher_id=voucher_id, reason="less_needed", units=2_00,
                    hearing=hearing,
                )  # fmt: skip
    async with database.transaction(actor.sight) as session:
        await lower_voucher(
            session, actor=actor, now=NOW, voucher_id=voucher_id, reason="less_needed", units=2_00,
            hearing=Hearing(HeardHow.PHONE, TODAY),
        )  # fmt: skip
    async with database.transaction(actor.sight) as session:
        await cancel(
            session, actor=actor, now=NOW, voucher_id=voucher_id, reason="granted_in_error",
            hearing=Hearing(HeardHow.NOT_NEEDED),
        )  # fmt: skip
    cancelled, lowered = await steps.against(voucher_id)
    assert (lowered.kind, lowered.cents, lowered.heard_on) == ("lowered", 120_00, TODAY)
    assert (cancelled.kind, cancelled.cents, cancelled.heard) == ("cancelled", 480_00, "not_needed")
    assert lowered.remedy_until >= TODAY + timedelta(days=3 + 14)
    assert {"fi", "sv", "en"} == set(lowered.document)
    said = " ".join(part for step in lowered.document["en"]["steps"] for part in step)
    assert "569/2009" in said
    assert "kirjaamo@example.invalid" in said
    assert await steps.unfit() == []
    frozen = {lang: read_text(lowered.document[lang]["paper"]) for lang in ("fi", "sv", "en")}
    assert [section.heading for section in frozen["fi"].sections] == [
        "Asianosaiset", "Mitä on päätetty", "Perustelut", "Kuuleminen", "Sovelletut säännökset",
        "Jos olet tyytymätön päätökseen",
    ]  # fmt: skip
    for words in (
        "otetaan pois 2 tuntia (120,00 €).",
        "käytettävissä 8 tuntia (480,00 €).",
        "kuin mihin palveluseteli",
        "puhelimessa 22.11.2026",
    ):
        assert words in frozen["fi"].plain_text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Asiakas Esimerkki" not in str(cancelled.document), "a name must be erasable"
    assert "Hearing was manifestly unnecessary" in read_text(cancelled.document["en"]["paper"]).plain_text


async def test_a_decision_on_paper_is_of_its_voucher_alone_and_older_ones_have_one_too(
    database: Database, keys: Keys, owner_url: str
) -> None:
    steps = await deciding(database, keys)
    voucher_id, other = await steps.grant(), await steps.grant()
    await steps.cancel(voucher_id)
    (row,) = await steps.against(voucher_id)

    async def paper(of: UUID, with_name: bool = True) -> DecisionText:
        async with database.transaction(steps.client(None).sight) as session:
            found = await decision_paper(
                session, voucher_id=of, decision_id=row.id, language="sv", with_name=with_name
            )
        return found.text

    whole = await paper(voucher_id)
    assert whole.sections[0].items[0].text.startswith("Asiakas Esimerkki\nServicesedel ")
    assert whole.title == "Beslut: servicesedeln återkallas"
    nameless = await paper(voucher_id, with_name=False)
    assert nameless.sections[0].items[0].text.startswith("Servicesedel ")
    with pytest.raises(NotFound):
        await paper(other)
    await as_owner(
        owner_url,
        "ALTER TABLE voucher_decision DISABLE TRIGGER USER",
        "UPDATE voucher_decision SET document = document #- '{fi,paper}' #- '{sv,paper}' #- '{en,paper}'",
    )
    old = await paper(voucher_id)
    assert old.sections[2:] == whole.sections[2:]
    sum_alone = (
        whole.sections[1]
        .paragraphs[0]
        .replace("10 timmar (600,00\N{NO-BREAK SPACE}€)", "600,00\N{NO-BREAK SPACE}€")
    )
    assert old.sections[1].paragraphs[0] == sum_alone != whole.sections[1].paragraphs[0]


def test_every_reason_of_a_decision_has_its_words() -> None:
    assert set(REASONS[AdverseKind.LOWERED]) == set(CHANGE_REASONS[ChangeKind.LOWERED])
    assert set(REASONS[AdverseKind.CANCELLED]) == set(CANCEL_REASONS)
    assert set(HEARD) == set(HeardHow)


async def test_a_system_of_the_organiser_decides_in_the_organisers_name(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys)
    voucher_id, organiser_id = await steps.grant(), steps.world.organiser_id
    async with database.transaction(steps.world.sight) as session:
        made = await create_api_token(
            session, actor=system(organiser_id), now=NOW, name="installed", scopes=["vouchers:grant"], days=30,
            role=Role.CASE_WORKER, organiser_id=organiser_id,
        )  # fmt: skip
    token = replace(steps.world[Role.CASE_WORKER], kind="token", id=made.id)
    async with database.transaction(token.sight) as session:
        await cancel(
            session, actor=token, now=NOW, voucher_id=voucher_id, reason="granted_in_error",
            hearing=Hearing(HeardHow.NOT_NEEDED),
        )  # fmt: skip
    (row,) = await steps.against(voucher_id)
    parties = read_text(row.document["en"]["paper"]).sections[0].items
    assert parties[1].text == parties[2].text.splitlines()[0], "no person is made up"


async def test_nothing_goes_out_that_could_not_say_how_to_go_against_it(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys)
    voucher_id = await steps.grant()
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            text("INSERT INTO service_regime SELECT (jsonb_populate_record(r, jsonb_build_object('id',"
                 " gen_random_uuid(), 'version', 2, 'digest', repeat('0', 64)))).* FROM service_regime r")
        )  # fmt: skip
        assert await session.scalar(select(RegimeConfirmation.id)) is not None
    with pytest.raises(Refused, match=r"regime\."):
        await steps.cancel(voucher_id)
    assert (await steps.voucher(voucher_id)).state == "granted"


def test_hearing_is_left_out_only_where_the_law_lets_it_be() -> None:
    ok = (
        ("client_asked", HeardHow.OWN_WISH, None),
        ("corrected", HeardHow.NOT_NEEDED, None),
        ("moved_away", HeardHow.WRITING, TODAY),
    )
    for reason in ("client_asked", "corrected", "moved_away", "no_longer_entitled"):
        for how in HeardHow:
            for on in (None, TODAY, TODAY + timedelta(days=1)):
                heard = how in (HeardHow.MEETING, HeardHow.PHONE, HeardHow.WRITING) and on == TODAY
                right = heard or (reason, how, on) in ok
                answer = may_decide_against(reason, Hearing(how, on), today=TODAY)
                assert (not hasattr(answer, "code")) == right, (reason, how, on)


# --- the claim window ---------------------------------------------------------------------------------------------------


async def test_an_event_before_the_end_is_claimed_for_thirty_days_and_then_the_rest_returns(
    database: Database, keys: Keys
) -> None:
    steps = await deciding(database, keys, claim_window_days=30)
    voucher_id, shown = await steps.opened()
    voucher = await steps.voucher(voucher_id)
    last = local_date(voucher.valid_until - timedelta(seconds=1))
    assert local_date(voucher.claim_until - timedelta(seconds=1)) == last + timedelta(days=30)
    steps.now = voucher.claim_until - timedelta(microseconds=1)
    await steps.redeem(shown, day=last)
    with pytest.raises(Refused, match="date_outside_validity"):
        await steps.redeem(shown, day=last + timedelta(days=1))
    await steps.tick()
    assert (await steps.voucher(voucher_id)).state == "in_use", "not a moment too early"
    steps.now = voucher.claim_until
    with pytest.raises(Refused, match=r"voucher\.expired"):
        await steps.redeem(shown, day=last)
    await steps.tick()
    ended = await steps.voucher(voucher_id)
    assert (ended.state, ended.captured_cents, ended.returned_cents) == ("expired", 60_00, 540_00)
    assert (await steps.line()).granted_cents == 60_00
    assert await steps.unfit() == []
