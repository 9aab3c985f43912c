"""The sandbox: a provider's system does there all that it would do in earnest, and nothing of it is seen, counted or
paid."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from registry.catalogue.model import Organiser
from registry.checks.run import check
from registry.messages.webhooks.announcing import announce
from registry.providers.changes.commands import publish_changes
from registry.providers.queries import Search, count_providers, services_to_apply_for
from registry.quality.releases import publish_release
from registry.settlement.commands import close_month
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage
from registry.vouchers.sandbox.commands import open_sandbox
from tests.builders import NOW, TODAY, World, build_world
from tests.web.client import api_token, hidden, post_form, sign_in


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


@pytest.fixture
async def sandbox(database: Database) -> Any:
    async with database.transaction() as session:
        return await open_sandbox(session, actor=system(), now=NOW)


class System:
    """A provider's system, which knows nothing but the API."""

    def __init__(self, site: httpx.AsyncClient, token: str) -> None:
        self.site, self.headers = site, {"authorization": f"Bearer {token}"}

    async def post(self, path: str, key: str = "", **body: Any) -> httpx.Response:
        headers = self.headers | {"idempotency-key": key or str(uuid7())}
        return await self.site.post(f"/api/v1/{path}", headers=headers, json=body or None)


@pytest.fixture
async def machine(site: httpx.AsyncClient, database: Database, world: World) -> System:
    scopes = ["vouchers:redeem", "vouchers:read", "choices:write"]
    return System(site, await api_token(database, world, Role.PROVIDER_USER, scopes=scopes))


async def redeemed(machine: System) -> dict[str, Any]:
    """The whole way: join, a voucher, confirm, open, redeem."""
    assert (await machine.post("sandbox/admission")).status_code == 200
    made = (await machine.post("sandbox/vouchers")).json()
    confirmed = await machine.post(f"assignments/{made['assignment']}/confirmation")
    assert confirmed.status_code < 300, confirmed.text
    shown = await machine.post("presentations", number=made["number"], secret=made["secret"])
    assert shown.status_code < 300, shown.text
    answer = await machine.post(
        "redemptions",
        presentation=shown.json()["id"],
        units=100,
        unit_price_cents=60_00,
        service_date=TODAY.isoformat(),
    )
    assert answer.status_code < 300, answer.text
    return dict(made, redemption=answer.json())


async def test_a_system_tries_out_everything_without_anybody(
    machine: System, database: Database, sandbox: Any
) -> None:
    before = {finding.name: finding.broken async for finding in check(database)}
    await redeemed(machine)
    assert {finding.name: finding.broken async for finding in check(database)} == before


async def test_joining_twice_changes_nothing_and_a_code_is_shown_once(machine: System, sandbox: Any) -> None:
    first, second = [await machine.post("sandbox/admission") for _ in range(2)]
    assert first.json() == second.json()
    one, again = [await machine.post("sandbox/vouchers", key="same") for _ in range(2)]
    assert one.json()["secret"]
    assert again.json() == one.json() | {"secret": None}
    assert (await machine.post("sandbox/vouchers")).json()["voucher"] != one.json()["voucher"]


async def test_nothing_of_it_is_public_counted_or_paid(
    site: httpx.AsyncClient, machine: System, database: Database, world: World, sandbox: Any
) -> None:
    before = {path: (await site.get(path)).text for path in PUBLIC_PAGES}
    await redeemed(machine)
    for path in PUBLIC_PAGES:
        assert (await site.get(path)).text == before[path], path
    async with database.transaction() as session:
        assert await count_providers(session, search=Search(organiser="sandbox"), on=TODAY) == 0
        assert len(await services_to_apply_for(session)) == 1
        await publish_changes(session, actor=system(), now=NOW, limit=100)
    assert "okeilu" not in (await site.get("/api/v1/register/changes")).text
    officer = Actor(kind="account", id=uuid7(), role=Role.FINANCE_OFFICER, sight=Sight(organisers=(sandbox,)))
    later = NOW + timedelta(days=40)
    with pytest.raises(Refused, match=r"settlement.sandbox"):
        async with database.transaction(officer.sight) as session:
            await close_month(session, actor=officer, now=later, month=date(NOW.year, NOW.month, 1))
    with pytest.raises(Refused, match=r"release.sandbox"):
        async with database.transaction(officer.sight) as session:
            await publish_release(session, actor=system(sandbox), now=later, organiser_id=sandbox)


PUBLIC_PAGES = (
    *("/providers?suspended=yes", "/services", "/sitemap.xml", "/api/v1/open-data/register.csv"),
    *("/api/v1/providers", "/providers/print"),
)


async def test_a_choice_in_the_sandbox_is_told_like_a_real_one(
    machine: System, database: Database, world: World, sandbox: Any
) -> None:
    await machine.post("sandbox/admission")
    made = (await machine.post("sandbox/vouchers")).json()
    async with database.transaction(Sight(organisers=(sandbox,))) as session:
        told = (
            await session.scalars(select(OutboxMessage).where(OutboxMessage.provider_id.is_not(None)))
        ).all()
        assert [(row.template, row.provider_id, row.facts["assignment"]) for row in told] == [
            ("choice.asked", world.provider_id, made["assignment"])
        ]
        assert await announce(session, told, now=NOW) == 0


async def test_without_joining_or_without_a_sandbox_there_are_no_vouchers(
    machine: System, database: Database
) -> None:
    answer = await machine.post("sandbox/vouchers")
    assert (answer.status_code, answer.json()["code"]) == (409, "sandbox.none")
    async with database.transaction() as session:
        await open_sandbox(session, actor=system(), now=NOW)
    async with database.transaction() as session:
        await open_sandbox(session, actor=system(), now=NOW)
        assert len((await session.scalars(select(Organiser).where(Organiser.sandbox))).all()) == 1
    answer = await machine.post("sandbox/vouchers")
    assert (answer.status_code, answer.json()["code"]) == (409, "sandbox.not_joined")


async def test_vouchers_of_a_day_have_an_end(
    machine: System, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.sandbox.VOUCHERS_A_DAY", 2)
    await machine.post("sandbox/admission")
    answers = [(await machine.post("sandbox/vouchers")).status_code for _ in range(3)]
    assert answers == [201, 201, 429]


async def test_on_the_page_a_person_does_the_same(
    site: httpx.AsyncClient, database: Database, world: World, sandbox: Any
) -> None:
    await sign_in(site, database, world, "provider_user:0")
    site.cookies.set("language", "en")
    page = await site.get("/provider/systems/sandbox")
    assert "No money moves" in page.text
    joined = await post_form(
        site, "/provider/systems/sandbox/join", {"idempotency_key": hidden(page, "idempotency_key")}
    )
    assert joined.headers["location"] == "/provider/systems/sandbox?done=joined"
    key = {"idempotency_key": hidden(await site.get("/provider/systems/sandbox"), "idempotency_key")}
    made = await post_form(site, "/provider/systems/sandbox/vouchers", key)
    assert "A test voucher is ready" in made.text
    assert re.search(r"<dd>[0-9A-Z-]{8,}</dd>", made.text)
    again = await post_form(site, "/provider/systems/sandbox/vouchers", key)
    assert "The code is not shown again" in again.text
    await sign_in(site, database, world, "provider_user:1")
    assert "Join the sandbox" in (await site.get("/provider/systems/sandbox")).text
