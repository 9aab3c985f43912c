"""One POST to an address that somebody else chose.

The name is looked up here, every address it leads to must be one of the open internet, and the connection goes to the
address that was looked at: a name that answers differently a moment later leads nowhere. No redirects, no proxy from
the environment, a few seconds in all, and nothing of the answer is read but its status and `Retry-After`.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import httpx

from registry.messages.webhooks.rules import asked_wait, may_call, may_connect
from registry.shared.errors import Refusal

SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended: a status, or a problem that kept us from one."""

    status: int | None
    problem: str | None
    took_ms: int
    wait: timedelta = timedelta(0)
    """How long the receiver asked to be left alone."""

    @property
    def ok(self) -> bool:
        return self.problem is None


class Sender:
    """Sends; `loopback` lets http to this machine, for demonstrations and tests."""

    def __init__(self, *, loopback: bool = False, seconds: float = SECONDS) -> None:
        self._loopback = loopback
        self._seconds = seconds
        # every connection goes to an address that was looked at for it alone
        self._http = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=httpx.Timeout(seconds),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        began = monotonic()
        status, problem, wait = None, None, timedelta(0)
        try:
            async with asyncio.timeout(self._seconds):
                status, said = await self._post(url, headers, body)
                wait = asked_wait(said)
        except (TimeoutError, httpx.TimeoutException):
            problem = "timeout"
        except _AddressRefused:
            problem = "refused_address"
        except (httpx.HTTPError, httpx.InvalidURL):
            problem = "connection"
        except (OSError, ValueError):  # a name that is none fails as a ValueError
            problem = "unknown_host"
        if status is not None and not 200 <= status < 300:
            problem = "redirect" if 300 <= status < 400 else "status"
        return Answer(status, problem, int((monotonic() - began) * 1000), wait)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None]:
        parts = urlsplit(url)
        loopback = self._loopback and parts.scheme == "http"
        if isinstance(may_call(url, loopback=loopback), Refusal) or parts.hostname is None:
            raise _AddressRefused
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await _resolve(parts.hostname, port, loopback=loopback)
        pinned = httpx.URL(url).copy_with(host=address, port=port)
        request = self._http.build_request(
            "POST",
            pinned,
            content=body,
            headers={
                "content-type": "application/json",
                "user-agent": "service-voucher-registry",
                **headers,
                "host": parts.netloc,
            },
            extensions={"sni_hostname": parts.hostname},
        )
        response = await self._http.send(request, stream=True)
        await response.aclose()
        return response.status_code, response.headers.get("retry-after")


class _AddressRefused(Exception):
    """The name leads to an address that we do not call."""


async def _resolve(host: str, port: int, *, loopback: bool) -> str:
    """The first address of a name. One bad address among several refuses the name: nobody's name leads half inside."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found]
    if not addresses or not all(may_connect(address, loopback=loopback) for address in addresses):
        raise _AddressRefused
    return addresses[0]
