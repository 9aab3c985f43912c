"""Setting the stage: areas, organisers with staff, services and money."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.areas_import import import_areas
from registry.catalogue.commands import create_budget_line, create_organiser, create_service, publish_terms
from registry.catalogue.model import Municipality
from registry.catalogue.rules import Terms
from registry.demo.rules_of_services import lay_down
from registry.demo.stage import Stage, Town
from registry.people.commands import create_account, grant_role, request_role_for_new_person
from registry.quality.intake.model import MunicipalityUnemployment
from registry.quality.outcomes.commands import ensure_categories
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.period import local_date
from registry.vouchers.sandbox.commands import open_sandbox

FOLDER: Final = Path(__file__).parent
AREAS: Final = FOLDER / "areas.csv"

HISTORY: Final = 370
"""Days before today on which everything begins."""
NEW_TERMS: Final = 160
"""Days before today since which the coaching's ceiling is higher."""


def told(name: str) -> Any:
    """One of the demonstration's files of facts."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


async def set_stage(stage: Stage) -> None:
    """Areas, organisers, staff, services, budget lines and outcome categories."""
    facts = told("organisers")
    async with stage.database.transaction() as session:
        await import_areas(
            session, actor=system(), now=stage.now, source="registry/demo/areas.csv", data=AREAS.read_bytes()
        )
        await ensure_categories(session)
        await _unemployment(session, stage)
    for organiser in facts["organiser"]:
        town = await _town(stage, organiser)
        stage.towns[town.code] = town
        for service in facts["service"]:
            await _service(stage, town, service)
        await _budget(stage, town, organiser)
    async with stage.database.transaction() as session:
        await open_sandbox(session, actor=system(), now=stage.now)


async def _unemployment(session: AsyncSession, stage: Stage) -> None:
    """Made-up rates between 6 and 14 per cent: only that municipalities differ is like in life."""
    month = f"{local_date(stage.now):%Y-%m}"
    for code in await session.scalars(select(Municipality.code)):
        rate = 600 + int(code) * 37 % 800
        session.add(MunicipalityUnemployment(municipality_code=code, month=month, rate_bp=rate))


async def _town(stage: Stage, facts: dict[str, Any]) -> Town:
    async with stage.database.transaction() as session:
        organiser_id = await create_organiser(
            session,
            actor=system(),
            now=stage.now,
            code=facts["code"],
            kind="employment_area",
            name_fi=facts["name_fi"],
            name_sv=facts["name_sv"],
            name_en=facts["name_en"],
            contact_email=facts["contact_email"],
            contact_phone=facts["contact_phone"],
            employment_area_code=facts["area"],
            fictional=True,
        )
        municipalities = await session.scalars(
            select(Municipality.code)
            .where(Municipality.employment_area_code == facts["area"])
            .order_by(Municipality.code)
        )
        town = Town(facts["code"], organiser_id, tuple(municipalities), facts["seat"])
        for role, name, language in facts["staff"]:
            town.staff.setdefault(Role(role), []).append(
                await _employ(session, stage, town, Role(role), name, language)
            )
    return town


async def _employ(session: Any, stage: Stage, town: Town, role: Role, name: str, language: str) -> Actor:
    account_id = await create_account(
        session,
        actor=town.itself,
        now=stage.now,
        display_name=name,
        email=f"{plain(name)}@{town.code}.invalid",
        language=language,
        organiser_id=town.id,
    )
    await session.flush()
    await grant_role(
        session, actor=town.itself, now=stage.now, account_id=account_id, role=role, organiser_id=town.id
    )
    return Actor(
        kind="account",
        id=account_id,
        role=role,
        sight=Sight(organisers=(town.id,)),
        name=name,
        language=language,
    )


def plain(name: str) -> str:
    """A name as the beginning of an address."""
    letters = name.casefold().translate(str.maketrans("åäöéü", "aaoeu"))
    return ".".join("".join(c if c.isascii() and c.isalnum() else " " for c in letters).split())


async def _service(stage: Stage, town: Town, facts: dict[str, Any]) -> None:
    administrator = town.who(Role.ORGANISER_ADMINISTRATOR)
    texts = {name: facts[name] for name in facts if name.startswith(("name_", "description_"))}
    first = terms_of(facts, first=True)
    async with stage.database.transaction(administrator.sight) as session:
        service_id = await create_service(
            session,
            actor=administrator,
            now=stage.now,
            code=facts["code"],
            audience=facts["audience"],
            free_by_law=facts["free_by_law"],
            **texts,
        )
        await publish_terms(session, actor=administrator, now=stage.now, service_id=service_id, terms=first)
        await lay_down(session, stage, town, service_id, facts["code"], first.rule_book_version)
    town.services[facts["code"]] = service_id
    if first != terms_of(facts):
        stage.agenda.add(_raise_ceiling(stage, town, facts))


def terms_of(facts: dict[str, Any], *, first: bool = False) -> Terms:
    """The voucher terms of a service; `first` gives those that it began with."""
    terms = {"value_cents": None, "units": None, "unit_name": None} | facts["terms"]
    began_at = terms.pop("first_unit_price_ceiling_cents", terms["unit_price_ceiling_cents"])
    if first:
        terms["unit_price_ceiling_cents"] = began_at
    return Terms(**terms, rule_book_version="2025-1")


async def _raise_ceiling(stage: Stage, town: Town, facts: dict[str, Any]) -> Any:
    """A second version of the terms: vouchers granted before it keep theirs."""
    yield stage.agenda.days_ago(NEW_TERMS, 9)
    administrator = town.who(Role.ORGANISER_ADMINISTRATOR)
    async with stage.database.transaction(administrator.sight) as session:
        await publish_terms(
            session,
            actor=administrator,
            now=stage.now,
            service_id=town.services[facts["code"]],
            terms=terms_of(facts),
        )


async def _budget(stage: Stage, town: Town, facts: dict[str, Any]) -> None:
    """A line for every year that is played in, and in Oulu a small one that soon runs short."""
    administrator = town.who(Role.ORGANISER_ADMINISTRATOR)
    years = range(local_date(stage.now).year, (stage.today + timedelta(days=30)).year + 1)
    async with stage.database.transaction(administrator.sight) as session:
        for year in years:
            town.lines[year] = await create_budget_line(
                session,
                actor=administrator,
                now=stage.now,
                code=f"PS-{year}",
                name=f"Palvelusetelit {year}",
                year=year,
                allocated_cents=facts["allocated_euros"] * 100,
            )
        if "pilot_euros" in facts:
            town.pilot_line = await create_budget_line(
                session,
                actor=administrator,
                now=stage.now,
                code=f"KOKEILU-{stage.today.year}",
                name="Kokeilumääräraha",
                year=stage.today.year,
                allocated_cents=facts["pilot_euros"] * 100,
            )


async def ask_for_new_colleague(stage: Stage) -> Any:
    """One administrator has asked for a role; the other one has not looked at it yet."""
    yield stage.agenda.days_ago(1, 14)
    administrator = stage.towns["oulu"].who(Role.ORGANISER_ADMINISTRATOR)
    async with stage.database.transaction(administrator.sight) as session:
        await request_role_for_new_person(
            session,
            actor=administrator,
            now=stage.now,
            display_name="Ulpu Uusi",
            email="ulpu.uusi@oulu.invalid",
            language="fi",
            role=Role.CASE_WORKER,
        )
