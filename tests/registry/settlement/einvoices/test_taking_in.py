"""E-invoices for statements: matched to the cent although VAT is rounded elsewhere, and only of their own statement."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from registry.providers.model import Provider
from registry.settlement.commands import receive_invoice
from registry.settlement.commands.files import statement_of
from registry.settlement.einvoices.intake import business_id_of
from registry.settlement.einvoices.invoice import Adjustment, Invoice, Party
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.invoice_problems import InvoiceUnreadable
from registry.settlement.queries import StatementView, invoice_file
from registry.settlement.rules import StatementState
from registry.shared.database import Database
from registry.shared.errors import Refused
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    LATER,
    OCTOBER,
    close,
    closed_october,
    invoice_csv,
    only_statement,
    redeem_at,
    reverse_at,
    send_invoice,
    show_voucher,
    view,
)
from tests.registry.settlement.einvoices.made import SELLER, invoice, line

Write = Callable[[Invoice], bytes]
both = pytest.mark.parametrize("write", [write_ubl, write_finvoice])


async def of_statement(database: Database, world: World, statement_id: UUID, **others: Any) -> Invoice:
    """The invoice that the provider's own system makes of its statement: net amounts, VAT rounded once."""
    found = await view(database, world, statement_id)
    lines = [
        line(
            str(Decimal(each.net_cents) / 100), str(Decimal(each.vat_rate_bp) / 100), reference=each.reference
        )
        for each in found.lines
    ]
    return invoice(
        *lines, seller=await seller(database, world), order_reference=found.row.reference, **others
    )


async def seller(database: Database, world: World) -> Party:
    async with database.transaction(world.sight) as session:
        provider = await session.get_one(Provider, world.providers[0])
    return replace(SELLER, name=provider.name, business_id=provider.identity_value)


def matched(found: StatementView) -> list[str]:
    return [str(each.match) for each in found.lines]


@both
async def test_an_e_invoice_of_what_is_stated_matches_to_the_cent(database: Database, write: Write) -> None:
    """Ten redemptions of 33.33 €: their VAT rounded line by line is not the VAT of the sum."""
    world = await build_world(database)
    shown = await show_voucher(database, world)
    for _ in range(10):
        await redeem_at(database, world, shown, 33_33, IN_OCTOBER)
    await close(database, world, OCTOBER)
    statement_id = await only_statement(database, world, OCTOBER)
    made = await of_statement(database, world, statement_id)
    assert made.totals.payable != Decimal("333.30")
    content = write(made)
    received = await send_invoice(database, world, statement_id, content)
    assert (received.statement_state, received.exceptions, received.total_cents) == (
        StatementState.MATCHED,
        0,
        333_30,
    )
    found = await view(database, world, statement_id)
    assert matched(found) == ["matched"] * 10
    (stated,) = found.vat
    assert (stated.total_cents, stated.counted_once_cents) == (333_30, int(made.totals.vat * 100))
    assert stated.counted_once_cents != stated.vat_cents
    (kept,) = found.invoices
    assert kept.payable_cents == int(made.totals.payable * 100)
    assert kept.vat == (
        {
            "category": "S",
            "rate_bp": 2550,
            "net_cents": int(made.totals.net * 100),
            "vat_cents": int(made.totals.vat * 100),
            "reason": "",
        },
    )
    async with database.transaction(world.provider_actor().sight) as session:
        assert await invoice_file(session, invoice_id=received.invoice_id) == ("lasku.csv", content)
    again = await send_invoice(database, world, statement_id, content)
    assert (again.first, again.invoice_id) == (False, received.invoice_id)


async def test_amounts_swapped_between_lines_are_differences(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    first, second = made.lines
    swapped = replace(made, lines=(replace(first, net=second.net), replace(second, net=first.net)))
    received = await send_invoice(database, world, october.statement_id, write_ubl(swapped))
    assert (received.statement_state, received.exceptions) == (StatementState.DISPUTED, 2)
    assert matched(await view(database, world, october.statement_id)) == ["different", "different"]


@both
async def test_a_reversal_is_a_negative_line_and_a_credit_note_takes_back(
    database: Database, write: Write
) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    _, undone = [await redeem_at(database, world, shown, cents, IN_OCTOBER) for cents in (60_00, 45_50)]
    await reverse_at(database, world, undone, IN_OCTOBER)
    await close(database, world, OCTOBER)
    statement_id = await only_statement(database, world, OCTOBER)
    made = await of_statement(database, world, statement_id)
    assert min(each.net for each in made.lines) < 0
    extra = invoice(
        *made.lines, replace(made.lines[0]), seller=made.seller, order_reference=made.order_reference
    )  # fmt: skip
    disputed = await send_invoice(database, world, statement_id, write(extra))
    assert (disputed.statement_state, disputed.exceptions) == (StatementState.DISPUTED, 1)
    credit = invoice(
        made.lines[0],
        seller=made.seller,
        order_reference=made.order_reference,
        type_code="381",
        number="1002",
    )
    settled = await send_invoice(database, world, statement_id, write(credit))
    assert (settled.statement_state, settled.total_cents) == (StatementState.MATCHED, -60_00)


@both
async def test_whatever_is_not_of_this_statement_is_told_at_once(database: Database, write: Write) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    allowance = Adjustment(False, Decimal(1), "S", Decimal("25.5"), "Alennus")
    wrong = invoice(
        line("10.00", reference="no-reference"),
        adjustments=(allowance,),
        seller=SELLER,
        order_reference="PO 4711",
        currency="SEK",
        day=LATER.date().replace(year=2030),
    )
    with pytest.raises(InvoiceUnreadable) as refused:
        await send_invoice(database, world, october.statement_id, write(wrong))
    assert [problem.rule for problem in refused.value.problems] == [
        "STATEMENT-SELLER",
        "STATEMENT-ORDER",
        "STATEMENT-CURRENCY",
        "STATEMENT-DATE",
        "STATEMENT-ADJUSTMENT",
        "STATEMENT-LINE",
    ]
    assert len(refused.value.errors) == 6
    with pytest.raises(InvoiceUnreadable) as refused:
        far = replace(made.totals, rounding=Decimal(1), payable=made.totals.payable + 1)
        await send_invoice(database, world, october.statement_id, write(replace(made, totals=far)))
    assert [problem.rule for problem in refused.value.problems] == ["STATEMENT-ROUNDING"]
    assert (await view(database, world, october.statement_id)).invoices == ()


async def test_a_number_is_used_once_whatever_the_syntax(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first = october.redemptions[0]
    made = await of_statement(database, world, october.statement_id)
    await send_invoice(
        database, world, october.statement_id, invoice_csv([(first, 60_00)], number=made.number)
    )
    with pytest.raises(Refused, match=r"invoice\.number_used"):
        await send_invoice(database, world, october.statement_id, write_ubl(made))


async def test_a_file_finds_its_statement_by_itself(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    spaced = replace(made, order_reference=" ".join(made.order_reference))
    csv = invoice_csv([(october.redemptions[0], 60_00)])
    async with database.transaction(world.provider_actor().sight) as session:
        for content in (write_ubl(made), write_finvoice(spaced), csv):
            assert await statement_of(session, content, today=LATER.date()) == october.statement_id
        for lost in (write_ubl(replace(made, order_reference="RF00")), invoice_csv([(UUID(int=1), 1_00)])):
            with pytest.raises(Refused, match=r"invoice\.statement_unknown"):
                await statement_of(session, lost, today=LATER.date())
    other = world.provider_actor(1)
    async with database.transaction(other.sight) as session:
        with pytest.raises(Refused, match=r"invoice\.statement_unknown"):
            await statement_of(session, write_ubl(made), today=LATER.date())


def test_a_business_id_is_read_from_all_that_tells_it() -> None:
    told = ("2345678-0", "23456780", "FI23456780", "003723456780", "0037 2345678 0", "00372345678012345")
    assert {business_id_of(text) for text in told} == {"2345678-0"}
    assert {business_id_of(text) for text in ("2345678-4", "", "SE556677889901", "12345678")} == {None}


async def test_the_file_is_read_before_the_state_of_the_statement(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        with pytest.raises(InvoiceUnreadable):
            await receive_invoice(
                session, actor=actor, now=LATER, statement_id=october.statement_id, file_name="a.xml",
                content=b"<Invoice/>",
            )  # fmt: skip
