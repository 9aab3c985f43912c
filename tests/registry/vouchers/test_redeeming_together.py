"""Redemptions of many callers in one commit: each is answered as if it were alone."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry.shared.database import Database
from registry.shared.errors import Invalid
from registry.shared.idempotency import _ANSWERS, Replay, field_digests
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.redemption.commands import Call, Outcome, redeem_once
from registry.vouchers.redemption.writing import RedemptionLine
from tests.builders import NOW, TODAY, add_client, build_world
from tests.registry.vouchers.steps import Steps

KEY = b"a key for digests, of tests only"


@dataclass
class Together:
    """Two organisers, each with its own providers."""

    database: Database
    oulu: Steps
    turku: Steps

    def call(
        self, steps: Steps, presentation_id: UUID, *, units: int = 1_00, key: str = "", provider: int = 0
    ) -> Call:
        line = RedemptionLine(presentation_id, units, 60_00, TODAY)
        fields = field_digests("redemption", {"presentation": str(presentation_id), "units": units}, KEY)
        return Call(steps.world.provider_actor(provider), key or str(uuid7()), fields, line)

    async def opened_for_another(self, provider: int = 0) -> UUID:
        """The presentation of a voucher of a new client in Oulu."""
        world = self.oulu.world
        async with self.database.transaction(world.sight) as session:
            client_id = await add_client(session, world)
        return (await self.oulu.opened(provider, client_id=client_id))[1]

    async def redeem(self, *calls: Call) -> list[Outcome]:
        return await redeem_once(self.database, calls=calls, now=NOW)

    async def unfit(self) -> list[str]:
        return [*await self.oulu.unfit(), *await self.turku.unfit()]


@pytest.fixture
async def together(database: Database, keys: Keys) -> Together:
    oulu = Steps(database, await build_world(database), keys)
    return Together(database, oulu, Steps(database, await build_world(database, code="turku"), keys))


def said(outcome: Outcome) -> str:
    """`done`, the code of the refusal, or the field that is not as it was."""
    if isinstance(outcome, Replay):
        return "done" if outcome.status == 200 else str(outcome.response["code"])
    assert isinstance(outcome, Invalid), outcome
    return next(iter(outcome.errors), outcome.code)


async def test_providers_of_two_organisers_share_a_commit_and_see_only_their_own(together: Together) -> None:
    _, in_oulu = await together.oulu.opened()
    of_another = await together.opened_for_another(provider=1)
    _, in_turku = await together.turku.opened()
    answers = await together.redeem(
        together.call(together.oulu, in_oulu),
        together.call(together.turku, in_turku, units=2_00),
        together.call(together.oulu, of_another, provider=0),  # its neighbour's, whose rows this commit sees
        together.call(together.turku, in_oulu),
        together.call(together.oulu, of_another, provider=1),
        together.call(together.oulu, uuid7()),
        together.call(together.oulu, in_oulu, units=11_00),
    )
    unknown = "presentation.unknown"
    assert [said(answer) for answer in answers] == [
        "done", "done", unknown, unknown, "done", unknown, "redemption.too_few_units",
    ]  # fmt: skip
    assert await together.unfit() == []
    async with together.database.transaction(together.oulu.world.sight) as session:
        acted = await session.execute(
            text("SELECT actor_id, organiser_id FROM audit_event WHERE action = 'redemption.captured'")
        )
        found = set(acted.all())
    world = together.oulu.world
    assert found == {(world.provider_actor(n).id, world.organiser_id) for n in (0, 1)}


async def test_a_voucher_that_covers_five_of_sixteen_in_one_commit(together: Together) -> None:
    voucher_id, presentation_id = await together.oulu.opened(units=5_00)
    answers = await together.redeem(*(together.call(together.oulu, presentation_id) for _ in range(16)))
    assert Counter(map(said, answers)) == {"done": 5, "voucher.used_up": 11}
    assert (await together.oulu.voucher(voucher_id)).captured_cents == 300_00
    assert await together.unfit() == []


async def test_a_key_is_carried_out_once_in_a_commit_and_after_it(together: Together) -> None:
    voucher_id, presentation_id = await together.oulu.opened()
    same = together.call(together.oulu, presentation_id, key="same")
    other = together.call(together.oulu, presentation_id, key="same", units=2_00)
    first, again, differs = await together.redeem(same, same, other)
    assert (said(first), said(differs)) == ("done", "units")
    assert first == again
    assert await together.redeem(same) == [first]
    refused = together.call(together.oulu, presentation_id, key="too much", units=11_00)
    assert await together.redeem(refused, refused) == await together.redeem(refused) * 2
    assert (await together.oulu.voucher(voucher_id)).captured_cents == 60_00


async def test_overlapping_batches_with_the_same_keys_neither_deadlock_nor_repeat(together: Together) -> None:
    opened = [await together.opened_for_another() for _ in range(6)]
    calls = [together.call(together.oulu, shown, key=f"k{n}") for n, shown in enumerate(opened)]
    batches = [calls, calls[::-1], calls[3:] + calls[:3], calls[1:5]]
    answers = await asyncio.gather(*(together.redeem(*batch) for batch in batches))
    by_key: dict[str, set[str]] = {}
    for batch, outcomes in zip(batches, answers, strict=True):
        for call, outcome in zip(batch, outcomes, strict=True):
            assert isinstance(outcome, Replay)
            by_key.setdefault(call.key, set()).add(str(outcome.response["id"]))
    assert [len(ids) for ids in by_key.values()] == [1] * 6
    assert await together.unfit() == []


async def test_one_that_the_database_refuses_fails_alone(together: Together) -> None:
    voucher_id, presentation_id = await together.oulu.opened()
    _, other_id = await together.turku.opened()
    broken = Call(
        together.oulu.world.provider_actor(),
        "broken",
        {"units": "\x00"},  # no text of PostgreSQL's, so that the commit with it cannot be written
        RedemptionLine(presentation_id, 1_00, 60_00, TODAY),
    )
    good, bad, also_good = await together.redeem(
        together.call(together.oulu, presentation_id), broken, together.call(together.turku, other_id)
    )
    assert (said(good), said(also_good)) == ("done", "done")
    assert isinstance(bad, Exception)
    assert (await together.oulu.voucher(voucher_id)).captured_cents == 60_00
    assert await together.unfit() == []


async def test_the_same_key_in_flight_for_two_vouchers(together: Together) -> None:
    """Neither waits for the other's voucher: the unique index lets one win, and the other learns what differs."""
    _, first = await together.oulu.opened()
    second = await together.opened_for_another()
    answers = await asyncio.gather(
        *(together.redeem(together.call(together.oulu, shown, key="one")) for shown in (first, second))
    )
    assert sorted(said(outcome) for (outcome,) in answers) == ["done", "presentation"]
    assert await together.unfit() == []


WRITTEN = {"redemption", "transfer", "audit_event", "outbox", "idempotency_record"}
"""What a redemption adds rows to."""
OWN = {"voucher", "presentation", "client"}
"""Rows of its own client that it changes, or holds for as long as it takes."""


async def _versions(owner_url: str) -> dict[str, list[tuple[str, str, str]]]:
    """Where each row of each table lies, who wrote it last and who locked it last."""
    engine = create_async_engine(owner_url)
    async with engine.connect() as connection:
        tables = (
            await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        ).all()
        found = {}
        for table in sorted({*tables} - WRITTEN - OWN):
            rows = await connection.execute(
                text(f"SELECT ctid::text, xmin::text, xmax::text FROM {table} ORDER BY ctid")
            )
            found[table] = [(row[0], row[1], row[2]) for row in rows]
    await engine.dispose()
    return found


async def test_no_row_is_touched_that_an_organiser_or_a_budget_shares(
    together: Together, owner_url: str
) -> None:
    _, shown = await together.oulu.opened()
    before = await _versions(owner_url)
    assert [said(each) for each in await together.redeem(together.call(together.oulu, shown))] == ["done"]
    assert await _versions(owner_url) == before


async def test_keys_are_looked_up_by_the_index_even_by_a_plan_that_was_made_while_there_were_none(
    together: Together, owner_url: str
) -> None:
    engine = create_async_engine(owner_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as owner:
        await owner.execute(text("VACUUM ANALYZE idempotency_record"))  # and so the planner knows it as empty
    await engine.dispose()
    async with together.database.direct(together.oulu.world.sight) as connection:
        await connection.execute(f"PREPARE keys AS {_ANSWERS}")
        rows = await connection.fetch("EXPLAIN EXECUTE keys (ARRAY[uuidv7()], ARRAY['a'])")
    assert any("Index Cond: ((actor_id = asked.actor_id) AND (key = asked.key))" in row[0] for row in rows)
