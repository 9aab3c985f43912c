"""Real pages in a real Chromium (Debian's), one per test process and a clean context per page.

`open_page` opens a page as a person with a language and a width sees it, and watches it: a console error, an
uncaught exception, a failed request or a request to another host fails the test at its end.
"""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

import pytest
import uvicorn
from _pytest.terminal import TerminalReporter
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, Response, async_playwright

PHONE, TABLET, DESK = 360, 768, 1280
NO_BROWSER = (
    "Browser tests need Chromium and none was found: install it (Debian: apt-get install chromium) "
    "or name it in REGISTRY_CHROMIUM."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
_AXE = Path(__file__).parents[1] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
_SCRIPTLESS: WeakSet[Page] = WeakSet()  # pages that were opened without JavaScript
_HOSTS = {"127.0.0.1", "localhost", "::1"}


def find_chromium() -> str | None:
    """The browser: the one that REGISTRY_CHROMIUM names, else the first of the usual names."""
    named = os.environ.get("REGISTRY_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)


@dataclass
class Watch:
    """What went wrong on a page, beyond the answers that the test expects (such as a form's 422)."""

    expected_statuses: frozenset[int] = frozenset()
    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._page_error)
        page.on("requestfailed", self._request_failed)
        page.on("request", self._request)
        page.on("response", self._response)

    def assert_quiet(self) -> None:
        assert not self.problems, "the page had problems:\n  " + "\n  ".join(self.problems)

    def _console(self, message: ConsoleMessage) -> None:
        # A status of 400 and more is also a console message; `_response` tells it, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _page_error(self, error: Error) -> None:
        self.problems.append(f"exception: {error}")

    def _request_failed(self, request: Request) -> None:
        # A download ends as an aborted navigation, and a page left while it loads aborts what it still waits for.
        # What is missing, refused or blocked says so in other words.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request failed: {request.url}: {request.failure}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in _HOSTS:
            self.problems.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.problems.append(f"answer {response.status}: {response.url}")


class OpenPage(Protocol):
    """`await open_page(width=PHONE, language="fi")` gives a watched page; `base_url` lets it `goto("/path")`."""

    async def __call__(
        self,
        *,
        width: int = DESK,
        language: str = "fi",
        javascript: bool = True,
        base_url: str | None = None,
        cookies: dict[str, str] | None = None,
        expected_statuses: frozenset[int] = frozenset(),
    ) -> Page: ...


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser per test process; without one, every browser test fails with the sentence that says why."""
    executable = find_chromium()
    if executable is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    async with async_playwright() as playwright:
        # No sandbox: it does not start as root or in most containers, and only our own pages are opened.
        browser = await playwright.chromium.launch(
            executable_path=executable, args=_ARGUMENTS, chromium_sandbox=False
        )
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    watches: list[Watch] = []
    async with AsyncExitStack() as contexts:

        async def opened(
            *,
            width: int = DESK,
            language: str = "fi",
            javascript: bool = True,
            base_url: str | None = None,
            cookies: dict[str, str] | None = None,
            expected_statuses: frozenset[int] = frozenset(),
        ) -> Page:
            is_phone = width < TABLET
            context = await chromium.new_context(
                viewport={"width": width, "height": 780 if is_phone else 900},
                is_mobile=is_phone,
                has_touch=is_phone,
                locale=_LOCALES[language],
                timezone_id="Europe/Helsinki",
                java_script_enabled=javascript,
                base_url=base_url,
                # what unfolds while a busy machine draws few pictures slips away from under the pointer
                reduced_motion="reduce",
            )
            contexts.push_async_callback(context.close)
            context.set_default_timeout(15_000)
            if cookies and base_url:
                await context.add_cookies(
                    [{"name": name, "value": value, "url": base_url} for name, value in cookies.items()]
                )
            page = await context.new_page()
            if not javascript:
                _SCRIPTLESS.add(page)
            watch = Watch(expected_statuses)
            watch.follow(page)
            watches.append(watch)
            return page

        yield opened
    for watch in watches:
        watch.assert_quiet()


@dataclass(frozen=True)
class Violation:
    """A rule of axe-core that a page breaks, and where."""

    rule: str
    impact: str
    help: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}): {self.help}: " + "; ".join(self.where)


@cache
def _axe_source() -> str:
    if not _AXE.is_file():
        pytest.fail("axe-core is not installed: run make assets.", pytrace=False)
    return _AXE.read_text()


@asynccontextmanager
async def _scripts_allowed(page: Page) -> AsyncIterator[None]:
    """axe-core waits for promises and timers, which a page opened without JavaScript never keeps. Its own
    scripts were not loaded, so allowing them for a moment changes nothing on it; timers stay dead even so."""
    if page not in _SCRIPTLESS:
        yield
        return
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setScriptExecutionDisabled", {"value": False})
    await page.evaluate("() => { window.setTimeout = act => { Promise.resolve().then(act); return 0; }; }")
    yield
    await session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    await session.detach()


async def axe(page: Page) -> list[Violation]:
    """The accessibility rules that the page breaks, as it is now. Evaluated from outside of the page, so that
    the page's content security policy stays as strict as it is."""
    async with _scripts_allowed(page):
        await page.evaluate(_axe_source())
        # What fades in has the contrast of its last frame.
        found: list[dict[str, Any]] = await page.evaluate(
            """async preload => {
                document.getAnimations().forEach(animation => animation.finish());
                return (await axe.run(document, {preload, resultTypes: ["violations"]})).violations;
            }""",
            page not in _SCRIPTLESS,  # style sheets are fetched again for one rule only, with timers
        )
    return [
        Violation(
            rule["id"],
            rule["impact"] or "",
            rule["help"],
            tuple(f"{json.dumps(node['target'])} {node['html'][:200]}" for node in rule["nodes"]),
        )
        for rule in found
    ]


async def assert_accessible(page: Page) -> None:
    violations = await axe(page)
    assert not violations, f"{page.url} breaks rules of accessibility:\n  " + "\n  ".join(
        map(str, violations)
    )


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; anything above 0 makes a phone scroll sideways."""
    assert page.viewport_size is not None
    wide: int = await page.evaluate("document.documentElement.scrollWidth")
    return max(0, wide - page.viewport_size["width"])


class _Server(uvicorn.Server):
    """Says when it has started, and leaves signals to the test runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise RuntimeError("the application did not start; its log says why") from error
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application, its lifespan included, on a free loopback port; gives the base address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_level="warning", lifespan="on", access_log=False))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        up = asyncio.create_task(server.up.wait())
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            up.cancel()
            await running
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    broken = terminalreporter.stats.get("error", []) + terminalreporter.stats.get("failed", [])
    if any(NO_BROWSER in str(report.longrepr) for report in broken):
        terminalreporter.write_sep("!", NO_BROWSER, red=True, bold=True)
