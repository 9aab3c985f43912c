"""How a voucher came to be what it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.vouchers.changing.model import VoucherChange


@dataclass(frozen=True, slots=True)
class Change:
    id: UUID
    kind: str
    reason: str
    cents: int | None
    units: int | None
    days: int | None
    valid_until_after: datetime | None
    recorded_at: datetime


async def changes_of(session: AsyncSession, *, voucher_id: UUID) -> list[Change]:
    """The changes of a voucher in sight, the latest first."""
    columns = [getattr(VoucherChange, name) for name in Change.__dataclass_fields__]
    rows = await session.execute(
        select(*columns).where(VoucherChange.voucher_id == voucher_id).order_by(VoucherChange.id.desc())
    )
    return [Change(*row) for row in rows]
