"""Progress on the terminal: a line per step, and while it runs a counter, where somebody may be watching."""

import sys
import time
from typing import TextIO

EVERY_SECONDS = 0.2
QUIET_EVERY_SECONDS = 15.0
"""How often a log, which nobody watches, gets a line."""


class Progress:
    """Says which step runs and how far it is."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._step, self._whole, self._done, self._next = "", 0, 0, 0.0

    def start(self, step: str, whole: int) -> None:
        self._step, self._whole, self._done = step, whole, 0
        self._next = time.monotonic() + (0 if self._live else QUIET_EVERY_SECONDS)
        if self._live:
            self._write(f"\r{step} …")

    def step(self) -> None:
        """One piece more is done."""
        self._done += 1
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (EVERY_SECONDS if self._live else QUIET_EVERY_SECONDS)
        said = f"{self._step}: {self._done:,} of {self._whole:,}"
        self._write(f"\r{said}\033[K" if self._live else f"  {said}\n")

    def end(self, seconds: float) -> None:
        said = f"{self._step}: {self._whole:,} in {seconds:.1f} s"
        self._write(f"\r{said}\033[K\n" if self._live else f"{said}\n")

    def say(self, line: str) -> None:
        """A line of its own."""
        self._write(f"\r{line}\033[K\n" if self._live else f"{line}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
