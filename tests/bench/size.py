"""(n) What ten million vouchers cost against a hundred thousand: single redemptions and batches on vouchers picked at
random, each at both sizes in the same round. The aims are 85 % and 60 % of the smaller database's rate.

Vouchers, picks and presentations are copies of one that was really made, written by SQL; the building takes some
minutes and about ten gigabytes of disk, so this part runs only when it is asked for by name.
"""

import asyncio
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from registry import schema
from registry.shared import embedded
from registry.shared.database import Database
from tests.bench.world import Bench, build_bench
from tests.builders import TODAY

SETTINGS: Final = {
    "shared_buffers": f"{psutil.virtual_memory().total // 2 // 1024**2}MB",
    "max_wal_size": "32GB",
    "checkpoint_timeout": "1h",
}
"""What a server with ten gigabytes of data is given, for both sizes: room for what is read, and rare checkpoints, for
after each of them the first redemption on a page writes the page whole. None of them touches durability; recovery takes
longer. Compressing those pages cost more than it saved (the embedded server has only pglz)."""
SMALL, LARGE, SAMPLE = 100_000, 10_000_000, 40_000
AIMS: Final = {"single": 0.85, "batch": 0.60}
CALLED: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "single": (32, {}),
    "batch": (4, {"path": "/api/v1/redemption-batches", "lines": 500}),
}
COPIED: Final = ("voucher", "assignment", "presentation")


def size_costs(
    server: embedded.EmbeddedServer,
    name: str,
    *,
    rounds: int,
    seconds: float,
    serve: Callable[[str], Any],
    load: Callable[..., Any],
    large: int = LARGE,
) -> list[str]:
    """A line for each kind of call: the large database's share of the small one's rate."""
    shares: dict[str, list[float]] = {}
    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as servers:
        held: dict[int, tuple[int, Bench]] = {}
        for count in (SMALL, large):
            bench = asyncio.run(prepare(server, f"{name}_{count}", count))
            held[count] = servers.enter_context(serve(server.app_url(f"{name}_{count}"))), bench
        for number in range(rounds):
            for kind, (callers, how) in CALLED.items():
                measured = {}
                for count in (SMALL, large) if number % 2 else (large, SMALL):
                    port, bench = held[count]
                    shown = asyncio.run(_shown(server, f"{name}_{count}", count))
                    who = {"token": bench.provider_token, **how}
                    load(
                        port, _redemptions(shown[:500]), callers=callers, seconds=0.5, run=f"w{number}", **who
                    )
                    answer = load(
                        port, _redemptions(shown), callers=callers, seconds=seconds, run=f"r{number}", **who
                    )
                    measured[count] = answer["rate"] * how.get("lines", 1)
                    rates.setdefault((kind, count), []).append(measured[count])
                shares.setdefault(kind, []).append(measured[large] / measured[SMALL])
    lines = ["", f"(n) {large:,} vouchers against {SMALL:,}, same rounds:"]
    for kind, found in shares.items():
        few, many = (statistics.median(rates[kind, count]) for count in (SMALL, large))
        lines.append(
            f"    {kind:<7} {statistics.median(found):6.1%} of its rate (at least {AIMS[kind]:.0%});"
            f" {many:.0f} lines/s of {few:.0f}"
        )
    return lines


async def prepare(server: embedded.EmbeddedServer, name: str, count: int) -> Bench:
    """A database whose one provider was shown so many vouchers."""
    server.ensure_database(name)
    await schema.migrate(server.owner_url(name))
    database = Database(server.app_url(name), pool_size=2)
    try:
        bench = await build_bench(database, vouchers=1, register=1)
    finally:
        await database.close()
    engine = create_async_engine(server.owner_url(name))
    async with engine.begin() as connection:
        await _copy(connection, count)
    await engine.dispose()
    settled = create_async_engine(server.owner_url(name), isolation_level="AUTOCOMMIT")
    async with settled.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE voucher, assignment, presentation"))
        await _warm(connection)
        await connection.execute(text("CHECKPOINT"))
    await settled.dispose()
    return bench


async def _warm(connection: AsyncConnection) -> None:
    """Everything that redemptions read comes into the server's memory, by its indexes: a sequential scan of a large table
    leaves nothing there. What is measured is a server that has been at work, not one that was just started."""
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"):
        await connection.execute(text(f"SET {setting} = off"))
    indexes = await connection.execute(
        text(
            "SELECT indrelid::regclass::text AS of, (SELECT string_agg(attname, ', ' ORDER BY attnum)"
            " FROM pg_attribute WHERE attrelid = indexrelid) AS by FROM pg_index"
            " WHERE indrelid = ANY (CAST(:tables AS regclass[])) AND indpred IS NULL AND indexprs IS NULL"
        ),
        {"tables": list(COPIED)},
    )
    for index in indexes.all():
        await connection.execute(
            text(
                f"SELECT count(*) FROM (SELECT {index.by} FROM {index.of} ORDER BY {index.by} OFFSET 0) read"
            )
        )
    for table in COPIED:
        await connection.execute(
            text(f"SELECT count(organiser_id) FROM (SELECT * FROM {table} ORDER BY id OFFSET 0) read")
        )


async def _copy(connection: AsyncConnection, count: int) -> None:
    """Copies of the one voucher that was shown, without their secondary indexes, which are made afterwards at once."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    indexes = (
        await connection.execute(
            text(
                "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index"
                " WHERE indrelid = ANY (CAST(:tables AS regclass[])) AND NOT EXISTS ("
                "SELECT FROM pg_constraint WHERE conindid = indexrelid)"
            ),
            {"tables": list(COPIED)},
        )
    ).all()
    for index in indexes:
        await connection.execute(text(f"DROP INDEX {index.name}"))
    await connection.execute(
        text(
            "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT n, uuidv7() AS voucher, uuidv7() AS assignment,"
            f" uuidv7() AS presentation FROM generate_series(1, {int(count)}) n"
        )
    )
    changed = {
        "voucher": {"id": "made.voucher", "number": "'N' || made.n", "assignment_id": "made.assignment"},
        "assignment": {"id": "made.assignment", "voucher_id": "made.voucher"},
        "presentation": {
            "id": "made.presentation", "voucher_id": "made.voucher", "assignment_id": "made.assignment",
        },
    }  # fmt: skip
    pattern = "SELECT id, voucher_id, assignment_id FROM presentation LIMIT 1"
    first = (await connection.execute(text(pattern))).one()
    ids = {"voucher": first.voucher_id, "assignment": first.assignment_id, "presentation": first.id}
    for table in COPIED:
        columns = list(
            await connection.scalars(
                text(
                    "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0"
                    " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
                ),
                {"table": table},
            )
        )
        values = ", ".join(changed[table].get(column, f"one.{column}") for column in columns)
        await connection.execute(
            text(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} one, made"
                " WHERE one.id = :id ORDER BY made.n"
            ),
            {"id": ids[table]},
        )
    for index in indexes:
        await connection.execute(text(index.made))


async def _shown(server: embedded.EmbeddedServer, name: str, count: int) -> list[str]:
    """Presentations picked at random, others each time."""
    engine = create_async_engine(server.owner_url(name))
    async with engine.connect() as connection:
        percent = min(100.0, 110.0 * SAMPLE / count)
        found = await connection.scalars(
            text(f"SELECT id::text FROM presentation TABLESAMPLE BERNOULLI ({percent}) ORDER BY random()")
        )
        shown = list(found)[:SAMPLE]
    await engine.dispose()
    return shown


def _redemptions(shown: list[str]) -> list[dict[str, Any]]:
    body = {"units": 100, "unit_price_cents": 100, "service_date": TODAY.isoformat(), "reserve": False}
    return [{"path": "/api/v1/redemptions", "body": {"presentation": one, **body}} for one in shown]
