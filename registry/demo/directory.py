"""Who one can sign in as: everyone of the demonstration, with whom they work for, and a word on the more telling ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.demo.setting import told
from registry.people.demonstration import demo_people
from registry.providers.model import Provider
from registry.shared.actor import Role

NOBODY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone to sign in as. `at` and `note` are by language (fi, sv, en); a note is there for some clients only."""

    role_grant_id: UUID
    role: Role
    name: str
    organiser_code: str
    at: Mapping[str, str]
    note: Mapping[str, str]


async def directory(session: AsyncSession) -> list[Person]:
    """Everyone, by role and organiser; the clients with a note come first. Widens the transaction to all organisers,
    so it is for the demonstration's door alone."""
    found = await demo_people(session)
    firms = await session.execute(
        select(Provider.id, Provider.name).where(
            Provider.id.in_({p.provider_id for p in found if p.provider_id})
        )
    )
    names = {firm.id: firm.name for firm in firms}
    notes = _notes()
    people = [
        Person(
            role_grant_id=person.role_grant_id,
            role=person.role,
            name=person.name,
            organiser_code=person.organiser_code,
            at=dict.fromkeys(("fi", "sv", "en"), names[person.provider_id])
            if person.provider_id
            else person.at,
            note=notes.get(person.name, NOBODY) if person.role is Role.CLIENT else NOBODY,
        )
        for person in found
    ]
    places = {name: place for place, name in enumerate(notes)}
    return sorted(people, key=lambda person: places.get(person.name, len(places)))


@cache
def _notes() -> Mapping[str, Mapping[str, str]]:
    cast = told("cast")
    return {one["name"]: one["note"] for one in (*cast["client"], *cast["guardian"]) if "note" in one}
