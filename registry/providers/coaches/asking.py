"""Change requests about coaches: one for each approval under which the provider stands in the register."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import decide_by
from registry.catalogue.model import Organiser
from registry.providers.coaches.model import CoachOutside
from registry.providers.coaches.rules import NOBODY, CoachFacts
from registry.providers.decisions.people import person_behind
from registry.providers.keeping.changing import record_change
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.rules import IN_REGISTER, ChangeState
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7


async def standing_of(session: AsyncSession, provider_id: UUID) -> list[Admission]:
    """The provider's approvals, locked in the order in which whoever decides locks them too. Not one of the sandbox:
    there nobody decides."""
    rows = await session.scalars(
        select(Admission)
        .where(
            Admission.provider_id == provider_id,
            Admission.state.in_(IN_REGISTER),
            Admission.organiser_id.not_in(select(Organiser.id).where(Organiser.sandbox)),
        )
        .order_by(Admission.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def where_outside(session: AsyncSession, coach_id: UUID) -> frozenset[UUID]:
    """Approvals under which the coach does not serve at all."""
    return frozenset(
        await session.scalars(
            select(CoachOutside.admission_id).where(
                CoachOutside.coach_id == coach_id, CoachOutside.languages.is_(None)
            )
        )
    )


async def ask_for_coach(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    coach_id: UUID,
    kind: str,
    asked: Mapping[str, Any],
    before: CoachFacts = NOBODY,
    spoken: Sequence[str] = (),
) -> UUID:
    """Put it into the officer's queue; returns the change's id. `spoken`: what the coach speaks already, where only this
    approval lacks it: a language given up meanwhile does not come back with the grant."""
    was = before.document()
    row = await _change(session, actor, now, admission, coach_id, ChangeState.SUBMITTED)
    row.asked = {"coach": kind, **asked}
    row.before = {"coach": None, **{name: was[name] for name in asked}}
    if spoken:
        row.before["coach_spoken"] = list(spoken)
    session.add(row)
    await session.flush()
    record_change(session, actor, now, row, "change.asked", None)
    return row.id


async def settle_coach(
    session: AsyncSession, actor: Actor, now: datetime, admission: Admission, coach_id: UUID, kind: str
) -> None:
    """Keep a change that nobody has to decide on beside those that were."""
    row = await _change(session, actor, now, admission, coach_id, ChangeState.APPROVED)
    row.asked, row.before = {"coach": kind}, {"coach": None}
    session.add(row)
    await session.flush()
    record_change(session, actor, now, row, "change.made", None)


async def takes_back(
    session: AsyncSession, actor: Actor, now: datetime, admission: Admission, coach_id: UUID
) -> bool:
    """Withdraw what waits about this coach under this approval, if anything does: a newer request says all of it, and an
    officer who has the older one open finds it withdrawn."""
    row = await session.scalar(
        select(AdmissionChange)
        .where(
            AdmissionChange.admission_id == admission.id,
            AdmissionChange.coach_id == coach_id,
            AdmissionChange.state == str(ChangeState.SUBMITTED),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return False
    row.state, row.decided_at = str(ChangeState.WITHDRAWN), now
    await session.flush()
    record_change(session, actor, now, row, "change.withdrawn", ChangeState.SUBMITTED)
    return True


async def _change(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    coach_id: UUID,
    state: ChangeState,
) -> AdmissionChange:
    return AdmissionChange(
        id=uuid7(),
        organiser_id=admission.organiser_id,
        provider_id=admission.provider_id,
        service_id=admission.service_id,
        admission_id=admission.id,
        coach_id=coach_id,
        state=str(state),
        words="",
        due_on=await decide_by(session, admission.service_id, now),
        submitted_by=await person_behind(session, actor),
        submitted_at=now,
        decided_at=None if state is ChangeState.SUBMITTED else now,
    )
