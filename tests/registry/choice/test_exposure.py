"""Exposure per provider and month: counted by draw and by person, against the chance of each draw, and no number from
which somebody could be told."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update

from registry.choice.commands import freeze_shortlists
from registry.choice.queries.exposure import Exposure, Tally, exposure, months_over, published
from registry.providers.model import Provider
from registry.shared.actor import Role, system
from registry.shared.database import Database, as_organiser
from registry.shared.settings import Keys
from registry.vouchers.commands import choose, lapse_unanswered
from tests.builders import NOW, add_client
from tests.registry.choice.test_choice import change, world_of
from tests.registry.vouchers.steps import Steps

NOVEMBER = date(2026, 11, 1)


async def clients(steps: Steps, number: int) -> list[UUID]:
    async with steps.database.transaction(steps.world.sight) as session:
        return [await add_client(session, steps.world) for _ in range(number)]


async def grant(steps: Steps, client_id: UUID) -> UUID:
    voucher_id = await steps.grant(client_id=client_id)
    actor = steps.world[Role.CASE_WORKER]
    async with steps.database.transaction(actor.sight) as session:
        await freeze_shortlists(
            session, actor=actor, now=steps.now, keys=steps.keys, voucher_ids=[voucher_id]
        )
    return voucher_id


async def reported(steps: Steps, month: date = NOVEMBER, **kwargs: Any) -> dict[UUID, Exposure]:
    async with steps.database.transaction(steps.world.sight) as session:
        found = await exposure(session, steps.world.organiser_id, month, **kwargs)
    return {one.provider_id: one for one in found}


async def test_counts_follow_the_draws(database: Database, keys: Keys) -> None:
    """Twelve clients and six providers, two of them one group: five stand for the three places, so the group's firms
    have half of 3/5 each. One client is granted twice, which is the same draw."""
    steps = await world_of(database, keys, providers=6)
    group = steps.world.providers[:2]
    async with database.transaction() as session:
        await session.execute(
            update(Provider).where(Provider.id == group[0]).values(company_group="Ketju Oy")
        )
        await session.execute(
            update(Provider).where(Provider.id == group[1]).values(company_group=" KETJU oy")
        )
    everyone = await clients(steps, 12)
    for client_id in (*everyone, everyone[0]):
        await grant(steps, client_id)
    found = await reported(steps)
    assert {one.eligible for one in found.values()} == {12}
    assert {p: one.expected for p, one in found.items()} == {
        p: 3.6 if p in group else 7.2 for p in steps.world.providers
    }
    async with database.transaction(steps.world.sight) as session:
        rows = await session.execute(text('SELECT DISTINCT client_id, provider_ids, "first" FROM shortlist'))
        views = [provider_ids[:first] for _, provider_ids, first in rows]
    assert len(views) == 12
    for provider_id, one in found.items():
        counted = sum(provider_id in view for view in views)
        assert one.shown in (counted, None)
        assert (one.shown is None) != (one.p_value is not None)
        assert one.fewer == (counted < (one.expected or 0))


async def test_what_happened_counts_in_the_month_it_happened(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys, providers=3)
    vouchers = [await grant(steps, client_id) for client_id in await clients(steps, 6)]
    worker = steps.world[Role.CASE_WORKER]
    for voucher_id in vouchers:
        async with database.transaction(worker.sight) as session:
            await choose(
                session,
                actor=worker,
                now=NOW,
                voucher_id=voucher_id,
                admission_id=steps.world.admissions[1],
                channel="phone",
            )
    steps.now = NOW + timedelta(days=20)
    organiser = system(steps.world.organiser_id)
    async with database.transaction(organiser.sight) as session:
        assert await lapse_unanswered(session, actor=organiser, now=steps.now, limit=100) == 6
    silent = steps.world.providers[1]
    november, december = await reported(steps), await reported(steps, date(2026, 12, 1))
    assert (november[silent].chosen, november[silent].lapsed) == (6, None)
    assert november[silent].eligible == 6
    assert set(december) == {silent}
    assert (december[silent].eligible, december[silent].lapsed) == (None, 6)
    async with database.transaction(steps.world.sight) as session:
        months = [
            await months_over(session, organiser_id=steps.world.organiser_id, now=now)
            for now in (NOW, NOW + timedelta(days=30), NOW + timedelta(days=60))
        ]
    assert months == [[], [NOVEMBER], [date(2026, 12, 1), NOVEMBER]]


async def test_a_provider_sees_its_own_row_with_the_same_numbers_withheld(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys, providers=5)
    await change(steps, 4, languages=["sv"])
    for client_id in await clients(steps, 7):
        await grant(steps, client_id)
    everyone = await reported(steps)
    assert steps.world.providers[4] not in everyone
    actor = steps.world.provider_actor(2)
    async with database.transaction(actor.sight) as session:
        assert await exposure(session, steps.world.organiser_id, NOVEMBER) == []
        async with as_organiser(session, actor.sight):
            own = await exposure(session, steps.world.organiser_id, NOVEMBER, actor.provider_id)
    assert own == [everyone[actor.provider_id]]


# --- what is withheld ---------------------------------------------------------------------------------------------


def tally(number: int, eligible: int, shown: int, chosen: int = 20, lapsed: int = 10) -> Tally:
    return Tally(
        UUID(int=number),
        f"Firm {number}",
        eligible,
        eligible,
        shown,
        shown,
        ((0.5, eligible),),
        chosen,
        lapsed,
    )


def shown(*tallies: Tally) -> list[int | None]:
    return [one.shown for one in published(tallies)]


@pytest.mark.parametrize(
    ("eligible", "counted", "told"),
    [
        (40, 20, 20),
        (40, 5, 5),
        (40, 4, None),
        (40, 0, None),
        (40, 36, None),
        (40, 35, 35),
        (40, 40, 40),
        (4, 4, None),
    ],
)
def test_few_people_are_not_counted_nor_had_by_subtraction(
    eligible: int, counted: int, told: int | None
) -> None:
    others = [tally(2, 2, 1), tally(3, 2, 1)]
    assert shown(tally(1, eligible, counted), *others)[0] == told


def test_one_withheld_number_takes_another_with_it() -> None:
    assert shown(tally(1, 40, 3), tally(2, 40, 22), tally(3, 40, 18)) == [None, 22, None]
    assert shown(tally(1, 40, 3), tally(2, 40, 2), tally(3, 40, 18)) == [None, None, 18]
    assert shown(tally(1, 40, 30), tally(2, 40, 22), tally(3, 40, 18)) == [30, 22, 18]


def test_lapses_do_not_tell_how_few_were_answered() -> None:
    rows = published(
        [tally(1, 40, 20, 12, 9), tally(2, 40, 20, 12, 7), tally(3, 40, 20, 3, 0), tally(4, 40, 20, 4, 4)]
    )
    assert [(one.chosen, one.lapsed) for one in rows] == [(12, None), (12, 7), (None, None), (None, None)]


def test_a_withheld_count_is_told_to_be_unlikely_but_not_how_unlikely() -> None:
    far, near = published([tally(1, 100, 2), tally(2, 8, 3)])
    assert (far.shown, far.p_value, far.p_below, far.fewer) == (None, None, 0.001, True)
    assert (near.shown, near.p_value, near.p_below) == (None, None, None)
    few = published([tally(1, 3, 0), tally(2, 3, 3)])[0]
    assert (few.eligible, few.expected, few.p_value, few.p_below) == (None, None, None, None)
