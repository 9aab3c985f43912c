"""What becomes of a coach when an officer has decided, and when a provider is approved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.providers.coaches.model import CoachOutside
from registry.providers.coaches.rules import TEXTS, CoachFacts, with_change
from registry.providers.keeping.rules import IN_REGISTER
from registry.providers.model import Admission, Application, Coach, CoachDetail
from registry.shared.errors import NotFound


async def facts_of(session: AsyncSession, coach: Coach) -> CoachFacts:
    """The coach as it is; without what stays inside where that has not been given."""
    detail = await session.get(CoachDetail, coach.id, populate_existing=True)
    return CoachFacts(
        coach.first_name,
        detail.surname if detail else "",
        detail.qualification if detail else "",
        tuple(coach.languages),
    )


async def set_facts(session: AsyncSession, coach: Coach, facts: CoachFacts, now: datetime) -> None:
    """Write them down, what stays inside apart from what the public sees. `changed_at` moves only where they differ."""
    if facts == await facts_of(session, coach) and await session.get(CoachDetail, coach.id) is not None:
        return
    coach.first_name, coach.languages = facts.first_name, list(facts.languages)
    await session.flush()
    values = {"surname": facts.surname, "qualification": facts.qualification, "changed_at": now}
    await session.execute(
        insert(CoachDetail)
        .values(coach_id=coach.id, provider_id=coach.provider_id, **values)
        .on_conflict_do_update(index_elements=["coach_id"], set_=values)
    )


async def coach_of(session: AsyncSession, provider_id: UUID, coach_id: UUID) -> Coach:
    """One who works for the provider."""
    coach = await session.scalar(
        select(Coach)
        .where(Coach.id == coach_id, Coach.provider_id == provider_id, Coach.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if coach is None:
        raise NotFound("coach.unknown")
    return coach


async def lock_coach(session: AsyncSession, coach_id: UUID | None) -> None:
    """Two officers at once: the second finds the coach as the first has left it."""
    if coach_id is not None:
        await session.execute(select(Coach.id).where(Coach.id == coach_id).with_for_update())


async def grant_coach(
    session: AsyncSession,
    *,
    now: datetime,
    admission: Admission,
    coach_id: UUID,
    asked: Mapping[str, Any],
    served: Collection[str],
) -> None:
    """The coach, who is locked, serves under this approval as was asked, in the languages `served`. What another
    organiser has not decided on is not offered to its clients: a language is the coach's everywhere, and offered only
    where it was looked at; under another name or with another qualification it is somebody whom the others have not
    looked at, so the coach is outside their approvals until they grant it too, and stays there where one refuses."""
    coach = await coach_of(session, admission.provider_id, coach_id)
    before = await facts_of(session, coach)
    after = with_change(before, asked)
    was, told = before.document(), after.document()
    if any(told[name] != was[name] for name in TEXTS):
        for other in await _other_approvals(session, admission):
            await keep_outside(session, now=now, admission_id=other, coach_id=coach_id)
    elif set(after.languages) != set(before.languages):
        rows = [
            {"admission_id": other, "coach_id": coach_id, "languages": list(before.languages), "since": now}
            for other in await _other_approvals(session, admission)
        ]
        if rows:
            await session.execute(insert(CoachOutside).values(rows).on_conflict_do_nothing())
    # who was asked only about a language has not looked at who it is
    looked_at = bool(set(asked) & set(TEXTS))
    await session.execute(
        delete(CoachOutside).where(
            CoachOutside.admission_id == admission.id,
            CoachOutside.coach_id == coach_id,
            true() if looked_at else CoachOutside.languages.is_not(None),
        )
    )
    if set(after.languages) - set(served):
        kept = {"admission_id": admission.id, "coach_id": coach_id, "languages": list(served), "since": now}
        await session.execute(insert(CoachOutside).values(kept).on_conflict_do_nothing())
    await set_facts(session, coach, after, now)


async def _other_approvals(session: AsyncSession, admission: Admission) -> Sequence[UUID]:
    """The provider's other standing approvals. Not one of the sandbox: there nobody decides."""
    others = await session.scalars(
        select(Admission.id)
        .where(
            Admission.provider_id == admission.provider_id,
            Admission.state.in_(IN_REGISTER),
            Admission.id != admission.id,
            Admission.organiser_id.not_in(select(Organiser.id).where(Organiser.sandbox)),
        )
        .order_by(Admission.id)
    )
    return others.all()


async def keep_outside(session: AsyncSession, *, now: datetime, admission_id: UUID, coach_id: UUID) -> None:
    """The coach does not serve under this approval, until its organiser has decided."""
    await session.execute(
        insert(CoachOutside)
        .values(admission_id=admission_id, coach_id=coach_id, languages=None, since=now)
        .on_conflict_do_update(
            index_elements=["admission_id", "coach_id"],
            set_={"languages": None, "since": now},
            where=CoachOutside.languages.is_not(None),
        )
    )


async def leave_outside(
    session: AsyncSession, *, application: Application, admission_id: UUID, now: datetime
) -> None:
    """Coaches whom the application did not name are no part of the approval that it led to: nobody looked at them. An
    application without names, as an import is, has all of the provider's."""
    named = (application.details or {}).get("coaches")
    if not named:
        return
    others = await session.scalars(
        select(Coach.id).where(
            Coach.provider_id == application.provider_id,
            Coach.ended_at.is_(None),
            Coach.id.not_in([UUID(one) for one in named]),
        )
    )
    for coach_id in others.all():
        await keep_outside(session, now=now, admission_id=admission_id, coach_id=coach_id)
