"""Releases: what goes in, what may come out, and that it recomputes to the same bytes."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import undefer

from registry.providers.model import Admission
from registry.quality.model import Outcome, Release
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes
from registry.quality.outcomes.rules import status_day
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.quality.queries import Evidence, evidence, evidence_of_provider
from registry.quality.releases import publish_release, verify_release
from registry.quality.rules import COMPLETION, FIRST_MEETING, HEADLINE
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Invalid
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, World, add_client, build_world
from tests.registry.vouchers.steps import Steps


async def report(database: Database, world: World, counts: dict[int, dict[str, int]], month: int = 6) -> None:
    """Outcomes per provider of the world: category → people."""
    actor = system(world.organiser_id)
    rows = [
        OutcomeRow(
            service_id=world.service_id,
            provider_id=world.providers[index],
            reference=f"{index}-{category}-{person}",
            month=month,
            category=category,
            status_on=TODAY - timedelta(days=30),
        )
        for index, categories in counts.items()
        for category, people in categories.items()
        for person in range(people)
    ]
    async with database.transaction(actor.sight) as session:
        await ensure_categories(session)
        await record_outcomes(session, actor=actor, now=NOW, organiser_id=world.organiser_id, rows=rows)


async def clients(database: Database, world: World, how_many: int) -> list[UUID]:
    """So many people: five vouchers of one would be one person's figure."""
    async with database.transaction(world.sight) as session:
        return [await add_client(session, world, name=f"Asiakas {place}") for place in range(how_many)]


async def publish(database: Database, world: World, now: datetime = NOW) -> UUID:
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        return await publish_release(session, actor=actor, now=now, organiser_id=world.organiser_id)


LATER = NOW + timedelta(days=PREVIEW_DAYS + 1)
"""When a release of NOW is public."""


async def shown(database: Database, world: World, now: datetime = LATER) -> Evidence:
    """What a visitor without any organiser in sight reads."""
    async with database.transaction() as session:
        return await evidence(
            session,
            organiser_id=world.organiser_id,
            service_id=world.service_id,
            provider_ids=world.providers,
            now=now,
        )


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database, providers=4)
    async with database.transaction(made.sight) as session:
        # long enough in the register to be rated, but for the last
        await session.execute(
            update(Admission)
            .where(Admission.id.in_(made.admissions[:3]))
            .values(valid_from=TODAY - timedelta(days=900))
        )
    return made


async def test_figures_show_k_of_n_with_neutral_exits_outside_and_unknown_beside(
    database: Database, world: World
) -> None:
    await report(
        database,
        world,
        {
            0: {"open_job": 10, "study_place": 4, "none": 6, "neutral_exit": 3, "unknown": 2},
            1: {"open_job": 3, "none": 12},
            2: {"open_job": 2, "none": 2},
            3: {"open_job": 1},
        },
    )
    await publish(database, world)
    found = await shown(database, world)
    first = found.figure(world.providers[0], HEADLINE)
    assert (first.n, first.k, first.unknown) == (20, 14, 2)
    assert first.estimate is not None
    assert first.low is not None
    assert first.high is not None
    assert first.usual is not None
    assert first.usual < first.estimate < 0.7, "the estimate is drawn from 14 of 20 towards the usual level"
    assert first.low < first.estimate < first.high
    assert (first.if_unknown_bad or 0) < first.estimate < (first.if_unknown_good or 0)
    assert found.figure(world.providers[2], HEADLINE).blank == "too_few"
    assert found.figure(world.providers[2], HEADLINE).n is None, "a count below five is nowhere"
    assert found.figure(world.providers[3], HEADLINE).blank == "too_new"
    assert found.figure(world.providers[0], "outcome_12").blank == "not_collected"
    assert found.clear_differences(world.providers, HEADLINE) == [(world.providers[0], world.providers[1])]


async def test_a_suspended_provider_is_under_review(database: Database, world: World) -> None:
    await report(database, world, {0: {"open_job": 10}, 1: {"open_job": 3, "none": 12}})
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="suspended")
        )
    await publish(database, world)
    assert (await shown(database, world)).figure(world.providers[0], HEADLINE).blank == "under_review"


async def test_a_release_recomputes_to_the_same_bytes_when_the_persons_are_gone(
    database: Database, world: World
) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    release_id = await publish(database, world)
    async with database.transaction(world.sight) as session:
        await session.execute(delete(Outcome))
    async with database.transaction() as session:
        assert (await verify_release(session, release_id=release_id)).holds


async def test_a_tampered_release_does_not_verify(database: Database, owner_url: str, world: World) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    release_id = await publish(database, world)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(world.sight) as session:
            await session.execute(text("UPDATE release SET cells = cells"))
    engine = create_async_engine(owner_url)
    async with engine.begin() as owner:
        await owner.execute(text("ALTER TABLE release_figure DISABLE TRIGGER USER"))
        await owner.execute(text("UPDATE release_figure SET estimate = estimate + 1, high = high + 1"))
    async with database.transaction() as session:
        found = await verify_release(session, release_id=release_id)
    assert (found.cells_unchanged, found.figures_same, found.rows_same) == (True, True, False)
    async with engine.begin() as owner:
        await owner.execute(text("ALTER TABLE release DISABLE TRIGGER USER"))
        await owner.execute(text("""UPDATE release SET cells = replace(cells, '[20,14,0]', '[20,19,0]')"""))
    await engine.dispose()
    async with database.transaction() as session:
        found = await verify_release(session, release_id=release_id)
    assert (found.cells_unchanged, found.figures_same) == (False, False)


async def test_the_same_data_gives_the_same_bytes(database: Database, world: World) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await publish(database, world)
    await publish(database, world)
    async with database.transaction() as session:
        first, second = await session.scalars(
            select(Release).order_by(Release.number).options(undefer(Release.cells), undefer(Release.figures))
        )
    assert (first.number, second.number) == (1, 2)
    assert (first.cells, first.figures) == (second.cells, second.figures)


async def test_a_cell_changes_only_with_five_more_people(database: Database, world: World) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await publish(database, world)
    await report(database, world, {0: {"study_place": 4}, 1: {"study_place": 5}})
    await publish(database, world)
    found = await shown(database, world)
    assert found.release is not None
    assert found.release.number == 2
    assert (found.figure(world.providers[0], HEADLINE).n, found.figure(world.providers[1], HEADLINE).n) == (
        20,
        20,
    )


async def test_small_cells_are_nowhere_in_a_release(database: Database, world: World) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 2: {"open_job": 3, "none": 1}})
    release_id = await publish(database, world)
    async with database.transaction() as session:
        release = await session.get_one(Release, release_id, options=[undefer(Release.cells)])
    column = json.loads(release.cells)["services"][str(world.service_id)][HEADLINE]
    assert column[str(world.providers[0])] == [20, 14, 0]
    assert column[str(world.providers[2])] == "too_few"
    assert column[str(world.providers[3])] == "too_new"


async def test_reporting_again_corrects_and_never_doubles(database: Database, world: World) -> None:
    actor = system(world.organiser_id)

    def row(category: str, month: int = 6) -> OutcomeRow:
        return OutcomeRow(world.service_id, "A-1", month, category, TODAY, provider_id=world.provider_id)

    async with database.transaction(actor.sight) as session:
        await ensure_categories(session)
        recorded = [
            await record_outcomes(session, actor=actor, now=NOW, organiser_id=world.organiser_id, rows=rows)
            for rows in ([row("none")], [row("none")], [row("open_job"), row("none", month=3)])
        ]
    assert [(r.added, r.corrected, r.unchanged) for r in recorded] == [(1, 0, 0), (0, 0, 1), (1, 1, 0)]


async def test_a_malformed_row_fails_the_whole_report(database: Database, world: World) -> None:
    actor = system(world.organiser_id)
    good = OutcomeRow(world.service_id, "A-1", 6, "none", TODAY, provider_id=world.provider_id)
    bad = [
        OutcomeRow(world.service_id, "A-2", 7, "none", TODAY, provider_id=world.provider_id),
        OutcomeRow(world.service_id, "A-3", 6, "astronaut", TODAY, provider_id=world.provider_id),
        OutcomeRow(world.service_id, "A-4", 6, "none", TODAY),
        OutcomeRow(world.service_id, "A-5", 6, "none", TODAY, voucher_id=world.client_id),
    ]
    with pytest.raises(Invalid) as refused:
        async with database.transaction(actor.sight) as session:
            await ensure_categories(session)
            await record_outcomes(
                session, actor=actor, now=NOW, organiser_id=world.organiser_id, rows=[good, *bad]
            )
    assert refused.value.facts["rows"] == {
        1: "outcome.month_unknown",
        2: "outcome.category_unknown",
        3: "outcome.provider_missing",
        4: "voucher.unknown",
    }


async def test_after_a_switch_the_larger_part_counts_and_vouchers_give_process_facts(
    database: Database, keys: Keys
) -> None:
    world = await build_world(database, providers=2)
    steps = Steps(database, world, keys)
    vouchers = []
    for client_id in await clients(database, world, 5):
        voucher_id, presentation_id = await steps.opened(0, client_id=client_id)
        await steps.redeem(presentation_id, units=2_00)
        assignment_id = await steps.choose(voucher_id, 1, client_id=client_id)
        await steps.confirm(assignment_id, 1)
        await steps.redeem(await steps.present(voucher_id, 1), units=8_00, provider=1)
        vouchers.append(voucher_id)
    actor = world[Role.CASE_WORKER]
    async with database.transaction(actor.sight) as session:
        await ensure_categories(session)
        await record_outcomes(
            session,
            actor=actor,
            now=NOW + timedelta(days=181),
            organiser_id=world.organiser_id,
            rows=[
                OutcomeRow(world.service_id, str(v), 6, "open_job", status_day(TODAY, 6), voucher_id=v)
                for v in vouchers
            ],
        )
    await publish(database, world, now=NOW + timedelta(days=181))
    found = await shown(database, world, NOW + timedelta(days=200))
    second = world.providers[1]
    assert (found.figure(second, HEADLINE).n, found.figure(second, HEADLINE).k) == (5, 5)
    assert found.figure(world.providers[0], HEADLINE).blank == "too_new"
    assert (found.figure(second, COMPLETION).n, found.figure(second, COMPLETION).k) == (5, 5)
    assert found.figure(second, COMPLETION).usual is None, "one provider alone shows no usual level"
    assert (found.figure(second, FIRST_MEETING).n, found.figure(second, FIRST_MEETING).days) == (5, 0)


async def test_a_service_is_complete_by_its_hours_not_by_its_price(database: Database, keys: Keys) -> None:
    world = await build_world(database, providers=1)
    steps = Steps(database, world, keys)
    hours_used = (10_00, 10_00, 10_00, 8_00, 7_00)
    for client_id, hours in zip(await clients(database, world, 5), hours_used, strict=True):
        _, presentation_id = await steps.opened(0, client_id=client_id)
        await steps.redeem(presentation_id, units=hours, price=30_00)
    steps.now += timedelta(days=100)
    await steps.tick()
    await publish(database, world)
    figure = (await shown(database, world)).figure(world.provider_id, COMPLETION)
    assert (figure.n, figure.k) == (5, 4), "at half the price, four of five used four fifths of their hours"


async def test_a_providers_own_page_reads_the_newest_release(database: Database, world: World) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await publish(database, world)
    await publish(database, world)
    async with database.transaction() as session:
        found = await evidence_of_provider(session, world.providers[0], now=LATER)
    assert set(found) == {world.service_id}
    release = found[world.service_id].release
    assert release is not None
    assert release.number == 2


def test_pages_do_not_load_the_statistics_library() -> None:
    """A web worker that imported numpy or scipy would carry them in memory for nothing."""
    code = (
        "import sys, registry.quality.queries, registry.quality.commands, registry.choice.showing;"
        "sys.exit(any(name.split('.')[0] in ('numpy', 'scipy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
