"""The months of an allowance, as its holder and the case worker read them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.period import local_date
from registry.vouchers.allowances.model import VoucherTopup
from registry.vouchers.model import Voucher


@dataclass(frozen=True, slots=True)
class Month:
    month: int
    begins_on: date
    cents: int
    returned_cents: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """So much a month; the months that have come, and when the next one does."""

    cents: int
    months: int
    had: int
    carry_over: bool
    committed_cents: int
    """Set aside in the budget for the months to come."""
    next_at: datetime | None
    came: list[Month]

    @property
    def next_on(self) -> date | None:
        return local_date(self.next_at) if self.next_at else None


async def allowance_of(session: AsyncSession, *, voucher_id: UUID) -> Allowance | None:
    """None for a voucher of another kind."""
    voucher = await session.get_one(Voucher, voucher_id)
    if voucher.allowance_cents is None or voucher.allowance_months is None or voucher.months_had is None:
        return None
    rows = await session.scalars(
        select(VoucherTopup).where(VoucherTopup.voucher_id == voucher_id).order_by(VoucherTopup.month)
    )
    return Allowance(
        voucher.allowance_cents,
        voucher.allowance_months,
        voucher.months_had,
        bool(voucher.carry_over),
        voucher.committed_cents,
        voucher.next_topup_at,
        [Month(row.month, row.begins_on, row.cents, row.returned_cents) for row in rows],
    )
