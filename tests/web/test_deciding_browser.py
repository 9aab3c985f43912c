"""From an application to a corrected decision, in a browser: the applicant on a phone, two officers at their desks, every
page accessible and no wider than the screen."""

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect
from sqlalchemy import select

from registry.people.commands import begin_session
from registry.people.model import RoleGrant
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW, World, build_world
from tests.registry.providers.deciding import DUE, another_officer
from tests.web.test_providers import waiting


async def session_of(database: Database, world: World, who: str | Role) -> dict[str, str]:
    async with database.transaction() as session:
        token = await begin_session(session, role_grant_id=world.grants[str(who)], now=NOW, hours=8)
    return {"registry_session": token}


async def look(page: Page, path: str = "") -> None:
    if path:
        await page.goto(path)
    await assert_accessible(page)
    assert await sideways(page) == 0, page.url


async def press(page: Page, name: str) -> None:
    """A button, and the page that it leads to."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()
    await look(page)


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database)
    second = await another_officer(database, made)
    async with database.transaction(made.sight) as session:
        grant = await session.scalar(select(RoleGrant.id).where(RoleGrant.account_id == second.id))
    assert grant
    made.grants["second"] = grant
    return made


async def test_from_an_application_to_a_corrected_decision(
    application: Litestar, database: Database, world: World, open_page: OpenPage
) -> None:
    application_id = await waiting(database, world)
    async with serving(application) as address:

        async def opened(who: str | Role, width: int) -> Page:
            cookies = {"language": "fi"} | await session_of(database, world, who)
            return await open_page(width=width, language="fi", base_url=address, cookies=cookies)

        officer = await opened(Role.REGISTER_OFFICER, DESK)
        provider = await opened(Role.PROVIDER_USER, PHONE)
        at, own = f"/applications/{application_id}", f"/provider/offer/applications/{application_id}"
        await look(officer, "/applications")
        await officer.get_by_role("link", name="Valmennus 1 Oy").click()
        await look(officer)
        await officer.get_by_label("En ole esteellinen").check()
        await press(officer, "Ilmoita ja jatka")

        await officer.get_by_text("Pyydä lisätietoja").first.click()
        await officer.locator("#f-question").fill("Kuka valmentaa?")
        await press(officer, "Lähetä kysymys")
        await look(provider, own)
        await provider.locator("#f-text").fill("Kaksi valmentajaa.")
        await press(provider, "Lähetä vastaus")

        await look(officer, f"{at}/checklist")
        await officer.locator("input[name=mark_registered][value=met]").check()
        await officer.locator("input[name=mark_qualified][value=not_met]").check()
        await officer.locator("#f-note_qualified").fill("Koulutuksesta ei ole selvitystä.")
        await press(officer, "Tallenna tarkistuslista")
        await look(officer, f"{at}/hearing")
        await expect(officer.locator("input[name=points][value=qualified]")).to_be_checked()
        await officer.locator("#f-hearing_text").fill(
            "Koulutuksesta ei ole selvitystä. Aiomme hylätä hakemuksen."
        )
        await officer.locator("#f-due_on").fill(DUE.isoformat())
        await press(officer, "Lähetä hakijalle")

        await look(provider, own)
        await provider.get_by_role("link", name="Lue ja vastaa").click()
        await provider.locator("#f-answer").fill("Todistusta ei ole vielä.")
        await press(provider, "Lähetä vastaus")

        await look(officer, at)
        await officer.get_by_text("Hylkää", exact=True).first.click()
        await officer.locator("#f-legal_basis").fill("Laki 569/2009 5 §")
        await press(officer, "Hylkää hakemus")
        await expect(officer.get_by_role("link", name="Päätös: hylätty")).to_be_visible()

        await look(provider, own)
        await provider.get_by_role("link", name="Päätös: hylätty").click()
        await look(provider)
        await expect(provider.get_by_role("heading", level=1)).to_have_text("Päätös: hakemus hylätään")
        await provider.get_by_role("link", name="Tehkää oikaisuvaatimus").click()
        await look(provider)
        await provider.locator("#f-appeal_text").fill("Todistus on nyt liitteenä.")
        await press(provider, "Lähetä oikaisuvaatimus")

        second = await opened("second", DESK)
        await look(second, "/appeals")
        await second.get_by_role("link", name="Valmennus 1 Oy").click()
        await look(second)
        await second.get_by_label("En ole esteellinen").check()
        await press(second, "Ilmoita ja jatka")
        await second.locator("input[name=outcome][value=upheld]").check()
        await second.locator("input[name=mark_qualified][value=met]").check()
        await second.locator("#f-reasons").fill("Todistus osoittaa koulutuksen.")
        await press(second, "Ratkaise oikaisuvaatimus")

        await look(provider, own)
        await provider.get_by_role("link", name="Päätös: hyväksytty").click()
        await look(provider)
        await expect(provider.get_by_role("heading", level=1)).to_have_text(
            "Päätös: palveluntuottaja hyväksytään"
        )
        await provider.get_by_role("link", name="Lue aiempi päätös").click()
        await expect(provider.get_by_text("Tämä päätös on oikaistu")).to_be_visible()
        await look(provider)


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_what_decisions_rest_on_is_read_and_written_in_a_browser(
    application: Litestar, database: Database, world: World, open_page: OpenPage, width: int
) -> None:
    async with serving(application) as address:
        cookies = {"language": "sv"} | await session_of(database, world, Role.ORGANISER_ADMINISTRATOR)
        page = await open_page(
            width=width,
            language="sv",
            base_url=address,
            cookies=cookies,
            expected_statuses=frozenset({422}),
        )
        at = f"/admin/services/{world.service_id}"
        for path in (at, f"{at}/rule-book", f"{at}/regime", f"/services/{world.service_id}"):
            await look(page, path)
        await page.goto(f"{at}/regime")
        await page.locator("#f-template").select_option("employment_services_act")
        await press(page, "Spara")
        await press(page, "Fastställ den rättsliga grunden")
        await expect(page.get_by_text("Avgör den här punkten först").first).to_be_visible()
