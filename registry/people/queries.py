"""Reading people, roles, tokens and the log of reads, as frozen rows for pages."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.demonstration import DemoPerson, demo_people
from registry.people.identity import clean_identity, identity_hash
from registry.people.model import (
    Account,
    ApiToken,
    ClientPerson,
    ReadLog,
    RoleChangeRequest,
    RoleGrant,
)
from registry.people.open_grants import OpenGrant
from registry.people.open_grants import open_grant as role_grant_for_sign_in
from registry.shared.actor import STAFF, Actor, Role
from registry.shared.settings import Keys

__all__ = [
    "DemoPerson",
    "HeldRole",
    "OpenGrant",
    "Person",
    "Read",
    "RoleChange",
    "Token",
    "administrators",
    "client_with_identity",
    "demo_people",
    "reads_of",
    "role_changes",
    "role_grant_for_sign_in",
    "role_grants_of",
    "staff_of",
    "tokens_of",
]

_STAFF = [str(role) for role in STAFF]


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


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's token, as far as it may be shown: never itself."""

    id: UUID
    name: str
    role: Role
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """valid | revoked | expired"""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


async def tokens_of(session: AsyncSession, *, actor: Actor) -> list[Token]:
    """The tokens that the actor may revoke: a provider's own; an administrator's whole organiser's; for other staff
    those of their role."""
    query = (
        select(ApiToken, Account.display_name)
        .outerjoin(Account, Account.id == ApiToken.created_by)
        .order_by(ApiToken.created_at.desc())
        .limit(200)
    )
    if actor.role == Role.PROVIDER_USER:
        query = query.where(ApiToken.provider_id == actor.provider_id)
    else:
        query = query.where(ApiToken.organiser_id == actor.organiser_id)
        if actor.role != Role.ORGANISER_ADMINISTRATOR:
            query = query.where(ApiToken.role == str(actor.role))
    return [
        Token(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            scopes=tuple(row.scopes),
            created_by=creator or "",
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row, creator in await session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Read:
    """One line of the log of reads, as the client sees it."""

    at: datetime
    who: str
    role: str
    what: str
    reason: str


async def reads_of(session: AsyncSession, *, client_id: UUID, limit: int = 200) -> list[Read]:
    """Who read the client's data, newest first. Staff are named; a provider's users too."""
    rows = await session.execute(
        select(ReadLog.at, Account.display_name, ReadLog.role, ReadLog.what, ReadLog.reason)
        .outerjoin(Account, Account.id == ReadLog.account_id)
        .where(ReadLog.client_id == client_id)
        .order_by(ReadLog.at.desc(), ReadLog.id.desc())
        .limit(limit)
    )
    return [Read(at, who or "", role, what, reason) for at, who, role, what, reason in rows]


async def client_with_identity(
    session: AsyncSession,
    *,
    keys: Keys,
    organiser_id: UUID,
    kind: str,
    identity: str,
    fictional: bool = False,
) -> UUID | None:
    """The client who has this identity code or business id, without reading any; Invalid when it is malformed."""
    code = clean_identity(kind, identity, fictional=fictional)
    return await session.scalar(
        select(ClientPerson.client_id).where(
            ClientPerson.organiser_id == organiser_id,
            ClientPerson.identity_hash == identity_hash(keys, kind=kind, code=code),
        )
    )


async def role_grants_of(session: AsyncSession, *, account_id: UUID) -> list[tuple[UUID, Role, UUID | None]]:
    """(id, role, organiser) of each role that an account holds now, as far as the transaction sees."""
    rows = await session.execute(
        select(RoleGrant.id, RoleGrant.role, RoleGrant.organiser_id)
        .where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at)
    )
    return [(grant_id, Role(role), organiser_id) for grant_id, role, organiser_id in rows]
