"""Calls in flight together share a trip; none waits for company, and none pays for another."""

import asyncio
from collections.abc import Sequence

import pytest

from registry.shared.gathering import Gathering


class Trips:
    """What was carried together, each trip held until it is let go."""

    def __init__(self) -> None:
        self.taken: list[list[int]] = []
        self.let_go: list[asyncio.Event] = []
        self.set_out = asyncio.Condition()

    async def run(self, asked: Sequence[int]) -> Sequence[int | Exception]:
        self.taken.append(list(asked))
        gone = asyncio.Event()
        self.let_go.append(gone)
        async with self.set_out:
            self.set_out.notify_all()
        await gone.wait()
        if 13 in asked:
            raise OSError("the road is closed")
        return [ValueError("odd") if n % 2 else n * 10 for n in asked]

    async def underway(self, number: int) -> None:
        """Until this many trips have set out."""
        async with self.set_out:
            await self.set_out.wait_for(lambda: len(self.taken) >= number)


async def test_an_idle_one_sets_out_at_once_and_who_comes_meanwhile_goes_together() -> None:
    trips = Trips()
    gathering: Gathering[int, int] = Gathering(trips.run, most=3)
    first = asyncio.create_task(gathering.ask(2))
    await trips.underway(1)
    others = [asyncio.create_task(gathering.ask(n)) for n in (4, 6, 8, 10)]
    await asyncio.sleep(0)
    assert trips.taken == [[2]]
    trips.let_go[0].set()
    await trips.underway(2)
    trips.let_go[1].set()
    await trips.underway(3)
    trips.let_go[2].set()
    assert [await task for task in (first, *others)] == [20, 40, 60, 80, 100]
    assert trips.taken == [[2], [4, 6, 8], [10]]


async def test_an_error_is_only_its_own_and_a_broken_trip_everyones() -> None:
    trips = Trips()
    gathering: Gathering[int, int] = Gathering(trips.run, most=3, at_once=2)
    lone = asyncio.create_task(gathering.ask(1))
    await trips.underway(1)
    broken = asyncio.create_task(gathering.ask(13))
    await trips.underway(2)
    mixed = [asyncio.create_task(gathering.ask(n)) for n in (3, 4)]
    trips.let_go[0].set()
    await trips.underway(3)
    for event in trips.let_go:
        event.set()
    with pytest.raises(ValueError, match="odd"):
        await lone
    with pytest.raises(OSError, match="closed"):
        await broken
    with pytest.raises(ValueError, match="odd"):
        await mixed[0]
    assert await mixed[1] == 40
    assert await asyncio.wait_for(_asked(gathering, trips), 10) == 60


async def _asked(gathering: Gathering[int, int], trips: Trips) -> int:
    """After a broken trip the next one sets out as ever."""
    number = len(trips.taken)
    task = asyncio.create_task(gathering.ask(6))
    await trips.underway(number + 1)
    trips.let_go[-1].set()
    return await task


async def test_who_hangs_up_disturbs_nobody() -> None:
    trips = Trips()
    gathering: Gathering[int, int] = Gathering(trips.run, most=3)
    first = asyncio.create_task(gathering.ask(2))
    await trips.underway(1)
    gone, stays = (asyncio.create_task(gathering.ask(n)) for n in (4, 6))
    await asyncio.sleep(0)
    gone.cancel()
    trips.let_go[0].set()
    await trips.underway(2)
    trips.let_go[1].set()
    assert (await first, await stays) == (20, 60)
    assert trips.taken == [[2], [4, 6]]


async def test_a_second_trip_waits_for_the_patience_with_the_first_and_no_longer() -> None:
    trips = Trips()
    patient: Gathering[int, int] = Gathering(trips.run, most=3, at_once=2, patience=3_600)
    asked = [asyncio.create_task(patient.ask(2))]
    await trips.underway(1)
    asked += [asyncio.create_task(patient.ask(n)) for n in (4, 6)]
    await asyncio.sleep(0)
    assert trips.taken == [[2]]
    trips.let_go[0].set()
    await trips.underway(2)
    assert trips.taken == [[2], [4, 6]]
    trips.let_go[1].set()
    assert [await task for task in asked] == [20, 40, 60]

    trips = Trips()
    impatient: Gathering[int, int] = Gathering(trips.run, most=3, at_once=2, patience=0.001)
    held_up = asyncio.create_task(impatient.ask(2))
    await trips.underway(1)
    other = asyncio.create_task(impatient.ask(4))
    await trips.underway(2)  # while the first is still under way
    trips.let_go[1].set()
    assert await other == 40
    trips.let_go[0].set()
    assert await held_up == 20
