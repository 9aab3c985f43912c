"""Bearer tokens of machines."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.sign_in import new_secret, secret_hash
from registry.people.duties import COACH, require_office
from registry.people.model import ApiToken, RoleGrant
from registry.people.rules import may_create_token, scopes_offered
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line

TOKEN_PREFIX: Final = "svr_"  # noqa: S105 - a prefix, no secret
"""So that a token that strays into a log or a repository is known for what it is."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that has just been made: the only moment at which `token` can be read."""

    id: UUID
    token: str


async def create_api_token(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    scopes: Collection[str],
    days: int,
    role: Role | None = None,
    organiser_id: UUID | None = None,
    provider_id: UUID | None = None,
) -> NewToken:
    """Make a bearer token for one organiser or one provider, good for `days`. Only its hash is kept, so it is shown
    once.

    Staff make tokens of their own role (the default) for their organiser, provider users for their provider; the
    system names role and owner. Raises Refused(token.*) where the scopes or the days are not the actor's to give.
    """
    role = role or actor.role
    if role is None:
        raise ValueError("the system names the token's role")
    if actor.kind == "token":
        raise Forbidden("token.by_token")
    await require_office(session, actor)
    if actor.kind == "account":
        provider_id = actor.provider_id if actor.role == Role.PROVIDER_USER else None
        organiser_id = None if provider_id else actor.organiser_id
    if (organiser_id is None) == (provider_id is None):
        raise ValueError("a token belongs to one organiser or to one provider")
    if (role == Role.PROVIDER_USER) != (provider_id is not None):
        raise Refused("token.role_of_another", role=str(role))
    require(may_create_token(creator=actor.role, role=role, scopes=scopes, days=days))
    token = TOKEN_PREFIX + new_secret()
    row = ApiToken(
        id=uuid7(),
        token_hash=secret_hash(token),
        name=single_line("name", name, longest=100),
        role=str(role),
        organiser_id=organiser_id,
        provider_id=provider_id,
        scopes=sorted(set(scopes)),
        created_by=actor.id,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="api_token.created",
        subject_kind="api_token",
        subject_id=row.id,
        organiser_id=organiser_id,
        to_state="valid",
        facts={"role": role, "scopes": row.scopes, "days": days, "provider_id": provider_id},
    )
    return NewToken(id=row.id, token=token)


async def revoke_api_token(session: AsyncSession, *, actor: Actor, now: datetime, token_id: UUID) -> None:
    """End a token at once. Revoking it twice changes nothing: whoever finds a leaked token must not be stopped by
    somebody having been faster."""
    query = select(ApiToken).where(ApiToken.id == token_id)
    if actor.kind != "system":
        if actor.role == Role.PROVIDER_USER:
            query = query.where(ApiToken.provider_id == actor.provider_id)
        else:
            query = query.where(ApiToken.organiser_id == actor.organiser_id)
        if actor.role not in (Role.PROVIDER_USER, Role.ORGANISER_ADMINISTRATOR):
            query = query.where(ApiToken.role == str(actor.role))
    row = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("token.unknown")
    if row.revoked_at is None:
        _revoke(session, actor=actor, now=now, row=row)


async def revoke_tokens_of(session: AsyncSession, *, actor: Actor, now: datetime, grant: RoleGrant) -> None:
    """End the tokens that a person has made and could not make any more, now that `grant` is no longer what it was:
    behind a token stands its maker, and whoever has left must not go on acting, or count as a pair of eyes, by one."""
    same = (RoleGrant.organiser_id.is_not_distinct_from(grant.organiser_id)) & (
        RoleGrant.provider_id.is_not_distinct_from(grant.provider_id)
    )
    held = [
        Role(role)
        for role in await session.scalars(
            select(RoleGrant.role).where(
                RoleGrant.account_id == grant.account_id,
                same,
                RoleGrant.ended_at.is_(None),
                RoleGrant.duty.is_distinct_from(COACH),
            )
        )
    ]
    tokens = await session.scalars(
        select(ApiToken)
        .where(
            ApiToken.created_by == grant.account_id,
            ApiToken.organiser_id.is_not_distinct_from(grant.organiser_id),
            ApiToken.provider_id.is_not_distinct_from(grant.provider_id),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
        )
        .order_by(ApiToken.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in tokens:
        if not any(
            set(row.scopes) <= set(scopes_offered(creator=role, role=Role(row.role))) for role in held
        ):
            _revoke(session, actor=actor, now=now, row=row)


def _revoke(session: AsyncSession, *, actor: Actor, now: datetime, row: ApiToken) -> None:
    row.revoked_at = now
    record(
        session,
        actor=actor,
        now=now,
        action="api_token.revoked",
        subject_kind="api_token",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        from_state="valid",
        to_state="revoked",
    )
