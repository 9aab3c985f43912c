"""Delivering what the outbox holds: first behind sign-in, then a neutral mail that says so.

A row for a provider or a client becomes a row for each of its accounts, so that each person's mail has a fate of
its own.

A worker takes messages by moving their due time past a lease and commits before it talks to the mail server, so no
lock and no transaction waits for the network. Two workers never take the same message (SKIP LOCKED); when one dies
with messages in hand, the lease ends and another takes them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import open_case
from registry.cases.rules import due_on
from registry.messages.mail import UNREACHABLE, Mailer, MailFailed
from registry.messages.model import Mail, Message
from registry.messages.rules import BACK_OFF, LEASE, next_attempt
from registry.messages.texts import MailText, neutral
from registry.messages.webhooks.announcing import announce
from registry.people.model import Account, RoleGrant
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage
from registry.shared.period import local_date

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages to one account, taken together: whoever gets five messages in a minute gets one mail."""

    account_id: UUID
    address: str
    language: str
    messages: tuple[UUID, ...]
    organiser_id: UUID | None
    attempts: int


async def address(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Turn up to `limit` messages to a provider or a client into one for each account that acts for it now; returns
    how many. Where nobody does, the message reaches nobody: what it tells of shows on the pages all the same."""
    due = (
        (
            await session.execute(
                select(OutboxMessage)
                .where(
                    OutboxMessage.account_id.is_(None),
                    OutboxMessage.delivered_at.is_(None),
                    OutboxMessage.failed_at.is_(None),
                    OutboxMessage.due_at <= now,
                )
                .order_by(OutboxMessage.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )
        .scalars()
        .all()
    )
    if not due:
        return 0
    grants = await session.execute(
        select(func.coalesce(RoleGrant.provider_id, RoleGrant.client_id), RoleGrant.account_id)
        .where(
            or_(
                RoleGrant.provider_id.in_({row.provider_id for row in due}),
                RoleGrant.client_id.in_({row.client_id for row in due}),
            ),
            RoleGrant.ended_at.is_(None),
        )
        .distinct()
    )
    accounts: dict[UUID | None, list[UUID]] = {}
    for recipient_id, account_id in grants:
        accounts.setdefault(recipient_id, []).append(account_id)
    copies = [
        {
            "id": uuid7(),
            "account_id": account_id,
            "organiser_id": row.organiser_id,
            "template": row.template,
            "facts": row.facts,
            "created_at": row.created_at,
            "due_at": now,
            "attempts": 0,
        }
        for row in due
        for account_id in accounts.get(row.provider_id or row.client_id, ())
    ]
    if copies:
        await session.execute(insert(OutboxMessage), copies)
    await announce(session, due, now=now)
    await _delivered(session, [row.id for row in due], now=now)
    return len(due)


async def take(session: AsyncSession, *, now: datetime, limit: int) -> tuple[int, list[Taken]]:
    """Take up to `limit` due messages: put them behind sign-in, and return how many were taken and the mails to send.
    An account that is closed, or that has no address, gets no mail; its message is delivered with that."""
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.account_id.is_not(None),
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.due_at <= now,
        )
        .order_by(OutboxMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        await session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == due.c.id, Account.id == OutboxMessage.account_id)
            .values(attempts=OutboxMessage.attempts + 1, due_at=now + LEASE)
            .returning(
                OutboxMessage.id,
                OutboxMessage.account_id,
                OutboxMessage.organiser_id,
                OutboxMessage.template,
                OutboxMessage.facts,
                OutboxMessage.attempts,
                OutboxMessage.created_at,
                Account.email,
                Account.language,
                Account.disabled_at,
            )
            .execution_options(synchronize_session=False)
        )
    ).all()
    if not taken:
        return 0, []
    await session.execute(
        upsert(Message).on_conflict_do_nothing(index_elements=["id"]),
        [
            {
                "id": row.id,
                "account_id": row.account_id,
                "organiser_id": row.organiser_id,
                "template": row.template,
                "facts": row.facts,
                "sent_at": row.created_at,
            }
            for row in taken
        ],
    )
    without_mail = [row.id for row in taken if row.disabled_at is not None or not row.email]
    await _delivered(session, without_mail, now=now)
    by_account: dict[UUID, list[int]] = {}
    for index, row in enumerate(taken):
        if row.disabled_at is None and row.email:
            by_account.setdefault(row.account_id, []).append(index)
    mails = []
    for account_id, indexes in by_account.items():
        rows = sorted((taken[i] for i in indexes), key=lambda row: row.id)
        mails.append(
            Taken(
                account_id=account_id,
                address=rows[0].email,
                language=rows[0].language,
                messages=tuple(row.id for row in rows),
                organiser_id=next((row.organiser_id for row in rows if row.organiser_id), None),
                attempts=max(row.attempts for row in rows),
            )
        )
    return len(taken), mails


async def deliver(
    database: Database, *, actor: Actor, mailer: Mailer, base_url: str, now: datetime, limit: int = 50
) -> int:
    """Address and deliver up to `limit` messages each; returns how many had something done to them. Each mail's fate
    is committed as soon as it is known. A mail server that is away, or so slow that the lease runs out, gets no more
    of this round: the rest is put back without counting as tried."""
    async with database.transaction(actor.sight) as session:
        addressed = await address(session, now=now, limit=limit)
        count, mails = await take(session, now=now, limit=limit)
    deadline = monotonic() + LEASE.total_seconds() / 2
    for place, mail in enumerate(mails, start=1):
        text = neutral(mail.language, base_url)
        failure = await _send(mailer, mail, text, now)
        async with database.transaction(actor.sight) as session:
            if failure is None:
                await _delivered(session, mail.messages, now=now)
                session.add(_kept(mail, text, now=now, handed_over=mailer.hands_over))
            else:
                await _failed(session, actor=actor, now=now, mail=mail, failure=failure)
            if monotonic() > deadline or (failure is not None and failure.code == UNREACHABLE):
                await _put_back(session, mails[place:], now=now)
                break
    return addressed + count


async def _send(mailer: Mailer, mail: Taken, text: MailText, now: datetime) -> MailFailed | None:
    try:
        await mailer.send(mail_id=mail.messages[0], address=mail.address, text=text, now=now)
    except MailFailed as failure:
        return failure
    return None


def _kept(mail: Taken, text: MailText, *, now: datetime, handed_over: bool) -> Mail:
    return Mail(
        id=uuid7(),
        account_id=mail.account_id,
        address=mail.address,
        language=mail.language,
        subject=text.subject,
        body=text.body,
        sent_at=now,
        handed_over=handed_over,
    )


async def _put_back(session: AsyncSession, mails: Sequence[Taken], *, now: datetime) -> None:
    """Messages that were taken and not tried, for the next round."""
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_([message for mail in mails for message in mail.messages]))
        .values(attempts=OutboxMessage.attempts - 1, due_at=now + BACK_OFF[0])
        .execution_options(synchronize_session=False)
    )


async def _delivered(session: AsyncSession, message_ids: Sequence[UUID], *, now: datetime) -> None:
    if message_ids:
        await session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids))
            .values(delivered_at=now, last_error=None)
            .execution_options(synchronize_session=False)
        )


async def _failed(
    session: AsyncSession, *, actor: Actor, now: datetime, mail: Taken, failure: MailFailed
) -> None:
    """Note the failure. When it is the last one, somebody has to know: the message waits behind sign-in, and the
    person it is for does not know of it."""
    again = next_attempt(attempts=mail.attempts, permanent=failure.permanent, now=now)
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(mail.messages))
        .values(last_error=failure.code, due_at=again or now, failed_at=None if again else now)
        .execution_options(synchronize_session=False)
    )
    log.warning("mail.failed", code=failure.code, attempts=mail.attempts, again=again is not None)
    if again is not None:
        return
    record(
        session,
        actor=actor,
        now=now,
        action="message.undeliverable",
        subject_kind="account",
        subject_id=mail.account_id,
        organiser_id=mail.organiser_id,
        facts={"code": failure.code, "attempts": mail.attempts, "messages": len(mail.messages)},
    )
    if mail.organiser_id is not None:
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=mail.organiser_id,
            kind="mail_failed",
            subject_kind="account",
            subject_id=mail.account_id,
            due_on=due_on("mail_failed", local_date(now)),
            role=Role.ORGANISER_ADMINISTRATOR,
            facts={"code": failure.code},
        )
