"""What is known of a client before the choice: optional on the grant form, in a file and by machine."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from registry.quality.intake.model import Intake
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import World, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, post_form, sign_in
from tests.web.test_vouchers_granting import filled

SERVICE = "nuorten-tyonhakuvalmennus"


@pytest.fixture
async def world(site: httpx.AsyncClient, database: Database) -> World:
    site.cookies.set("language", "en")
    made = await build_world(database)
    await sign_in(site, database, made, Role.CASE_WORKER)
    return made


async def bands(database: Database, world: World) -> list[tuple[str, str]]:
    async with database.transaction(world.sight) as session:
        return [(row.months_unemployed, row.education) for row in await session.scalars(select(Intake))]


@pytest.mark.parametrize(
    ("typed", "fixed"),
    [
        ({}, []),
        ({"months_unemployed": "", "education": ""}, []),
        ({"months_unemployed": "7", "education": ""}, [("6_to_11", "not_known")]),
        ({"months_unemployed": "0", "education": "basic"}, [("under_3", "basic")]),
    ],
)
async def test_a_case_worker_may_say_them_and_need_not(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World,
    typed: dict[str, str], fixed: list[tuple[str, str]],
) -> None:  # fmt: skip
    steps = Steps(database, world, keys)
    path = f"/vouchers/grant?client={world.client_id}&service={world.service_id}"
    assert 'name="months_unemployed"' in (await site.get(path)).text
    answer = await post_form(site, "/vouchers/grant", filled(steps, **typed))
    assert answer.status_code == 303
    assert await bands(database, world) == fixed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"months_unemployed": "seven"}, "whole number"),
        ({"months_unemployed": "721"}, "720"),
        ({"education": "basic"}, "Fill in this field"),
    ],
)
async def test_what_cannot_be_is_told_at_its_field(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World, typed: dict[str, str], said: str
) -> None:
    answer = await post_form(site, "/vouchers/grant", filled(Steps(database, world, keys), **typed))
    assert answer.status_code == 422
    assert 'href="#f-months_unemployed"' in answer.text
    assert await bands(database, world) == []


async def test_a_file_may_carry_them(site: httpx.AsyncClient, database: Database, world: World) -> None:
    def file(*rows: str) -> str:
        header = "client_id;service;budget_line;despite_like;months_unemployed;education"
        return "\n".join([header, *(f"{world.client_id};{SERVICE};2026-P;yes;{row}" for row in rows), ""])

    sent: dict[str, Any] = {"content": file("30;higher", ";", "x;basic", ";basic", "3;doctor")}
    preview = await post_form(site, "/vouchers/batch", sent)
    assert preview.text.count("The months of unemployment are not a whole number.") == 2
    assert preview.text.count("There is no such education") == 1
    done = await post_form(site, "/vouchers/batch/grant", sent | {"idempotency_key": str(uuid4())})
    assert done.status_code == 303
    assert await bands(database, world) == [("24_plus", "higher")]
    example = await site.get("/vouchers/batch/example")
    lines = example.text.lstrip("\ufeff").splitlines()
    assert len({line.count(";") for line in lines}) == 1


async def test_a_machine_may_send_them(site: httpx.AsyncClient, database: Database, world: World) -> None:
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant"])

    async def send(**facts: Any) -> httpx.Response:
        body = {"client_id": str(world.client_id), "service": SERVICE, "budget_line": "2026-P"} | facts
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        return await site.post("/api/v1/vouchers", json=body, headers=headers)

    assert (await send(education="basic")).status_code == 422
    assert (await send(months_unemployed=721)).status_code == 422
    assert (await send(months_unemployed=4, education="secondary")).status_code == 201
    assert await bands(database, world) == [("3_to_5", "secondary")]
