"""Pay above the expected rate: what a frozen release says of a provider, at the level of provider and service.

The rule, in plain words: of the people whom the provider served, the share with a good result, k of n as the release
froze it, is compared with the share that was to be expected of just those people by what was known of them before they
chose. Higher is paid. The release and the result are named in the terms that the voucher was granted on, so nobody can
choose them afterwards. A provider without a figure there (too few people, no expected rate, a release that was taken
back) is neither paid nor refused: its claim is held.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import VoucherTerms
from registry.quality.model import ReleaseFigure
from registry.quality.preview.model import ReleaseWithdrawal
from registry.shared.actor import Actor
from registry.vouchers.model import Voucher
from registry.vouchers.results.commands import decide_milestone
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import ClaimState, Standing


async def standing_of(session: AsyncSession, *, claim_id: UUID) -> Standing | None:
    """How the claim's provider fared by the release that the voucher's terms name; None where there is no figure."""
    row = (
        await session.execute(
            select(ReleaseFigure.k, ReleaseFigure.n, ReleaseFigure.expected)
            .select_from(MilestoneClaim)
            .join(Voucher, Voucher.id == MilestoneClaim.voucher_id)
            .join(VoucherTerms, VoucherTerms.id == Voucher.terms_id)
            .join(
                ReleaseFigure,
                (ReleaseFigure.release_id == VoucherTerms.expected_release_id)
                & (ReleaseFigure.measure == VoucherTerms.expected_measure)
                & (ReleaseFigure.service_id == Voucher.service_id)
                & (ReleaseFigure.provider_id == MilestoneClaim.provider_id),
            )
            .where(
                MilestoneClaim.id == claim_id,
                ~select(ReleaseWithdrawal.release_id)
                .where(ReleaseWithdrawal.release_id == ReleaseFigure.release_id)
                .exists(),
            )
        )
    ).one_or_none()
    if row is None or row.k is None or not row.n or row.expected is None:
        return None
    return Standing(observed_bp=row.k * 10_000 // row.n, expected_bp=row.expected)


async def decide_result(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    claim_id: UUID,
    reached: bool,
    reason: str | None = None,
) -> ClaimState:
    """The confirmer's word on a milestone, with the figure where its payment depends on one."""
    standing = await standing_of(session, claim_id=claim_id) if reached else None
    return await decide_milestone(
        session, actor=actor, now=now, claim_id=claim_id, reached=reached, reason=reason, standing=standing
    )
