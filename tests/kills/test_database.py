"""PostgreSQL is killed under redemption load: every answer that said yes is in the books after recovery."""

import asyncio
import secrets
from typing import Final

import psutil
from sqlalchemy import text

from registry import schema
from registry.shared import embedded
from registry.shared.cluster import home_of
from registry.shared.database import Database
from registry.shared.idempotency import Replay, field_digests
from registry.shared.settings import Keys
from registry.vouchers.redemption.commands import Call, redeem_once
from registry.vouchers.redemption.writing import RedemptionLine
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

CALLERS: Final = 6
YES_BEFORE: Final = 120
"""So many answers, and then the server dies, with calls of every caller in flight."""
_BOOKED: Final = text("""
SELECT r.id::text FROM redemption r
JOIN transfer t ON t.reference_id = r.id AND t.amount_cents = r.value_cents
JOIN audit_event e ON e.subject_id = r.id AND e.action = 'redemption.captured'
JOIN idempotency_record i ON i.response->>'id' = r.id::text
""")


def kill_server(server: embedded.EmbeddedServer) -> None:
    """As a power cut would: the postmaster and every process of it, without a word."""
    pid_file = home_of(server.data_folder) / "cluster" / "postmaster.pid"
    postmaster = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)


def calls_of(steps: Steps, presentations: list[str]) -> list[list[Call]]:
    """A hundred calls for each caller on a voucher of its own."""
    made = []
    for n, shown in enumerate(presentations):
        fields = field_digests("kill", {"presentation": str(shown)}, b"a key of the tests, 32 bytes long")
        line = RedemptionLine(shown, 10, 60_00, TODAY)  # type: ignore[arg-type]
        made.append([Call(steps.world.provider_actor(), f"{n}-{i}", fields, line) for i in range(100)])
    return made


async def test_every_yes_survives_the_server(keys: Keys) -> None:
    folder = embedded.temporary_folder(f"kill-{secrets.token_hex(6)}")
    server = embedded.start_temporary(folder.name.removeprefix(f"{embedded.temporary_folder('').name}"))
    try:
        await asyncio.to_thread(server.ensure_database, "kills")
        await schema.migrate(server.owner_url("kills"))
        database = Database(server.app_url("kills"), pool_size=CALLERS)
        steps = Steps(database, await build_world(database), keys)
        calls = calls_of(steps, [(await steps.opened())[1] for _ in range(CALLERS)])  # type: ignore[misc]
        yes: dict[str, str] = {}
        died = asyncio.Event()

        async def caller(mine: list[Call]) -> None:
            for start in range(0, len(mine), 3):
                together = mine[start : start + 3]
                outcomes = await redeem_once(database, calls=together, now=NOW)
                for call, outcome in zip(together, outcomes, strict=True):
                    if not isinstance(outcome, Replay):
                        return
                    yes[call.key] = outcome.response["id"]
                if len(yes) >= YES_BEFORE and not died.is_set():
                    died.set()
                    await asyncio.to_thread(kill_server, server)

        await asyncio.gather(*(caller(mine) for mine in calls))
        assert died.is_set()
        assert len(yes) < CALLERS * 100, "the server died after the last call"
        await database.close()
        with embedded.start(server.data_folder) as recovered:
            database = Database(recovered.app_url("kills"), pool_size=CALLERS)
            steps.database = database
            async with database.transaction(steps.world.sight) as session:
                booked = set(await session.scalars(_BOOKED))
            assert set(yes.values()) <= booked
            assert await steps.unfit() == []
            for mine in calls:  # each sends all of its calls again
                for call, outcome in zip(mine, await redeem_once(database, calls=mine, now=NOW), strict=True):
                    assert isinstance(outcome, Replay)
                    assert yes.get(call.key, outcome.response["id"]) == outcome.response["id"]
            async with database.transaction(steps.world.sight) as session:
                count = await session.scalar(text("SELECT count(*) FROM redemption"))
            assert count == CALLERS * 100
            assert await steps.unfit() == []
            await database.close()
    finally:
        server.stop()
