"""(r) What twenty thousand providers cost against two hundred: the work queue, the search and the public list, each at
both sizes in the same round, so that both met the same weather. The aim is 70 % of the small register's rate."""

import asyncio
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from registry import schema
from registry.people.commands import begin_session
from registry.providers.generated import load_generated
from registry.providers.model import Admission, Application
from registry.shared import embedded
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.bench.world import another_service
from tests.builders import NOW, World, build_world

SMALL, LARGE, CALLERS = 200, 20_000, 8
WORDS: Final = ("uraohjaus", "valm oulu", "koivu", "taiga pol", "aurinko", "ääni", "oy", "kaarna akatemia")
OPEN: Final = ("submitted", "more_information", "hearing")
AIM: Final = 0.7


def requests_of(cookie: str) -> dict[str, tuple[list[dict[str, Any]], dict[str, Any]]]:
    """What is called: label → (addresses, as whom)."""
    return {
        "work queue": ([{"path": "/applications"}], {"cookie": f"registry_session={cookie}"}),
        "search": ([{"path": f"/providers?q={quote_plus(word)}"} for word in WORDS], {}),
        "public list": ([{"path": "/providers"}, {"path": "/providers?page=2"}], {}),
    }


async def prepare(server: embedded.EmbeddedServer, name: str, count: int) -> str:
    """A register of so many providers, each of which also has an open application; the officer's session."""
    server.ensure_database(name)
    await schema.migrate(server.owner_url(name))
    database = Database(server.app_url(name), pool_size=4)
    try:
        world = await build_world(database, providers=3)
        async with database.transaction(world.sight) as session:
            other = await another_service(session, world)
            providers = await load_generated(
                session, organiser_id=world.organiser_id, service_ids=[other], count=count, seed=1, now=NOW
            )
            offer = await _offer(session, world)
            for start in range(0, count, 2_000):
                session.add_all(
                    _application(world, provider_id, number, offer)
                    for number, provider_id in enumerate(providers[start : start + 2_000], start=start)
                )
                await session.flush()
                session.expunge_all()
            cookie = await begin_session(
                session, role_grant_id=world.grants[Role.REGISTER_OFFICER], now=NOW, hours=8
            )
    finally:
        await database.close()
    engine = create_async_engine(server.owner_url(name), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()
    return cookie


async def _offer(session: Any, world: World) -> dict[str, Any]:
    """An offer like that of an approved provider."""
    row = await session.scalar(select(Admission).where(Admission.id == world.admissions[0]))
    return {
        "unit_price_cents": row.unit_price_cents,
        "vat_rate_bp": row.vat_rate_bp,
        "municipality_codes": list(row.municipality_codes),
        "remote": row.remote,
        "languages": list(row.languages),
        "accessibility": list(row.accessibility),
        "method": row.method,
        "places": row.places,
        "next_start": None,
        "rule_book_version": row.rule_book_version,
    }


def _application(world: World, provider_id: Any, number: int, offer: dict[str, Any]) -> Application:
    sent = NOW - timedelta(hours=number % 2_000)
    return Application(
        id=uuid7(),
        organiser_id=world.organiser_id,
        provider_id=provider_id,
        service_id=world.service_id,
        state=OPEN[number % len(OPEN)],
        offer=offer,
        submitted_at=sent,
        created_at=sent,
    )


def register_costs(
    server: embedded.EmbeddedServer,
    name: str,
    *,
    rounds: int,
    seconds: float,
    serve: Callable[[str], Any],
    load: Callable[..., Any],
) -> list[str]:
    """A line for each kind of page: the large register's share of the small one's rate."""
    shares: dict[str, list[float]] = {}
    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as servers:
        held = {}
        for count in (SMALL, LARGE):
            cookie = asyncio.run(prepare(server, f"{name}_{count}", count))
            port = servers.enter_context(serve(server.app_url(f"{name}_{count}")))
            held[count] = (port, requests_of(cookie))
        for number in range(rounds):
            for label in held[SMALL][1]:
                measured = {}
                # whichever goes second meets a warmer machine, so they take turns
                for count in (SMALL, LARGE) if number % 2 else (LARGE, SMALL):
                    port, jobs = held[count]
                    requests, who = jobs[label]
                    load(port, requests, callers=CALLERS, seconds=0.5, run="warm", **who)
                    answer = load(port, requests, callers=CALLERS, seconds=seconds, run=f"r{number}", **who)
                    measured[count] = answer["rate"]
                    rates.setdefault((label, count), []).append(answer["rate"])
                shares.setdefault(label, []).append(measured[LARGE] / measured[SMALL])
    lines = ["", f"(r) {LARGE:,} providers against {SMALL}, {CALLERS} callers, same rounds:"]
    for label, found in shares.items():
        share = statistics.median(found)
        few, many = (statistics.median(rates[label, count]) for count in (SMALL, LARGE))
        verdict = "" if share >= AIM else f"   below the aim of {AIM:.0%}"
        lines.append(f"    {label:<12} {share:6.1%} of its rate ({many:.0f}/s of {few:.0f}/s){verdict}")
    return lines
