"""Invoices for statements: taken in once, matched line by line, and sent back when wrong."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.settlement.commands import reject_invoice
from registry.settlement.invoice_problems import InvoiceUnreadable
from registry.settlement.model import Invoice, InvoiceFile, InvoiceLine, Statement, StatementLine
from registry.settlement.queries import StatementView, Whereabouts, invoice_file
from registry.settlement.queries.lines import lone_lines
from registry.settlement.rules import Match, StatementState, line_reference
from registry.settlement.statement_csv import statement_csv
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    IN_OCTOBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    approve,
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

S = StatementState


async def reject(
    database: Database, world: World, invoice_id: UUID, reason: str = "väärä summa"
) -> StatementState:
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        rejected = await reject_invoice(
            session, actor=officer, now=LATER, invoice_id=invoice_id, reason=reason
        )
        return rejected.state


def results(found: StatementView) -> list[str]:
    return [str(line.match) for line in found.lines]


async def open_cases(database: Database, world: World) -> int:
    async with database.transaction(world.sight) as session:
        return await session.scalar(select(func.count()).where(Case.closed_at.is_(None))) or 0


async def test_an_invoice_of_what_is_stated_matches(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first, second = october.redemptions
    received = await send_invoice(
        database, world, october.statement_id, invoice_csv([(second, 45_50), (first, 60_00)])
    )
    assert (received.statement_state, received.exceptions, received.total_cents) == (S.MATCHED, 0, 105_50)
    found = await view(database, world, october.statement_id)
    assert results(found) == ["matched", "matched"]
    assert [line.file_line for line in found.lines] == [3, 2]
    assert (found.row.invoiced_cents, found.row.difference_cents, found.lone) == (105_50, 0, ())
    assert await open_cases(database, world) == 0


async def test_every_kind_of_exception_is_found_first_and_becomes_one_case(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    right, wrong, left_out = [
        await redeem_at(database, world, shown, c, IN_OCTOBER) for c in (10_00, 20_00, 30_00)
    ]
    next_month = await redeem_at(database, world, shown, 40_00, IN_NOVEMBER)
    await close(database, world, OCTOBER)
    statement_id = await only_statement(database, world, OCTOBER)
    content = invoice_csv(
        [
            (right, 10_00),
            (right, 10_00),
            (wrong, 21_00),
            (next_month, 40_00),
            (uuid4(), 5_00),
        ]
    )
    received = await send_invoice(database, world, statement_id, content)
    assert (received.statement_state, received.exceptions) == (S.DISPUTED, 5)
    found = await view(database, world, statement_id)
    assert results(found) == ["matched", "different", "missing"]
    assert [(line.match, line.whereabouts) for line in found.lone] == [
        (Match.DUPLICATE, None),
        (Match.EXTRA, Whereabouts.NEXT_STATEMENT),
        (Match.EXTRA, Whereabouts.UNKNOWN),
    ]
    assert found.lines[1].invoiced_cents == 21_00
    assert {line.redemption_id for line in found.exceptions} == {wrong, left_out}
    assert found.row.difference_cents == 10_00 + 1_00 - 30_00 + 40_00 + 5_00
    assert found.counts == {
        Match.MATCHED: 1,
        Match.DIFFERENT: 1,
        Match.MISSING: 1,
        Match.DUPLICATE: 1,
        Match.EXTRA: 2,
    }
    assert await open_cases(database, world) == 1
    with pytest.raises(Refused, match=r"statement\.disputed"):
        await approve(database, world, statement_id)


async def test_extra_lines_say_where_the_redemption_is(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    stray = await redeem_at(database, world, october.shown, 1_00, IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    statement_id = await only_statement(database, world, NOVEMBER)
    await send_invoice(
        database, world, statement_id, invoice_csv([(stray, 1_00), (october.redemptions[0], 60_00)])
    )
    (lone,) = (await view(database, world, statement_id)).lone
    assert (lone.whereabouts, lone.on_statement) == (Whereabouts.OTHER_STATEMENT, "OULU-2026-10-0001")
    # however many wrong lines a provider sends, the officer can read the statement and send them back
    wrong = [replace(lone, reference=f"{n:012x}") for n in range(33_000)]
    async with database.transaction(world.sight) as session:
        statement = await session.get_one(Statement, statement_id)
        assert len(await lone_lines(session, statement, [*wrong, lone])) == 33_001


async def test_a_credit_note_and_a_corrected_invoice_settle_a_dispute(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first, second = october.redemptions
    statement_id = october.statement_id
    await send_invoice(database, world, statement_id, invoice_csv([(first, 66_00), (second, 45_50)]))
    assert await open_cases(database, world) == 1
    credited = await send_invoice(
        database, world, statement_id, invoice_csv([(first, -66_00)], number="1002")
    )
    assert (credited.statement_state, credited.exceptions) == (S.DISPUTED, 1)
    assert results(await view(database, world, statement_id)) == ["missing", "matched"]
    last = await send_invoice(database, world, statement_id, invoice_csv([(first, 60_00)], number="1003"))
    assert last.statement_state is S.MATCHED
    found = await view(database, world, statement_id)
    assert results(found) == ["matched", "matched"]
    assert [line.match for line in found.lone] == [Match.CREDITED] * 2
    assert await open_cases(database, world) == 0


async def test_a_rejected_invoice_leaves_the_statement_waiting_for_another(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first, second = october.redemptions
    wrong = invoice_csv([(first, 66_00)])
    received = await send_invoice(database, world, october.statement_id, wrong)
    assert await reject(database, world, received.invoice_id) is S.CLOSED
    found = await view(database, world, october.statement_id)
    assert (found.row.state, found.row.exceptions, found.row.invoiced_cents) == (S.CLOSED, 0, 0)
    assert [line.match for line in found.lines] == [None, None]
    assert found.lone == ()
    assert found.invoices[0].rejection_reason == "väärä summa"
    assert await open_cases(database, world) == 0
    with pytest.raises(Refused, match=r"invoice\.rejected"):
        await reject(database, world, received.invoice_id)
    # neither the same file nor its number comes back
    with pytest.raises(Refused, match=r"invoice\.file_rejected"):
        await send_invoice(database, world, october.statement_id, wrong)
    right = [(first, 60_00), (second, 45_50)]
    with pytest.raises(Refused, match=r"invoice\.number_used"):
        await send_invoice(database, world, october.statement_id, invoice_csv(right))
    done = await send_invoice(database, world, october.statement_id, invoice_csv(right, number="1002"))
    assert done.statement_state is S.MATCHED


async def test_rejecting_one_of_two_invoices_matches_the_other_anew(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    first, second = october.redemptions
    one = await send_invoice(database, world, october.statement_id, invoice_csv([(first, 60_00)]))
    two = await send_invoice(
        database, world, october.statement_id, invoice_csv([(first, 60_00), (second, 45_50)], number="1002")
    )
    assert two.statement_state is S.DISPUTED  # the first line is invoiced twice
    assert await reject(database, world, one.invoice_id, "kahteen kertaan") is S.MATCHED
    found = await view(database, world, october.statement_id)
    assert [line.invoice_number for line in found.lines] == ["1002", "1002"]
    assert await reject(database, world, two.invoice_id) is S.CLOSED


async def test_rejecting_takes_a_reason_and_the_finance_officer(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    received = await send_invoice(database, world, october.statement_id, invoice_csv([(uuid4(), 1)]))
    for reason in ("", "   ", "x" * 501, "a\x00b"):
        with pytest.raises(Invalid):
            await reject(database, world, received.invoice_id, reason)
    actor = world.provider_actor()
    with pytest.raises(Forbidden):
        async with database.transaction(actor.sight) as session:
            await reject_invoice(
                session, actor=actor, now=LATER, invoice_id=received.invoice_id, reason="oma virhe"
            )
    with pytest.raises(NotFound):
        await reject(database, world, uuid4())


async def test_the_same_file_again_is_no_second_invoice(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(october.redemptions[0], 60_00), (october.redemptions[1], 45_50)])
    first = await send_invoice(database, world, october.statement_id, content)
    async with database.transaction(world.sight) as session:
        before = await session.scalar(select(func.count()).select_from(AuditEvent))
    again = await send_invoice(database, world, october.statement_id, content, by=world[Role.FINANCE_OFFICER])
    assert (again.invoice_id, again.first, again.statement_state) == (first.invoice_id, False, S.MATCHED)
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(AuditEvent)) == before
        assert await session.scalar(select(func.count()).select_from(Invoice)) == 1
        kept = await invoice_file(session, invoice_id=first.invoice_id)
    assert kept == ("lasku.csv", content)


async def test_a_number_or_a_file_serves_one_statement_only(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await redeem_at(database, world, october.shown, 9_00, IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    november = await only_statement(database, world, NOVEMBER)
    content = invoice_csv([(october.redemptions[0], 60_00)])
    await send_invoice(database, world, october.statement_id, content)
    with pytest.raises(Refused, match=r"invoice\.file_used"):
        await send_invoice(database, world, november, content)
    with pytest.raises(Refused, match=r"invoice\.number_used"):
        await send_invoice(database, world, november, content + b"\n")


async def test_two_files_with_one_number_at_once_are_one_invoice(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await redeem_at(database, world, october.shown, 9_00, IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    november = await only_statement(database, world, NOVEMBER)
    answers = await asyncio.gather(
        *(
            send_invoice(
                database, world, (october.statement_id, november)[n % 2], invoice_csv([(uuid4(), n + 1)])
            )
            for n in range(6)
        ),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(refused) == 5
    assert {answer.code for answer in refused} == {"invoice.number_used"}


async def test_a_bad_line_keeps_the_whole_invoice_out(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(october.redemptions[0], 60_00), ("not-a-reference", 1_00)])
    with pytest.raises(InvoiceUnreadable) as refused:
        await send_invoice(database, world, october.statement_id, content)
    assert [(p.line, p.column) for p in refused.value.problems] == [(3, "reference")]
    assert (await view(database, world, october.statement_id)).row.state is S.CLOSED
    async with database.transaction(world.sight) as session:
        for model in (Invoice, InvoiceFile, InvoiceLine):
            assert await session.scalar(select(func.count()).select_from(model)) == 0


async def test_nothing_more_is_taken_once_all_is_matched(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await send_invoice(
        database,
        world,
        october.statement_id,
        statement_csv_of(await view(database, world, october.statement_id)),
    )
    with pytest.raises(Refused, match=r"statement\.matched"):
        await send_invoice(database, world, october.statement_id, invoice_csv([(uuid4(), 1)], number="2"))


def statement_csv_of(found: StatementView, language: str = "fi") -> bytes:
    """The statement's own CSV with number and date filled in, as its reader is told to do."""
    content = statement_csv(found.lines, language=language).decode("utf-8-sig")
    header, *rows = content.splitlines()
    return "\n".join([header, *("1001;2.11.2026" + row[1:] for row in rows)]).encode("utf-8-sig")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_a_statement_filled_in_is_an_invoice_that_matches(database: Database, language: str) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await reverse_at(database, world, october.redemptions[1], IN_NOVEMBER)
    await redeem_at(database, world, october.shown, 12_34, IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    for month in (OCTOBER, NOVEMBER):
        statement_id = await only_statement(database, world, month)
        content = statement_csv_of(await view(database, world, statement_id), language)
        content = content.replace(b"1001", f"{month:%Y%m}".encode())
        received = await send_invoice(database, world, statement_id, content)
        assert received.statement_state is S.MATCHED


async def test_another_providers_statement_is_not_there(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    with pytest.raises(NotFound, match=r"statement\.unknown"):
        await send_invoice(
            database, world, october.statement_id, invoice_csv([(uuid4(), 1)]), by=world.provider_actor(1)
        )


async def test_a_line_invoiced_by_a_whole_id_and_a_statement_in_the_providers_own_sight(
    database: Database,
) -> None:
    """The client has moved on to another provider; the statement still shows the provider what it redeemed."""
    world = await build_world(database)
    october = await closed_october(database, world)
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE assignment SET state = 'ended', ended_at = now()"))
        await session.execute(
            text("UPDATE voucher SET state = 'granted', provider_id = NULL, assignment_id = NULL")
        )
    received = await send_invoice(
        database, world, october.statement_id, invoice_csv([(str(r), 60_00) for r in october.redemptions[:1]])
    )
    assert received.exceptions == 1
    found = await view(database, world, october.statement_id, by=world.provider_actor())
    assert [line.reference for line in found.lines] == [line_reference(r) for r in october.redemptions]
    assert results(found) == ["matched", "missing"]


# --- the database is the last word --------------------------------------------------------------------------


BROKEN = {
    "UPDATE statement SET state = 'matched'": "reconciled",
    "UPDATE statement SET state = 'matched', exceptions = 0": "reconciled",
    "UPDATE statement SET state = 'paid', exceptions = 0, invoiced_cents = total_cents": "approv|paid_when",
    "UPDATE statement SET state = 'open'": "ck_statement_state",
    "UPDATE statement SET total_cents = total_cents + 1": "adds_up",
    "UPDATE statement SET exceptions = 0": "disputed_about_something",
    "UPDATE statement SET approved_at = now(), approved_by = id": "approved_by_whom",
    "UPDATE statement SET paid_at = now()": "paid_when",
    "UPDATE invoice_line SET amount_cents = 1 WHERE match = 'matched'": "matched_to_the_cent",
    "UPDATE invoice_line SET match = 'matched' WHERE match = 'extra'": "paired",
    "UPDATE invoice_line SET stated_cents = 1, amount_cents = 1 WHERE match = 'matched'": "fk_invoice_line",
    "UPDATE invoice SET rejected_at = now()": "rejected_why",
    "UPDATE invoice SET number = ''": "ck_invoice_number",
}


async def test_the_database_refuses_what_must_never_be(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await send_invoice(
        database, world, october.statement_id, invoice_csv([(october.redemptions[0], 60_00), (uuid4(), 1_00)])
    )
    for broken, constraint in BROKEN.items():
        with pytest.raises(IntegrityError, match=constraint):
            async with database.transaction(world.sight) as session:
                await session.execute(text(broken))


async def test_a_redemption_cannot_be_stated_twice_nor_a_line_matched_twice(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    await send_invoice(
        database,
        world,
        october.statement_id,
        invoice_csv([(october.redemptions[0], 60_00), (uuid4(), 60_00)]),
    )
    with pytest.raises(IntegrityError, match="pk_statement_line"):
        async with database.transaction(world.sight) as session:
            columns = ", ".join(c.name for c in StatementLine.__table__.columns if c.computed is None)
            await session.execute(
                text(f"INSERT INTO statement_line ({columns}) SELECT {columns} FROM statement_line")
            )
    with pytest.raises(IntegrityError, match="uq_invoice_line_statement_line_id"):
        async with database.transaction(world.sight) as session:
            await session.execute(
                text(
                    "UPDATE invoice_line SET match = 'matched', stated_cents = 6000, statement_line_id ="
                    " (SELECT statement_line_id FROM invoice_line WHERE match = 'matched') WHERE match = 'extra'"
                )
            )


async def test_what_is_stated_received_and_paid_takes_no_update_and_no_delete(database: Database) -> None:
    for table in ("month_close", "statement_line", "invoice_file", "payment", "paid_statement"):
        for statement in (f"UPDATE {table} SET organiser_id = organiser_id", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with database.transaction() as session:
                    await session.execute(text(statement))
