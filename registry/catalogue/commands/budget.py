"""Budget lines: how much an organiser has set aside for vouchers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.rules import may_allocate
from registry.ledger.commands import lock_budget_line
from registry.ledger.model import BudgetLine
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


async def create_budget_line(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    code: str,
    name: str,
    year: int,
    allocated_cents: int,
    organiser_id: UUID | None = None,
) -> UUID:
    """A new budget line of the actor's organiser (the system names it)."""
    organiser_id = organiser_id if actor.kind == "system" and organiser_id else actor.organiser_id
    code = single_line("code", code, longest=40)
    name = single_line("name", name, longest=100)
    if not 2000 <= year <= 2100:
        raise Invalid("field.not_a_year", errors={"year": "field.not_a_year"})
    require(may_allocate(granted_cents=0, allocated_cents=allocated_cents))
    taken = select(BudgetLine.id).where(BudgetLine.organiser_id == organiser_id, BudgetLine.code == code)
    if await session.scalar(taken) is not None:
        raise Refused("budget_line.code_taken", taken=code)
    line = BudgetLine(
        id=uuid7(),
        organiser_id=organiser_id,
        code=code,
        name=name,
        year=year,
        allocated_cents=allocated_cents,
        granted_cents=0,
        active=True,
        created_at=now,
    )
    session.add(line)
    record(
        session,
        actor=actor,
        now=now,
        action="budget_line.created",
        subject_kind="budget_line",
        subject_id=line.id,
        organiser_id=organiser_id,
        to_state="active",
        facts={"code": code, "year": year, "allocated_cents": allocated_cents},
    )
    await session.flush()
    return line.id


async def change_budget_line(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    budget_line_id: UUID,
    allocated_cents: int | None = None,
    name: str | None = None,
    active: bool | None = None,
) -> None:
    """Raise or lower what is allocated, never below what is granted; rename; close to new grants or open again."""
    line = await lock_budget_line(session, budget_line_id=budget_line_id)
    before = (line.allocated_cents, line.name, line.active)
    if allocated_cents is not None:
        require(may_allocate(granted_cents=line.granted_cents, allocated_cents=allocated_cents))
        line.allocated_cents = allocated_cents
    if name is not None:
        line.name = single_line("name", name, longest=100)
    if active is not None:
        line.active = active
    if (line.allocated_cents, line.name, line.active) == before:
        return
    record(
        session,
        actor=actor,
        now=now,
        action="budget_line.changed",
        subject_kind="budget_line",
        subject_id=line.id,
        organiser_id=line.organiser_id,
        from_state="active" if before[2] else "closed",
        to_state="active" if line.active else "closed",
        facts={
            "from_allocated_cents": before[0],
            "to_allocated_cents": line.allocated_cents,
            "renamed": line.name != before[1],
        },
    )
