"""Starting work in a process of its own, and killing it in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Run:
    """What a process said before it ended."""

    said: dict[str, str] = field(default_factory=dict)
    """Key → answer, each said after its commit."""
    status: int = 0
    seconds: float = 0.0
    """From when it was ready to when it was gone."""

    @property
    def killed(self) -> bool:
        return self.status == signal.SIGKILL


class Victims:
    """Processes that do what they are told until they are killed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, job: dict[str, Any], *, kill_after: float | None = None, once_said: int = 0) -> Run:
        """Do a job; so many seconds after it is ready to begin, or after it has said so much (which a slow machine
        does not put off), it is killed, unless it is done by then."""
        if self._process.stdin is None or self._process.stdout is None:
            raise LookupError("the child has no pipes")
        self._process.stdin.write(orjson.dumps(job).decode() + "\n")
        self._process.stdin.flush()
        run, timer, ready, victim = Run(), None, time.monotonic(), 0
        for line in self._process.stdout:
            match line.split():
                case ["ready", pid]:
                    ready, victim = time.monotonic(), int(pid)
                case ["yes", key, answer]:
                    run.said[key] = answer
                case ["ended", status]:
                    run.status, run.seconds = int(status), time.monotonic() - ready
                    break
            if victim and timer is None and kill_after is not None and len(run.said) >= once_said:
                timer = threading.Timer(kill_after, _kill, [victim])
                timer.start()
        else:
            raise RuntimeError("the child that starts the others is gone")
        if timer is not None:
            timer.cancel()
            timer.join()
        return run


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def victims() -> Iterator[Victims]:
    """The process that forks the others; it goes with the test."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.kills.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Victims(process)
    finally:
        process.kill()
        process.wait(10)
