"""The register officer's exposure report: a month that is over, with what is withheld, on a page and as a file."""

import csv
from datetime import timedelta

import httpx

from registry.choice.commands import freeze_shortlists
from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import sign_in
from tests.web.conftest import Clock
from tests.web.test_choice import read


async def test_a_month_that_is_over_is_shown_and_one_that_is_not_is_not(
    site: httpx.AsyncClient, database: Database, keys: Keys, clock: Clock
) -> None:
    steps = Steps(database, await build_world(database, providers=4), keys)
    worker = steps.world[Role.CASE_WORKER]
    async with database.transaction(worker.sight) as session:
        clients = [await add_client(session, steps.world) for _ in range(20)]
    vouchers = [await steps.grant(client_id=client_id) for client_id in clients]
    async with database.transaction(worker.sight) as session:
        await freeze_shortlists(session, actor=worker, now=NOW, keys=keys, voucher_ids=vouchers)
    await sign_in(site, database, steps.world, Role.REGISTER_OFFICER)
    assert "Yksikään kuukausi ei ole vielä päättynyt" in (await read(site, "/exposure")).text
    clock.now = NOW + timedelta(days=12)
    async with database.transaction() as session:
        grant_id = steps.world.grants[Role.REGISTER_OFFICER]
        token = await begin_session(session, role_grant_id=grant_id, now=clock.now, hours=8)
    site.cookies.set("registry_session", token)
    page = await read(site, "/exposure")
    assert '<option value="2026-11" selected>' in page.text
    assert page.text.count(">20</td>") == 4, "everybody could be chosen by all twenty"
    assert page.text.count(">15,0</td>") == 4, "three places for four providers"
    rows = list(csv.DictReader((await read(site, "/exposure.csv?month=2026-11")).text.splitlines()))
    assert [row["provider"] for row in rows] == [f"Valmennus {number} Oy" for number in range(1, 5)]
    assert {
        (row["month"], row["eligible"], row["expected_in_first_view"], row["chosen"]) for row in rows
    } == {("2026-11", "20", "15.0", "<5")}
    for row in rows:
        assert row["in_first_view"] == "<5" or 5 <= int(row["in_first_view"]) <= 20
    assert "2026-11" in (await read(site, "/exposure?month=1999-01")).text, "an unknown month is the newest"
