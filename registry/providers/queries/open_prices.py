"""Prices of the open register by their days: what an approval has cost, costs and will cost."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Numeric, Text, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.keeping.model import AdmissionPrice
from registry.providers.queries.open_data import RegisterRow, register_fingerprint, register_rows
from registry.shared.database import Database


async def price_stretches(
    database: Database, *, on: date, length: int = 500
) -> AsyncIterator[list[dict[str, Any]]]:
    """Every price of every standing approval, in the order of names and then of days."""
    after = None
    while True:
        async with database.transaction() as session:
            rows = await register_rows(session, on=on, after=after, limit=length)
            values = await _values(session, rows, on)
        if values:
            yield values
        if len(rows) < length:
            return
        after = rows[-1].sort_key, rows[-1].offer.admission_id


async def prices_fingerprint(session: AsyncSession, *, on: date) -> str:
    """Another text whenever the table says something else."""
    register = await register_fingerprint(session, on=on)
    each = func.hashtextextended(cast(literal_column("admission_price"), Text), 0)
    total = await session.scalar(select(func.sum(cast(each, Numeric))).select_from(AdmissionPrice))
    return f"{register}-{total or 0}"


async def _values(session: AsyncSession, rows: Sequence[RegisterRow], on: date) -> list[dict[str, Any]]:
    known: dict[Any, list[AdmissionPrice]] = {}
    for price in await session.scalars(
        select(AdmissionPrice)
        .where(AdmissionPrice.admission_id.in_([row.offer.admission_id for row in rows]))
        .order_by(AdmissionPrice.valid_from)
    ):
        known.setdefault(price.admission_id, []).append(price)
    found: list[dict[str, Any]] = []
    for row in rows:
        offer = row.offer
        prices = [
            (one.unit_price_cents, one.vat_rate_bp, one.valid_from, one.valid_until)
            for one in known.get(offer.admission_id, ())
        ] or [(offer.unit_price_cents, offer.vat.rate_bp, offer.valid_from, None)]
        found += [
            {
                "admission_id": str(offer.admission_id),
                "provider_id": str(row.provider_id),
                "provider": row.provider,
                "organiser": offer.organiser_code,
                "service": offer.service_code,
                "unit": offer.unit_name,
                "unit_price": cents / 100,
                "vat_percent": vat / 100,
                "valid_from": first.isoformat(),
                "valid_until": until.isoformat() if until else None,
                "standing": _standing(first, until, on),
            }
            for cents, vat, first, until in prices
        ]
    return found


def _standing(first: date, until: date | None, on: date) -> str:
    if first > on:
        return "coming"
    return "past" if until is not None and until <= on else "present"
