"""Hearing: a provider is told what is about to be held against it, and may answer before anything is decided
(Administrative Procedure Act 434/2003 §§ 34 and 36)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import HEARING_DAYS, regime_in_force
from registry.people.duties import require_office
from registry.providers.commands.doors import locked_application, require_officer, set_application_state
from registry.providers.decisions.checklist import book_of
from registry.providers.decisions.model import Hearing
from registry.providers.decisions.people import person_behind, require_impartial
from registry.providers.decisions.rules import Subject, hearing_over, hearing_period
from registry.providers.model import Application
from registry.providers.rules import ApplicationState
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.shared.working_days import working_days_after

LONGEST: Final = 4000


async def earliest_due(session: AsyncSession, *, service_id: UUID, now: datetime) -> date:
    """The first day that may be set as the last one for an answer."""
    found = await regime_in_force(session, service_id)
    days = found.hearing_days if found else HEARING_DAYS
    return working_days_after(local_date(now), days)


async def begin_hearing(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    subject: Subject,
    subject_id: UUID,
    provider_id: UUID,
    service_id: UUID,
    organiser_id: UUID,
    text: str,
    points: Sequence[str],
    due_on: date,
    template: str = "hearing.opened",
    correcting_id: UUID | None = None,
) -> UUID:
    """Write down what is about to be held against the provider and tell it. The caller has locked the subject and
    looks after its state. Refused while another hearing on the same matter is open."""
    require_officer(actor)
    said = passage("hearing_text", text, longest=LONGEST)
    require(hearing_period(due_on, earliest=await earliest_due(session, service_id=service_id, now=now)))
    if await open_hearing_of(session, subject_id) is not None:
        raise Refused("hearing.open_already")
    await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=provider_id,
        organiser_id=organiser_id,
        subject_id=subject_id,
    )
    row = Hearing(
        id=uuid7(),
        organiser_id=organiser_id,
        provider_id=provider_id,
        subject_kind=str(subject),
        subject_id=subject_id,
        text=said,
        points=list(dict.fromkeys(points)),
        due_on=due_on,
        opened_by=await person_behind(session, actor),
        opened_at=now,
        correcting_id=correcting_id,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="hearing.opened",
        subject_kind="hearing",
        subject_id=row.id,
        organiser_id=organiser_id,
        to_state="open",
        facts={
            "provider": provider_id,
            "about": str(subject),
            "matter": subject_id,
            "points": list(row.points),
            "due_on": due_on.isoformat(),
        },
    )
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=provider_id,
        organiser_id=organiser_id,
        facts={"hearing": str(row.id), "due_on": due_on.isoformat()},
    )
    await session.flush()
    return row.id


async def open_hearing(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    application_id: UUID,
    text: str,
    points: Sequence[str],
    due_on: date,
) -> UUID:
    """Hear an applicant on the criteria that seem not to be met; the application waits for the answer, or for its
    time to pass."""
    require_officer(actor)
    application = await locked_application(session, application_id)
    before = set_application_state(application, ApplicationState.HEARING)
    book = await book_of(session, application)
    if not points:
        raise Invalid("hearing.no_points", errors={"points": "hearing.no_points"})
    if set(points) - {point.code for point in book.criteria}:
        raise Invalid("hearing.no_points", errors={"points": "checklist.unknown_criterion"})
    hearing_id = await begin_hearing(
        session,
        actor=actor,
        now=now,
        subject=Subject.APPLICATION,
        subject_id=application.id,
        provider_id=application.provider_id,
        service_id=application.service_id,
        organiser_id=application.organiser_id,
        text=text,
        points=points,
        due_on=due_on,
    )
    _moved(session, actor, now, application, before, hearing_id)
    return hearing_id


def _moved(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    application: Application,
    before: str,
    hearing_id: UUID,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=f"application.{application.state}",
        subject_kind="application",
        subject_id=application.id,
        organiser_id=application.organiser_id,
        from_state=before,
        to_state=application.state,
        facts={"provider": application.provider_id, "service": application.service_id, "hearing": hearing_id},
    )


async def answer_hearing(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    hearing_id: UUID,
    text: str,
    consents: bool | None = None,
) -> None:
    """The provider's explanation, by one who acts for it, by the last day; `consents` where it is asked whether it agrees
    to a correction. Row-level security has hidden other providers' hearings."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    said = passage("answer", text, longest=LONGEST)
    hearing = await locked_hearing(session, hearing_id)
    if hearing.closed_at is not None:
        raise Refused("hearing.closed")
    if hearing_over(answered=False, due_on=hearing.due_on, today=local_date(now)):
        raise Refused("hearing.time_over", due_on=hearing.due_on.isoformat())
    if consents is not None and hearing.correcting_id is None:
        raise Refused("hearing.consent_not_asked")
    hearing.answer, hearing.answered_by = said, await person_behind(session, actor)
    hearing.consents = consents
    await _close(session, actor, now, hearing, "answered")


async def locked_hearing(session: AsyncSession, hearing_id: UUID) -> Hearing:
    """The hearing, locked after the application that it is about: whoever decides locks in that order too."""
    about = (
        await session.execute(
            select(Hearing.subject_kind, Hearing.subject_id).where(Hearing.id == hearing_id)
        )
    ).one_or_none()
    if about is not None and about.subject_kind == Subject.APPLICATION:
        await locked_application(session, about.subject_id)
    hearing = await session.scalar(
        select(Hearing)
        .where(Hearing.id == hearing_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if hearing is None:
        raise NotFound("hearing.unknown")
    return hearing


async def open_hearing_of(session: AsyncSession, subject_id: UUID) -> Hearing | None:
    """The hearing of a matter that has not ended, locked."""
    found: Hearing | None = await session.scalar(
        select(Hearing)
        .where(Hearing.subject_id == subject_id, Hearing.closed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def close_if_passed(session: AsyncSession, *, actor: Actor, now: datetime, subject_id: UUID) -> None:
    """End the matter's hearing if its last day has passed without an answer."""
    hearing = await open_hearing_of(session, subject_id)
    if hearing is not None and hearing_over(answered=False, due_on=hearing.due_on, today=local_date(now)):
        await _close(session, actor, now, hearing, "passed")


async def pass_hearings(session: AsyncSession, *, actor: Actor, now: datetime, limit: int = 100) -> int:
    """End the hearings whose last day has passed without an answer; how many there were. For the worker."""
    ids = await session.scalars(
        select(Hearing.id)
        .where(Hearing.closed_at.is_(None), Hearing.due_on < local_date(now))
        .order_by(Hearing.id)
        .limit(limit)
    )
    count = 0
    for hearing_id in ids.all():
        hearing = await locked_hearing(session, hearing_id)
        if hearing.closed_at is None:
            await _close(session, actor, now, hearing, "passed")
            count += 1
    return count


async def _close(session: AsyncSession, actor: Actor, now: datetime, hearing: Hearing, how: str) -> None:
    hearing.closed_at = now
    facts = {"provider": hearing.provider_id, "about": hearing.subject_kind, "matter": hearing.subject_id}
    record(
        session,
        actor=actor,
        now=now,
        action=f"hearing.{how}",
        subject_kind="hearing",
        subject_id=hearing.id,
        organiser_id=hearing.organiser_id,
        from_state="open",
        to_state=how,
        facts=facts,
    )
    if hearing.subject_kind != Subject.APPLICATION:
        return
    application = await session.scalar(
        select(Application)
        .where(Application.id == hearing.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if application is None or application.state != ApplicationState.HEARING:
        return  # withdrawn meanwhile
    before = set_application_state(application, ApplicationState.HEARD)
    _moved(session, actor, now, application, before, hearing.id)


async def hearings_of(session: AsyncSession, subject_id: UUID) -> list[Hearing]:
    """The hearings of a matter, the latest first."""
    rows = await session.scalars(
        select(Hearing)
        .where(Hearing.subject_id == subject_id)
        .order_by(Hearing.opened_at.desc(), Hearing.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(rows)
