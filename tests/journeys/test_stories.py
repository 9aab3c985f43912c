"""The three main journeys as stories: each person clicks and types what the pages show, and sees what comes of it."""

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

import registry.demo
from registry.checks.run import check
from registry.demo.applying import paper
from registry.shared.actor import Role
from tests.browser import DESK, PHONE, OpenPage
from tests.journeys.conftest import Demo
from tests.web.test_applying_browser import Keyboard
from web.navigation import ROLE_LABELS
from web.translations import format_money, gettext, use_language

_PROVIDERS: Final = tomllib.loads((Path(registry.demo.__file__).parent / "providers.toml").read_text())
USERS: Final = {firm["name"]: firm["user"] for firm in _PROVIDERS["provider"]}
"""Who signs in for each provider."""

COACHING, GUIDANCE = "Nuorten työnhakuvalmennus", "Uraohjaus"
PRICES: Final[Mapping[str, int]] = {
    firm["name"]: offer["euros"]
    for firm in _PROVIDERS["provider"]
    for offer in firm["offer"]
    if offer["organiser"] == "oulu" and offer["service"] == "nuorten-tyonhakuvalmennus"
}
"""Euros an hour of coaching in Oulu."""

ISSUED, UNTIL = date.today() - timedelta(days=20), date.today() + timedelta(days=300)
GRANTED: Final = "Palveluseteli on myönnetty. Asiakkaalle on ilmoitettu."


def _euros(cents: int) -> str:
    with use_language("fi"):
        return format_money(cents)


def _flash(page: Page) -> Locator:
    return page.locator(".flashes")


def _main(page: Page) -> Locator:
    return page.get_by_role("main")


async def _menu(page: Page, name: str) -> None:
    """One of the links that the person's role has on every page."""
    await page.get_by_role("navigation", name="Päävalikko").get_by_role("link", name=name, exact=True).click()


@dataclass(frozen=True)
class Stage:
    """The demonstration and a browser, with scripts or without."""

    demo: Demo
    open_page: OpenPage
    javascript: bool = True

    async def enter(self, name: str, role: Role, *, refused: frozenset[int] = frozenset()) -> Page:
        """A browser of its own, signed in through the demonstration's door. Clients hold a phone."""
        page = await self.open_page(
            width=PHONE if role is Role.CLIENT else DESK,
            javascript=self.javascript,
            base_url=self.demo.base_url,
            expected_statuses=refused,
        )
        await page.goto("/")
        await page.get_by_role("link", name="Kirjaudu sisään", exact=True).first.click()
        with use_language("fi"):
            label = gettext(ROLE_LABELS[role])
        people = page.locator("section").filter(has=page.get_by_role("heading", name=label, exact=True))
        person = people.get_by_text(name, exact=True)
        if not await person.is_visible():  # not one of those who are introduced: among the others
            await people.locator("summary").click()
        await person.click()
        await expect(page.locator(".whoami")).to_contain_text(label)
        return page

    async def assert_sound(self) -> None:
        """What happened left the books, the vouchers and the trail in order."""
        findings = [finding async for finding in check(self.demo.database)]
        assert findings
        assert [finding.line() for finding in findings if not finding.ok] == []


# --- what the people do -------------------------------------------------------------------------------------------


async def grant(worker: Page, *, client: str, service: str) -> None:
    """The case worker finds the client, picks the service, and is told what is missing before the voucher is granted."""
    await _menu(worker, "Myönnä palveluseteli")
    await worker.get_by_label("Asiakas", exact=True).fill(client)
    await worker.get_by_role("button", name="Etsi", exact=True).click()
    await worker.get_by_role("link", name=client, exact=True).click()
    await worker.get_by_label(service, exact=True).check()
    await worker.get_by_role("button", name="Jatka", exact=True).click()
    await expect(_main(worker)).to_contain_text(client)
    await worker.get_by_role("radio", name="PS-2026").check()
    await worker.get_by_label("Voimassa, päivää").fill("100")
    await worker.get_by_role("button", name="Myönnä palveluseteli").click()

    await expect(worker.get_by_role("alert")).to_contain_text("Korjaa yksi kohta")
    await expect(worker.get_by_label("Voimassa, päivää")).to_have_value("100")
    await expect(worker.get_by_role("radio", name="PS-2026")).to_be_checked()
    plan = worker.get_by_role("group", name="Onko palvelu osa asiakkaan suunnitelmaa?")
    await plan.get_by_label("Ei", exact=True).check()
    await worker.get_by_role("button", name="Myönnä palveluseteli").click()

    await expect(_flash(worker)).to_contain_text(GRANTED)
    await expect(_main(worker)).to_contain_text(service)


async def compare(client: Page) -> list[str]:
    """The client opens the comparison; gives the names of those compared."""
    await expect(_main(client)).to_contain_text("Seuraavaksi: valitse palveluntuottajasi")
    await client.get_by_role("link", name="Vertaile ja valitse", exact=True).click()
    await expect(client.get_by_role("heading", level=1)).to_have_text("Mikä on sinulle tärkeää?")
    await client.get_by_label("Se alkaa pian").check()
    await client.get_by_role("button", name="Näytä palveluntuottajat").click()
    await expect(client.get_by_role("heading", level=1)).to_have_text("Valitse palveluntuottajasi")
    await expect(client.get_by_role("article")).to_have_count(3)
    return await client.get_by_role("article").get_by_role("heading", level=2).all_inner_texts()


async def choose(client: Page, provider: str) -> None:
    """Pick one, read the summary, confirm, and see the receipt."""
    await client.get_by_role("link", name=f"Valitse {provider}", exact=True).click()
    await expect(client.get_by_role("heading", level=1)).to_have_text(f"Olet valitsemassa: {provider}")
    await expect(_main(client)).to_contain_text("Mitä sitten tapahtuu?")
    await client.get_by_role("button", name="Vahvista valinta").click()
    await expect(client.get_by_role("heading", level=1)).to_have_text(f"Valitsit: {provider}")
    await expect(client.locator("li.is-current")).to_contain_text("Palveluntuottaja vahvistaa")


async def confirm(provider: Page, *, client: str) -> None:
    """The newest request, which tells what is asked but not by whom, is confirmed; then the name is there."""
    asked = provider.get_by_role("article").last
    await expect(asked).to_contain_text("Oulu")
    await expect(_main(provider)).not_to_contain_text(client)
    await asked.get_by_role("button", name="Vahvista asiakas").click()
    await expect(_flash(provider)).to_contain_text("Vahvistit asiakkaan.")
    row = provider.get_by_role("listitem").filter(has_text=client)
    await expect(row).to_contain_text("Ei vielä näytetty")


async def read_code(client: Page) -> tuple[str, str]:
    """Number and code as the client's own page shows them in text."""
    await _menu(client, "Omat palvelusetelit")
    await client.get_by_role("link", name="Näytä palvelusetelini", exact=True).click()
    await expect(_main(client)).to_contain_text("Seuraavaksi: näytä palveluseteli")
    code = client.get_by_role("region", name="Koodisi")
    await expect(code.get_by_role("term")).to_have_text(["Numero", "Koodi"])
    number, secret = await code.get_by_role("definition").all_inner_texts()
    return number, secret


async def redeem(provider: Page, *, client: str, number: str, secret: str, unit: str, units: str) -> None:
    """A wrong code opens nothing; the right one opens the voucher, and one visit is charged."""
    await _menu(provider, "Ota seteli vastaan")
    await provider.get_by_label("Setelin numero").fill(number)
    await provider.get_by_label("Koodi", exact=True).fill("0000-0000-0000-0000")
    await provider.get_by_role("button", name="Avaa palveluseteli").click()
    await expect(provider.get_by_role("alert")).to_be_visible()
    await expect(provider.get_by_label("Setelin numero")).to_have_value(number)
    await provider.get_by_label("Koodi", exact=True).fill(secret)
    await provider.get_by_role("button", name="Avaa palveluseteli").click()
    await expect(provider.get_by_role("heading", level=1)).to_have_text(client)
    await provider.get_by_label(unit, exact=True).fill(units)
    await provider.get_by_role("button", name="Veloita nyt").click()
    await expect(_flash(provider)).to_contain_text("Käynti on veloitettu.")


async def see_visit(client: Page, *, provider: str, visit: str, value: str, left: str) -> None:
    """What the client sees when the page is opened again: the visit, how to go on, and what is left."""
    await client.reload()
    await expect(_main(client)).to_contain_text(f"Seuraavaksi: jatka palveluntuottajan {provider} kanssa")
    visits = client.locator(".visits").get_by_role("listitem")
    await expect(visits).to_have_count(1)
    for text in ("Käynti kirjattu", "18.11.2026", visit, value, provider):
        await expect(visits).to_contain_text(text)
    await _menu(client, "Omat palvelusetelit")
    ticket = client.get_by_role("article").filter(has_text=provider)
    await expect(ticket).to_contain_text(left)


# --- the stories --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
async def test_a_jobseeker_chooses_and_shows_the_voucher(
    demo: Demo, open_page: OpenPage, javascript: bool
) -> None:
    stage = Stage(demo, open_page, javascript)
    name = "Emilia Kangastus"
    worker = await stage.enter("Kaisa Kohtaaja", Role.CASE_WORKER, refused=frozenset({422}))
    await grant(worker, client=name, service=COACHING)

    client = await stage.enter(name, Role.CLIENT)
    picked = (await compare(client))[0]
    await choose(client, picked)

    provider = await stage.enter(USERS[picked], Role.PROVIDER_USER, refused=frozenset({409}))
    await confirm(provider, client=name)
    number, secret = await read_code(client)
    await redeem(provider, client=name, number=number, secret=secret, unit="Tunteja", units="1,5")
    await expect(_main(provider)).to_contain_text("8,5 tuntia jäljellä")

    value = _euros(PRICES[picked] * 150)
    await see_visit(client, provider=picked, visit="1,5 tuntia", value=value, left="8,5 tuntia jäljellä")
    await stage.assert_sound()


async def test_a_provider_applies_is_approved_and_redeems(
    demo: Demo, open_page: OpenPage, tmp_path: Path
) -> None:
    stage = Stage(demo, open_page)
    firm, name = "Uusi Suunta Keksitty Oy", "Venla Kuvitelma"
    provider = await stage.enter(USERS[firm], Role.PROVIDER_USER, refused=frozenset({409, 422}))
    await _apply(provider, firm, tmp_path)

    officer = await stage.enter("Riitta Rekisteri", Role.REGISTER_OFFICER)
    await officer.get_by_role("row").filter(has_text=GUIDANCE).get_by_role("link", name=firm).click()
    await expect(_main(officer)).to_contain_text(_euros(88_00))
    await _approve(officer)

    await provider.goto("/provider/offer")
    await expect(_main(provider)).to_contain_text(GUIDANCE)
    await _find_in_public(stage, firm)

    worker = await stage.enter("Kaisa Kohtaaja", Role.CASE_WORKER, refused=frozenset({422}))
    await grant(worker, client=name, service=GUIDANCE)
    client = await stage.enter(name, Role.CLIENT)
    assert firm in await compare(client)
    await choose(client, firm)
    await _menu(provider, "Asiakkaat")
    await confirm(provider, client=name)
    number, secret = await read_code(client)
    await redeem(provider, client=name, number=number, secret=secret, unit="Tapaamisia", units="1")
    left = "4 tapaamista jäljellä"
    await see_visit(client, provider=firm, visit="1 tapaaminen", value=_euros(88_00), left=left)
    await stage.assert_sound()


class Applicant(Keyboard):
    """Goes straight to what is named, where somebody without a mouse goes by Tab."""

    async def to(self, wanted: Locator) -> None:
        await wanted.focus()


async def _apply(provider: Page, firm: str, folder: Path) -> None:
    """Part by part from the list; a part left empty is told, and what was typed stays. Then it is complete and sent."""
    hands = Applicant(provider)
    await _menu(provider, "Palvelumme")
    await provider.goto("/provider/offer/draft")
    await hands.button("Aloita")
    await hands.part("Palvelut, joihin haet")
    await provider.get_by_role("checkbox", name=GUIDANCE).first.check()  # in Oulu, where it works already
    await hands.save()
    await hands.part("Kunnat ja etäpalvelu")
    await hands.tick("Palvelemme myös etänä, asuinpaikasta riippumatta")
    await hands.save()
    for part in ("Kielet", "Esteettömyys"):
        await hands.part(part)
        await hands.save()
    await hands.part("Työtapa")
    await provider.get_by_role("radio", name="Kahden kesken", exact=True).check()
    await hands.save()
    await hands.part("Valmentajat")
    await hands.link("Lisää valmentaja")
    for label, said in (("Etunimi", "Aino"), ("Sukunimi", "Ahkera"), ("Pätevyys", "Yhteisöpedagogi")):
        await hands.type(label, said)
    await hands.button("Tallenna valmentaja")
    await provider.get_by_role("checkbox", name="Aino Ahkera").first.check()
    await hands.save()
    await hands.part("Vastuuvakuutus")
    await hands.type("Vakuutusyhtiö", "Vakuutus Oy")
    await hands.type("Vakuutusmäärä", "500 000")
    await provider.get_by_label("Voimassa asti", exact=True).fill(UNTIL.isoformat())
    await hands.save()
    await hands.part("Sääntökirja")
    for point in await provider.get_by_role("main").get_by_role("checkbox").all():
        await point.check()
    await hands.save()
    await _priced(hands)
    await _papers(hands, folder)
    await hands.part("Tilinumero")
    await hands.type("Tilinumero (IBAN)", "FI21 1234 5600 0007 85")
    await hands.button("Lähetä vahvistettavaksi")
    await hands.link("Takaisin osiin")
    await hands.link("Tarkista vastauksesi")
    await hands.tick(re.compile("^Antamamme tiedot ovat oikein"))
    await hands.button("Lähetä hakemus")
    await expect(_flash(provider)).to_contain_text("lähetettiin")


async def _priced(hands: "Applicant") -> None:
    page = hands.page
    await hands.part("Hinta")
    await hands.button("Tallenna ja jatka")
    await expect(page.get_by_role("alert")).to_contain_text("Tapaamisen hinta: täytä tämä kenttä")
    await page.get_by_label("Tapaamisen hinta").fill("88,00")
    await page.get_by_role("radio", name=re.compile("^25,5 %")).check()
    await hands.save()
    await hands.part("Paikat ja seuraava aloitus")
    await hands.type("Montako asiakasta voitte ottaa samaan aikaan?", "6")
    await hands.save()


async def _papers(hands: "Applicant", folder: Path) -> None:
    """Every paper that is asked and is not there yet."""
    page, file = hands.page, folder / "todistus.pdf"
    file.write_bytes(paper("todistus", ISSUED))
    await hands.part("Selvitykset")
    await page.locator("input[name=employer][value=no]").check()
    await hands.button("Tallenna vastaus")
    asked = page.get_by_role("main").locator("a[href*='/papers/new/']")
    for address in [await link.get_attribute("href") for link in await asked.all()]:
        await page.goto(str(address))
        await page.get_by_label("Antopäivä", exact=True).fill(ISSUED.isoformat())
        ends = page.get_by_label("Voimassa asti", exact=True)
        if await ends.count():
            await ends.fill(UNTIL.isoformat())
        await page.get_by_label("Tiedosto", exact=True).set_input_files(file)
        await hands.button("Lähetä tiedosto")
        await expect(_flash(page)).to_contain_text("Tiedosto vastaanotettiin.")
    await page.goto("/provider/offer/draft")


async def _approve(officer: Page) -> None:
    """Nothing stands in the officer's way, every criterion is met, and the decision goes out."""
    await officer.get_by_label("En ole esteellinen").check()
    hands = Applicant(officer)
    await hands.button("Ilmoita ja jatka")
    at = officer.url.split("?", 1)[0]
    await officer.goto(f"{at}/checklist")
    for met in await officer.locator("input[type=radio][value=met]").all():
        await met.check()
    await hands.button("Tallenna tarkistuslista")
    await officer.goto(at)
    await officer.get_by_text("Hyväksy", exact=True).click()
    await hands.button("Hyväksy rekisteriin")
    await expect(_main(officer)).to_contain_text("Päätös: hyväksytty")


async def _find_in_public(stage: Stage, firm: str) -> None:
    """Anyone finds the provider and its new service in the register, without signing in."""
    reader = await stage.open_page(base_url=stage.demo.base_url)
    await reader.goto("/")
    await _menu(reader, "Palveluntuottajat")
    await reader.get_by_label("Nimi, paikka tai sana").fill("Uusi Suunta")
    await reader.get_by_role("button", name="Hae", exact=True).click()
    await expect(reader.locator("#found")).to_contain_text("Uusi Suunta")
    hit = reader.get_by_role("listitem").filter(has=reader.get_by_role("heading", name=firm))
    await expect(hit).to_contain_text(GUIDANCE)
    await expect(hit).to_contain_text(_euros(88_00))
    await hit.get_by_role("link", name=firm).click()
    await expect(_main(reader)).to_contain_text(GUIDANCE)


async def test_a_finance_officer_closes_a_month(demo: Demo, open_page: OpenPage, tmp_path: Path) -> None:
    stage = Stage(demo, open_page)
    first = await stage.enter("Raimo Raha", Role.FINANCE_OFFICER)
    second = await stage.enter("Sirpa Saldo", Role.FINANCE_OFFICER)
    close = "Sulje lokakuu 2026"
    await first.get_by_role("button", name=close).click()
    await expect(_flash(first)).to_contain_text("Kuukausi on suljettu.")
    await expect(first.get_by_role("heading", level=1)).to_have_text("Lokakuu 2026")
    closed = await _main(first).text_content()
    assert closed

    await second.get_by_role("button", name=close).click()  # a page from before the month was closed
    await expect(second.get_by_role("heading", level=1)).to_have_text("Lokakuu 2026")
    await expect(_main(second)).to_have_text(closed)  # nothing changed
    await _menu(second, "Kuukaudet")
    await expect(second.get_by_role("button", name=close)).to_have_count(0)

    row = first.get_by_role("row").filter(has_text="Odottaa laskua").first
    firm = await row.get_by_role("link").inner_text()
    await row.get_by_role("link").click()
    await expect(_main(first)).to_contain_text("Odottaa laskua")
    title = await first.get_by_role("heading", level=1).inner_text()
    number = title.removeprefix("Tilitys ")

    provider = await stage.enter(USERS[firm], Role.PROVIDER_USER)
    await _invoice(provider, number, tmp_path)

    await first.reload()
    await expect(_main(first)).to_contain_text("Tilitys ja laskut täsmäävät")
    await first.get_by_role("button", name=re.compile("^Hyväksy ")).click()
    await expect(_flash(first)).to_contain_text("Tilitys on hyväksytty maksettavaksi.")
    await _may_not_pay(first)

    await second.get_by_role("link", name="lokakuu 2026", exact=True).click()
    await second.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await second.get_by_role("button", name=re.compile("^Maksa ")).click()
    await expect(_flash(second)).to_contain_text("Tilitys on maksettu.")
    await provider.reload()
    await expect(_main(provider)).to_contain_text("Selvitetty 18.11.2026")
    await stage.assert_sound()


async def _invoice(provider: Page, number: str, folder: Path) -> None:
    """The provider takes its statement as a file, fills in the invoice's number and date, and sends it back."""
    await _menu(provider, "Tilitykset")
    await provider.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await expect(_main(provider)).to_contain_text("Lähetä laskusi")
    async with provider.expect_download() as downloading:
        await provider.get_by_role("complementary").get_by_role("link", name="Lataa tilitys").click()
    download = await downloading.value
    assert download.suggested_filename == f"{number}.csv"
    taken = folder / "tilitys.csv"
    await download.save_as(taken)

    header, *lines = csv.reader(io.StringIO(taken.read_text("utf-8-sig"), newline=""), delimiter=";")
    assert lines
    for line in lines:
        line[header.index("laskunumero")] = "L-2026-11"
        line[header.index("laskun_päivä")] = "18.11.2026"
    invoice = folder / "lasku.csv"
    with invoice.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, delimiter=";").writerows([header, *lines])

    await provider.get_by_label("Laskutiedosto").set_input_files(invoice)
    await provider.get_by_role("button", name="Lähetä lasku").click()
    await expect(_flash(provider)).to_contain_text("Lasku on vastaanotettu.")
    await expect(_main(provider)).to_contain_text("Tilitys ja laskut täsmäävät")


async def _may_not_pay(officer: Page) -> None:
    """Who approved is told that somebody else pays: there is no button, and asking without one is refused alike."""
    sentence = "Hyväksyit tämän tilityksen, joten jonkun toisen on maksettava se."
    await expect(_main(officer)).to_contain_text(sentence)
    await expect(officer.get_by_role("button", name=re.compile("^Maksa "))).to_have_count(0)
    token = await officer.locator("input[name=_csrf_token]").first.get_attribute("value")
    assert token is not None
    answer = await officer.request.post(
        f"{officer.url.partition('?')[0]}/pay",
        form={"_csrf_token": token, "idempotency_key": "pressed-by-the-approver"},
    )
    assert answer.status == 409
    assert sentence in await answer.text()
