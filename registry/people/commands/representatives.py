"""Representatives of a company client: each signs in with an account of the own name, so that what each does is told
apart."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.roles import clean_email, create_account, give_role, lock_grant, take_role
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.model import Client, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.texts import single_line

MOST: Final = 20


async def _company(session: AsyncSession, actor: Actor, client_id: UUID | None) -> Client:
    """The company, locked. A person lets others in, no machine: it has to know that they may bind the company."""
    if actor.role is not Role.CASE_WORKER or actor.kind != "account":
        raise Forbidden("door.other_role", role=str(actor.role))
    client = await session.scalar(select(Client).where(Client.id == client_id).with_for_update())
    if client is None:
        raise NotFound("client.unknown")
    if client.kind != "company":
        raise Refused("representative.companies_only")
    return client


async def add_representative(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    client_id: UUID,
    name: str,
    email: str,
    language: str,
) -> UUID:
    """Let somebody act for a company; the role grant's id."""
    client = await _company(session, actor, client_id)
    whole = single_line("name", name, longest=100)
    address = clean_email("email", single_line("email", email, longest=254)) or ""
    standing = await session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .where(RoleGrant.client_id == client_id, RoleGrant.representative, RoleGrant.ended_at.is_(None))
    )
    if (standing or 0) >= MOST:
        raise Refused("representative.too_many", most=MOST)
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
    grant_id = await give_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=Role.CLIENT,
        organiser_id=client.organiser_id,
        client_id=client_id,
        representative=True,
    )
    _note(session, client, actor=actor, now=now, action="representative.added", grant_id=grant_id)
    return grant_id


async def end_representative(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, client_id: UUID
) -> None:
    """Nobody acts for the company with this role any more; what was signed in with it ends with it."""
    grant = await _representatives(session, role_grant_id, client_id)
    client = await _company(session, actor, client_id)
    take_role(session, actor=actor, now=now, grant=grant)
    _note(session, client, actor=actor, now=now, action="representative.ended", grant_id=grant.id)


async def representative_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, client_id: UUID
) -> str:
    """The code of a one-time link, handed over in person where no identity service is connected."""
    await _representatives(session, role_grant_id, client_id)
    await _company(session, actor, client_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id)


async def _representatives(session: AsyncSession, role_grant_id: UUID, client_id: UUID) -> RoleGrant:
    grant = await lock_grant(session, role_grant_id)
    if not grant.representative or grant.client_id != client_id:
        raise NotFound("role_grant.unknown")
    return grant


def _note(
    session: AsyncSession, client: Client, *, actor: Actor, now: datetime, action: str, grant_id: UUID
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="client",
        subject_id=client.id,
        organiser_id=client.organiser_id,
        facts={"role_grant": grant_id},
    )
