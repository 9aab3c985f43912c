"""Claims with what they are made of, what came in for them and what was given up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Organiser
from registry.people.model import Account
from registry.providers.model import Provider
from registry.settlement.bank.model import BankBooking
from registry.settlement.claims.interest import LateInterest, late_interest, runs_from
from registry.settlement.claims.model import Claim, ClaimedStatement, ClaimReceipt, ClaimWriteOff
from registry.settlement.claims.rules import OPEN, TAKES_MONEY, ClaimState
from registry.settlement.model import Statement
from registry.shared.period import local_date


@dataclass(frozen=True, slots=True)
class ClaimRow:
    id: UUID
    number: str
    reference: str
    state: ClaimState
    provider_id: UUID
    provider_name: str
    organiser_name: Mapping[str, str]
    amount_cents: int
    received_cents: int
    written_off_cents: int
    due_on: date
    payee_name: str
    payee_iban: str
    made_at: datetime
    made_by: UUID
    cancelled_at: datetime | None
    cancelled_why: str | None

    @property
    def left_cents(self) -> int:
        """What is still to be paid."""
        if self.state is ClaimState.CANCELLED:
            return 0
        return self.amount_cents - self.received_cents - self.written_off_cents

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def takes_cents(self) -> int:
        """What a payment may still bring, what was written off with it."""
        return self.amount_cents - self.received_cents if self.state in TAKES_MONEY else 0


@dataclass(frozen=True, slots=True)
class ClaimedView:
    statement_id: UUID
    number: str
    month: date
    cents: int


@dataclass(frozen=True, slots=True)
class ReceiptView:
    id: UUID
    step: str
    received_on: date
    cents: int
    bank_statement_id: UUID | None
    undone: bool


@dataclass(frozen=True, slots=True)
class BookedReceipt:
    """What a movement at the bank brought a claim."""

    id: UUID
    claim_id: UUID
    number: str
    step: str
    cents: int


@dataclass(frozen=True, slots=True)
class WriteOffView:
    id: UUID
    amount_cents: int
    reason: str
    proposed_by: UUID
    proposed_by_name: str
    proposed_at: datetime
    outcome: str | None
    decided_by_name: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimView:
    row: ClaimRow
    made_by_name: str
    statements: tuple[ClaimedView, ...]
    receipts: tuple[ReceiptView, ...]
    write_offs: tuple[WriteOffView, ...]

    @property
    def waiting(self) -> WriteOffView | None:
        """The proposal to give up the rest that somebody else has to decide."""
        return next((one for one in self.write_offs if one.outcome is None), None)

    def late_interest(self, today: date) -> LateInterest | None:
        """What interest has run on it, for whoever decides whether to ask for it; None where it was not late. What was
        given up bears none, nor does what was given up in part."""
        row = self.row
        if row.state not in (*OPEN, ClaimState.PAID):
            return None
        return late_interest(
            row.amount_cents - row.written_off_cents,
            paid_by=runs_from(made_on=local_date(row.made_at), due_on=row.due_on),
            received=[(one.received_on, one.cents) for one in self.receipts if not one.undone],
            today=today,
        )


async def claims(
    session: AsyncSession,
    *,
    organisers: Collection[UUID],
    states: Collection[ClaimState] = (),
    limit: int = 200,
) -> list[ClaimRow]:
    """Those in sight, what is open first and in it what was due first."""
    query = _query().where(Claim.organiser_id.in_(organisers)).limit(limit)
    if states:
        query = query.where(Claim.state.in_([str(state) for state in states]))
    open_ = Claim.state.in_([str(state) for state in OPEN])
    rows = await session.execute(query.order_by(open_.desc(), Claim.due_on, Claim.number))
    return [_row(*row) for row in rows]


async def claim_view(session: AsyncSession, *, claim_id: UUID) -> ClaimView | None:
    """One claim in sight with everything about it; a provider sees no proposals to write off."""
    found = (await session.execute(_query().where(Claim.id == claim_id))).one_or_none()
    if found is None:
        return None
    return ClaimView(
        row=_row(*found),
        made_by_name=await session.scalar(select(Account.display_name).where(Account.id == found[0].made_by))
        or "",
        statements=await _statements(session, claim_id),
        receipts=await _receipts(session, claim_id),
        write_offs=await _write_offs(session, claim_id),
    )


async def claim_of_statement(session: AsyncSession, *, statement_id: UUID) -> ClaimRow | None:
    """The claim that stands on a statement."""
    of_statement = select(ClaimedStatement.claim_id).where(
        ClaimedStatement.statement_id == statement_id, ClaimedStatement.standing
    )
    found = (await session.execute(_query().where(Claim.id.in_(of_statement)))).one_or_none()
    return None if found is None else _row(*found)


async def receipts_of(
    session: AsyncSession, *, booking_ids: Collection[UUID]
) -> dict[UUID, list[BookedReceipt]]:
    """By movement, what stands."""
    undone = aliased(ClaimReceipt)
    found: dict[UUID, list[BookedReceipt]] = {}
    for receipt, number in await session.execute(
        select(ClaimReceipt, Claim.number)
        .join(Claim, Claim.id == ClaimReceipt.claim_id)
        .where(
            ClaimReceipt.booking_id.in_(booking_ids),
            ClaimReceipt.undoes.is_(None),
            ~select(undone.id).where(undone.undoes == ClaimReceipt.id).exists(),
        )
        .order_by(ClaimReceipt.id)
    ):
        if receipt.booking_id is not None:
            one = BookedReceipt(receipt.id, receipt.claim_id, number, receipt.step, receipt.cents)
            found.setdefault(receipt.booking_id, []).append(one)
    return found


def _query() -> Select[Claim, str, Organiser]:
    return (
        select(Claim, Provider.name, Organiser)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Organiser, Organiser.id == Claim.organiser_id)
    )


def _row(claim: Claim, provider_name: str, organiser: Organiser) -> ClaimRow:
    told = {"state", "provider_name", "organiser_name"}
    same = [name for name in ClaimRow.__dataclass_fields__ if name not in told]
    return ClaimRow(
        **{name: getattr(claim, name) for name in same},
        state=ClaimState(claim.state),
        provider_name=provider_name,
        organiser_name={lang: getattr(organiser, f"name_{lang}") for lang in ("fi", "sv", "en")},
    )


async def _statements(session: AsyncSession, claim_id: UUID) -> tuple[ClaimedView, ...]:
    rows: Any = await session.execute(
        select(Statement.id, Statement.number, Statement.month, ClaimedStatement.amount_cents)
        .join(ClaimedStatement, ClaimedStatement.statement_id == Statement.id)
        .where(ClaimedStatement.claim_id == claim_id)
        .order_by(Statement.month, Statement.id)
    )
    return tuple(ClaimedView(*row) for row in rows)


async def _receipts(session: AsyncSession, claim_id: UUID) -> tuple[ReceiptView, ...]:
    """What came in, and whether it was taken back since."""
    undone = aliased(ClaimReceipt)
    rows = await session.execute(
        select(ClaimReceipt, BankBooking.bank_statement_id, undone.id)
        .outerjoin(BankBooking, BankBooking.id == ClaimReceipt.booking_id)
        .outerjoin(undone, undone.undoes == ClaimReceipt.id)
        .where(ClaimReceipt.claim_id == claim_id, ClaimReceipt.undoes.is_(None))
        .order_by(ClaimReceipt.received_on, ClaimReceipt.id)
    )
    return tuple(
        ReceiptView(one.id, one.step, one.received_on, one.cents, at_bank, taken_back is not None)
        for one, at_bank, taken_back in rows
    )


async def _write_offs(session: AsyncSession, claim_id: UUID) -> tuple[WriteOffView, ...]:
    decider = aliased(Account)
    rows = await session.execute(
        select(ClaimWriteOff, Account.display_name, decider.display_name)
        .outerjoin(Account, Account.id == ClaimWriteOff.proposed_by)
        .outerjoin(decider, decider.id == ClaimWriteOff.decided_by)
        .where(ClaimWriteOff.claim_id == claim_id)
        .order_by(ClaimWriteOff.proposed_at, ClaimWriteOff.id)
    )
    return tuple(
        WriteOffView(
            one.id,
            one.amount_cents,
            one.reason,
            one.proposed_by,
            proposer or "",
            one.proposed_at,
            one.outcome,
            decided_by or "",
            one.decided_at,
        )
        for one, proposer, decided_by in rows
    )
