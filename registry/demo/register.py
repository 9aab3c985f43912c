"""The providers of the demonstration come into the register: they apply, and a register officer decides."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import update

from registry.demo.agenda import Story, at_work
from registry.demo.deciding import approve_by_checklist, reject_after_hearing
from registry.demo.keeping import hear_before_suspending, suspend_after_hearing
from registry.demo.setting import HISTORY, plain, terms_of, told
from registry.demo.stage import Firm, Offered, Stage, Town
from registry.people.commands import create_account
from registry.providers.coaches.commands import save_coach
from registry.providers.commands import (
    Organisation,
    Profile,
    ask_for_information,
    change_capacity,
    change_profile,
    register_organisation,
    submit_application,
)
from registry.providers.keeping.standing import withdraw_admission
from registry.providers.model import Provider
from registry.providers.rules import Offer
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.identifiers import is_business_id
from registry.shared.vat import VatCategory

FIRST_NUMBER: Final = 9_900_001
"""Business ids are given out in order and are far from here: these numbers belong to nobody."""

STANDARD_VAT: Final = 2550


def business_ids() -> list[str]:
    """Numbers that nobody has, with the right check digit (some numbers have none)."""
    found = []
    for number in range(FIRST_NUMBER, FIRST_NUMBER + 200):
        found += [f"{number}-{digit}" for digit in range(10) if is_business_id(f"{number}-{digit}")]
    return found


async def fill_register(stage: Stage) -> None:
    """Register every provider, let it apply where it works and be approved, and set the applicants waiting."""
    facts = told("providers")
    services = {service["code"]: service for service in told("organisers")["service"]}
    ids = iter(business_ids())
    for provider in facts["provider"]:
        firm = await register(stage, provider, next(ids))
        stage.firms[firm.code] = firm
        for offer in provider["offer"]:
            days = offer.get("admitted_days_ago", HISTORY - 2)
            stage.agenda.add(_join(stage, firm, offer, services[offer["service"]], days))
    for applicant in facts["applicant"]:
        stage.agenda.add(_apply_only(stage, applicant, next(ids), services["nuorten-tyonhakuvalmennus"]))


async def register(stage: Stage, facts: dict[str, Any], business_id: str) -> Firm:
    """The organisation, its own words and its coaches, entered by its own person."""
    async with stage.database.transaction() as session:
        account_id = await create_account(
            session,
            actor=system(),
            now=stage.now,
            display_name=facts["user"],
            email=f"{plain(facts['user'])}@{facts['code']}.invalid",
        )
        await session.flush()
        newcomer = Actor(
            kind="account", id=account_id, role=Role.PROVIDER_USER, sight=Sight(), name=facts["user"]
        )
        firm_id = await register_organisation(
            session,
            actor=newcomer,
            now=stage.now,
            organisation=Organisation(
                business_id=business_id,
                name=facts["name"],
                form=facts["form"],
                municipality_code=facts["municipality"],
                email=f"toimisto@{facts['code']}.invalid",
                phone="000 000 0000",
                street=facts.get("street", ""),
                postal_code=facts.get("postal_code", ""),
                city=facts["city"],
            ),
        )
        # what only whoever runs the installation can say of an organisation
        owner = facts.get("own_production_of")
        await session.execute(
            update(Provider)
            .where(Provider.id == firm_id)
            .values(
                fictional=True,
                company_group=facts.get("group"),
                own_production_of=stage.towns[owner].id if owner else None,
            )
        )
    actor = Actor(
        kind="account",
        id=account_id,
        role=Role.PROVIDER_USER,
        sight=stage.sight_of(firm_id),
        name=facts["user"],
    )
    firm = Firm(facts["code"], firm_id, facts["name"], actor)
    if "introduction" in facts:
        await _introduce(stage, firm, facts)
    return firm


async def _introduce(stage: Stage, firm: Firm, facts: dict[str, Any]) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await change_profile(
            session,
            actor=firm.actor,
            now=stage.now,
            profile=Profile(
                introduction=facts["introduction"],
                email=f"toimisto@{firm.code}.invalid",
                phone="000 000 0000",
                street=facts["street"],
                postal_code=facts["postal_code"],
                city=facts["city"],
                municipality_code=facts["municipality"],
            ),
        )
        for coach in facts["coach"]:
            await save_coach(
                session,
                actor=firm.actor,
                now=stage.now,
                coach_id=None,
                first_name=coach["name"],
                languages=tuple(coach["languages"]),
                statement={language: coach[language] for language in ("fi", "sv", "en")},
            )


def _offer(stage: Stage, town: Town, facts: dict[str, Any], service: dict[str, Any]) -> Offer:
    everywhere = facts["municipalities"] == "area"
    return Offer(
        unit_price_cents=facts["euros"] * 100,
        vat_rate_bp=facts.get("vat", STANDARD_VAT),
        vat_category=None if facts.get("vat", STANDARD_VAT) else str(VatCategory.OUTSIDE),
        municipality_codes=town.municipalities if everywhere else tuple(facts["municipalities"]),
        remote=facts.get("remote", False),
        languages=tuple(facts["languages"]),
        accessibility=tuple(facts["accessibility"]),
        method=facts["method"],
        places=facts["places"],
        next_start=(stage.now + timedelta(days=14)).date(),
        first_talk_free=facts.get("first_talk_free", False),
        rule_book_version=terms_of(service).rule_book_version,
        same_coach=facts.get("same_coach"),
        experience=tuple(facts.get("experience", ())),
    )


async def _join(
    stage: Stage, firm: Firm, facts: dict[str, Any], service: dict[str, Any], days_ago: int
) -> Story:
    """Apply, be approved a few days later, and keep places and next start up to date since."""
    town = stage.towns[facts["organiser"]]
    yield stage.agenda.days_ago(days_ago, 9)
    application_id = await apply_for(stage, firm, town, facts, service)
    yield stage.agenda.days_ago(days_ago - 3, 13)
    officer = town.who(Role.REGISTER_OFFICER)
    admission_id = await approve_by_checklist(
        stage, officer, application_id, facts["service"], own_unit=await _own_unit(stage, firm, town)
    )
    firm.offers[town.code, facts["service"]] = Offered(admission_id, facts["euros"] * 100, facts)
    if "leaves" in facts:
        yield stage.agenda.days_ago(8 if facts["leaves"] == "withdrawn" else 34, 11)
        async for step in _leave(stage, firm, town, facts):
            yield step
        return
    yield stage.agenda.days_ago(2, 8)
    async with stage.database.transaction(firm.actor.sight) as session:
        await change_capacity(
            session,
            actor=firm.actor,
            now=stage.now,
            admission_id=admission_id,
            places=facts["places"],
            next_start=at_work(stage.agenda.days_ago(-facts["next_start_in"])).date(),
        )


async def apply_for(
    stage: Stage, firm: Firm, town: Town, facts: dict[str, Any], service: dict[str, Any]
) -> Any:
    async with stage.database.transaction(firm.actor.sight) as session:
        return await submit_application(
            session,
            actor=firm.actor,
            now=stage.now,
            provider_id=firm.id,
            service_id=town.services[service["code"]],
            offer=_offer(stage, town, facts, service),
        )


async def _leave(stage: Stage, firm: Firm, town: Town, facts: dict[str, Any]) -> Story:
    """Out of the register, for good or for now: what becomes of their clients is said with it."""
    admission_id = firm.offers[town.code, facts["service"]].admission_id
    if facts["leaves"] == "withdrawn":
        async with stage.database.transaction(firm.actor.sight) as session:
            await withdraw_admission(session, actor=firm.actor, now=stage.now, admission_id=admission_id)
        return
    await hear_before_suspending(stage, town.who(Role.REGISTER_OFFICER), admission_id, facts)
    yield stage.agenda.days_ago(8, 11)
    await suspend_after_hearing(stage, town.who(Role.REGISTER_OFFICER), admission_id, facts)


async def _apply_only(
    stage: Stage, facts: dict[str, Any], business_id: str, service: dict[str, Any]
) -> Story:
    """An application that waits, was asked about, or was turned down with its reason."""
    town = stage.towns["oulu"]
    yield stage.agenda.days_ago(facts["days_ago"] + 1, 15)
    firm = await register(stage, facts, business_id)
    yield stage.agenda.days_ago(facts["days_ago"], 9)
    application_id = await apply_for(stage, firm, town, facts, service)
    if facts["state"] == "submitted":
        return
    officer = town.who(Role.REGISTER_OFFICER)
    if facts["state"] == "rejected":
        async for moment in reject_after_hearing(stage, officer, application_id, facts, service["code"]):
            yield moment
        return
    yield stage.agenda.days_ago(facts["days_ago"] - 2, 14)
    async with stage.database.transaction(officer.sight) as session:
        await ask_for_information(
            session, actor=officer, now=stage.now, application_id=application_id, text=facts["question"]
        )


async def _own_unit(stage: Stage, firm: Firm, town: Town) -> bool:
    async with stage.database.transaction() as session:
        provider = await session.get_one(Provider, firm.id)
    return provider.own_production_of == town.id
