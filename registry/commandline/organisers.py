"""`registry organisers`: who the installation serves."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from registry.catalogue.commands import create_organiser, set_representation_days, tell_business_id
from registry.catalogue.queries import organiser_with_code
from registry.catalogue.queries import organisers as all_organisers
from registry.catalogue.rules import MOST_REPRESENTATION_DAYS
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.shared.actor import Sight, system
from registry.shared.database import see
from registry.vouchers.sandbox.commands import open_sandbox

organisers = typer.Typer(no_args_is_help=True, help="Authorities that grant vouchers and pay for them.")


class Kind(StrEnum):
    EMPLOYMENT_AREA = "employment_area"
    MUNICIPALITY = "municipality"
    WELLBEING_COUNTY = "wellbeing_county"
    ALLIANCE = "alliance"


@organisers.command("list")
def list_organisers() -> None:
    """List the organisers with their codes."""
    run(_list)


async def _list(installation: Installation) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            for row in await all_organisers(session):
                typer.echo(f"{row.code}\t{row.kind}\t{row.names.fi}\t{row.id}")
    finally:
        await database.close()
    return 0


@organisers.command("add")
def add_organiser(
    code: Annotated[str, typer.Argument(help="Short name in addresses and commands, such as oulu.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")],
    name_fi: Annotated[str, typer.Option(help="Name in Finnish.")],
    name_sv: Annotated[str, typer.Option(help="Name in Swedish.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")],
    email: Annotated[str, typer.Option(help="Where clients and providers write to.")],
    phone: Annotated[str, typer.Option(help="Where they call.")] = "",
    area: Annotated[str | None, typer.Option(help="Code of its employment area, such as 24.")] = None,
) -> None:
    """Take an organiser into the installation. Add its first administrators next: `registry people add`."""
    run(lambda installation: _add(installation, code, kind, (name_fi, name_sv, name_en), email, phone, area))


async def _add(
    installation: Installation,
    code: str,
    kind: Kind,
    names: tuple[str, str, str],
    email: str,
    phone: str,
    area: str | None,
) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            organiser_id = await create_organiser(
                session,
                actor=system(),
                now=datetime.now(UTC),
                code=code,
                kind=kind,
                name_fi=names[0],
                name_sv=names[1],
                name_en=names[2],
                contact_email=email,
                contact_phone=phone,
                employment_area_code=area,
            )
    finally:
        await database.close()
    typer.echo(f"{code} was added: {organiser_id}")
    return 0


@organisers.command("business-id")
def business_id(
    code: Annotated[str, typer.Argument(help="The organiser's code, such as oulu.")],
    number: Annotated[str, typer.Argument(help="Its business id (Y-tunnus), such as 0187690-1.")],
) -> None:
    """Say which business id an organiser buys under: it stands on the invoices that are made here."""
    run(
        lambda installation: _tell(
            installation, code, f"{code} buys as {number}", tell_business_id, business_id=number
        )
    )


@organisers.command("representation-days")
def representation_days(
    code: Annotated[str, typer.Argument(help="The organiser's code, such as oulu.")],
    days: Annotated[int, typer.Argument(min=1, max=MOST_REPRESENTATION_DAYS, help="So many days.")],
) -> None:
    """Say within how many days whoever asks to act for an organisation is answered; then the officers are reminded."""
    run(
        lambda installation: _tell(
            installation, code, f"{code} answers within {days} days", set_representation_days, days=days
        )
    )


async def _tell(
    installation: Installation, code: str, said: str, command: Callable[..., Awaitable[None]], **values: Any
) -> int:
    """One fact of an organiser, told by whoever runs the installation."""
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            row = await organiser_with_code(session, code=code)
            if row is None:
                raise fail(f"There is no organiser {code}.")
            await see(session, Sight(organisers=(row.id,)))
            await command(session, actor=system(row.id), now=datetime.now(UTC), organiser_id=row.id, **values)
    finally:
        await database.close()
    typer.echo(said)
    return 0


@organisers.command("open-sandbox")
def open_sandbox_() -> None:
    """Open the sandbox, where providers' systems try everything out with vouchers that are not real."""
    run(_open_sandbox)


async def _open_sandbox(installation: Installation) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            organiser_id = await open_sandbox(session, actor=system(), now=datetime.now(UTC))
    finally:
        await database.close()
    typer.echo(f"The sandbox is open: {organiser_id}")
    return 0
