"""People who act for a client, as guardians or as representatives: each with an account of the own name, so that what
they do and look at is told from what the client does. Who may say so, and who is told, the two say themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from registry.audit.commands import record
from registry.people.commands.roles import clean_email, create_account, give_role, lock_grant, take_role
from registry.people.model import Account, Client, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import ACCEPTED, NotFound, Refusal, require
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class ActsAs:
    """As what somebody acts for a client; `name` also begins the names of its events."""

    name: str
    held_as: InstrumentedAttribute[bool]
    most: int
    """Of one client at once; more is a mistake."""
    too_many: Refusal
    known_already: Refusal | None = None
    """Where one account serves for all clients of the organiser under the same address: it acts for this one already."""


GUARDIAN: Final = ActsAs(
    "guardian",
    RoleGrant.guardian,
    most=5,
    too_many=Refusal("guardian.too_many", {"most": 5}),
    known_already=Refusal("guardian.known_already"),
)
REPRESENTATIVE: Final = ActsAs(
    "representative",
    RoleGrant.representative,
    most=20,
    too_many=Refusal("representative.too_many", {"most": 20}),
)


async def let_act(
    session: AsyncSession,
    as_what: ActsAs,
    client: Client,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    email: str,
    language: str,
    facts: Mapping[str, Any] | None = None,
) -> UUID:
    """Let somebody act for a locked client; the role grant's id. `facts`: what else its event keeps."""
    address = clean_email("email", single_line("email", email, longest=254)) or ""
    whole = single_line("name", name, longest=100)
    standing = await session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .where(RoleGrant.client_id == client.id, as_what.held_as, RoleGrant.ended_at.is_(None))
    )
    require(ACCEPTED if (standing or 0) < as_what.most else as_what.too_many)
    known = as_what.known_already
    account_id = await _account(session, as_what, client.organiser_id, address) if known else None
    if account_id is None:
        account_id = await create_account(
            session,
            actor=actor,
            now=now,
            display_name=whole,
            email=address,
            language=language,
            organiser_id=client.organiser_id,
        )
        await session.flush()
    elif known is not None and await _acts_already(session, account_id, client.id):
        require(known)
    grant_id = await give_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=Role.CLIENT,
        organiser_id=client.organiser_id,
        client_id=client.id,
        guardian=as_what is GUARDIAN,
        representative=as_what is REPRESENTATIVE,
    )
    _note(session, client, f"{as_what.name}.added", grant_id, actor=actor, now=now, facts=facts)
    return grant_id


async def end_acting(
    session: AsyncSession,
    as_what: ActsAs,
    client: Client,
    grant: RoleGrant,
    *,
    actor: Actor,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Nobody acts for the locked client with this locked role any more; what was signed in with it ends with it."""
    take_role(session, actor=actor, now=now, grant=grant)
    _note(session, client, f"{as_what.name}.ended", grant.id, actor=actor, now=now, facts=facts)


async def acting_grant(
    session: AsyncSession, as_what: ActsAs, role_grant_id: UUID, client_id: UUID | None
) -> RoleGrant:
    """The role, locked, if somebody acts so with it; for this client, where the address says which."""
    grant = await lock_grant(session, role_grant_id)
    if not getattr(grant, as_what.held_as.key) or client_id not in (None, grant.client_id):
        raise NotFound("role_grant.unknown")
    return grant


async def _account(session: AsyncSession, as_what: ActsAs, organiser_id: UUID, address: str) -> UUID | None:
    """The account of whoever acts so for a client of the organiser under this address."""
    found: UUID | None = await session.scalar(
        select(Account.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            func.lower(Account.email) == address.lower(),
            Account.disabled_at.is_(None),
            RoleGrant.organiser_id == organiser_id,
            as_what.held_as,
            RoleGrant.ended_at.is_(None),
        )
        .limit(1)
    )
    return found


async def _acts_already(session: AsyncSession, account_id: UUID, client_id: UUID) -> bool:
    return bool(
        await session.scalar(
            select(RoleGrant.id).where(
                RoleGrant.account_id == account_id,
                RoleGrant.client_id == client_id,
                RoleGrant.ended_at.is_(None),
            )
        )
    )


def _note(
    session: AsyncSession,
    client: Client,
    action: str,
    grant_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    facts: Mapping[str, Any] | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="client",
        subject_id=client.id,
        organiser_id=client.organiser_id,
        facts={"role_grant": grant_id, **(facts or {})},
    )
