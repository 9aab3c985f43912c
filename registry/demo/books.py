"""The finance officers' year: every month but the last is closed, invoiced and paid, and of the last closed one
something is left at every stage."""

import csv
import io
from datetime import date, datetime
from typing import Final
from uuid import UUID

from registry.demo.agenda import Story, at_work
from registry.demo.past import OLDEST
from registry.demo.stage import Firm, Stage, Town
from registry.settlement.commands import approve_statement, close_month, pay_statement, receive_invoice
from registry.settlement.disputes.commands import dispute_line
from registry.settlement.queries import statement_view, statements
from registry.settlement.statement_csv import statement_csv
from registry.shared.actor import Role
from registry.shared.errors import Refused
from registry.shared.period import HELSINKI, month_of, next_month

CLOSES_ON, INVOICED_ON, APPROVED_ON, PAID_ON = 4, 7, 11, 18
"""Days of the month after, on which the officers do what has to be done."""

LEFT: Final = ("disputed", "closed", "matched", "approved")
"""What becomes of the first statements of the last closed month where there are many; the rest are paid."""


async def keep_books(stage: Stage, town: Town) -> Story:
    """Close month after month. The month before this one stays open, so that it can be closed today."""
    this_month = month_of(stage.today)
    month = month_of(_day(stage, OLDEST))
    while next_month(month) < this_month:
        yield _on(next_month(month), CLOSES_ON, 9)
        last = next_month(next_month(month)) == this_month
        if await _close(stage, town, month):
            async for moment in _settle(stage, town, month, last=last):
                yield moment
        month = next_month(month)


def _day(stage: Stage, days_ago: int) -> date:
    return stage.agenda.days_ago(days_ago).date()


def _on(month: date, day: int, hour: int) -> datetime:
    return at_work(datetime(month.year, month.month, day, hour, tzinfo=HELSINKI))


async def _close(stage: Stage, town: Town, month: date) -> bool:
    officer = town.who(Role.FINANCE_OFFICER)
    try:
        async with stage.database.transaction(officer.sight) as session:
            await close_month(session, actor=officer, now=stage.now, month=month)
    except Refused as refused:
        if refused.code != "settlement.nothing_to_close":
            raise
        return False
    return True


async def _settle(stage: Stage, town: Town, month: date, *, last: bool) -> Story:
    """Invoices come in, are approved by one officer and paid by the other."""
    after = next_month(month)
    officer, other = town.who(Role.FINANCE_OFFICER, 0), town.who(Role.FINANCE_OFFICER, 1)
    async with stage.database.transaction(officer.sight) as session:
        rows, _ = await statements(session, organisers=(town.id,), month=month)
    firms = {firm.id: firm for firm in stage.firms.values()}
    ends = dict(zip((row.id for row in rows), LEFT, strict=False)) if last and len(rows) > len(LEFT) else {}
    yield _on(after, INVOICED_ON, 10)
    for place, row in enumerate(rows):
        if ends.get(row.id) != "closed":
            await _invoice(
                stage, firms[row.provider_id], row.id, month, place, wrong=ends.get(row.id) == "disputed"
            )
        elif row.line_count > 1:
            await _dispute(stage, firms[row.provider_id], row.id)
    yield _on(after, APPROVED_ON, 10)
    for row in rows:
        if ends.get(row.id, "approved") == "approved":
            async with stage.database.transaction(officer.sight) as session:
                await approve_statement(session, actor=officer, now=stage.now, statement_id=row.id)
    yield _on(after, PAID_ON, 10)
    for row in rows:
        if row.id not in ends and row.total_cents > 0:  # what the provider owes waits to be netted or claimed
            async with stage.database.transaction(other.sight) as session:
                await pay_statement(session, actor=other, now=stage.now, statement_id=row.id)


async def _dispute(stage: Stage, firm: Firm, statement_id: UUID) -> None:
    """Before it sends its invoice, the provider finds a line that is not right."""
    async with stage.database.transaction(firm.actor.sight) as session:
        view = await statement_view(session, statement_id=statement_id)
        if view is None:
            raise LookupError("a provider sees its own statement")
        await dispute_line(
            session,
            actor=firm.actor,
            now=stage.now,
            statement_id=statement_id,
            line_id=view.lines[0].id,
            reason="Tapaaminen kesti tunnin, ja siitä on kirjattu kaksi.",
        )


async def _invoice(
    stage: Stage, firm: Firm, statement_id: UUID, month: date, place: int, *, wrong: bool
) -> None:
    """The provider fills in its statement's own file and sends it back."""
    async with stage.database.transaction(firm.actor.sight) as session:
        view = await statement_view(session, statement_id=statement_id)
        if view is None:
            raise LookupError("a provider sees its own statement")
        content = filled_in(
            statement_csv(view.lines, language="fi"),
            number=f"{month:%Y%m}{place + 1:02d}",
            day=stage.now.astimezone(HELSINKI).date(),
            wrong=wrong,
        )
        await receive_invoice(
            session,
            actor=firm.actor,
            now=stage.now,
            statement_id=statement_id,
            file_name=f"lasku-{month:%Y-%m}.csv",
            content=content,
        )


def filled_in(statement: bytes, *, number: str, day: date, wrong: bool) -> bytes:
    """The statement's file as an invoice. A wrong one lacks its first line, has an amount that differs, and one line
    too many."""
    header, *lines = csv.reader(io.StringIO(statement.decode("utf-8-sig"), newline=""), delimiter=";")
    if wrong:
        if len(lines) > 1:
            del lines[0]
        euros, _, cents = lines[0][3].partition(",")
        lines[0][3] = f"{int(euros) + 10},{cents}"
        lines.append(["", "", "0BAD-0BAD-0BAD", "120,00", "Ryhmätapaaminen", *[""] * (len(header) - 5)])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([number, day.isoformat(), *line[2:]] for line in lines)
    return out.getvalue().encode()
