"""Oulu tries vouchers of other kinds: by results, so much a month, aid to a company, and a late grant that waits."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from registry.catalogue.commands import create_service, publish_terms
from registry.catalogue.rules import Terms
from registry.demo import acts
from registry.demo.agenda import Story
from registry.demo.clients import arrive, identity_code
from registry.demo.deciding import approve_by_checklist
from registry.demo.register import apply_for, business_ids
from registry.demo.rules_of_services import lay_down
from registry.demo.setting import HISTORY, told
from registry.demo.stage import Firm, Offered, Stage, Town, Visitor
from registry.people.commands.representatives import add_representative
from registry.shared.actor import Role
from registry.shared.period import local_date
from registry.vouchers.commands import GrantOrder
from registry.vouchers.companies.commands import declare_aid
from registry.vouchers.results.commands import claim_milestone, decide_milestone
from registry.vouchers.retroactive.commands import propose_retroactive

TOWN: Final = "oulu"
COACHING: Final = "nuorten-tyonhakuvalmennus"
HIRING: Final = "rekrytoinnin-kehittamispalvelu"
GIVER: Final = "satulinna"
BEGAN: Final = 80
"""Days before today on which these services were added."""


async def try_other_kinds(stage: Stage) -> Story:
    """The services, one provider for all of them, and a client of each."""
    yield stage.agenda.days_ago(
        HISTORY - 10, 8
    )  # early, so that they are among those whom one can sign in as
    town = stage.towns[TOWN]
    results = await _client(stage, town, "Ritva Tulos", 60)
    months = await _client(stage, town, "Maunu Kuukausi", 61)
    late = await _client(stage, town, "Tapio Takautuva", 62)
    company = await _company(stage, town)
    yield stage.agenda.days_ago(BEGAN, 9)
    kinds = told("kinds")["service"]
    for facts in kinds:
        await _service(stage, town, facts)
    yield stage.agenda.days_ago(BEGAN - 3, 10)
    firms = {facts["code"]: await _admit(stage, town, facts) for facts in kinds}
    yield stage.agenda.days_ago(BEGAN - 8, 10)
    by_results, monthly, aided = (facts["code"] for facts in kinds)
    claimed = await _opened(stage, town, results, by_results, firms[by_results])
    await _opened(stage, town, months, monthly, firms[monthly])
    await _aid(stage, town, company, aided)
    yield stage.agenda.days_ago(BEGAN - 9, 10)
    await _claim(stage, firms[by_results], claimed, "start", "Ensimmäinen tapaaminen pidettiin.", results)
    yield stage.agenda.days_ago(3, 10)
    await _claim(
        stage,
        firms[by_results],
        claimed,
        "completed",
        "Kaikki tapaamiset on pidetty ja suunnitelma on valmis.",
    )
    yield stage.agenda.days_ago(1, 11)
    await _propose_late(stage, town, late)


async def _service(stage: Stage, town: Town, facts: dict[str, Any]) -> None:
    administrator = town.who(Role.ORGANISER_ADMINISTRATOR)
    texts = {name: facts[name] for name in facts if name.startswith(("name_", "description_"))}
    terms = {"value_cents": None, "units": None, "unit_name": None} | facts["terms"]
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
        await publish_terms(
            session,
            actor=administrator,
            now=stage.now,
            service_id=service_id,
            terms=Terms(**terms, rule_book_version="2025-1"),
        )
        await lay_down(session, stage, town, service_id, _book(facts), "2025-1")
    town.services[facts["code"]] = service_id


def _book(facts: dict[str, Any]) -> str:
    """The service whose rule book it works by."""
    return HIRING if facts["audience"] == "company" else COACHING


async def _admit(stage: Stage, town: Town, facts: dict[str, Any]) -> Firm:
    """The firm as it is known for this service alone, so that no story of the past chooses it there."""
    firm = stage.firms[GIVER]
    offered = firm.offers[TOWN, COACHING].facts | {"service": facts["code"], "euros": facts["euros"]}
    like = next(one for one in told("organisers")["service"] if one["code"] == COACHING)
    application_id = await apply_for(stage, firm, town, offered, like | {"code": facts["code"]})
    admission_id = await approve_by_checklist(
        stage, town.who(Role.REGISTER_OFFICER), application_id, _book(facts), own_unit=False
    )
    offers = {(TOWN, facts["code"]): Offered(admission_id, offered["euros"] * 100, offered)}
    return Firm(firm.code, firm.id, firm.name, firm.actor, offers)


async def _client(stage: Stage, town: Town, name: str, place: int) -> Visitor:
    identity = identity_code(place, today_year=stage.today.year, age=23)
    return await arrive(stage, town, name, identity=identity)


async def _opened(stage: Stage, town: Town, visitor: Visitor, service: str, firm: Firm) -> UUID:
    """Granted, chosen, confirmed and shown; the presentation."""
    voucher_id = await acts.grant(stage, town, visitor, service)
    assignment_id = await acts.choose(stage, visitor, voucher_id, firm, (TOWN, service))
    await acts.confirm(stage, firm, assignment_id)
    return await acts.present(stage, visitor, firm, voucher_id)


async def _claim(
    stage: Stage, firm: Firm, shown: UUID, milestone: str, words: str, confirmed_by: Visitor | None = None
) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        claim_id = await claim_milestone(
            session,
            actor=firm.actor,
            now=stage.now,
            presentation_id=shown,
            milestone=milestone,
            reached_on=local_date(stage.now),
            words=words,
        )
    if confirmed_by is not None:
        async with stage.database.transaction(confirmed_by.actor.sight) as session:
            await decide_milestone(
                session, actor=confirmed_by.actor, now=stage.now, claim_id=claim_id, reached=True
            )


async def _company(stage: Stage, town: Town) -> Visitor:
    """A company with a representative of its own."""
    company = await arrive(stage, town, "Verstas Kuvitelma Oy", kind="company", identity=business_ids()[-40])
    worker = company.case_worker
    async with stage.database.transaction(worker.sight) as session:
        await add_representative(
            session,
            actor=worker,
            now=stage.now,
            client_id=company.id,
            name="Edna Edustaja",
            email="edna.edustaja@asiakas.invalid",
            language="fi",
        )
    return company


async def _aid(stage: Stage, town: Town, company: Visitor, service: str) -> None:
    """Its declaration, and a voucher that is aid."""
    async with stage.database.transaction(company.actor.sight) as session:
        day = local_date(stage.now) - timedelta(days=200)
        await declare_aid(
            session,
            actor=company.actor,
            now=stage.now,
            client_id=company.id,
            aid=[(day, "Keksitty rahoittaja", 24_000_00)],
        )
    await acts.grant(stage, town, company, service)


async def _propose_late(stage: Stage, town: Town, visitor: Visitor) -> None:
    """A colleague has not looked at it yet."""
    worker = visitor.case_worker
    order = GrantOrder(
        client_id=visitor.id,
        service_id=town.services[COACHING],
        budget_line_id=town.lines[local_date(stage.now).year],
    )
    async with stage.database.transaction(worker.sight) as session:
        await propose_retroactive(
            session,
            actor=worker,
            now=stage.now,
            order=order,
            events_from=local_date(stage.now) - timedelta(days=12),
            reason="authority_delayed",
        )
