"""Loading municipalities and employment areas from the official classification (a CSV file, one municipality a row).

Only the columns named here are needed, in any order, whatever else the file has: Statistics Finland's municipalities
with their employment areas, and the National Land Survey's centre coordinates (WGS 84 degrees).
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import EmploymentArea, Municipality, ReferenceImport
from registry.catalogue.rules import AUTONOMOUS_AREAS
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7

COLUMNS: Final = (
    "municipality_code",
    "name_fi",
    "name_sv",
    "employment_area_code",
    "employment_area_fi",
    "employment_area_sv",
    "employment_area_en",
    "longitude",
    "latitude",
)
MAX_BYTES: Final = 10_000_000
FINLAND: Final = {"longitude": (19.0, 32.0), "latitude": (59.0, 71.0)}


class UnusableFile(Exception):
    """The file as a whole cannot be read; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: the line it starts on in the file, and every reason."""

    line: int
    reasons: tuple[str, ...]
    code: str = ""
    """Its municipality code, when it has one."""


@dataclass(frozen=True, slots=True)
class MunicipalityFacts:
    """One good row."""

    line: int
    code: str
    name_fi: str
    name_sv: str
    area: tuple[str, str, str, str]
    """code, Finnish, Swedish and English name"""
    longitude: float | None
    latitude: float | None


@dataclass(slots=True)
class Changes:
    """How many rows of a table were added, changed, and already as in the file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed)


@dataclass(slots=True)
class AreasReport:
    """What the import did."""

    areas: Changes = field(default_factory=Changes)
    municipalities: Changes = field(default_factory=Changes)
    bad_rows: list[BadRow] = field(default_factory=list)
    without_centre: list[str] = field(default_factory=list)
    """Municipalities whose centre the file does not give: distances to them are unknown."""
    not_in_file: list[str] = field(default_factory=list)
    """Municipalities that the registry has and the file lacks. They stay, for vouchers and clients refer to them."""
    autonomous: list[str] = field(default_factory=list)
    """Areas that are no employment areas (Åland)."""


def read_areas(data: bytes) -> tuple[list[MunicipalityFacts], list[BadRow]]:
    """The good rows and the bad ones. Raises UnusableFile when there is no reading it at all."""
    if len(data) > MAX_BYTES:
        raise UnusableFile(
            f"The file is larger than {MAX_BYTES // 1_000_000} MB, so it is not a list of municipalities."
        )
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at_line = data.count(b"\n", 0, error.start) + 1
        raise UnusableFile(f"The file is not UTF-8 text (line {at_line}): save it as CSV UTF-8.") from error
    if not content.strip():
        raise UnusableFile("The file is empty.")
    header = content.splitlines()[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise UnusableFile("The first line is not a CSV header.") from error
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise UnusableFile(f"The file lacks the columns {', '.join(missing)}.")
    return _read_rows(reader, names)


def _read_rows(reader: Any, names: list[str]) -> tuple[list[MunicipalityFacts], list[BadRow]]:
    good: list[MunicipalityFacts] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    areas: dict[str, tuple[tuple[str, str, str, str], int]] = {}
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return good, bad
        except csv.Error as error:
            bad.append(BadRow(line, (f"the row cannot be read: {error}",)))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            bad.append(BadRow(line, (f"{len(cells)} cells where the header has {len(names)}",)))
            continue
        row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
        facts, reasons = _read_row(line, row)
        code = row["municipality_code"]
        if code in seen:
            reasons.append(f"municipality {code} is on line {seen[code]} already")
        area = facts.area
        if not reasons and area[0] in areas and areas[area[0]][0] != area:
            reasons.append(f"area {area[0]} has other names on line {areas[area[0]][1]}")
        if reasons:
            bad.append(BadRow(line, tuple(reasons), code))
            continue
        seen[code] = line
        areas.setdefault(area[0], (area, line))
        good.append(facts)


def _read_row(line: int, row: dict[str, str]) -> tuple[MunicipalityFacts, list[str]]:
    """The row's facts with every reason why they cannot be used."""
    reasons: list[str] = []

    def name(column: str) -> str:
        text_ = row[column]
        if not text_:
            reasons.append(f"{column} is empty")
        elif len(text_) > 100 or not text_.isprintable():
            reasons.append(f"{column} is not a name")
        return text_

    def code(column: str, digits: int) -> str:
        if not re.fullmatch(rf"[0-9]{{{digits}}}", row[column]):
            reasons.append(f"{column} is not {digits} digits: {row[column][:20]!r}")
        return row[column]

    municipality = code("municipality_code", 3)
    name_fi, name_sv = name("name_fi"), name("name_sv")
    area_code = code("employment_area_code", 2)
    area_names = [name(f"employment_area_{language}") for language in ("fi", "sv", "en")]
    longitude, latitude = (_degrees(row, column, reasons.append) for column in ("longitude", "latitude"))
    if (longitude is None) != (latitude is None) and not any("tude" in reason for reason in reasons):
        reasons.append("longitude or latitude is missing; give both or neither")
    area = (area_code, area_names[0], area_names[1], area_names[2])
    return MunicipalityFacts(line, municipality, name_fi, name_sv, area, longitude, latitude), reasons


def _degrees(row: dict[str, str], column: str, wrong: Callable[[str], None]) -> float | None:
    typed = row[column].replace(",", ".")
    if not typed:
        return None
    least, most = FINLAND[column]
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,15})?", typed):
        wrong(f"{column} is not a number of degrees: {row[column][:20]!r}")
        return None
    if not least <= float(typed) <= most:
        wrong(f"{column} {typed} is not in Finland ({least:g} to {most:g})")
        return None
    return float(typed)


async def import_areas(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    source: str,
    data: bytes,
    valid_on: date | None = None,
) -> AreasReport:
    """Load the file: new rows are added, changed names and places updated, nothing is ever deleted. Loading the same
    file again changes nothing. `source` is the name it is remembered by."""
    rows, bad_rows = read_areas(data)
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('import areas'))"))
    report = AreasReport(bad_rows=bad_rows)
    areas = {row.area[0]: row.area for row in rows}
    known_areas = {row.code: row for row in await session.scalars(select(EmploymentArea))}
    for code, name_fi, name_sv, name_en in areas.values():
        wanted = {"name_fi": name_fi, "name_sv": name_sv, "name_en": name_en}
        if _differs(report.areas, known_areas.get(code), wanted):
            session.add(EmploymentArea(code=code, **wanted))
    await session.flush()
    known = {row.code: row for row in await session.scalars(select(Municipality).order_by(Municipality.code))}
    for row in rows:
        facts = {
            "name_fi": row.name_fi,
            "name_sv": row.name_sv,
            "employment_area_code": row.area[0],
            "longitude": row.longitude,
            "latitude": row.latitude,
        }
        if _differs(report.municipalities, known.get(row.code), facts):
            session.add(Municipality(code=row.code, **facts))
    in_file = {row.code for row in rows} | {bad.code for bad in bad_rows}
    report.without_centre = [row.name_fi for row in rows if row.longitude is None]
    report.autonomous = [area[1] for code, area in areas.items() if code in AUTONOMOUS_AREAS]
    report.not_in_file = [row.name_fi for code, row in known.items() if code not in in_file]
    await _remember(session, actor, now, report, source=source, data=data, valid_on=valid_on, rows=len(rows))
    return report


def _differs(changes: Changes, row: Any, wanted: dict[str, Any]) -> bool:
    """Count the row as added, changed or unchanged, and change it where it differs; True when it has to be added."""
    if row is None:
        changes.added += 1
        return True
    different = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, wanted[name])
    if different:
        changes.changed += 1
    else:
        changes.unchanged += 1
    return False


async def _remember(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    report: AreasReport,
    *,
    source: str,
    data: bytes,
    valid_on: date | None,
    rows: int,
) -> None:
    """Note which file the facts came from, unless it is the one that they came from already."""
    digest = sha256(data).hexdigest()
    last = await session.scalar(
        select(ReferenceImport.sha256)
        .where(ReferenceImport.kind == "areas")
        .order_by(ReferenceImport.imported_at.desc(), ReferenceImport.id.desc())
        .limit(1)
    )
    if last == digest and not report.areas.any and not report.municipalities.any:
        return
    row = ReferenceImport(
        id=uuid7(),
        kind="areas",
        source=source[-200:],
        sha256=digest,
        rows=rows,
        valid_on=valid_on,
        imported_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="reference.imported",
        subject_kind="reference_import",
        subject_id=row.id,
        organiser_id=None,
        facts={
            "kind": "areas",
            "sha256": digest,
            "rows": rows,
            "rows_left_out": len(report.bad_rows),
            "added": report.areas.added + report.municipalities.added,
            "changed": report.areas.changed + report.municipalities.changed,
        },
    )
    await session.flush()
