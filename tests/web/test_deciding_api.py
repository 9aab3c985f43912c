"""The same way by machines: an organiser's and a provider's system, to a decision and a corrected one."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from registry.people.commands import create_api_token
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW, World, build_world
from tests.registry.providers.deciding import DUE, LAW, NOTE, another_officer
from tests.web.client import api_token
from tests.web.test_providers import waiting
from tests.web.test_providers_api import Caller, caller


async def begun(site: httpx.AsyncClient, database: Database) -> tuple[World, Caller, Caller, str]:
    world = await build_world(database)
    application_id = await waiting(database, world)
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    return world, provider, officer, f"/api/v1/applications/{application_id}"


async def ok(call: Any) -> Any:
    answer = await call
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


NOTHING = {"ground": "none"}
NOT_MET = [
    {"code": "registered", "mark": "met"},
    {"code": "qualified", "mark": "not_met", "note": NOTE},
]


async def test_machines_hear_reject_appeal_and_correct(site: httpx.AsyncClient, database: Database) -> None:
    world, provider, officer, at = await begun(site, database)
    early = await officer.post(f"{at}/checklist", {"marks": NOT_MET})
    assert (early.status_code, early.json()["code"]) == (409, "impartiality.not_declared")
    await ok(officer.post(f"{at}/declaration", NOTHING))
    await ok(officer.post(f"{at}/checklist", {"marks": NOT_MET}))
    sheet = await ok(officer.get(f"{at}/checklist"))
    assert (sheet["regime"], sheet["declared"], sheet["due_on"]) == ("confirmed", "none", "2026-12-18")
    assert [(one["code"], one["mark"]) for one in sheet["criteria"]] == [
        ("registered", "met"),
        ("qualified", "not_met"),
    ]
    hearing = {"text": "Koulutus?", "points": ["qualified"], "due_on": DUE.isoformat()}
    opened = await ok(officer.post(f"{at}/hearing", hearing))
    own = f"/api/v1/hearings/{opened['id']}"
    assert (await ok(provider.get(own)))["text"] == "Koulutus?"
    stranger = await caller(site, database, world, Role.PROVIDER_USER, 1)
    assert (await stranger.get(own)).status_code == 404
    await ok(provider.post(f"{own}/answer", {"text": "Tulee."}))
    decided = await ok(officer.post(f"{at}/rejection", {"legal_basis": LAW}))
    decision = await ok(provider.get(f"/api/v1/decisions/{decided['id']}"))
    assert (decision["kind"], decision["notice_by"], decision["replaced_by"]) == (
        "rejected",
        "electronic",
        None,
    )
    assert any(NOTE in item["text"] for section in decision["sections"] for item in section["items"])
    await _corrected(site, database, world, provider, officer, UUID(decided["id"]))
    assert [one["kind"] for one in (await ok(provider.get(f"{at}/decisions")))["items"]] == [
        "approved",
        "rejected",
    ]


async def _corrected(
    site: httpx.AsyncClient, database: Database, world: World, provider: Caller, officer: Caller, first: UUID
) -> None:
    bare = await officer.post(f"/api/v1/decisions/{first}/appeals", {"text": "Kirje."})
    assert bare.status_code == 422
    made = await ok(provider.post(f"/api/v1/decisions/{first}/appeals", {"text": "Oikaiskaa."}))
    at = f"/api/v1/appeals/{made['id']}"
    assert [one["id"] for one in (await ok(officer.get("/api/v1/appeals")))["items"]] == [made["id"]]
    verdict = {
        "outcome": "upheld",
        "reasons": "Osoitettu.",
        "marks": [{"code": "qualified", "mark": "met"}],
    }
    await ok(officer.post(f"{at}/declaration", NOTHING))
    own = await officer.post(f"{at}/decision", verdict)
    assert (own.status_code, own.json()["code"]) == (409, "appeal.own_decision")
    second = await another_officer(database, world)
    async with database.transaction(world.sight) as session:
        token = await create_api_token(
            session, actor=second, now=NOW, name="toinen", scopes=["register:write"], days=30
        )
    other = Caller(site, token.token)
    await ok(other.post(f"{at}/declaration", NOTHING))
    corrected = await ok(other.post(f"{at}/decision", verdict))
    told = await ok(provider.get(at))
    assert (told["state"], told["answer_id"]) == ("upheld", corrected["id"])
    assert (await ok(provider.get(f"/api/v1/decisions/{first}")))["replaced_by"] == corrected["id"]


async def test_the_same_key_decides_once(site: httpx.AsyncClient, database: Database) -> None:
    world, _, _, at = await begun(site, database)
    token = await api_token(database, world, Role.REGISTER_OFFICER, scopes=["register:write"])
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "declare-1"}
    first = await site.post(f"{at}/declaration", json=NOTHING, headers=headers)
    again = await site.post(f"{at}/declaration", json=NOTHING, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    other = await site.post(f"{at}/declaration", json={"ground": "party"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


@pytest.mark.parametrize("role", [Role.PROVIDER_USER, Role.CASE_WORKER])
async def test_nobody_else_decides(site: httpx.AsyncClient, database: Database, role: Role) -> None:
    world, _, _, at = await begun(site, database)
    scopes = ["register:write"] if role is Role.PROVIDER_USER else ["vouchers:read"]
    token = await api_token(database, world, role, scopes=scopes)
    for path, body in (("approval", {}), ("checklist", {"marks": NOT_MET}), ("declaration", NOTHING)):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"k-{path}"}
        assert (await site.post(f"{at}/{path}", json=body, headers=headers)).status_code == 403


async def test_the_rules_of_a_service_are_read_by_anyone_and_changed_by_its_administrator(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    token = await api_token(database, world, Role.ORGANISER_ADMINISTRATOR, scopes=["catalogue:write"])
    administrator = Caller(site, token)
    at = f"/api/v1/services/{world.service_id}"
    assert (await ok(site.get(f"{at}/rule-book")))["version"] == "2026-1"
    point = {"code": "polite", "kind": "criterion", "fi": "Kohtelias.", "sv": "Artig.", "en": "Polite."}
    await ok(administrator.post(f"{at}/rule-books", {"version": "2027-1", "points": [point]}))
    assert (await ok(site.get(f"{at}/rule-book")))["points"][0]["text"]["sv"] == "Artig."
    before = await ok(site.get(f"{at}/regime"))
    assert before["confirmed"] is True
    await ok(administrator.post(f"{at}/regime", {"template": "employment_services_act"}))
    after = await ok(site.get(f"{at}/regime"))
    assert (after["confirmed"], after["document"]["code"]) == (False, "employment_services_act")
    nothing = await administrator.post(f"{at}/regime", {"document": {"code": "x"}})
    assert nothing.status_code == 422
    place = {"name": "K", "email": "k@example.invalid", "postal_address": "PL 1", "closes": "16:00:00"}
    said = {"digest": after["digest"], "office": place, "court": place}
    lacking = await administrator.post(f"{at}/regime/confirmation", said | {"settled": [0]})
    assert lacking.status_code == 422
    points = list(range(len(after["document"]["to_be_confirmed"])))
    await ok(administrator.post(f"{at}/regime/confirmation", said | {"settled": points}))
    assert (await ok(site.get(f"{at}/regime")))["confirmed"] is True
