"""A receiver of webhooks on this machine: a real HTTP server that answers as it is told to, faults included."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answer` is a status, or `hang` or `close`; `location` where a redirect leads."""

    port: int = 0
    answer: int | str = 200
    retry_after: str = ""
    received: list[Received] = field(default_factory=list)
    _hanging: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append(Received(lines[0].split(" ")[1], headers, body))
        if self.answer == "hang":
            self._hanging.append(writer)
            return
        if self.answer != "close":
            more = f"location: http://127.0.0.1:{self.port}/elsewhere\r\n" if self.answer == 302 else ""
            if self.retry_after:
                more += f"retry-after: {self.retry_after}\r\n"
            writer.write(f"HTTP/1.1 {self.answer} X\r\n{more}content-length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    def release(self) -> None:
        for writer in self._hanging:
            writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    here = Receiver()
    server = await asyncio.start_server(here.serve, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        here.release()
        server.close()
