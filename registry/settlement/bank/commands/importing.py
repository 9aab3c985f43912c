"""Taking in a bank's file, of an account or a payment file: once, and each of its movements once, whatever repeats it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.bank.booking import BankStatement as Read
from registry.settlement.bank.booking import Booking
from registry.settlement.bank.camt import read_bank_file
from registry.settlement.bank.commands.matches import MatchRun, match_open
from registry.settlement.bank.commands.statuses import take_statuses
from registry.settlement.bank.documents import BankFileUnreadable, Problem, open_document
from registry.settlement.bank.model import BankBooking, BankFile, BankStatement, PaymentSetting
from registry.settlement.bank.pain_status import OrderStatus, is_payment_status, read_payment_status
from registry.settlement.commands.statements import finance_only
from registry.shared.actor import Actor
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7

AT_ONCE: Final = 1_000
"""Rows of one INSERT: its parameters stay within the driver's 32,767."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought. `first` is false when the same file had been taken in before: then nothing was done."""

    file_id: UUID
    statements: int
    bookings: int
    new: int
    run: MatchRun
    first: bool


async def import_bank_file(
    session: AsyncSession, *, actor: Actor, now: datetime, file_name: str, content: bytes
) -> Imported:
    """Take in a bank statement or notification and match what is new; or the bank's word on a payment file (pain.002).
    All of it or nothing; the same file again changes nothing, and a movement that an earlier file told of is not taken
    in a second time.

    Raises BankFileUnreadable (every problem of the file) and Refused: bank.no_account.
    """
    finance_only(actor)
    organiser_id = actor.organiser_id
    await one_at_a_time(session, organiser_id)
    digest = sha256(content).hexdigest()
    known = await session.scalar(
        select(BankFile.id).where(BankFile.organiser_id == organiser_id, BankFile.sha256 == digest)
    )
    if known is not None:
        return Imported(known, 0, 0, 0, MatchRun(), first=False)
    # in a thread: a file of some megabytes takes a while, in which others are to be answered
    statuses = await asyncio.to_thread(_statuses, content) if is_payment_status(content) else None
    read = () if statuses else await asyncio.to_thread(read_bank_file, content)
    await _own_accounts(session, organiser_id, read)
    file_id = uuid7()
    session.add(
        BankFile(
            id=file_id,
            organiser_id=organiser_id,
            sha256=digest,
            file_name=_plain_name(file_name),
            content=content,
            received_at=now,
            received_from=actor.id,
        )
    )
    await session.flush()
    if statuses:
        noted, rejected = await take_statuses(session, actor=actor, now=now, said=statuses)
        _received(session, actor, now, file_id, digest, statuses=noted, rejected=rejected)
        return Imported(file_id, 0, noted, 0, MatchRun(returned=rejected), first=True)
    new = 0
    for statement in read:
        new += await _keep(session, organiser_id, file_id, statement)
    bookings = sum(len(statement.bookings) for statement in read)
    _received(session, actor, now, file_id, digest, statements=len(read), bookings=bookings, new=new)
    run = await match_open(session, actor=actor, now=now)
    return Imported(file_id, len(read), bookings, new, run, first=True)


def _statuses(content: bytes) -> list[OrderStatus]:
    return read_payment_status(open_document(content))


def _received(
    session: AsyncSession, actor: Actor, now: datetime, file_id: UUID, digest: str, **counts: int
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action="bank_file.received",
        subject_kind="bank_file",
        subject_id=file_id,
        organiser_id=actor.organiser_id,
        to_state="received",
        facts={**counts, "sha256": digest},
    )


async def one_at_a_time(session: AsyncSession, organiser_id: UUID) -> None:
    """Imports and matching of one organiser wait for each other: both look at all that is open."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('bank of ' || :organiser, 0))"),
        {"organiser": str(organiser_id)},
    )


async def _own_accounts(session: AsyncSession, organiser_id: UUID, read: tuple[Read, ...]) -> None:
    """A statement of somebody else's account, or of another account of the organiser's, is no business of ours."""
    rows = await session.scalars(
        select(PaymentSetting.debtor_iban).where(
            PaymentSetting.organiser_id == organiser_id,
            PaymentSetting.confirmed_at.is_not(None),
            PaymentSetting.debtor_iban != "",
        )
    )
    accounts = set(rows)
    if not accounts:
        raise Refused("bank.no_account")
    strange = [s for s in read if s.account.replace(" ", "") not in accounts]
    if strange:
        raise BankFileUnreadable(
            Problem(f"{s.statement_id}/Acct/Id", "bank.other_account", {"ends": s.account[-4:]})
            for s in strange
        )


async def _keep(session: AsyncSession, organiser_id: UUID, file_id: UUID, read: Read) -> int:
    """Write a statement and those of its bookings that are new; how many they are."""
    statement_id = uuid7()
    of_file: dict[str, Booking] = {}
    for booking in read.bookings:
        of_file.setdefault(booking.own_id, booking)
    known = await _known(session, organiser_id, read.account, list(of_file))
    rows = [
        {
            "id": uuid7(),
            "organiser_id": organiser_id,
            "bank_statement_id": statement_id,
            "account": read.account,
            "own_id": booking.own_id,
            "path": booking.path,
            "amount_cents": booking.amount_cents,
            "booked_on": booking.booked_on,
            "value_on": booking.value_on,
            "end_to_end_id": booking.end_to_end_id,
            "payment_info_id": booking.payment_info_id,
            "reference": booking.reference,
            "text": booking.text,
            "counterparty": booking.counterparty,
            "counterparty_iban": booking.counterparty_iban,
            "return_reason": booking.return_reason,
        }
        for own_id, booking in of_file.items()
        if own_id not in known
    ]
    session.add(
        BankStatement(
            id=statement_id,
            organiser_id=organiser_id,
            file_id=file_id,
            kind=read.kind,
            version=read.version,
            number=read.statement_id,
            account=read.account,
            since=read.since,
            until=read.until,
            opening_cents=read.opening_cents,
            closing_cents=read.closing_cents,
            moved_cents=read.moved_cents,
            booking_count=len(read.bookings),
            new_count=len(rows),
        )
    )
    await session.flush()
    for start in range(0, len(rows), AT_ONCE):
        await session.execute(insert(BankBooking), rows[start : start + AT_ONCE])
    return len(rows)


async def _known(session: AsyncSession, organiser_id: UUID, account: str, own_ids: list[str]) -> set[str]:
    rows = await session.scalars(
        select(BankBooking.own_id).where(
            BankBooking.organiser_id == organiser_id,
            BankBooking.account == account,
            BankBooking.own_id == text("ANY (CAST(:own_ids AS text[]))").bindparams(own_ids=own_ids),
        )
    )
    return set(rows)


def _plain_name(file_name: str) -> str:
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(ch for ch in last if ch.isprintable() and ch not in '"<>|:*?')[:120] or "tiliote.xml"
