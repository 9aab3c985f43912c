"""What is printed once the demonstration runs: the addresses, and the people one can sign in as."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from registry.demo.company_register import visitors_ids
from registry.demo.directory import Person, directory
from registry.installation import Installation
from registry.shared.actor import Role

ADDRESSES: Final = (
    ("Front page", "/"),
    ("Sign in as anyone", "/sign-in"),
    ("Providers, for everybody", "/providers"),
    ("Mail that was sent", "/demo/mailbox"),
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
            people = await directory(session)
    finally:
        await database.close()
    folder = installation.server.data_folder if installation.server else ""
    return "\n".join(_lines(people, address, str(folder)))


def _lines(people: Sequence[Person], address: str, folder: str) -> Iterator[str]:
    yield ""
    yield f"The demonstration runs on {address} (Ctrl-C stops it)."
    yield f"Its data is in {folder}; `registry demo --fresh` begins anew."
    yield ""
    yield from (f"  {label:<26}{address}{path}" for label, path in ADDRESSES)
    yield ""
    yield f"  {'Business ids to try':<26}{', '.join(visitors_ids())} (for the last two the company register fails)"
    yield ""
    yield "Sign in with one click as any of these people; all of them are made up:"
    yield ""
    for role, label in ROLES.items():
        names = [f"{p.name} ({p.organiser_code or p.at['en']})" for p in people if p.role is role]
        yield f"  {label}"
        yield from (f"    {line}" for line in wrap(", ".join(names), WIDTH - 4))
    yield "  Clients, among them"
    yield from (f"    {person.name:<24}{person.note['en']}" for person in people if person.note)
    yield ""
