"""A small HTTP/1.1 caller that keeps its connection.

A measuring client must cost less than what it measures; general clients cost more than our server on a small
machine, so this one knows only what our own server sends: a Content-Length, or chunks, and keep-alive.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Caller:
    """One caller with one connection; not to be shared between tasks. A token given with a request counts for that
    request alone: one caller may act for many."""

    def __init__(self, host: str, port: int, *, token: str | None = None, cookie: str | None = None) -> None:
        self.host, self.port = host, port
        common = [f"Host: {host}:{port}", "Connection: keep-alive"]
        if token:
            common.append(f"Authorization: Bearer {token}")
        if cookie:
            common.append(f"Cookie: {cookie}")
        self._common = "\r\n".join(common)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, *, token: str | None = None) -> Reply:
        return await self._send("GET", path, b"", _authorization(token))

    async def post(self, path: str, body: Any, *, key: str, token: str | None = None) -> Reply:
        """POST JSON with an idempotency key; None is no body at all."""
        sent = b"" if body is None else orjson.dumps(body)
        kind = "Content-Type: application/json\r\n" if sent else ""
        headers = f"{kind}Content-Length: {len(sent)}\r\nIdempotency-Key: {key}\r\n{_authorization(token)}"
        return await self._send("POST", path, sent, headers)

    async def _send(self, method: str, path: str, body: bytes, headers: str) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=2**20)
        reader, writer = self._streams
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._common}\r\n{headers}\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        found = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        answer = Reply(status, found, await _body(reader, found))
        if found.get("connection", "").lower() == "close":
            await self.close()
        return answer

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _authorization(token: str | None) -> str:
    return f"Authorization: Bearer {token}\r\n" if token else ""


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts: list[bytes] = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
