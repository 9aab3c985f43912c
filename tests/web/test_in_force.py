"""What anybody sees of the decisions that approvals rest on, and of prices by their days."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, text

from registry.providers.decisions.model import DecisionRecord
from registry.providers.keeping.prices import set_price
from registry.providers.keeping.rules import Clients
from registry.shared.database import Database
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.deciding import Desk
from tests.web.test_providers import waiting


async def approved(database: Database) -> tuple[World, Desk, Any]:
    """A provider that a decision has brought into the register; its admission."""
    world = await build_world(database)
    desk = Desk(database, world)
    return world, desk, await desk.approved(await waiting(database, world))


async def references(database: Database, world: World) -> list[str]:
    async with database.transaction(world.sight) as session:
        return list(
            await session.scalars(
                select(DecisionRecord.reference).order_by(DecisionRecord.sent_on, DecisionRecord.id)
            )
        )


async def rows(site: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await site.get(f"/api/v1/open-data/{name}.json")).json()["rows"]
    return found


async def test_the_decision_in_force_is_public_while_the_approval_stands(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, desk, admission_id = await approved(database)
    site.cookies.set("language", "en")
    (given,) = await references(database, world)
    public = f"/providers/{world.provider_id}"
    page = (await site.get(public)).text
    assert re.search(rf"Approved 22 Nov 2026, {given}", page)
    law = re.search(r"\((\d+/\d{4})\)", page)
    assert law, "the act that the decision rests on is cited"
    entry = (await site.get(f"/api/v1/providers/{world.provider_id}")).json()["decisions"]
    assert [(one["admission"], one["kind"], one["reference"], one["decided_on"]) for one in entry] == [
        (str(admission_id), "approved", given, TODAY.isoformat())
    ]
    mine = {row["admission_id"]: row for row in await rows(site, "register")}
    row = mine[str(admission_id)]
    assert (row["decision"], row["decided_on"]) == (given, TODAY.isoformat())
    assert law.group(1) in row["legal_basis"]
    others = [one for one in mine.values() if one is not row]
    assert {(one["decision"], one["decided_on"], one["legal_basis"]) for one in others} == {(None,) * 3}
    assert "Brought over" in (await site.get(f"/providers/{world.providers[1]}")).text

    await desk.suspended(admission_id, Clients.FINISH)
    *_, suspension = await references(database, world)
    page = (await site.get(public)).text
    assert given in page
    assert suspension in page
    assert "Vakuutus puuttuu" not in page, "what a decision says is the provider's own"


async def test_nothing_is_said_of_the_decisions_on_one_that_has_left(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, desk, admission_id = await approved(database)
    await desk.removed(admission_id)
    known = await references(database, world)
    assert len(known) == 2
    gone = await site.get(f"/providers/{world.provider_id}")
    assert gone.status_code == 404
    files = [(await site.get(f"/api/v1/open-data/{name}")).text for name in ("register.csv", "prices.csv")]
    assert not [one for one in known if one in gone.text + "".join(files)]
    async with database.transaction() as session:
        asked = await session.execute(
            text("SELECT * FROM registry_decisions_in_force(ARRAY[CAST(:one AS uuid)])"),
            {"one": str(admission_id)},
        )
        assert asked.all() == []


async def test_prices_are_open_data_with_their_days(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    actor, later = world.provider_actor(), TODAY + timedelta(days=40)
    for cents, day in ((50_00, TODAY), (55_00, later)):
        async with database.transaction(actor.sight) as session:
            await set_price(
                session, actor=actor, now=NOW, admission_id=world.admissions[0], unit_price_cents=cents,
                vat_rate_bp=2550, valid_from=day,
            )  # fmt: skip
    first = await site.get("/api/v1/open-data/prices.csv")
    found = [
        (row["unit_price"], row["valid_from"], row["valid_until"], row["standing"])
        for row in csv.DictReader(io.StringIO(first.text))
        if row["admission_id"] == str(world.admissions[0])
    ]
    begun = (TODAY - timedelta(days=100)).isoformat()
    assert found == [
        ("60", begun, TODAY.isoformat(), "past"),
        ("50", TODAY.isoformat(), later.isoformat(), "present"),
        ("55", later.isoformat(), "", "coming"),
    ]
    never = [row for row in await rows(site, "prices") if row["admission_id"] == str(world.admissions[1])]
    assert [(row["unit_price"], row["valid_until"], row["standing"]) for row in never] == [
        (60, None, "present")
    ]
    schema = (await site.get("/api/v1/open-data/schema/prices")).json()
    assert {field["name"] for field in schema["fields"]} == set(never[0])
    kept = {"If-None-Match": first.headers["etag"]}
    assert (await site.get("/api/v1/open-data/prices.csv", headers=kept)).status_code == 304
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE admission_price SET unit_price_cents = 56_00 WHERE current_since IS NULL")
        )
    assert (await site.get("/api/v1/open-data/prices.csv", headers=kept)).status_code == 200
