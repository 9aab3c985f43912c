"""Milestones of a voucher and the claims on them, for the client, the provider and the case worker."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import VoucherTerms
from registry.catalogue.rules import milestones_of
from registry.providers.model import Provider
from registry.shared.errors import NotFound
from registry.vouchers.model import Voucher
from registry.vouchers.results.model import MilestoneClaim


@dataclass(frozen=True, slots=True)
class Claim:
    id: UUID
    voucher_id: UUID
    provider_id: UUID
    milestone: str
    amount_cents: int
    confirmer: str
    above_expected: bool
    reached_on: date
    words: str | None
    file_digest: str | None
    file_name: str | None
    state: str
    claimed_at: datetime
    decided_at: datetime | None
    reason: str | None
    observed_bp: int | None
    expected_bp: int | None


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone of a voucher's terms, with the last claim on it."""

    code: str
    amount_cents: int
    evidence: str
    confirmer: str
    above_expected: bool
    claim: Claim | None

    @property
    def open(self) -> bool:
        """It can be claimed."""
        return self.claim is None or self.claim.state in ("refused", "reversed")


_COLUMNS = [getattr(MilestoneClaim, name) for name in Claim.__dataclass_fields__]


async def milestone_rows(session: AsyncSession, *, voucher_id: UUID) -> list[MilestoneRow]:
    """In the order in which they are reached; empty for a voucher of another kind."""
    terms = await session.scalar(
        select(VoucherTerms)
        .join(Voucher, Voucher.terms_id == VoucherTerms.id)
        .where(Voucher.id == voucher_id)
    )
    found = milestones_of(terms.milestones if terms else None)
    if not found:
        return []
    rows = await session.execute(
        select(*_COLUMNS).where(MilestoneClaim.voucher_id == voucher_id).order_by(MilestoneClaim.id)
    )
    last = {claim.milestone: claim for claim in (Claim(*row) for row in rows)}
    return [
        MilestoneRow(
            one.code, one.amount_cents, one.evidence, one.confirmer, one.above_expected, last.get(one.code)
        )
        for one in found
    ]


async def claim_of(session: AsyncSession, *, claim_id: UUID) -> tuple[Claim, str]:
    """One claim in sight, and its provider's name."""
    row = (
        await session.execute(
            select(*_COLUMNS, Provider.name)
            .join(Provider, Provider.id == MilestoneClaim.provider_id)
            .where(MilestoneClaim.id == claim_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("milestone.unknown")
    *values, provider = row
    return Claim(*values), provider
