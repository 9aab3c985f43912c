"""Opening, taking and closing cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values, record
from registry.audit.model import AuditEvent
from registry.audit.rules import plain
from registry.cases.model import Case
from registry.cases.rules import ANSWERED_TO_CLIENT, CLOSED_BY_DECIDING
from registry.shared.actor import Actor, Role
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open."""

    organiser_id: UUID
    kind: str
    subject_kind: str
    subject_id: UUID
    due_on: date
    role: Role
    owner_id: UUID | None = None
    client_id: UUID | None = None
    voucher_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


Key = tuple[str, UUID]
"""(kind, subject): at most one case of it is open."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What `open_cases` did: every case's id, whether new or standing, and which of them are new."""

    ids: Mapping[Key, UUID]
    new: frozenset[Key]


async def open_cases(
    session: AsyncSession, *, actor: Actor, now: datetime, cases: Sequence[NewCase]
) -> Opened:
    """Open cases, each unless one of its kind is still open on its subject: a thing that somebody has to do is on
    the list once. Takes a fixed number of queries, however many cases there are."""
    if not cases:
        return Opened({}, frozenset())
    rows = {
        uuid7(): case
        for case in sorted(
            cases, key=lambda case: (case.kind, case.subject_id)
        )  # one order, or two may deadlock
    }
    opened = set(
        await session.scalars(
            upsert(Case)
            .on_conflict_do_nothing(
                index_elements=["kind", "subject_id"], index_where=text("closed_at IS NULL")
            )
            .returning(Case.id),
            [_columns(case_id, case, now) for case_id, case in rows.items()],
        )
    )
    events = [
        event_values(
            actor=actor,
            now=now,
            action="case.opened",
            subject_kind="case",
            subject_id=case_id,
            organiser_id=case.organiser_id,
            voucher_id=case.voucher_id,
            to_state="open",
            facts={
                "kind": case.kind,
                "about": case.subject_kind,
                "about_id": case.subject_id,
                "due_on": case.due_on,
            },
        )
        for case_id, case in rows.items()
        if case_id in opened
    ]
    if events:
        await session.execute(insert(AuditEvent), events)
    ids = {(case.kind, case.subject_id): case_id for case_id, case in rows.items() if case_id in opened}
    lacking = {(case.kind, case.subject_id) for case in cases} - set(ids)
    if lacking:
        standing = await session.execute(
            select(Case.kind, Case.subject_id, Case.id).where(
                tuple_(Case.kind, Case.subject_id).in_(lacking), Case.closed_at.is_(None)
            )
        )
        return Opened(
            ids | {(kind, subject_id): case_id for kind, subject_id, case_id in standing}, frozenset(ids)
        )
    return Opened(ids, frozenset(ids))


def _columns(case_id: UUID, case: NewCase, now: datetime) -> dict[str, Any]:
    return {
        "id": case_id,
        "organiser_id": case.organiser_id,
        "kind": case.kind,
        "subject_kind": case.subject_kind,
        "subject_id": case.subject_id,
        "client_id": case.client_id,
        "role": str(case.role),
        "owner_id": case.owner_id,
        "due_on": case.due_on,
        "facts": plain(case.facts),
        "opened_at": now,
    }


async def open_case(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
    kind: str,
    subject_kind: str,
    subject_id: UUID,
    due_on: date,
    role: Role,
    owner_id: UUID | None = None,
    client_id: UUID | None = None,
    voucher_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> UUID:
    """Open a case, or return the one of this kind that is still open on the subject."""
    case = NewCase(
        organiser_id=organiser_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        due_on=due_on,
        role=role,
        owner_id=owner_id,
        client_id=client_id,
        voucher_id=voucher_id,
        facts=facts or {},
    )
    return (await open_cases(session, actor=actor, now=now, cases=[case])).ids[kind, subject_id]


async def close_case(
    session: AsyncSession, *, actor: Actor, now: datetime, case_id: UUID, resolution: str
) -> None:
    """Close a case with what was done about it; closing it twice is refused, so that two people notice each other.
    A client who asked for something is told that there is an answer. What ends with a decision is not closed without."""
    (case,) = await _locked(session, [case_id])
    if case.closed_at is not None:
        raise Refused("case.closed_already")
    if case.kind in CLOSED_BY_DECIDING:
        raise Refused("case.decide_first")
    _close(session, case, actor=actor, now=now, resolution=resolution, how="changed")
    if case.kind in ANSWERED_TO_CLIENT and case.client_id is not None:
        enqueue(
            session,
            now=now,
            client_id=case.client_id,
            organiser_id=case.organiser_id,
            template="case.answered",
            facts={"case": str(case.id)},
        )


async def close_moot(
    session: AsyncSession, *, actor: Actor, now: datetime, case_ids: Sequence[UUID], why: str
) -> int:
    """Close cases of which nothing is left to do. `why` is a code (`voucher.ended`), kept in the events: no person
    wrote anything. Cases closed meanwhile are left alone."""
    closed = 0
    for case in await _locked(session, sorted(case_ids)):
        if case.closed_at is None:
            _close(session, case, actor=actor, now=now, resolution=None, how=why)
            closed += 1
    return closed


async def close_about(
    session: AsyncSession, *, actor: Actor, now: datetime, subject_id: UUID, why: str
) -> int:
    """Close what is open about a thing that has been decided; `why` is a code, as in `close_moot`."""
    found = await session.scalars(
        select(Case.id).where(Case.subject_id == subject_id, Case.closed_at.is_(None))
    )
    return await close_moot(session, actor=actor, now=now, case_ids=found.all(), why=why)


async def answer_about(
    session: AsyncSession, *, actor: Actor, now: datetime, kind: str, subject_id: UUID, answer: str
) -> bool:
    """Close the open case of this kind about a thing with the words in which it was decided; False where none is open."""
    found = await session.scalars(
        select(Case.id).where(Case.kind == kind, Case.subject_id == subject_id, Case.closed_at.is_(None))
    )
    for case in await _locked(session, found.all()):
        if case.closed_at is None:  # at most one is open
            _close(session, case, actor=actor, now=now, resolution=answer, how="changed")
            return True
    return False


async def take_case(session: AsyncSession, *, actor: Actor, now: datetime, case_id: UUID) -> None:
    """Make the case the actor's own; taking one's own again changes nothing."""
    (case,) = await _locked(session, [case_id])
    if case.closed_at is not None:
        raise Refused("case.closed_already")
    if case.owner_id == actor.id:
        return
    before, case.owner_id = case.owner_id, actor.id
    record(
        session,
        actor=actor,
        now=now,
        action="case.taken",
        subject_kind="case",
        subject_id=case.id,
        organiser_id=case.organiser_id,
        voucher_id=_voucher_of(case),
        facts={"kind": case.kind, "from_owner": before},
    )


async def _locked(session: AsyncSession, case_ids: Sequence[UUID]) -> Sequence[Case]:
    cases = (
        await session.scalars(
            select(Case)
            .where(Case.id.in_(case_ids))
            .order_by(Case.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    if len(cases) != len(set(case_ids)):
        raise NotFound("case.unknown")
    return cases


def _close(
    session: AsyncSession, case: Case, *, actor: Actor, now: datetime, resolution: str | None, how: str
) -> None:
    case.closed_at = now
    case.closed_by = actor.id
    case.resolution = resolution
    record(
        session,
        actor=actor,
        now=now,
        action="case.closed",
        subject_kind="case",
        subject_id=case.id,
        organiser_id=case.organiser_id,
        voucher_id=_voucher_of(case),
        from_state="open",
        to_state="closed",
        facts={"kind": case.kind, "resolution": how},
    )


def _voucher_of(case: Case) -> UUID | None:
    return case.subject_id if case.subject_kind == "voucher" else None
