"""A company that nobody here knows applies, from its business id to an application that waits: by keyboard alone."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from litestar import Litestar
from playwright.async_api import Locator, Page, expect

from registry.checks.run import check
from registry.demo.applying import paper
from registry.demo.company_register import VISITORS, serving_register, visitors_ids
from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.browser import PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW, build_world

COACHING = "Nuorten työnhakuvalmennus"
ISSUED, UNTIL = date(2026, 11, 11), date(2026, 12, 12)
PAPERS = {
    "Verovelkatodistus tai maksusuunnitelma": False,
    "Todistus eläkevakuutuksesta": False,
    "Työehtosopimus tai keskeiset työehdot": False,
    "Todistus tapaturmavakuutuksesta": True,
    "Todistus vastuuvakuutuksesta": True,
}
"""What a company with employees is asked, and whether the paper says until when it holds."""


class Keyboard:
    """Somebody who has no mouse: goes from one thing to the next by Tab, and presses keys on what has the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def to(self, wanted: Locator) -> None:
        await expect(wanted).to_have_count(1)
        for _ in range(150):
            if await wanted.evaluate("it => it === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {wanted}")

    async def follow(self, wanted: Locator) -> None:
        """Press Enter on a link or button, and look at the page that it leads to."""
        await self.to(wanted)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
        await assert_accessible(self.page)
        assert await sideways(self.page) == 0

    async def type(self, label: str, text: str) -> None:
        await self.to(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.type(text)

    async def day(self, label: str, day: date) -> None:
        """A date, part by part as the browser's own field takes it; day and month are the same number, for their order
        is the machine's."""
        field = self.page.get_by_label(label, exact=True)
        await self.to(field)
        await self.page.keyboard.type(f"{day.day:02}{day.month:02}{day.year}")
        await expect(field).to_have_value(day.isoformat())

    async def link(self, name: str) -> None:
        await self.follow(self.page.get_by_role("main").get_by_role("link", name=name, exact=True))

    async def button(self, name: str) -> None:
        await self.follow(self.page.get_by_role("main").get_by_role("button", name=name, exact=True))

    async def tick(self, name: str | re.Pattern[str]) -> None:
        await self.to(self.page.get_by_label(name))
        await self.page.keyboard.press("Space")

    async def part(self, name: str) -> None:
        """One of the parts of the application, from the list of them."""
        await self.link(name)
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    async def save(self) -> None:
        await self.button("Tallenna ja jatka")
        await expect(self.page.locator(".flashes")).to_contain_text("Vastauksesi tallennettiin.")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """With the demonstration's company register, on this machine."""
    with serving_register() as register:
        yield Settings(
            demo=True, database_url=None, evidence_folder=tmp_path / "evidence", company_register_url=register
        )


async def test_a_new_company_applies_by_keyboard(
    application: Litestar, database: Database, open_page: OpenPage, tmp_path: Path
) -> None:
    world = await build_world(database)
    async with database.transaction() as session:
        token = await begin_session(session, role_grant_id=world.grants[Role.PROVIDER_USER], now=NOW, hours=8)
    async with serving(application) as base_url:
        page = await open_page(base_url=base_url, cookies={"registry_session": token, "language": "fi"})
        await _apply(Keyboard(page), tmp_path)
        await _on_a_phone(open_page, base_url, page)
    findings = [finding async for finding in check(database)]
    assert [
        finding.line() for finding in findings if not finding.ok and "events lead" not in finding.name
    ] == []


async def _on_a_phone(open_page: OpenPage, base_url: str, page: Page) -> None:
    """The same pages at the width of a phone, in the other languages."""
    cookies = {str(one["name"]): str(one["value"]) for one in await page.context.cookies()}
    for language in ("sv", "en"):
        phone = await open_page(
            width=PHONE, language=language, base_url=base_url, cookies={**cookies, "language": language}
        )
        for path in ("papers", "people", "sites/new", "draft", "organisations/new", "draft/bank-account"):
            await phone.goto(f"/provider/offer/{path}")
            assert await sideways(phone) == 0, path
            await assert_accessible(phone)


async def _apply(hands: Keyboard, folder: Path) -> None:
    page = hands.page
    await page.goto("/provider/offer/organisations/new")
    await hands.type("Y-tunnus", visitors_ids()[0])
    await hands.button("Hae tiedot")
    await expect(page.get_by_role("main")).to_contain_text("Yritysrekisteristä")
    await expect(page.get_by_role("main")).to_contain_text(str(VISITORS[0]["name"]))
    await hands.type("Sähköposti", "posti@kokeilupolku.invalid")
    await hands.button("Lisää organisaatio")
    await expect(page.get_by_role("main")).to_contain_text("Yksi hakemus riittää")
    await hands.button("Aloita")

    await hands.part("Palvelut, joihin haet")
    await hands.to(page.get_by_role("checkbox", name=COACHING).first)
    await page.keyboard.press("Space")
    await hands.save()
    await _common(hands)
    await _service(hands)
    await _papers(hands, folder)
    await hands.part("Tilinumero")
    await hands.type("Tilinumero (IBAN)", "FI21 1234 5600 0007 85")
    await hands.button("Lähetä vahvistettavaksi")
    await expect(page.get_by_role("main")).to_contain_text("FI•• •••• 0785")
    await hands.link("Takaisin osiin")

    await hands.link("Tarkista vastauksesi")
    for said in ("56,00", "Aino Ahkera", "Vakuutus Oy", "FI•• •••• 0785"):
        await expect(page.get_by_role("main")).to_contain_text(said)
    await hands.tick(re.compile("^Antamamme tiedot ovat oikein"))
    await hands.button("Lähetä hakemus")
    await expect(page.locator(".flashes")).to_contain_text("lähetettiin")
    await expect(page.get_by_role("row", name=COACHING)).to_contain_text("Lähetetty")


async def _common(hands: Keyboard) -> None:
    page = hands.page
    await hands.part("Kunnat ja etäpalvelu")
    await hands.tick("Palvelemme myös etänä, asuinpaikasta riippumatta")
    await hands.save()
    await hands.part("Kielet")
    await hands.save()  # Finnish is ticked already
    await hands.part("Esteettömyys")
    await hands.save()
    await hands.part("Työtapa")
    await hands.to(page.get_by_role("radio", name="Kahden kesken", exact=True))
    await page.keyboard.press("Space")
    await hands.save()
    await hands.part("Valmentajat")
    await hands.link("Lisää valmentaja")
    await hands.type("Etunimi", "Aino")
    await hands.type("Sukunimi", "Ahkera")
    await hands.type("Pätevyys", "Yhteisöpedagogi")
    await hands.button("Tallenna valmentaja")
    await hands.tick("Aino Ahkera")
    await hands.save()
    await hands.part("Vastuuvakuutus")
    await hands.type("Vakuutusyhtiö", "Vakuutus Oy")
    await hands.type("Vakuutusmäärä", "500 000")
    await hands.day("Voimassa asti", UNTIL)
    await hands.save()


async def _service(hands: Keyboard) -> None:
    page = hands.page
    await hands.part("Sääntökirja")
    for point in await page.get_by_role("main").get_by_role("checkbox").all():
        await hands.to(point)
        await page.keyboard.press("Space")
    await hands.save()
    await hands.part("Hinta")
    await hands.type("Tunnin hinta", "56")
    await hands.to(page.get_by_role("radio", name=re.compile("^25,5")))
    await page.keyboard.press("Space")
    await hands.save()
    await hands.part("Paikat ja seuraava aloitus")
    await hands.type("Montako asiakasta voitte ottaa samaan aikaan?", "6")
    await hands.save()


async def _papers(hands: Keyboard, folder: Path) -> None:
    page = hands.page
    file = folder / "todistus.pdf"
    file.write_bytes(paper("todistus", ISSUED))
    await hands.part("Selvitykset")
    for name, ends in PAPERS.items():
        await hands.link(name)
        await hands.day("Antopäivä", ISSUED)
        if ends:
            await hands.day("Voimassa asti", UNTIL)
        await hands.to(page.get_by_label("Tiedosto", exact=True))
        await page.get_by_label("Tiedosto", exact=True).set_input_files(
            file
        )  # what the system's own window would do
        await hands.button("Lähetä tiedosto")
        await expect(page.locator(".flashes")).to_contain_text("Tiedosto vastaanotettiin.")
    await hands.link("Takaisin osiin")
