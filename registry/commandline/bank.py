"""`registry import bank`, and `registry export journal`."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from registry.catalogue.queries import organiser_with_code
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.settlement.bank.commands import import_bank_file
from registry.settlement.bank.documents import BankFileUnreadable
from registry.settlement.bank.journal import JournalRefused, journal_csv, read_mapping
from registry.settlement.bank.queries.journal import journal
from registry.shared.actor import Sight, system
from registry.shared.database import Database
from registry.shared.errors import DomainError

exporting = typer.Typer(no_args_is_help=True, help="Files for other systems.")


@exporting.callback()
def _group() -> None:
    """Files for other systems."""


async def organiser_of(database: Database, code: str) -> UUID:
    async with database.transaction() as session:
        row = await organiser_with_code(session, code=code)
    if row is None:
        raise fail(f"There is no organiser {code}.")
    return row.id


def bank(
    files: Annotated[
        list[Path], typer.Argument(help="Account statements (camt.053) or notifications (camt.054).")
    ],
    organiser: Annotated[str, typer.Option(help="Code of the organiser whose account it is, such as oulu.")],
) -> None:
    """Take in the bank's files and match what is new.

    Each file is taken in whole or not at all, and once; a movement that an earlier file told of is not taken in again.
    Exits 1 when a file could not be read, after the others have been taken in.
    """
    run(lambda installation: _bank(installation, files, organiser))


async def _bank(installation: Installation, files: list[Path], code: str) -> int:
    database, failed = installation.database(pool_size=1), 0
    try:
        actor = system(await organiser_of(database, code))
        for file in files:
            failed += not await _one(database, actor.sight, file)
    finally:
        await database.close()
    return 1 if failed else 0


async def _one(database: Database, sight: Sight, file: Path) -> bool:
    try:
        content = file.read_bytes()
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        return False
    try:
        async with database.transaction(sight) as session:
            done = await import_bank_file(
                session,
                actor=system(*sight.organisers),
                now=datetime.now(UTC),
                file_name=file.name,
                content=content,
            )
    except BankFileUnreadable as error:
        typer.echo(f"{file}: not taken in, {len(error.problems)} errors", err=True)
        for problem in error.problems:
            typer.echo(f"  {problem.path}: {problem.code}", err=True)
        return False
    except DomainError as error:
        typer.echo(f"{file}: {error.code}", err=True)
        return False
    if not done.first:
        typer.echo(f"{file}: taken in before")
        return True
    typer.echo(
        f"{file}: {done.statements} statements, {done.bookings} movements, {done.new} new; {done.run.matched} matched,"
        f" {done.run.returned} came back, {done.run.left} to be explained"
    )
    return True


@exporting.command("journal")
def export_journal(
    month: Annotated[str, typer.Argument(help="YYYY-MM")],
    organiser: Annotated[str, typer.Option(help="Code of the organiser, such as oulu.")],
    mapping: Annotated[
        Path,
        typer.Option(help="TOML with the tables accounts, cost_centres and vat_codes (docs/accounting.md)."),
    ],
    out: Annotated[Path, typer.Option(help="Where the CSV goes.")],
) -> None:
    """Write a month's journal for the accounting system: debit and credit sum to what the ledger moved."""
    run(lambda installation: _journal(installation, month, organiser, mapping, out))


async def _journal(installation: Installation, month: str, code: str, mapping: Path, out: Path) -> int:
    try:
        wanted = date.fromisoformat(f"{month}-01")
        read = read_mapping(mapping.read_bytes())
    except ValueError:
        raise fail(f"{month} is no month: write it as 2026-10.") from None
    except OSError as error:
        raise fail(f"{mapping}: {error.strerror}") from None
    except JournalRefused as error:
        raise fail(_told(mapping, error)) from None
    database = installation.database(pool_size=1)
    try:
        organiser_id = await organiser_of(database, code)
        async with database.transaction(Sight(organisers=(organiser_id,))) as session:
            postings = await journal(session, organiser_id=organiser_id, month=wanted)
        content = journal_csv(postings, read)
    except JournalRefused as error:
        raise fail(_told(mapping, error)) from None
    finally:
        await database.close()
    out.write_bytes(content)
    debit = sum(max(p.debit_cents, 0) for p in postings)
    typer.echo(f"{out}: {len({p.entry for p in postings})} entries, debit {debit / 100:.2f} = credit")
    return 0


def _told(mapping: Path, error: JournalRefused) -> str:
    return "\n".join(
        [f"{mapping} cannot be used:", *(f"  {place}: {code}" for place, code in error.errors.items())]
    )
