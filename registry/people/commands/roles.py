"""Accounts and the roles that they hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.tokens import revoke_tokens_of
from registry.people.model import Account, RoleGrant
from registry.people.rules import LANGUAGES, may_hold
from registry.shared.actor import GUARDIAN, STAFF, Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


async def create_account(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    display_name: str,
    email: str | None,
    language: str = "fi",
    organiser_id: UUID | None = None,
) -> UUID:
    """An account, which without a role can do nothing. A client's account has no name: it is in ClientPerson."""
    if language not in LANGUAGES:
        raise Invalid("field.not_a_choice", errors={"language": "field.not_a_choice"})
    account = Account(
        id=uuid7(),
        display_name=single_line("display_name", display_name, longest=100, required=False),
        email=clean_email("email", email),
        language=language,
        created_at=now,
    )
    session.add(account)
    record(
        session,
        actor=actor,
        now=now,
        action="account.created",
        subject_kind="account",
        subject_id=account.id,
        organiser_id=organiser_id,
        to_state="open",
    )
    return account.id


def clean_email(field: str, typed: str | None) -> str | None:
    """An address that looks like one (something@host.something), or None when there is none; whether it is read
    shows only by writing to it."""
    address = single_line(field, typed or "", longest=254, required=False)
    if not address:
        return None
    name, at, host = address.rpartition("@")
    if not at or not name or "." not in host.strip(".") or " " in address:
        raise Invalid("field.not_an_email", errors={field: "field.not_an_email"})
    return address


async def grant_role(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    account_id: UUID,
    role: Role,
    organiser_id: UUID | None = None,
    provider_id: UUID | None = None,
    client_id: UUID | None = None,
) -> UUID:
    """Give an account a role; returns the role grant's id, or that of the same role held already.

    Only the system (a set-up command, an import) gives a role of staff directly: people ask for it with
    `request_role_for` and another administrator approves.
    """
    if role in STAFF and actor.kind != "system":
        raise Forbidden("role.needs_four_eyes")
    return await give_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=role,
        organiser_id=organiser_id,
        provider_id=provider_id,
        client_id=client_id,
    )


async def give_role(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    account_id: UUID,
    role: Role,
    organiser_id: UUID | None,
    provider_id: UUID | None = None,
    client_id: UUID | None = None,
    guardian: bool = False,
    representative: bool = False,
) -> UUID:
    """Give a role, whoever decided it: the callers see to that."""
    await lock_account(session, account_id)
    same = await session.scalar(
        select(RoleGrant.id).where(
            RoleGrant.account_id == account_id,
            RoleGrant.role == str(role),
            RoleGrant.organiser_id.is_not_distinct_from(organiser_id),
            RoleGrant.provider_id.is_not_distinct_from(provider_id),
            RoleGrant.client_id.is_not_distinct_from(client_id),
            RoleGrant.ended_at.is_(None),
        )
    )
    if same is not None:
        return same
    if role in STAFF:
        require(may_hold(role, held=await held_roles(session, account_id, organiser_id)))
    grant = RoleGrant(
        id=uuid7(),
        account_id=account_id,
        role=str(role),
        organiser_id=organiser_id,
        provider_id=provider_id,
        client_id=client_id,
        guardian=guardian,
        representative=representative,
        granted_at=now,
    )
    session.add(grant)
    record(
        session,
        actor=actor,
        now=now,
        action="role.granted",
        subject_kind="account",
        subject_id=account_id,
        organiser_id=organiser_id,
        to_state="held",
        facts={
            "role": GUARDIAN if guardian else role,
            "role_grant_id": grant.id,
            "provider_id": provider_id,
            "client": client_id,
        },
    )
    await session.flush()
    return grant.id


async def end_role(session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID) -> None:
    """End a role; everything that was signed in with it ends with it, and the tokens that it made. Staff's roles end
    directly only by the system: people ask with `request_role_end`."""
    grant = await lock_grant(session, role_grant_id)
    if Role(grant.role) in STAFF and actor.kind != "system":
        raise Forbidden("role.needs_four_eyes")
    take_role(session, actor=actor, now=now, grant=grant)
    await revoke_tokens_of(session, actor=actor, now=now, grant=grant)


def take_role(session: AsyncSession, *, actor: Actor, now: datetime, grant: RoleGrant) -> None:
    """End a locked role, whoever decided it: the callers see to that."""
    if grant.ended_at is not None:
        raise Refused("role.ended_already")
    grant.ended_at = now
    record(
        session,
        actor=actor,
        now=now,
        action="role.ended",
        subject_kind="account",
        subject_id=grant.account_id,
        organiser_id=grant.organiser_id,
        from_state="held",
        to_state="ended",
        facts={"role": GUARDIAN if grant.guardian else grant.role, "role_grant_id": grant.id},
    )


async def lock_account(session: AsyncSession, account_id: UUID) -> None:
    """Hold the account, so that two roles that exclude each other are not given at the same moment."""
    if await session.scalar(select(Account.id).where(Account.id == account_id).with_for_update()) is None:
        raise NotFound("person.unknown")


async def lock_grant(session: AsyncSession, role_grant_id: UUID) -> RoleGrant:
    grant = await session.scalar(
        select(RoleGrant)
        .where(RoleGrant.id == role_grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if grant is None:
        raise NotFound("role_grant.unknown")
    return grant


async def held_roles(session: AsyncSession, account_id: UUID, organiser_id: UUID | None) -> list[Role]:
    """The staff roles that the account holds at the organiser."""
    rows = await session.scalars(
        select(RoleGrant.role).where(
            RoleGrant.account_id == account_id,
            RoleGrant.organiser_id == organiser_id,
            RoleGrant.role.in_([str(r) for r in STAFF]),
            RoleGrant.ended_at.is_(None),
        )
    )
    return [Role(role) for role in rows]
