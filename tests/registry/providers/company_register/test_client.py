"""The register's client against a register that misbehaves. Nothing here sleeps: waiting is noted down instead."""

import gzip
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import ValidationError

from registry.providers.company_register.client import (
    CompanyRegister,
    Found,
    Limits,
    NoRegister,
    NotFound,
    Outcome,
    Reason,
    Unreachable,
    open_register,
)
from registry.shared.errors import Invalid
from registry.shared.settings import Settings
from tests.registry.providers.company_register.answers import COMPANY, OTHER, answer, company
from tests.registry.providers.company_register.server import (
    Act,
    RegisterServer,
    breaks_off,
    hangs_up,
    keeps_silent,
    never_ends,
    refuses,
    register_server,
    says,
    tells,
)

GOOD = tells(answer(company(COMPANY)))
HOURS = Limits(connect=600, read=600, total=3600)
"""A limit of minutes where it is not the limit that is tested: a slow machine changes nothing."""
SHORT = 0.02


@dataclass
class Patience:
    """A clock that only waiting moves."""

    now: float = 1000.0
    waited: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@dataclass
class Asking:
    server: RegisterServer
    patience: Patience
    register: CompanyRegister

    async def look_up(self, business_id: str = COMPANY) -> Outcome:
        return await self.register.look_up(business_id)


@asynccontextmanager
async def asking(
    *acts: Act, limits: Limits = HOURS, chance: Callable[[], float] = lambda: 1.0
) -> AsyncIterator[Asking]:
    patience = Patience()
    async with register_server(*acts) as server, httpx.AsyncClient(trust_env=False) as http:
        register = CompanyRegister(
            http,
            address=server.address,
            limits=limits,
            clock=patience.clock,
            wait=patience.wait,
            chance=chance,
        )
        yield Asking(server, patience, register)


# --- answers ------------------------------------------------------------------------------------------------------------


async def test_a_company_is_found_by_one_question() -> None:
    async with asking(GOOD) as ask:
        outcome = await ask.look_up(COMPANY.replace("-", ""))
    assert isinstance(outcome, Found)
    assert (outcome.facts.business_id, outcome.facts.name) == (COMPANY, "Esimerkkivalmennus Oy")
    assert ask.server.asked == [f"GET /opendata-ytj-api/v3/companies?businessId={COMPANY} HTTP/1.1"]
    assert ask.patience.waited == []


async def test_a_company_that_the_register_does_not_know() -> None:
    async with asking(tells(answer())) as ask:
        assert await ask.look_up() == NotFound()
        assert len(ask.server.asked) == 1


@pytest.mark.parametrize("wrong", ["", "9000001-2", "1", "9000001-1&name=x"])
async def test_what_is_no_business_id_is_not_asked_for(wrong: str) -> None:
    async with asking(GOOD) as ask:
        with pytest.raises(Invalid) as caught:
            await ask.look_up(wrong)
        assert caught.value.errors == {"business_id": "provider.business_id_wrong"}
        assert ask.server.asked == []


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (tells(answer(company(OTHER))), Reason.WRONG_COMPANY),
        (tells(answer(company(COMPANY), company(OTHER))), Reason.SEVERAL_COMPANIES),
        (tells({"totalResults": 3, "companies": []}), Reason.MALFORMED),
        (tells([]), Reason.MALFORMED),
        (says(b""), Reason.MALFORMED),
        (says(b"<html>Huoltokatko</html>"), Reason.MALFORMED),
        (says(json.dumps(answer(company(COMPANY))).encode()[:-20]), Reason.MALFORMED),
        (says(json.dumps(answer(company(COMPANY))).encode("utf-16")), Reason.MALFORMED),
        (says(b"[" * 500_000), Reason.MALFORMED),
        (says(b'{"companies": NaN}'), Reason.MALFORMED),
        (says(gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}), Reason.MALFORMED),
        (refuses(400), Reason.REFUSED),
        (refuses(403), Reason.REFUSED),
        (refuses(404), Reason.REFUSED),
        (refuses(204), Reason.REFUSED),
        (refuses(301, Location="/opendata-ytj-api/v4/companies"), Reason.REDIRECTED),
    ],
)
async def test_what_would_be_said_again_is_asked_once(act: Act, reason: Reason) -> None:
    async with asking(act, GOOD) as ask:
        assert await ask.look_up() == Unreachable(reason)
        assert len(ask.server.asked) == 1
        assert ask.patience.waited == []


async def test_a_redirect_is_not_followed_to_another_host() -> None:
    async with register_server(GOOD) as elsewhere:
        away = refuses(302, Location=f"{elsewhere.address}/companies?businessId={COMPANY}")
        async with asking(away) as ask:
            assert await ask.look_up() == Unreachable(Reason.REDIRECTED)
        assert elsewhere.asked == []


async def test_an_answer_without_end_is_left_off() -> None:
    async with asking(
        never_ends(), limits=Limits(connect=600, read=600, total=3600, most_bytes=200_000)
    ) as ask:
        assert await ask.look_up() == Unreachable(Reason.TOO_LARGE)
        assert len(ask.server.asked) == 1
        assert ask.server.sent < 20_000_000  # what the sockets between us hold, not what it would have sent


async def test_an_answer_as_large_as_allowed_is_read() -> None:
    body = json.dumps(answer(company(COMPANY))).encode()
    for most, outcome in ((len(body), Found), (len(body) - 1, Unreachable)):
        async with asking(says(body), limits=Limits(600, 600, 3600, most_bytes=most)) as ask:
            assert isinstance(await ask.look_up(), outcome)


# --- asking again -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [refuses(429), refuses(500), refuses(503), hangs_up(), breaks_off(answer(company(COMPANY)))],
)
async def test_what_may_pass_is_asked_again(act: Act) -> None:
    async with asking(act, act, GOOD) as ask:
        assert isinstance(await ask.look_up(), Found)
        assert len(ask.server.asked) == 3
        assert ask.patience.waited == [0.5, 1.0]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (refuses(429), Reason.BUSY),
        (refuses(500), Reason.SERVER_ERROR),
        (refuses(502), Reason.SERVER_ERROR),
        (hangs_up(), Reason.CONNECTION),
        (breaks_off(answer(company(COMPANY))), Reason.CONNECTION),
    ],
)
async def test_asking_again_has_an_end(act: Act, reason: Reason) -> None:
    async with asking(act) as ask:
        assert await ask.look_up() == Unreachable(reason)
        assert len(ask.server.asked) == 4
        assert ask.patience.waited == [0.5, 1.0, 2.0]


async def test_the_last_answer_counts() -> None:
    async with asking(refuses(503), tells(answer())) as ask:
        assert await ask.look_up() == NotFound()


async def test_waits_grow_to_a_limit_and_are_drawn() -> None:
    limits = Limits(600, 600, 3600, attempts=7)
    for drawn, waited in ((0.0, [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]), (1.0, [0.5, 1.0, 2.0, 4.0, 4.0, 4.0])):
        async with asking(refuses(500), limits=limits, chance=lambda drawn=drawn: drawn) as ask:  # type: ignore[misc]
            await ask.look_up()
            assert ask.patience.waited == waited


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 0.5),
        ({"Retry_After": "-5"}, 0.5),
        ({"Retry_After": "soon"}, 0.5),
        ({"Retry_After": "Sun, 22 Nov 2026 10:00:09 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 9.0),
        ({"Retry_After": "Sun, 22 Nov 2026 09:59:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.5),
        ({"Retry_After": "Sun, 22 Nov 2026 10:00:09 GMT"}, 0.5),
        ({"Retry_After": "Sun, 22 Nov 2026 10:00:09", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.5),
    ],
)
async def test_the_register_is_left_alone_for_as_long_as_it_asks(
    headers: dict[str, str], waited: float
) -> None:
    async with asking(refuses(429, **headers), GOOD) as ask:
        assert isinstance(await ask.look_up(), Found)
        assert ask.patience.waited == [waited]


async def test_a_register_that_asks_for_longer_than_we_have_is_not_asked_again() -> None:
    async with asking(refuses(429, Retry_After="3601"), GOOD) as ask:
        assert await ask.look_up() == Unreachable(Reason.BUSY, retry_after=3601.0)
        assert len(ask.server.asked) == 1
        assert ask.patience.waited == []


async def test_all_of_it_has_an_end() -> None:
    """Three waits of 4 seconds would be too many for ten seconds in all."""
    async with asking(refuses(429, Retry_After="4"), limits=Limits(600, 600, total=10)) as ask:
        assert await ask.look_up() == Unreachable(Reason.BUSY, retry_after=4.0)
        assert ask.patience.waited == [4.0, 4.0]


# --- silence ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"])
async def test_a_register_that_keeps_silent(head: bytes) -> None:
    limits = Limits(connect=600, read=SHORT, total=3600, attempts=2)
    async with asking(keeps_silent(head), limits=limits) as ask:
        assert await ask.look_up() == Unreachable(Reason.TIMEOUT)
        assert ask.patience.waited == [0.5]


async def test_the_deadline_cuts_an_attempt_short() -> None:
    async with asking(keeps_silent(), limits=Limits(connect=600, read=600, total=SHORT)) as ask:
        assert await ask.look_up() == Unreachable(Reason.TIMEOUT)


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    patience = Patience()
    async with httpx.AsyncClient(trust_env=False) as http:
        register = CompanyRegister(
            http, address=f"http://127.0.0.1:{port}", clock=patience.clock, wait=patience.wait
        )
        assert await register.look_up(COMPANY) == Unreachable(Reason.CONNECTION)
    assert len(patience.waited) == 3


# --- settings -----------------------------------------------------------------------------------------------------------


async def test_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with register_server(GOOD) as server:
        monkeypatch.setenv("REGISTRY_COMPANY_REGISTER_URL", f"{server.address}/")
        async with open_register(Settings()) as register:
            assert isinstance(await register.look_up(COMPANY), Found)
        assert len(server.asked) == 1


@pytest.mark.parametrize("changed", [{"company_register_url": ""}, {"demo": True}])
async def test_an_installation_that_asks_nobody(changed: dict[str, object]) -> None:
    async with open_register(Settings().model_copy(update=changed)) as register:
        assert isinstance(register, NoRegister)
        assert await register.look_up(COMPANY) == Unreachable(Reason.OFF)


@pytest.mark.parametrize(
    "address",
    [
        "nowhere",
        "ftp://127.0.0.1/",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://h/?a=1",
        "http://u@h/",
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_COMPANY_REGISTER_URL", address)
    with pytest.raises(ValidationError):
        Settings()
