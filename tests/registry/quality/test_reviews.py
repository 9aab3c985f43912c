"""Reviews: only after a real redemption, once, and never the provider's to read."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from registry.quality.commands import submit_review
from registry.quality.model import Review
from registry.quality.rules import ASPECTS, Moment
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import DomainError, Invalid
from registry.shared.settings import Keys
from tests.builders import NOW, build_world
from tests.registry.vouchers.steps import Steps

SCORES = dict.fromkeys(ASPECTS, 8)


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def review(
    steps: Steps,
    voucher_id: UUID,
    moment: Moment = Moment.AFTER,
    provider: int = 0,
    over: bool = True,
    **scores: int,
) -> UUID:
    actor = steps.world[Role.CLIENT]
    async with steps.database.transaction(actor.sight) as session:
        return await submit_review(
            session,
            actor=actor,
            now=steps.now,
            voucher_id=voucher_id,
            provider_id=steps.world.providers[provider],
            moment=moment,
            scores=SCORES | scores,
            comment="Minut otettiin hyvin vastaan.",
            over=over,
        )


async def refused(steps: Steps, voucher_id: UUID, **how: object) -> str:
    with pytest.raises(DomainError) as error:
        await review(steps, voucher_id, **how)  # type: ignore[arg-type]
    return error.value.code


async def test_a_client_reviews_once_per_moment_where_the_voucher_was_redeemed(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened(0)
    assert await refused(steps, voucher_id) == "review.nothing_redeemed"
    await steps.redeem(presentation_id)
    await review(steps, voucher_id)
    assert await refused(steps, voucher_id) == "review.given_already"
    assert await refused(steps, voucher_id, provider=1) == "review.nothing_redeemed"
    assert await refused(steps, voucher_id, moment=Moment.HALF_YEAR) == "review.too_early"
    steps.now = NOW + timedelta(days=183)
    await review(steps, voucher_id, Moment.HALF_YEAR)


async def test_a_reversed_redemption_gives_no_right_to_review(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened(0)
    redeemed = await steps.redeem(presentation_id)
    await steps.reverse(redeemed.id)
    assert await refused(steps, voucher_id) == "review.nothing_redeemed"


@pytest.mark.parametrize("score", [-1, 11])
async def test_scores_are_from_nought_to_ten(steps: Steps, score: int) -> None:
    voucher_id, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id)
    with pytest.raises(Invalid) as error:
        await review(steps, voucher_id, welcome=score)
    assert error.value.errors == {"welcome": "review.score_out_of_range"}


async def test_no_provider_reads_a_review_and_nobody_elses_voucher_is_reviewed(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id)
    await review(steps, voucher_id)
    async with steps.database.transaction(steps.world.provider_actor(0).sight) as session:
        assert await session.scalar(select(func.count()).select_from(Review)) == 0
    async with steps.database.transaction(steps.world[Role.CASE_WORKER].sight) as session:
        assert await session.scalar(select(func.count()).select_from(Review)) == 1
    other = await build_world(steps.database, code="turku")
    with pytest.raises(DomainError, match=r"voucher\.unknown"):
        await review(Steps(steps.database, other, steps.keys), voucher_id)


async def test_nobody_reviews_a_service_that_may_go_on_without_saying_that_it_is_over(steps: Steps) -> None:
    """Refused whoever asks: on the page, by machine, or by another command."""
    voucher_id, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id, 1_00)
    assert await refused(steps, voucher_id, over=False) == "review.service_goes_on"
    await review(steps, voucher_id, over=True)

    used_up, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id, 10_00)
    await review(steps, used_up, over=False)

    left, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id, 1_00)
    await steps.choose(left, 1)
    await review(steps, left, over=False)
