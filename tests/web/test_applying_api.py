"""A provider's own system applies: a draft, its papers, and sending it."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, update

from registry.providers.bank_accounts.commands import request_account
from registry.providers.model import Admission, Application
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.applying.steps import IBAN
from tests.registry.providers.files.samples import pdf
from tests.web.applying import KINDS
from tests.web.client import api_token
from tests.web.test_providers_api import Caller

DRAFT = "/api/v1/application-draft"


class System(Caller):
    """A provider's system, which also replaces and sends files."""

    async def put(self, path: str, body: Any) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": str(uuid7())}
        return await self._site.put(path, json=body, headers=headers)

    async def send(self, kind: str, content: bytes, key: str = "", issued: str = "") -> httpx.Response:
        return await self._site.post(
            "/api/v1/evidence",
            data={"kind": kind, "issued_on": issued or TODAY.isoformat()},
            files={"file": ("../todistus.exe", content, "image/png")},
            headers=self._headers | {"Idempotency-Key": key or str(uuid7())},
        )


async def system(site: httpx.AsyncClient, database: Database, world: World) -> System:
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).values(state="withdrawn"))
    return System(site, await api_token(database, world, Role.PROVIDER_USER, scopes=["register:write"]))


async def answers(machine: System, database: Database, world: World) -> dict[str, Any]:
    """Every answer, of a provider with a site and a coach. The account only a person can give."""
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await request_account(session, actor=actor, now=NOW, iban=IBAN)
    place = {
        "name": "Keskusta",
        "street": "Katu 1",
        "postal_code": "90100",
        "city": "Oulu",
        "municipality": "564",
    }
    coach = {
        "first_name": "Aino",
        "surname": "Salainen",
        "qualification": "Yhteisöpedagogi",
        "languages": ["fi"],
    }
    sites = await machine.post("/api/v1/sites", place)
    coaches = await machine.post("/api/v1/coaches", coach)
    assert (sites.status_code, coaches.status_code) == (201, 201), sites.text + coaches.text
    assert (await machine.get("/api/v1/sites")).json()[0].items() >= place.items()
    assert (await machine.get("/api/v1/coaches")).json()[0].items() >= coach.items()
    return {
        "services": [
            {
                "service_id": str(world.service_id),
                "price": {"unit_price_cents": 55_50, "vat_rate_bp": 2550},
                "capacity": {"places": 6},
                "accepted": {"version": "2026-1", "points": ["registered", "qualified", "first_meeting"]},
            }
        ],
        "where": {"municipalities": ["564"], "remote": True},
        "sites": [sites.json()["id"]],
        "languages": ["fi"],
        "accessibility": [],
        "way": {"method": "one_to_one"},
        "coaches": [coaches.json()["id"]],
        "insurance": {
            "insurer": "Vakuutus Oy",
            "sum_cents": 50_000_000,
            "valid_until": (TODAY + timedelta(days=100)).isoformat(),
        },
        "employer": True,
    }


async def test_a_system_applies_for_its_provider(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    machine = await system(site, database, world)
    assert (await machine.get(DRAFT)).json()["code"] == "draft.unknown"
    begun = await machine.post(DRAFT)
    assert begun.status_code == 201, begun.text
    empty = (await machine.get(DRAFT)).json()
    assert {one["part"] for one in empty["missing"]} >= {"services", "where", "languages", "coaches", "bank"}
    whole = await answers(machine, database, world)
    saved = await machine.put(DRAFT, whole | {"version": empty["version"]})
    assert saved.status_code == 200, saved.text
    stale = await machine.put(DRAFT, whole | {"version": empty["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft.changed_meanwhile")
    state = (await machine.get(DRAFT)).json()
    assert [one["code"] for one in state["missing"]] == ["draft.papers_lacking"]
    assert {one["kind"] for one in state["papers_asked"]} == set(KINDS)
    assert state["rule_books"][0]["points"] == ["registered", "qualified", "first_meeting"]
    early = await machine.post(f"{DRAFT}/submission", {"version": state["version"]})
    assert (early.status_code, early.json()["code"]) == (409, "draft.incomplete")

    first = await machine.send("tax_debt", pdf(), key="one")
    assert first.status_code == 201, first.text
    assert (await machine.send("tax_debt", pdf(), key="one")).json() == first.json()
    other = await machine.send("tax_debt", pdf(b"<< >>"), key="one")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "digest")
    for kind in KINDS[1:]:
        assert (await machine.send(kind, pdf())).status_code == 201
    papers = (await machine.get("/api/v1/evidence")).json()
    assert {one["kind"] for one in papers} == set(KINDS)
    assert {one["file_name"] for one in papers} == {"todistus.pdf"}
    got = await machine.get(f"/api/v1/evidence/{first.json()['id']}/file")
    assert got.content == pdf()
    assert got.headers["content-disposition"].startswith("attachment")

    sent = await machine.post(f"{DRAFT}/submission", {"version": state["version"]}, key="send")
    assert sent.status_code == 201, sent.text
    again = await machine.post(f"{DRAFT}/submission", {"version": state["version"]}, key="send")
    assert again.json() == sent.json()
    async with database.transaction(world.sight) as session:
        made = (await session.scalars(select(Application.id))).all()
    assert [str(one) for one in made] == sent.json()["applications"]
    officer = Caller(site, await api_token(database, world, Role.REGISTER_OFFICER, scopes=["register:write"]))
    assert (await officer.get(f"/api/v1/evidence/{first.json()['id']}/file")).status_code == 200
    assert (await officer.get(DRAFT)).status_code == 403
    stranger = Caller(
        site, await api_token(database, world, Role.PROVIDER_USER, scopes=["register:write"], provider=1)
    )
    assert (await stranger.get(f"/api/v1/evidence/{first.json()['id']}/file")).status_code == 404
    assert (await stranger.get("/api/v1/evidence")).json() == []


async def test_what_is_wrong_with_a_file_or_a_draft_is_a_problem_with_its_code(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    machine = await system(site, database, world)
    for content, code in (
        (b"MZ", "file.kind_not_taken"),
        (pdf() + b"\0" * 11_000_000, "file.too_large"),
        (b"", "file.empty"),
    ):
        refused = await machine.send("tax_debt", content)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    late = await machine.send("tax_debt", pdf(), issued=(TODAY + timedelta(days=1)).isoformat())
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "evidence.issued_later")
    assert (await machine.send("diploma", pdf())).status_code in {400, 422}
    await machine.post(DRAFT)
    unknown = await machine.put(DRAFT, {"version": 1, "services": [{"service_id": str(uuid7())}]})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "service.unknown")
    assert (await machine.put(DRAFT, {"version": 1, "colour": "red"})).status_code == 422
    headers = machine._headers | {"Idempotency-Key": "away"}
    for _ in range(2):
        assert (await site.delete(DRAFT, headers=headers)).status_code == 204
    assert (await machine.get(DRAFT)).status_code == 404
