"""Importing municipalities' unemployment rates, as the official statistics give them.

Columns, named on the first line: `municipality` (its official code, 564 or KU564), `month` (2026-09) and `rate` (per
cent of the labour force, 9.4 or 9,4). A month that is loaded again is corrected; what was fixed for a voucher stays as
it was.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.quality.csv_table import Progress, TableRow, open_table, reject_file
from registry.quality.intake.model import MunicipalityUnemployment
from registry.shared.actor import system
from registry.shared.database import Database

COLUMNS: Final = ("municipality", "month", "rate")
BATCH: Final = 2_000
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(slots=True)
class UnemploymentReport:
    """Counts of a whole import."""

    source: str
    rejects: Path
    rows: int = 0
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    rejected: int = 0

    def lines(self) -> list[str]:
        said = [
            f"{self.source}: {self.rows:,} rows",
            f"{self.added:,} added, {self.corrected:,} corrected, {self.unchanged:,} unchanged,"
            f" {self.rejected:,} rejected",
        ]
        return [*said, f"rejected rows, with reasons: {self.rejects}"] if self.rejected else said


async def import_unemployment(
    database: Database, *, file: Path, now: datetime, rejects: Path, progress: Progress | None = None
) -> UnemploymentReport:
    """Load a file; good rows in batches, bad ones into the reject file. Raises FileProblem where it cannot be read."""
    with open_table(file, needed=COLUMNS, known=COLUMNS) as table:
        async with database.transaction() as session:
            municipalities = set(await session.scalars(select(Municipality.code)))
        report = UnemploymentReport(source=file.name, rejects=rejects)
        seen: dict[tuple[str, str], int] = {}
        with reject_file(rejects, header=table.header, beside=file) as rejected:
            batch: dict[tuple[str, str], int] = {}
            for row in table.rows():
                report.rows += 1
                key, rate, reasons = _read(row, municipalities)
                if not reasons and seen.setdefault(key, rate) != rate:
                    reasons = ["the same municipality and month stands in the file above with another rate"]
                if reasons:
                    rejected.add(row, reasons)
                else:
                    batch[key] = rate
                if len(batch) == BATCH:
                    await _load(database, batch, report, now)
                    batch = {}
                    if progress:
                        progress(table.bytes_read, table.size, report.rows)
            await _load(database, batch, report, now)
            report.rejected = rejected.count
        if progress:
            progress(table.size, table.size, report.rows)
    return report


def _read(row: TableRow, municipalities: set[str]) -> tuple[tuple[str, str], int, list[str]]:
    """((municipality, month), rate in hundredths of a per cent, every reason against the row)."""
    if row.unreadable is not None:
        return ("", ""), 0, [row.unreadable]
    reasons = []
    code = row["municipality"].upper().removeprefix("KU").zfill(3)
    if code not in municipalities:
        reasons.append("municipality: no such code; load the classification with `registry import areas`")
    if not _MONTH.fullmatch(row["month"]):
        reasons.append("month: not of the form 2026-09")
    rate = _rate(row["rate"])
    if rate is None:
        reasons.append("rate: not a share in per cent")
    return (code, row["month"]), rate or 0, reasons


def _rate(text: str) -> int | None:
    try:
        hundredths = Decimal(text.replace(",", ".").removesuffix("%").strip()) * 100
    except InvalidOperation:
        return None
    if not hundredths.is_finite() or not 0 <= hundredths <= 10_000:
        return None
    return int(hundredths.to_integral_value())


async def _load(
    database: Database, batch: Mapping[tuple[str, str], int], report: UnemploymentReport, now: datetime
) -> None:
    if not batch:
        return
    async with database.transaction() as session:
        added, corrected = await _write(session, batch)
        if added or corrected:
            record(
                session,
                actor=system(),
                now=now,
                action="reference.imported",
                subject_kind="reference_import",
                subject_id=uuid5(NAMESPACE_OID, "unemployment"),  # it has no row of its own
                organiser_id=None,
                facts={"kind": "unemployment", "added": added, "corrected": corrected},
            )
    report.added += added
    report.corrected += corrected
    report.unchanged += len(batch) - added - corrected


async def _write(session: AsyncSession, batch: Mapping[tuple[str, str], int]) -> tuple[int, int]:
    months = {month for _, month in batch}
    rows = await session.execute(
        select(
            MunicipalityUnemployment.municipality_code,
            MunicipalityUnemployment.month,
            MunicipalityUnemployment.rate_bp,
        ).where(MunicipalityUnemployment.month.in_(months))
    )
    standing = {(row.municipality_code, row.month): row.rate_bp for row in rows}
    different = {key: rate for key, rate in batch.items() if standing.get(key) != rate}
    if different:
        statement = insert(MunicipalityUnemployment).values(
            [
                {"municipality_code": code, "month": month, "rate_bp": rate}
                for (code, month), rate in sorted(different.items())
            ]
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["municipality_code", "month"], set_={"rate_bp": statement.excluded.rate_bp}
            )
        )
    corrected = len(different.keys() & standing.keys())
    return len(different) - corrected, corrected
