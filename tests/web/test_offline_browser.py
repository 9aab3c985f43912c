"""Visits taken in a real browser whose network is really cut: kept sealed, sent once there is one, and each answered."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from registry.people.commands import begin_session
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.browser import PHONE, assert_accessible, serving, sideways
from tests.builders import NOW, build_world
from tests.registry.vouchers.test_offline import Devices

READ_ALL = """async () => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("offline-visits", 1);
    request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error);
  });
  const all = (name) => new Promise((resolve) => {
    database.transaction(name).objectStore(name).getAll().onsuccess = (event) => resolve(event.target.result);
  });
  const bytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? Array.from(new Uint8Array(value.buffer ?? value), (byte) => String.fromCharCode(byte)).join("") : value;
  return JSON.stringify([await all("holder"), await all("visit")], (_, value) => bytes(value));
}"""


@pytest.fixture
async def devices(database: Database, keys: Keys) -> Devices:
    return Devices(database, await build_world(database), keys)


@asynccontextmanager
async def phone(chromium: Browser, address: str, language: str = "en") -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(
        viewport={"width": PHONE, "height": 780}, base_url=address, timezone_id="Europe/Helsinki"
    )
    context.set_default_timeout(15_000)
    await context.clock.set_fixed_time(NOW)
    await context.add_cookies([{"name": "language", "value": language, "url": address}])
    try:
        yield context
    finally:
        await context.close()


async def sign_in(
    context: BrowserContext, devices: Devices, address: str, who: str = "provider_user"
) -> None:
    async with devices.database.transaction() as session:
        token = await begin_session(session, role_grant_id=devices.world.grants[who], now=NOW, hours=8)
    await context.add_cookies([{"name": "registry_session", "value": token, "url": address}])


async def opened(context: BrowserContext) -> Page:
    """The page, once it is kept by the browser and its own script has come to rest."""
    page = await context.new_page()
    await page.goto("/provider/offline")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(page.locator("main[data-ready]")).to_be_attached()
    return page


async def take(page: Page, number: str, secret: str, units: str = "1") -> None:
    await page.get_by_label("Number of the voucher").fill(number)
    await page.locator("#f-secret").fill(secret)
    await page.locator("#f-units").fill(units)
    await page.get_by_role("button", name="Keep the visit").click()


async def fates(page: Page) -> list[str]:
    found: list[str] = await page.locator("#taken li").evaluate_all("all => all.map(li => li.dataset.status)")
    return found


async def test_taken_without_a_network_kept_sealed_and_sent_once(
    application: Litestar, devices: Devices, chromium: Browser
) -> None:
    good, refused = await devices.chosen(), await devices.chosen()
    await devices.present(refused)
    codes = {voucher: await devices.code(voucher) for voucher in (good, refused)}
    async with serving(application) as address, phone(chromium, address) as context:
        await sign_in(context, devices, address)
        page = await opened(context)
        assert await sideways(page) == 0
        await assert_accessible(page)
        await context.set_offline(True)
        await page.goto("/provider/offline/sv")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Registrera besök utan förbindelse")
        await page.goto("/provider/offline")
        await expect(page).to_have_url(f"{address}/provider/offline/sv")
        await page.goto("/provider/offline/en")
        await expect(page.get_by_text("No connection.")).to_be_visible()
        await take(page, "7KQ4M2XD9FA1", "")
        await expect(page.get_by_text("The number is not right.")).to_be_visible()
        await take(page, *codes[good])
        await expect(page.locator("#taken li")).to_have_count(1)
        await take(page, *codes[refused], units="1,5")
        await expect(page.get_by_text("Visits that wait on this device: 2")).to_be_visible()
        assert await fates(page) == ["kept", "kept"]
        await devices.refuse(refused)

        kept = await page.evaluate(READ_ALL)
        for number, secret in codes.values():
            assert number not in kept
            assert secret not in kept
        assert "service_date" not in kept
        ids = [visit["id"] for visit in json.loads(kept)[1]]
        assert [one[14] for one in ids] == ["7", "7"]

        await context.set_offline(False)
        await expect(page.locator("#taken li[data-status=recorded]")).to_have_count(1)
        await expect(page.locator("#taken li[data-status=refused]")).to_contain_text("refused")
        await expect(page.locator("#waiting")).to_be_hidden()
        assert json.loads(await page.evaluate(READ_ALL))[1] == [], "what has its answer has left the device"
        assert {str(row.line_id) for row in await devices.sent()} == set(ids)
        assert (await devices.voucher(good)).captured_cents == 60_00
        assert "offline_visit" in await devices.open_cases()
        await page.goto("/provider/visits/offline")
        await expect(page.get_by_text("Could not be recorded", exact=True)).to_be_visible()
        await assert_accessible(page)
    assert await devices.unfit() == []


async def test_signed_out_while_offline_another_person_and_a_lost_answer(
    application: Litestar, devices: Devices, chromium: Browser
) -> None:
    voucher_id = await devices.chosen()
    code = await devices.code(voucher_id)
    async with serving(application) as address, phone(chromium, address) as context:
        await sign_in(context, devices, address)
        page = await opened(context)
        await context.set_offline(True)
        await take(page, *code)
        await expect(page.locator("#taken li[data-status=kept]")).to_have_count(1)
        await context.clear_cookies(name="registry_session")
        await context.set_offline(False)
        await expect(page.get_by_text("You are signed out.")).to_be_visible()
        assert await devices.sent() == []

        await sign_in(context, devices, address, "provider_user:1")
        await page.reload()
        await expect(page.get_by_text("Visits of somebody else on this device: 1.")).to_be_visible()
        assert await devices.sent() == [], "nobody else sends it"

        await context.clear_cookies(name="registry_session")
        await sign_in(context, devices, address)
        await page.route("**/provider/offline/visits", _lost)
        await page.reload()
        await expect(page.get_by_text("Sending did not work.")).to_be_visible()
        assert [row.state for row in await devices.sent()] == ["recorded"], "here, though the answer was lost"
        await page.unroute("**/provider/offline/visits")
        await page.get_by_role("button", name="Send now").click()
        await expect(page.locator("#taken li[data-status=recorded]")).to_have_count(1)
        assert await devices.redeemed() == 1
        await page.goto("/provider")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(f"{address}/")
        holders = json.loads(await page.evaluate(READ_ALL))[0]
        assert [holder["name"] for holder in holders] == [devices.world.provider_actor(1).name], (
            "the keys are gone"
        )
    assert await devices.unfit() == []


async def _lost(route: Any) -> None:
    await route.fetch()
    await route.abort("connectionreset")


async def test_what_waits_is_not_left_behind_at_sign_out_without_a_word(
    application: Litestar, devices: Devices, chromium: Browser
) -> None:
    code = await devices.code(await devices.chosen())
    async with serving(application) as address, phone(chromium, address) as context:
        await sign_in(context, devices, address)
        page = await opened(context)
        await context.set_offline(True)
        await take(page, *code)
        await expect(page.locator("#taken li[data-status=kept]")).to_have_count(1)
        await page.get_by_role("button", name="Stop, and delete what waits").click()
        await expect(page.get_by_text("Visits that have not been sent: 1.")).to_be_visible()
        assert len(json.loads(await page.evaluate(READ_ALL))[1]) == 1
        await page.get_by_role("button", name="Stop, and keep what waits locked").click()
        await expect(page.locator("#taking")).to_be_hidden()
        await context.set_offline(False)
        await expect(page.get_by_text("There is a connection.")).to_be_visible()
        async with devices.database.transaction() as session:
            query = text("SELECT count(*) FROM sign_in_session WHERE ended_at IS NOT NULL")
            await page.reload()
            await expect(page.locator("main[data-ready]")).to_be_attached()
            assert await session.scalar(query) == 1, "stopped without a network, signed out once there is one"
        assert await devices.sent() == []
        await sign_in(context, devices, address)
        await page.reload()
        await expect(page.locator("main[data-ready]")).to_be_attached()
        assert [row.state for row in await devices.sent()] == ["recorded"], "locked, not lost"
