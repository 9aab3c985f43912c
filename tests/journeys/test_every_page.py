"""Every page that can be reached from each role's home, in a browser: no console error, no failed request, nothing
wider than the phone, and no rule of accessibility broken, in three languages."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.async_api import Page

from registry.shared.actor import Role
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, sideways
from tests.journeys.conftest import Demo
from web.navigation import HOMES

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LINK = re.compile(r'<a [^>]*href="([^"#]+)"')
FEWEST = {
    None: 8,
    Role.CLIENT: 12,
    Role.PROVIDER_USER: 14,
    Role.CASE_WORKER: 12,
    Role.REGISTER_OFFICER: 8,
    Role.FINANCE_OFFICER: 7,
    Role.ORGANISER_ADMINISTRATOR: 10,
    Role.AUDITOR: 5,
}
"""At least so many kinds of pages each role reaches: a crawl that found fewer was turned away somewhere."""


def _kind(path: str) -> str:
    """The page's kind: its path with ids and months taken out."""
    return re.sub(r"\d{4}-\d\d(-\d\d)?", "{month}", _ID.sub("{id}", urlsplit(path).path))


_found: dict[tuple[str, Role | None], dict[str, tuple[str, dict[str, str]]]] = {}
"""What was reached already, by the server's address: the links are the same in every language."""


async def _pages(demo: Demo, role: Role | None) -> dict[str, tuple[str, dict[str, str]]]:
    """One address of each kind of page that people of this role reach by links, with the cookies of who reached it."""
    if (demo.base_url, role) not in _found:
        _found[demo.base_url, role] = await _crawled(demo, role)
    return _found[demo.base_url, role]


async def _crawled(demo: Demo, role: Role | None) -> dict[str, tuple[str, dict[str, str]]]:
    people = (
        [{}] if role is None else [await demo.cookies(person) for person in (await demo.people(role))[:8]]
    )
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for cookies in people:
        async with httpx.AsyncClient(
            base_url=demo.base_url, cookies=cookies, follow_redirects=True
        ) as browser:
            waiting, seen = [HOMES[role] if role else "/"], set[str]()
            while waiting:
                path = waiting.pop(0)
                kind = _kind(path)
                if kind in seen:
                    continue
                seen.add(kind)
                answer = await browser.get(path)
                assert answer.status_code < 500, f"{path} answers {answer.status_code}"
                if "text/html" not in answer.headers.get("content-type", "") or answer.status_code != 200:
                    assert answer.status_code in (200, 404), f"{path} answers {answer.status_code}"
                    continue
                found.setdefault(kind, (path, cookies))
                for href in _LINK.findall(answer.text):
                    target = urljoin(str(answer.url), href.replace("&amp;", "&"))
                    if target.startswith(demo.base_url):
                        waiting.append(target.removeprefix(demo.base_url))
    return found


@pytest.mark.parametrize(("language", "width"), [("fi", PHONE), ("sv", PHONE), ("en", PHONE), ("fi", DESK)])
@pytest.mark.parametrize("role", [None, *Role])
async def test_every_page(
    demo_to_look_at: Demo, open_page: OpenPage, role: Role | None, language: str, width: int
) -> None:
    demo = demo_to_look_at
    pages = await _pages(demo, role)
    assert len(pages) >= FEWEST[role], sorted(pages)
    opened: dict[str, Page] = {}
    for path, cookies in pages.values():
        token = cookies.get("registry_session", "")
        if token not in opened:
            opened[token] = await open_page(
                width=width,
                language=language,
                base_url=demo.base_url,
                cookies={**cookies, "language": language},
            )
        page = opened[token]
        await page.goto(path)
        assert await page.locator("h1").count() == 1, f"{path}: one main heading"
        # pages that stay on a device have their language in the address
        own = path.rpartition("/")[2]
        expected = own if own in ("fi", "sv", "en") else language
        assert await page.locator("html").get_attribute("lang") == expected
        assert await sideways(page) == 0, f"{path} is wider than {width} px"
        await assert_accessible(page)
