"""A provider's visits from a file: a CSV of a day's or a month's visits, read strictly, each line carried out once.

Columns, in any order, named on the first line (comma, semicolon or tab between them): `voucher` (its number, or the
provider's own id for it), `date` (2026-11-20 or 20.11.2026), `units` (1,25), `unit_price` (euros); if the provider wants
to tell them, `activity`, `attended` and `group_size`; and, where its books have one, `key`: the line's own mark. A line
without a mark is known by what it says, so a file that is sent again, by a colleague too, or a month's file after the
days', records nothing twice. Two visits that say the same need marks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation, Overflow
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refusal
from registry.shared.identifiers import clean_code, is_voucher_number
from registry.shared.money import Money
from registry.vouchers.redemption.rules import MAX_GROUP, MAX_UNITS, UNTOLD, Activity, Attended, Event
from registry.vouchers.redemption.writing import RedemptionLine
from registry.vouchers.sent_table import TableLine, read_table

COLUMNS: Final = ("voucher", "date", "units", "unit_price", "activity", "attended", "group_size", "key")
REQUIRED: Final = ("voucher", "date", "units", "unit_price")
MAX_VISITS: Final = 5_000
_LONGEST_KEY: Final = 80
_OLDEST: Final = 2000


@dataclass(frozen=True, slots=True)
class SentVisit:
    """A visit as its line says it, or everything that is wrong with the line."""

    line: int
    voucher: str
    """As it was sent, for the report."""
    presentation_id: UUID | None = None
    number: str = ""
    service_date: date | None = None
    units: int = 0
    unit_price_cents: int = 0
    event: Event = UNTOLD
    mark: str = ""
    problems: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundVisit:
    """A line that can be carried out under its key, or everything that is wrong with it."""

    sent: SentVisit
    key: str
    line: RedemptionLine | None
    problems: tuple[Refusal, ...] = ()


def read_visits(text_of_file: str) -> list[SentVisit]:
    """The visits of a decoded file. Raises Invalid(batch.*) where the file as a whole cannot be read."""
    lines = read_table(text_of_file, columns=COLUMNS, missing=_missing, most=MAX_VISITS)
    return [_visit(line) for line in lines]


def _missing(names: Collection[str]) -> list[str]:
    return [name for name in REQUIRED if name not in names]


def _visit(sent: TableLine) -> SentVisit:
    values = {name: value.strip() for name, value in sent.values.items()}
    problems = [Refusal("row.columns_too_many")] if sent.too_many else []
    presentation_id, number = _voucher(values.get("voucher", ""), problems)
    return SentVisit(
        line=sent.line,
        voucher=values.get("voucher", "")[:60],
        presentation_id=presentation_id,
        number=number,
        service_date=_day(values.get("date", ""), problems),
        units=_units(values.get("units", ""), problems),
        unit_price_cents=_price(values.get("unit_price", ""), problems),
        event=_event(values, problems),
        mark=_mark(values.get("key", ""), problems),
        problems=tuple(problems),
    )


def _voucher(typed: str, problems: list[Refusal]) -> tuple[UUID | None, str]:
    number = clean_code(typed)
    if is_voucher_number(number):
        return None, number
    try:
        return UUID(typed), ""
    except ValueError:
        problems.append(Refusal("visit_row.voucher_malformed"))
        return None, ""


def _day(typed: str, problems: list[Refusal]) -> date | None:
    try:
        if "." in typed:
            day, month, year = (int(part) if part.isascii() else 0 for part in typed.split("."))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(typed)
        if found.year >= _OLDEST:
            return found
    except (ValueError, OverflowError):
        pass
    problems.append(Refusal("visit_row.date_malformed"))
    return None


def _units(typed: str, problems: list[Refusal]) -> int:
    try:
        hundredths = Decimal(typed.replace(",", ".")) * 100
        if 0 < hundredths <= MAX_UNITS and hundredths == hundredths.to_integral_value():
            return int(hundredths)
    except (InvalidOperation, Overflow):
        pass
    problems.append(Refusal("row.units_malformed"))
    return 0


def _price(typed: str, problems: list[Refusal]) -> int:
    try:
        cents = Money.parse(typed).cents
        if cents > 0:
            return cents
    except Invalid:
        pass
    problems.append(Refusal("visit_row.price_malformed"))
    return 0


def _event(values: Mapping[str, str], problems: list[Refusal]) -> Event:
    activity, attended, size = (
        values.get(name, "").lower() for name in ("activity", "attended", "group_size")
    )
    if activity and activity not in tuple(Activity):
        problems.append(Refusal("visit_row.activity_unknown"))
        return UNTOLD
    if attended and attended not in tuple(Attended):
        problems.append(Refusal("visit_row.attended_unknown"))
        return UNTOLD
    if size and not (size.isascii() and size.isdigit() and len(size) <= 4):
        problems.append(Refusal("redemption.group_out_of_range", {"most": MAX_GROUP}))
        return UNTOLD
    try:
        return Event(
            Activity(activity) if activity else None,
            Attended(attended) if attended else None,
            int(size) if size else None,
        )
    except Invalid as error:
        problems.append(Refusal(error.code, error.facts))
        return UNTOLD


def _mark(typed: str, problems: list[Refusal]) -> str:
    if len(typed) <= _LONGEST_KEY and (not typed or (typed.isascii() and typed.isprintable())):
        return typed
    problems.append(Refusal("visit_row.key_malformed"))
    return ""


# --- what the lines mean ------------------------------------------------------------------------------------------------

_MINE: Final = text("""
SELECT p.id, v.number, p.ended_at FROM presentation p JOIN voucher v ON v.id = p.voucher_id
WHERE p.provider_id = :provider AND v.number = ANY (:numbers)
ORDER BY p.ended_at IS NULL, p.presented_at
""")
_SAME: Final = text("""
SELECT presentation_id, service_date, units, unit_price_cents FROM redemption
WHERE provider_id = :provider AND state IN ('reserved', 'captured') AND presentation_id = ANY (:presentations)
""")


async def find_visits(session: AsyncSession, *, actor: Actor, sent: Sequence[SentVisit]) -> list[FoundVisit]:
    """What each line means, in two queries: only vouchers that this provider was shown are found by their numbers, and
    every other number is answered alike."""
    numbers = sorted({visit.number for visit in sent if visit.number})
    rows = await session.execute(_MINE, {"provider": actor.provider_id, "numbers": numbers})
    presented = {row.number: row.id for row in rows}
    seen: dict[str, int] = {}
    return [_found(visit, presented, seen) for visit in sent]


def _found(visit: SentVisit, presented: Mapping[str, UUID], seen: dict[str, int]) -> FoundVisit:
    presentation_id = visit.presentation_id or presented.get(visit.number)
    problems = list(visit.problems)
    if presentation_id is None and visit.number:
        problems.append(Refusal("presentation.unknown"))
    if problems or presentation_id is None or visit.service_date is None:
        return FoundVisit(visit, "", None, tuple(problems))
    line = RedemptionLine(
        presentation_id, visit.units, visit.unit_price_cents, visit.service_date, event=visit.event
    )
    key = f"file:{visit.mark}" if visit.mark else f"said:{_digest(line)}"
    first = seen.setdefault(key, visit.line)
    if first != visit.line:
        code = "visit_row.key_twice" if visit.mark else "visit_row.twice"
        return FoundVisit(visit, key, None, (Refusal(code, {"line": first}),))
    return FoundVisit(visit, key, line)


def _digest(line: RedemptionLine) -> str:
    said = f"{line.presentation_id}|{line.service_date}|{line.units}|{line.unit_price_cents}"
    return sha256(said.encode()).hexdigest()


async def leave_recorded(
    session: AsyncSession, *, actor: Actor, found: Sequence[FoundVisit], before: Collection[str]
) -> list[FoundVisit]:
    """A line without a mark of its own that says what already stands in the books, typed by hand or sent by a system, is
    left out: it is far likelier the same visit than another. `before`: keys that were carried out; theirs stand."""
    presentations = list({visit.line.presentation_id for visit in found if visit.line})
    rows = await session.execute(_SAME, {"provider": actor.provider_id, "presentations": presentations})
    recorded = {tuple(row) for row in rows}
    return [
        replace(visit, line=None, problems=(Refusal("visit_row.recorded_already"),))
        if visit.line and not visit.sent.mark and visit.key not in before and _said(visit.line) in recorded
        else visit
        for visit in found
    ]


def _said(line: RedemptionLine) -> tuple[UUID, date, int, int]:
    return (line.presentation_id, line.service_date, line.units, line.unit_price_cents)
