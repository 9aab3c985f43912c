"""The public register for search engines, for paper, and with its languages marked."""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as etree  # noqa: N813 - the name it is known by

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event, update

from registry.catalogue.model import Organiser
from registry.providers.model import Admission, Provider
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.browser import OpenPage, assert_accessible, serving
from tests.builders import TODAY, World, add_provider, build_world
from tests.web.client import post_form, sign_in

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "http://127.0.0.1:8000"


@pytest.fixture
async def world(database: Database) -> World:
    world = await build_world(database, providers=2)
    async with database.transaction() as session:
        await session.execute(
            update(Provider)
            .where(Provider.id == world.provider_id)
            .values(
                name="Valmennus </script><b> & Co",
                street="Katu 1",
                postal_code="90100",
                phone="040 123",
                email="info@example.invalid",
                website="https://example.invalid/",
            )
        )
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[0])
            .values(languages=["fi", "sv"], valid_until=TODAY + timedelta(days=30))
        )
    return world


def structured(page: str) -> Any:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return json.loads(found)


def visible(page: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page.split("<main", 1)[1], flags=re.S)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body) + " ".join(re.findall(r'href="([^"]+)"', body)))
    for entity, ch in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#34;", '"'), ("\xad", "")):
        text = text.replace(entity, ch)
    return text


def said(node: Any, key: str = "") -> list[tuple[str, str]]:
    """Every text in the mark-up that is about the provider."""
    if isinstance(node, dict):
        return [pair for name, value in node.items() for pair in said(value, name)]
    if isinstance(node, list):
        return [pair for value in node for pair in said(value, key)]
    return [(key, str(node))]


WORDS_OF_THE_FORM = {
    *("@context", "@type", "@id", "url", "priceCurrency", "valueAddedTaxIncluded", "unitCode"),
    *("availableLanguage", "validFrom", "validThrough", "price"),
}


async def test_the_mark_up_says_nothing_that_the_page_does_not_show(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    address = f"/providers/{world.provider_id}"
    for lang in ("fi", "sv", "en"):
        page = (await site.get(address, headers={"accept-language": lang})).text
        node = structured(page)
        shown = visible(page)
        for key, text in said(node):
            assert key in WORDS_OF_THE_FORM or text in shown, (key, text)
        assert node["name"] == "Valmennus </script><b> & Co"
        assert node["@id"] == node["url"] == f"{BASE}{address}"
        (offer,) = node["makesOffer"]
        assert offer["priceSpecification"]["price"] == "60.00"
        assert offer["itemOffered"]["availableChannel"]["availableLanguage"] == ["fi", "sv"]
        assert node["address"]["streetAddress"] == "Katu 1"
    async with database.transaction() as session:
        await session.execute(
            update(Provider).where(Provider.id == world.provider_id).values(form="sole_trader")
        )
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="suspended")
        )
    node = structured((await site.get(address)).text)
    assert node["address"] == {"@type": "PostalAddress", "addressLocality": "Oulu"}, "no home address"
    assert "makesOffer" not in node, "who cannot be chosen offers nothing"


async def test_an_address_says_only_that_it_is_not_in_the_register_once_it_left(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.transaction() as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="removed")
        )
    answer = await site.get(f"/providers/{world.provider_id}")
    assert answer.status_code == 404
    for word in ("Valmennus", "Katu 1", "90100", "ld+json", "info@example.invalid"):
        assert word not in answer.text
    assert str(world.provider_id) not in (await site.get("/sitemap.xml")).text


async def locations(site: httpx.AsyncClient, path: str) -> list[str]:
    root = etree.fromstring((await site.get(path)).content)
    return [found.text or "" for found in root.iter(f"{SITEMAP}loc")]


async def test_the_sitemap_names_every_public_page_once_and_they_are_there(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    found = await locations(site, "/sitemap.xml")
    assert len(found) == len(set(found)) == 7 + 1 + 2
    for address in found:
        assert (await site.get(address.removeprefix(BASE))).status_code == 200, address
    async with database.transaction() as session:
        await session.execute(
            update(Organiser).where(Organiser.id == world.organiser_id).values(sandbox=True)
        )
    assert len(await locations(site, "/sitemap.xml")) == 7, "nothing of the sandbox"


async def test_a_long_sitemap_is_several_files_without_gap_or_repeat(
    site: httpx.AsyncClient, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction(world.sight) as session:
        for _ in range(5):
            await add_provider(session, world)
    whole = await locations(site, "/sitemap.xml")
    monkeypatch.setattr("web.pages.sitemap.LARGEST", 5)
    files = await locations(site, "/sitemap.xml")
    assert files == [f"{BASE}/sitemaps/{number}.xml" for number in (1, 2, 3)]
    parts = [await locations(site, file.removeprefix(BASE)) for file in files]
    assert [address for part in parts for address in part] == whole
    for wrong in ("0", "4", "x", "1.txt", "²"):
        assert (await site.get(f"/sitemaps/{wrong}.xml")).status_code == 404


async def test_robots_may_not_read_a_demonstration(
    site: httpx.AsyncClient, application: Any, settings: Settings
) -> None:
    assert "Disallow: /\n" in (await site.get("/robots.txt")).text
    held = application.state.services
    object.__setattr__(held, "settings", settings.model_copy(update={"demo": False}))
    text = (await site.get("/robots.txt")).text
    assert "Disallow: /\n" not in text
    assert "Disallow: /my\n" in text
    assert f"Sitemap: {BASE}/sitemap.xml" in text


async def test_an_officer_verifies_a_language_and_everybody_sees_which(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    public = f"/providers/{world.provider_id}"
    site.cookies.set("language", "en")
    assert "Finnish and Swedish (own statement, not verified)" in visible((await site.get(public)).text)
    form = f"/applications/register/{world.admissions[0]}/languages"
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    assert (await post_form(site, form, {"languages": ["sv", "de"]})).status_code == 422
    assert (await post_form(site, form, {"languages": ["sv"]})).status_code == 303
    assert 'value="sv" checked' in (await site.get(form)).text
    page = visible((await site.get(public)).text)
    assert re.search(r"Swedish \(skill verified by the authority\) Finnish \(own statement", page)
    assert (await site.get("/api/v1/open-data/register.json")).json()["rows"][0]["languages_verified"] == "sv"
    for listed in ("/providers", "/providers/print"):
        text = visible((await site.get(listed)).text)
        assert re.search(r"Swedish \(verified\) ?, Finnish \(not verified\)", text), listed
    for address in (f"/api/v1/providers/{world.provider_id}", "/api/v1/providers"):
        found = (await site.get(address)).json()
        entries = found.get("items", [found])
        entry = next(one for one in entries if one["id"] == str(world.provider_id))
        assert entry["offers"][0]["languages_verified"] == ["sv"], address
    await sign_in(site, database, world, "provider_user:0")
    assert (await post_form(site, form, {"languages": ["fi"]})).status_code == 403


async def test_the_print_has_what_paper_needs_in_as_many_queries_for_many_as_for_few(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    counted: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *a: counted.append(str(a[2])))
    few = (await site.get("/providers/print")).text
    first, counted[:] = len(counted), []
    async with database.transaction(world.sight) as session:
        for _ in range(5):
            await add_provider(session, world)
    counted.clear()
    many = (await site.get("/providers/print?language=sv")).text
    assert len(counted) == first <= 7
    text = visible(few)
    for word in ("Katu 1", "90100 Oulu", "040 123", "info@example.invalid", "Kempele", "60,00"):
        assert word in text, word
    assert f"{BASE}/providers/{world.provider_id}" in text
    assert many.count('class="on-paper__provider"') == 1, "the search of the screen is that of the paper"


async def test_in_a_browser_the_mark_up_passes_the_policy_and_paper_has_no_menus(
    open_page: OpenPage, application: Litestar, world: World
) -> None:
    async with serving(application) as address:
        page = await open_page(base_url=address)
        await page.goto(f"/providers/{world.provider_id}")
        markup = await page.locator('script[type="application/ld+json"]').text_content()
        assert json.loads(markup or "")["@type"] == "Organization"
        await page.emulate_media(media="print")
        for hidden in (".site-nav", ".utility", ".site-footer"):
            assert not await page.locator(hidden).first.is_visible(), hidden
        assert await page.get_by_text("Katu 1").is_visible()
        await page.goto("/providers/print")
        assert await page.locator(".on-paper__provider").count() == 2
        assert not await page.locator(".back-link").first.is_visible()
        await page.emulate_media(media="screen")
        await assert_accessible(page)
