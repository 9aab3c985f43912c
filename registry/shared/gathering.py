"""Calls that are in flight at the same time share one trip.

Many requests each ask the database for the same small thing; asked together they cost little more than one. Nobody
waits for company: a call that comes while none is under way starts at once, and only those that come meanwhile go
together next.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Gathering(Generic[Asked, Answer]):
    """One per process and kind of call. `run` answers many in order, with an exception for whom it concerns; what it
    raises itself is everyone's. One that goes away before its answer is there (a caller that hung up) has still been
    carried out, and disturbs none of the others."""

    def __init__(
        self,
        run: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer | Exception]]],
        *,
        most: int,
        at_once: int = 1,
        patience: float = 0.0,
    ) -> None:
        """Up to `at_once` trips are under way, so that one that is held up does not hold up everyone; but a second sets
        out only once the first has taken `patience` seconds, for two half-full ones cost more than a full one."""
        self._run, self._most, self._at_once, self._patience = run, most, at_once, patience
        self._last_began = 0.0
        self._reminder: asyncio.TimerHandle | None = None
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._trips: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Asked) -> Answer:
        """The answer to this one, from a trip shared with whoever asks meanwhile."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        self._set_out()
        return await answer

    def _set_out(self) -> None:
        while self._waiting and len(self._trips) < self._at_once:
            loop = asyncio.get_running_loop()
            due = self._last_began + self._patience
            if self._trips and loop.time() < due:
                self._reminder = self._reminder or loop.call_at(due, self._reminded)
                return
            self._last_began = loop.time()
            together = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
            trip = asyncio.create_task(self._travel(together))
            self._trips.add(trip)
            trip.add_done_callback(self._arrived)

    def _reminded(self) -> None:
        self._reminder = None
        self._set_out()

    def _arrived(self, trip: asyncio.Task[None]) -> None:
        self._trips.discard(trip)
        self._set_out()

    async def _travel(self, together: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers: Sequence[Answer | Exception] = await self._run([asked for asked, _ in together])
        except Exception as error:
            answers = [error] * len(together)
        for (_, waiting), answer in zip(together, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
