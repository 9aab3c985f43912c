"""Recomputing a frozen shortlist from what was recorded with it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.model import ChoicePeriod, Shortlist
from registry.choice.rules import arrange, commitment, period_key, seed
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher


@dataclass(frozen=True, slots=True)
class ShortlistVerification:
    """What a shortlist says, compared with what its inputs give."""

    order_same: bool
    key_same: bool
    """The key of the period is the one that the organiser had committed to, and that the shortlist names."""
    committed_before: bool

    @property
    def holds(self) -> bool:
        return self.order_same and self.key_same and self.committed_before


AT_ONCE: Final = 500


def _frozen() -> Select[*tuple[Any, ...]]:
    return (
        select(Shortlist, ChoicePeriod)
        .join(Voucher, Voucher.id == Shortlist.voucher_id)
        .outerjoin(
            ChoicePeriod,
            (ChoicePeriod.organiser_id == Shortlist.organiser_id) & (ChoicePeriod.year == Shortlist.year),
        )
    )


async def verify_shortlist(session: AsyncSession, *, keys: Keys, number: str) -> ShortlistVerification | None:
    """Recompute the shortlist of a voucher by its number; None where there is none in sight."""
    found = (await session.execute(_frozen().where(Voucher.number == number))).one_or_none()
    if found is None:
        return None
    shortlist: Shortlist = found[0]
    key = period_key(keys.choice_seed, shortlist.organiser_id, shortlist.year)
    return _verified(shortlist, found[1], key)


async def verify_shortlists(
    session: AsyncSession, *, keys: Keys
) -> AsyncIterator[tuple[UUID, ShortlistVerification]]:
    """Recompute all in sight, by the voucher's id, a few hundred in memory at a time."""

    @cache
    def key_of(organiser_id: UUID, year: int) -> bytes:
        return period_key(keys.choice_seed, organiser_id, year)

    rows = await session.stream(_frozen().execution_options(yield_per=AT_ONCE))
    async for shortlist, period in rows:
        key = key_of(shortlist.organiser_id, shortlist.year)
        yield shortlist.voucher_id, _verified(shortlist, period, key)


def _verified(shortlist: Shortlist, period: ChoicePeriod | None, key: bytes) -> ShortlistVerification:
    groups = shortlist.inputs["groups"]
    arranged = arrange(
        seed(key, shortlist.client_id, shortlist.service_id),
        [(provider_id, groups.get(str(provider_id))) for provider_id in shortlist.provider_ids],
        shortlist.inputs["size"],
    )
    return ShortlistVerification(
        order_same=arranged.order == tuple(shortlist.provider_ids) and arranged.first == shortlist.first,
        key_same=period is not None and commitment(key) == period.commitment == shortlist.commitment,
        committed_before=period is not None and period.committed_at <= shortlist.frozen_at,
    )
