"""Importing outcomes from an authority's file.

Columns, named on the first line, with comma, semicolon or tab between them: `month` (3, 6 or 12), `category` (its code),
`status_on` (2026-11-22 or 22.11.2026), and who it is about. Either `voucher`, its number: then the provider who gave
the larger part of the service counts. Or `reference`, the authority's own pseudonym (never an identity code), with
`provider` (business id) and `service` (code), and `people` where it stands for a counted group.

Reporting the same again changes nothing; reporting a person's month anew corrects it. Good rows are written in batches
of their own: an import that is interrupted is simply run again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service
from registry.providers.model import Admission, Provider
from registry.quality.csv_table import (
    FileProblem,
    Progress,
    RejectFile,
    Table,
    TableRow,
    open_table,
    read_day,
    reject_file,
)
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes
from registry.quality.outcomes.rules import STATUS_TOLERANCE_DAYS
from registry.quality.rules import MONTHS
from registry.shared.actor import Actor, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import clean_code, format_business_id, is_business_id
from registry.vouchers.model import Voucher

NEEDED: Final = ("month", "category", "status_on")
COLUMNS: Final = ("voucher", "reference", "provider", "service", *NEEDED, "people")
BATCH: Final = 2_000

REASONS: Final[Mapping[str, str]] = {
    "row.who": "neither a voucher nor a reference",
    "row.who_twice": "both a voucher and a reference: give one of them",
    "row.month": f"month: not one of {', '.join(map(str, MONTHS))}",
    "row.day": "status_on: not a date (2026-11-22)",
    "row.people": "people: not a whole number",
    "row.provider": "provider: nothing is given",
    "row.provider_unknown": "provider: not in this organiser's register",
    "row.service": "service: nothing is given",
    "row.service_unknown": "service: the organiser has none of this code",
    "row.again": "the same person and month stands in the file above with something else; the first is kept",
    "voucher.unknown": "voucher: the organiser has none of this number",
    "outcome.month_unknown": f"month: not one of {', '.join(map(str, MONTHS))}",
    "outcome.category_unknown": "category: not known here; see `registry quality categories`",
    "outcome.people_out_of_range": "people: at least 1, and 1 for a voucher",
    "outcome.reference_malformed": "reference: 1 to 100 characters, none of them invisible",
    "outcome.reference_is_identity": "reference: this is an identity code; a pseudonym is wanted",
    "outcome.status_in_future": "status_on: lies in the future",
    "outcome.status_day_wrong": "status_on: more than"
    f" {STATUS_TOLERANCE_DAYS} days from the day that is so many months after the service began",
    "outcome.other_service": "service: not the voucher's",
    "outcome.provider_missing": "voucher: never redeemed, so no service began",
}


@dataclass(slots=True)
class OutcomesReport:
    """Counts of a whole import."""

    source: str
    dry_run: bool
    rejects: Path
    rows: int = 0
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    rejected: int = 0

    def lines(self) -> list[str]:
        would = "would be " if self.dry_run else ""
        said = [
            f"{self.source}: {self.rows:,} rows",
            f"{self.added:,} {would}added, {self.corrected:,} {would}corrected, {self.unchanged:,} unchanged,"
            f" {self.rejected:,} rejected",
        ]
        if self.rejected:
            said.append(f"rejected rows, with reasons: {self.rejects}")
        if self.dry_run:
            said.append("Dry run: nothing was written to the database.")
        return said


async def import_outcomes(
    database: Database,
    *,
    file: Path,
    now: datetime,
    rejects: Path,
    organiser: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> OutcomesReport:
    """Load a file of outcomes for one organiser; its code may be left out where there is only one.

    Raises FileProblem, one sentence for the person at the terminal; bad rows do not raise, they are in the reject file.
    """
    with open_table(file, needed=NEEDED, known=COLUMNS) as table:
        async with database.transaction() as session:
            actor = system(await organiser_of(session, organiser, whose="outcomes"))
            if not dry_run:
                await ensure_categories(session)
        with reject_file(rejects, header=table.header, beside=file) as rejected:
            report = OutcomesReport(source=file.name, dry_run=dry_run, rejects=rejects)
            await _Import(database, actor, now, report, rejected).all(table, progress)
            report.rejected = rejected.count
    return report


async def organiser_of(session: AsyncSession, code: str | None, *, whose: str) -> UUID:
    """The organiser of this code, or the only one. Raises FileProblem, which says what is imported (`whose`)."""
    found = {row.code: row.id for row in await session.scalars(select(Organiser).order_by(Organiser.code))}
    if code is None and len(found) == 1:
        return next(iter(found.values()))
    if code is None:
        raise FileProblem(
            f"Say whose {whose} they are: --organiser CODE, one of {', '.join(found) or 'none'}."
        )
    if code not in found:
        raise FileProblem(f"There is no organiser {code!r}. There are: {', '.join(found) or 'none'}.")
    return found[code]


@dataclass(slots=True)
class _Read:
    """A row as far as it could be read, with what is wrong with it already."""

    row: TableRow
    month: int = 0
    people: int = 1
    errors: list[str] = field(default_factory=list)


class _Import:
    """One pass over the file."""

    def __init__(
        self, database: Database, actor: Actor, now: datetime, report: OutcomesReport, rejected: RejectFile
    ) -> None:
        self._database = database
        self._actor = actor
        self._now = now
        self._report = report
        self._rejected = rejected
        self._seen: dict[int, int] = {}
        """Whom and which month → what was said: both as short hashes, for a file may have a million rows."""

    async def all(self, table: Table, progress: Progress | None) -> None:
        batch: list[_Read] = []
        for row in table.rows():
            self._report.rows += 1
            if row.unreadable is not None:
                self._rejected.add(row, [row.unreadable])
                continue
            batch.append(_read(row))
            if len(batch) == BATCH:
                await self._load(batch)
                batch = []
                if progress:
                    progress(table.bytes_read, table.size, self._report.rows)
        if batch:
            await self._load(batch)
        if progress:
            progress(table.size, table.size, self._report.rows)

    async def _load(self, batch: list[_Read]) -> None:
        sight = Sight(organisers=(self._actor.organiser_id,))
        async with self._database.transaction(sight) as session:
            known = await _Known.of(session, self._actor.organiser_id, batch)
            good: list[tuple[_Read, OutcomeRow]] = []
            for read in batch:
                order = known.outcome(read)
                if order is not None and self._said_otherwise(order):
                    read.errors.append("row.again")
                if order is not None and not read.errors:
                    good.append((read, order))
            recorded = await record_outcomes(
                session,
                actor=self._actor,
                now=self._now,
                organiser_id=self._actor.organiser_id,
                rows=[order for _, order in good],
                leave_out_faulty=True,
                dry_run=self._dry_run,
            )
        for place, faults in recorded.faults.items():
            good[place][0].errors.extend(faults)
        for read in batch:
            if read.errors:
                self._rejected.add(read.row, [REASONS[code] for code in dict.fromkeys(read.errors)])
        self._report.added += recorded.added
        self._report.corrected += recorded.corrected
        self._report.unchanged += recorded.unchanged

    @property
    def _dry_run(self) -> bool:
        return self._report.dry_run

    def _said_otherwise(self, order: OutcomeRow) -> bool:
        """Whether the file has said something else of this person and month before: then loading it twice would
        correct to and fro."""
        who = _short(order.service_id, order.reference, order.month)
        what = _short(order.category, order.status_on, order.people, order.provider_id)
        return self._seen.setdefault(who, what) != what


def _short(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest())


def _read(row: TableRow) -> _Read:
    read = _Read(row)
    if not row["voucher"] and not row["reference"]:
        read.errors.append("row.who")
    if row["voucher"] and row["reference"]:
        read.errors.append("row.who_twice")
    if not row["voucher"]:
        read.errors += [f"row.{column}" for column in ("provider", "service") if not row[column]]
    if row["month"] in {str(month) for month in MONTHS}:
        read.month = int(row["month"])
    else:
        read.errors.append("row.month")
    if read_day(row["status_on"]) is None:
        read.errors.append("row.day")
    if row["people"].isascii() and row["people"].isdigit() and len(row["people"]) <= 9:
        read.people = int(row["people"])
    elif row["people"]:
        read.errors.append("row.people")
    return read


@dataclass(frozen=True, slots=True)
class _Known:
    """What a batch names by number, business id and code, found in three queries."""

    vouchers: Mapping[str, tuple[UUID, UUID]]
    """Number → (voucher, service)."""
    providers: Mapping[str, UUID]
    services: Mapping[str, UUID]

    @classmethod
    async def of(cls, session: AsyncSession, organiser_id: UUID, batch: Iterable[_Read]) -> "_Known":
        rows = [read.row for read in batch]
        numbers = list({clean_code(row["voucher"]) for row in rows if row["voucher"]})
        vouchers = await session.execute(
            select(Voucher.number, Voucher.id, Voucher.service_id).where(
                Voucher.organiser_id == organiser_id, Voucher.number == any_(literal(numbers))
            )
        )
        identities = list({_identity(row["provider"]) for row in rows if row["provider"]})
        providers = await session.execute(
            select(Provider.identity_value, Provider.id).where(
                Provider.identity_value == any_(literal(identities)),
                Provider.id.in_(select(Admission.provider_id).where(Admission.organiser_id == organiser_id)),
            )
        )
        services = await session.execute(
            select(Service.code, Service.id).where(Service.organiser_id == organiser_id)
        )
        return cls(
            {row.number: (row.id, row.service_id) for row in vouchers},
            _unambiguous(providers.all()),
            {row.code: row.id for row in services},
        )

    def outcome(self, read: _Read) -> OutcomeRow | None:
        """What the row says in our ids; what is not known is noted among its errors."""
        row = read.row
        voucher = self.vouchers.get(clean_code(row["voucher"])) if row["voucher"] else None
        provider_id = self.providers.get(_identity(row["provider"])) if row["provider"] else None
        service_id = self.services.get(row["service"]) if row["service"] else None
        if row["voucher"] and voucher is None:
            read.errors.append("voucher.unknown")
        if row["provider"] and provider_id is None:
            read.errors.append("row.provider_unknown")
        if row["service"] and service_id is None:
            read.errors.append("row.service_unknown")
        service_id = service_id or (voucher[1] if voucher is not None else None)
        status_on = read_day(row["status_on"])
        if read.errors or service_id is None or status_on is None:
            return None
        return OutcomeRow(
            service_id=service_id,
            reference=str(voucher[0]) if voucher is not None else row["reference"],
            month=read.month,
            category=row["category"],
            status_on=status_on,
            provider_id=provider_id if voucher is None else None,
            voucher_id=voucher[0] if voucher is not None else None,
            people=read.people,
        )


def _unambiguous(providers: Iterable[Any]) -> dict[str, UUID]:
    """Numbers of two schemes may be alike; then nobody can tell who is meant."""
    found: dict[str, UUID] = {}
    twice: set[str] = set()
    for row in providers:
        if found.setdefault(row.identity_value, row.id) != row.id:
            twice.add(row.identity_value)
    return {number: provider_id for number, provider_id in found.items() if number not in twice}


def _identity(text: str) -> str:
    """A business id in its one spelling; any other register's number as it is."""
    return format_business_id(text) if is_business_id(text) else text
