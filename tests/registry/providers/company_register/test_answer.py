"""Reading the register's answers: what is missing is not guessed, what would be wrong is refused."""

from datetime import date
from typing import Any

import pytest

from registry.providers.company_register.answer import AnswerUnusable, Unusable, read_answer
from registry.providers.company_register.rules import (
    Address,
    CompanyFacts,
    Register,
    Situation,
    SituationKind,
    Standing,
    concerns,
    new_concerns,
)
from registry.providers.rules import PROVIDER_FORMS
from registry.shared.identifiers import is_business_id
from tests.registry.providers.company_register.answers import COMPANY, OTHER, answer, company, entry

IN, OUT, UNCLEAR = Standing.IN_FORCE, Standing.NOT_IN_FORCE, Standing.UNCLEAR


def read(**changed: Any) -> CompanyFacts:
    facts = read_answer(answer(company(COMPANY, **changed)), business_id=COMPANY)
    assert facts is not None
    return facts


def why(document: object) -> Unusable:
    with pytest.raises(AnswerUnusable) as caught:
        read_answer(document, business_id=COMPANY)
    return caught.value.why


def test_the_ids_of_these_tests_are_well_formed() -> None:
    assert is_business_id(COMPANY)
    assert is_business_id(OTHER)


def test_a_company_in_order() -> None:
    facts = read()
    assert facts.business_id == COMPANY
    assert facts.name == "Esimerkkivalmennus Oy"
    assert (facts.form, facts.form_code) == ("company", "16")
    assert facts.visiting == Address("Karakaari 7 B 12a", "02610", "ESPOO", "049")
    assert facts.postal == Address(None, "00045", "HELSINKI", "091")
    assert facts.municipality_code == "049"
    assert facts.situations == ()
    assert facts.ceased_on is None
    in_force = {register for register, standing in facts.registers.items() if standing is IN}
    assert in_force == {Register.TRADE, Register.TAX, Register.PREPAYMENT, Register.VAT, Register.EMPLOYER}
    assert set(facts.registers) == set(Register)
    assert concerns(facts) == set()


# --- which company ------------------------------------------------------------------------------------------------


def test_no_company() -> None:
    assert read_answer({"totalResults": 0, "companies": []}, business_id=COMPANY) is None
    assert read_answer({"companies": []}, business_id=COMPANY) is None


def test_an_answer_about_another_company_is_none() -> None:
    assert why(answer(company(OTHER))) is Unusable.WRONG_COMPANY
    assert why(answer(company(COMPANY) | {"businessId": COMPANY})) is Unusable.WRONG_COMPANY
    assert why(answer(company(COMPANY, businessId=None))) is Unusable.WRONG_COMPANY


def test_several_companies_are_no_answer_to_a_question_for_one() -> None:
    assert why(answer(company(COMPANY), company(OTHER))) is Unusable.SEVERAL_COMPANIES
    assert why(answer(company(COMPANY), company(COMPANY))) is Unusable.SEVERAL_COMPANIES
    assert why(answer(company(OTHER), company(OTHER))) is Unusable.WRONG_COMPANY


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "companies",
        {},
        {"companies": None},
        {"companies": {}},
        {"companies": [None]},
        {"totalResults": 1, "companies": []},
        answer(company(COMPANY, names="Oy")),
        answer(company(COMPANY, registeredEntries={})),
        answer(company(COMPANY, registeredEntries=["5"])),
        answer(company(COMPANY, companySituations=[["KONK"]])),
        answer(company(COMPANY, registeredEntries=[entry("5", "55", until="soon")])),
        answer(company(COMPANY, registeredEntries=[entry("5", "55", until="2026-02-30")])),
        answer(company(COMPANY, endDate=20260101)),
    ],
)
def test_what_is_not_of_the_agreed_shape_is_not_used(document: object) -> None:
    assert why(document) is Unusable.MALFORMED


# --- name, form, address ------------------------------------------------------------------------------------------


def name(
    text: object, kind: str = "1", since: str | None = "2020-01-01", until: str | None = None
) -> dict[str, Any]:
    return {"name": text, "type": kind, "registrationDate": since, "endDate": until}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([name("Vanha Oy", until="2024-01-01"), name("Uusi Oy", since="2024-01-02")], "Uusi Oy"),
        ([name("Uusi Oy", since="2024-01-02"), name("Vanha Oy", since="2020-01-01")], "Uusi Oy"),
        ([name("Yksi   Oy\t")], "Yksi Oy"),
        ([name("Aputoiminimi", kind="3")], None),
        ([name("Bolaget Ab", kind="2")], None),
        ([name("Entinen Oy", until="2024-01-01")], None),
        ([name("x" * 201)], None),
        ([name(None)], None),
        ([name("Yksi\u202eOy")], None),
        ([], None),
        (None, None),
    ],
)  # fmt: skip
def test_the_name_is_the_one_in_force_or_none(names: object, found: str | None) -> None:
    assert read(names=names).name == found


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("16", "company"), ("17", "company"), ("13", "company"), ("14", "company"), ("26", "sole_trader"),
        ("6", "association"), ("18", "foundation"), ("41", "public_body"), ("42", "public_body"),
        ("54", "unknown"), ("999", "unknown"),
    ],
)  # fmt: skip
def test_forms(code: str, form: str) -> None:
    facts = read(companyForms=[{"type": code, "registrationDate": "2020-01-01"}])
    assert (facts.form, facts.form_code) == (form, code)
    assert form in PROVIDER_FORMS


def test_the_form_is_the_one_in_force() -> None:
    before = {"type": "16", "registrationDate": "2010-01-01", "endDate": "2019-12-31"}
    assert read(companyForms=[before, {"type": "17", "registrationDate": "2020-01-01"}]).form_code == "17"
    assert read(companyForms=[before]).form == "unknown"
    assert read(companyForms=None).form_code is None


def test_a_post_office_box_does_not_say_where_a_company_is() -> None:
    box = company(COMPANY)["addresses"][1]
    facts = read(addresses=[box])
    assert facts.postal is not None
    assert facts.municipality_code is None
    street = box | {"street": "Mechelininkatu", "postOfficeBox": ""}
    assert read(addresses=[street]).municipality_code == "091"


@pytest.mark.parametrize("addresses", [None, [], [{}], [{"type": 3, "street": "Tie"}]])
def test_no_address_is_no_reason_to_refuse_the_rest(addresses: object) -> None:
    facts = read(addresses=addresses)
    assert (facts.visiting, facts.postal, facts.municipality_code) == (None, None, None)
    assert facts.name


def test_parts_of_an_address_that_are_no_such_parts_are_left_out() -> None:
    facts = read(
        addresses=[
            {
                "type": "1",
                "street": ["Tie"],
                "postCode": "2610",
                "postOffices": [7, {"municipalityCode": "49"}],
            }
        ]
    )
    assert facts.visiting == Address(None, None, None, None)
    assert read(addresses=[{"type": 1, "postOffices": None}]).visiting == Address(None, None, None, None)


# --- registers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "standing"),
    [
        ([], OUT),
        ([entry("5", "55")], IN),
        ([entry("5", "1")], IN),
        ([entry("5", "55", until="2026-01-01")], OUT),
        ([entry("5", "55", until="2024-01-01"), entry("5", "55", since="2025-01-01")], IN),
        ([entry("5", "55", until="2024-01-01"), entry("5", "4", since="2024-01-02")], OUT),
        ([entry("5", "4")], OUT),
        ([entry("5", "0")], OUT),
        ([entry("5", "55"), entry("5", "4")], UNCLEAR),
        ([entry("5", "56")], IN),  # a type that is new to us, in the register's own words "Registered"
        ([entry("5", "56") | {"descriptions": [{"languageCode": "1", "description": "Poistettu"}]}], UNCLEAR),
        ([entry("5", "56") | {"descriptions": []}], UNCLEAR),
        ([entry("5", "56") | {"descriptions": "Rekisterissä"}], UNCLEAR),
        ([entry("7", "41")], OUT),
        ([entry("99", "1")], OUT),
    ],
)  # fmt: skip
def test_the_prepayment_register(entries: list[dict[str, Any]], standing: Standing) -> None:
    assert read(registeredEntries=entries).registers[Register.PREPAYMENT] is standing


def test_one_liability_to_vat_is_enough_beside_one_that_we_do_not_know() -> None:
    strange = entry("6", "99") | {"descriptions": [{"languageCode": "1", "description": "Muu"}]}
    assert read(registeredEntries=[strange, entry("6", "80")]).registers[Register.VAT] is IN
    assert read(registeredEntries=[strange]).registers[Register.VAT] is UNCLEAR


def test_a_ceased_company_is_not_in_the_trade_register_though_its_entry_is_current() -> None:
    facts = read(registeredEntries=[entry("1", "1", until="2025-12-18"), entry("1", "4", since="2025-12-19")])
    assert facts.registers[Register.TRADE] is OUT


def test_an_answer_without_registers_says_nothing_of_them() -> None:
    facts = read(registeredEntries=None)
    assert set(facts.registers.values()) == {UNCLEAR}
    assert "company.prepayment_unclear" in concerns(facts)


# --- situations and concerns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind", "concern"),
    [
        ("KONK", SituationKind.BANKRUPTCY, "company.bankruptcy"),
        ("SELTILA", SituationKind.LIQUIDATION, "company.liquidation"),
        ("SANE", SituationKind.RESTRUCTURING, "company.restructuring"),
        ("UUSI", SituationKind.OTHER, "company.other"),
    ],
)
def test_situations(code: str, kind: SituationKind, concern: str) -> None:
    facts = read(companySituations=[{"type": code, "registrationDate": "2026-05-04", "source": "1"}])
    assert facts.situations == (Situation(kind, code, date(2026, 5, 4)),)
    assert concerns(facts) == {concern}


def test_a_situation_without_a_code_is_still_one() -> None:
    assert concerns(read(companySituations=[{}])) == {"company.other"}


def test_a_situation_that_is_over_is_none() -> None:
    over = {"type": "KONK", "registrationDate": "2020-01-01", "endDate": "2021-01-01"}
    assert read(companySituations=[over]).situations == ()


def test_an_answer_that_is_silent_on_situations_does_not_say_that_there_are_none() -> None:
    facts = read(companySituations=None)
    assert facts.situations is None
    assert concerns(facts) == {"company.situations_unclear"}


def test_a_company_that_has_ceased() -> None:
    facts = read(endDate="2026-03-31")
    assert facts.ceased_on == date(2026, 3, 31)
    assert concerns(facts) == {"company.ceased"}


def test_status_is_not_a_sign_of_life() -> None:
    assert read(status="1", tradeRegisterStatus="9") == read()


def test_the_nightly_check_tells_only_what_is_new() -> None:
    before = read(companySituations=[{"type": "SANE"}])
    now = read(companySituations=[{"type": "SANE"}, {"type": "KONK"}], registeredEntries=[])
    assert new_concerns(before=before, now=now) == {"company.bankruptcy", "company.prepayment_not_in_force"}
    assert new_concerns(before=now, now=before) == set()
