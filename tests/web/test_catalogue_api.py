"""The catalogue as open data, and changed with an administrator's token."""

from typing import Any

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World, build_world
from tests.web.client import api_token

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR
SERVICE = {
    "code": "yrityspalvelu",
    "name_fi": "Kehittämispalvelu",
    "name_sv": "Utvecklingstjänst",
    "name_en": "Development service",
    "audience": "company",
    "free_by_law": False,
}
TERMS = {
    "kind": "units",
    "units": 1250,
    "unit_name": "hour",
    "unit_price_ceiling_cents": 7200,
    "validity_days": 120,
    "rule_book_version": "2026-2",
}
LINE = {"code": "2027", "name": "Setelit", "year": 2027, "allocated_cents": 25000000}


async def headers(database: Database, world: World) -> dict[str, str]:
    token = await api_token(database, world, ADMINISTRATOR, scopes=["catalogue:write"])
    return {"Authorization": f"Bearer {token}"}


async def test_the_catalogue_is_open_data(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database, providers=0)
    await build_world(database, code="turku", providers=0)
    organisers = (await site.get("/api/v1/organisers")).json()
    assert [row["code"] for row in organisers["items"]] == ["oulu", "turku"]
    areas = (await site.get("/api/v1/areas")).json()
    assert [(row["code"], row["municipalities"]) for row in areas["items"]] == [("20", 1), ("41", 2)]
    listed = (await site.get("/api/v1/services", params={"organiser": "oulu"})).json()
    assert [row["id"] for row in listed["items"]] == [str(world.service_id)]
    one = (await site.get(f"/api/v1/services/{world.service_id}")).json()
    assert one == listed["items"][0]
    assert one["terms"]["value_cents"] == 600_00
    terms = (await site.get(f"/api/v1/services/{world.service_id}/terms")).json()
    assert terms["items"] == [one["terms"]]
    missing = await site.get("/api/v1/services", params={"organiser": "nowhere"})
    assert (missing.status_code, missing.json()["code"]) == (404, "organiser.unknown")


@pytest.mark.parametrize("path", ["/api/v1/municipalities", "/api/v1/services"])
async def test_pages_follow_each_other_by_cursor(
    site: httpx.AsyncClient, database: Database, path: str
) -> None:
    for code in ("oulu", "turku", "tampere"):
        await build_world(database, code=code, providers=0)
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = (await site.get(path, params=params)).json()
        seen += [row.get("id") or row["code"] for row in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 3
    for wrong in ({"cursor": "x"}, {"cursor": "W10"}, {"limit": 0}, {"limit": 10**9}, {"limit": "x"}):
        assert (await site.get(path, params=wrong)).status_code in (400, 422), wrong


async def test_a_service_its_terms_and_a_line_are_made_once_per_key(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    bearer = await headers(database, world)
    ids: dict[str, set[str]] = {}
    for _ in range(2):
        made = await site.post("/api/v1/services", json=SERVICE, headers=bearer | {"Idempotency-Key": "a"})
        assert made.status_code == 201, made.text
        service_id = made.json()["id"]
        ids.setdefault("service", set()).add(service_id)
        path = f"/api/v1/services/{service_id}/terms"
        terms = await site.post(path, json=TERMS, headers=bearer | {"Idempotency-Key": "b"})
        assert terms.status_code == 201, terms.text
        ids.setdefault("terms", set()).add(terms.json()["id"])
        line = await site.post("/api/v1/budget-lines", json=LINE, headers=bearer | {"Idempotency-Key": "c"})
        assert line.status_code == 201, line.text
        ids.setdefault("line", set()).add(line.json()["id"])
    assert {kind: len(found) for kind, found in ids.items()} == {"service": 1, "terms": 1, "line": 1}
    shown = (await site.get(f"/api/v1/services/{service_id}")).json()
    assert shown["terms"]["value_cents"] == 900_00

    reused = await site.post(
        "/api/v1/services", json=SERVICE | {"name_en": "Other"}, headers=bearer | {"Idempotency-Key": "a"}
    )
    assert reused.status_code == 422
    assert reused.json()["errors"][0]["field"] == "name_en"
    taken = await site.post("/api/v1/services", json=SERVICE, headers=bearer | {"Idempotency-Key": "d"})
    assert (taken.status_code, taken.json()["code"]) == (409, "service.code_taken")
    keyless = await site.post("/api/v1/services", json=SERVICE, headers=bearer)
    assert (keyless.status_code, keyless.json()["code"]) == (422, "idempotency.key_missing")


async def test_an_allocation_moves_but_not_below_what_is_granted(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    bearer = await headers(database, world)
    path = f"/api/v1/budget-lines/{world.budget_line_id}/allocation"
    moved = await site.post(path, json={"allocated_cents": 5}, headers=bearer | {"Idempotency-Key": "a"})
    assert moved.status_code == 201
    (line,) = (await site.get("/api/v1/budget-lines", headers=bearer)).json()["items"]
    assert (line["allocated_cents"], line["left_cents"]) == (5, 5)


async def test_wrong_bodies_are_answered_with_the_field_and_change_nothing(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    bearer = await headers(database, world)
    terms = f"/api/v1/services/{world.service_id}/terms"
    cases: list[tuple[str, Any]] = [
        ("/api/v1/services", SERVICE | {"code": "Ä"}),
        ("/api/v1/services", SERVICE | {"name_fi": "a\x00b"}),
        ("/api/v1/services", SERVICE | {"description_fi": "a\x00b"}),
        ("/api/v1/services", SERVICE | {"free_by_law": "yes"}),
        ("/api/v1/services", SERVICE | {"surprise": 1}),
        ("/api/v1/services", []),
        ("/api/v1/services", None),
        (terms, TERMS | {"units": 10**30}),
        (terms, TERMS | {"units": 1.5}),
        (terms, TERMS | {"units": True}),
        (terms, TERMS | {"value_cents": 1}),
        (terms, TERMS | {"kind": "euros"}),
        (terms, TERMS | {"validity_days": -1}),
        (terms, TERMS | {"rule_book_version": "\n"}),
        ("/api/v1/budget-lines", LINE | {"year": 1}),
        ("/api/v1/budget-lines", LINE | {"allocated_cents": 10**30}),
        ("/api/v1/budget-lines", LINE | {"name": "\x00"}),
        ("/api/v1/budget-lines", LINE | {"code": "  "}),
    ]
    for number, (path, body) in enumerate(cases):
        answer = await site.post(path, json=body, headers=bearer | {"Idempotency-Key": f"k{number}"})
        assert answer.status_code in (400, 422), f"{number} {body}"
        assert answer.headers["content-type"] == "application/problem+json"
    assert len((await site.get("/api/v1/budget-lines", headers=bearer)).json()["items"]) == 1
    assert len((await site.get(f"{terms}")).json()["items"]) == 1


async def test_another_organisers_token_changes_nothing(site: httpx.AsyncClient, database: Database) -> None:
    mine = await build_world(database, providers=0)
    theirs = await build_world(database, code="turku", providers=0)
    bearer = await headers(database, mine)
    for path, body in (
        (f"/api/v1/services/{theirs.service_id}/terms", TERMS),
        (f"/api/v1/budget-lines/{theirs.budget_line_id}/allocation", {"allocated_cents": 5}),
    ):
        answer = await site.post(path, json=body, headers=bearer | {"Idempotency-Key": path[-20:]})
        assert answer.status_code == 404, path
    nobody = await site.post("/api/v1/services", json=SERVICE, headers={"Idempotency-Key": "x"})
    assert nobody.status_code == 401
