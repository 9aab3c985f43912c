"""A process that is killed in the middle of redeeming, or of closing a month, loses nothing and doubles nothing.

`make test` kills some; `KILLS=200` (`make soak`) kills many.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text

from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.period import month_of
from registry.shared.settings import Keys
from registry.vouchers.offline.finishing import finish_left
from tests.builders import NOW, TODAY, World, build_world
from tests.kills.victims import Run, Victims, victims
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_offline import Devices

KILLS: Final = int(os.environ.get("KILLS", "12"))
LINES: Final = 60


@pytest.fixture
def killed() -> Iterator[Victims]:
    with victims() as running:
        yield running


def job(world: World, role: Role, url: str, **more: Any) -> dict[str, Any]:
    actor = world.provider_actor() if role is Role.PROVIDER_USER else world[role]
    provider = actor.sight.provider
    return {
        "url": url, "organiser": str(world.organiser_id), "provider": str(provider) if provider else None,
        "account": str(actor.id), "role": str(role), "now": NOW.isoformat(), "day": TODAY.isoformat(),
    } | more  # fmt: skip


def _soon(whole: float, said: int) -> float:
    """How long at most until it is killed: once it has begun to answer, at once, for a machine that is quicker now than
    when it was measured would else be done."""
    return whole / 40 if said else whole / 2


async def redemptions(database: Database, world: World, voucher_id: UUID) -> dict[str, str]:
    """What is in the books of a voucher: key → redemption."""
    async with database.transaction(world.sight) as session:
        rows = await session.execute(
            text(
                "SELECT i.key, r.id::text FROM redemption r JOIN idempotency_record i ON i.response->>'id' = r.id::text"
                " WHERE r.voucher_id = :voucher"
            ),
            {"voucher": voucher_id},
        )
        kept = {row[0]: row[1] for row in rows}
        count = await session.scalar(
            text("SELECT count(*) FROM redemption WHERE voucher_id = :voucher"), {"voucher": voucher_id}
        )
    assert count == len(kept), "each redemption has the one key that made it"
    return kept


async def test_batches_of_redemptions_killed_anywhere(
    database: Database, app_url: str, keys: Keys, killed: Victims
) -> None:
    whole, in_the_middle = 0.0, 0
    for round_ in range(KILLS + 1):
        steps = Steps(database, await build_world(database, code=f"alue-{round_}"), keys)
        voucher_id, shown = await steps.opened()
        work = job(
            steps.world, Role.PROVIDER_USER, app_url, do="redeem", presentation=str(shown),
            keys=[f"r{round_}-{n}" for n in range(LINES)],
        )  # fmt: skip
        if round_:
            said = random.randrange(1, LINES - 12) if round_ % 3 else 0
            first: Run = await asyncio.to_thread(
                killed.run, work, kill_after=random.uniform(0, _soon(whole, said)), once_said=said
            )
            in_the_middle += 0 < len(first.said) < LINES
            kept = await redemptions(database, steps.world, voucher_id)
            assert first.said.items() <= kept.items(), "every yes is in the books"
        else:
            first = Run()
        again: Run = await asyncio.to_thread(killed.run, work)  # whoever restarts sends all of it once more
        whole = whole or again.seconds
        assert again.status == 0
        assert first.said.items() <= again.said.items(), "answered as the first time"
        assert await redemptions(database, steps.world, voucher_id) == again.said
        assert len(again.said) == LINES
        assert (await steps.voucher(voucher_id)).captured_cents == LINES * 6_00
        assert await steps.unfit() == []
    assert in_the_middle, "no process was killed in the middle"


_STATED: Final = text("""
SELECT count(*) AS lines, count(DISTINCT l.redemption_id) AS redemptions,
  coalesce(sum(l.amount_cents), 0)::bigint AS cents,
  (SELECT count(*) FROM month_close) AS closes, (SELECT count(*) FROM statement) AS statements,
  (SELECT coalesce(sum(total_cents), 0)::bigint FROM statement) AS stated
FROM statement_line l
""")


async def test_what_a_device_sends_killed_anywhere(
    database: Database, app_url: str, keys: Keys, killed: Victims
) -> None:
    whole, in_the_middle = 0.0, 0
    for round_ in range(KILLS + 1):
        devices = Devices(database, await build_world(database, code=f"alue-{round_}"), keys)
        phone = await devices.device()
        voucher_id = await devices.chosen()
        number, _ = await devices.code(voucher_id)
        await devices.present(voucher_id)
        work = job(
            devices.world, Role.PROVIDER_USER, app_url, do="offline", device=str(phone), number=number,
            keys=[str(uuid7()) for _ in range(21)],
        )  # fmt: skip
        first = Run()
        if round_:
            said = random.choice((1, 8)) if round_ % 3 else 0
            first = await asyncio.to_thread(
                killed.run, work, kill_after=random.uniform(0, _soon(whole, said)), once_said=said
            )
            assert first.said.items() <= (await recorded(devices, voucher_id)).items(), (
                "every yes is in the books"
            )
        in_the_middle += 0 < len(first.said) < 21
        devices.now = NOW + timedelta(minutes=6)
        worker = system(
            devices.world.organiser_id
        )  # as the worker does, whether or not the device asks again
        await finish_left(database, actor=worker, now=devices.now, digest_key=keys.field_digest)
        again = await asyncio.to_thread(killed.run, work)  # the device asks again
        whole = whole or again.seconds
        assert again.status == 0
        assert first.said.items() <= again.said.items()
        assert again.said == await recorded(devices, voucher_id)
        assert len(again.said) == 21
        assert {row.state for row in await devices.sent()} == {"recorded"}
        assert await devices.unfit() == []
        assert await devices.open_cases() == []
    assert in_the_middle, "no process was killed in the middle"


async def recorded(devices: Devices, voucher_id: UUID) -> dict[str, str]:
    """The redemptions of a voucher by the id that the device made; each has one, and each visit one redemption."""
    query = text(
        "SELECT coalesce(o.line_id::text, r.id::text), r.id::text FROM redemption r"
        " LEFT JOIN idempotency_record i ON i.response->>'id' = r.id::text"
        " LEFT JOIN offline_visit o ON i.key LIKE 'offline:' || o.line_id || ':%' WHERE r.voucher_id = :voucher"
    )
    async with devices.database.transaction(devices.world.sight) as session:
        rows = (await session.execute(query, {"voucher": voucher_id})).all()
    found = {row[0]: row[1] for row in rows}
    assert len(found) == len(rows)
    return found


async def test_closing_a_month_killed_anywhere(
    database: Database, app_url: str, keys: Keys, killed: Victims
) -> None:
    whole, before, after = 0.05, 0, 0
    kills, worlds = 0, 0
    while kills < KILLS:
        worlds += 1
        world = await build_world(database, code=f"alue-{worlds}")
        steps = Steps(database, world, keys)
        _, shown = await steps.opened()
        drawn = job(world, Role.PROVIDER_USER, app_url, do="redeem", presentation=str(shown),
                    keys=[f"m-{n}" for n in range(LINES)])  # fmt: skip
        assert (await asyncio.to_thread(killed.run, drawn)).status == 0
        work = job(
            world, Role.FINANCE_OFFICER, app_url, do="close", now=(NOW + timedelta(days=32)).isoformat(),
            day=month_of(TODAY).isoformat(),
        )  # fmt: skip
        for _ in range(4):  # until one of them comes through
            run: Run = await asyncio.to_thread(killed.run, work, kill_after=random.uniform(0, 1.2 * whole))
            async with database.transaction(world.sight) as session:
                stated = (await session.execute(_STATED)).one()
            assert (stated.lines, stated.closes) in ((0, 0), (LINES, 1)), "all of the month or nothing"
            assert not run.said or stated.closes, "what was answered is closed"
            if not run.killed:
                whole = run.seconds
                break
            kills += 1
            before, after = before + (not stated.closes), after + stated.closes
        for _ in range(2):  # taken up again, and once more
            again: Run = await asyncio.to_thread(killed.run, work)
            assert list(again.said.values()) == [str(LINES * 6_00)]
        async with database.transaction(world.sight) as session:
            stated = (await session.execute(_STATED)).one()
        assert tuple(stated) == (LINES, LINES, LINES * 6_00, 1, 1, LINES * 6_00)
        assert await steps.unfit() == []
    assert before, "no process was killed before its commit"
