"""The people of a provider: its office adds them, says what they may do, and ends their part."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.roles import create_account, give_role, lock_grant, take_role
from registry.people.commands.sign_in import create_sign_in_link
from registry.people.commands.tokens import revoke_tokens_of
from registry.people.duties import COACH, require_office
from registry.people.model import Account, RoleGrant
from registry.people.rules import DUTIES
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone who acts for the provider."""

    role_grant_id: UUID
    account_id: UUID
    name: str
    email: str | None
    duty: str
    since: datetime


async def colleagues_of(session: AsyncSession, *, provider_id: UUID) -> list[Colleague]:
    """Everybody who acts for the provider now, the longest first."""
    rows = await session.execute(
        select(RoleGrant, Account)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.provider_id == provider_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return [
        Colleague(
            grant.id,
            account.id,
            account.display_name,
            account.email,
            grant.duty or "office",
            grant.granted_at,
        )
        for grant, account in rows
    ]


async def add_colleague(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    email: str,
    duty: str,
    language: str = "fi",
) -> UUID:
    """A person who acts for the provider from now on, as its office or as a coach; returns the role's id, for which a
    sign-in link can be made."""
    provider_id = await _office(session, actor)
    if duty not in DUTIES:
        raise Invalid("field.not_a_choice", errors={"duty": "field.not_a_choice"})
    single_line("name", name, longest=100)
    account_id = await create_account(
        session, actor=actor, now=now, display_name=name, email=email, language=language
    )
    await session.flush()
    grant_id = await give_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=Role.PROVIDER_USER,
        organiser_id=None,
        provider_id=provider_id,
    )
    grant = await lock_grant(session, grant_id)
    grant.duty = duty
    _record_duty(session, actor, now, grant)
    await session.flush()
    return grant_id


async def change_duty(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, duty: str
) -> None:
    """Make a colleague a coach, or part of the office. Somebody always stays in the office."""
    provider_id = await _office(session, actor)
    if duty not in DUTIES:
        raise Invalid("field.not_a_choice", errors={"duty": "field.not_a_choice"})
    grant = await _own(session, provider_id, role_grant_id)
    if duty == COACH:
        await _require_another_in_office(session, provider_id, role_grant_id)
    if (grant.duty or "office") != duty:
        grant.duty = duty
        _record_duty(session, actor, now, grant)
        await revoke_tokens_of(session, actor=actor, now=now, grant=grant)


async def end_colleague(session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID) -> None:
    """The person no longer acts for the provider; what they are signed in with ends at once, and the tokens that they
    made. The provider's systems go on: they are the organisation's own."""
    provider_id = await _office(session, actor)
    grant = await _own(session, provider_id, role_grant_id)
    await _require_another_in_office(session, provider_id, role_grant_id)
    take_role(session, actor=actor, now=now, grant=grant)
    await revoke_tokens_of(session, actor=actor, now=now, grant=grant)


async def colleague_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, hours: int
) -> str:
    """The secret of a link that signs the colleague in once, to be handed over in person."""
    provider_id = await _office(session, actor)
    await _own(session, provider_id, role_grant_id)
    return await create_sign_in_link(session, actor=actor, now=now, role_grant_id=role_grant_id, hours=hours)


async def _office(session: AsyncSession, actor: Actor) -> UUID:
    """Only a person: a token that could add people would outlive the one who made it."""
    if actor.kind != "account" or actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    return actor.provider_id


async def _own(session: AsyncSession, provider_id: UUID, role_grant_id: UUID) -> RoleGrant:
    grant = await lock_grant(session, role_grant_id)
    if grant.provider_id != provider_id or grant.ended_at is not None:
        raise NotFound("role_grant.unknown")
    return grant


async def _require_another_in_office(session: AsyncSession, provider_id: UUID, leaving: UUID) -> None:
    rows = await session.execute(
        select(RoleGrant.id, RoleGrant.duty)
        .where(RoleGrant.provider_id == provider_id, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    if not any(duty != COACH for grant_id, duty in rows if grant_id != leaving):
        raise Refused("person.last_office")


def _record_duty(session: AsyncSession, actor: Actor, now: datetime, grant: RoleGrant) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action="role.duty_set",
        subject_kind="role_grant",
        subject_id=grant.id,
        organiser_id=None,
        facts={"provider": grant.provider_id, "duty": grant.duty},
    )
