"""The officer's and the provider's pages on the way to a decision and after it, and the administrator's on what it
rests on."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.model import VoucherTerms
from registry.catalogue.rule_books.queries import rule_book_of
from registry.messages.delivery import deliver
from registry.messages.mail import KeepingMailer
from registry.messages.model import Mail
from registry.people.model import RoleGrant
from registry.providers.company_register.answer import read_answer
from registry.providers.company_register.client import Found
from registry.providers.company_register.lookups import keep_answer
from registry.providers.decisions.model import ChecklistMark, DecisionRecord, Hearing
from registry.providers.model import Application, Provider
from registry.shared.actor import Role, system
from registry.shared.database import Database
from tests.builders import CRITERIA, NOW, World, build_world
from tests.registry.providers.company_register.answers import answer, company
from tests.registry.providers.deciding import DUE, LAW, NOTE, Desk, another_officer
from tests.registry.vouchers.test_queries import counted
from tests.web.client import hidden, post_form, sign_in
from tests.web.pdf_text import pdf_text
from tests.web.test_providers import in_english, waiting


async def send(site: httpx.AsyncClient, form: str, data: dict[str, Any], to: str = "") -> httpx.Response:
    """Open a form, and send it with its own key."""
    page = await site.get(form)
    assert page.status_code == 200, page.text[:1500]
    return await post_form(site, to or form, {"idempotency_key": hidden(page, "idempotency_key"), **data})


def visible(page: str) -> str:
    """What a page's main part says, without any blanks."""
    start = page.index(">", page.index('class="decision-text"')) + 1
    main = page[start : page.index("</main>")]
    return "".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


MARKS = {f"mark_{code}": "met" for code in CRITERIA} | {f"note_{code}": "" for code in CRITERIA}
NOT_MET = MARKS | {"mark_qualified": "not_met", "note_qualified": NOTE}
NOTHING = {"ground": "none", "note": "", "body_running": "", "body_deciding": ""}


async def officer_at(site: httpx.AsyncClient, database: Database) -> tuple[World, str]:
    world = await build_world(database)
    application_id = await waiting(database, world)
    await in_english(site)
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    return world, f"/applications/{application_id}"


async def test_an_application_is_approved_by_its_checklist(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at = await officer_at(site, database)
    before = (await site.get(at)).text
    assert "Does anything disqualify you?" in before
    assert "Approve into the register" not in before
    early = await post_form(site, f"{at}/approve", {"idempotency_key": "early", "approval_reason": ""})
    assert early.status_code == 409
    assert "Say first whether anything disqualifies you" in early.text
    assert (await send(site, at, NOTHING, f"{at}/declaration")).status_code == 303
    half = {"mark_registered": "met", "note_registered": "", "note_qualified": "Ask about this."}
    assert (await send(site, f"{at}/checklist", half)).status_code == 303
    page = (await site.get(f"{at}/checklist")).text
    assert "Ask about this." in page
    assert re.search(r'value="met"[^>]*checked', page)
    assert "1 of 2 criteria looked at" in (await site.get(at)).text
    open_ = await send(site, at, {"approval_reason": "", "approval_notice": "electronic"}, f"{at}/approve")
    assert "1 criteria have not been looked at yet" in open_.text
    assert (await send(site, f"{at}/checklist", MARKS)).status_code == 303
    approve = {"approval_reason": "Tervetuloa.", "approval_notice": "letter"}
    done = await send(site, at, approve, f"{at}/approve")
    assert done.headers["location"] == f"{at}?done=approved"
    after = (await site.get(at)).text
    assert "Decision: approved" in after
    assert "Approve into the register" not in after
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(DecisionRecord.notice_by)) == "letter"


async def test_who_decides_is_told_where_company_facts_are_unverified(
    site: httpx.AsyncClient, database: Database
) -> None:
    """On every page on the way to the decision, not on that of the papers alone; where they are verified, that too."""
    world, at = await officer_at(site, database)
    await send(site, at, NOTHING, f"{at}/declaration")
    await send(site, f"{at}/checklist", MARKS)
    pages = [at, f"{at}/checklist"]
    for page in pages:
        assert "Company facts are unverified" in (await site.get(page)).text, page
    await send(site, at, {"approval_reason": "", "approval_notice": "electronic"}, f"{at}/approve")
    async with database.transaction(world.sight) as session:
        decision = (await session.scalars(select(DecisionRecord))).one()
        identity = await session.scalar(
            select(Provider.identity_value).where(Provider.id == decision.provider_id)
        )
        assert identity
    pages.append(f"/decisions/{decision.id}")
    for page in pages:
        assert "Company facts are unverified" in (await site.get(page)).text, page
    async with database.transaction() as session:
        facts = read_answer(answer(company("2331972-7")), business_id="2331972-7")
        assert facts
        keep_answer(
            session, now=NOW, business_id=identity, outcome=Found(facts), source="https://register.invalid"
        )
    for page in pages:
        text = (await site.get(page)).text
        assert "Company facts from the company register" in text, page
        assert "unverified" not in text, page


async def test_what_was_typed_into_a_checklist_comes_back(
    site: httpx.AsyncClient, database: Database
) -> None:
    """Also when it cannot be kept: here because nothing was declared."""
    world, at = await officer_at(site, database)
    kept = await send(site, f"{at}/checklist", NOT_MET)
    assert kept.status_code == 409
    assert NOTE in kept.text
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(ChecklistMark)) is None


async def test_one_with_a_ground_sees_no_way_to_decide(site: httpx.AsyncClient, database: Database) -> None:
    _, at = await officer_at(site, database)
    declared = await send(site, at, NOTHING | {"ground": "employment"}, f"{at}/declaration")
    assert declared.status_code == 303
    page = (await site.get(at)).text
    assert "You cannot handle this matter" in page
    assert "Go through the checklist" not in page
    assert (await send(site, f"{at}/checklist", MARKS)).status_code == 409


async def test_from_a_hearing_to_a_corrected_decision(site: httpx.AsyncClient, database: Database) -> None:
    world, at = await officer_at(site, database)
    await send(site, at, NOTHING, f"{at}/declaration")
    await send(site, f"{at}/checklist", NOT_MET)
    soon = {"points": ["qualified"], "hearing_text": "Koulutus puuttuu.", "due_on": "2026-11-27"}
    short = await send(site, f"{at}/hearing", soon)
    assert short.status_code == 409
    assert "Give at least until 4 Dec 2026" in short.text
    assert "Koulutus puuttuu." in short.text
    heard = await send(site, f"{at}/hearing", soon | {"due_on": DUE.isoformat()})
    assert heard.status_code == 303, heard.text[:800]
    assert "Being heard" in (await site.get(at)).text
    assert "Valmennus 1 Oy" in (await site.get("/applications?view=applicant")).text
    async with database.transaction(world.sight) as session:
        hearing_id = await session.scalar(select(Hearing.id))

    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = f"/provider/offer/{at.removeprefix('/')}"
    assert f"/provider/hearings/{hearing_id}" in (await site.get(own)).text
    answered = await send(site, f"/provider/hearings/{hearing_id}", {"answer": "Todistus tulee."})
    assert answered.status_code == 303
    assert "Todistus tulee." in (await site.get(f"/provider/hearings/{hearing_id}")).text

    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    assert "Todistus tulee." in (await site.get(at)).text
    empty = await send(site, at, {"rejection_reason": "Ikävä kyllä.", "legal_basis": " "}, f"{at}/reject")
    assert empty.status_code == 422
    assert "Ikävä kyllä." in empty.text
    rejected = await send(
        site,
        at,
        {"rejection_reason": "", "legal_basis": LAW, "rejection_notice": "electronic"},
        f"{at}/reject",
    )
    assert rejected.headers["location"] == f"{at}?done=rejected"
    async with database.transaction(world.sight) as session:
        first_id = await session.scalar(select(DecisionRecord.id))
    await _appealed(site, database, world, first_id)


async def _appealed(site: httpx.AsyncClient, database: Database, world: World, first_id: Any) -> None:
    await sign_in(site, database, world, Role.PROVIDER_USER)
    decision = f"/decisions/{first_id}"
    assert NOTE in (await site.get(decision)).text
    asked = await send(site, f"{decision}/appeal", {"appeal_text": "Todistus on nyt tässä."})
    assert asked.headers["location"] == f"{decision}?done=appealed"
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    listed = (await site.get("/appeals")).text
    (appeal,) = set(re.findall(r'href="(/appeals/[^"]+)"', listed))
    assert "You made the decision that it is about" in (await site.get(appeal)).text
    other = await another_officer(database, world)
    async with database.transaction(world.sight) as session:
        grant = await session.scalar(select(RoleGrant.id).where(RoleGrant.account_id == other.id))
        assert grant
    world.grants["other"] = grant
    await sign_in(site, database, world, "other")
    assert (await send(site, appeal, NOTHING, f"{appeal}/declaration")).status_code == 303
    upheld = {"outcome": "upheld", "reasons": "Todistus riittää.", "legal_basis": "", "notice": "electronic"}
    unmarked = await send(site, appeal, upheld)
    assert unmarked.status_code == 422
    assert "Todistus riittää." in unmarked.text
    done = await send(site, appeal, upheld | {"mark_qualified": "met", "note_qualified": ""})
    assert done.headers["location"] == f"{appeal}?done=decided"
    first = (await site.get(decision)).text
    assert "This decision has been corrected" in first
    assert NOTE in first


async def test_page_paper_and_message_say_the_same(site: httpx.AsyncClient, database: Database) -> None:
    world, at = await officer_at(site, database)
    application_id = UUID(at.rsplit("/", 1)[1])
    later = NOW + timedelta(days=16)
    decision_id = await Desk(database, world).rejected(application_id, now=later)
    while await deliver(
        database,
        actor=system(world.organiser_id),
        mailer=KeepingMailer(),
        base_url="https://registry.example",
        now=later,
        limit=50,
    ):
        pass
    await sign_in(site, database, world, Role.PROVIDER_USER)
    page = visible((await site.get(f"/decisions/{decision_id}")).text)
    message = visible((await site.get("/messages")).text)
    paper = await site.get(f"/decisions/{decision_id}/pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert b"/Lang(fi)" in paper.content
    assert b"/StructTreeRoot" in paper.content
    async with database.transaction(world.sight) as session:
        reference = await session.scalar(select(DecisionRecord.reference))
        mails = (await session.scalars(select(Mail))).all()
    printed = "".join(pdf_text(paper.content).split())
    said = re.sub(rf"{reference}\d/\d", "", printed)
    assert said != printed
    assert said.startswith("Päätös:hakemushylätäänAsianosaiset")
    assert len(said) > 1500
    assert page.startswith(said)
    assert message.startswith(said)
    assert mails
    assert not any("hylätä" in f"{mail.subject} {mail.body}" for mail in mails)


async def test_a_decision_is_nobody_elses(site: httpx.AsyncClient, database: Database) -> None:
    world, at = await officer_at(site, database)
    decision_id = await Desk(database, world).rejected(
        UUID(at.rsplit("/", 1)[1]), now=NOW + timedelta(days=16)
    )
    await sign_in(site, database, world, "provider_user:1")
    for address in (
        f"/decisions/{decision_id}",
        f"/decisions/{decision_id}/pdf",
        f"/decisions/{decision_id}/appeal",
    ):
        assert (await site.get(address)).status_code == 404


async def test_the_queue_puts_what_is_overdue_first_and_counts_it(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, _ = await officer_at(site, database)
    second = await waiting(database, world, 1)
    async with database.transaction(world.sight) as session:
        row = await session.get_one(Application, second)
        row.due_on = NOW.date() - timedelta(days=3)
    with counted(database) as statements:
        page = (await site.get("/applications")).text
    assert page.index("Valmennus 2 Oy") < page.index("Valmennus 1 Oy")
    assert "3 days late" in page
    # 20 working days from Sunday 22 November, past Independence Day (a Sunday) and before Christmas
    assert "18 Dec 2026" in page
    overdue = (await site.get("/applications?view=overdue")).text
    assert "Valmennus 2 Oy" in overdue
    assert "Valmennus 1 Oy" not in overdue
    assert len(statements) <= 8, statements


async def test_an_application_page_asks_the_database_a_known_number_of_times(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at = await officer_at(site, database)
    await Desk(database, world).hear(UUID(at.rsplit("/", 1)[1]))
    with counted(database) as statements:
        assert (await site.get(at)).status_code == 200
    assert len(statements) <= 24, len(statements)


# --- what decisions rest on ---------------------------------------------------------------------------------------------

PLACE = {"name": "Kirjaamo", "email": "kirjaamo@example.invalid", "postal_address": "PL 1", "closes": "16.15"}
SAID = {f"office_{name}": value for name, value in PLACE.items()} | {
    f"court_{name}": value for name, value in PLACE.items()
}


async def test_a_template_is_taken_and_confirmed_point_by_point(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    at = f"/admin/services/{world.service_id}/regime"
    taken = await send(site, at, {"template": "employment_services_act", "document": ""})
    assert taken.headers["location"] == f"{at}?done=set"
    page = await site.get(at)
    assert "380/2023" in page.text
    assert "It has changed since it was confirmed" in page.text
    points = re.findall(r'name="(point_\d)"', page.text)
    assert len(points) >= 3
    times = {"decide_within_days": "15", "hearing_days": "7", "digest": hidden(page, "digest")}
    lacking = SAID | times | dict.fromkeys(points[1:], "yes")
    refused = await send(site, at, lacking, f"{at}/confirmation")
    assert refused.status_code == 422
    assert "Settle this point first" in refused.text
    whole = lacking | {points[0]: "yes"}
    stale = await send(site, at, whole | {"digest": "0" * 64}, f"{at}/confirmation")
    assert stale.status_code == 409
    confirmed = await send(site, at, whole, f"{at}/confirmation")
    assert confirmed.headers["location"] == f"{at}?done=confirmed"
    async with database.transaction() as session:
        found = await regime_in_force(session, world.service_id)
    assert found
    assert (found.confirmed, found.regime.remedy.period_days, found.decide_within_days) == (True, 30, 15)
    assert found.office
    assert found.office.closes.isoformat() == "16:15:00"


@pytest.mark.parametrize("document", ["{", "code = ", '{"code": "x"}', "code = 1"])
async def test_what_is_no_legal_basis_is_not_taken(
    site: httpx.AsyncClient, database: Database, document: str
) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    at = f"/admin/services/{world.service_id}/regime"
    answer = await send(site, at, {"template": "", "document": document})
    assert answer.status_code == 422
    assert "This is no legal basis" in answer.text


BOOK = """criterion registered (1233/2006 5 §)
fi: Rekisterissä.
sv: I registret.
en: In the register.

term polite
fi: Ollaan
kohteliaita.
sv: Vi är artiga.
en: We are polite."""


async def test_a_rule_book_is_published_and_shown_to_everybody(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    at = f"/admin/services/{world.service_id}/rule-book"
    assert "criterion registered" in (await site.get(at)).text
    lacking = await send(site, at, {"version": "2027-1", "points": BOOK.replace("en: We are polite.", "")})
    assert lacking.status_code == 422
    assert "polite: Every point is needed" in lacking.text
    broken = await send(site, at, {"version": "2027-1", "points": "Everybody is nice."})
    assert "1: Everybody is nice." in broken.text
    taken = await send(site, at, {"version": "2026-1", "points": BOOK})
    assert taken.status_code == 409
    done = await send(site, at, {"version": "2027-1", "points": BOOK})
    assert done.status_code == 303
    async with database.transaction() as session:
        book = await rule_book_of(session, world.service_id)
        terms = (
            await session.scalars(select(VoucherTerms.rule_book_version).order_by(VoucherTerms.version))
        ).all()
    assert book
    assert (book.version, book.points[1].text.fi) == ("2027-1", "Ollaan kohteliaita.")
    assert terms == ["2026-1", "2027-1"]
    public = (await site.get(f"/services/{world.service_id}")).text
    assert "We are polite." in public
    assert "(1233/2006 5 §)" in public
