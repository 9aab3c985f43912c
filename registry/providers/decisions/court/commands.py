"""Recording what a court has told: that an appeal is there, how it ended, and which decision followed."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.providers.commands.doors import require_officer
from registry.providers.decisions.appeals import decision_in_sight, lock_subject
from registry.providers.decisions.court.model import CourtAppeal
from registry.providers.decisions.court.rules import UPSETS, CourtState, move_court, ruled_when
from registry.providers.decisions.people import person_behind
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage, single_line

LONGEST: Final = 8000


async def enter_court_appeal(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    decision_id: UUID,
    court: str,
    docket: str,
    filed_on: date,
) -> UUID:
    """An appeal to a court, as the court has told of it. Whether it came in time, the court says; so one against a
    decision that was corrected since is entered too. Returns its id."""
    require_officer(actor)
    name, number = single_line("court", court), single_line("docket", docket)
    row = await decision_in_sight(session, decision_id, actor)
    await lock_subject(session, actor, row)
    if not row.sent_on <= filed_on <= local_date(now):
        raise Invalid("court.wrong", errors={"filed_on": "court.filed_out_of_range"})
    pending = select(CourtAppeal.id).where(
        CourtAppeal.decision_id == row.id, CourtAppeal.state == str(CourtState.PENDING)
    )
    if await session.scalar(pending) is not None:
        raise Refused("court.pending_already")
    one = CourtAppeal(
        id=uuid7(),
        organiser_id=row.organiser_id,
        provider_id=row.provider_id,
        decision_id=row.id,
        court=name,
        docket=number,
        filed_on=filed_on,
        state=str(CourtState.PENDING),
        ruling="",
        entered_by=await person_behind(session, actor),
        entered_at=now,
    )
    session.add(one)
    _record(session, actor, now, one, "court_appeal.entered", None)
    await session.flush()
    return one.id


async def settle_court_appeal(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    court_appeal_id: UUID,
    outcome: CourtState,
    ruled_on: date,
    ruling: str,
) -> None:
    """How the court ended it, in its own words as far as they matter here. Where it has upset the decision, an officer
    decides anew: see `corrections`."""
    require_officer(actor)
    said = passage("ruling", ruling, longest=LONGEST)
    one = await _locked(session, actor, court_appeal_id)
    require(move_court(CourtState(one.state), outcome))
    require(ruled_when(ruled_on, filed_on=one.filed_on, today=local_date(now)))
    before, person = one.state, await person_behind(session, actor)
    one.state, one.ruled_on, one.ruling = str(outcome), ruled_on, said
    one.settled_by, one.settled_at = person, now
    _record(session, actor, now, one, "court_appeal.settled", before)
    enqueue(
        session,
        now=now,
        template="court.settled",
        provider_id=one.provider_id,
        organiser_id=one.organiser_id,
        facts={"decision": str(one.decision_id), "court_appeal": str(one.id)},
    )
    await session.flush()


async def _locked(session: AsyncSession, actor: Actor, court_appeal_id: UUID) -> CourtAppeal:
    """The appeal, locked after what its decision is about, as whoever decides locks."""
    decision_id = await session.scalar(
        select(CourtAppeal.decision_id).where(CourtAppeal.id == court_appeal_id)
    )
    if decision_id is None:
        raise NotFound("court.unknown")
    await lock_subject(session, actor, await decision_in_sight(session, decision_id, actor))
    one: CourtAppeal = await session.get_one(
        CourtAppeal, court_appeal_id, with_for_update=True, populate_existing=True
    )
    return one


async def upset_by(session: AsyncSession, decision_id: UUID) -> CourtAppeal:
    """The ruling that makes the authority decide anew, which nothing has followed yet. Raises Refused without one."""
    found = await session.scalar(
        select(CourtAppeal)
        .where(
            CourtAppeal.decision_id == decision_id,
            CourtAppeal.state.in_([str(state) for state in UPSETS]),
            CourtAppeal.followed_by.is_(None),
        )
        .order_by(CourtAppeal.ruled_on.desc(), CourtAppeal.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Refused("correction.no_ruling")
    return found


async def follow(session: AsyncSession, *, actor: Actor, now: datetime, decision_id: UUID, by: UUID) -> None:
    """Link the ruling to the decision that follows it."""
    one = await upset_by(session, decision_id)
    one.followed_by = by
    _record(session, actor, now, one, "court_appeal.followed", None, moved=False)


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    one: CourtAppeal,
    action: str,
    before: str | None,
    *,
    moved: bool = True,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="court_appeal",
        subject_id=one.id,
        organiser_id=one.organiser_id,
        from_state=before,
        to_state=one.state if moved else None,
        facts={
            "provider": one.provider_id,
            "appealed": one.decision_id,
            "filed_on": one.filed_on.isoformat(),
            "ruled_on": one.ruled_on.isoformat() if one.ruled_on else None,
            "decision": one.followed_by,
        },
    )
