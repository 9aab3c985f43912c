"""The pages of vouchers in a real browser: on a phone and a desk, in each language, and the camera that reads a code."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import segno
from litestar import Litestar
from playwright.async_api import Page, async_playwright, expect

from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, find_chromium, serving, sideways
from tests.builders import NOW, add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from web.documents.qr import voucher_code

LONG = "Kansainvälisten Työnhakijoiden Valmennuspalvelut ja Uraohjaus Osuuskunta"


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def session_of(steps: Steps, role: Role) -> dict[str, str]:
    async with steps.database.transaction() as session:
        token = await begin_session(session, role_grant_id=steps.world.grants[str(role)], now=NOW, hours=8)
    return {"registry_session": token}


async def _story(steps: Steps) -> dict[Role, list[str]]:
    """Something of everything, and the addresses that show it."""
    world = steps.world
    async with steps.database.transaction(world.sight) as session:
        somebody = await add_client(session, world, name="Toisen Asiakas")
        await add_account(
            session, "Pekka", Role.CASE_WORKER, organiser_id=world.organiser_id, sight=world.sight
        )
        long_named = await add_client(
            session, world, name=LONG, case_worker_id=world[Role.CASE_WORKER].id, kind="person"
        )
    granted, cancelled = await steps.grant(), await steps.grant()
    await steps.cancel(cancelled)
    pick = await steps.choose(await steps.grant(client_id=long_named), client_id=long_named)
    chosen = await steps.grant()
    await steps.confirm(await steps.choose(chosen))
    in_use, shown = await steps.opened()
    charged = await steps.redeem(shown, units=1_25)
    reserved = await steps.redeem(shown, units=2_00, reserve=True)
    await steps.opened(client_id=long_named)
    others = await steps.grant(client_id=somebody)
    return {
        Role.CLIENT: [f"/vouchers/{v}" for v in (granted, cancelled, chosen, in_use)]
        + [f"/vouchers/{granted}/new-code"],
        Role.CASE_WORKER: [
            "/caseload", "/clients", "/clients/new", f"/clients/{world.client_id}", f"/clients/{long_named}",
            f"/vouchers/{in_use}", f"/vouchers/{granted}", f"/vouchers/{granted}/cancel", f"/vouchers/{others}",
            "/vouchers/grant", f"/vouchers/grant?client={world.client_id}", "/vouchers/batch", "/roles",
            f"/clients/{world.client_id}/edit",
        ],
        Role.PROVIDER_USER: [
            "/provider", "/provider/present", "/provider/redemptions", f"/provider/vouchers/{shown}",
            f"/provider/redemptions/{charged.id}", f"/provider/redemptions/{reserved.id}",
            f"/provider/requests/{pick}/decline", "/provider/visits",
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [("fi", PHONE, True), ("sv", DESK, False), ("en", PHONE, True)]
)
async def test_every_page_is_accessible_and_fits(
    application: Litestar,
    steps: Steps,
    open_page: OpenPage,
    language: str,
    width: int,
    javascript: bool,
) -> None:
    story = await _story(steps)
    async with serving(application) as address:
        for role, paths in story.items():
            cookies = await session_of(steps, role) | {"language": language}
            page = await open_page(
                width=width, language=language, javascript=javascript, base_url=address, cookies=cookies
            )
            for path in paths:
                answer = await page.goto(path)
                assert answer is not None
                assert answer.status == 200, path
                assert await sideways(page) == 0, path
                await assert_accessible(page)
            await page.close()


async def _errors(page: Page) -> list[str]:
    hashes: list[str] = await page.locator("#error-summary li a").evaluate_all("all => all.map(a => a.hash)")
    return hashes


async def test_a_grant_without_scripts_from_the_caseload_to_the_voucher(
    application: Litestar, steps: Steps, open_page: OpenPage
) -> None:
    async with serving(application) as address:
        cookies = await session_of(steps, Role.CASE_WORKER) | {"language": "en"}
        page = await open_page(
            javascript=False, base_url=address, cookies=cookies, expected_statuses=frozenset({422})
        )
        await page.goto("/caseload")
        await page.get_by_role("link", name="Grant a voucher").click()
        await page.get_by_label("Client").fill("asiakas")
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("link", name="Asiakas Esimerkki").click()
        await page.get_by_label("Hours").fill("4,5")
        await page.get_by_role("button", name="Grant the voucher").click()
        assert await _errors(page) == ["#f-in_plan"]  # nobody guesses that for the client
        await expect(page.get_by_label("Hours")).to_have_value("4,5")
        await page.get_by_label("No", exact=True).check()
        await page.get_by_role("button", name="Grant the voucher").click()
        await expect(page.get_by_text("The client has been told.")).to_be_visible()
        await expect(page.get_by_text("4.5 hours, €270.00")).to_be_visible()
        await page.close()


def _frames(code: str) -> Iterator[bytes]:
    """A short film of the code as a camera would see it: grey, 640 × 480, in the raw format that Chromium plays."""
    matrix = [list(row) for row in segno.make(code, error="m", micro=False).matrix_iter(scale=10, border=4)]
    height, width = 480, 640
    top, left = (height - len(matrix)) // 2, (width - len(matrix[0])) // 2
    picture = bytearray(b"\xb4" * (height * width))
    for y, row in enumerate(matrix):
        start = (top + y) * width + left
        picture[start : start + len(row)] = bytes(16 if module else 235 for module in row)
    yield b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n"
    for _ in range(20):
        yield b"FRAME\n" + bytes(picture) + b"\x80" * (height * width // 2)


@pytest.mark.browser
@pytest.mark.parametrize("own_decoder", [True, False])
async def test_the_camera_reads_the_code_and_opens_the_voucher(
    application: Litestar, steps: Steps, tmp_path: Path, own_decoder: bool
) -> None:
    voucher: UUID = await steps.grant()
    await steps.confirm(await steps.choose(voucher))
    film = tmp_path / "code.y4m"
    film.write_bytes(b"".join(_frames(voucher_code(*await steps.code(voucher)))))
    arguments = [
        "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]  # fmt: skip
    async with serving(application) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=arguments, chromium_sandbox=False
        )
        context = await browser.new_context(base_url=address)
        cookies = await session_of(steps, Role.PROVIDER_USER) | {"language": "en"}
        await context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])
        page = await context.new_page()
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        if own_decoder:  # as in browsers that have none of their own
            await page.add_init_script("delete window.BarcodeDetector")
        await page.goto("/provider/present")
        await page.get_by_role("button", name="Scan with the camera").click()
        await page.wait_for_url("**/provider/vouchers/*", timeout=20_000)
        await expect(page.locator("h1")).to_have_text("Asiakas Esimerkki")
        assert problems == []
        await browser.close()


async def test_without_a_camera_one_types(application: Litestar, steps: Steps, open_page: OpenPage) -> None:
    async with serving(application) as address:
        cookies = await session_of(steps, Role.PROVIDER_USER) | {"language": "en"}
        page = await open_page(base_url=address, cookies=cookies)
        await page.goto("/provider/present")
        await page.get_by_role("button", name="Scan with the camera").click()
        await expect(page.locator("[data-scan-status]")).to_have_text(
            "The camera cannot be used. Type the number and the code instead."
        )
        await expect(page.get_by_label("Number of the voucher")).to_be_focused()
        await page.close()
