"""A correction that goes against a provider, in a browser: the officer asks on the desk, the provider agrees on its phone
and adds a file, both by keyboard where a form is sent, and every page is accessible."""

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect
from sqlalchemy import select

from registry.providers.decisions.model import DecisionRecord, Hearing
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.browser import DESK, PHONE, OpenPage, serving
from tests.builders import World, build_world
from tests.registry.providers.deciding import DUE, Desk
from tests.registry.providers.files.samples import pdf
from tests.web.test_deciding_browser import look, session_of
from tests.web.test_providers import waiting


async def send(page: Page, button: str) -> None:
    """With the keyboard alone: to the button, and Enter."""
    pressed = page.get_by_role("button", name=button, exact=True)
    await pressed.focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await look(page)


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


async def test_an_approval_is_taken_back_with_the_providers_consent(
    application: Litestar, database: Database, world: World, open_page: OpenPage
) -> None:
    desk = Desk(database, world)
    await desk.approved(await waiting(database, world))
    async with database.transaction(world.sight) as session:
        first_id = await session.scalar(select(DecisionRecord.id))
    async with serving(application) as address:

        async def opened(who: Role, width: int) -> Page:
            cookies = {"language": "en"} | await session_of(database, world, who)
            return await open_page(width=width, language="en", base_url=address, cookies=cookies)

        officer, provider = await opened(Role.REGISTER_OFFICER, DESK), await opened(Role.PROVIDER_USER, PHONE)
        await look(officer, f"/decisions/{first_id}")
        await officer.get_by_role("link", name="Correct the decision").click()
        await look(officer)
        await officer.get_by_text("Hear the provider", exact=True).click()
        await officer.locator("input[name=points][value=qualified]").check()
        await officer.locator("#f-hearing_text").fill("Todistus kuuluu toiselle henkilölle.")
        await officer.locator("#f-due_on").fill(DUE.isoformat())
        await send(officer, "Send to the provider")
        async with database.transaction(world.sight) as session:
            hearing_id = await session.scalar(select(Hearing.id))

        await look(provider, f"/provider/hearings/{hearing_id}")
        await provider.locator("#f-file").set_input_files(
            {"name": "selvitys.pdf", "mimeType": "application/pdf", "buffer": pdf()}
        )
        await send(provider, "Send the file")
        await expect(provider.get_by_role("link", name="selvitys.pdf")).to_be_visible()
        await provider.locator("#f-answer").fill("Niin kävi, pahoittelemme.")
        await provider.get_by_label("Yes, I agree").check()
        await send(provider, "Send the answer")

        await look(officer, f"/decisions/{first_id}/correction")
        await expect(officer.get_by_text("Agrees to the correction.")).to_be_visible()
        await officer.locator("input[name=ground][value=evidence]").check()
        await officer.locator("input[name=outcome][value=rejected]").check()
        await officer.locator("input[name=mark_qualified][value=not_met]").check()
        await officer.locator("#f-note_qualified").fill("Todistus on toisen henkilön.")
        await officer.locator("#f-reasons").fill("Päätös perustui väärään todistukseen.")
        await officer.locator("#f-legal_basis").fill("Laki 569/2009 5 §")
        await send(officer, "Correct the decision")
        await officer.get_by_role("link", name="Read the decision that is in its place").click()
        await look(officer)

        await look(provider, f"/decisions/{first_id}")
        await expect(provider.get_by_text("This decision has been corrected")).to_be_visible()
        await provider.get_by_role("link", name="Read the decision that is in its place").click()
        await look(provider)
        await expect(provider.get_by_role("heading", level=1)).to_have_text("Päätös: hakemus hylätään")
        auditor = await opened(Role.AUDITOR, PHONE)
        await look(auditor, "/audit/retention?today=yes")
