"""Systems with credentials of their own: made by a person who acts for the provider, and the tokens they get."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.api_clients.model import ApiClient
from registry.people.api_clients.rules import (
    ACCESS_LIFE,
    OLD_SECRET_LIFE,
    SECRET_PREFIX,
    may_add,
    scopes_asked,
)
from registry.people.commands.sign_in import new_secret, secret_hash
from registry.people.commands.tokens import TOKEN_PREFIX
from registry.people.duties import require_office
from registry.people.model import ApiToken
from registry.people.rules import may_create_token
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that has just been made: the only moment at which it can be read."""

    id: UUID
    secret: str


async def _provider_of(session: AsyncSession, actor: Actor) -> UUID:
    """Only a person of the office gives a system its rights: a system that could would be revoked in vain."""
    if actor.kind != "account" or actor.role != Role.PROVIDER_USER:
        raise Forbidden("api_client.people_only")
    await require_office(session, actor)
    return actor.provider_id


async def create_api_client(
    session: AsyncSession, *, actor: Actor, now: datetime, name: str, scopes: Collection[str]
) -> NewSecret:
    """Give a system of the actor's provider an id and a secret, with these rights and no others."""
    provider_id = await _provider_of(session, actor)
    require(may_create_token(creator=actor.role, role=Role.PROVIDER_USER, scopes=scopes, days=1))
    count = await session.scalar(
        select(func.count())
        .select_from(ApiClient)
        .where(ApiClient.provider_id == provider_id, ApiClient.revoked_at.is_(None))
    )
    require(may_add(count=count or 0))
    secret = SECRET_PREFIX + new_secret()
    row = ApiClient(
        id=uuid7(),
        provider_id=provider_id,
        name=single_line("name", name, longest=100),
        role=str(Role.PROVIDER_USER),
        scopes=sorted(set(scopes)),
        secret_hash=secret_hash(secret),
        secret_made_at=now,
        created_by=actor.id,
        created_at=now,
    )
    session.add(row)
    _record(session, actor, now, row, "api_client.created", scopes=row.scopes)
    return NewSecret(row.id, secret)


async def new_client_secret(
    session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID
) -> NewSecret:
    """Make a new secret. The one in use goes on working for a week; one that was on its way out stops now."""
    row = await _own(session, actor, client_id)
    if row.revoked_at is not None:
        raise Refused("api_client.revoked")
    secret = SECRET_PREFIX + new_secret()
    row.old_secret_hash, row.old_secret_until = row.secret_hash, now + OLD_SECRET_LIFE
    row.secret_hash, row.secret_made_at = secret_hash(secret), now
    _record(session, actor, now, row, "api_client.secret_changed")
    return NewSecret(row.id, secret)


async def end_old_secret(session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID) -> None:
    """Stop the former secret before its week is over: the change is done, or it has leaked."""
    row = await _own(session, actor, client_id)
    if row.old_secret_hash is None:
        return
    row.old_secret_hash = row.old_secret_until = None
    _record(session, actor, now, row, "api_client.old_secret_ended")


async def revoke_api_client(session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID) -> None:
    """End a system's access at once, with every token that it holds. Doing it twice changes nothing."""
    row = await _own(session, actor, client_id)
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    row.old_secret_hash = row.old_secret_until = None
    await session.execute(
        update(ApiToken)
        .where(ApiToken.api_client_id == row.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    _record(session, actor, now, row, "api_client.revoked", to_state="revoked")


@dataclass(frozen=True, slots=True)
class Access:
    """An access token: shown to the system, kept as a hash."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


async def known_client(
    session: AsyncSession, *, client_id: UUID, secret: str, now: datetime
) -> ApiClient | None:
    """The system with this id and secret, locked; None for a wrong secret as for an unknown or a revoked system, after
    the same work."""
    row = await session.scalar(
        select(ApiClient)
        .where(ApiClient.id == client_id, ApiClient.revoked_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    given = secret_hash(secret)
    new = row.secret_hash if row is not None else bytes(32)
    old = b""
    if row is not None and row.old_secret_hash is not None and row.old_secret_until is not None:
        old = row.old_secret_hash if now < row.old_secret_until else b""
    fits = hmac.compare_digest(given, new) | hmac.compare_digest(given, old or bytes(32))
    return row if fits else None


async def issue_access(
    session: AsyncSession, *, client: ApiClient, now: datetime, scope: str | None
) -> Access:
    """An access token for a system that has shown its secret, with the rights that it asks for. Raises
    Refused(api_client.scope) where it asks for one that it does not have."""
    scopes = scopes_asked(scope, client.scopes)
    if scopes is None:
        raise Refused("api_client.scope")
    await see(session, Sight(provider=client.provider_id))
    token = TOKEN_PREFIX + new_secret()
    session.add(
        ApiToken(
            id=uuid7(),
            token_hash=secret_hash(token),
            name=client.name,
            role=client.role,
            organiser_id=client.organiser_id,
            provider_id=client.provider_id,
            api_client_id=client.id,
            scopes=list(scopes),
            created_by=None,
            created_at=now,
            expires_at=now + ACCESS_LIFE,
        )
    )
    client.last_used_at = now
    return Access(token, int(ACCESS_LIFE.total_seconds()), scopes)


async def _own(session: AsyncSession, actor: Actor, client_id: UUID) -> ApiClient:
    provider_id = await _provider_of(session, actor)
    row = await session.scalar(
        select(ApiClient)
        .where(ApiClient.id == client_id, ApiClient.provider_id == provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("api_client.unknown")
    return row


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    row: ApiClient,
    action: str,
    *,
    to_state: str = "valid",
    scopes: list[str] | None = None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="api_client",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        to_state=to_state,
        facts={"provider_id": row.provider_id} | ({"scopes": scopes} if scopes else {}),
    )
