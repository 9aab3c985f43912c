"""Keeping an approval, in pages: changes asked for and decided, rule books accepted, stale places, coming prices."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select, update

from registry.cases.model import Case
from registry.catalogue.model import Organiser
from registry.catalogue.rule_books.model import RuleBook
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.correcting import follow_corrections
from registry.providers.keeping.model import (
    AdmissionChange,
    CompanyCheck,
    CorrectiveRequirement,
    Inspection,
    RuleBookRound,
    ServiceKeeping,
)
from registry.providers.keeping.rule_books import open_rounds
from registry.providers.model import Admission
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import CRITERIA, NOW, TODAY, World, build_world
from tests.conftest import TEST_KEYS
from tests.registry.providers.deciding import Desk
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in
from tests.web.test_providers_api import caller

OFFER = {
    "unit_price": "55,00",
    "vat_rate_bp": "2550",
    "municipality_codes": ["564", "244"],
    "languages": ["fi"],
    "method": "one_to_one",
}


async def signed(site: httpx.AsyncClient, database: Database, world: World, role: Role) -> None:
    site.cookies.set("language", "en")
    await sign_in(site, database, world, role)


async def send(site: httpx.AsyncClient, path: str, data: Mapping[str, object]) -> httpx.Response:
    key = hidden(await site.get(path), "idempotency_key")
    return await post_form(site, path, {"idempotency_key": key, **data})


async def test_a_change_is_asked_for_on_a_page_and_decided_in_the_officers_queue(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    at = f"/provider/offer/{world.admissions[0]}/changes"
    await signed(site, database, world, Role.PROVIDER_USER)
    wrong = await send(site, at, OFFER | {"languages": [], "words": "Kaksi valmentajaa"})
    assert wrong.status_code == 422
    assert "Kaksi valmentajaa" in wrong.text
    asked = await send(site, at, OFFER | {"municipality_codes": ["564", "853"], "remote": "yes"})
    assert asked.headers["location"] == f"{at}?done=both"
    shown = (await site.get(at)).text
    assert "Waits for a decision" in shown
    assert "Oulu and Turku" in shown
    assert (await site.get(f"/provider/offer/{world.admissions[1]}/changes")).status_code == 404
    async with database.transaction(world.sight) as session:
        change_id = await session.scalar(
            select(AdmissionChange.id).where(AdmissionChange.state == "submitted")
        )

    await signed(site, database, world, Role.REGISTER_OFFICER)
    assert f"/applications/changes/{change_id}" in (await site.get("/applications")).text
    desk = f"/applications/changes/{change_id}"
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(AdmissionChange).values(before=AdmissionChange.before.op("||")({"remote": None}))
        )
    stopped = (await site.get(desk)).text
    assert "Changed since this was asked: Remotely." in stopped
    refused = await send(site, desk, {"verdict": "grant", "nothing": "yes"})
    assert (refused.status_code, "Changed since this was asked: Remotely." in refused.text) == (409, True)
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(AdmissionChange).values(before=AdmissionChange.before.op("||")({"remote": False}))
        )
    assert "Changed since" not in (await site.get(desk)).text
    assert (await send(site, desk, {"verdict": "grant"})).status_code == 409  # nothing was declared
    assert (await send(site, desk, {"verdict": "reject", "nothing": "yes"})).status_code == 422
    granted = await send(site, desk, {"verdict": "grant", "nothing": "yes"})
    assert granted.headers["location"] == f"/applications/register/{world.admissions[0]}?done=changed"
    approval = (await site.get(granted.headers["location"])).text
    assert "Decision: the change is granted" in approval
    assert "€55.00" in approval
    async with database.transaction(world.sight) as session:
        row = await session.get_one(Admission, world.admissions[0])
        assert (await session.scalars(select(DecisionRecord.kind))).all() == ["changed"]
    assert (row.municipality_codes, row.remote, row.unit_price_cents) == (["564", "853"], True, 55_00)


async def test_the_municipalities_to_ask_for_are_the_organisers_and_a_refused_tick_stays(
    site: httpx.AsyncClient, database: Database
) -> None:
    """An alliance's provider that serves one area only may ask for the others."""
    world = await build_world(database)
    at = f"/provider/offer/{world.admissions[0]}/changes"
    await signed(site, database, world, Role.PROVIDER_USER)
    assert "Turku" not in (await site.get(at)).text  # the organiser is one area's
    refused = await send(site, at, OFFER | {"municipality_codes": ["564", "853"], "languages": []})
    assert (refused.status_code, "Turku" in refused.text) == (422, True)
    async with database.transaction() as session:
        await session.execute(update(Organiser).values(kind="alliance", employment_area_code=None))
    assert "Turku" in (await site.get(at)).text


async def test_a_raise_says_its_first_day_and_the_public_sees_it_coming(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=1)
    async with database.transaction() as session:
        await session.execute(update(Admission).values(unit_price_cents=50_00))
    await signed(site, database, world, Role.PROVIDER_USER)
    at = f"/provider/offer/{world.admissions[0]}/changes"
    early = await send(site, at, OFFER | {"price_from": (TODAY + timedelta(days=3)).isoformat()})
    assert early.status_code == 409
    assert "22 Dec 2026 is the first day on which it can hold" in early.text
    assert (await send(site, at, OFFER)).status_code == 303
    entry = (await site.get(f"/providers/{world.provider_id}")).text
    assert "the price is" in entry
    assert "€50.00" in entry
    assert "Who chooses before that keeps the price of today." in entry
    exempt = OFFER | {"unit_price": "50,00", "vat_rate_bp": "E", "vat_reason": "AVL 39 §"}
    assert (await send(site, at, exempt)).headers["location"] == f"{at}?done=at_once"
    told = (await site.get(at)).text
    assert "no VAT, exempt by law" in told
    assert 'value="AVL 39 §"' in told
    assert "no VAT" in (await site.get(f"/providers/{world.provider_id}")).text
    async with database.transaction() as session:
        row = await session.get_one(Admission, world.admissions[0])
    assert (row.vat_rate_bp, row.vat_category, row.vat_since) == (0, "E", TODAY)


async def test_stale_places_are_marked_and_confirmed_in_one_tap(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    old = NOW - timedelta(days=14)
    async with database.transaction() as session:
        await session.execute(update(Admission).values(capacity_confirmed_at=old))
    mark = "has not confirmed its free places since"
    voucher_id = await Steps(database, world, TEST_KEYS).grant()
    await signed(site, database, world, Role.CLIENT)
    assert mark in (await site.get(f"/my/vouchers/{voucher_id}/compare")).text
    assert mark in (await site.get(f"/providers/{world.provider_id}")).text
    await signed(site, database, world, Role.PROVIDER_USER)
    desk = await site.get("/provider/offer")
    assert "Places and start are still right" in desk.text
    path = f"/provider/offer/{world.admissions[0]}/confirmed"
    assert (await post_form(site, path, {})).status_code == 303
    assert "Places and start are still right" not in (await site.get("/provider/offer")).text
    assert mark not in (await site.get(f"/providers/{world.provider_id}")).text


async def round_of(database: Database, world: World) -> UUID:
    async with database.transaction(world.sight) as session:
        old = await session.scalar(select(RuleBook))
        assert old is not None
        session.add(
            RuleBook(
                id=uuid7(), service_id=world.service_id, version="2027-1", points=old.points,
                published_at=NOW + timedelta(hours=1),
            )
        )  # fmt: skip
    worker = system(world.organiser_id)
    async with database.transaction(worker.sight) as session:
        await open_rounds(session, actor=worker, now=NOW, limit=10)
    async with database.transaction(world.sight) as session:
        made: UUID = (await session.scalars(select(RuleBookRound.id))).one()
    return made


async def test_a_rule_book_is_accepted_point_by_point_and_the_officer_sees_how_far_it_is(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    round_id = await round_of(database, world)
    at = f"/provider/offer/{world.admissions[0]}/rule-book"
    await signed(site, database, world, Role.PROVIDER_USER)
    assert at in (await site.get("/provider/offer")).text
    some = {"version": "2027-1", f"point_{CRITERIA[0]}": "yes"}
    lacking = await send(site, at, some)
    assert lacking.status_code == 422
    assert "Accept this point" in lacking.text
    every = some | {f"point_{code}": "yes" for code in (*CRITERIA, "first_meeting")}
    assert (await send(site, at, every)).status_code == 303
    assert "You have accepted this version" in (await site.get(at)).text
    await signed(site, database, world, Role.REGISTER_OFFICER)
    assert "1 of 3" in (await site.get("/applications/rule-books")).text
    page = f"/applications/rule-books/{round_id}"
    shown = (await site.get(page)).text
    assert shown.count("Not yet") == 2
    assert "may be suspended" in shown
    key = {"idempotency_key": str(uuid4())}
    sooner, later = TODAY + timedelta(days=1), TODAY + timedelta(days=60)
    assert (await post_form(site, page, key | {"due_on": sooner.isoformat()})).status_code == 422
    assert (await post_form(site, page, key | {"due_on": later.isoformat()})).status_code == 303


async def test_the_administrator_sets_notice_and_time(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    other = await build_world(database, code="turku")
    await signed(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    path = f"/admin/services/{world.service_id}/keeping"
    assert 'value="30"' in (await site.get(path)).text
    said = {"price_notice_days": "7", "accept_within_days": "60", "afterwards": "lapse"}
    assert (await post_form(site, path, said | {"accept_within_days": "3"})).status_code == 422
    again = said | {"again_tax_debt": "3"}
    wrong = await post_form(site, path, again | {"again_liability_insurance": "99"})
    assert wrong.status_code == 422
    assert "Give 1–60 months" in wrong.text
    assert (await post_form(site, path, again)).status_code == 303
    async with database.transaction(world.sight) as session:
        row = await session.get_one(ServiceKeeping, world.service_id)
    assert row.papers_again == {"tax_debt": {"months": 3, "since": TODAY.isoformat()}}
    assert (row.price_notice_days, row.accept_within_days, row.afterwards) == (7, 60, "lapse")
    theirs = f"/admin/services/{other.service_id}/keeping"
    assert (await site.get(theirs)).status_code == 404
    assert (await post_form(site, theirs, said)).status_code == 404


async def test_the_officer_sees_what_the_company_register_said(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await signed(site, database, world, Role.REGISTER_OFFICER)
    at = f"/applications/register/{world.admissions[0]}"
    assert "Not checked yet" in (await site.get(at)).text
    async with database.transaction() as session:
        session.add(
            CompanyCheck(
                provider_id=world.provider_id, asked_at=NOW, answered_at=NOW, outcome="found",
                concerns=["company.bankruptcy"], next_at=NOW,
            )
        )  # fmt: skip
    assert "The company is in bankruptcy" in (await site.get(at)).text


async def test_an_inspection_is_held_and_what_it_found_put_right(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    new = f"/oversight/inspections/new?admission={world.admissions[0]}"
    await signed(site, database, world, Role.REGISTER_OFFICER)
    planned = {"planned_on": TODAY.isoformat(), "subject": "Tapaamisten kirjaukset"}
    past = planned | {"planned_on": (TODAY - timedelta(days=1)).isoformat()}
    assert (await send(site, new, past)).status_code == 422
    assert (await send(site, new, planned)).status_code == 303  # not announced
    async with database.transaction(world.sight) as session:
        inspection_id = await session.scalar(select(Inspection.id))
    at = f"/oversight/inspections/{inspection_id}"

    await signed(site, database, world, Role.PROVIDER_USER)
    assert "Tapaamisten" not in (await site.get("/provider/oversight")).text
    assert (await site.get(at)).status_code == 403

    await signed(site, database, world, Role.REGISTER_OFFICER)
    key = hidden(await site.get(at), "idempotency_key")
    held = {"idempotency_key": key, "held_on": TODAY.isoformat(), "report": "Kirjaukset puuttuvat."}
    assert (await post_form(site, f"{at}/report", held | {"report": ""})).status_code == 422
    assert (await post_form(site, f"{at}/report", held)).status_code == 303
    due = (TODAY + timedelta(days=14)).isoformat()
    right = {"idempotency_key": str(uuid4()), "text": "Kirjatkaa tapaamiset.", "due_on": due}
    assert (await post_form(site, f"{at}/correction", right)).status_code == 303
    async with database.transaction(world.sight) as session:
        corrective_id = await session.scalar(select(CorrectiveRequirement.id))

    await signed(site, database, world, Role.PROVIDER_USER)
    own = await site.get("/provider/oversight")
    assert "Kirjaukset puuttuvat." in own.text
    mine = f"/provider/oversight/corrections/{corrective_id}"
    assert mine in own.text
    assert (await send(site, mine, {"report": "Kirjattu."})).status_code == 303
    worker = system(world.organiser_id)
    async with database.transaction(worker.sight) as session:
        assert await follow_corrections(session, actor=worker, now=NOW, limit=10) == 1
        assert await follow_corrections(session, actor=worker, now=NOW, limit=10) == 0

    await signed(site, database, world, Role.REGISTER_OFFICER)
    settle = f"/oversight/corrections/{corrective_id}"
    assert "Kirjattu." in (await site.get(settle)).text
    assert (await send(site, settle, {"outcome": "open", "words": "Kesken."})).status_code == 422
    assert (await send(site, settle, {"outcome": "met", "words": "Kunnossa."})).status_code == 303
    async with database.transaction(world.sight) as session:
        row = await session.get_one(CorrectiveRequirement, corrective_id)
        assert (await session.scalars(select(Case.closed_at))).all() == [NOW]
    assert (row.state, row.settled_at) == ("met", NOW)


async def test_a_providers_system_sets_prices_and_asks_for_changes(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    at = f"/api/v1/admissions/{world.admissions[0]}"
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    price = {"unit_price_cents": 50_00, "vat_rate_bp": 2550, "valid_from": TODAY.isoformat()}
    assert (await provider.post(f"{at}/prices", price)).status_code == 201
    early = await provider.post(f"{at}/prices", price | {"unit_price_cents": 55_00})
    assert early.json()["code"] == "price.notice_too_short"
    unfit = await provider.post(f"{at}/prices", price | {"vat_category": "E"})
    assert (unfit.status_code, [error["field"] for error in unfit.json()["errors"]]) == (
        422,
        ["vat_category"],
    )
    outside = price | {"vat_rate_bp": 0, "vat_category": "O"}
    assert (await provider.post(f"{at}/prices", outside)).status_code == 201
    asked = await provider.post(f"{at}/changes", {"method": "group", "municipalities": ["564"]})
    assert asked.status_code == 201
    assert None not in asked.json().values()
    assert (await provider.post(f"{at}/changes", {})).status_code == 422
    other = await provider.get(f"/api/v1/admissions/{world.admissions[1]}/changes")
    assert other.status_code == 404
    (waits,) = (await officer.get("/api/v1/changes")).json()
    assert waits["asked"] == {"method": "group"}
    decision = f"/api/v1/changes/{waits['id']}/decision"
    assert (await provider.post(decision, {"granted": True})).status_code == 403
    assert (await officer.post(decision, {"granted": True})).json()["code"] == "impartiality.not_declared"
    await Desk(database, world).declare(world.admissions[0], Subject.ADMISSION)
    assert (await officer.post(decision, {"granted": False})).status_code == 422
    assert (await officer.post(decision, {"granted": True})).status_code == 201
    states = {row["state"] for row in (await provider.get(f"{at}/changes")).json()}
    assert states == {"approved"}
