"""What happens to a release before the public sees it: providers are told, point out errors, and are answered."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.quality.model import Release, ReleaseFigure
from registry.quality.preview.model import ReleaseObjection, ReleaseWithdrawal
from registry.quality.preview.rules import last_day_to_object, may_object
from registry.shared.actor import Actor
from registry.shared.database import as_organiser, see
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage, enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

OBJECTION: Final = "release_objection"


async def announce(session: AsyncSession, *, now: datetime, release: Release) -> None:
    """Tell each provider in a new release that it can see its own figures, and until when errors can be pointed out."""
    inside = select(ReleaseFigure.provider_id).where(ReleaseFigure.release_id == release.id).distinct()
    until = last_day_to_object(release.public_from).isoformat()
    messages = [
        {
            "id": uuid7(),
            "provider_id": provider_id,
            "organiser_id": release.organiser_id,
            "template": "release.preview",
            "facts": {"release": str(release.id), "until": until},
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }
        for provider_id in (await session.scalars(inside)).all()
    ]
    if messages:
        await session.execute(insert(OutboxMessage), messages)


async def withdraw_release(
    session: AsyncSession, *, actor: Actor, now: datetime, release_id: UUID, reason: str
) -> None:
    """Take a release out of the public's sight, before or after it was public; the one before stands in its place.

    `reason`: in words for the public, without personal data. The release itself stays: it counts still when a later
    one is checked for what could be had by subtraction, and it can still be verified.
    """
    words = passage("reason", reason, longest=1_000)
    release = await session.get(Release, release_id)
    if release is None or release.organiser_id not in actor.sight.organisers:
        raise NotFound("release.unknown")
    session.add(
        ReleaseWithdrawal(
            release_id=release_id,
            organiser_id=release.organiser_id,
            reason=words,
            withdrawn_at=now,
            withdrawn_by=actor.id,
        )
    )
    try:
        await session.flush()
    except IntegrityError as error:
        raise Refused("release.withdrawn_already") from error
    record(
        session,
        actor=actor,
        now=now,
        action="release.withdrawn",
        subject_kind="release",
        subject_id=release_id,
        organiser_id=release.organiser_id,
        facts={"number": release.number, "reason": "given"},
    )


async def make_objection(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    release_id: UUID,
    service_id: UUID,
    words: str,
) -> UUID:
    """A provider says what is wrong with its own figures of a service in a release that is not public yet: a case for
    the register officer."""
    text = passage("words", words)
    release = await session.get(Release, release_id)
    own = await session.scalar(
        select(ReleaseFigure.measure)
        .where(
            ReleaseFigure.release_id == release_id,
            ReleaseFigure.service_id == service_id,
            ReleaseFigure.provider_id == actor.provider_id,
        )
        .limit(1)
    )
    if release is None or own is None:
        raise NotFound("release.unknown")
    gone = await session.get(ReleaseWithdrawal, release_id)
    require(may_object(public_from=release.public_from, withdrawn=gone is not None, now=now))
    if actor.id is None:
        raise ValueError("a person objects")
    sight = replace(actor.sight, organisers=(release.organiser_id,))
    await see(session, sight)
    objection = ReleaseObjection(
        id=uuid7(),
        organiser_id=release.organiser_id,
        provider_id=actor.provider_id,
        service_id=service_id,
        release_id=release_id,
        words=text,
        made_at=now,
        made_by=actor.id,
    )
    session.add(objection)
    await session.flush()
    # the case is the organiser's own, which the provider never sees
    async with as_organiser(session, sight):
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=release.organiser_id,
            kind=OBJECTION,
            subject_kind=OBJECTION,
            subject_id=objection.id,
            due_on=min(due_on(OBJECTION, local_date(now)), last_day_to_object(release.public_from)),
            role=CASE_KINDS[OBJECTION].role,
        )
    record(
        session,
        actor=actor,
        now=now,
        action="release.objection_made",
        subject_kind=OBJECTION,
        subject_id=objection.id,
        organiser_id=release.organiser_id,
        facts={"release": release_id, "service": service_id, "provider": actor.provider_id},
    )
    return objection.id


async def answer_objection(
    session: AsyncSession, *, actor: Actor, now: datetime, objection_id: UUID, answer: str
) -> None:
    """The officer answers in words; the provider reads it where its figures stand, and the case is done. What the
    objection was right about is put right where the facts are, and shows in the next release."""
    text = passage("answer", answer)
    objection = await session.get(
        ReleaseObjection, objection_id, with_for_update=True, populate_existing=True
    )
    if objection is None:
        raise NotFound("objection.unknown")
    if objection.answered_at is not None:
        raise Refused("objection.answered_already")
    objection.answer, objection.answered_at, objection.answered_by = text, now, actor.id
    await close_about(session, actor=actor, now=now, subject_id=objection_id, why="objection.answered")
    enqueue(
        session,
        now=now,
        provider_id=objection.provider_id,
        organiser_id=objection.organiser_id,
        template="release.objection_answered",
        facts={"release": str(objection.release_id)},
    )
    record(
        session,
        actor=actor,
        now=now,
        action="release.objection_answered",
        subject_kind=OBJECTION,
        subject_id=objection.id,
        organiser_id=objection.organiser_id,
        facts={"release": objection.release_id, "provider": objection.provider_id},
    )
