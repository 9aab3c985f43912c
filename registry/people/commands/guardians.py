"""Guardians (edunvalvoja): somebody who acts for a client with an account of the own name, so that what they do and look
at is told from what the client does."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands.roles import clean_email, create_account, give_role, lock_grant, take_role
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.model import Account, Client, ClientPerson, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.outbox import enqueue
from registry.shared.texts import single_line

MOST: Final = 5
"""A client has one guardian, now and then two; more is a mistake."""


async def _client(session: AsyncSession, actor: Actor, client_id: UUID | None) -> Client:
    """The client, locked. Only a person opens or shuts the door to somebody's life, for a person has to have seen the
    court's decision; and with a protected identity only the own case worker or an administrator, or a colleague could
    make a guardian to see through."""
    if actor.kind != "account" or actor.role not in (Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR):
        raise Forbidden("guardian.staff_only")
    client = await session.scalar(select(Client).where(Client.id == client_id).with_for_update())
    person = await session.get(ClientPerson, client_id)
    if client is None or person is None:
        raise NotFound("client.unknown")
    own = client.case_worker_id == actor.id or actor.role is Role.ORGANISER_ADMINISTRATOR
    if person.protected and not own:
        raise Forbidden("guardian.protected")
    return client


async def add_guardian(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    client_id: UUID,
    name: str,
    email: str,
    language: str,
) -> UUID:
    """Let somebody act for a client; the role grant's id. Whoever is a guardian at this organiser already, under the same
    address, keeps one account for all their clients. The client is told."""
    client = await _client(session, actor, client_id)
    address = clean_email("email", single_line("email", email, longest=254)) or ""
    whole = single_line("name", name, longest=100)
    open_grants = await session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .where(RoleGrant.client_id == client_id, RoleGrant.guardian, RoleGrant.ended_at.is_(None))
    )
    if (open_grants or 0) >= MOST:
        raise Refused("guardian.too_many", most=MOST)
    account_id = await session.scalar(
        select(Account.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            func.lower(Account.email) == address.lower(),
            Account.disabled_at.is_(None),
            RoleGrant.organiser_id == client.organiser_id,
            RoleGrant.guardian,
            RoleGrant.ended_at.is_(None),
        )
        .limit(1)
    )
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
    known = await session.scalar(
        select(RoleGrant.id).where(
            RoleGrant.account_id == account_id, RoleGrant.client_id == client_id, RoleGrant.ended_at.is_(None)
        )
    )
    if known is not None:
        raise Refused("guardian.known_already")
    grant_id = await give_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=Role.CLIENT,
        organiser_id=client.organiser_id,
        client_id=client_id,
        guardian=True,
    )
    _tell(session, client, now=now, template="guardian.added")
    return grant_id


async def end_guardian(session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID) -> None:
    """Nobody acts for the client with this role any more; what was signed in with it ends with it."""
    grant = await _guardians(session, role_grant_id)
    client = await _client(session, actor, grant.client_id)
    take_role(session, actor=actor, now=now, grant=grant)
    _tell(session, client, now=now, template="guardian.ended")


async def guardian_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID
) -> str:
    """The code of a one-time link, handed over in person where no identity service is connected."""
    grant = await _guardians(session, role_grant_id)
    await _client(session, actor, grant.client_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id)


async def _guardians(session: AsyncSession, role_grant_id: UUID) -> RoleGrant:
    """The grant, locked, if it is a guardian's."""
    grant = await lock_grant(session, role_grant_id)
    if not grant.guardian:
        raise NotFound("role_grant.unknown")
    return grant


def _tell(session: AsyncSession, client: Client, *, now: datetime, template: str) -> None:
    enqueue(session, now=now, client_id=client.id, organiser_id=client.organiser_id, template=template)
