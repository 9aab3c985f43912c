"""Asking the open company register over HTTP. It never raises for what the register or the network does: an applicant
goes on by typing, and the officer is told why the facts are unverified.

Bounded in every direction: attempts, seconds for each step and for all of them, bytes of the answer. A register that
says "too many requests" is left alone for as long as it asks. Redirects are not followed: where we ask is a setting,
and must not be in the hands of whoever answers.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import httpx
import orjson

from registry.providers.company_register.answer import AnswerUnusable, read_answer
from registry.providers.company_register.rules import CompanyFacts
from registry.shared.errors import Invalid
from registry.shared.identifiers import format_business_id, is_business_id
from registry.shared.settings import Settings


class Reason(StrEnum):
    """Why there is no answer."""

    OFF = "off"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    WRONG_COMPANY = "wrong_company"
    SEVERAL_COMPANIES = "several_companies"


LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})

WORTH_ASKING_AGAIN: Final = frozenset({Reason.TIMEOUT, Reason.CONNECTION, Reason.BUSY, Reason.SERVER_ERROR})
"""The others would be answered in the same way a second later."""


@dataclass(frozen=True, slots=True)
class Found:
    facts: CompanyFacts


@dataclass(frozen=True, slots=True)
class NotFound:
    """The open register has no such company. A sole trader is never in it."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing is known. `retry_after`: the seconds that the register asked to be left alone for, if it did."""

    reason: Reason
    retry_after: float | None = None


Outcome = Found | NotFound | Unreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. An applicant waits for all of it, so it is not much."""

    connect: float = 3.0
    read: float = 5.0
    total: float = 12.0
    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 4.0
    most_bytes: int = 1_000_000


class CompanyRegister:
    """The register behind one address. Time, waiting and chance are arguments, so that tests need none of them."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        address: str,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._address = f"{address.rstrip('/')}/companies"
        self._limits = limits or Limits()
        self._clock = clock
        self._wait = wait
        self._chance = chance

    async def look_up(self, business_id: str) -> Outcome:
        """What the register says of this business id now. Raises Invalid where it cannot be one."""
        if not is_business_id(business_id):
            raise Invalid("provider.business_id_wrong", errors={"business_id": "provider.business_id_wrong"})
        asked = format_business_id(business_id)
        deadline = self._clock() + self._limits.total
        outcome: Outcome = Unreachable(Reason.TIMEOUT)
        for attempt in range(self._limits.attempts):
            if (left := deadline - self._clock()) <= 0:
                break
            outcome = await self._ask(asked, left=left)
            if not isinstance(outcome, Unreachable) or outcome.reason not in WORTH_ASKING_AGAIN:
                break
            pause = self._pause(attempt, outcome)
            if attempt + 1 == self._limits.attempts or self._clock() + pause >= deadline:
                break
            await self._wait(pause)
        return outcome

    def _pause(self, attempt: int, outcome: Unreachable) -> float:
        """Twice as long each time, drawn anew so that those who failed together do not come back together; never
        shorter than the register asked for."""
        backoff = min(self._limits.longest_wait, self._limits.first_wait * 2.0**attempt)
        return max((outcome.retry_after or 0.0), backoff * (0.5 + self._chance() / 2))

    async def _ask(self, business_id: str, *, left: float) -> Outcome:
        try:
            async with asyncio.timeout(left):
                return await self._once(business_id)
        except (TimeoutError, httpx.TimeoutException):
            return Unreachable(Reason.TIMEOUT)
        except httpx.HTTPError:
            return Unreachable(Reason.CONNECTION)

    async def _once(self, business_id: str) -> Outcome:
        request = self._http.build_request(
            "GET",
            self._address,
            params={"businessId": business_id},
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
        )
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            if (refused := _refused(response)) is not None:
                return refused
            body = await self._body(response)
        finally:
            await response.aclose()
        return Unreachable(Reason.TOO_LARGE) if body is None else _read(body, business_id)

    async def _body(self, response: httpx.Response) -> bytes | None:
        """The answer as it came over the wire, or None once it is longer than any true one."""
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._limits.most_bytes:
                return None
        return bytes(body)


class NoRegister:
    """For an installation that asks no register: applicants type the facts."""

    async def look_up(self, business_id: str) -> Outcome:
        return Unreachable(Reason.OFF)


@asynccontextmanager
async def open_register(settings: Settings) -> AsyncIterator[CompanyRegister | NoRegister]:
    """The register that the settings name, with connections of its own for as long as the block lasts. The
    demonstration asks none but one on this machine: its companies are made up, and a public authority's service is not
    for them."""
    here = urlsplit(settings.company_register_url).hostname in LOCAL
    if not settings.company_register_url or (settings.demo and not here):
        yield NoRegister()
        return
    async with httpx.AsyncClient() as http:
        yield CompanyRegister(http, address=settings.company_register_url)


def _refused(response: httpx.Response) -> Unreachable | None:
    """What a status other than 200 means. The register answers 200 with no companies where it knows none, so a 404
    tells of a wrong address, not of a company that does not exist."""
    if response.status_code == 200:
        packed = response.headers.get("content-encoding", "identity").strip().lower() != "identity"
        return (
            Unreachable(Reason.MALFORMED) if packed else None
        )  # we asked for it plain; unpacking could swell
    if response.status_code == 429:
        return Unreachable(Reason.BUSY, _retry_after(response))
    if response.status_code >= 500:
        return Unreachable(Reason.SERVER_ERROR, _retry_after(response))
    return Unreachable(Reason.REDIRECTED if 300 <= response.status_code < 400 else Reason.REFUSED)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, or a moment, which is measured by the answer's own clock."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until, now = (parsedate_to_datetime(text) for text in (said, response.headers["date"]))
        return max(0.0, (until - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def _read(body: bytes, business_id: str) -> Outcome:
    try:
        facts = read_answer(orjson.loads(body), business_id=business_id)
    except orjson.JSONDecodeError:
        return Unreachable(Reason.MALFORMED)
    except AnswerUnusable as unusable:
        return Unreachable(Reason(unusable.why))
    return NotFound() if facts is None else Found(facts)
