"""Accepting a new version of a rule book, and giving more time for it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.rule_books.queries import rule_book_of
from registry.people.duties import require_office
from registry.providers.commands.doors import locked_admission, require_officer, require_provider_user
from registry.providers.decisions.people import person_behind
from registry.providers.keeping.model import RuleBookAcceptance, RuleBookRound
from registry.providers.keeping.rules import IN_REGISTER
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7


async def accept_rule_book(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    version: str,
    points: Collection[str],
) -> None:
    """The provider accepts every point of the newest rule book, and works by it from now on; vouchers and standing
    choices keep the one that they were made on. Late is possible as long as the approval stands."""
    require_provider_user(actor)
    await require_office(session, actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    book = await rule_book_of(session, admission.service_id)
    if book is None:
        raise NotFound("rule_book.unknown")
    if book.version != version:
        raise Refused("rule_book.newer_version", version=book.version)
    if admission.rule_book_version == version:
        return
    lacking = [point.code for point in book.points if point.code not in set(points)]
    if lacking:
        raise Invalid(
            "rule_book.points_open", errors={f"point_{code}": "rule_book.point_open" for code in lacking}
        )
    before, admission.rule_book_version = admission.rule_book_version, version
    session.add(
        RuleBookAcceptance(
            id=uuid7(),
            organiser_id=admission.organiser_id,
            provider_id=admission.provider_id,
            admission_id=admission.id,
            version=version,
            version_before=before,
            points=[point.code for point in book.points],
            accepted_by=await person_behind(session, actor),
            accepted_at=now,
        )
    )
    record(
        session,
        actor=actor,
        now=now,
        action="rule_book.accepted",
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=admission.state,
        to_state=admission.state,
        facts={
            "provider": admission.provider_id,
            "service": admission.service_id,
            "version_before": before,
            "version": version,
            "points": len(book.points),
        },
    )
    await session.flush()


async def change_round(
    session: AsyncSession, *, actor: Actor, now: datetime, round_id: UUID, until: date
) -> None:
    """Give everybody more time; the day never moves nearer, for somebody has planned by it."""
    require_officer(actor)
    row = await session.get(RuleBookRound, round_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("rule_book.unknown")
    if row.ended_at is not None:
        raise Refused("rule_book.round_over")
    if until <= row.due_on:
        raise Invalid("rule_book.only_later", errors={"due_on": "rule_book.only_later"})
    before, row.due_on = row.due_on, until
    record(
        session,
        actor=actor,
        now=now,
        action="rule_book.round_lengthened",
        subject_kind="service",
        subject_id=row.service_id,
        organiser_id=row.organiser_id,
        to_state=row.version,
        facts={"untilbefore": before, "due_on": row.due_on},
    )
