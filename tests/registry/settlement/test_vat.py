"""The VAT of each service over a change of the law and of the provider's own: what the redemption, the statement, the
invoice and the accounts say of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import select, update

from registry.cases.model import Case
from registry.catalogue.commands import tell_business_id
from registry.providers.importing.batches import Target
from registry.providers.importing.entries import Entry
from registry.providers.importing.loading import load_batch
from registry.providers.keeping.changing import offer_of
from registry.providers.keeping.model import AdmissionPrice
from registry.providers.keeping.prices import set_price, turn_vat_rates
from registry.providers.model import Admission, Provider
from registry.settlement.bank.queries.journal import journal
from registry.settlement.einvoices.invoice import Invoice
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.invoice_problems import InvoiceUnreadable
from registry.settlement.selfbilling.commands import end_consent
from registry.settlement.selfbilling.queries import self_billed
from registry.settlement.statement_csv import statement_csv
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.money import vat_split
from registry.shared.outbox import OutboxMessage
from registry.shared.period import local_date
from registry.shared.vat import Vat, vat_in
from registry.vouchers.commands import RedemptionLine, redeem
from registry.vouchers.model import Assignment
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.redemption.writing import Redeemed
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    approve,
    close,
    only_statement,
    send_invoice,
    show_voucher,
    view,
)
from tests.registry.settlement.einvoices.made import SELLER, invoice, line
from tests.registry.settlement.einvoices.test_selfbilling import bill, bill_all, consent
from tests.registry.settlement.einvoices.test_taking_in import seller
from tests.registry.settlement.test_lines_that_wait import answer, dispute, holds

CHOSEN = datetime(2025, 12, 1, 9, tzinfo=UTC)
FEBRUARY = date(2026, 2, 1)
SENT = datetime(2026, 2, 20, 9, tzinfo=UTC)
DECEMBER_DAY, JANUARY_DAY, FEBRUARY_DAY = date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 10)
WHY = "AVL 39 §"


async def chosen_before_the_law_changed(database: Database) -> tuple[World, Any]:
    world = await build_world(database)
    shown = await show_voucher(database, world, early=CHOSEN)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Assignment).values(vat_rate_bp=1400, vat_category="S"))
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[0])
            .values(vat_rate_bp=1400, valid_from=local_date(CHOSEN))
        )
    return world, shown


async def told(database: Database, world: World, rate_bp: int, day: date, **said: Any) -> None:
    """The provider says what the VAT in its price is from a day on; the price itself stays."""
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await set_price(
            session, actor=actor, now=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            admission_id=world.admissions[0], unit_price_cents=60_00, vat_rate_bp=rate_bp, valid_from=day, **said,
        )  # fmt: skip


async def turned(database: Database, world: World, moment: datetime) -> int:
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        return await turn_vat_rates(session, actor=actor, now=moment, limit=10)


async def imported(database: Database, world: World, vat: Vat, moment: datetime) -> None:
    """The register that the provider comes from says otherwise what the VAT in its price is."""
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        provider = await session.get_one(Provider, world.provider_id)
        admission = await session.get_one(Admission, world.admissions[0])
        entry = Entry(
            line=2, cells=[], identity=provider.identity_value, provider={}, state="active", state_reason=None,
            offers={"x": replace(offer_of(admission), **vat.columns())}, submitted_at=None, notes=[],
            provider_digest=b"p", offer_digest=repr(vat).encode(),
        )  # fmt: skip
        target = Target(
            world.organiser_id, provider.identity_scheme, {"x": world.service_id}, frozenset(), frozenset()
        )
        outcome = await load_batch(session, entries=[entry], target=target, actor=actor, now=moment)
    assert outcome.counts == {"changed": 1}


async def redeemed(database: Database, world: World, shown: Any, days: tuple[date, ...]) -> None:
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        lines = [RedemptionLine(shown, 100, 60_00, day) for day in days]
        answers = await redeem(session, actor=actor, now=SENT, lines=lines)
        assert all(isinstance(each, Redeemed) and each.value_cents == 60_00 for each in answers), answers


async def of_february(database: Database, world: World) -> Any:
    await close(database, world, FEBRUARY)
    return await only_statement(database, world, FEBRUARY)


async def business_id(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        await tell_business_id(
            session, actor=system(world.organiser_id), now=CHOSEN, organiser_id=world.organiser_id,
            business_id="01876901",
        )  # fmt: skip


async def test_the_law_and_the_provider_change_the_vat_and_never_the_price(
    database: Database, shared_data: Path
) -> None:
    world, shown = await chosen_before_the_law_changed(database)
    assert await turned(database, world, CHOSEN + timedelta(days=1)) == 0
    assert await turned(database, world, datetime(2026, 1, 1, 9, tzinfo=UTC)) == 1
    assert await turned(database, world, datetime(2026, 1, 1, 9, tzinfo=UTC)) == 0
    await told(database, world, 0, FEBRUARY, vat_category="E", vat_reason=WHY)
    async with database.transaction() as session:
        prices = await session.scalars(select(AdmissionPrice).order_by(AdmissionPrice.valid_from))
        assert [(p.unit_price_cents, p.vat_rate_bp, p.vat_category, p.valid_from) for p in prices] == [
            (60_00, 1400, None, local_date(CHOSEN)),
            (60_00, 1350, "S", date(2026, 1, 1)),
            (60_00, 0, "E", FEBRUARY),
        ]
        assert (await session.get_one(Admission, world.admissions[0])).vat_since == FEBRUARY

    await redeemed(database, world, shown, (DECEMBER_DAY, JANUARY_DAY, FEBRUARY_DAY))
    statement_id = await of_february(database, world)
    found = await view(database, world, statement_id)
    stated = {
        each.service_date: (each.vat_rate_bp, each.vat_category, each.net_cents) for each in found.lines
    }
    assert stated == {
        DECEMBER_DAY: (1400, "S", vat_split(60_00, 1400)[0]),
        JANUARY_DAY: (1350, "S", vat_split(60_00, 1350)[0]),
        FEBRUARY_DAY: (0, "E", 60_00),
    }
    assert [(row.rate_bp, row.category, row.reason) for row in found.vat] == [
        (0, "E", WHY),
        (1350, "S", None),
        (1400, "S", None),
    ]
    written = statement_csv(found.lines, language="en").decode("utf-8-sig").splitlines()
    assert written[0].endswith(";kind;vat_category;vat_reason")
    assert sorted(row.rsplit(";", 2)[1:] for row in written[1:]) == [["E", WHY], ["S", ""], ["S", ""]]

    await business_id(database, world)
    await consent(database, world, untaxed_category="O", untaxed_reason="ei verovelvollinen")
    received = await bill(database, world, statement_id)
    assert (received.statement_state, received.total_cents) == ("matched", 180_00)
    async with database.transaction(world.provider_actor().sight) as session:
        made = await self_billed(session, invoice_id=received.invoice_id)
    assert made is not None
    assert {(row.category, row.rate, row.reason) for row in made.vat} == {
        ("S", Decimal("14"), ""), ("S", Decimal("13.5"), ""), ("E", Decimal(0), WHY),
    }  # fmt: skip
    schema = etree.XMLSchema(etree.parse(str(shared_data.parent / "schemas" / "Finvoice3.0.xsd")))
    schema.assertValid(etree.fromstring(write_finvoice(replace(made, seller=SELLER))))

    await approve(database, world, statement_id)
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        postings = await journal(session, organiser_id=world.organiser_id, month=date(2027, 6, 1))
    expenses = {p.vat: p.debit_cents for p in postings if p.account == "expense"}
    assert expenses == {"1400": stated[DECEMBER_DAY][2], "1350": stated[JANUARY_DAY][2], "E": 60_00}


@pytest.mark.parametrize("told_here", [True, False])
async def test_vat_that_a_register_tells_holds_from_its_import_on_and_never_backwards(
    database: Database, told_here: bool
) -> None:
    world, shown = await chosen_before_the_law_changed(database)
    january, february = (datetime(2026, month, 5, 9, tzinfo=UTC) for month in (1, 2))
    if told_here:
        await told(database, world, 0, local_date(january), vat_category="E", vat_reason=WHY)
    await imported(database, world, Vat(2550, "S"), february)
    days = tuple(date(2026, 2, day) for day in (4, 5, 14, 15))

    async def vat_of(*service_days: date) -> list[Vat]:
        await redeemed(database, world, shown, service_days)
        async with database.transaction(world.sight) as session:
            rows = await session.scalars(
                select(Redemption).order_by(Redemption.id.desc()).limit(len(service_days))
            )
            return [vat_in(row) for row in sorted(rows, key=lambda row: row.service_date)]

    before = Vat(0, "E", WHY) if told_here else Vat(1350, "S")
    assert await vat_of(*days[:2]) == [before, Vat(2550, "S")]
    await told(database, world, 0, days[3], vat_category="O", vat_reason="ei")
    assert await vat_of(*days) == [before, Vat(2550, "S"), Vat(2550, "S"), Vat(0, "O", "ei")]
    async with database.transaction(world.sight) as session:
        prices = (await session.scalars(select(AdmissionPrice).order_by(AdmissionPrice.valid_from))).all()
    assert [each.valid_until for each in prices] == [*(each.valid_from for each in prices[1:]), None]
    assert [(each.unit_price_cents, each.vat_category) for each in prices[-2:]] == [
        (60_00, "S"),
        (60_00, "O"),
    ]


async def of_provider(database: Database, world: World, statement_id: Any, *said: tuple[str, str]) -> Invoice:
    """The provider's own invoice, which says of each line what it is."""
    found = await view(database, world, statement_id)
    lines = [
        line(str(Decimal(each.net_cents) / 100), rate, category=category, reference=each.reference)
        for each, (category, rate) in zip(found.lines, said, strict=True)
    ]
    return invoice(*lines, seller=await seller(database, world), order_reference=found.row.reference)


async def test_a_providers_invoice_with_another_category_or_rate_is_told_by_its_rule(
    database: Database,
) -> None:
    """With the rate of before, the line still comes to the same sum: only the rule sees it."""
    world, shown = await chosen_before_the_law_changed(database)
    await told(database, world, 0, FEBRUARY, vat_category="E", vat_reason=WHY)
    await redeemed(database, world, shown, (JANUARY_DAY, FEBRUARY_DAY))
    statement_id = await of_february(database, world)
    made = await of_provider(database, world, statement_id, ("S", "14"), ("AE", "0"))
    for write in (write_ubl, write_finvoice):
        with pytest.raises(InvoiceUnreadable) as refused:
            await send_invoice(database, world, statement_id, write(made))
        assert [(p.rule, dict(p.facts)) for p in refused.value.problems] == [
            ("STATEMENT-VAT-RATE", {"found": "14", "wanted": "13.5"}),
            ("STATEMENT-VAT-CATEGORY", {"found": "AE", "wanted": "E"}),
        ]
    right = await of_provider(database, world, statement_id, ("S", "13.5"), ("E", "0"))
    received = await send_invoice(database, world, statement_id, write_ubl(right))
    assert (received.statement_state, received.exceptions) == ("matched", 0)


@pytest.mark.parametrize(
    ("category", "reason", "vat_id", "code"),
    [
        ("AE", None, "FI23456780", None),
        ("O", None, "", None),
        ("E", WHY, "", "selfbilling.not_registered"),
    ],
)
async def test_self_billing_follows_the_prices(
    database: Database, category: str, reason: str | None, vat_id: str, code: str | None
) -> None:
    world, shown = await chosen_before_the_law_changed(database)
    await told(database, world, 0, FEBRUARY, vat_category=category, vat_reason=reason)
    await redeemed(database, world, shown, (FEBRUARY_DAY,))
    statement_id = await of_february(database, world)
    await business_id(database, world)
    await consent(database, world, vat_id=vat_id, untaxed_category="O", untaxed_reason="x")
    if code is not None:
        with pytest.raises(Refused, match=code):
            await bill(database, world, statement_id)
        assert (await view(database, world, statement_id)).invoices == ()
        return
    received = await bill(database, world, statement_id)
    (kept,) = (await view(database, world, statement_id)).invoices
    assert received.statement_state == "matched"
    assert [(row["category"], row["net_cents"], bool(row["reason"])) for row in kept.vat] == [
        (category, 60_00, True)
    ]


async def partly_outside(database: Database) -> tuple[World, UUID]:
    """A statement of two visits outside VAT and one with VAT, whose provider has consented to self-billing."""
    world, shown = await chosen_before_the_law_changed(database)
    await told(database, world, 0, local_date(CHOSEN) + timedelta(days=1), vat_category="O")
    await told(database, world, 2550, FEBRUARY)
    await redeemed(database, world, shown, (JANUARY_DAY, FEBRUARY_DAY, JANUARY_DAY))
    statement_id = await of_february(database, world)
    await consent(database, world)
    return world, statement_id


async def test_a_provider_that_took_its_consent_back_is_told_that_it_must_invoice(database: Database) -> None:
    world, statement_id = await partly_outside(database)
    await bill_all(database, world, statement_id)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await end_consent(session, actor=actor, now=SENT, organiser_id=world.organiser_id)
    stated = await view(database, world, statement_id)
    outside = next(each for each in stated.lines if each.vat_category == "O")
    await dispute(database, world, statement_id, outside.id)
    assert (await view(database, world, statement_id)).row.state == "disputed"
    async with database.transaction(world.sight) as session:
        told = select(OutboxMessage.provider_id).where(OutboxMessage.template == "statement.disputed")
        assert (await session.scalars(told)).all() == [world.provider_id]


async def test_what_is_outside_vat_stands_on_an_invoice_of_its_own(database: Database) -> None:
    """A provider that registers in the middle: the statement tells both, and its invoices come to it together."""
    world, statement_id = await partly_outside(database)
    stated = await view(database, world, statement_id)
    assert {each.service_date: (each.vat_category, each.vat_rate_bp) for each in stated.lines} == {
        JANUARY_DAY: ("O", 0), FEBRUARY_DAY: ("S", 2550),
    }  # fmt: skip
    made = await bill_all(database, world, statement_id)
    assert {one.statement_state for one in made} == {"matched"}
    assert sum(one.total_cents for one in made) == stated.row.total_cents
    async with database.transaction(world.sight) as session:
        read = [await self_billed(session, invoice_id=one.invoice_id) for one in made]
        messages = (await session.scalars(select(OutboxMessage.template))).all()
        cases = (await session.scalars(select(Case.kind))).all()
    assert [
        (one.number, [row.category for row in one.vat], bool(one.seller.vat_id), len(one.lines))
        for one in read
        if one
    ] == [("SB202602000015", ["S"], True, 1), ("SB202602000015-2", ["O"], False, 2)]
    assert ("statement.disputed" in messages, "statement_disputed" in cases) == (False, False)

    # a line that is disputed takes its own invoice back, and that one alone is made anew
    outside = next(each for each in stated.lines if each.vat_category == "O")
    dispute_id = await dispute(database, world, statement_id, outside.id)
    assert (await view(database, world, statement_id)).row.state == "disputed"
    (anew,) = await bill_all(database, world, statement_id)
    stated = await view(database, world, statement_id)
    assert (anew.number, anew.total_cents, anew.statement_state) == ("SB202602000015-3", 60_00, "matched")
    assert [one.rejected_at is not None for one in stated.invoices] == [False, True, False]
    async with database.transaction(world.sight) as session:
        assert "statement.disputed" not in (await session.scalars(select(OutboxMessage.template))).all()
        assert (await session.scalars(select(Case.kind).where(Case.closed_at.is_(None)))).all() == [
            "line_disputed"
        ]
    with pytest.raises(Refused, match=r"statement\.matched"):
        await bill_all(database, world, statement_id)
    await answer(database, world, dispute_id, "rejected")
    await holds(database, world)
