"""The case of a visit that its client disputes: there as long as its amount waits for a ruling, and no longer."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import close_moot, open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.shared.actor import Actor
from registry.shared.period import local_date
from registry.vouchers.confirming.model import VisitAnswer
from registry.vouchers.confirming.rules import Answer
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState

DISPUTED: Final = "visit_disputed"


async def open_case_of(session: AsyncSession, row: VisitAnswer, *, actor: Actor, now: datetime) -> None:
    """The visit is on the list of the finance officers."""
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=row.organiser_id,
        kind=DISPUTED,
        subject_kind="visit",
        subject_id=row.redemption_id,
        due_on=due_on(DISPUTED, local_date(now)),
        role=CASE_KINDS[DISPUTED].role,
    )


async def follow_disputed_visits(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Close the cases of up to `limit` visits that were reversed before anybody ruled: no amount waits, and there is
    nothing to rule on. Open the case again of up to `limit` whose amount is held and that have none: somebody could once
    close it without a ruling, and the provider's money would wait with nobody who is asked for it. How many in all."""
    return await _close_reversed(session, actor, now, limit) + await _open_again(session, actor, now, limit)


async def _close_reversed(session: AsyncSession, actor: Actor, now: datetime, limit: int) -> int:
    found = await session.scalars(
        select(Case.id)
        .join(Redemption, Redemption.id == Case.subject_id)
        .where(
            Case.kind == DISPUTED,
            Case.closed_at.is_(None),
            Redemption.state == str(RedemptionState.REVERSED),
        )
        .order_by(Case.id)
        .limit(limit)
        .with_for_update(of=Case, skip_locked=True)
    )
    return await close_moot(session, actor=actor, now=now, case_ids=found.all(), why="visit.reversed")


async def _open_again(session: AsyncSession, actor: Actor, now: datetime, limit: int) -> int:
    found = await session.scalars(
        select(VisitAnswer)
        .join(Redemption, Redemption.id == VisitAnswer.redemption_id)
        .where(
            VisitAnswer.answer != str(Answer.YES),
            VisitAnswer.ruling.is_(None),
            Redemption.state == str(RedemptionState.CAPTURED),
            ~select(Case.id)
            .where(
                Case.subject_id == VisitAnswer.redemption_id, Case.kind == DISPUTED, Case.closed_at.is_(None)
            )
            .exists(),
        )
        .order_by(VisitAnswer.redemption_id)
        .limit(limit)
        # as whoever rules holds it: it waits for nobody, and finds no visit that is ruled on meanwhile
        .with_for_update(of=VisitAnswer, skip_locked=True)
    )
    rows = found.all()
    for row in rows:
        await open_case_of(session, row, actor=actor, now=now)
    return len(rows)
