"""Races on real connections: everyone acts at once, and each has its own transaction."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from datetime import timedelta

import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import DomainError
from registry.shared.settings import Keys
from tests.builders import NOW, add_client, build_world, widen
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def outcomes(attempts: Iterable[Awaitable[object]]) -> Counter[str]:
    """How often each attempt ended how: `done`, or the code that it was refused with."""

    async def one(attempt: Awaitable[object]) -> str:
        try:
            await attempt
        except DomainError as error:
            return error.code
        return "done"

    return Counter(await asyncio.gather(*(one(attempt) for attempt in attempts)))


async def test_sixteen_redemptions_of_a_voucher_that_covers_five(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened(units=5_00)
    counted = await outcomes(steps.redeem(presentation_id, 1_00) for _ in range(16))
    assert counted["done"] == 5
    assert set(counted) <= {"done", "voucher.used_up", "redemption.too_few_units"}
    assert (await steps.voucher(voucher_id)).captured_cents == 300_00
    assert await steps.unfit() == []


async def test_two_captures_of_one_reservation(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, 2_00, reserve=True)
    counted = await outcomes(steps.capture(held.id) for _ in range(4))
    assert counted == {"done": 1, "redemption.captured": 3}
    assert (await steps.voucher(voucher_id)).captured_cents == 120_00


async def test_capture_against_release_and_two_reversals(steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, 2_00, reserve=True)
    counted = await outcomes([steps.capture(held.id), steps.release(held.id)])
    assert counted["done"] == 1
    charged = await steps.redeem(presentation_id)
    assert (await outcomes(steps.reverse(charged.id) for _ in range(4)))["done"] == 1
    assert await steps.unfit() == []


async def test_redeem_against_expire(steps: Steps) -> None:
    for _ in range(5):
        steps.now = NOW
        voucher_id, presentation_id = await steps.opened()
        expiring = Steps(steps.database, steps.world, steps.keys, now=NOW + timedelta(days=92))
        await outcomes([steps.redeem(presentation_id), expiring.tick(), steps.redeem(presentation_id)])
        await expiring.tick()
        voucher = await steps.voucher(voucher_id)
        assert voucher.state == "expired"
        assert voucher.captured_cents + voucher.returned_cents == 600_00
    assert await steps.unfit() == []


async def test_choose_against_refuse(steps: Steps) -> None:
    for _ in range(5):
        voucher_id = await steps.grant()
        counted = await outcomes([steps.choose(voucher_id), steps.refuse(voucher_id)])
        assert (await steps.voucher(voucher_id)).state == "refused"
        assert counted["done"] in (1, 2)
    assert (await steps.line()).granted_cents == 0
    assert await steps.unfit() == []


async def test_the_last_free_place_chosen_twice(database: Database, keys: Keys) -> None:
    world = await build_world(database, providers=0)
    from tests.builders import add_provider

    async with database.transaction() as session:
        await widen(session, world.organiser_id)
        await add_provider(session, world, places=1)
        clients = [await add_client(session, world, name=f"Asiakas {i}") for i in range(6)]
    steps = Steps(database, world, keys)
    vouchers = [await steps.grant(client_id=client_id) for client_id in clients]
    counted = await outcomes(
        steps.choose(voucher_id, client_id=client_id)
        for voucher_id, client_id in zip(vouchers, clients, strict=True)
    )
    assert counted == {"done": 1, "choice.no_free_place": 5}
    assert await steps.unfit() == []


async def test_the_last_money_of_a_line_granted_twice(database: Database, keys: Keys) -> None:
    steps = Steps(database, await build_world(database, allocated_cents=1_500_00), keys)
    counted = await outcomes(steps.grant() for _ in range(8))
    assert counted == {"done": 2, "budget.short": 6}
    assert (await steps.line()).granted_cents == 1_200_00


async def test_a_like_voucher_granted_twice_at_once(steps: Steps) -> None:
    counted = await outcomes(steps.grant(despite_like=False) for _ in range(4))
    assert counted == {"done": 1, "grant.like_open": 3}


async def test_confirm_against_decline_against_change(steps: Steps) -> None:
    for _ in range(5):
        voucher_id = await steps.grant()
        assignment_id = await steps.choose(voucher_id)
        await outcomes(
            [steps.confirm(assignment_id), steps.decline(assignment_id), steps.choose(voucher_id, 1)]
        )
    assert await steps.unfit() == []


async def test_many_wrong_codes_at_once_do_not_pass_the_limit(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.confirm(await steps.choose(voucher_id))
    number, _ = await steps.code(voucher_id)
    answers = await asyncio.gather(*(steps.try_to_present(number, f"{i:016d}") for i in range(16)))
    codes = Counter(answer.code for answer in answers if not hasattr(answer, "bytes"))
    assert codes == {"presentation.wrong_code": 5, "presentation.too_many_attempts": 11}


async def test_two_workers_do_each_thing_once(steps: Steps) -> None:
    vouchers = [await steps.grant() for _ in range(12)]
    steps.now = NOW + timedelta(days=92)
    await asyncio.gather(*(steps.tick() for _ in range(4)))
    await steps.tick()
    for voucher_id in vouchers:
        assert (await steps.actions(voucher_id)).count("voucher.expired") == 1
    assert (await steps.line()).granted_cents == 0
    assert await steps.unfit() == []


async def test_choosing_everywhere_at_once_never_deadlocks(steps: Steps) -> None:
    client = steps.world[Role.CLIENT]
    assert client.sight.client is not None
    vouchers = [await steps.grant() for _ in range(6)]
    for _ in range(3):
        counted = await outcomes(
            steps.choose(voucher_id, (i + turn) % 3)
            for turn in range(3)
            for i, voucher_id in enumerate(vouchers)
        )
        assert set(counted) <= {"done", "choice.same_provider"}
    assert await steps.unfit() == []
