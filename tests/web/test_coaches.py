"""A coach of an approved provider, in pages and by API: asked for, decided by the officer, seen by clients."""

import httpx
from sqlalchemy import select

from registry.providers.keeping.model import AdmissionChange
from registry.providers.model import Coach
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import build_world
from tests.web.client import post_form
from tests.web.test_keeping import send, signed
from tests.web.test_providers_api import caller

NEW = "/provider/offer/coaches/new"
AINO = {
    "first_name": "Aino",
    "surname": "Salainen",
    "qualification": "Yhteisöpedagogi",
    "languages": ["fi", "ar"],
    "statement_en": "I listen first.",
}


async def test_a_coach_is_asked_for_on_a_page_and_decided_in_the_officers_queue(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await signed(site, database, world, Role.PROVIDER_USER)
    assert "decided by each authority" in (await site.get(NEW)).text
    nameless = await post_form(site, NEW, AINO | {"surname": ""})
    assert nameless.status_code == 422
    assert "I listen first." in nameless.text
    asked = await post_form(site, NEW, AINO)
    assert asked.headers["location"] == "/provider/offer?done=coach_asked"
    assert "Waits for a decision" in (await site.get("/provider/offer")).text
    assert "I listen first." not in (await site.get(f"/providers/{world.provider_id}")).text
    async with database.transaction(world.sight) as session:
        coach_id = await session.scalar(select(Coach.id))
        change_id = await session.scalar(select(AdmissionChange.id))
    own = f"/provider/offer/coaches/{coach_id}"
    assert "clients do not see the coach" in (await site.get(own)).text

    await signed(site, database, world, Role.REGISTER_OFFICER)
    assert "Coach Aino Salainen" in (await site.get("/applications")).text
    desk = f"/applications/changes/{change_id}"
    page = (await site.get(desk)).text
    assert "Yhteisöpedagogi" in page
    assert "Not part of this approval" in page
    refused = await send(
        site, desk, {"verdict": "reject", "nothing": "yes", "reason": "Ei todistusta.", "legal_basis": "5 §"}
    )
    assert refused.status_code == 303

    await signed(site, database, world, Role.PROVIDER_USER)
    again = await post_form(site, f"{own}/approvals/{world.admissions[0]}", {})
    assert again.headers["location"] == f"{own}?done=asked"
    assert "Waits for a decision" in (await site.get(own)).text
    async with database.transaction(world.sight) as session:
        change_id = await session.scalar(
            select(AdmissionChange.id).where(AdmissionChange.state == "submitted")
        )
    await signed(site, database, world, Role.REGISTER_OFFICER)
    granted = await send(site, f"/applications/changes/{change_id}", {"verdict": "grant"})
    approval = (await site.get(granted.headers["location"])).text
    assert "Aino Salainen: Yhteisöpedagogi" in approval
    entry = (await site.get(f"/providers/{world.provider_id}")).text
    assert "I listen first." in entry
    assert "Salainen" not in entry

    await signed(site, database, world, Role.PROVIDER_USER)
    ended = await post_form(site, f"{own}/end", {})
    assert ended.headers["location"] == "/provider/offer?done=coach_ended"
    assert "I listen first." not in (await site.get(f"/providers/{world.provider_id}")).text
    await signed(site, database, world, Role.REGISTER_OFFICER)
    assert "Salainen" not in (await site.get(f"/applications/changes/{change_id}")).text


async def test_a_coach_is_asked_for_and_changed_by_a_providers_own_system(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    machine = await caller(site, database, world, Role.PROVIDER_USER)
    body = {
        "first_name": "Aino", "surname": "Salainen", "qualification": "Yhteisöpedagogi", "languages": ["fi"],
        "statement": {"en": "I listen first."},
    }  # fmt: skip
    made = (await machine.post("/api/v1/coaches", body)).json()
    waiting = (await machine.get(f"/api/v1/admissions/{world.admissions[0]}/changes")).json()
    assert [(one["id"], one["coach_id"], one["state"]) for one in waiting] == [
        (made["waiting"][0], made["id"], "submitted")
    ]
    office = await caller(site, database, world, Role.REGISTER_OFFICER)
    queue = (await office.get("/api/v1/changes")).json()
    assert [one["asked"]["coach_surname"] for one in queue] == ["Salainen"]
    at = f"/api/v1/coaches/{made['id']}"
    changed = await machine.post(at, body | {"languages": ["fi", "sv"]})
    assert changed.json()["waiting"] != made["waiting"], "a newer request stands for the older one"
    there = await machine.post(f"{at}/admissions/{world.admissions[0]}", None)
    assert (there.status_code, there.json()["code"]) == (409, "change.open_already")
    assert (await machine.post(f"{at}/end", None)).status_code == 201
    assert (await machine.get("/api/v1/coaches")).json() == []
