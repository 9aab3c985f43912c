"""`registry regimes` and `registry rule-books`: on what law a service decides, and what it asks of providers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.commands import set_regime
from registry.catalogue.legal_regimes.loading import RegimeProblem, read_regime_file, templates
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.rules import Regime, cited
from registry.catalogue.model import Organiser, Service
from registry.catalogue.rule_books.commands import publish_rule_book
from registry.catalogue.rule_books.queries import rule_book_history, rule_book_of
from registry.catalogue.rule_books.text_form import UnreadableBook, as_text, points_in
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.shared.actor import Actor, system

regimes = typer.Typer(
    no_args_is_help=True,
    help="Legal regimes of services: the law, the evidence, the remedy and its periods. Loading one is not enough:"
    " nothing is decided before an administrator of the organiser has confirmed it, point by point, on its page.",
)
rule_books = typer.Typer(
    no_args_is_help=True,
    help="Rule books of services: the criteria that providers meet and the terms that they accept, in versions.",
)

ServiceName = Annotated[str, typer.Argument(help="Organiser and service by their codes: oulu/job_coaching.")]
Work = Callable[[AsyncSession, Actor, Service], Awaitable[None]]


def _with_service(name: str, work: Work) -> None:
    run(lambda installation: _at(installation, name, work))


async def _at(installation: Installation, name: str, work: Work) -> int:
    organiser, _, code = name.partition("/")
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            service = await session.scalar(
                select(Service)
                .join(Organiser, Organiser.id == Service.organiser_id)
                .where(Organiser.code == organiser, Service.code == code)
            )
        if service is None:
            raise fail(f"There is no service {name}: `registry regimes list` names them all.")
        actor = system(service.organiser_id)
        async with database.transaction(actor.sight) as session:
            await work(session, actor, service)
    finally:
        await database.close()
    return 0


async def _services(session: AsyncSession) -> list[tuple[str, Service]]:
    rows = await session.execute(
        select(Organiser.code, Service)
        .join(Organiser, Organiser.id == Service.organiser_id)
        .order_by(Organiser.code, Service.code)
    )
    return [(f"{organiser}/{service.code}", service) for organiser, service in rows]


# --- regimes ----------------------------------------------------------------------------------------------------------


@regimes.command("list")
def list_regimes() -> None:
    """List every service with the regime it has, and whether its organiser has confirmed it word for word."""
    run(_list_regimes)


async def _list_regimes(installation: Installation) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            for name, service in await _services(session):
                found = await regime_in_force(session, service.id)
                if found is None:
                    typer.echo(f"{name}\t-\tno regime")
                    continue
                said = "confirmed" if found.confirmed else "not confirmed"
                typer.echo(f"{name}\t{found.regime.code}\tversion {found.version}\t{said}")
    finally:
        await database.close()
    return 0


@regimes.command("templates")
def list_templates() -> None:
    """List the templates that come with the program. None of them is confirmed."""
    for code, regime in templates().items():
        typer.echo(f"{code}\t{regime.name.fi}\t{len(regime.to_be_confirmed)} points to be confirmed")


@regimes.command("show")
def show_regime(service: ServiceName) -> None:
    """Tell what a service's regime says, and what is open in it."""
    _with_service(service, _show_regime)


async def _show_regime(session: AsyncSession, actor: Actor, service: Service) -> None:
    found = await regime_in_force(session, service.id)
    if found is None:
        raise fail("The service has no regime yet: `registry regimes load` gives it one.")
    regime = found.regime
    typer.echo(
        f"{regime.name.fi} (version {found.version}, {'confirmed' if found.confirmed else 'not confirmed'})"
    )
    for source in (*regime.basis, *regime.remedy.sources):
        typer.echo(f"  {cited(source, 'fi')}")
    typer.echo(
        f"  remedy: {regime.remedy.kind}, {regime.remedy.period_days} days; files {regime.rejected_file_years} years"
    )
    for number, point in enumerate(regime.to_be_confirmed, start=1):
        typer.echo(f"  to be confirmed {number}: {point.fi}")


@regimes.command("load")
def load_regime(
    service: ServiceName,
    source: Annotated[str, typer.Argument(help="A TOML file, or the code of a template.")],
) -> None:
    """Give a service a regime from a file or a template, as its next version.

    It decides nothing before a person confirms it: an administrator of the organiser reads it on the service's page,
    settles every open point and names the office and the court. This command cannot do that.
    """
    regime = _regime(source)

    async def work(session: AsyncSession, actor: Actor, found: Service) -> None:
        await set_regime(session, actor=actor, now=datetime.now(UTC), service_id=found.id, regime=regime)
        typer.echo(
            f"{service} has the regime {regime.code}. It decides once an administrator has confirmed it on the page"
            f" /admin/services/{found.id}/regime."
        )

    _with_service(service, work)


def _regime(source: str) -> Regime:
    if source in templates():
        return templates()[source]
    if not source.endswith(".toml"):
        raise fail(f"{source} is neither a TOML file nor a template: {', '.join(templates())}.")
    try:
        return read_regime_file(Path(source))
    except RegimeProblem as problem:
        raise fail(f"This is no legal regime: {problem}.") from None


# --- rule books -------------------------------------------------------------------------------------------------------


@rule_books.command("list")
def list_rule_books(service: ServiceName) -> None:
    """List the versions of a service's rule book, the newest, which is in force, first."""
    _with_service(service, _list_books)


async def _list_books(session: AsyncSession, actor: Actor, service: Service) -> None:
    for book in await rule_book_history(session, service.id):
        typer.echo(
            f"{book.version}\t{book.published_at.date().isoformat()}\t{len(book.criteria)} criteria,"
            f" {len(book.terms)} terms"
        )


@rule_books.command("show")
def show_rule_book(
    service: ServiceName,
    version: Annotated[
        str | None, typer.Argument(help="Such as 2026-1; the one in force without it.")
    ] = None,
) -> None:
    """Write a version as the text that `load` reads, to be changed and loaded as the next."""

    async def work(session: AsyncSession, actor: Actor, found: Service) -> None:
        book = await rule_book_of(session, found.id, version=version)
        if book is None:
            raise fail("There is no such version.")
        typer.echo(as_text(book.points))

    _with_service(service, work)


@rule_books.command("load")
def load_rule_book(
    service: ServiceName,
    version: Annotated[str, typer.Argument(help="The new version's name, such as 2027-1.")],
    file: Annotated[Path, typer.Argument(help="Points as `show` writes them.", exists=True, dir_okay=False)],
) -> None:
    """Publish the next version of a service's rule book.

    New applications are made on it at once, and everyone who is approved is asked to accept it by a day. A version is
    never changed or taken back.
    """
    try:
        points = points_in(file.read_text(encoding="utf-8"))
    except (UnreadableBook, UnicodeDecodeError) as problem:
        raise fail(f"The points cannot be read: {problem}.") from None

    async def work(session: AsyncSession, actor: Actor, found: Service) -> None:
        await publish_rule_book(
            session, actor=actor, now=datetime.now(UTC), service_id=found.id, version=version, points=points
        )
        typer.echo(f"{service} has the rule book {version} of {len(points)} points.")

    _with_service(service, work)
