"""A register on localhost that a test can make misbehave: real sockets, one scripted act for each request."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Act = Callable[["RegisterServer", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RegisterServer:
    """What was asked, and what is answered: the acts in their order, the last one for ever."""

    acts: list[Act] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the end of the test, so that no act outlives it."""
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/opendata-ytj-api/v3"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split(b"\r\n", 1)[0].decode())
            act = self.acts[min(len(self.asked), len(self.acts)) - 1]
            await act(self, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def register_server(*acts: Act) -> AsyncIterator[RegisterServer]:
    register = RegisterServer(list(acts))
    server = await asyncio.start_server(register.handle, host="127.0.0.1", port=0)
    try:
        register.port = server.sockets[0].getsockname()[1]
        yield register
    finally:
        register.gone.set()
        server.close()
        await server.wait_closed()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def says(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Act:
    """A whole answer."""

    async def act(register: RegisterServer, writer: asyncio.StreamWriter) -> None:
        always = {"Content-Length": str(len(body)), "Connection": "close"}
        writer.write(_head(status, always | dict(headers or {})) + body)
        await writer.drain()

    return act


def tells(document: Any) -> Act:
    return says(json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def refuses(status: int, **headers: str) -> Act:
    return says(
        b"no", status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def keeps_silent(head: bytes = b"") -> Act:
    """The connection stands and nothing (more) comes."""

    async def act(register: RegisterServer, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        await register.gone.wait()

    return act


def breaks_off(document: Any) -> Act:
    """Half of a good answer, then the line is cut."""

    async def act(register: RegisterServer, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(document).encode()
        writer.write(_head(200, {"Content-Length": str(len(body))}) + body[: len(body) // 2])
        await writer.drain()

    return act


def hangs_up() -> Act:
    """The line is cut before a word."""

    async def act(register: RegisterServer, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return act


def never_ends() -> Act:
    """An answer without a length that goes on for as long as somebody listens."""

    async def act(register: RegisterServer, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, {"Connection": "close"}) + b'{"companies": [')
        while not register.gone.is_set():
            writer.write(b" " * 65_536)
            await writer.drain()
            register.sent += 65_536

    return act
