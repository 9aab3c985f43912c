"""The checklist of an application: what an officer notes of each criterion, kept as a draft until it is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.rule_books.queries import Book, rule_book_of
from registry.providers.commands.doors import locked_application, require_officer
from registry.providers.decisions.model import ChecklistMark
from registry.providers.decisions.people import person_behind, require_impartial
from registry.providers.decisions.rules import Mark, Noted
from registry.providers.model import Application
from registry.providers.rules import APPLICATION_TRANSITIONS, ApplicationState
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused
from registry.shared.texts import passage

LONGEST_NOTE: Final = 2000


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to be noted of one criterion."""

    mark: Mark | None
    note: str = ""
    paper_id: UUID | None = None


async def save_checklist(
    session: AsyncSession, *, actor: Actor, now: datetime, application_id: UUID, marks: Mapping[str, Marked]
) -> None:
    """Keep what was noted, as far as it has come. Nothing is decided by it; a criterion that is not named stays as it
    is."""
    require_officer(actor)
    application = await locked_application(session, application_id)
    if not APPLICATION_TRANSITIONS[ApplicationState(application.state)]:
        raise Refused("application.decided_already", state=application.state)
    await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=application.provider_id,
        organiser_id=application.organiser_id,
        subject_id=application.id,
    )
    book = await book_of(session, application)
    known = {point.code for point in book.criteria}
    errors = {f"mark_{code}": "checklist.unknown_criterion" for code in marks if code not in known}
    notes: dict[str, str] = {}
    for code, marked in marks.items():
        try:
            notes[code] = passage(f"note_{code}", marked.note, longest=LONGEST_NOTE, required=False)
        except Invalid as wrong:
            errors |= wrong.errors
    if errors:
        raise Invalid("checklist.wrong", errors=errors, longest=LONGEST_NOTE)
    if not marks:
        return
    kept = {code: replace(marked, note=notes[code]) for code, marked in marks.items()}
    await write_marks(session, application, await person_behind(session, actor), now, kept)
    record(
        session,
        actor=actor,
        now=now,
        action="checklist.saved",
        subject_kind="application",
        subject_id=application.id,
        organiser_id=application.organiser_id,
        facts={
            "provider": application.provider_id,
            "marks": {code: str(marked.mark) if marked.mark else "open" for code, marked in marks.items()},
        },
    )


async def write_marks(
    session: AsyncSession,
    application: Application,
    person: UUID | None,
    now: datetime,
    marks: Mapping[str, Marked],
) -> None:
    """Note them; whoever calls has looked at what they say. Those that are not named stay."""
    if not marks:
        return
    rows = [
        {
            "application_id": application.id,
            "code": code,
            "organiser_id": application.organiser_id,
            "mark": str(marked.mark) if marked.mark else None,
            "note": marked.note,
            "paper_id": marked.paper_id,
            "noted_by": person,
            "noted_at": now,
        }
        for code, marked in sorted(marks.items())
    ]
    adding = insert(ChecklistMark).values(rows)
    changed = {name: adding.excluded[name] for name in ("mark", "note", "paper_id", "noted_by", "noted_at")}
    await session.execute(
        adding.on_conflict_do_update(index_elements=["application_id", "code"], set_=changed)
    )


async def noted_of(session: AsyncSession, application_id: UUID) -> dict[str, Noted]:
    """Code → what is noted of it."""
    rows = await session.scalars(
        select(ChecklistMark)
        .where(ChecklistMark.application_id == application_id)
        .execution_options(populate_existing=True)
    )
    return {row.code: Noted(Mark(row.mark) if row.mark else None, row.note) for row in rows}


async def book_of(session: AsyncSession, application: Application) -> Book:
    """The rule book that the application was made on. Raises Refused where it was never published with its points:
    nobody is measured by criteria that cannot be read."""
    version = str(application.offer.get("rule_book_version", ""))
    book = await rule_book_of(session, application.service_id, version=version)
    if book is None:
        raise Refused("rule_book.missing", version=version)
    return book
