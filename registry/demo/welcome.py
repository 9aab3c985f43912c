"""What is printed once the demonstration runs: the addresses, and the people one can sign in as."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Final
from uuid import UUID

from sqlalchemy import select

from registry.demo.setting import told
from registry.installation import Installation
from registry.people.demonstration import DemoPerson, demo_people
from registry.providers.model import Provider
from registry.shared.actor import Role

ADDRESSES: Final = (
    ("Front page", "/"),
    ("Sign in as anyone", "/sign-in"),
    ("Providers, for everybody", "/providers"),
    ("API", "/api/v1/openapi.json"),
)
ROLES: Final = {
    Role.CASE_WORKER: "Case workers",
    Role.REGISTER_OFFICER: "Register officers",
    Role.FINANCE_OFFICER: "Finance officers",
    Role.ORGANISER_ADMINISTRATOR: "Administrators",
    Role.AUDITOR: "Auditors",
    Role.PROVIDER_USER: "Providers",
}
WIDTH: Final = 100


async def welcome(installation: Installation, address: str) -> str:
    """The text, from what the database holds now."""
    database = installation.database(pool_size=1)
    try:
        async with database.transaction() as session:
            people = await demo_people(session)
            firms = await session.execute(select(Provider.id, Provider.name))
            names = dict(firms.tuples().all())
    finally:
        await database.close()
    folder = installation.server.data_folder if installation.server else ""
    return "\n".join(_lines(people, names, address, str(folder)))


def _lines(
    people: Sequence[DemoPerson], firms: Mapping[UUID, str], address: str, folder: str
) -> Iterator[str]:
    yield ""
    yield f"The demonstration runs on {address} (Ctrl-C stops it)."
    yield f"Its data is in {folder}; `registry demo --fresh` begins anew."
    yield ""
    yield from (f"  {label:<26}{address}{path}" for label, path in ADDRESSES)
    yield ""
    yield "Sign in with one click as any of these people; all of them are made up:"
    yield ""
    for role, label in ROLES.items():
        yield from _group(label, _names(people, firms, role))
    yield "  Clients, among them"
    present = {person.name for person in people if person.role is Role.CLIENT}
    for facts in told("cast")["client"]:
        if "note" in facts and facts["name"] in present:
            yield f"    {facts['name']:<24}{facts['note']}"
    yield ""


def _names(people: Iterable[DemoPerson], firms: Mapping[UUID, str], role: Role) -> list[str]:
    """Each with the organiser's or the provider's name behind."""
    chosen = [person for person in people if person.role is role]
    return [
        f"{person.name} ({firms[person.provider_id] if person.provider_id else person.organiser_code})"
        for person in chosen
    ]


def _group(label: str, names: Sequence[str]) -> Iterator[str]:
    yield f"  {label}"
    yield from (f"    {line}" for line in wrap(", ".join(names), WIDTH - 4))
