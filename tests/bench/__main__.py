"""`make bench`: every figure the median of five interleaved rounds, ratios first.

The machine is noisy and shared, so a rate says little by itself: what counts is its share of a ceiling that was
measured in the same round. (a) pgbench with the raw SQL of one redemption, (b) the same server answering a constant.
"""

import argparse
import asyncio
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import orjson
import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.people.commands import begin_session
from registry.shared import embedded
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.bench.money import STATEMENTS, money_costs
from tests.bench.pages import page_costs
from tests.bench.register import register_costs
from tests.bench.release import release_costs
from tests.bench.size import LARGE, SETTINGS, size_costs
from tests.bench.world import Bench, add_clients, build_bench, grant_many
from tests.builders import NOW, TODAY

VOUCHERS, PROVIDERS, BATCH, CLIENTS = 10_000, 10_000, 20_000, 32


@dataclass
class Figures:
    """Measured values by name, one per round."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.rounds.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, ceiling: str) -> float:
        """Median of the rounds' own ratios: both sides met the same weather."""
        return statistics.median(a / b for a, b in zip(self.rounds[name], self.rounds[ceiling], strict=True))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PEAKS: list[float] = []
"""MiB of memory that each measured server had at most."""


def _peak_mib(process: psutil.Process) -> float:
    """The most resident memory that a process ever had, where the system tells it; else what it has now."""
    try:
        told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        return int(told.group(1)) / 1024 if told else process.memory_info().rss / 1024**2
    except (OSError, psutil.Error):
        return 0.0


@contextmanager
def _server(url: str) -> Iterator[int]:
    port = _free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.server", url, str(port)])
    measured = psutil.Process(process.pid)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        PEAKS.append(_peak_mib(measured))
        process.terminate()
        process.wait(10)


def _load(
    port: int, requests: list[dict[str, Any]], *, callers: int, seconds: float, run: str, **who: Any
) -> Any:
    job = {"port": port, "requests": requests, "callers": callers, "seconds": seconds, "run": run, **who}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"], input=orjson.dumps(job), capture_output=True, check=True
    )
    answer = orjson.loads(done.stdout)
    bad = {status: count for status, count in answer["statuses"].items() if not status.startswith("2")}
    if bad:
        raise SystemExit(f"unexpected answers: {bad} for {requests[0]['path']}")
    return answer


def _pgbench(server: embedded.EmbeddedServer, database: str, seconds: int) -> tuple[float, float]:
    """(rate, p99 in ms) of the raw SQL, prepared, at as many clients as the most callers. pgbench itself tells means
    only, so each transaction's time is read from its log."""
    url = server.owner_url(database)
    host, port = _host_and_port(url)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(server.pg_bin / "pgbench"), "-h", host, "-p", port, "-U", "postgres", "-n", "-M", "prepared",
             "-f", "tests/bench/redemption.sql", "-D", f"vouchers={VOUCHERS}", "-c", str(CLIENTS), "-j", "2",
             "-T", str(seconds), "--log", "--log-prefix", f"{folder}/log", database],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        # client, number, time in microseconds, …
        times = sorted(
            int(line.split()[2]) for log in Path(folder).glob("log*") for line in log.read_text().splitlines()
        )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    if rate is None or not times:
        raise SystemExit(f"pgbench said nothing usable: {done.stdout}{done.stderr}")
    return float(rate.group(1)), times[min(len(times) - 1, len(times) * 99 // 100)] / 1000


def _host_and_port(url: str) -> tuple[str, str]:
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    host = parts.host or str(parts.query.get("host", "127.0.0.1"))
    return host, str(parts.port or parts.query.get("port", 5432))


async def _prepare(server: embedded.EmbeddedServer, name: str) -> tuple[Bench, str]:
    server.ensure_database(name)
    await schema.migrate(server.owner_url(name))
    database = Database(server.app_url(name), pool_size=8)
    bench = await build_bench(database, vouchers=VOUCHERS, register=PROVIDERS)
    world = bench.world
    async with database.transaction() as session:
        cookie = await begin_session(session, role_grant_id=world.grants[Role.CLIENT], now=NOW, hours=8)
    await database.close()
    engine = create_async_engine(server.owner_url(name), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "CREATE TABLE bench AS SELECT row_number() OVER () AS n, voucher_id, id AS presentation_id"
                " FROM presentation"
            )
        )
        await connection.execute(text("CREATE UNIQUE INDEX ON bench (n)"))
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()
    return bench, cookie


async def _grant_batch(url: str, bench: Bench) -> float:
    """Vouchers granted per second in one batch, clients made beforehand."""
    database = Database(url, pool_size=2)
    try:
        clients = await add_clients(database, bench.world, BATCH)
        began = time.perf_counter()
        await grant_many(database, bench.world, clients)
        return BATCH / (time.perf_counter() - began)
    finally:
        await database.close()


def _redemptions(bench: Bench) -> list[dict[str, Any]]:
    return [
        {
            "path": "/api/v1/redemptions",
            "body": {
                "presentation": presentation, "units": 100, "unit_price_cents": 100,
                "service_date": TODAY.isoformat(), "reserve": False,
            },
        }
        for presentation in bench.presentations
    ]  # fmt: skip


BATCHES: dict[str, Any] = {"path": "/api/v1/redemption-batches", "lines": 500}
SEARCHES = ["uraohjaus", "valm oulu", "koivu", "taiga pol", "aurinko", "ääni", "oy", "kaarna akatemia"]


def _round(figures: Figures, server: embedded.EmbeddedServer, name: str, port: int, bench: Bench, cookie: str,
           number: int, seconds: float) -> None:  # fmt: skip
    rate, p99 = _pgbench(server, name, max(2, round(seconds)))
    figures.add("a", rate)
    figures.add("a p99", p99)
    jobs: list[tuple[str, list[dict[str, Any]], int, dict[str, Any]]] = [
        ("b", [{"path": "/healthz"}], CLIENTS, {}),
        *((f"c{n}", _redemptions(bench), n, {"token": bench.provider_token}) for n in (1, 8, 32)),
        ("h", _redemptions(bench), 4, {"token": bench.provider_token, **BATCHES}),
        ("d", [{"path": bench.compare_path}], 8, {"cookie": f"registry_session={cookie}"}),
        ("e", [{"path": f"/providers?q={quote_plus(word)}"} for word in SEARCHES], 8, {}),
    ]
    for label, requests, callers, who in jobs:
        answer = _load(port, requests, callers=callers, seconds=seconds, run=f"r{number}-{label}", **who)
        if "lines" in who:
            answer["rate"] *= who["lines"]
        for kind in ("rate", "p50", "p99"):
            figures.add(label if kind == "rate" else f"{label} {kind}", answer[kind])
    figures.add("f", asyncio.run(_grant_batch(server.app_url(name), bench)))
    print(f"round {number} done", file=sys.stderr)


def report(figures: Figures, rounds: int) -> list[str]:
    """The table, ratios first."""
    lines = [
        f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()};"
        f" medians of {rounds} interleaved rounds",
        f"(a) pgbench, raw SQL of one redemption, {CLIENTS} clients: {figures.median('a'):.0f}/s,"
        f" p99 {figures.median('a p99'):.1f} ms",
        f"(b) the server answering a constant, {CLIENTS} callers: {figures.median('b'):.0f}/s",
    ]
    for n in (1, 8, 32):
        label = f"c{n}"
        lines.append(
            f"(c) redemptions over HTTP, {n:>2} callers: {figures.ratio(label, 'a'):6.1%} of (a),"
            f" {figures.ratio(label, 'b'):6.1%} of (b); {figures.median(label):.0f}/s,"
            f" p50 {figures.median(f'{label} p50'):.1f} ms, p99 {figures.median(f'{label} p99'):.1f} ms"
        )
        if n == CLIENTS:
            lines[-1] += f" = {figures.ratio(f'{label} p99', 'a p99'):.1f} × that of (a)"
    for label, what in (("d", "compare page"), ("e", f"register search over {PROVIDERS:,} providers")):
        p50, p99 = figures.median(f"{label} p50"), figures.median(f"{label} p99")
        lines.append(
            f"({label}) {what}, 8 callers: p99 = {figures.ratio(f'{label} p99', f'{label} p50'):.1f} × p50;"
            f" {figures.ratio(label, 'b'):.1%} of (b); {figures.median(label):.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        )
    lines.append(
        f"(h) batches of {BATCHES['lines']} redemptions, 4 callers: {figures.ratio('h', 'a'):.0%} of (a) in lines;"
        f" {figures.median('h'):.0f} lines/s, p99 {figures.median('h p99'):.0f} ms a batch"
    )
    lines.append(
        f"(f) batch grant of {BATCH:,}: {figures.ratio('f', 'a'):.0%} of (a) in rows; {figures.median('f'):.0f}/s"
    )
    return lines


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    arguments.add_argument(
        "--only",
        choices=["calls", "money", "register", "release", "size"],
        help="one part instead of all; `size`, with its ten million vouchers, runs only so",
    )
    arguments.add_argument(
        "--statements", type=int, default=STATEMENTS, help="of the month that is reconciled"
    )
    arguments.add_argument(
        "--vouchers", type=int, default=LARGE, help="of the large database of `--only size`"
    )
    given = arguments.parse_args()
    name = f"bench_{os.getpid()}"
    large = SETTINGS if given.only in ("size", "money") else None
    with embedded.start_temporary("bench", settings=large) as server:
        if given.only in (None, "calls"):
            print("\n".join(_calls(server, name, given.rounds, given.seconds)))
        if given.only in (None, "register"):
            costs = register_costs(
                server, f"{name}_r", rounds=given.rounds, seconds=given.seconds, serve=_server, load=_load
            )
            print("\n".join(costs))
        if given.only == "size":
            costs = size_costs(
                server, f"{name}_n", rounds=given.rounds, seconds=given.seconds, serve=_server, load=_load,
                large=given.vouchers,
            )  # fmt: skip
            print("\n".join(costs))
        if given.only in (None, "release"):
            print("\n".join(asyncio.run(release_costs(server, f"{name}_release"))))
        if given.only in (None, "money"):
            print("\n".join(asyncio.run(money_costs(server, f"{name}_m", statements=given.statements))))


def _calls(server: embedded.EmbeddedServer, name: str, rounds: int, seconds: float) -> list[str]:
    """Everything that is called over HTTP, beside its ceilings."""
    bench, cookie = asyncio.run(_prepare(server, name))
    figures = Figures()
    with _server(server.app_url(name)) as port:
        _load(port, _redemptions(bench)[:50], callers=4, seconds=1, run="warm", token=bench.provider_token)
        for number in range(1, rounds + 1):
            _round(figures, server, name, port, bench, cookie, number, seconds)
    memory = f"memory of the web worker through all of it: at most {PEAKS[-1]:.0f} MiB"
    return [*report(figures, rounds), memory, *asyncio.run(page_costs(server.app_url(name), bench))]


if __name__ == "__main__":
    main()
