"""How somebody begins whom nobody here knows: by an address that answers.

Whoever asks gets the same answer, whether the address is known or not, and what it is known for stands only in the mail.
A link opens an account that was made in this way and no other: who was given access by somebody else signs in as before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.commands.roles import clean_email
from registry.people.commands.sign_in import begin_session, new_secret, secret_hash
from registry.people.joining.model import MailedLink
from registry.people.model import Account, RoleGrant
from registry.people.open_grants import open_grant
from registry.people.rules import LANGUAGES, LINK_HOURS
from registry.shared.actor import Role, system
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import uuid7
from registry.shared.texts import single_line

WAIT: Final = timedelta(days=2)
"""A mail that could not be sent for so long is not sent any more."""


async def ask_to_join(
    session: AsyncSession, *, now: datetime, email: str, name: str, language: str
) -> MailedLink:
    """Somebody wants a link by mail: to begin, or into the account that this address has made before. What comes of it
    only the mail says."""
    said = single_line("name", name, longest=100)
    address = clean_email("email", email)
    if address is None:
        raise Invalid("field.required", errors={"email": "field.required"})
    account_id = await session.scalar(
        select(Account.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            func.lower(Account.email) == address.lower(),
            Account.signs_in_by_mail,
            Account.disabled_at.is_(None),
            RoleGrant.ended_at.is_(None),
        )
        .order_by(Account.created_at, Account.id)
        .limit(1)
    )
    return await leave_link(
        session,
        now=now,
        purpose="sign_in" if account_id else "join",
        email=address,
        name=said,
        language=language,
        account_id=account_id,
    )


async def leave_link(
    session: AsyncSession,
    *,
    now: datetime,
    purpose: str,
    email: str,
    name: str,
    language: str,
    account_id: UUID | None = None,
) -> MailedLink:
    """A link to be mailed; an older one to the address for the same stops working. Others stay: whoever knows an address
    must not be able to take back an answer that is on its way to it."""
    await session.execute(
        update(MailedLink)
        .where(
            func.lower(MailedLink.email) == email.lower(),
            MailedLink.purpose == purpose,
            MailedLink.purpose != "refused",
            MailedLink.used_at.is_(None),
        )
        .values(used_at=now, mailed_at=func.coalesce(MailedLink.mailed_at, now))
    )
    row = MailedLink(
        id=uuid7(),
        purpose=purpose,
        email=email,
        name=name,
        language=language if language in LANGUAGES else "fi",
        account_id=account_id,
        created_at=now,
        expires_at=now + timedelta(hours=LINK_HOURS),
    )
    session.add(row)
    await session.flush()
    return row


async def issue_code(session: AsyncSession, *, now: datetime, link_id: UUID) -> str:
    """The secret of a link, made as it goes out; from now on it is good for its time."""
    row = await session.get_one(MailedLink, link_id, with_for_update=True)
    secret = new_secret()
    row.token_hash, row.mailed_at = secret_hash(secret), now
    row.expires_at = now + timedelta(hours=LINK_HOURS)
    await session.flush()
    return secret


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody whose address answered."""

    email: str
    name: str
    language: str


async def use_join_link(session: AsyncSession, *, code: str, now: datetime) -> Joining:
    """Use up a link to begin with. One that is unknown, used, out of date or for something else gets one and the same
    answer."""
    row = await _used(session, code, "join", now)
    return Joining(row.email, row.name, row.language)


async def use_mailed_sign_in(
    session: AsyncSession, *, code: str, now: datetime, hours: int
) -> tuple[str, Role]:
    """Use up a link into an account; returns the session's token and the role. A link that finds no role gets the same
    answer as one that is unknown."""
    row = await _used(session, code, "sign_in", now)
    grant_id = await session.scalar(
        select(RoleGrant.id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.account_id == row.account_id,
            RoleGrant.ended_at.is_(None),
            Account.signs_in_by_mail,
            Account.disabled_at.is_(None),
        )
        .order_by(RoleGrant.granted_at, RoleGrant.id)
        .limit(1)
    )
    grant = await open_grant(session, role_grant_id=grant_id) if grant_id else None
    if grant_id is None or grant is None:
        raise Refused("sign_in_link.not_valid")
    return await begin_session(session, role_grant_id=grant_id, now=now, hours=hours), grant.role


async def _used(session: AsyncSession, code: str, purpose: str, now: datetime) -> MailedLink:
    row: MailedLink | None = await session.scalar(
        update(MailedLink)
        .where(
            MailedLink.token_hash == secret_hash(code),
            MailedLink.purpose == purpose,
            MailedLink.used_at.is_(None),
            MailedLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(MailedLink)
    )
    if row is None:
        raise Refused("sign_in_link.not_valid")
    return row


async def make_account(session: AsyncSession, *, now: datetime, joining: Joining) -> UUID:
    """The account of somebody whose address answered. Without a role it can do nothing."""
    account = Account(
        id=uuid7(),
        display_name=joining.name,
        email=joining.email,
        language=joining.language,
        signs_in_by_mail=True,
        created_at=now,
    )
    session.add(account)
    record(
        session,
        actor=system(),
        now=now,
        action="account.created",
        subject_kind="account",
        subject_id=account.id,
        organiser_id=None,
        to_state="open",
        facts={"by": "mail"},
    )
    await session.flush()
    return account.id
