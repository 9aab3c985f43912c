"""A release at its full size: 1,000 providers × 20 services, a million outcomes of people whose intake facts are known.

The rows are made in the database, past the commands and without its triggers: what is measured is the release.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.providers.generated import load_generated
from registry.quality.intake.rules import AGES, AREA_BANDS, EDUCATIONS, LANGUAGES, MONTHS_BANDS
from registry.quality.outcomes.commands import ensure_categories
from registry.shared import embedded
from registry.shared.database import Database
from tests.builders import build_world

PROVIDERS, SERVICES, OUTCOMES = 1_000, 20, 1_000_000
MOST_SECONDS, MOST_BYTES = 60, 2**30


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, its own start included."""

    seconds: float
    peak_bytes: int

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, at most {self.peak_bytes / 2**20:,.0f} MiB"


_SERVICES = """
INSERT INTO service
SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'code', s.code || number))).*
FROM service s, generate_series(2, :services) AS number
"""
_ADMISSIONS = """
INSERT INTO admission
SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'service_id', s.id))).*
FROM admission a JOIN service s ON s.id <> a.service_id
"""
_CELLS = """
CREATE TEMP TABLE cell AS
SELECT row_number() OVER (ORDER BY s.id, p.id) - 1 AS number, s.organiser_id, s.id AS service_id, p.id AS provider_id,
       0.35 + 0.5 * random() AS level
FROM service s CROSS JOIN (SELECT DISTINCT provider_id AS id FROM admission) p
"""
_PEOPLE = """
CREATE TEMP TABLE person AS
SELECT c.*, gen_random_uuid() AS voucher_id, gen_random_uuid() AS client_id, random() AS luck
FROM generate_series(1, :people) AS number JOIN cell c ON c.number = number.number % (SELECT count(*) FROM cell)
"""
_INTAKE = """
INSERT INTO intake (voucher_id, organiser_id, service_id, client_id, recorded_at, months_unemployed, education, age,
                    language, area_unemployment)
SELECT voucher_id, organiser_id, service_id, client_id, now() - interval '900 days',
       {} FROM person
"""
_OUTCOMES = """
INSERT INTO outcome (id, organiser_id, service_id, provider_id, reference, voucher_id, client_id, month, category,
                     people, status_on, recorded_at)
SELECT gen_random_uuid(), organiser_id, service_id, provider_id, voucher_id::text, voucher_id, client_id, month,
       CASE WHEN luck < level THEN 'open_job' WHEN random() < 0.05 THEN 'unknown' ELSE 'none' END,
       1, current_date - 30, now()
FROM person CROSS JOIN unnest(ARRAY[3, 6, 12]) AS month
"""


def _any_of(bands: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{band}'" for band in bands)
    return f"(ARRAY[{listed}])[1 + floor(random() * {len(bands)})::int]"


async def prepare(server: embedded.EmbeddedServer, name: str) -> None:
    """A database with everything that a release of that size counts."""
    server.ensure_database(name)
    await schema.migrate(server.owner_url(name))
    database = Database(server.app_url(name), pool_size=2)
    try:
        world = await build_world(database, providers=1)
        async with database.transaction(world.sight) as session:
            await ensure_categories(session)
            await load_generated(
                session,
                organiser_id=world.organiser_id,
                service_ids=[world.service_id],
                count=PROVIDERS - 1,
                seed=1,
            )
    finally:
        await database.close()
    facts = ",\n       ".join(map(_any_of, (MONTHS_BANDS, EDUCATIONS, AGES, LANGUAGES, AREA_BANDS)))
    engine = create_async_engine(server.owner_url(name))
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("SELECT setseed(0.5)"))
        await connection.execute(text(_SERVICES), {"services": SERVICES})
        for statement in (_ADMISSIONS, _CELLS):
            await connection.execute(text(statement))
        await connection.execute(text(_PEOPLE), {"people": -(-OUTCOMES // 3)})
        for statement in (_INTAKE.format(facts), _OUTCOMES):
            await connection.execute(text(statement))
    async with engine.connect() as connection:
        vacuuming = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await vacuuming.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


def run(url: str, *arguments: str) -> Cost:
    """`registry quality …` in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REGISTRY_SECRET_KEY": "a key for benches only, 32 bytes",
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "quality", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"registry quality {' '.join(arguments)} failed")
    return Cost(time.perf_counter() - began, used.ru_maxrss * 1024)


async def release_costs(server: embedded.EmbeddedServer, name: str) -> list[str]:
    """Make the first release, a second one beside it, and verify the first."""
    await prepare(server, name)
    url = server.app_url(name)
    lines = [f"(g) release, {PROVIDERS:,} providers × {SERVICES} services, {OUTCOMES:,} outcomes:"]
    for what, arguments in (
        ("release", ("release", "oulu")),
        ("the next one", ("release", "oulu")),
        ("verification", ("verify", "oulu/1")),
    ):
        cost = run(url, *arguments)
        kept = cost.seconds <= MOST_SECONDS and cost.peak_bytes <= MOST_BYTES
        lines.append(
            f"    {what}: {cost}{'' if kept else f'  ABOVE {MOST_SECONDS} s or {MOST_BYTES // 2**20} MiB'}"
        )
    return lines
