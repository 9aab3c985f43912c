"""Running one step of the trial: many callers, each taking the next piece of work until none is left."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from registry.trial.calls import Desk, Meter
from registry.trial.errors import TrialError, Unexpected
from registry.trial.held import HeldVoucher
from registry.trial.progress import Progress

Piece = TypeVar("Piece")
Work = Callable[[Desk, Piece], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Took:
    """How long a step took, and what it was about."""

    step: str
    seconds: float
    pieces: int


@dataclass(slots=True)
class Steps:
    """The callers, what they measure, and how long each step took."""

    callers: int
    meter: Meter
    progress: Progress
    took: list[Took] = field(default_factory=list)

    @contextmanager
    def timed(self, step: str, pieces: int) -> Iterator[None]:
        """A step that is done without the callers, or around them."""
        self.progress.start(step, pieces)
        began = time.perf_counter()
        yield
        seconds = time.perf_counter() - began
        self.took.append(Took(step, seconds, pieces))
        self.progress.end(seconds)

    async def run(self, step: str, port: int, pieces: Sequence[Piece], work: Work[Piece]) -> None:
        """Do `work` on every piece. An unexpected answer is noted and ends that piece alone; a server that is gone ends
        the trial (TrialError)."""
        waiting = iter(pieces)
        with self.timed(step, len(pieces)):
            done = [
                self._caller(step, port, waiting, work) for _ in range(min(self.callers, len(pieces) or 1))
            ]
            results = await asyncio.gather(*done, return_exceptions=True)
        for result in results:
            if isinstance(result, (EOFError, ConnectionError)):
                raise TrialError(f"The server went away while {step}: {result!r}.") from result
            if isinstance(result, BaseException):
                raise result

    async def _caller(self, step: str, port: int, waiting: Iterator[Piece], work: Work[Piece]) -> None:
        desk = Desk(port, self.meter)
        try:
            for piece in waiting:
                try:
                    await work(desk, piece)
                except Unexpected as error:
                    if isinstance(piece, HeldVoucher):
                        piece.broken = True
                    self.meter.note(f"{step}: {error}")
                self.progress.step()
        finally:
            await desk.close()


def whole(vouchers: Iterable[HeldVoucher | None]) -> list[HeldVoucher]:
    """The vouchers that nothing unexpected has happened to and that have not ended."""
    return [v for v in vouchers if v is not None and not v.broken and not v.ended]
