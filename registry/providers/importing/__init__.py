"""Importing a foreign register of providers: a CSV file and a mapping of its columns.

`import_providers` reads it row by row, puts bad rows aside with every reason, and loads the good ones in batches,
each in a transaction of its own: an import that is interrupted is simply run again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.providers.importing.batches import Outcome, Target
from registry.providers.importing.csv_rows import BadRow, CsvFile, FileProblem, open_csv
from registry.providers.importing.entries import PROVIDER_FIELDS, Context, Entry, Rejected, ServiceFacts
from registry.providers.importing.loading import load_batch
from registry.providers.importing.mapping import MAPPINGS, Mapping, read_mapping
from registry.providers.importing.reading import Reader
from registry.providers.importing.report import Files, ImportReport
from registry.providers.importing.values import Note
from registry.providers.model import Admission, Application, Provider
from registry.providers.rules import OfferLimits
from registry.shared.actor import Sight, system
from registry.shared.database import Database

__all__ = ["MAPPINGS", "FileProblem", "ImportReport", "Mapping", "import_providers", "read_mapping"]

BATCH: Final = 1000
Progress = Callable[[int, int, int], None]
"""(bytes read, bytes in all, rows so far)"""


async def import_providers(
    database: Database,
    *,
    file: Path,
    mapping: Mapping,
    organiser: str,
    now: datetime,
    services: Sequence[str] = (),
    services_of: Callable[[str], Sequence[str]] | None = None,
    rejects: Path,
    warnings: Path,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Load a register into this organiser's. `services` are codes of its services: every row is admitted to each,
    unless the mapping reads the service from a column or `services_of` tells it by the row's own number.

    Raises FileProblem, one sentence for the person at the terminal, when the file, the mapping or the names given
    are wrong; bad rows do not raise, they are in the report and in the reject file.
    """
    with open_csv(file) as source:
        table = CsvFile(source=source, delimiter=mapping.delimiter, encoding=mapping.encoding)
        table.read_header(file.name)
        _require_columns(table, mapping, file)
        async with database.transaction() as session:
            organiser_id, context, target = await _place(session, mapping, organiser, services, services_of)
        reader = Reader(mapping=mapping, header=table.header, context=context)
        report = ImportReport(
            source=mapping.source, dry_run=dry_run, rejects_file=rejects, warnings_file=warnings
        )
        report.columns_not_taken = tuple(c for c in table.header if c not in mapping.columns())
        report.constants = _made_up(mapping)
        files = Files(rejects, warnings)
        files.start(table.header, beside=file)
        try:
            run = _Run(database, reader, target, organiser_id, now, dry_run, report, files)
            await run.all(table, file.stat().st_size, progress)
        finally:
            files.close()
        report.blank_lines = table.blank_lines
        async with database.transaction(Sight(organisers=(organiser_id,))) as session:
            report.absent = await _absent(session, target, mapping, reader)
    return report


class _Run:
    """One pass over the file."""

    def __init__(
        self,
        database: Database,
        reader: Reader,
        target: Target,
        organiser_id: UUID,
        now: datetime,
        dry_run: bool,
        report: ImportReport,
        files: Files,
    ) -> None:
        self._database = database
        self._reader = reader
        self._target = target
        self._actor = system(organiser_id)
        self._now = now
        self._dry_run = dry_run
        self._report = report
        self._files = files

    async def all(self, table: CsvFile, size: int, progress: Progress | None) -> None:
        batch: list[Entry] = []
        for row in table.rows():
            self._report.rows += 1
            if isinstance(row, BadRow):
                self._reject([Rejected(row.line, [row.text], [Note(row.code, "", "")])])
                continue
            read = self._reader.read(row)
            if isinstance(read, Rejected):
                self._reject([read])
                continue
            batch.append(read)
            if len(batch) == BATCH:
                await self._load(batch)
                batch = []
                if progress:
                    progress(table.bytes_read, size, self._report.rows)
        if batch:
            await self._load(batch)
        if progress:
            progress(size, size, self._report.rows)

    async def _load(self, batch: list[Entry]) -> None:
        async with self._database.transaction(self._actor.sight) as session:
            outcome = await load_batch(
                session,
                entries=batch,
                target=self._target,
                actor=self._actor,
                now=self._now,
                dry_run=self._dry_run,
            )
        self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        self._report.new += outcome.counts["new"]
        self._report.changed += outcome.counts["changed"]
        self._report.unchanged += outcome.counts["unchanged"]
        self._report.states += outcome.states
        self._reject(outcome.rejected)
        self._files.warn(outcome.notes)
        self._report.warnings.update(note.code for _, note in outcome.notes)

    def _reject(self, rejected: list[Rejected]) -> None:
        self._files.reject(rejected)
        self._report.rejected += len(rejected)
        self._report.reasons.update(note.code for row in rejected for note in row.reasons)


def _require_columns(table: CsvFile, mapping: Mapping, file: Path) -> None:
    missing = sorted(mapping.columns() - set(table.header))
    if missing:
        raise FileProblem(
            f"{file.name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} that the mapping"
            f" reads. Its columns are {', '.join(table.header)[:500]}."
        )


def _made_up(mapping: Mapping) -> dict[str, str | int | bool]:
    made: dict[str, str | int | bool] = dict(mapping.constants)
    if mapping.languages.always:
        made["languages"] = " ".join(mapping.languages.always)
    if mapping.accessibility.always:
        made["accessibility"] = " ".join(mapping.accessibility.always)
    if mapping.municipalities == "area":
        made["municipalities"] = "the organiser's whole area"
    elif mapping.municipalities.always:
        made["municipalities"] = " ".join(mapping.municipalities.always)
    return made


async def _place(
    session: AsyncSession,
    mapping: Mapping,
    organiser: str,
    services: Sequence[str],
    services_of: Callable[[str], Sequence[str]] | None,
) -> tuple[UUID, Context, Target]:
    """The organiser, its services and the municipalities, or a sentence on what there is instead."""
    found = await session.scalar(select(Organiser).where(Organiser.code == organiser))
    if found is None:
        there = (await session.scalars(select(Organiser.code).order_by(Organiser.code))).all()
        raise FileProblem(f"There is no organiser {organiser!r}. There are: {', '.join(there) or 'none'}.")
    by_code = await _services(session, found.id)
    missing = [code for code in services if code not in by_code]
    if missing or not by_code:
        raise FileProblem(
            f"{organiser} has no service {', '.join(missing) or 'with terms'}."
            f" It has: {', '.join(sorted(by_code)) or 'none'}."
        )
    constant = mapping.constants.get("service")
    if not services and services_of is None and constant is None and "service" not in mapping.fields:
        raise FileProblem(f"Say which service: --service CODE, one of {', '.join(sorted(by_code))}.")
    rows = (await session.execute(select(Municipality.code, Municipality.employment_area_code))).all()
    codes = frozenset(row.code for row in rows)
    area = sorted(row.code for row in rows if row.employment_area_code == found.employment_area_code)
    chosen = {code: by_code[code] for code in (services or by_code)}
    facts = {
        code: ServiceFacts(
            code,
            OfferLimits(
                unit_price_ceiling_cents=terms.unit_price_ceiling_cents,
                own_share_allowed=terms.own_share_allowed and not service.free_by_law,
                rule_book_version=terms.rule_book_version,
                municipalities=codes,
            ),
        )
        for code, (service, terms) in chosen.items()
    }
    target = Target(
        organiser_id=found.id,
        scheme=mapping.identity.scheme,
        services={code: service.id for code, (service, _) in chosen.items()},
        columns=frozenset(n for n in PROVIDER_FIELDS if n in mapping.fields or n in mapping.constants),
        statements=mapping.own_statements(),
    )
    return found.id, Context(facts, codes, area, services_of), target


async def _services(session: AsyncSession, organiser_id: UUID) -> dict[str, tuple[Service, VoucherTerms]]:
    """The organiser's active services with their terms of today."""
    rows = await session.execute(
        select(Service, VoucherTerms)
        .join(VoucherTerms, VoucherTerms.service_id == Service.id)
        .where(Service.organiser_id == organiser_id, Service.active)
        .order_by(Service.code, VoucherTerms.version)
    )
    return {service.code: (service, terms) for service, terms in rows}


async def _absent(session: AsyncSession, target: Target, mapping: Mapping, reader: Reader) -> int:
    """How many of this organiser came from this source and are not in the file. They stay: a register that forgets
    somebody has not decided against them."""
    mine = or_(
        Provider.id.in_(
            select(Admission.provider_id).where(
                Admission.organiser_id == target.organiser_id, Admission.state.in_(("active", "suspended"))
            )
        ),
        Provider.id.in_(select(Application.provider_id).where(Application.state == "submitted")),
    )
    there = await session.scalars(
        select(Provider.identity_value).where(
            Provider.identity_scheme == target.scheme, Provider.source == mapping.source, mine
        )
    )
    return sum(1 for value in there if value not in reader.seen)
