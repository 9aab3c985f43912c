"""Requests to act for an organisation that wait: cases of the register officers, who are told of what waits too long."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import open_case
from registry.cases.rules import CASE_KINDS
from registry.catalogue.model import Organiser
from registry.people.model import Account, RoleGrant
from registry.providers.representing.model import Representation
from registry.providers.representing.rules import answer_by
from registry.shared.actor import Actor, Role
from registry.shared.outbox import enqueue
from registry.shared.period import local_date

CASE: Final = "representation_asked"

_told_last: Final = func.coalesce(Representation.reminded_at, Representation.asked_at)


async def open_case_of(
    session: AsyncSession, row: Representation, *, actor: Actor, now: datetime, days: int
) -> None:
    """The request is on the register officers' list, once."""
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=row.organiser_id,
        kind=CASE,
        subject_kind="representation",
        subject_id=row.id,
        due_on=answer_by(local_date(row.asked_at), days=days),
        role=CASE_KINDS[CASE].role,
    )


async def representations_waiting(
    session: AsyncSession, *, organiser_id: UUID, today: date
) -> tuple[int, int]:
    """(how many wait, how many of them past the day by which they were to be answered)."""
    rows = await session.execute(
        select(Representation.asked_at, Organiser.representation_days)
        .join(Organiser, Organiser.id == Representation.organiser_id)
        .where(Representation.organiser_id == organiser_id, Representation.state == "asked")
    )
    days = [answer_by(local_date(asked_at), days=days) for asked_at, days in rows]
    return len(days), sum(day < today for day in days)


async def remind_representations(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Tell the register officers of up to `limit` requests that have waited for as long as their organiser says, and
    again whenever as long has passed once more; how many. Where there is no officer the administrators are told, who can
    make somebody one. A request from before requests had cases gets its own."""
    rows = await session.execute(
        select(Representation, Organiser.representation_days)
        .join(Organiser, Organiser.id == Representation.organiser_id)
        .where(Representation.state == "asked")
        .order_by(_told_last, Representation.id)
        .limit(limit)
        .with_for_update(of=Representation, skip_locked=True)
    )
    late = [
        (row, days)
        for row, days in rows
        if answer_by(local_date(row.reminded_at or row.asked_at), days=days) <= local_date(now)
    ]
    for row, days in late:
        row.reminded_at = now
        await open_case_of(session, row, actor=actor, now=now, days=days)
        officers = await _accounts(session, row, Role.REGISTER_OFFICER)
        facts = {"representation": str(row.id)}
        for account_id in officers:
            enqueue(
                session,
                now=now,
                account_id=account_id,
                organiser_id=row.organiser_id,
                template="representation.waiting",
                facts=facts,
            )
        for account_id in [] if officers else await _accounts(session, row, Role.ORGANISER_ADMINISTRATOR):
            enqueue(
                session,
                now=now,
                account_id=account_id,
                organiser_id=row.organiser_id,
                template="representation.nobody_answers",
                facts=facts,
            )
    return len(late)


async def _accounts(session: AsyncSession, row: Representation, role: Role) -> list[UUID]:
    """Who holds the role at the organiser now."""
    return list(
        await session.scalars(
            select(Account.id)
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .where(
                RoleGrant.organiser_id == row.organiser_id,
                RoleGrant.role == str(role),
                RoleGrant.ended_at.is_(None),
                Account.disabled_at.is_(None),
            )
            .order_by(Account.id)
        )
    )
