"""Clients, added and found by a case worker's own system."""

from typing import Any

import httpx
from sqlalchemy import select

from registry.people.model import ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World, build_world
from tests.web.client import api_token

# The settings of these tests are the demonstration's, so identity codes of nobody (900-999) are taken.
CLIENT = {
    "kind": "person",
    "name": "Aino Esimerkki",
    "identity": "010203A9013",
    "municipality_code": "564",
    "service_languages": ["fi", "ar"],
}


async def headers(database: Database, world: World, role: Role = Role.CASE_WORKER) -> dict[str, str]:
    scopes = ["vouchers:grant"] if role is Role.CASE_WORKER else ["audit:read"]
    return {"Authorization": f"Bearer {await api_token(database, world, role, scopes=scopes)}"}


async def add(site: httpx.AsyncClient, bearer: dict[str, str], key: str, **more: Any) -> httpx.Response:
    return await site.post("/api/v1/clients", json=CLIENT | more, headers=bearer | {"Idempotency-Key": key})


async def test_a_client_is_added_once_and_found_with_a_reason(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    bearer = await headers(database, world)
    made = await add(site, bearer, "a")
    assert made.status_code == 201, made.text
    assert (await add(site, bearer, "a")).json() == made.json()
    known = await add(site, bearer, "b")
    assert (known.status_code, known.json()["code"]) == (409, "client.known_already")
    assert known.json()["facts"]["client_id"] == made.json()["id"]

    wanted = {"kind": "person", "identity": "010203a9013", "reason": "Voucher applied for"}
    found = await site.post("/api/v1/clients/search", json=wanted, headers=bearer)
    assert (found.status_code, found.json()) == (200, made.json())
    async with database.transaction(world.sight) as session:
        (read,) = await session.scalars(select(ReadLog))
    assert (str(read.client_id), read.what, read.reason) == (
        made.json()["id"], "search", "stated: Voucher applied for",
    )  # fmt: skip
    nobody = await site.post(
        "/api/v1/clients/search", json=wanted | {"identity": "010203A9024"}, headers=bearer
    )
    assert (nobody.status_code, nobody.json()) == (200, {"id": None})


async def test_another_organisers_client_is_not_found(site: httpx.AsyncClient, database: Database) -> None:
    mine = await build_world(database, providers=0)
    theirs = await build_world(database, code="turku", providers=0)
    assert (await add(site, await headers(database, theirs), "a")).status_code == 201
    wanted = {"kind": "person", "identity": CLIENT["identity"], "reason": "x"}
    found = await site.post("/api/v1/clients/search", json=wanted, headers=await headers(database, mine))
    assert found.json() == {"id": None}


async def test_wrong_clients_are_refused_and_wrong_callers_too(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    bearer = await headers(database, world)
    cases: list[dict[str, Any]] = [
        {"identity": "010203A9014"},
        {"identity": 5},
        {"kind": "robot"},
        {"name": ""},
        {"name": "a\x00b"},
        {"email": "nowhere"},
        {"municipality_code": "999"},
        {"municipality_code": "\x00"},
        {"service_languages": []},
        {"service_languages": "fi"},
        {"accessibility": ["x"] * 21},
        {"protected": "yes"},
        {"age_band": "old"},
        {"surprise": True},
    ]
    for number, wrong in enumerate(cases):
        answer = await add(site, bearer, f"k{number}", **wrong)
        assert answer.status_code in (400, 422), f"{wrong} {answer.text}"
    wanted = {"kind": "person", "identity": CLIENT["identity"], "reason": " "}
    assert (await site.post("/api/v1/clients/search", json=wanted, headers=bearer)).status_code == 422
    auditor = await headers(database, world, Role.AUDITOR)
    assert (await add(site, auditor, "z")).status_code == 403
    assert (await site.post("/api/v1/clients/search", json=wanted, headers=auditor)).status_code == 403
