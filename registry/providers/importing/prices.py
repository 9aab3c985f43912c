"""What a register says of a price that has its days here: from today on, and nothing of the days before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.keeping.model import AdmissionPrice
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.vat import Vat

Rows = list[dict[str, Any]]


async def standing_prices(session: AsyncSession, admission_ids: Iterable[UUID]) -> dict[UUID, AdmissionPrice]:
    """Admission → the row of the price that holds today; none where the price has never been changed here."""
    rows = await session.scalars(
        select(AdmissionPrice)
        .where(AdmissionPrice.admission_id.in_(admission_ids), AdmissionPrice.current_since.is_not(None))
        .order_by(AdmissionPrice.valid_from)
    )
    return {row.admission_id: row for row in rows}


def told_anew(
    standing: AdmissionPrice, unit_price_cents: int, vat: Vat, *, now: datetime
) -> tuple[Rows, Rows]:
    """The rows to write and to change so that the price with this VAT holds from today on: until then the standing one,
    and from the day of one that is announced that one."""
    today = local_date(now)
    told = {"unit_price_cents": unit_price_cents, **vat.columns()}
    if standing.valid_from >= today:
        return [], [{"id": standing.id, "valid_until": standing.valid_until, **told}]
    if standing.valid_until is not None and standing.valid_until <= today:
        return [], []  # the announced one's day has come: the worker is about to make it the price of today
    new = {
        "id": uuid7(), "admission_id": standing.admission_id, **told, "valid_from": today,
        "valid_until": standing.valid_until, "set_at": now, "current_since": now,
    }  # fmt: skip
    before = {
        "unit_price_cents": standing.unit_price_cents, "vat_rate_bp": standing.vat_rate_bp,
        "vat_category": standing.vat_category, "vat_reason": standing.vat_reason,
    }  # fmt: skip
    return [new], [{"id": standing.id, "valid_until": today, **before}]
