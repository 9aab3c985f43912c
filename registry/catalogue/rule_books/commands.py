"""Publishing a version of a service's rule book."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.commands.services import current_terms, locked_service, publish_terms
from registry.catalogue.rule_books.model import RuleBook
from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import Point, PointKind, book_problems, point_document
from registry.catalogue.rules import Terms
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import uuid7


async def publish_rule_book(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    service_id: UUID,
    version: str,
    points: Sequence[Point],
) -> UUID:
    """The next version of a service's rule book; returns its id. New applications are made on it at once: where the
    service's voucher terms name another version, terms that name this one are published with it.

    Raises Invalid naming each wrong field, Refused(rule_book.version_taken) or, when no word differs from the version
    in force, Refused(rule_book.unchanged).
    """
    service = await locked_service(session, actor, service_id)
    points = tuple(points)
    if problems := book_problems(version, points):
        raise Invalid("rule_book.wrong", errors=problems)
    taken = select(RuleBook.id).where(RuleBook.service_id == service_id, RuleBook.version == version)
    if await session.scalar(taken) is not None:
        raise Refused("rule_book.version_taken", version=version)
    before = await rule_book_of(session, service_id)
    if before is not None and before.points == points:
        raise Refused("rule_book.unchanged", version=before.version)
    row = RuleBook(
        id=uuid7(),
        service_id=service_id,
        version=version,
        points=[point_document(point) for point in points],
        published_by=actor.id,
        published_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="rule_book.published",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=service.organiser_id,
        from_state=before.version if before else None,
        to_state=version,
        facts={
            "rule_book": row.id,
            "points": len(points),
            "criteria": sum(point.kind is PointKind.CRITERION for point in points),
        },
    )
    await session.flush()
    await _terms_name_it(session, actor, now, service_id, version)
    return row.id


async def _terms_name_it(
    session: AsyncSession, actor: Actor, now: datetime, service_id: UUID, version: str
) -> None:
    """A voucher granted from now on says which rule book its provider works by."""
    current = await current_terms(session, service_id)
    if current is None or current.rule_book_version == version:
        return
    values = {field.name: getattr(current, field.name) for field in fields(Terms)}
    terms = replace(Terms(**values), rule_book_version=version)
    await publish_terms(session, actor=actor, now=now, service_id=service_id, terms=terms)
