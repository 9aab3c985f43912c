"""Guardians (edunvalvoja): a court has given somebody a client's matters, and a person here has seen the decision."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands.acting import GUARDIAN, acting_grant, end_acting, let_act
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.model import Client, ClientPerson, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.outbox import enqueue

STAFF: Final = (Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR)
"""Who may say that somebody acts for a client."""


async def _client(
    session: AsyncSession, actor: Actor, client_id: UUID | None, seen_by: UUID | None = None
) -> Client:
    """The client, locked. A person has to have seen the court's decision before the door to somebody's life is opened or
    shut: a machine names who has (`seen_by`). With a protected identity only the own case worker or an administrator
    does it, in person, or a colleague could make a guardian to see through."""
    if actor.role not in STAFF or actor.kind not in ("account", "token"):
        raise Forbidden("guardian.staff_only")
    if actor.kind == "token":
        await _staff_member(session, actor, seen_by)
    client = await session.scalar(select(Client).where(Client.id == client_id).with_for_update())
    person = await session.get(ClientPerson, client_id)
    if client is None or person is None:
        raise NotFound("client.unknown")
    own = client.case_worker_id == actor.id or actor.role is Role.ORGANISER_ADMINISTRATOR
    if person.protected and (not own or actor.kind == "token"):
        raise Forbidden("guardian.protected")
    return client


async def _staff_member(session: AsyncSession, actor: Actor, account_id: UUID | None) -> None:
    """Refused unless the account is a case worker's or an administrator's of the actor's organiser."""
    found = await session.scalar(
        select(RoleGrant.id)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.organiser_id == actor.organiser_id,
            RoleGrant.role.in_([str(role) for role in STAFF]),
            RoleGrant.ended_at.is_(None),
        )
        .limit(1)
    )
    if found is None:
        raise Refused("guardian.nobody_saw_the_decision")


async def add_guardian(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    client_id: UUID,
    name: str,
    email: str,
    language: str,
    seen_by: UUID | None = None,
) -> UUID:
    """Let somebody act for a client; the role grant's id. Whoever is a guardian at this organiser already, under the same
    address, keeps one account for all their clients. The client is told. `seen_by`: where a machine does it, the account
    of the member of staff who has seen the court's decision."""
    client = await _client(session, actor, client_id, seen_by)
    grant_id = await let_act(
        session,
        GUARDIAN,
        client,
        actor=actor,
        now=now,
        name=name,
        email=email,
        language=language,
        facts=_seen(actor, seen_by),
    )
    _tell(session, client, now=now, what="guardian.added")
    return grant_id


async def end_guardian(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    role_grant_id: UUID,
    client_id: UUID | None = None,
    seen_by: UUID | None = None,
) -> None:
    """Nobody acts for the client with this role any more; what was signed in with it ends with it. `client_id`: whose
    guardian it must be, where the address says so."""
    grant = await acting_grant(session, GUARDIAN, role_grant_id, client_id)
    client = await _client(session, actor, grant.client_id, seen_by)
    await end_acting(session, GUARDIAN, client, grant, actor=actor, now=now, facts=_seen(actor, seen_by))
    _tell(session, client, now=now, what="guardian.ended")


async def guardian_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, client_id: UUID | None = None
) -> str:
    """The code of a one-time link, handed over in person where no identity service is connected."""
    if actor.kind != "account":  # the link opens the door by itself, so it passes from hand to hand
        raise Forbidden("guardian.staff_only")
    grant = await acting_grant(session, GUARDIAN, role_grant_id, client_id)
    await _client(session, actor, grant.client_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id)


def _seen(actor: Actor, seen_by: UUID | None) -> dict[str, Any]:
    return {"decision_seen_by": seen_by or actor.id}


def _tell(session: AsyncSession, client: Client, *, now: datetime, what: str) -> None:
    enqueue(session, now=now, client_id=client.id, organiser_id=client.organiser_id, template=what)
