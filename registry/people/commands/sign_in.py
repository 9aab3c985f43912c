"""Signing in and out, one-time links, and the limits that protect secrets."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.model import RateLimit, SignInLink, SignInSession
from registry.people.open_grants import OpenGrant, open_grant
from registry.people.rules import window_start
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import NotFound, Refused, TooManyAttempts
from registry.shared.identifiers import uuid7


def new_secret() -> str:
    """256 random bits, for a cookie, a link or a token."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so a plain SHA-256 cannot be guessed back."""
    return sha256(secret.encode()).digest()


async def _require_grant(session: AsyncSession, role_grant_id: UUID) -> OpenGrant:
    grant = await open_grant(session, role_grant_id=role_grant_id)
    if grant is None:
        raise NotFound("role_grant.unknown")
    return grant


async def begin_session(session: AsyncSession, *, role_grant_id: UUID, now: datetime, hours: int) -> str:
    """Sign in to one role for `hours`; returns the token for the browser's cookie, of which only the hash is kept.

    Narrows the transaction's sight to the role's organiser: it is the first that knows it.
    """
    grant = await _require_grant(session, role_grant_id)
    return await _begin(session, grant, role_grant_id, now=now, expires_at=now + timedelta(hours=hours))


async def _begin(
    session: AsyncSession, grant: OpenGrant, role_grant_id: UUID, *, now: datetime, expires_at: datetime
) -> str:
    await see(session, Sight(organisers=(grant.organiser_id,) if grant.organiser_id else ()))
    token = new_secret()
    row = SignInSession(
        id=uuid7(),
        token_hash=secret_hash(token),
        role_grant_id=role_grant_id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    record(
        session,
        actor=_signing(grant),
        now=now,
        action="session.began",
        subject_kind="session",
        subject_id=row.id,
        organiser_id=grant.organiser_id,
        to_state="open",
        facts={"role_grant_id": role_grant_id},
    )
    await session.flush()
    return token


def _signing(grant: OpenGrant) -> Actor:
    """Whoever signs in or out, as the trail names them."""
    return Actor(
        kind="account",
        id=grant.account_id,
        role=grant.role,
        sight=Sight(),
        acts_for="" if grant.guardian else None,
    )


async def end_session(session: AsyncSession, *, session_id: UUID, now: datetime) -> None:
    """Sign out. Ending a session that has ended already changes nothing."""
    ended = await session.scalar(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignInSession.role_grant_id)
    )
    if ended is None:
        return
    grant = await open_grant(session, role_grant_id=ended)
    if grant is None:  # the role itself ended, and with it all that was signed in with it
        return
    await see(session, Sight(organisers=(grant.organiser_id,) if grant.organiser_id else ()))
    record(
        session,
        actor=_signing(grant),
        now=now,
        action="session.ended",
        subject_kind="session",
        subject_id=session_id,
        organiser_id=grant.organiser_id,
        from_state="open",
        to_state="ended",
    )


async def switch_role(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID
) -> tuple[str, Role]:
    """Go on in another of the own roles; returns the new session's token and the role. The session in the old role
    ends, so that whatever is done is done in one role, and the new one lasts no longer than the old would have:
    changing roles to and fro must not keep a browser signed in for ever."""
    grant = await _require_grant(session, role_grant_id)
    current = await session.get(SignInSession, actor.session_id) if actor.session_id else None
    if grant.account_id != actor.id or current is None:
        raise NotFound("role_grant.unknown")
    await end_session(session, session_id=current.id, now=now)
    await session.flush()
    return await _begin(session, grant, role_grant_id, now=now, expires_at=current.expires_at), grant.role


async def create_sign_in_link(
    session: AsyncSession, *, actor: Actor, now: datetime, role_grant_id: UUID, hours: int = 24
) -> str:
    """The secret of a link that signs in once, to be handed over by hand; an older unused one stops working.

    The link never goes by mail, for whoever reads the mail would be signed in.
    """
    grant = await _require_grant(session, role_grant_id)
    await session.execute(
        update(SignInLink)
        .where(SignInLink.role_grant_id == role_grant_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    secret = new_secret()
    session.add(
        SignInLink(
            token_hash=secret_hash(secret),
            role_grant_id=role_grant_id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    record(
        session,
        actor=actor,
        now=now,
        action="sign_in_link.created",
        subject_kind="account",
        subject_id=grant.account_id,
        organiser_id=grant.organiser_id,
        facts={"role": grant.role, "hours": hours},
    )
    return secret


async def use_sign_in_link(
    session: AsyncSession, *, secret: str, now: datetime, hours: int
) -> tuple[str, Role]:
    """Use up a one-time link and sign in; returns the session's token and the role. A link that is unknown, used or out
    of date gets one and the same answer."""
    role_grant_id = await session.scalar(
        update(SignInLink)
        .where(
            SignInLink.token_hash == secret_hash(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.role_grant_id)
    )
    grant = await open_grant(session, role_grant_id=role_grant_id) if role_grant_id else None
    if role_grant_id is None or grant is None:
        raise Refused("sign_in_link.not_valid")
    return await begin_session(session, role_grant_id=role_grant_id, now=now, hours=hours), grant.role


async def consume_rate_limit(
    session: AsyncSession, *, bucket: str, limit: int, window: timedelta, now: datetime
) -> None:
    """Count one attempt in `bucket`, or raise TooManyAttempts once `limit` of them were made in the window.

    One statement, so that attempts at the same moment cannot pass each other. Commit it on its own, before what it
    protects: an attempt that fails must stay counted. A bucket names the limit and a hash or id of who is limited
    (`sign_in:6f1c…`), never an address or a name.
    """
    start = window_start(now, window)
    count = await session.scalar(
        insert(RateLimit)
        .values(bucket=bucket, window_start=start, count=1)
        .on_conflict_do_update(
            index_elements=["bucket", "window_start"],
            set_={"count": func.least(RateLimit.count + 1, limit + 1)},
        )
        .returning(RateLimit.count)
    )
    if count is not None and count > limit:
        wait = start + window - now
        raise TooManyAttempts("too_many_attempts", wait_seconds=max(1, int(wait.total_seconds())))
