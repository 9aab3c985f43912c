"""A role of staff changes hands under four eyes: one administrator asks, another decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.roles import (
    clean_email,
    create_account,
    give_role,
    held_roles,
    lock_account,
    lock_grant,
    take_role,
)
from registry.people.commands.tokens import revoke_tokens_of
from registry.people.model import Account, RoleChangeRequest, RoleGrant
from registry.people.rules import may_decide, may_hold
from registry.shared.actor import STAFF, Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


def _require_administrator(actor: Actor) -> None:
    """Only a person: a token that could change roles would be a pair of eyes that nobody looks through."""
    if actor.kind != "account" or actor.role != Role.ORGANISER_ADMINISTRATOR:
        raise Forbidden("role.administrators_only")


async def _require_another_administrator(
    session: AsyncSession, organiser_id: UUID, role_grant_id: UUID
) -> None:
    """The last administrator's role cannot end here: nobody would be left to ask or to decide."""
    administrators = await session.scalars(
        select(RoleGrant.id)
        .where(
            RoleGrant.organiser_id == organiser_id,
            RoleGrant.role == str(Role.ORGANISER_ADMINISTRATOR),
            RoleGrant.ended_at.is_(None),
        )
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    if set(administrators) <= {role_grant_id}:
        raise Refused("role.last_administrator")


async def request_role_for_new_person(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    display_name: str,
    email: str,
    language: str,
    role: Role,
) -> UUID:
    """Add a person to the actor's organiser and ask for a role for them; returns the request's id. The account can do
    nothing until another administrator approves."""
    _require_administrator(actor)
    address = clean_email("email", single_line("email", email, longest=254))
    single_line("display_name", display_name, longest=100)
    known = await session.scalar(
        select(Account.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            Account.email == address,
            RoleGrant.organiser_id == actor.organiser_id,
            RoleGrant.role.in_([str(r) for r in STAFF]),
            RoleGrant.ended_at.is_(None),
        )
    )
    if known is not None:
        raise Refused("person.known_already")
    account_id = await create_account(
        session,
        actor=actor,
        now=now,
        display_name=display_name,
        email=address,
        language=language,
        organiser_id=actor.organiser_id,
    )
    await session.flush()
    return await _request(session, actor=actor, now=now, account_id=account_id, change="add", role=role)


async def request_role_for(
    session: AsyncSession, *, actor: Actor, now: datetime, account_id: UUID, role: Role
) -> UUID:
    """Ask that one of the organiser's own people gets a further role; returns the request's id."""
    _require_administrator(actor)
    await lock_account(session, account_id)
    held = await held_roles(session, account_id, actor.organiser_id)
    if not held:
        raise NotFound("person.unknown")
    require(may_hold(role, held=held))
    return await _request(session, actor=actor, now=now, account_id=account_id, change="add", role=role)


async def request_role_end(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID
) -> UUID:
    """Ask that a role of staff ends; returns the request's id."""
    _require_administrator(actor)
    grant = await lock_grant(session, role_grant_id)
    if grant.organiser_id != actor.organiser_id or Role(grant.role) not in STAFF:
        raise NotFound("role_grant.unknown")
    if grant.ended_at is not None:
        raise Refused("role.ended_already")
    return await _request(
        session,
        actor=actor,
        now=now,
        account_id=grant.account_id,
        change="end",
        role=Role(grant.role),
        role_grant_id=grant.id,
    )


async def _request(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    account_id: UUID,
    change: str,
    role: Role,
    role_grant_id: UUID | None = None,
) -> UUID:
    if role not in STAFF:
        raise Refused("role.not_staff", role=str(role))
    waiting = await session.scalar(
        select(RoleChangeRequest.id).where(
            RoleChangeRequest.organiser_id == actor.organiser_id,
            RoleChangeRequest.account_id == account_id,
            RoleChangeRequest.role == str(role),
            RoleChangeRequest.state == "requested",
        )
    )
    if waiting is not None:
        raise Refused("role_change.waiting_already")
    row = RoleChangeRequest(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        account_id=account_id,
        change=change,
        role=str(role),
        role_grant_id=role_grant_id,
        state="requested",
        requested_by=actor.id,
        requested_at=now,
    )
    session.add(row)
    _tell(session, actor=actor, now=now, row=row, from_state=None)
    return row.id


async def decide_role_change(
    session: AsyncSession, *, actor: Actor, now: datetime, request_id: UUID, to_state: str
) -> None:
    """Approve or reject another administrator's request (`approved`, `rejected`), or take back one's own
    (`withdrawn`). Approval carries the change out in the same transaction."""
    _require_administrator(actor)
    row = await session.scalar(
        select(RoleChangeRequest)
        .where(RoleChangeRequest.id == request_id, RoleChangeRequest.organiser_id == actor.organiser_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("role_change.unknown")
    require(
        may_decide(
            state=row.state,
            to_state=to_state,
            change=row.change,
            requested_by=row.requested_by,
            decider=actor.id,
            subject=row.account_id,
        )
    )
    if to_state == "approved" and row.change == "add":
        row.role_grant_id = await give_role(
            session,
            actor=actor,
            now=now,
            account_id=row.account_id,
            role=Role(row.role),
            organiser_id=row.organiser_id,
        )
    elif to_state == "approved" and row.role_grant_id is not None:
        if row.role == Role.ORGANISER_ADMINISTRATOR:
            await _require_another_administrator(session, row.organiser_id, row.role_grant_id)
        grant = await lock_grant(session, row.role_grant_id)
        take_role(session, actor=actor, now=now, grant=grant)
        await revoke_tokens_of(session, actor=actor, now=now, grant=grant)
    from_state, row.state, row.decided_by, row.decided_at = row.state, to_state, actor.id, now
    _tell(session, actor=actor, now=now, row=row, from_state=from_state)


def _tell(
    session: AsyncSession, *, actor: Actor, now: datetime, row: RoleChangeRequest, from_state: str | None
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=f"role_change.{row.state}",
        subject_kind="role_change",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state=from_state,
        to_state=row.state,
        facts={"change": row.change, "role": row.role, "account_id": row.account_id},
    )
