"""Decisions against a voucher's holder, as they went out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.vouchers.adverse.model import VoucherDecision


@dataclass(frozen=True, slots=True)
class Against:
    id: UUID
    kind: str
    reason: str
    cents: int
    heard: str
    heard_on: date | None
    document: dict[str, Any]
    remedy_until: date
    issued_at: datetime


async def decisions_against(session: AsyncSession, *, voucher_id: UUID) -> list[Against]:
    """Those of a voucher in sight, the latest first."""
    columns = [getattr(VoucherDecision, name) for name in Against.__dataclass_fields__]
    rows = await session.execute(
        select(*columns).where(VoucherDecision.voucher_id == voucher_id).order_by(VoucherDecision.id.desc())
    )
    return [Against(*row) for row in rows]
