"""Reading back from the accounting system what it has paid."""

import asyncio
from datetime import datetime

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.bank.accounting_csv import PaidLine, PaidStatusUnreadable, read_paid_status
from registry.settlement.bank.queries.payables import payables
from registry.settlement.commands.paying import pay_statement
from registry.settlement.commands.statements import finance_only
from registry.settlement.model import Statement
from registry.shared.actor import Actor


async def take_paid_status(session: AsyncSession, *, actor: Actor, now: datetime, content: bytes) -> int:
    """Mark as paid what the file says was paid, all of it or nothing; how many were not paid before. What was paid
    already, with the same sum, is passed over, so the same file again changes nothing. Whoever approved a statement
    does not bring in its payment either.

    Raises PaidStatusUnreadable (every problem of the file) and what pay_statement raises.
    """
    finance_only(actor)
    lines = await asyncio.to_thread(read_paid_status, content)
    open_ones = {p.number: p for p in await payables(session, organiser_id=actor.organiser_id)}
    settled = set(
        await session.scalars(
            select(Statement.number).where(
                Statement.organiser_id == actor.organiser_id,
                Statement.state == "paid",
                # one parameter, however long the file: the driver takes 32,767
                Statement.number == any_(literal([line.number for line in lines], ARRAY(Text()))),
            )
        )
    )
    problems: dict[str, str] = {}
    for line in lines:
        owed = open_ones[line.number].amount_cents if line.number in open_ones else None
        wrong = _problem(line, owed)
        if wrong is not None and line.number not in settled:
            problems[f"line {line.line}: {wrong[0]}"] = wrong[1]
    if problems:
        raise PaidStatusUnreadable(problems)
    to_pay = sorted(
        (open_ones[line.number].statement_id, line.paid_on) for line in lines if line.number not in settled
    )
    for statement_id, paid_on in to_pay:
        await pay_statement(session, actor=actor, now=now, statement_id=statement_id, paid_on=paid_on)
    return len(to_pay)


def _problem(line: PaidLine, amount_cents: int | None) -> tuple[str, str] | None:
    if amount_cents is None:
        return "statement_number", "paid_status.unknown"
    return None if amount_cents == line.amount_cents else ("amount", "paid_status.amount")
