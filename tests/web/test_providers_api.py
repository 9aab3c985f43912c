"""The register's API: open reading by cursor, applications, decisions, and what each may not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import update

from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.rules import Subject
from registry.providers.generated import load_generated
from registry.providers.model import Admission
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.working_days import working_days_after
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.deciding import Desk
from tests.web.client import api_token
from tests.web.test_providers import waiting

OFFER: dict[str, Any] = {
    "unit_price_cents": 55_50,
    "vat_rate_bp": 2550,
    "municipalities": ["564"],
    "remote": True,
    "languages": ["fi", "sv"],
    "accessibility": ["step_free"],
    "method": "one_to_one",
    "places": 6,
    "next_start": (TODAY + timedelta(days=10)).isoformat(),
    "rule_book_version": "2026-1",
}


class Caller:
    """A machine with a token; each POST has a key of its own unless told otherwise."""

    def __init__(self, site: httpx.AsyncClient, token: str) -> None:
        self._site = site
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self._site.get(path, params=params, headers=self._headers)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": key or str(uuid7())}
        return await self._site.post(path, json=body, headers=headers)


async def caller(
    site: httpx.AsyncClient, database: Database, world: World, role: Role, index: int = 0
) -> Caller:
    token = await api_token(database, world, role, scopes=["register:write"], provider=index)
    return Caller(site, token)


async def test_the_whole_register_is_read_by_cursor(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        await load_generated(
            session,
            organiser_id=world.organiser_id,
            service_ids=[world.service_id],
            count=250,
            seed=2,
            now=NOW,
        )
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 70, "suspended": "true"}
    while True:
        page = (await site.get("/api/v1/providers", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 250


async def test_the_register_is_searched_and_an_entry_read(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    found = await site.get(
        "/api/v1/providers", params={"q": "oy valm 2", "language": "fi", "municipality": "564"}
    )
    assert [item["name"] for item in found.json()["items"]] == ["Valmennus 2 Oy"]
    offer = found.json()["items"][0]["offers"][0]
    assert (offer["organiser"], offer["unit_price_cents"], offer["state"]) == ("oulu", 6000, "active")
    assert "places" not in offer
    entry = await site.get(f"/api/v1/providers/{world.provider_id}")
    assert entry.json()["name"] == "Valmennus 1 Oy"
    missing = await site.get(f"/api/v1/providers/{uuid7()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "provider.not_in_register")


async def test_what_cannot_be_searched_is_said(site: httpx.AsyncClient, database: Database) -> None:
    await build_world(database, providers=1)
    for params in (
        {"limit": "0"},
        {"limit": "99999"},
        {"cursor": "rubbish"},
        {"language": "klingon"},
        {"municipality": "x"},
        {"q": "a" * 201},
        {"service": "x\x00y"},
    ):
        answer = await site.get("/api/v1/providers", params=params)
        assert answer.status_code in {400, 422}, params
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await site.get("/api/v1/providers", params={"q": "\x00'|&!:*"})).json()["items"] == []


async def test_a_provider_applies_and_an_officer_decides(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    application_id = await waiting(database, world)
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    at = f"/api/v1/applications/{application_id}"
    assert (await officer.post(f"{at}/question", {"text": "Kuka valmentaa?"})).status_code == 201
    told = (await provider.get(at)).json()
    assert told["state"] == "more_information"
    assert told["messages"][0]["text"] == "Kuka valmentaa?"
    answered = await provider.post(f"{at}/information", {"text": "Kaksi.", "offer": OFFER | {"places": 9}})
    assert answered.status_code == 201, answered.text
    queue = (await officer.get("/api/v1/applications")).json()
    assert [row["id"] for row in queue["items"]] == [str(application_id)]
    await Desk(database, world).ready(application_id)
    approved = await officer.post(f"{at}/approval", {})
    assert approved.status_code == 201, approved.text
    late = await officer.post(f"{at}/rejection", {"legal_basis": "Laki."})
    assert (late.status_code, late.json()["code"]) == (409, "application.decided_already")
    entry = (await site.get(f"/api/v1/providers/{world.provider_id}")).json()
    assert [offer["admission"] for offer in entry["offers"]] == [approved.json()["id"]]


async def test_an_offer_that_does_not_fit_names_its_fields(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    at = f"/api/v1/applications/{await waiting(database, world)}"
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    await officer.post(f"{at}/question", {"text": "Hinta?"})
    offer = OFFER | {"unit_price_cents": 61_00, "rule_book_version": "2020-1"}
    answer = await provider.post(f"{at}/information", {"text": "Näin.", "offer": offer})
    assert answer.status_code == 422
    assert {(e["field"], e["code"]) for e in answer.json()["errors"]} == {
        ("unit_price", "offer.price_above_ceiling"),
        ("rule_book_version", "offer.rule_book_not_accepted"),
    }


async def test_places_are_kept_by_the_providers_own_system(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).values(taken=4))
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    at = f"/api/v1/admissions/{world.admissions[0]}/capacity"
    assert (await provider.post(at, {"places": 8, "next_start": TODAY.isoformat()})).status_code == 201
    short = await provider.post(at, {"places": 3})
    assert (short.status_code, short.json()["code"]) == (409, "admission.places_below_taken")
    assert short.json()["facts"] == {"places": 3, "taken": 4}
    odd: Any
    for odd in ({"places": -1}, {"places": 10**30}, {"places": "5"}, {"places": 5, "taken": 0}, {}, [], None):
        assert (await provider.post(at, odd)).status_code in {400, 422}, odd
    other = await provider.post(f"/api/v1/admissions/{world.admissions[1]}/capacity", {"places": 8})
    assert other.status_code == 404


async def test_an_officer_suspends_lifts_and_removes(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    theirs = await build_world(database, code="turku")
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    at = f"/api/v1/admissions/{world.admissions[0]}"
    against = {"text": "Vakuutus puuttuu.", "legal_basis": "569/2009 5 §", "clients_may": "finish"}
    assert (await officer.post(f"{at}/suspension", against | {"text": ""})).status_code == 422
    await Desk(database, world).declare(world.admissions[0], Subject.ADMISSION)
    unheard = await officer.post(f"{at}/suspension", against)
    assert unheard.json()["code"] == "admission.not_heard"
    for path in ("suspension", "removal"):
        due = working_days_after(TODAY, 11).isoformat()
        heard = await officer.post(f"{at}/hearing", {"text": "Vakuutus on päättynyt.", "due_on": due})
        assert heard.status_code == 201
        provider = world.provider_actor()
        async with database.transaction(provider.sight) as session:
            await answer_hearing(
                session, actor=provider, now=NOW, hearing_id=UUID(heard.json()["id"]), text="Hankimme."
            )
        assert (await officer.post(f"{at}/{path}", against)).status_code == 201
        if path == "suspension":
            assert (await officer.post(f"{at}/reactivation", {"text": "Saatiin."})).status_code == 201
    assert (await officer.post(f"{at}/removal", against)).json()["code"] == "admission.ended_already"
    foreign = await officer.post(f"/api/v1/admissions/{theirs.admissions[0]}/removal", against)
    assert foreign.status_code == 404


async def test_a_token_without_the_scope_or_the_role_is_turned_away(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    scopeless = Caller(site, await api_token(database, world, Role.PROVIDER_USER, scopes=["vouchers:redeem"]))
    assert (await scopeless.post("/api/v1/application-draft")).json()["code"] == "door.scope_missing"
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    answer = await provider.post(f"/api/v1/admissions/{world.admissions[0]}/removal", {"text": "Ei."})
    assert (answer.status_code, answer.json()["code"]) == (403, "door.other_role")
    assert (await site.post("/api/v1/application-draft")).status_code == 401
