"""Events as a file that a third party can check without us: JSON Lines, each line an event and its hash.

A line is the canonical JSON (RFC 8785) of {"event": …, "sha256": "…"}; the hash is over the canonical JSON of the
event alone. The digest of the whole file, over the hashes in their order, is printed at export and at
verification: a file that lost a line, or gained one, no longer has it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import rfc8785
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.audit.queries import COLUMNS, Event
from registry.audit.rules import document_hash
from registry.shared.actor import Sight
from registry.shared.canonical import canonical_json
from registry.shared.database import Database

CHUNK: Final = 1_000
LONGEST_LINE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """How many events a file holds, and the digest over their hashes."""

    events: int
    digest: str


def line(event: Event) -> bytes:
    return canonical_json({"event": event.document(), "sha256": event.hash.hex()}) + b"\n"


async def export(
    database: Database,
    *,
    organiser_id: UUID,
    file: Path,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Written:
    """Write an organiser's events of a half-open period to `file`, oldest first, in bounded memory. The file takes
    its name only when it is whole. Hashes are written as stored, not made anew, so that an altered event shows."""
    query = (
        select(*COLUMNS)
        .where(AuditEvent.organiser_id == organiser_id)
        .order_by(AuditEvent.at, AuditEvent.id)
        .execution_options(yield_per=CHUNK)
    )
    if since is not None:
        query = query.where(AuditEvent.at >= since)
    if until is not None:
        query = query.where(AuditEvent.at < until)
    unfinished = file.with_name(file.name + ".part")
    events, digest = 0, sha256()
    try:
        with unfinished.open("wb") as out:
            async with database.transaction(Sight(organisers=(organiser_id,))) as session:
                async for row in await session.stream(query):
                    event = Event(**row._mapping)
                    out.write(line(event))
                    digest.update(event.hash)
                    events += 1
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(events, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a file."""

    line: int
    code: str
    """not_json | not_an_event | hash_differs | not_canonical | out_of_order"""
    event_id: str | None = None


@dataclass(slots=True)
class Verification:
    """A running verification: feed it lines, then read what it found."""

    events: int = 0
    faults: int = 0
    _digest: Any = None
    _last: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self._digest = sha256()

    @property
    def digest(self) -> str:
        return str(self._digest.hexdigest())

    def check(self, lines: Iterable[bytes]) -> Iterator[Fault]:
        """Recompute every hash; yields each fault as it is met and holds one line in memory at a time."""
        for number, raw in enumerate(lines, start=1):
            self.events += 1
            fault = self._check_line(number, raw)
            if fault is not None:
                self.faults += 1
                yield fault

    def _check_line(self, number: int, raw: bytes) -> Fault | None:
        try:
            if len(raw) > LONGEST_LINE:
                raise ValueError("too long")
            read = json.loads(raw.decode("utf-8"), parse_float=_no_floats, parse_constant=_no_floats)
        except (ValueError, RecursionError):
            return Fault(number, "not_json")
        event = read.get("event") if isinstance(read, dict) else None
        if not isinstance(event, dict) or set(read) != {"event", "sha256"}:
            return Fault(number, "not_an_event")
        at, event_id = event.get("at"), event.get("id")
        if not isinstance(at, str) or not isinstance(event_id, str):
            return Fault(number, "not_an_event")
        try:
            recomputed = document_hash(event)
        except rfc8785.CanonicalizationError:
            return Fault(number, "not_an_event", event_id)
        self._digest.update(recomputed)
        if recomputed.hex() != read["sha256"]:
            return Fault(number, "hash_differs", event_id)
        if canonical_json(read) != raw.removesuffix(b"\n"):
            # a key that stands twice, say, reads differently from one reader to the next
            return Fault(number, "not_canonical", event_id)
        if (at, event_id) <= self._last:
            return Fault(number, "out_of_order", event_id)
        self._last = (at, event_id)
        return None


def _no_floats(text: str) -> float:
    raise ValueError(f"an event holds no floats: {text}")


def bounded_lines(file: Path) -> Iterator[bytes]:
    """The lines of a file; one that is longer than any event can be is cut, and then fails as not being JSON."""
    with file.open("rb") as source:
        while chunk := source.readline(LONGEST_LINE + 1):
            yield chunk
