"""A folder that invoices are dropped into: each file is taken in once, however often the folder is read.

Nothing is moved or deleted: the folder is somebody else's. A file that was taken before is known by its digest.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import ReceivedInvoice, receive_invoice
from registry.settlement.commands.files import statement_of
from registry.settlement.einvoices.invoice import fault
from registry.settlement.einvoices.source import MOST_BYTES
from registry.settlement.invoice_problems import InvoiceUnreadable, Problem, of_einvoice
from registry.settlement.model import Statement
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.errors import DomainError
from registry.shared.period import local_date

MOST_TOLD: Final = 20
"""Problems of one file that a terminal is told of."""


@dataclass
class FolderReport:
    """What became of each file."""

    files: int = 0
    taken: int = 0
    known: int = 0
    rejected: int = 0
    told: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        end = f"{self.files} files: {self.taken} taken in, {self.known} known from before, {self.rejected} refused"
        return [*self.told, end]


async def take_folder(database: Database, *, folder: Path, actor: Actor, now: datetime) -> FolderReport:
    """Take in every file of the folder, in the order of their names; a file that is refused spoils no other. Folders in
    it, hidden files and links (which may lead anywhere) are passed over."""
    report = FolderReport()
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        report.files += 1
        try:
            content = _content(path)
            async with database.transaction(actor.sight) as session:
                received, number = await _take(session, actor, now, path.name, content)
        except DomainError as error:
            report.rejected += 1
            report.told += _refused(path.name, error)
            continue
        report.taken += received.first
        report.known += not received.first
        how = "taken in" if received.first else "known from before"
        state, exceptions = received.statement_state, received.exceptions
        report.told.append(
            f"{path.name}: {how}: invoice {received.number}, statement {number}: {state}, {exceptions} differences"
        )
    return report


def _content(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise InvoiceUnreadable(of_einvoice([fault("XML-SIZE")]))
    return path.read_bytes()


async def _take(
    session: AsyncSession, actor: Actor, now: datetime, name: str, content: bytes
) -> tuple[ReceivedInvoice, str]:
    statement_id = await statement_of(session, content, today=local_date(now))
    received = await receive_invoice(
        session, actor=actor, now=now, statement_id=statement_id, file_name=name, content=content
    )
    statement = await session.get_one(Statement, statement_id)
    return received, statement.number


def _refused(name: str, error: DomainError) -> list[str]:
    if not isinstance(error, InvoiceUnreadable):
        facts = ", ".join(f"{key} {value}" for key, value in error.facts.items())
        return [f"{name}: refused: {error.code}" + (f" ({facts})" if facts else "")]
    told = [_line(problem) for problem in error.problems[:MOST_TOLD]]
    more = [f"  and {error.count - MOST_TOLD} more"] if error.count > MOST_TOLD else []
    return [f"{name}: refused: {error.count} problems", *told, *more]


def _line(problem: Problem) -> str:
    facts = ", ".join(f"{key} {value}" for key, value in problem.facts)
    return f"  {problem.place}: {problem.rule or problem.code}" + (f" ({facts})" if facts else "")
