"""Looking through everyone: filters and orders are the chooser's own; an order by results says what it cannot tell."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.choice.model import ComparisonShown
from registry.choice.queries import Comparison, Looking
from registry.choice.queries.looking import PER_PAGE, by_figure, undecided
from registry.providers.model import Provider
from registry.quality.queries import Evidence, Figure
from registry.quality.rules import HEADLINE
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import TODAY, add_provider
from tests.registry.choice.test_choice import change, granted, ids, shortlist, show, world_of
from tests.registry.vouchers.steps import Steps


async def seen(steps: Steps, voucher_id: UUID, looking: Looking) -> list[int]:
    """The providers shown, by their number in the world."""
    compared = await show(steps, voucher_id, widened=True, looking=looking)
    return [steps.world.providers.index(p) for p in ids(compared)]


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    """Five providers that differ in what one can look for; the client lives in Oulu (564)."""
    steps = await world_of(database, keys)
    await change(steps, 0, languages=["fi", "sv"], next_start=TODAY + timedelta(days=14))
    await change(steps, 1, remote=True, municipality_codes=["244"], next_start=TODAY + timedelta(days=2))
    await change(steps, 2, remote=True, municipality_codes=["564"], first_talk_free=True, next_start=None)
    await change(steps, 3, remote=True, municipality_codes=[], next_start=TODAY + timedelta(days=15))
    await change(steps, 4, languages=["fi", "en"], next_start=TODAY + timedelta(days=40))
    async with database.transaction() as session:
        for index, seat in ((1, "244"), (3, "853")):
            await session.execute(
                update(Provider)
                .where(Provider.id == steps.world.providers[index])
                .values(municipality_code=seat)
            )
    return steps


@pytest.mark.parametrize(
    ("looking", "found"),
    [
        (Looking(), {0, 1, 2, 3, 4}),
        (Looking(language="sv"), {0}),
        (Looking(online=True), {1, 2, 3}),
        (Looking(here=True), {0, 2, 4}),
        (Looking(soon=True), {0, 1}),
        (Looking(free_talk=True), {2}),
        (Looking(online=True, here=True), {2}),
        (Looking(language="sv", online=True), set()),
    ],
)
async def test_filters_leave_out_and_say_how_many(steps: Steps, looking: Looking, found: set[int]) -> None:
    voucher_id = await granted(steps)
    compared = await show(steps, voucher_id, widened=True, looking=looking)
    assert {steps.world.providers.index(p) for p in ids(compared)} == found
    assert (compared.eligible, compared.found, compared.hidden) == (5, len(found), 5 - len(found))
    assert compared.languages == ("en", "fi", "sv")
    order = (await shortlist(steps, voucher_id)).provider_ids
    assert ids(compared) == [p for p in order if steps.world.providers.index(p) in found], (
        "in the drawn order"
    )


async def test_orders_by_start_and_by_distance(steps: Steps) -> None:
    voucher_id = await granted(steps)
    assert await seen(steps, voucher_id, Looking(order="soon")) == [1, 0, 3, 4, 2]
    near = await seen(steps, voucher_id, Looking(order="near"))
    assert (set(near[:3]), near[3:]) == ({0, 2, 4}, [1, 3]), (
        "in the client's municipality, in Kempele, in Turku"
    )
    drawn = [steps.world.providers.index(p) for p in (await shortlist(steps, voucher_id)).provider_ids]
    assert near[:3] == [index for index in drawn if index in {0, 2, 4}], "alike: as drawn"


async def test_the_first_view_is_never_filtered_nor_ordered(steps: Steps) -> None:
    voucher_id = await granted(steps)
    plain = await show(steps, voucher_id)
    assert ids(await show(steps, voucher_id, looking=Looking(language="sv", order="soon"))) == ids(plain)


async def test_what_was_shown_is_recorded_as_it_was_shown(steps: Steps) -> None:
    voucher_id = await granted(steps)
    compared = await show(steps, voucher_id, widened=True, looking=Looking(online=True, order="soon"))
    async with steps.database.transaction(steps.world.sight) as session:
        shown = (await session.scalars(select(ComparisonShown))).one()
    assert shown.provider_ids == ids(compared) == [steps.world.providers[index] for index in (1, 3, 2)]


async def test_many_come_in_pages(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys, providers=0)
    async with database.transaction(steps.world.sight) as session:
        for _ in range(PER_PAGE + 2):
            await add_provider(session, steps.world)
    voucher_id = await granted(steps)
    pages = [await show(steps, voucher_id, widened=True, looking=Looking(page=page)) for page in (1, 2, 3)]
    assert [(len(page.options), page.pages) for page in pages] == [(PER_PAGE, 2), (2, 2), (0, 2)]
    assert {p for page in pages for p in ids(page)} == set(steps.world.providers)


async def test_staff_is_told_who_is_out_and_every_reason(steps: Steps) -> None:
    await change(steps, 4, taken=10, languages=["en"])
    voucher_id = await granted(steps)

    def out(compared: Comparison) -> list[tuple[UUID, tuple[str, ...]]]:
        return [(one.provider_id, one.reasons) for one in compared.out]

    worker = steps.world[Role.CASE_WORKER]
    assert out(await show(steps, voucher_id, worker, channel="counter")) == [
        (steps.world.providers[4], ("other_language", "full"))
    ]
    assert out(await show(steps, voucher_id)) == []


# --- by results ---------------------------------------------------------------------------------------------------

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def evidence(**alpha_beta: tuple[float, float]) -> Evidence:
    """Figures of A … D by their posterior; whoever is not named has none."""
    figures = {}
    for name, provider in zip("ABCD", (A, B, C, D), strict=True):
        if name in alpha_beta:
            alpha, beta = alpha_beta[name]
            figures[provider, HEADLINE] = Figure(
                HEADLINE, "share", None, n=50, k=25, estimate=alpha / (alpha + beta), low=0.1, high=0.9,
                usual=0.5, alpha=alpha, beta=beta,
            )  # fmt: skip
    return Evidence(None, figures)


OUTCOME = Looking(order="outcome")


def test_whoever_has_no_result_stands_at_what_is_usual() -> None:
    found = evidence(A=(30.0, 70.0), B=(70.0, 30.0), D=(50.0, 50.0))
    assert by_figure([A, C, B, D], OUTCOME, found) == [B, C, D, A]
    assert by_figure([A, C, B, D], Looking(), found) == [A, C, B, D]


def test_neighbours_that_cannot_be_told_apart_are_marked() -> None:
    found = evidence(A=(700.0, 300.0), B=(500.0, 500.0), C=(490.0, 510.0))
    assert undecided([A, B, C, D], OUTCOME, found) == {B, C}
    assert undecided([A, B, C, D], Looking(order="soon"), found) == frozenset()
