"""Representatives of a company client: people who a case worker knows may bind the company."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands.acting import REPRESENTATIVE, acting_grant, end_acting, let_act
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.model import Client
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused


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
    return await let_act(
        session, REPRESENTATIVE, client, actor=actor, now=now, name=name, email=email, language=language
    )


async def end_representative(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, client_id: UUID
) -> None:
    """Nobody acts for the company with this role any more; what was signed in with it ends with it."""
    grant = await acting_grant(session, REPRESENTATIVE, role_grant_id, client_id)
    client = await _company(session, actor, client_id)
    await end_acting(session, REPRESENTATIVE, client, grant, actor=actor, now=now)


async def representative_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, client_id: UUID
) -> str:
    """The code of a one-time link, handed over in person where no identity service is connected."""
    await acting_grant(session, REPRESENTATIVE, role_grant_id, client_id)
    await _company(session, actor, client_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id)
