"""A folder that invoices are dropped into: each file is taken in once, however often the folder is read.

Nothing is moved or deleted: the folder is somebody else's. A file that was taken before is known by its digest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.commands import Incoming, ReceivedInvoice, receive_invoices
from registry.settlement.commands.files import Opened, open_file, statements_of
from registry.settlement.einvoices.invoice import fault
from registry.settlement.einvoices.source import MOST_BYTES
from registry.settlement.invoice_problems import InvoiceUnreadable, Problem, of_einvoice
from registry.settlement.model import Statement
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.errors import DomainError
from registry.shared.period import local_date

AT_ONCE: Final = 100
"""Files of one commit."""
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
    return await take_files(database, files=_files(folder), actor=actor, now=now)


def _files(folder: Path) -> Iterator[tuple[str, bytes | InvoiceUnreadable]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > MOST_BYTES:
            yield path.name, InvoiceUnreadable(of_einvoice([fault("XML-SIZE")]))
        else:
            yield path.name, path.read_bytes()


async def take_files(
    database: Database, *, files: Iterable[tuple[str, bytes | InvoiceUnreadable]], actor: Actor, now: datetime
) -> FolderReport:
    """Take in files, some at a time in one commit: what was committed stays when the work is broken off, and is known
    when it is taken up again."""
    report = FolderReport()
    for together in _portions(files):
        report.files += len(together)
        async with database.transaction(actor.sight) as session:
            taken = await _take(session, actor, now, together)
        for (name, _), answer in zip(together, taken, strict=True):
            _tell(report, name, answer)
    return report


def _portions(
    files: Iterable[tuple[str, bytes | InvoiceUnreadable]],
) -> Iterator[list[tuple[str, bytes | InvoiceUnreadable]]]:
    """So many files, or so many bytes, as are read and held at once."""
    portion: list[tuple[str, bytes | InvoiceUnreadable]] = []
    size = 0
    for name, content in files:
        portion.append((name, content))
        size += len(content) if isinstance(content, bytes) else 0
        if len(portion) == AT_ONCE or size > MOST_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


async def _take(
    session: AsyncSession, actor: Actor, now: datetime, files: Sequence[tuple[str, bytes | InvoiceUnreadable]]
) -> list[tuple[ReceivedInvoice, str] | DomainError]:
    """What became of each file, with its statement's number."""
    answers: dict[int, tuple[ReceivedInvoice, str] | DomainError] = {}
    opened: dict[int, Opened] = {}
    for place, (_, content) in enumerate(files):
        try:
            if isinstance(content, InvoiceUnreadable):
                raise content
            opened[place] = await open_file(content, today=local_date(now))
        except DomainError as error:
            answers[place] = error
    incoming: dict[int, Incoming] = {}
    for place, found in zip(opened, await statements_of(session, list(opened.values())), strict=True):
        name, content = files[place]
        if isinstance(found, DomainError):
            answers[place] = found
        elif isinstance(content, bytes):
            incoming[place] = Incoming(found, name, content, opened[place])
    received = await receive_invoices(session, actor=actor, now=now, incoming=list(incoming.values()))
    for (place, each), answer in zip(incoming.items(), received, strict=True):
        if isinstance(answer, DomainError):
            answers[place] = answer
        else:
            answers[place] = answer, (await session.get_one(Statement, each.statement_id)).number
    return [answers[place] for place in range(len(files))]


def _tell(report: FolderReport, name: str, answer: tuple[ReceivedInvoice, str] | DomainError) -> None:
    if isinstance(answer, DomainError):
        report.rejected += 1
        report.told += _refused(name, answer)
        return
    received, number = answer
    report.taken += received.first
    report.known += not received.first
    how = "taken in" if received.first else "known from before"
    state, exceptions = received.statement_state, received.exceptions
    report.told.append(
        f"{name}: {how}: invoice {received.number}, statement {number}: {state}, {exceptions} differences"
    )


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
