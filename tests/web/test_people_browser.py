"""Signing in by a one-time link, in a real browser: with scripts by opening it, without them by its code."""

import pytest
from litestar import Litestar
from playwright.async_api import expect

from registry.people.commands import create_sign_in_link
from registry.shared.actor import Role, system
from registry.shared.database import Database
from tests.browser import DESK, PHONE, OpenPage, serving
from tests.builders import NOW, build_world


@pytest.mark.parametrize(("width", "javascript"), [(PHONE, True), (DESK, False)])
async def test_a_link_signs_in_and_leaves_no_code_in_the_address(
    application: Litestar, database: Database, open_page: OpenPage, width: int, javascript: bool
) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        code = await create_sign_in_link(
            session,
            actor=system(world.organiser_id),
            now=NOW,
            role_grant_id=world.grants[Role.ORGANISER_ADMINISTRATOR],
        )
    async with serving(application) as address:
        page = await open_page(width=width, javascript=javascript, base_url=address)
        await page.goto(f"/sign-in/link#{code}")
        if javascript:
            await expect(page.locator("#f-code")).to_have_value(code)
            assert "#" not in page.url
        else:
            await page.fill("#f-code", code)
        await page.locator("main form button").click()
        await page.wait_for_url("**/admin/people")
        await expect(page.locator("h1")).to_have_text("Käyttäjät ja roolit")
