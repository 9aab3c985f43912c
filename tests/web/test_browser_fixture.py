"""The browser fixture sees what a person would stumble over; shown on pages of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser import DESK, PHONE, OpenPage, Watch, assert_accessible, axe, serving, sideways

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE = """<!doctype html><html lang="fi"><head><title>Testi</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"></head><body><main><h1>Testi</h1>{body}</main></body></html>"""
PAGES = {
    "/good": PAGE.format(body="<p>Kaikki on hyvin.</p><noscript><p>Ilman skriptejä</p></noscript>"),
    "/no-alternative": PAGE.format(body='<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'),
    "/inline-script": PAGE.format(body="<script>document.title = 'x'</script>"),
    "/throws": PAGE.format(body='<script src="/throws.js"></script>'),
    "/throws.js": "throw new Error('broken')",
    "/missing-picture": PAGE.format(body='<img alt="kuva" src="/nowhere.png">'),
    "/elsewhere": PAGE.format(body='<img alt="kuva" src="http://elsewhere.invalid/x.png">'),
    "/wide": PAGE.format(body="<pre>" + "leveä" * 60 + "</pre>"),
}
POLICY = b"default-src 'self'; img-src 'self' data: http://elsewhere.invalid"


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})
        return
    page = PAGES.get(scope["path"])
    kind = b"text/javascript" if scope["path"].endswith(".js") else b"text/html; charset=utf-8"
    await send(
        {
            "type": "http.response.start",
            "status": 200 if page else 404,
            "headers": [(b"content-type", kind), (b"content-security-policy", POLICY)],
        }
    )
    language = dict(scope["headers"]).get(b"accept-language", b"").decode()
    body = (page or PAGE.format(body="<p>Ei löydy</p>")).replace("hyvin", f"hyvin ({language})")
    await send({"type": "http.response.body", "body": body.encode()})


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    async with serving(application) as address:
        yield address


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_a_good_page_is_quiet_and_accessible(
    open_page: OpenPage, site: str, width: int, language: str
) -> None:
    page = await open_page(width=width, language=language, base_url=site)
    await page.goto("/good")
    assert f"({language}-" in await page.inner_text("main")
    assert await page.evaluate("innerWidth") == width
    assert await sideways(page) == 0
    await assert_accessible(page)


async def test_without_javascript(open_page: OpenPage, site: str) -> None:
    page = await open_page(javascript=False, base_url=site)
    await page.goto("/good")
    assert await page.locator("noscript p").is_visible()
    await assert_accessible(page)


async def test_an_application_that_does_not_start_is_said() -> None:
    async def broken(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(RuntimeError, match="did not start"):
        async with serving(broken):
            pass


async def test_axe_tells_the_rule_and_the_place(open_page: OpenPage, site: str) -> None:
    page = await open_page(base_url=site)
    await page.goto("/no-alternative")
    (violation,) = await axe(page)
    assert violation.rule == "image-alt"
    assert "<img src=" in str(violation)
    with pytest.raises(AssertionError, match="image-alt"):
        await assert_accessible(page)


async def test_a_page_wider_than_the_phone_is_noticed(open_page: OpenPage, site: str) -> None:
    page = await open_page(width=PHONE, base_url=site)
    await page.goto("/wide")
    assert await sideways(page) > 0


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/inline-script", "console: .*Content Security Policy"),
        ("/throws", "exception: .*broken"),
        ("/missing-picture", "answer 404: .*nowhere.png"),
        ("/elsewhere", "request to another host: http://elsewhere.invalid"),
        ("/no-such-page", "answer 404"),
    ],
)
async def test_what_goes_wrong_is_noticed(chromium: Browser, site: str, path: str, problem: str) -> None:
    page = await chromium.new_page()
    watch = Watch()
    watch.follow(page)
    try:
        await page.goto(site + path, wait_until="networkidle")
    finally:
        await page.close()
    with pytest.raises(AssertionError, match=problem):
        watch.assert_quiet()


async def test_an_expected_answer_is_no_problem(open_page: OpenPage, site: str) -> None:
    page = await open_page(base_url=site, expected_statuses=frozenset({404}))
    await page.goto("/no-such-page")
    assert await page.get_by_text("Ei löydy").is_visible()
