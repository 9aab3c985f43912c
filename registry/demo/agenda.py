"""Many stories told in one order of time.

A story is an async generator: it yields the moment of what comes next, and is woken when all that happened before that
moment has happened. So everything in the database comes about in the order of its dates, as it would have in life, and
a story that reaches beyond today just stops where it is.
"""

import heapq
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from registry.shared.period import HELSINKI, local_date

Story = AsyncGenerator[datetime, None]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Agenda:
    """The clock of the demonstration, and who is to be woken when."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.now = _BEGINNING
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._told = 0

    def add(self, *stories: Story) -> None:
        """Begin stories: each runs to its first moment as soon as the agenda plays on."""
        for story in stories:
            self._push(self.now, story)

    def _push(self, at: datetime, story: Story) -> None:
        self._told += 1
        heapq.heappush(self._waiting, (at, self._told, story))

    async def play(self) -> int:
        """Tell all stories up to `until`; how many moments that were."""
        moments = 0
        while self._waiting and self._waiting[0][0] <= self.until:
            at, _, story = heapq.heappop(self._waiting)
            self.now = at
            moments += 1
            try:
                later = await anext(story)
            except StopAsyncIteration:
                continue
            self._push(max(later, at), story)
        for _, _, story in self._waiting:
            await story.aclose()
        return moments

    def days_ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """That many days before today, by the clock on a Finnish wall."""
        day = local_date(self.until) - timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HELSINKI).astimezone(UTC)

    def hours_ago(self, hours: float) -> datetime:
        return self.until - timedelta(hours=hours)


def at_work(moment: datetime) -> datetime:
    """The same hour on the next working day, when it falls on a weekend."""
    beyond = moment.astimezone(HELSINKI).weekday() - 5
    return moment + timedelta(days=2 - beyond) if beyond >= 0 else moment
