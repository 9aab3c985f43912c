"""An organiser's staff, and the changes of roles that wait or were decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import Account, RoleChangeRequest, RoleGrant
from registry.shared.actor import STAFF, Actor, Role

_STAFF: Final = [str(role) for role in STAFF]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds now, and the open request to end it, if there is one."""

    role_grant_id: UUID
    role: Role
    since: datetime
    end_requested: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the organiser's staff."""

    account_id: UUID
    name: str
    email: str | None
    roles: tuple[HeldRole, ...]


async def staff_of(session: AsyncSession, *, organiser_id: UUID) -> list[Person]:
    """The organiser's staff with their roles, by name."""
    ending = (
        select(RoleChangeRequest.id)
        .where(
            RoleChangeRequest.role_grant_id == RoleGrant.id,
            RoleChangeRequest.change == "end",
            RoleChangeRequest.state == "requested",
        )
        .exists()
    )
    rows = await session.execute(
        select(
            Account.id,
            Account.display_name,
            Account.email,
            RoleGrant.id,
            RoleGrant.role,
            RoleGrant.granted_at,
            ending,
        )
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.organiser_id == organiser_id,
            RoleGrant.role.in_(_STAFF),
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
        .order_by(func.lower(Account.display_name), Account.id, RoleGrant.granted_at)
    )
    people: dict[UUID, Person] = {}
    for account_id, name, email, grant_id, role, since, end_requested in rows:
        held = HeldRole(grant_id, Role(role), since, end_requested)
        known = people.get(account_id)
        people[account_id] = Person(account_id, name, email, (*(known.roles if known else ()), held))
    return list(people.values())


async def administrators(session: AsyncSession, *, organiser_id: UUID) -> int:
    """How many administrators the organiser has: with one, nobody can approve."""
    count = await session.scalar(
        select(func.count(func.distinct(RoleGrant.account_id))).where(
            RoleGrant.organiser_id == organiser_id,
            RoleGrant.role == str(Role.ORGANISER_ADMINISTRATOR),
            RoleGrant.ended_at.is_(None),
        )
    )
    return count or 0


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A request to change a role: `mine` when the reader asked, `about_me` when it is the reader's own role."""

    id: UUID
    change: str
    role: Role
    state: str
    person: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    mine: bool
    about_me: bool


async def role_changes(session: AsyncSession, *, actor: Actor, decided: int = 20) -> list[RoleChange]:
    """All open requests of the actor's organiser, then the last `decided` ones that were decided."""
    about, asked, did = (Account.__table__.alias(name) for name in ("about", "asked", "did"))
    rows = await session.execute(
        select(
            RoleChangeRequest,
            about.c.display_name,
            asked.c.display_name,
            did.c.display_name,
        )
        .join(about, about.c.id == RoleChangeRequest.account_id)
        .outerjoin(asked, asked.c.id == RoleChangeRequest.requested_by)
        .outerjoin(did, did.c.id == RoleChangeRequest.decided_by)
        .where(RoleChangeRequest.organiser_id == actor.organiser_id)
        .order_by(RoleChangeRequest.decided_at.desc().nulls_first(), RoleChangeRequest.requested_at)
        .limit(decided + 500)
    )
    found = [
        RoleChange(
            id=row.id,
            change=row.change,
            role=Role(row.role),
            state=row.state,
            person=person,
            requested_by=requester or "",
            requested_at=row.requested_at,
            decided_by=decider,
            decided_at=row.decided_at,
            mine=row.requested_by == actor.id,
            about_me=row.account_id == actor.id,
        )
        for row, person, requester, decider in rows
    ]
    waiting = [change for change in found if change.state == "requested"]
    return waiting + [change for change in found if change.state != "requested"][:decided]
