"""Oversight, rounds, terms of keeping and webhooks, by machines, as far as a machine may."""

from datetime import timedelta

import httpx
from sqlalchemy import select, text

from registry.messages.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, build_world
from tests.web.client import api_token, sign_in
from tests.web.pdf_text import pdf_text
from tests.web.test_deciding_api import ok
from tests.web.test_providers_api import Caller, caller


async def test_an_inspection_from_plan_to_what_was_put_right(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=2)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    other = await caller(site, database, world, Role.PROVIDER_USER, 1)
    day = (TODAY + timedelta(days=7)).isoformat()
    plan = {"provider_id": str(world.provider_id), "planned_on": day, "subject": "Tilat.", "announced": False}
    made = await ok(officer.post("/api/v1/inspections", plan))
    at = f"/api/v1/inspections/{made['id']}"
    assert (await ok(officer.get(at)))["state"] == "planned"
    assert (await provider.get(at)).status_code == 403
    assert (await ok(provider.get("/api/v1/inspections")))["items"] == [], "nobody has announced it"
    await ok(officer.post(f"{at}/report", {"held_on": TODAY.isoformat(), "report": "Sijainen puuttuu."}))
    (seen,) = (await ok(provider.get("/api/v1/inspections")))["items"]
    assert (seen["state"], seen["report"]) == ("held", "Sijainen puuttuu.")
    assert (await ok(other.get("/api/v1/inspections")))["items"] == []
    required = await ok(officer.post(f"{at}/requirements", {"text": "Nimeä sijainen.", "due_on": day}))
    to_do = f"/api/v1/requirements/{required['id']}"
    assert (await ok(provider.get(to_do)))["state"] == "open"
    assert (await other.get(to_do)).status_code == 404
    assert (await other.post(f"{to_do}/report", {"text": "Tehty."})).status_code == 404
    await ok(provider.post(f"{to_do}/report", {"text": "Nimetty."}))
    await ok(officer.post(f"{to_do}/settlement", {"outcome": "met", "text": "Hyvä."}))
    (settled,) = (await ok(officer.get("/api/v1/requirements")))["items"]
    assert (settled["state"], settled["settled_words"]) == ("met", "Hyvä.")
    called_off = await ok(officer.post("/api/v1/inspections", plan))
    await ok(officer.post(f"/api/v1/inspections/{called_off['id']}/cancellation"))
    again = await officer.post(f"/api/v1/inspections/{called_off['id']}/cancellation")
    assert again.status_code == 409


async def test_terms_of_keeping_are_the_administrators_and_of_the_own_services(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    token = await api_token(database, world, Role.ORGANISER_ADMINISTRATOR, scopes=["catalogue:write"])
    administrator = Caller(site, token)
    at = f"/api/v1/services/{world.service_id}/keeping"
    before = await ok(administrator.get(at))
    assert before == {
        "price_notice_days": 30,
        "accept_within_days": 30,
        "afterwards": "suspend",
        "papers_again": {},
    }
    wanted = before | {"price_notice_days": 60, "papers_again": {"tax_debt": 12}}
    await ok(administrator.post(at, wanted))
    assert await ok(administrator.get(at)) == wanted
    assert (await administrator.post(at, wanted | {"accept_within_days": 13})).status_code == 422
    assert (await administrator.get(f"/api/v1/services/{uuid7()}/keeping")).status_code == 404
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    assert (await officer.get(at)).status_code == 403


async def test_a_round_is_read_and_lengthened_never_shortened(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=2)
    round_id, due = uuid7(), TODAY + timedelta(days=20)
    async with database.transaction(world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO rule_book_round (id, organiser_id, service_id, version, opened_at, due_on, afterwards)"
                " VALUES (:id, :organiser, :service, '2027-1', :now, :due, 'suspend')"
            ),
            {
                "id": round_id,
                "organiser": world.organiser_id,
                "service": world.service_id,
                "now": NOW,
                "due": due,
            },
        )
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    (listed,) = (await ok(officer.get("/api/v1/rule-book-rounds")))["items"]
    at = f"/api/v1/rule-book-rounds/{listed['id']}"
    found = await ok(officer.get(at))
    assert (found["accepted"], len(found["providers"])) == (0, 2)
    later = (due + timedelta(days=7)).isoformat()
    await ok(officer.post(f"{at}/deadline", {"due_on": later}))
    assert (await ok(officer.get(at)))["due_on"] == later
    assert (await officer.post(f"{at}/deadline", {"due_on": due.isoformat()})).status_code in (409, 422)


async def test_a_system_sees_to_its_webhooks_and_makes_none(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=2)
    endpoint_id, delivery_id = uuid7(), uuid7()
    async with database.transaction(world.provider_actor(0).sight) as session:
        session.add(
            WebhookEndpoint(
                id=endpoint_id, provider_id=world.provider_id, url="https://tuottaja.example/tulevat",
                events=["choice.made"], secret=b"x", secret_made_at=NOW, created_by=None, created_at=NOW,
                disabled_at=NOW, disabled_why="failing", failures=9, failing_since=NOW,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            WebhookDelivery(
                id=delivery_id, provider_id=world.provider_id, endpoint_id=endpoint_id, event="choice.made",
                body="{}", created_at=NOW, due_at=NOW, attempts=11, failed_at=NOW,
            )
        )  # fmt: skip
    own, other = [await caller(site, database, world, Role.PROVIDER_USER, index) for index in (0, 1)]
    at = f"/api/v1/webhooks/{endpoint_id}"
    (listed,) = (await ok(own.get("/api/v1/webhooks")))["items"]
    assert (listed["url"], "secret" in listed) == ("https://tuottaja.example/tulevat", False)
    (sent,) = (await ok(own.get(f"{at}/deliveries")))["items"]
    assert (sent["id"], sent["state"]) == (str(delivery_id), "failed")
    for path in (at, f"{at}/deliveries"):
        assert (await other.get(path)).status_code == 404
    again = f"/api/v1/webhook-deliveries/{delivery_id}/again"
    assert (await other.post(again)).status_code == 404
    assert (await own.post(again)).json()["code"] == "webhook.switched_off"
    await ok(own.post(f"{at}/enabling"))
    assert (await ok(own.post(again)))["id"] == str(endpoint_id)
    await ok(own.post(f"{at}/test"))
    await ok(own.post(f"{at}/events", {"events": ["payment.made"]}))
    assert (await own.post(f"{at}/events", {"events": ["all.of.it"]})).status_code == 422
    async with database.transaction(world.provider_actor(0).sight) as session:
        row = await session.get_one(WebhookEndpoint, endpoint_id)
        events = list(
            await session.scalars(select(WebhookDelivery.event).order_by(WebhookDelivery.created_at))
        )
    assert (row.events, row.disabled_at, row.failures) == (["payment.made"], None, 0)
    assert sorted(events) == ["choice.made", "test"]
    assert (await ok(own.get("/api/v1/systems")))["items"] == []
    assert (await own.post("/api/v1/webhooks", {"url": "https://x.example", "events": []})).status_code == 405


async def test_a_machine_rejects_a_change_in_one_piece(site: httpx.AsyncClient, database: Database) -> None:
    """Who is behind a token is asked of the database: that must not write a rejection that has no reason yet."""
    world = await build_world(database)
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    at = f"/api/v1/admissions/{world.admissions[0]}"
    await ok(officer.post(f"{at}/declaration", {"ground": "none"}))
    asked = await ok(provider.post(f"{at}/changes", {"municipalities": ["564"], "remote": True}))
    rejection = {"granted": False, "text": "Alue ei kuulu järjestäjälle.", "legal_basis": "Laki 569/2009 5 §"}
    made = await officer.post(f"/api/v1/changes/{asked['waiting']}/decision", rejection)
    assert made.status_code in (200, 201), made.text
    (line,) = (await ok(provider.get(f"{at}/decisions")))["items"]
    assert line["kind"] == "change_rejected"
    # page, paper and API say the same of what was asked
    said = (await ok(provider.get(f"/api/v1/decisions/{line['id']}")))["sections"][1]["items"]
    assert said[-1] == {
        "label": "Palvelu etänä",
        "text": "On voimassa: ei\nPyydettiin, ei hyväksytty: kyllä",
    }
    await sign_in(site, database, world, Role.PROVIDER_USER)
    page = (await site.get(f"/decisions/{line['id']}")).text
    paper = pdf_text((await site.get(f"/decisions/{line['id']}/pdf")).content)
    for item in said:
        for words in (item["label"], *item["text"].split("\n")):
            assert words in page
            assert words in paper
