"""Confirming results from an authority's file: what its own records say of milestones that providers have claimed.

Columns, named on the first line, with comma, semicolon or tab between them: `voucher` (its number), `milestone` (its
code), `reached` (yes or no), and where it was not reached `reason` (a code). Only claims whose confirmer is the
authority's records are decided here: what a client or a case worker confirms, no file does.

Each row is decided in a transaction of its own, by the same command as anywhere else. Loading a file again changes
nothing: what was decided so already stays, and a row that says otherwise of a decided claim is rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.rules import MILESTONES
from registry.quality.csv_table import Progress, RejectFile, Table, TableRow, open_table, reject_file
from registry.quality.outcomes.importing import organiser_of
from registry.quality.results import decide_result
from registry.shared.actor import Actor, system
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.identifiers import clean_code
from registry.vouchers.model import Voucher
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import NOT_ABOVE, REFUSAL_REASONS, ClaimState

NEEDED: Final = ("voucher", "milestone", "reached")
COLUMNS: Final = (*NEEDED, "reason")
SAID: Final = {"yes": True, "no": False}

REASONS: Final[Mapping[str, str]] = {
    "row.voucher": "voucher: nothing is given",
    "row.milestone": f"milestone: not one of {', '.join(MILESTONES)}",
    "row.reached": "reached: neither yes nor no",
    "row.reason": f"reason: of a no, one of {', '.join(REFUSAL_REASONS)}",
    "row.reason_of_yes": "reason: given, though the result was reached",
    "row.again": "the same voucher and milestone stand in the file above with something else; the first is kept",
    "voucher.unknown": "voucher: the organiser has none of this number",
    "milestone.not_claimed": "no provider has claimed this milestone",
    "milestone.other_confirmer": "somebody else confirms this result: the client or a case worker",
    "milestone.decided_already": "the claim was decided otherwise already",
    "milestone.waits_for_figure": "the result was confirmed and waits for a figure; a case worker decides it",
    "redemption.too_little_value": "the voucher has too little value left",
}


@dataclass(slots=True)
class ResultsReport:
    """Counts of a whole import."""

    source: str
    dry_run: bool
    rejects: Path
    rows: int = 0
    paid: int = 0
    refused: int = 0
    held: int = 0
    unchanged: int = 0
    rejected: int = 0

    def lines(self) -> list[str]:
        would = "would be " if self.dry_run else ""
        said = [
            f"{self.source}: {self.rows:,} rows",
            f"{self.paid:,} {would}paid, {self.refused:,} {would}refused, {self.held:,} {would}held until there is a"
            f" figure, {self.unchanged:,} unchanged, {self.rejected:,} rejected",
        ]
        if self.rejected:
            said.append(f"rejected rows, with reasons: {self.rejects}")
        if self.dry_run:
            said.append("Dry run: nothing was written to the database.")
        return said


async def import_results(
    database: Database,
    *,
    file: Path,
    now: datetime,
    rejects: Path,
    organiser: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ResultsReport:
    """Decide the claims that a file of one organiser speaks of; its code may be left out where there is only one.

    Raises FileProblem, one sentence for the person at the terminal; bad rows do not raise, they are in the reject file.
    """
    with open_table(file, needed=NEEDED, known=COLUMNS) as table:
        async with database.transaction() as session:
            actor = system(await organiser_of(session, organiser, whose="results"))
        with reject_file(rejects, header=table.header, beside=file) as rejected:
            report = ResultsReport(source=file.name, dry_run=dry_run, rejects=rejects)
            await _all(database, actor, now, report, rejected, table, progress)
            report.rejected = rejected.count
    return report


async def _all(
    database: Database,
    actor: Actor,
    now: datetime,
    report: ResultsReport,
    rejected: RejectFile,
    table: Table,
    progress: Progress | None,
) -> None:
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for row in table.rows():
        report.rows += 1
        reasons = [row.unreadable] if row.unreadable is not None else [REASONS[code] for code in _faults(row)]
        if not reasons:
            said = (row["reached"].lower(), row["reason"])
            if seen.setdefault((clean_code(row["voucher"]), row["milestone"]), said) != said:
                reasons = [REASONS["row.again"]]
        if not reasons:
            why = await _decide(database, actor, now, report, row)
            reasons = [REASONS.get(why, why)] if why else []
        if reasons:
            rejected.add(row, reasons)
        if progress and report.rows % 100 == 0:
            progress(table.bytes_read, table.size, report.rows)
    if progress:
        progress(table.size, table.size, report.rows)


def _faults(row: TableRow) -> list[str]:
    found = []
    if not row["voucher"]:
        found.append("row.voucher")
    if row["milestone"] not in MILESTONES:
        found.append("row.milestone")
    reached = SAID.get(row["reached"].lower())
    if reached is None:
        found.append("row.reached")
    if reached and row["reason"]:
        found.append("row.reason_of_yes")
    if reached is False and row["reason"] not in REFUSAL_REASONS:
        found.append("row.reason")
    return found


class _OnlyTried(Exception):
    """Takes back what a dry run has done."""


async def _decide(
    database: Database, actor: Actor, now: datetime, report: ResultsReport, row: TableRow
) -> str | None:
    """Decide the row's claim, unless it has been; the code of what is wrong with it, or None."""
    reached, reason = SAID[row["reached"].lower()], row["reason"] or None
    state: ClaimState | None = None
    try:
        async with database.transaction(actor.sight) as session:
            claim = await _claim(session, actor.organiser_id, row)
            if isinstance(claim, str):
                return claim
            if claim.state != ClaimState.CLAIMED:
                same = _says_so(claim, reached=reached, reason=reason)
                report.unchanged += same
                return None if same else _otherwise(claim)
            state = await decide_result(
                session, actor=actor, now=now, claim_id=claim.id, reached=reached, reason=reason
            )
            if report.dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    except Refused as refused:
        return refused.code
    report.paid += state is ClaimState.PAID
    report.refused += state is ClaimState.REFUSED
    report.held += state is ClaimState.HELD
    return None


async def _claim(session: AsyncSession, organiser_id: UUID, row: TableRow) -> MilestoneClaim | str:
    """The last claim of the milestone on the voucher, or the code of what is missing."""
    voucher_id = await session.scalar(
        select(Voucher.id).where(
            Voucher.organiser_id == organiser_id, Voucher.number == clean_code(row["voucher"])
        )
    )
    if voucher_id is None:
        return "voucher.unknown"
    claim = await session.scalar(
        select(MilestoneClaim)
        .where(MilestoneClaim.voucher_id == voucher_id, MilestoneClaim.milestone == row["milestone"])
        .order_by(MilestoneClaim.id.desc())
        .limit(1)
    )
    if claim is None:
        return "milestone.not_claimed"
    return claim if claim.confirmer == "authority" else "milestone.other_confirmer"


def _says_so(claim: MilestoneClaim, *, reached: bool, reason: str | None) -> bool:
    """Whether the claim was decided by what the row says: reached, which is paid, held, or not paid because it was not
    above the expected rate; or not reached, for the same reason."""
    if reached:
        return claim.state in (ClaimState.PAID, ClaimState.HELD) or claim.reason == NOT_ABOVE
    return claim.state == ClaimState.REFUSED and claim.reason == reason


def _otherwise(claim: MilestoneClaim) -> str:
    held = claim.state == ClaimState.HELD
    return "milestone.waits_for_figure" if held else "milestone.decided_already"
