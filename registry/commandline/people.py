"""`registry people`: what whoever runs the installation does for people, where no second administrator can."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.queries import organiser_with_code
from registry.commandline.running import fail, run
from registry.installation import Installation
from registry.people.commands import (
    create_account,
    create_api_token,
    create_sign_in_link,
    end_role,
    grant_role,
)
from registry.people.queries import administrators, role_grants_of, staff_of
from registry.shared.actor import STAFF, Actor, Role, Sight, system
from registry.shared.database import see
from registry.shared.settings import get_settings

people = typer.Typer(
    no_args_is_help=True,
    help="Accounts, roles, sign-in links and tokens, set up by whoever runs the service.",
)

Job = Callable[[AsyncSession, Actor, datetime], Awaitable[int]]

OrganiserOption = Annotated[str, typer.Option("--organiser", help="The organiser's code, such as oulu.")]
RoleArgument = Annotated[Role, typer.Argument(help="A role of the staff.")]
AccountArgument = Annotated[UUID, typer.Argument(help="The account's id: `registry people list` shows it.")]


def _at(organiser: str, job: Callable[[AsyncSession, Actor, datetime, UUID], Awaitable[int]]) -> None:
    """Do the job in one transaction that sees this organiser, as the system."""

    async def within(session: AsyncSession, actor: Actor, now: datetime) -> int:
        found = await organiser_with_code(session, code=organiser)
        if found is None:
            raise fail(f"There is no organiser {organiser}: `registry organisers list` shows them.")
        await see(session, Sight(organisers=(found.id,)))
        return await job(session, system(found.id), now, found.id)

    _do(within)


def _do(job: Job) -> None:
    async def work(installation: Installation) -> int:
        database = installation.database(pool_size=1)
        try:
            async with database.transaction() as session:
                return await job(session, system(), datetime.now(UTC))
        finally:
            await database.close()

    run(work)


def _require_staff(role: Role) -> None:
    if role not in STAFF:
        raise fail(f"{role} is no role of the staff: {', '.join(sorted(STAFF))} are.")


@people.command("list")
def list_people(organiser: OrganiserOption) -> None:
    """List an organiser's staff: account, name, and each role with its id."""

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        for person in await staff_of(session, organiser_id=organiser_id):
            typer.echo(f"{person.account_id}\t{person.name}\t{person.email or ''}")
            for held in person.roles:
                typer.echo(f"  {held.role_grant_id}\t{held.role}")
        return 0

    _at(organiser, job)


@people.command("add")
def add_person(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    email: Annotated[str, typer.Argument(help="Their work e-mail.")],
    role: RoleArgument,
    organiser: OrganiserOption,
    language: Annotated[str, typer.Option(help="Language of messages: fi, sv or en.")] = "fi",
) -> None:
    """Add a person with a role, as an organiser's first administrators have to be."""
    _require_staff(role)

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        account_id = await create_account(
            session,
            actor=actor,
            now=now,
            display_name=name,
            email=email,
            language=language,
            organiser_id=organiser_id,
        )
        await session.flush()
        await grant_role(
            session, actor=actor, now=now, account_id=account_id, role=role, organiser_id=organiser_id
        )
        typer.echo(f"{name} was added: {account_id}")
        await _warn_when_alone(session, organiser_id)
        return 0

    _at(organiser, job)


async def _warn_when_alone(session: AsyncSession, organiser_id: UUID) -> None:
    if await administrators(session, organiser_id=organiser_id) < 2:
        typer.echo("Role changes take two administrators: add or grant a second one.", err=True)


@people.command("grant-role")
def grant(account_id: AccountArgument, role: RoleArgument, organiser: OrganiserOption) -> None:
    """Give an account a role of the staff. For when an organiser has no second administrator to approve it."""
    _require_staff(role)

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        await grant_role(
            session, actor=actor, now=now, account_id=account_id, role=role, organiser_id=organiser_id
        )
        typer.echo(f"The account has the role {role}.")
        await _warn_when_alone(session, organiser_id)
        return 0

    _at(organiser, job)


@people.command("end-role")
def end(
    role_grant_id: Annotated[UUID, typer.Argument(help="The role's id: `registry people list` shows it.")],
    organiser: OrganiserOption,
) -> None:
    """End a role; whoever is signed in with it is signed out."""

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        await end_role(session, actor=actor, now=now, role_grant_id=role_grant_id)
        typer.echo("The role has ended.")
        return 0

    _at(organiser, job)


@people.command("sign-in-link")
def sign_in_link(
    account_id: AccountArgument,
    organiser: OrganiserOption,
    role: Annotated[
        Role | None, typer.Option(help="Which of the account's roles, if it has several.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=72, help="How long the link works.")] = 24,
) -> None:
    """Print a link that signs in once. Hand it over in person: whoever has it is signed in."""

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        held = await role_grants_of(session, account_id=account_id)
        fitting = [grant_id for grant_id, held_role, _ in held if role in (None, held_role)]
        if not fitting:
            raise fail("This account has no such role at this organiser.")
        if len(fitting) > 1:
            roles = ", ".join(held_role for _, held_role, _ in held)
            raise fail(f"The account has several roles; choose one with --role: {roles}.")
        secret = await create_sign_in_link(
            session, actor=actor, now=now, role_grant_id=fitting[0], hours=hours
        )
        typer.echo(f"{get_settings().base_url.rstrip('/')}/sign-in/link#{secret}")
        return 0

    _at(organiser, job)


@people.command("create-token")
def create_token(
    name: Annotated[str, typer.Argument(help="Which system will use it.")],
    role: RoleArgument,
    scope: Annotated[list[str], typer.Option(help="What it may be used for; may be given several times.")],
    organiser: OrganiserOption,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it works.")] = 90,
) -> None:
    """Print a new token of the API for an organiser's own system. It cannot be shown again."""
    _require_staff(role)

    async def job(session: AsyncSession, actor: Actor, now: datetime, organiser_id: UUID) -> int:
        made = await create_api_token(
            session,
            actor=actor,
            now=now,
            name=name,
            role=role,
            scopes=scope,
            days=days,
            organiser_id=organiser_id,
        )
        typer.echo(made.token)
        return 0

    _at(organiser, job)
