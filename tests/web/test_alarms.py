"""Quality alarms at the officer's desk."""

import httpx
import pytest
from sqlalchemy import insert, select

from registry.cases.model import Case
from registry.quality.alarms.model import Alarm
from registry.quality.alarms.rules import AlarmKind
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.alarming import Served, ago, happened
from tests.registry.quality.test_alarms import look, steady
from tests.registry.vouchers.test_queries import counted
from tests.web.client import hidden, post_form, sign_in
from tests.web.weights import weights

FACTS = {
    AlarmKind.REVIEW_BURST: {
        "from": "2026-11-15", "to": "2026-11-22", "moment": "after", "reviews": 14, "usual_hundredths": 96,
        "ended": 2, "expected_hundredths": 140, "one_in": 1_000_000,
    },
    AlarmKind.SCORES_WITHOUT_OUTCOMES: {
        "from": "2026-11-22", "release": 3, "against": "expected", "scores_k": 58, "scores_n": 60,
        "scores_usual": 6_000, "scores_z_hundredths": 250, "outcomes_k": 9, "outcomes_n": 60,
        "outcomes_usual": 4_500, "outcomes_z_hundredths": -270, "one_in": 20_000,
    },
    AlarmKind.EASY_INTAKE: {
        "from": "2025-11-22", "to": "2026-11-22", "people": 40, "expected": 7_200, "others_people": 80,
        "others_expected": 5_500, "z_hundredths": 440, "one_in": 180_000,
    },
    AlarmKind.REDEEMED_FOR_REVIEW: {
        "from": "2026-08-23", "to": "2026-11-22", "reviews": 40, "close": 10, "others": 30, "others_close": 0,
        "tiny_percent": 10, "close_days": 3, "one_in": 60_000,
    },
    AlarmKind.ONE_PLACE: {
        "from": "2026-11-08", "to": "2026-11-22", "reviews": 7, "from_place": 7, "elsewhere": 9,
        "all_elsewhere": 36, "one_in": 15_000,
    },
}  # fmt: skip
SAID = {
    AlarmKind.REVIEW_BURST: [
        "14",
        "1,4",
        "15.11.2026 – 22.11.2026",
        "1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000",
    ],
    AlarmKind.SCORES_WITHOUT_OUTCOMES: ["58/60", "9/60", "45,0", "2,7", "odotettu"],
    AlarmKind.EASY_INTAKE: ["72,0", "55,0", "4,4"],
    AlarmKind.REDEEMED_FOR_REVIEW: ["Enintään 3 päivää", "10\N{NO-BREAK SPACE}% setelistä", "40"],
    AlarmKind.ONE_PLACE: ["9/36", "heikko merkki"],
}


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=4)


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_each_kind_tells_its_evidence_in_words(
    site: httpx.AsyncClient, database: Database, world: World, kind: AlarmKind, language: str
) -> None:
    async with database.transaction(world.sight) as session:
        alarm_id = await session.scalar(
            insert(Alarm)
            .values(
                id=uuid7(), organiser_id=world.organiser_id, provider_id=world.provider_id,
                service_id=world.service_id, kind=str(kind), period=TODAY, facts=FACTS[kind], state="open",
                raised_at=NOW,
            )
            .returning(Alarm.id)
        )  # fmt: skip
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    site.cookies.set("language", language)
    page = await site.get(f"/oversight/alarms/{alarm_id}")
    assert page.status_code == 200
    assert "Valmennus 1 Oy" in page.text
    if language == "fi":
        for words in SAID[kind]:
            assert words in page.text, words
    listed = await site.get("/oversight/alarms")
    assert f"/oversight/alarms/{alarm_id}" in listed.text


async def test_the_officer_comes_from_the_case_decides_and_the_case_is_done(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await happened(database, world, [*steady(0), *steady(1)])
    await happened(database, world, [Served(0, [(ago(100 + n), 300_00)], ago(1 + n / 10)) for n in range(14)])
    (found,) = await look(database, world)
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    async with database.transaction(world.sight) as session:
        (case,) = await session.scalars(select(Case))
    path = f"/oversight/alarms/{found.id}"
    assert f'href="{path}"' in (await site.get(f"/cases/{case.id}")).text
    form = await site.get(path)
    key = hidden(form, "idempotency_key")
    empty = await post_form(site, path, {"idempotency_key": key, "state": "explained", "note": " "})
    assert empty.status_code == 422
    for _ in range(2):  # sending the form twice decides once
        done = await post_form(
            site, path, {"idempotency_key": key, "state": "confirmed", "note": "Pyydettiin arvioimaan."}
        )
        assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=decided")
    page = (await site.get(done.headers["location"])).text
    assert "Pyydettiin arvioimaan." in page
    assert "Vahvistettu" in page
    again = await post_form(
        site, path, {"idempotency_key": str(uuid7()), "state": "explained", "note": "Ei."}
    )
    assert again.status_code == 409
    async with database.transaction(world.sight) as session:
        assert (await session.get_one(Case, case.id)).closed_at is not None


async def test_others_are_turned_away(site: httpx.AsyncClient, database: Database, world: World) -> None:
    await happened(database, world, [*steady(0), *steady(1)])
    await happened(database, world, [Served(0, [(ago(100 + n), 300_00)], ago(1 + n / 10)) for n in range(14)])
    (found,) = await look(database, world)
    for role in (Role.PROVIDER_USER, Role.CASE_WORKER, Role.CLIENT, Role.AUDITOR):
        await sign_in(site, database, world, role)
        assert (await site.get(f"/oversight/alarms/{found.id}")).status_code == 403
    other = await build_world(database, code="turku")
    await sign_in(site, database, other, Role.REGISTER_OFFICER)
    assert (await site.get(f"/oversight/alarms/{found.id}")).status_code == 404
    assert str(found.id) not in (await site.get("/oversight/alarms")).text


@pytest.mark.parametrize(("path", "most"), [("/oversight/alarms", 3), ("/oversight/alarms/{alarm}", 3)])
async def test_what_a_page_costs(
    site: httpx.AsyncClient, database: Database, world: World, path: str, most: int
) -> None:
    async with database.transaction(world.sight) as session:
        for kind in AlarmKind:
            await session.execute(
                insert(Alarm).values(
                    id=uuid7(), organiser_id=world.organiser_id, provider_id=world.provider_id,
                    service_id=world.service_id, kind=str(kind), period=TODAY, facts=FACTS[kind], state="open",
                    raised_at=NOW,
                )
            )  # fmt: skip
        alarm_id = await session.scalar(select(Alarm.id).limit(1))
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    address = path.format(alarm=alarm_id)
    with counted(database) as statements:
        assert (await site.get(address)).status_code == 200
    assert len(statements) <= most, statements
    first, later = await weights(site, address)
    assert first <= 100_000
    assert later <= 20_000
