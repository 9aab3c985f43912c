"""Expected results in a release: taking hard cases is seen, and nothing about one person is."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.orm import undefer

from registry.ledger.model import BudgetLine
from registry.people.model import Client
from registry.providers.model import Admission
from registry.quality import sources
from registry.quality.computation import canonical, digest, figures_document
from registry.quality.expected import SUM_SCALE
from registry.quality.intake.model import Intake
from registry.quality.model import Outcome, Release
from registry.quality.outcomes.commands import ensure_categories
from registry.quality.rates import Pattern, coefficients_of, rate
from registry.quality.releases import _write_rows, verify_release
from registry.quality.rules import HEADLINE
from registry.quality.sources import outcomes
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.vouchers.commands import Granted, GrantOrder, grant
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.test_releases import LATER, publish, shown

EASY = ("under_3", "higher")
HARD = ("24_plus", "basic")
Person = tuple[tuple[str, str] | None, bool]
"""((months unemployed, education) or nothing known, whether it went well)"""


@pytest.fixture
def however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expected is computed also of fewer people than may be told: quicker to write, and the same sums."""
    monkeypatch.setattr(sources, "FEWEST_TO_EXPECT", 1)


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database, providers=3)
    async with database.transaction(made.sight) as session:
        await session.execute(update(Admission).values(valid_from=TODAY - timedelta(days=900)))
        await session.execute(update(BudgetLine).values(allocated_cents=10**9))
        await ensure_categories(session)
    return made


async def happened(database: Database, world: World, provider: int, people: list[Person]) -> None:
    """People with their facts and results, written as the commands would have left them."""
    actor = world[Role.CASE_WORKER]
    async with database.transaction(actor.sight) as session:
        clients = [
            {
                "id": uuid7(), "organiser_id": world.organiser_id, "kind": "person", "municipality_code": "564",
                "language": "fi", "service_languages": ["fi"], "accessibility": [], "age_band": "20_24",
                "created_at": NOW,
            }
            for _ in people
        ]  # fmt: skip
        await session.execute(insert(Client), clients)
        orders = [
            GrantOrder(client["id"], world.service_id, world.budget_line_id, units=1_00)  # type: ignore[arg-type]
            for client in clients
        ]
        granted = await grant(session, actor=actor, now=NOW, orders=orders)
        for (facts, good), voucher in zip(people, granted, strict=True):
            assert isinstance(voucher, Granted)
            if facts is not None:
                session.add(
                    Intake(
                        voucher_id=voucher.id,
                        organiser_id=world.organiser_id,
                        service_id=world.service_id,
                        client_id=voucher.client_id,
                        months_unemployed=facts[0],
                        education=facts[1],
                        age="20_24",
                        language="fi_sv",
                        area_unemployment="not_known",
                        recorded_at=NOW,
                    )
                )  # fmt: skip
            session.add(
                Outcome(
                    id=uuid7(),
                    organiser_id=world.organiser_id,
                    service_id=world.service_id,
                    provider_id=world.providers[provider],
                    reference=str(voucher.id),
                    voucher_id=voucher.id,
                    client_id=voucher.client_id,
                    month=6,
                    category="open_job" if good else "none",
                    people=1,
                    status_on=TODAY,
                    recorded_at=NOW,
                )
            )  # fmt: skip


def crowd(facts: tuple[str, str] | None, n: int, k: int) -> list[Person]:
    return [(facts, place < k) for place in range(n)]


async def documents(database: Database, release_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    async with database.transaction() as session:
        release = await session.get_one(
            Release, release_id, options=[undefer(Release.cells), undefer(Release.figures)]
        )
        return json.loads(release.cells), json.loads(release.figures)


@pytest.mark.usefixtures("however_few")
async def test_hard_cases_are_set_beside_what_was_to_be_expected(database: Database, world: World) -> None:
    """Both do as well with each kind of client; one has the hard ones, so its raw figure is low."""
    await happened(database, world, 0, [*crowd(EASY, 60, 45), *crowd(HARD, 10, 3)])
    await happened(database, world, 1, [*crowd(EASY, 10, 8), *crowd(HARD, 60, 17)])
    await happened(database, world, 2, crowd(None, 20, 10))
    release_id = await publish(database, world)
    found = await shown(database, world)
    easy, hard, unknown = (found.figure(provider, HEADLINE) for provider in world.providers)
    assert easy.estimate is not None
    assert hard.estimate is not None
    assert easy.estimate - hard.estimate > 0.2
    for figure in (easy, hard):
        assert figure.ratio is not None
        assert figure.ratio_low is not None
        assert figure.ratio_high is not None
        assert figure.ratio_low < 1.0 < figure.ratio_high
        assert abs(figure.ratio - 1.0) < 0.1
    assert easy.expected is not None
    assert hard.expected is not None
    assert easy.expected - hard.expected > 0.2
    assert (unknown.n, unknown.expected, unknown.ratio) == (20, None, None), (
        "nothing was known, so nothing is said"
    )
    cells, _ = await documents(database, release_id)
    bands = cells["coefficients"][str(world.service_id)][HEADLINE]["bands"]
    assert bands["months_unemployed"]["under_3"] > 0 > bands["months_unemployed"]["24_plus"]
    async with database.transaction(world.sight) as session:
        await session.execute(text("DELETE FROM outcome"))
        await session.execute(text("DELETE FROM intake"))
        assert (await verify_release(session, release_id=release_id)).holds


@pytest.mark.usefixtures("however_few")
async def test_the_database_sums_what_the_method_defines(database: Database, world: World) -> None:
    await happened(database, world, 0, [*crowd(EASY, 7, 5), *crowd(HARD, 9, 3), *crowd(None, 2, 1)])
    await happened(database, world, 1, crowd(HARD, 8, 2))
    async with database.transaction(world.sight) as session:
        counted = await outcomes(session, world.organiser_id, TODAY)
    key = (str(world.service_id), HEADLINE)
    fitted = counted.coefficients[key]
    patterns: dict[Pattern, int] = {
        ("under_3", "higher", "20_24", "fi_sv", None): 7,
        ("24_plus", "basic", "20_24", "fi_sv", None): 9,
        (None, None, None, None, None): 2,
    }
    rates = [(rate(fitted, pattern), people) for pattern, people in patterns.items()]
    expected = sum(share * people for share, people in rates)
    variance = sum(share * (1 - share) * people for share, people in rates)
    (count,) = [count for _, provider, count in counted.found if provider == str(world.providers[0])]
    assert (count.n, count.k) == (18, 9)
    assert (count.expected, count.variance) == (round(SUM_SCALE * expected), round(SUM_SCALE * variance))
    assert count.expected is not None
    assert 0 < count.expected < 18 * SUM_SCALE


@pytest.mark.usefixtures("however_few")
async def test_expected_results_change_only_with_the_count_that_they_belong_to(
    database: Database, world: World
) -> None:
    await happened(database, world, 0, [*crowd(EASY, 10, 8), *crowd(HARD, 10, 3)])
    await happened(database, world, 1, crowd(HARD, 12, 4))
    first, _ = await documents(database, await publish(database, world))
    await happened(database, world, 0, crowd(HARD, 2, 2))
    await happened(database, world, 2, crowd(EASY, 4, 4))
    second, _ = await documents(database, await publish(database, world, now=LATER))
    for counted_on_another_day in (first, second):
        del counted_on_another_day["as_of"]
    assert first == second, "six more people, but fewer than five behind each figure"
    await happened(database, world, 1, crowd(EASY, 5, 5))
    third, _ = await documents(database, await publish(database, world, now=LATER))
    column = {name: document["services"][str(world.service_id)][HEADLINE] for name, document in
              (("before", first), ("after", third))}  # fmt: skip
    unchanged, changed = str(world.providers[0]), str(world.providers[1])
    assert column["before"][unchanged] == column["after"][unchanged]
    assert column["before"][changed] != column["after"][changed]
    assert first["coefficients"] != third["coefficients"]


async def test_too_few_people_have_no_expected_result_anywhere(database: Database, world: World) -> None:
    await happened(database, world, 0, crowd(EASY, 4, 4))
    cells, figures = await documents(database, await publish(database, world))
    assert cells["services"][str(world.service_id)][HEADLINE][str(world.providers[0])] == "too_few"
    assert cells["coefficients"] == {}, "coefficients fitted from four people would tell of them"
    assert "expected" not in canonical(figures)


@pytest.mark.usefixtures("however_few")
async def test_coefficients_are_read_as_they_were_written(database: Database, world: World) -> None:
    await happened(database, world, 0, [*crowd(EASY, 10, 8), *crowd(HARD, 10, 3)])
    cells, _ = await documents(database, await publish(database, world))
    plain = cells["coefficients"][str(world.service_id)][HEADLINE]
    again = coefficients_of(plain)
    assert round(again.intercept * 10_000) == plain["intercept"]


SERVICE = "01890a5d-ac96-774b-bcce-b302099a8057"
PROVIDERS = [f"01890a5d-ac96-774b-bcce-b302099a806{place}" for place in range(4)]
OLD_CELLS: dict[str, Any] = {
    "as_of": "2026-05-22",
    "counting": {"none": "other", "open_job": "good", "unknown": "unknown"},
    "method": "1",
    "organiser": "01890a5d-ac96-774b-bcce-b302099a8050",
    "services": {
        SERVICE: {
            HEADLINE: {
                PROVIDERS[0]: [20, 14, 2],
                PROVIDERS[1]: [15, 3, 0],
                PROVIDERS[2]: [9, 5, 1],
                PROVIDERS[3]: "too_few",
            },
            "first_meeting": {PROVIDERS[0]: [7, 12], PROVIDERS[1]: "too_new"},
        }
    },
}
OLD_FIGURES_SHA256 = "d8211a823bd1bdfc8a1545576338e0c47bfce9689ccc1849ef037f4250243484"
"""Of the figures that the program made of these cells when the first method was the present one."""


async def old_release(database: Database, world: World, cells: dict[str, Any]) -> UUID:
    """A release as it was stored then; its rows know nothing expected."""
    figures = figures_document(cells)
    release = Release(
        id=uuid7(),
        organiser_id=world.organiser_id,
        number=1,
        method="1",
        as_of=TODAY,
        cells=canonical(cells),
        cells_sha256=digest(canonical(cells)),
        figures=canonical(figures),
        figures_sha256=digest(canonical(figures)),
        released_at=NOW,
        public_from=NOW,
    )
    async with database.transaction(world.sight) as session:
        session.add(release)
        await session.flush()
        await _write_rows(session, release.id, cells, figures)
    return release.id


async def test_a_release_of_the_first_method_still_verifies(database: Database, world: World) -> None:
    release_id = await old_release(database, world, OLD_CELLS)
    async with database.transaction() as session:
        release = await session.get_one(Release, release_id)
        assert release.figures_sha256 == OLD_FIGURES_SHA256
        assert (await verify_release(session, release_id=release_id)).holds


async def test_a_release_by_the_new_method_counts_from_one_by_the_old(
    database: Database, world: World
) -> None:
    cells = json.loads(
        canonical(OLD_CELLS)
        .replace(SERVICE, str(world.service_id))
        .replace(PROVIDERS[0], str(world.providers[0]))
    )
    await old_release(database, world, cells)
    await happened(database, world, 0, crowd(EASY, 22, 15))
    await publish(database, world)
    figure = (await shown(database, world)).figure(world.providers[0], HEADLINE)
    assert (figure.n, figure.k) == (20, 14)


async def test_nothing_is_expected_before_enough_people_are_known(database: Database, world: World) -> None:
    """One person fewer than the facts need: no expected figure, no coefficients, and the reason; then all of it."""
    await happened(database, world, 0, [*crowd(EASY, 80, 60), *crowd(HARD, 19, 5)])
    await happened(database, world, 1, [*crowd(EASY, 20, 15), *crowd(HARD, 80, 24)])
    await happened(database, world, 2, crowd(None, 40, 20))
    cells, figures = await documents(database, await publish(database, world))
    assert cells["coefficients"] == {}
    assert "expected" not in canonical(figures)
    found = await shown(database, world)
    assert [found.figure(provider, HEADLINE).too_few_to_expect for provider in world.providers] == [True] * 3
    await happened(database, world, 0, crowd(HARD, 5, 1))
    release_id = await publish(database, world, now=LATER)
    cells, _ = await documents(database, release_id)
    assert cells["coefficients"]
    found = await shown(database, world, LATER + timedelta(days=30))
    first, second, unknown = (found.figure(provider, HEADLINE) for provider in world.providers)
    assert first.expected is not None
    assert second.expected is None, "a cell that was published stays as it was until its count changes"
    assert unknown.expected is None
    assert not any(figure.too_few_to_expect for figure in (first, second, unknown))
    async with database.transaction(world.sight) as session:
        assert (await verify_release(session, release_id=release_id)).holds
