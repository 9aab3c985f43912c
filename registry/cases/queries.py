"""Reading cases: what is to be done, most urgent first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.cases.model import Case
from registry.people.model import Account, Client, ClientPerson
from registry.shared.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with the names of the staff who own it and closed it. Its client's name is there only for who asked as
    that client's own case worker (and then has to log the reading); to everybody else the client is an id."""

    id: UUID
    organiser_id: UUID
    kind: str
    subject_kind: str
    subject_id: UUID
    client_id: UUID | None
    client_name: str | None
    role: str
    owner_id: UUID | None
    owner_name: str | None
    due_on: date
    facts: Mapping[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_by_name: str | None
    resolution: str | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


Place = tuple[date, UUID]
"""Where a page ended: (due date, id)."""


def _views(reader_id: UUID | None = None) -> Select[*tuple[Any, ...]]:
    owner, closer = aliased(Account), aliased(Account)
    return (
        select(
            Case.id,
            Case.organiser_id,
            Case.kind,
            Case.subject_kind,
            Case.subject_id,
            Case.client_id,
            ClientPerson.name.label("client_name"),
            Case.role,
            Case.owner_id,
            owner.display_name.label("owner_name"),
            Case.due_on,
            Case.facts,
            Case.opened_at,
            Case.closed_at,
            closer.display_name.label("closed_by_name"),
            Case.resolution,
        )
        .outerjoin(owner, owner.id == Case.owner_id)
        .outerjoin(closer, closer.id == Case.closed_by)
        .outerjoin(Client, (Client.id == Case.client_id) & (Client.case_worker_id == reader_id))
        .outerjoin(ClientPerson, ClientPerson.client_id == Client.id)
    )


def handles(actor: Actor, *, others: bool = False) -> ColumnElement[bool]:
    """The cases that are this person's to do: owned by them, or by nobody yet and for their role. `others` adds
    colleagues' cases of the same role, for whoever stands in."""
    mine = or_(
        Case.owner_id == actor.id,
        (Case.role == str(actor.role))
        if others
        else (Case.owner_id.is_(None) & (Case.role == str(actor.role))),
    )
    return mine if actor.role is not Role.AUDITOR else Case.id.is_not(None)


async def open_cases(
    session: AsyncSession,
    *,
    actor: Actor,
    kind: str | None = None,
    others: bool = False,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[list[CaseView], Place | None]:
    """A page of open cases that the actor handles, due first, and where the next page starts."""
    query = _views(actor.id).where(Case.closed_at.is_(None), handles(actor, others=others))
    if kind is not None:
        query = query.where(Case.kind == kind)
    if after is not None:
        query = query.where(tuple_(Case.due_on, Case.id) > tuple_(*after))
    rows = await session.execute(query.order_by(Case.due_on, Case.id).limit(limit + 1))
    found = [CaseView(**row._mapping) for row in rows]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], (last.due_on, last.id)


async def closed_cases(session: AsyncSession, *, actor: Actor, limit: int = 50) -> list[CaseView]:
    """The cases that were closed last."""
    rows = await session.execute(
        _views(actor.id)
        .where(Case.closed_at.is_not(None), handles(actor, others=True))
        .order_by(Case.closed_at.desc(), Case.id)
        .limit(limit)
    )
    return [CaseView(**row._mapping) for row in rows]


async def counts(session: AsyncSession, *, actor: Actor, others: bool = False) -> dict[str, int]:
    """How many open cases of each kind the actor handles."""
    rows = await session.execute(
        select(Case.kind, func.count())
        .where(Case.closed_at.is_(None), handles(actor, others=others))
        .group_by(Case.kind)
    )
    return {kind: count for kind, count in rows}  # noqa: C416 - rows are not pairs to the type checker


async def case_view(
    session: AsyncSession, *, case_id: UUID, reader_id: UUID | None = None
) -> CaseView | None:
    """One case, if it is in sight."""
    row = (await session.execute(_views(reader_id).where(Case.id == case_id))).one_or_none()
    return CaseView(**row._mapping) if row else None


async def cases_due(session: AsyncSession, owner_id: UUID, *, until: date | None = None) -> list[CaseView]:
    """A case worker's own open cases, due first (up to and including `until`): for the caseload page."""
    query = _views(owner_id).where(Case.closed_at.is_(None), Case.owner_id == owner_id)
    if until is not None:
        query = query.where(Case.due_on <= until)
    rows = await session.execute(query.order_by(Case.due_on, Case.id).limit(500))
    return [CaseView(**row._mapping) for row in rows]


async def cases_about(session: AsyncSession, subject_ids: Collection[UUID]) -> dict[UUID, list[CaseView]]:
    """The cases about each subject, newest first, in one query."""
    found: dict[UUID, list[CaseView]] = {subject_id: [] for subject_id in subject_ids}
    if found:
        rows = await session.execute(
            _views().where(Case.subject_id.in_(found)).order_by(Case.opened_at.desc(), Case.id)
        )
        for row in rows:
            found[row.subject_id].append(CaseView(**row._mapping))
    return found
