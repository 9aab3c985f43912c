"""`registry quality`: making releases and proving old ones."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.commandline.evaluation import evaluate
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.quality.model import Release
from registry.quality.outcomes.commands import ensure_categories, set_category
from registry.quality.preview.commands import withdraw_release
from registry.quality.preview.queries import all_releases
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.quality.queries import ReleaseName, categories
from registry.quality.releases import Verification, publish_release, verify_release
from registry.quality.rules import CountsAs
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.period import local_date

quality = typer.Typer(no_args_is_help=True, help="Published figures of quality, and the proof of them.")

Code = Annotated[str, typer.Argument(help="Code of the organiser, such as oulu.")]


async def _organiser(session: AsyncSession, code: str) -> Organiser:
    found = await session.scalar(select(Organiser).where(Organiser.code == code))
    if found is None:
        raise fail(f"There is no organiser {code}: see `registry organisers list`.")
    return found


@quality.command("release")
def release(
    organiser: Code,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Count what is known on this day; today.")
    ] = None,
) -> None:
    """Freeze and publish what is known of quality at one organiser: the counts, their hash and every figure.

    A count changes only once at least five more people stand behind it, and none below five is published.
    """
    run(lambda installation: _release(installation, organiser, as_of))


async def _release(installation: Installation, code: str, as_of: datetime | None) -> int:
    database = installation.database(pool_size=1)
    now = datetime.now(UTC)
    try:
        async with database.transaction() as session:
            organiser_id = (await _organiser(session, code)).id
        actor = system(organiser_id)
        async with database.transaction(actor.sight) as session:
            await ensure_categories(session)
            made = await publish_release(
                session,
                actor=actor,
                now=now,
                organiser_id=organiser_id,
                as_of=as_of.date() if as_of else None,
            )
        await _list(database, code, only=made)
    finally:
        await database.close()
    typer.echo(
        f"The providers in it see their own figures now and may point out errors; the public sees it after"
        f" {PREVIEW_DAYS} whole days."
    )
    return 0


@quality.command("list")
def list_releases(organiser: Code) -> None:
    """List an organiser's releases, newest first: number, day, hashes, id."""
    run(lambda installation: _listed(installation, organiser))


async def _listed(installation: Installation, code: str) -> int:
    database = installation.database(pool_size=1)
    try:
        await _list(database, code)
    finally:
        await database.close()
    return 0


async def _list(database: Database, code: str, only: UUID | None = None) -> None:
    async with database.transaction() as session:
        organiser_id = (await _organiser(session, code)).id
        for found in await all_releases(session, organiser_id):
            if only is None or found.id == only:
                typer.echo(
                    f"{code}/{found.number}\t{found.as_of}\tmethod {found.method}\tcells {found.cells_sha256[:16]}"
                    f"\tfigures {found.figures_sha256[:16]}\t{_state(found, datetime.now(UTC))}\t{found.id}"
                )


def _state(found: ReleaseName, now: datetime) -> str:
    if found.withdrawn_at is not None:
        return f"withdrawn {local_date(found.withdrawn_at)}"
    return f"{'public since' if found.public_from <= now else 'public from'} {local_date(found.public_from)}"


@quality.command("withdraw")
def withdraw(
    release: Annotated[str, typer.Argument(help="A release by its id, or as organiser/number: oulu/3.")],
    reason: Annotated[str, typer.Option(help="Why, in words for the public; no personal data.")],
) -> None:
    """Take a release out of the public's sight; the one before stands in its place.

    The release itself stays: it can still be verified, and counts when a later one is checked for what could be had
    by subtraction. There is no way back but a new release.
    """
    run(lambda installation: _withdraw(installation, release, reason))


async def _withdraw(installation: Installation, name: str, reason: str) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            found = await session.get_one(Release, await _release_id(session, name))
        actor = system(found.organiser_id)
        async with database.transaction(actor.sight) as session:
            await withdraw_release(
                session, actor=actor, now=datetime.now(UTC), release_id=found.id, reason=reason
            )
    finally:
        await database.close()
    typer.echo(f"{name} was withdrawn")
    return 0


@quality.command("verify")
def verify(
    release: Annotated[str, typer.Argument(help="A release by its id, or as organiser/number: oulu/3.")],
) -> None:
    """Recompute a release from its own counts and compare every byte.

    Needs no person's data, so it works when those are long gone. Exits 1 when anything differs.
    """
    run(lambda installation: _verify(installation, release))


async def _verify(installation: Installation, name: str) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            found = await verify_release(session, release_id=await _release_id(session, name))
    finally:
        await database.close()
    tell(name, found)
    return 0 if found.holds else 1


async def _release_id(session: AsyncSession, name: str) -> UUID:
    code, slash, number = name.partition("/")
    if not slash:
        try:
            return UUID(name)
        except ValueError:
            raise fail(f"{name} is neither an id nor organiser/number.") from None
    organiser = await _organiser(session, code)
    for found in await all_releases(session, organiser.id):
        if str(found.number) == number:
            return found.id
    raise fail(f"There is no release {name}: see `registry quality list {code}`.")


@quality.command("categories")
def list_categories() -> None:
    """List the outcome categories: code, what it counts as, names."""
    run(_categories)


async def _categories(installation: Installation) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            await ensure_categories(session)
            for found in await categories(session):
                names = "\t".join((found.name_fi, found.name_sv, found.name_en))
                typer.echo(f"{found.code}\t{found.counts_as}\t{names}")
    finally:
        await database.close()
    return 0


@quality.command("category")
def category(
    code: Annotated[str, typer.Argument(help="Code that files use, such as open_job.")],
    counts_as: Annotated[
        CountsAs | None, typer.Option(help="What it means for n and k; outside: neither good nor bad.")
    ] = None,
    name_fi: Annotated[str | None, typer.Option(help="Name in Finnish.")] = None,
    name_sv: Annotated[str | None, typer.Option(help="Name in Swedish.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Name in English.")] = None,
) -> None:
    """Add an outcome category, or change one.

    What a category counted as is frozen in each release: a change shows in the next one and rewrites none.
    """
    given = {"fi": name_fi, "sv": name_sv, "en": name_en}
    names = {lang: name for lang, name in given.items() if name is not None}
    run(lambda installation: _category(installation, code, counts_as, names))


async def _category(
    installation: Installation, code: str, counts_as: CountsAs | None, names: dict[str, str]
) -> int:
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            await ensure_categories(session)
            await set_category(
                session, actor=system(), now=datetime.now(UTC), code=code, counts_as=counts_as, names=names
            )
    finally:
        await database.close()
    typer.echo(f"{code} was set")
    return 0


def tell(name: str, found: Verification) -> None:
    for what, holds in (
        ("the counts hash to what was recorded", found.cells_unchanged),
        ("the figures recompute to the same bytes", found.figures_same),
        ("the rows that pages show say the same", found.rows_same),
    ):
        typer.echo(f"{'ok  ' if holds else 'FAIL'} {name} of {found.as_of}: {what}")


quality.command("evaluate")(evaluate)
