"""Fictional clients: people and companies whose names say that they are made up."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from stdnum.fi import hetu

from registry.demo.setting import plain
from registry.demo.stage import Stage, Town, Visitor
from registry.people.commands import create_client, end_role
from registry.shared.actor import Actor, Role, Sight

_FIRST: Final = (
    "Aada", "Aleksi", "Anni", "Arttu", "Bea", "Daniel", "Eetu", "Ella", "Emil", "Enni", "Hugo", "Ida", "Iiro",
    "Ilona", "Jesse", "Jenna", "Kaapo", "Kerttu", "Lenni", "Lotta", "Luka", "Maisa", "Matias", "Nea", "Nooa",
    "Oona", "Otto", "Peppi", "Pinja", "Rasmus", "Sini", "Sisu", "Taika", "Toivo", "Unna", "Valtteri", "Viivi", "Väinö",
)  # fmt: skip
_LAST: Final = (
    "Esimerkki", "Keksitty", "Kuvitelma", "Olematon", "Satuhahmo", "Tarinainen", "Mielikuva", "Fiktio", "Unelma",
    "Aavistus", "Kangastus",
)  # fmt: skip
_COMPANIES: Final = (
    "Leipomo Kuvitelma Oy", "Konepaja Esimerkki Oy", "Kahvila Keksitty Ky", "Taksi Olematon Oy", "Puutarha Unelma Oy",
    "Ohjelmistotalo Fiktio Oy", "Rakennus Mielikuva Oy", "Siivous Satuhahmo Oy", "Hotelli Kangastus Oy",
    "Verstas Tarina Oy", "Kutomo Aavistus Oy", "Kalastus Taru Oy",
)  # fmt: skip


def people_names() -> Iterator[str]:
    """Every first name with every last name, neighbours unlike."""
    for turn in range(len(_LAST)):
        for place, first in enumerate(_FIRST):
            yield f"{first} {_LAST[(place * 3 + turn) % len(_LAST)]}"


def company_names() -> Iterator[str]:
    yield from _COMPANIES
    for number in range(2, 50):
        yield from (f"{name.rpartition(' ')[0]} {number} Oy" for name in _COMPANIES)


def identity_code(place: int, *, today_year: int, age: int) -> str:
    """An identity code whose individual number (900-999) is never given to anyone."""
    rng = Random(f"identity {place}")  # noqa: S311 - for variety, not for secrets
    born = f"{rng.randint(1, 28):02d}{rng.randint(1, 12):02d}{(today_year - age) % 100:02d}"
    body = f"{born}A{900 + place % 100}" if today_year - age >= 2000 else f"{born}-{900 + place % 100}"
    return body + hetu._calc_checksum(body[:6] + body[7:])


async def arrive(
    stage: Stage,
    town: Town,
    name: str,
    *,
    case_worker: int = 0,
    kind: str = "person",
    municipality: str | None = None,
    language: str = "fi",
    service_languages: Sequence[str] = ("fi",),
    accessibility: Sequence[str] = (),
    age_band: str | None = "20_24",
    identity: str | None = None,
    protected: bool = False,
) -> Visitor:
    """A client of the organiser, entered by its case worker."""
    worker = town.who(Role.CASE_WORKER, case_worker)
    async with stage.database.transaction(worker.sight) as session:
        made = await create_client(
            session,
            actor=worker,
            now=stage.now,
            keys=stage.keys,
            organiser_id=town.id,
            kind=kind,
            name=name,
            email=f"{plain(name)}@asiakas.invalid",
            phone="000 000 0000",
            identity=identity,
            municipality_code=municipality or town.seat,
            language=language,
            service_languages=service_languages,
            accessibility=accessibility,
            age_band=None if kind == "company" else age_band,
            case_worker_id=worker.id,
            protected=protected,
            fictional=True,
        )
    actor = Actor(
        kind="account",
        id=made.account_id,
        role=Role.CLIENT,
        sight=Sight(organisers=(town.id,), client=made.client_id),
        name=name,
        language=language,
    )
    return Visitor(made.client_id, actor, worker, made.role_grant_id)


async def move_on(stage: Stage, visitor: Visitor) -> None:
    """The client no longer comes: the sign-in ends, the vouchers and what they tell stay."""
    worker: Any = visitor.case_worker
    async with stage.database.transaction(worker.sight) as session:
        await end_role(session, actor=worker, now=stage.now, role_grant_id=visitor.role_grant_id)
