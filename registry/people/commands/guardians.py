"""Guardians (edunvalvoja): somebody who acts for a client with an account of the own name, so that what they do and look
at is told from what the client does."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.roles import clean_email, create_account, give_role, lock_grant, take_role
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.model import Account, Client, ClientPerson, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.outbox import enqueue
from registry.shared.texts import single_line

MOST: Final = 5
"""A client has one guardian, now and then two; more is a mistake."""


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
    _tell(session, client, actor=actor, now=now, what="guardian.added", grant_id=grant_id, seen_by=seen_by)
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
    grant = await _guardians(session, role_grant_id)
    if client_id is not None and grant.client_id != client_id:
        raise NotFound("role_grant.unknown")
    client = await _client(session, actor, grant.client_id, seen_by)
    take_role(session, actor=actor, now=now, grant=grant)
    _tell(session, client, actor=actor, now=now, what="guardian.ended", grant_id=grant.id, seen_by=seen_by)


async def guardian_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID
) -> str:
    """The code of a one-time link, handed over in person where no identity service is connected."""
    if actor.kind != "account":  # the link opens the door by itself, so it passes from hand to hand
        raise Forbidden("guardian.staff_only")
    grant = await _guardians(session, role_grant_id)
    await _client(session, actor, grant.client_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id)


async def _guardians(session: AsyncSession, role_grant_id: UUID) -> RoleGrant:
    """The grant, locked, if it is a guardian's."""
    grant = await lock_grant(session, role_grant_id)
    if not grant.guardian:
        raise NotFound("role_grant.unknown")
    return grant


def _tell(
    session: AsyncSession,
    client: Client,
    *,
    actor: Actor,
    now: datetime,
    what: str,
    grant_id: UUID,
    seen_by: UUID | None,
) -> None:
    """Into the audit trail, with who has seen the decision, and to the client."""
    record(
        session,
        actor=actor,
        now=now,
        action=what,
        subject_kind="client",
        subject_id=client.id,
        organiser_id=client.organiser_id,
        facts={"role_grant": grant_id, "decision_seen_by": seen_by or actor.id},
    )
    enqueue(session, now=now, client_id=client.id, organiser_id=client.organiser_id, template=what)
