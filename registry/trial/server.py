"""The service under trial: a process of its own, as `registry serve` would run it, but with a clock that we set.

A month can only be closed once it is over, so the month's work is done by a server that lives in the last month, and
its closing by one that lives in this one.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from registry.trial.errors import TrialError

MODULE: Final = "web.trial_server"
"""Started by its name: the registry knows no web framework."""
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 30.0
LOOK_EVERY: Final = 1.0


@dataclass(frozen=True, slots=True)
class Service:
    """How the servers of one trial are started: on which database, with which key, and where their log goes."""

    url: str
    secret_key: str
    log: Path
    memory: "Memory"

    @asynccontextmanager
    async def at(self, now: datetime) -> AsyncIterator[int]:
        """A server whose clock starts at `now`; answers its port. Raises TrialError when it does not start."""
        port = _free_port()
        command = [sys.executable, "-m", MODULE, str(port), "--now", now.isoformat()]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
        environment = {**kept, "DATABASE_URL": self.url, "REGISTRY_SECRET_KEY": self.secret_key}
        with self.log.open("ab") as out:
            process = await asyncio.to_thread(
                subprocess.Popen, command, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=out
            )
        try:
            await _listening(process, port, self.log)
            async with self.memory.watching({"web server": process.pid}):
                yield port
        finally:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def last_lines(self, most: int = 10) -> list[str]:
        """The end of the servers' log."""
        return last_lines(self.log, most)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(int(START_SECONDS / 0.1)):
        if process.poll() is not None:
            raise TrialError(f"The server did not start: {' '.join(last_lines(log, 1))}")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise TrialError(f"The server does not listen after {START_SECONDS:.0f} seconds.")


def last_lines(log: Path, most: int) -> list[str]:
    """The end of a log, for saying what went wrong."""
    written = log.read_text(errors="replace").splitlines() if log.exists() else []
    return [line[:500] for line in written if line.strip()][-most:]


@dataclass(slots=True)
class Memory:
    """The most memory that processes and their children were seen to use together, in bytes.

    Shared pages are counted once (proportional set size) where the system tells, as PostgreSQL's processes share
    most of theirs; elsewhere each process's own resident size is summed.
    """

    most: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def watching(self, pids: dict[str, int], *, children: bool = True) -> AsyncIterator[None]:
        """Look again and again at the processes, by name, each with its children."""
        task = asyncio.create_task(self._watch(pids, children))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await asyncio.to_thread(self._look, pids, children)

    async def _watch(self, pids: dict[str, int], children: bool) -> None:
        while True:
            await asyncio.to_thread(self._look, pids, children)
            await asyncio.sleep(LOOK_EVERY)

    def _look(self, pids: dict[str, int], children: bool) -> None:
        for name, pid in pids.items():
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                below = process.children(recursive=True) if children else []
                used = sum(_used(one) for one in (process, *below))
                self.most[name] = max(self.most.get(name, 0), used)


def _used(process: psutil.Process) -> int:
    try:
        whole = process.memory_full_info()
        return int(getattr(whole, "pss", whole.rss))
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
