"""What a client does after the pick, in a real browser: on a phone, by keyboard alone, without scripts; and the
comparison on paper."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect

from registry.shared.actor import Role
from tests.browser import DESK, PHONE, OpenPage, serving
from tests.registry.vouchers.steps import Steps
from tests.web.test_choice_browser import granted, look, session_of, steps

__all__ = ["steps"]

SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"


async def by_key(page: Page, name: str, role: str = "link") -> None:
    """Go with Tab alone to what has this name, and press it."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    await expect(wanted).to_be_visible()
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never reaches {name!r} on {page.url}")


async def to_field(page: Page, selector: str) -> None:
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.locator(selector).evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {selector} on {page.url}")


async def used(steps: Steps) -> tuple[UUID, UUID]:
    """(voucher just chosen, voucher used up at the first provider)."""
    fresh = await granted(steps)
    await steps.choose(fresh, 1)
    spent = await granted(steps)
    await steps.confirm(await steps.choose(spent, 0))
    await steps.redeem(await steps.present(spent), 10_00)
    return fresh, spent


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_pages_after_the_pick_fit_and_are_accessible(
    application: Litestar, steps: Steps, open_page: OpenPage, width: int, language: str
) -> None:
    fresh, spent = await used(steps)
    provider = steps.world.provider_id
    async with serving(application) as address:
        cookies = {**await session_of(steps, Role.CLIENT), "language": language}
        page = await open_page(width=width, language=language, base_url=address, cookies=cookies)
        for path in (
            f"/my/vouchers/{fresh}/chosen",
            f"/my/vouchers/{fresh}/help",
            f"/my/vouchers/{spent}/review/{provider}",
            f"/my/vouchers/{spent}/complain",
            "/my/complaints",
            "/my/data",
            "/my/data/correction",
        ):
            await look(page, path)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.goto(f"/my/vouchers/{fresh}/chosen")
        await page.screenshot(path=SCREENSHOTS / f"receipt-{width}-{language}.png", full_page=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
async def test_after_the_pick_by_keyboard_alone(
    application: Litestar, steps: Steps, open_page: OpenPage, javascript: bool
) -> None:
    fresh, spent = await used(steps)
    async with serving(application) as address:
        page = await open_page(
            width=PHONE,
            javascript=javascript,
            base_url=address,
            cookies=await session_of(steps, Role.CLIENT),
            expected_statuses=frozenset({422}),
        )
        # the receipt, and the calendar as a file
        await page.goto(f"/my/vouchers/{fresh}/chosen")
        async with page.expect_download() as coming:
            await by_key(page, "Lisää kalenteriin")
        assert (await coming.value).suggested_filename == "kalenteri.ics"
        # asking to be called
        await by_key(page, "Tarvitsen apua")
        await page.wait_for_url("**/help")
        await to_field(page, "#f-phone")
        await page.keyboard.type("040 123 4567")
        await by_key(page, "Pyydä soittoa", "button")
        await expect(page.locator(".flashes")).to_contain_text("ti 24.11.")
        # the review: the scores by arrow keys, a word, and what was forgotten is told
        await page.goto(f"/my/vouchers/{spent}/review/{steps.world.provider_id}")
        await to_field(page, "#f-welcome")
        await page.keyboard.press("Space")
        for _ in range(3):
            await page.keyboard.press("ArrowRight")
        await by_key(page, "Lähetä vastaukset", "button")
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.locator('input[name="welcome"][value="3"]')).to_be_checked()
        for aspect in ("coaching", "usefulness", "contact", "timing"):
            await to_field(page, f"#f-{aspect}")
            await page.keyboard.press("Space")
        await by_key(page, "Lähetä vastaukset", "button")
        await expect(page.locator(".flashes")).to_contain_text("Kiitos")
        # something is wrong among the data
        await page.goto("/my/data")
        await by_key(page, "Jokin on väärin")
        await page.wait_for_url("**/correction")
        await to_field(page, 'input[name="item"][value="name"]')
        await page.keyboard.press("Space")
        await to_field(page, "#f-words")
        await page.keyboard.type("Nimeni on väärin.")
        await by_key(page, "Lähetä pyyntö", "button")
        await expect(page.locator("#corrections")).to_contain_text("Nimeni on väärin.")
    assert sorted(await steps.open_cases()) == ["call_wanted", "correction_wanted"]


async def test_three_providers_are_printed_on_one_page_of_paper(
    application: Litestar, steps: Steps, open_page: OpenPage
) -> None:
    voucher_id = await granted(steps)
    async with serving(application) as address:
        page = await open_page(
            width=DESK, base_url=address, cookies=await session_of(steps, Role.CASE_WORKER)
        )
        await page.goto(f"/vouchers/{voucher_id}/choose")
        made = await page.pdf(prefer_css_page_size=True)
        await page.emulate_media(media="print")
        for name in (
            "Miten muilla on mennyt",
            "Mitä asiakkaat sanoivat",
            "Mitä viranomainen on havainnut",
            "Hinta",
        ):
            await expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", made))
    assert [round(float(side) / 72 * 2.54) for side in box] == [21, 30], "A4"
