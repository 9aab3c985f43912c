"""A new version of a rule book is put before everyone who is admitted: each accepts it point by point by a day, and who
does not is heard or lapses, as was said when it began."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, open_cases
from registry.cases.rules import CASE_KINDS, due_on
from registry.catalogue.model import Service
from registry.catalogue.rule_books.model import RuleBook
from registry.providers.commands.doors import locked_admission
from registry.providers.keeping.model import AdmissionReminder, RuleBookRound
from registry.providers.keeping.rules import IN_REGISTER, Afterwards, reminder_due
from registry.providers.keeping.standing import lapse
from registry.providers.keeping.terms import keeping_terms
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date

KIND: Final = "rule_book"
CASE: Final = "rule_book_not_accepted"


async def open_rounds(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Begin a round for every service whose newest rule book is not the one that somebody admitted works by. A round of
    an older version ends with it: nobody accepts what no longer holds. For the worker; how many were begun."""
    newest = (
        select(RuleBook.service_id, func.max(RuleBook.published_at).label("at"))
        .group_by(RuleBook.service_id)
        .subquery()
    )
    behind = (
        select(Admission.id)
        .where(
            Admission.service_id == RuleBook.service_id,
            Admission.state.in_(IN_REGISTER),
            Admission.rule_book_version != RuleBook.version,
        )
        .correlate(RuleBook)
    )
    begun = select(RuleBookRound.id).where(
        RuleBookRound.service_id == RuleBook.service_id, RuleBookRound.version == RuleBook.version
    )
    books = await session.execute(
        select(RuleBook.service_id, RuleBook.version, Service.organiser_id)
        .join(newest, (newest.c.service_id == RuleBook.service_id) & (newest.c.at == RuleBook.published_at))
        .join(Service, Service.id == RuleBook.service_id)
        .where(
            Service.organiser_id.in_(actor.sight.organisers),
            behind.exists(),
            ~begun.correlate(RuleBook).exists(),
        )
        .order_by(RuleBook.service_id)
        .limit(limit)
        .with_for_update(of=Service, skip_locked=True)
    )
    count = 0
    for service_id, version, organiser_id in books.all():
        await _begin(session, actor, now, service_id, version, organiser_id)
        count += 1
    return count


async def _begin(
    session: AsyncSession, actor: Actor, now: datetime, service_id: UUID, version: str, organiser_id: UUID
) -> None:
    terms = await keeping_terms(session, service_id)
    older = await session.scalars(
        select(RuleBookRound).where(RuleBookRound.service_id == service_id, RuleBookRound.ended_at.is_(None))
    )
    for one in older:
        one.ended_at = now
    row = RuleBookRound(
        id=uuid7(),
        organiser_id=organiser_id,
        service_id=service_id,
        version=version,
        opened_at=now,
        due_on=local_date(now) + timedelta(days=terms.accept_within_days),
        afterwards=str(terms.afterwards),
    )
    session.add(row)
    await session.flush()
    admitted = await _behind(session, row)
    for admission in admitted:
        _remind(session, now, row, admission, "rule_book.to_accept")
    record(
        session,
        actor=actor,
        now=now,
        action="rule_book.round_opened",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=organiser_id,
        to_state=version,
        facts={"due_on": row.due_on, "afterwards": row.afterwards, "providers": len(admitted)},
    )


async def _behind(session: AsyncSession, row: RuleBookRound, limit: int | None = None) -> list[Admission]:
    """Those that stand and have not accepted the round's version."""
    found = await session.scalars(
        select(Admission)
        .where(
            Admission.service_id == row.service_id,
            Admission.state.in_(IN_REGISTER),
            Admission.rule_book_version != row.version,
        )
        .order_by(Admission.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return list(found)


def _remind(
    session: AsyncSession, now: datetime, row: RuleBookRound, admission: Admission, template: str
) -> None:
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=admission.provider_id,
        organiser_id=admission.organiser_id,
        facts={
            "admission": str(admission.id),
            "service": str(row.service_id),
            "version": row.version,
            "last_day": row.due_on.isoformat(),
            "afterwards": row.afterwards,
        },
    )


async def remind_rounds(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Remind those who have not accepted at 30, 14 and 3 days before the last day. For the worker."""
    today = local_date(now)
    made: list[dict[str, Any]] = []
    rounds = await session.scalars(
        select(RuleBookRound).where(RuleBookRound.ended_at.is_(None)).order_by(RuleBookRound.id)
    )
    for row in rounds.all():
        # a round begins with a message of its own: what would be due on that day has been said
        if local_date(row.opened_at) == today:
            continue
        sent = await _sent(session, row)
        for admission in await _behind(session, row):
            step = reminder_due(
                ends=row.due_on + timedelta(days=1), today=today, sent=sent.get(admission.id, ())
            )
            if step is None or len(made) == limit:
                continue
            made.append(
                {
                    "admission_id": admission.id,
                    "kind": KIND,
                    "about": _about(row),
                    "step": step,
                    "organiser_id": admission.organiser_id,
                    "sent_at": now,
                }
            )
            _remind(session, now, row, admission, "rule_book.still_to_accept")
    if made:
        await session.execute(insert(AdmissionReminder), made)
    return len(made)


def _about(row: RuleBookRound) -> str:
    return f"{row.version} {row.due_on.isoformat()}"


async def _sent(session: AsyncSession, row: RuleBookRound) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = {}
    for admission_id, step in await session.execute(
        select(AdmissionReminder.admission_id, AdmissionReminder.step).where(
            AdmissionReminder.kind == KIND,
            AdmissionReminder.about == _about(row),
            AdmissionReminder.organiser_id == row.organiser_id,
        )
    ):
        found.setdefault(admission_id, []).append(step)
    return found


async def end_rounds(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """After the last day: those who have not accepted lapse, or an officer has a case to hear them, as the round said.
    For the worker; how many providers were seen to, and how many rounds ended."""
    today, seen = local_date(now), 0
    rounds = await session.scalars(
        select(RuleBookRound)
        .where(RuleBookRound.ended_at.is_(None), RuleBookRound.due_on < today)
        .order_by(RuleBookRound.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for row in rounds.all():
        lapses = row.afterwards == str(Afterwards.LAPSE)
        behind = await _behind(session, row, limit if lapses else None)
        if lapses and behind:
            for admission in behind:
                locked = await locked_admission(session, actor=actor, admission_id=admission.id)
                if locked.state in IN_REGISTER and locked.rule_book_version != row.version:
                    await lapse(
                        session, actor=actor, now=now, admission=locked, why="rule_book", version=row.version
                    )
            seen += len(behind)
            continue
        await open_cases(
            session, actor=actor, now=now, cases=[_case(row, one, now) for one in behind if not lapses]
        )
        row.ended_at = now
        seen += 1
    return seen


def _case(row: RuleBookRound, admission: Admission, now: datetime) -> NewCase:
    return NewCase(
        organiser_id=row.organiser_id,
        kind=CASE,
        subject_kind="admission",
        subject_id=admission.id,
        due_on=due_on(CASE, local_date(now)),
        role=CASE_KINDS[CASE].role,
        facts={"provider": str(admission.provider_id), "version": row.version},
    )
