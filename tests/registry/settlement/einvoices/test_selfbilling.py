"""Self-billing: with consent only, the same invoice in both syntaxes, its payable the statement's total to the cent."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.catalogue.commands import tell_business_id
from registry.providers.bank_accounts.model import BankAccount
from registry.settlement.commands.invoicing import ReceivedInvoice
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.selfbilling.commands import bill_statement, end_consent, give_consent
from registry.settlement.selfbilling.making import BilledLine, Untaxed, make_invoice, may_bill
from registry.settlement.selfbilling.queries import self_billed
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import ACCEPTED, Forbidden, Invalid, Refusal, Refused
from registry.shared.identifiers import uuid7
from registry.shared.money import vat_split
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    EARLY,
    IN_NOVEMBER,
    IN_OCTOBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    close,
    closed_october,
    only_statement,
    redeem_at,
    reverse_at,
    show_voucher,
    view,
)
from tests.registry.settlement.einvoices.made import BUYER, SELLER
from tests.registry.settlement.test_invoicing import reject

EXEMPT = Untaxed("E", "Sosiaalihuoltopalvelu")


def billed(amount_cents: int, rate_bp: int, reference: str) -> BilledLine:
    net, _ = vat_split(amount_cents, rate_bp)
    return BilledLine(reference, "Työhönvalmennus 10.10.2026", net, amount_cents, rate_bp)


lines = st.lists(
    st.builds(
        billed,
        st.integers(-50_000, 200_000).filter(bool),
        st.sampled_from([2550, 1350, 1000, 0]),
        st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
    ),
    min_size=1,
    max_size=30,
)


@given(made=lines, untaxed=st.sampled_from([EXEMPT, Untaxed("AE", "AVL 8 a §"), Untaxed("Z", "")]))
def test_whatever_is_stated_both_syntaxes_say_the_same_and_ask_for_the_stated_total(
    shared_data: Path, made: list[BilledLine], untaxed: Untaxed
) -> None:
    invoice = make_invoice(
        made, number="SB202610000018", day=date(2026, 11, 2), seller=SELLER, buyer=BUYER,
        reference="RF3920261000018", iban="FI2112345600000785", untaxed=untaxed,
    )  # fmt: skip
    total = sum(line.amount_cents for line in made)
    assert invoice.totals.payable * invoice.sign * 100 == total
    assert abs(invoice.totals.rounding) <= Decimal(len(made) + 4) / 100
    finvoice = write_finvoice(invoice)
    for content in (write_ubl(invoice), finvoice):
        read, problems, _ = read_einvoice(content)
        signs_differ = invoice.credit and invoice.totals.gross < 0
        assert problems == [] or signs_differ
        assert read == invoice or signs_differ
    schema = etree.XMLSchema(etree.parse(str(shared_data.parent / "schemas" / "Finvoice3.0.xsd")))
    schema.assertValid(etree.fromstring(finvoice))


@pytest.mark.parametrize(
    ("vat_id", "buyer_id", "categories", "code"),
    [
        ("FI23456780", "", {"S", "E", "Z"}, None),
        (None, "", {"O"}, None),
        ("FI23456780", "", {"O"}, None),
        ("FI23456780", "0187690-1", {"AE", "S"}, None),
        (None, "", {"S"}, "selfbilling.not_registered"),
        (None, "", {"E"}, "selfbilling.not_registered"),
        ("FI23456780", "", {"S", "O"}, None),
        (None, "", {"S", "O"}, "selfbilling.not_registered"),
        ("FI23456780", "", {"AE"}, "selfbilling.buyer_id_missing"),
    ],
)
def test_what_is_said_of_vat_must_fit_the_lines(
    vat_id: str | None, buyer_id: str, categories: set[str], code: str | None
) -> None:
    decision = may_bill(vat_id=vat_id, buyer_id=buyer_id, categories=frozenset(categories))
    assert decision == (ACCEPTED if code is None else Refusal(code))


def stated(amount_cents: int, rate_bp: int, category: str, reason: str | None, reference: str) -> BilledLine:
    return replace(billed(amount_cents, rate_bp, reference), vat_category=category, vat_reason=reason)


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (
            [
                stated(62_75, 2550, "S", None, "0" * 12), stated(50_00, 0, "E", "AVL 39 §", "1" * 12),
                stated(10_00, 0, "E", "AVL 37 §", "2" * 12), stated(-12_55, 2550, "S", None, "3" * 12),
            ],
            [("S", "25.5", "40.00", ""), ("E", "0", "60.00", "AVL 39 §; AVL 37 §")],
        ),
        (
            [stated(80_00, 0, "AE", "Käännetty verovelvollisuus", "4" * 12)],
            [("AE", "0", "80.00", "Käännetty verovelvollisuus")],
        ),
        (
            [stated(80_00, 0, "O", "Ei arvonlisäverovelvollinen", "5" * 12)],
            [("O", None, "80.00", "Ei arvonlisäverovelvollinen")],
        ),
    ],
)  # fmt: skip
def test_each_line_has_the_vat_that_its_price_had(
    shared_data: Path, lines: list[BilledLine], rows: list[tuple[str, str | None, str, str]]
) -> None:
    """What the statement says goes before what the consent says; both syntaxes are valid."""
    invoice = make_invoice(
        lines, number="SB202610000018", day=date(2026, 11, 2), seller=SELLER, buyer=BUYER,
        reference="RF3920261000018", iban="FI2112345600000785", untaxed=Untaxed("Z", ""),
    )  # fmt: skip
    made = [(row.category, row.rate, row.taxable, row.reason) for row in invoice.vat]
    assert made == [(c, None if r is None else Decimal(r), Decimal(n), why) for c, r, n, why in rows]
    assert invoice.totals.vat == sum(row.vat for row in invoice.vat)
    assert bool(invoice.seller.vat_id) == (rows[0][0] != "O")
    finvoice = write_finvoice(invoice)
    for content in (write_ubl(invoice), finvoice):
        read, problems, _ = read_einvoice(content)
        assert (read, problems) == (invoice, [])
    schema = etree.XMLSchema(etree.parse(str(shared_data.parent / "schemas" / "Finvoice3.0.xsd")))
    schema.assertValid(etree.fromstring(finvoice))


async def consent(database: Database, world: World, **said: Any) -> None:
    """The provider consents, and has an account to be paid to."""
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        values = {"vat_id": "FI23456780", "untaxed_category": "E", "untaxed_reason": "Sosiaalihuolto"} | said
        await give_consent(session, actor=actor, now=EARLY, organiser_id=world.organiser_id, **values)
        session.add(
            BankAccount(
                id=uuid7(),
                provider_id=actor.provider_id,
                iban="FI2112345600000785",
                state="in_force",
                requested_by=actor.id,
                requested_at=EARLY,
                decided_by=uuid7(),
                decided_at=EARLY,
            )
        )


async def bill(database: Database, world: World, statement_id: UUID) -> ReceivedInvoice:
    (received,) = await bill_all(database, world, statement_id)
    return received


async def bill_all(database: Database, world: World, statement_id: UUID) -> tuple[ReceivedInvoice, ...]:
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        return await bill_statement(session, actor=officer, now=LATER, statement_id=statement_id)


async def test_an_invoice_is_made_only_with_consent_and_once(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    with pytest.raises(Refused, match=r"selfbilling\.no_consent"):
        await bill(database, world, october.statement_id)
    await consent(database, world)
    async with database.transaction(world.sight) as session:
        runner = system(world.organiser_id)
        with pytest.raises(Invalid):
            await tell_business_id(
                session, actor=runner, now=EARLY, organiser_id=world.organiser_id, business_id="0187690-2"
            )
        await tell_business_id(
            session, actor=runner, now=EARLY, organiser_id=world.organiser_id, business_id="01876901"
        )
    received = await bill(database, world, october.statement_id)
    assert (received.statement_state, received.total_cents) == ("matched", 105_50)
    (kept,) = (await view(database, world, october.statement_id)).invoices
    assert (kept.self_billed, kept.payable_cents, kept.syntax) == (True, 105_50, "ubl")
    with pytest.raises(Refused, match=r"statement\.matched"):
        await bill(database, world, october.statement_id)
    await reject(database, world, received.invoice_id)
    second = await bill(database, world, october.statement_id)
    assert (second.number, second.statement_state) == (f"{received.number}-2", "matched")
    async with database.transaction(world.provider_actor().sight) as session:
        made = await self_billed(session, invoice_id=second.invoice_id)
    assert made is not None
    assert (made.type_code, made.iban, made.seller.vat_id) == ("389", "FI2112345600000785", "FI23456780")
    assert made.buyer.business_id == "0187690-1"


async def test_a_negative_statement_becomes_a_credit_note(database: Database) -> None:
    world = await build_world(database)
    await consent(database, world)
    shown = await show_voucher(database, world)
    redeemed = await redeem_at(database, world, shown, 60_00, IN_OCTOBER)
    await close(database, world, OCTOBER)
    await reverse_at(database, world, redeemed, IN_NOVEMBER)
    await redeem_at(database, world, shown, 10_00, IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    statement_id = await only_statement(database, world, NOVEMBER)
    received = await bill(database, world, statement_id)
    assert (received.statement_state, received.total_cents) == ("matched", -50_00)
    async with database.transaction(world.sight) as session:
        made = await self_billed(session, invoice_id=received.invoice_id)
    assert made is not None
    assert (made.type_code, made.totals.payable) == ("261", Decimal("50.00"))


async def test_a_consent_is_not_taken_back_while_an_invoice_rests_on_it(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await consent(database, world)
    officer, provider = world[Role.FINANCE_OFFICER], world.provider_actor()
    async with database.transaction(officer.sight) as session:
        await bill_statement(session, actor=officer, now=LATER, statement_id=october.statement_id)
        with pytest.raises(DBAPIError, match="lock timeout"):
            async with database.transaction(provider.sight) as other:
                await other.execute(text("SET LOCAL lock_timeout = '20ms'"))
                await end_consent(other, actor=provider, now=LATER, organiser_id=world.organiser_id)


async def test_a_consent_is_the_providers_own_and_can_be_taken_back(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        with pytest.raises(Forbidden):
            await give_consent(
                session, actor=officer, now=EARLY, organiser_id=world.organiser_id, vat_id="",
                untaxed_category="O", untaxed_reason="x",
            )  # fmt: skip
    await consent(database, world)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await end_consent(session, actor=actor, now=EARLY, organiser_id=world.organiser_id)
    with pytest.raises(Refused, match=r"selfbilling\.no_consent"):
        await bill(database, world, october.statement_id)
