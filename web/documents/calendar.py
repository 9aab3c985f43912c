"""Entries for a calendar (iCalendar, RFC 5545).

A calendar is shared with a family or an employer, and that somebody is a client is secret: an entry names no authority,
provider, service or place, and its id is derived from one that means nothing outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

MEDIA_TYPE: Final = "text/calendar"
PRODUCT: Final = "-//registry//calendar//EN"
LONGEST_LINE: Final = 75
"""Octets of a line, its end not counted (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole day, or a moment and an hour from it."""

    uid: UUID
    title: str
    text: str
    on: date | datetime


def calendar_file(entries: Sequence[Entry], *, made_at: datetime) -> bytes:
    """The file. An entry with an id that the calendar knows replaces the older one: `made_at` tells which is newer."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}",
            f"DTSTAMP:{_moment(made_at)}",
            # whole minutes, so that it grows with each change and fits the integer that calendars keep it in
            f"SEQUENCE:{int(made_at.timestamp()) // 60}",
            *_when(entry.on),
            f"SUMMARY:{_text(entry.title)}",
            f"DESCRIPTION:{_text(entry.text)}",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _when(on: date | datetime) -> list[str]:
    if isinstance(on, datetime):
        return [f"DTSTART:{_moment(on)}", f"DTEND:{_moment(on + timedelta(hours=1))}"]
    # a day takes nobody's time: it is a thing to remember
    return [
        f"DTSTART;VALUE=DATE:{on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}",
        "TRANSP:TRANSPARENT",
    ]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> list[bytes]:
    """The line in pieces of at most 75 octets, all but the first after a space, and no character cut in two."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > LONGEST_LINE:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return [*pieces, piece]
