"""A new company applies with all its papers, and another provider has left an application half written."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import update

from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.demo.agenda import Story
from registry.demo.company_register import APPLICANT, applicants_id, companies
from registry.demo.setting import plain
from registry.demo.stage import Stage, Town
from registry.people.commands import create_account
from registry.providers.bank_accounts.commands import request_account
from registry.providers.coaches.commands import save_coach
from registry.providers.commands import (
    Organisation,
    ask_for_information,
    give_information,
    register_organisation,
)
from registry.providers.company_register.answer import read_answer
from registry.providers.company_register.client import Found
from registry.providers.company_register.lookups import keep_answer
from registry.providers.drafts.commands import change_answers, start_draft, submit_draft
from registry.providers.drafts.queries import draft_state
from registry.providers.drafts.rules import (
    Accepted,
    Answers,
    Capacity,
    Insurance,
    Price,
    ServiceAnswers,
    Way,
    Where,
)
from registry.providers.evidence.commands import NewPaper, add_paper, check_evidence
from registry.providers.evidence.queries import papers_of
from registry.providers.evidence.sharing import show_paper
from registry.providers.files.store import FileStore
from registry.providers.model import Provider
from registry.providers.sites.commands import SiteFacts, save_site
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.errors import Refused
from registry.shared.period import local_date

USER = "Hilla Hakija"
SOURCE = "http://127.0.0.1/opendata-ytj-api/v3"
IBAN = "FI2112345600000785"
"""The number that the banks' own examples use: it is nobody's."""
NOT_COVERED = "Todistuksesta ei näy, että vakuutus kattaa työnhakuvalmennuksen."
ASKED_AGAIN = "Lähettäisittekö vakuutusyhtiöltä todistuksen, josta näkyy, että vakuutus kattaa valmennuksen?"
SENT_AGAIN = "Vakuutusyhtiö kirjoitti uuden todistuksen. Siinä mainitaan valmennus."


async def apply_with_papers(stage: Stage, files: FileStore | None) -> Story:
    """The company's way from its business id to an application that waits for the officer."""
    yield stage.agenda.days_ago(3, 9)
    actor = await _register(stage)
    town = stage.towns["oulu"]
    service_id = town.services["nuorten-tyonhakuvalmennus"]
    sites, coaches = await _settle(stage, actor)
    yield stage.agenda.days_ago(3, 11)
    await _send_papers(stage, actor, files)
    until = local_date(stage.now) + timedelta(days=300)
    answers = Answers(
        services={service_id: ServiceAnswers(price=Price(56_00, 2550), capacity=Capacity(6))},
        where=Where(town.municipalities[:3], remote=True),
        sites=sites,
        languages=("fi", "sv"),
        accessibility=("step_free",),
        way=Way("one_to_one", first_talk_free=True, same_coach=True, experience=("first_job",)),
        coaches=coaches,
        insurance=Insurance("Esimerkkivakuutus Oy", 500_000_00, until),
        employer=True,
    )
    async with stage.database.transaction(actor.sight) as session:
        await start_draft(session, actor=actor, now=stage.now)
        await change_answers(session, actor=actor, now=stage.now, change=lambda _: answers)
        state = await draft_state(session, provider_id=actor.provider_id, today=local_date(stage.now))
        asks = state.situation.services[service_id]
        whole = answers.with_service(
            service_id,
            replace(
                answers.services[service_id], accepted=Accepted(asks.limits.rule_book_version, asks.points)
            ),
        )
        version = await change_answers(session, actor=actor, now=stage.now, change=lambda _: whole)
        if files is None:
            return
        (application_id,) = await submit_draft(session, actor=actor, now=stage.now, version=version)
    async for moment in _ask_again(stage, town, actor, application_id, files):
        yield moment


async def _ask_again(stage: Stage, town: Town, actor: Actor, application_id: UUID, files: FileStore) -> Story:
    """One paper does not do; the applicant sends another, and the application waits for its decision again."""
    kind = EvidenceKind.LIABILITY_INSURANCE
    yield stage.agenda.days_ago(2, 13)
    officer = town.who(Role.REGISTER_OFFICER)
    async with stage.database.transaction(officer.sight) as session:
        shown = await papers_of(session, actor.provider_id, town.id, local_date(stage.now))
        for row in shown:
            wrong = row.kind == kind
            await check_evidence(
                session,
                actor=officer,
                now=stage.now,
                paper_id=row.id,
                verdict="not_accepted" if wrong else "accepted",
                note=NOT_COVERED if wrong else "",
            )
        await ask_for_information(
            session, actor=officer, now=stage.now, application_id=application_id, text=ASKED_AGAIN
        )
    yield stage.agenda.days_ago(1, 10)
    paper_id = await _send_paper(stage, actor, files, kind, issued=local_date(stage.now))
    async with stage.database.transaction(actor.sight) as session:
        await show_paper(session, actor=actor, now=stage.now, paper_id=paper_id, organiser_id=town.id)
        await give_information(
            session, actor=actor, now=stage.now, application_id=application_id, text=SENT_AGAIN
        )


async def leave_half_written(stage: Stage) -> Story:
    """A provider of one town has begun to apply in another, and has not come back to it yet."""
    yield stage.agenda.days_ago(2, 14)
    firm = next(iter(stage.firms.values()))
    there = {service for town, service in firm.offers}
    wanted = [
        town.services[code]
        for town in stage.towns.values()
        for code in sorted(town.services)
        if (town.code, code) not in firm.offers and code in there
    ][:1]
    async with stage.database.transaction(firm.actor.sight) as session:
        await start_draft(session, actor=firm.actor, now=stage.now)
        await change_answers(
            session,
            actor=firm.actor,
            now=stage.now,
            change=lambda answers: replace(
                answers.with_services(wanted), languages=("fi",), where=Where((), remote=True)
            ),
        )


async def _register(stage: Stage) -> Actor:
    business_id = applicants_id()
    facts = read_answer({"companies": [companies()[business_id]], "totalResults": 1}, business_id=business_id)
    if facts is None:
        raise LookupError("the applicant is in the demonstration's register")
    async with stage.database.transaction() as session:
        account_id = await create_account(
            session, actor=system(), now=stage.now, display_name=USER, email=f"{plain(USER)}@example.invalid"
        )
        keep_answer(session, now=stage.now, business_id=business_id, outcome=Found(facts), source=SOURCE)
        await session.flush()
        newcomer = Actor(kind="account", id=account_id, role=Role.PROVIDER_USER, sight=Sight(), name=USER)
        organisation = Organisation(
            business_id=business_id,
            name=APPLICANT["name"],
            form=APPLICANT["form"],
            municipality_code=APPLICANT["municipality"],
            email="toimisto@uusi-tyo.invalid",
            street="Esimerkkikatu 2",
            postal_code="90100",
            city=APPLICANT["city"],
        )
        provider_id = await register_organisation(
            session, actor=newcomer, now=stage.now, organisation=organisation
        )
        await session.execute(update(Provider).where(Provider.id == provider_id).values(fictional=True))
    return replace(newcomer, sight=stage.sight_of(provider_id))


async def _settle(stage: Stage, actor: Actor) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """A site, a coach and an account that waits for the officer."""
    async with stage.database.transaction(actor.sight) as session:
        facts = SiteFacts(
            "Keskusta", "Esimerkkikatu 2", "90100", "Oulu", APPLICANT["municipality"], ("step_free",)
        )
        site = await save_site(session, actor=actor, now=stage.now, site_id=None, facts=facts)
        coach = await save_coach(
            session,
            actor=actor,
            now=stage.now,
            coach_id=None,
            first_name="Oona",
            languages=("fi", "sv"),
            statement={
                "fi": "Etsitään yhdessä se, mikä sinua kiinnostaa.",
                "sv": "Vi letar tillsammans efter det som intresserar dig.",
                "en": "Together we look for what interests you.",
            },
            surname="Ohjaaja",
            qualification="Yhteisöpedagogi (AMK), viisi vuotta työhönvalmennusta",
        )
        await request_account(session, actor=actor, now=stage.now, iban=IBAN)
    return (site,), (coach.id,)


async def _send_papers(stage: Stage, actor: Actor, files: FileStore | None) -> None:
    if files is None:
        return
    today = local_date(stage.now)
    for number, kind in enumerate(EvidenceKind):
        await _send_paper(stage, actor, files, kind, issued=today - timedelta(days=10 + number))


async def _send_paper(
    stage: Stage, actor: Actor, files: FileStore, kind: EvidenceKind, *, issued: date
) -> UUID:
    try:
        stored = files.put([paper(str(kind), issued)])
    except Refused as refused:
        raise LookupError(f"the demonstration's own paper is refused: {refused.code}") from None
    insured = kind in (EvidenceKind.LIABILITY_INSURANCE, EvidenceKind.ACCIDENT_INSURANCE)
    said = NewPaper(str(kind), issued, issued + timedelta(days=365) if insured else None)
    async with stage.database.transaction(actor.sight) as session:
        return await add_paper(
            session, actor=actor, now=stage.now, paper=said, stored=stored, file_name=f"{kind}.pdf"
        )


def paper(kind: str, issued: date) -> bytes:
    """A page that says that it is made up."""
    text = f"BT /F1 18 Tf 60 760 Td (DEMONSTRATION: {kind}, {issued.isoformat()}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    )
    body, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table)
    return bytes(body)
