"""Saying how it went: when the service is over and half a year later, once each, and nothing written is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from registry.quality.alarms.model import ReviewOrigin
from registry.quality.alarms.origins import place_of
from registry.quality.model import Review
from registry.quality.rules import ASPECTS
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.redemption.model import Redemption
from tests.builders import NOW, build_world
from tests.conftest import TEST_KEYS
from tests.registry.vouchers.steps import Steps
from tests.web.client import hidden, post_form, sign_in
from tests.web.conftest import Clock

SCORES = dict.fromkeys(ASPECTS, "9")


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


def path_of(steps: Steps, voucher_id: UUID) -> str:
    return f"/my/vouchers/{voucher_id}/review/{steps.world.provider_id}"


async def send(site: httpx.AsyncClient, path: str, **sent: Any) -> httpx.Response:
    key = hidden(await site.get(path), "idempotency_key")
    return await post_form(site, path, {"idempotency_key": key, **sent})


async def test_what_was_written_comes_back_with_an_error(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 10_00)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = path_of(steps, voucher_id)
    asked = await site.get(path)
    assert 'name="over"' not in asked.text, "all of it is used: it is over"
    lacking = await send(site, path, welcome="7", comment="Tästä oli apua,\nmutta vähän.")
    assert lacking.status_code == 422
    assert "Tästä oli apua,\nmutta vähän." in lacking.text
    assert 'name="welcome" value="7" checked' in lacking.text
    assert (await send(site, path, **SCORES)).headers["location"] == "/my?done=reviewed"
    key = hidden(lacking, "idempotency_key")
    twice = await post_form(site, path, {"idempotency_key": key, **SCORES, "comment": "Vielä yksi asia."})
    assert twice.status_code == 409


async def test_while_the_service_goes_on_the_client_says_that_it_is_over(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = path_of(steps, voucher_id)
    early = await send(site, path, **SCORES)
    assert early.status_code == 422
    assert "f-over" in early.text
    assert (await send(site, path, **SCORES, over="yes")).status_code == 303


async def test_the_second_moment_comes_half_a_year_after_the_last_visit(
    site: httpx.AsyncClient, database: Database, steps: Steps, clock: Clock
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 10_00)
    later = path_of(steps, voucher_id) + "/later"
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert later not in (await site.get("/my")).text
    assert 'name="welcome"' not in (await site.get(later)).text

    clock.now = NOW + timedelta(hours=7)
    async with database.transaction(steps.world.sight) as session:
        (redemption,) = (await session.scalars(select(Redemption))).all()
        redemption.captured_at = NOW - timedelta(days=183)
    assert later in (await site.get("/my")).text
    assert (await send(site, later, **SCORES)).status_code == 303
    async with database.transaction(steps.world.sight) as session:
        assert [row.moment for row in await session.scalars(select(Review))] == ["half_year"]
    assert later not in (await site.get("/my")).text


async def test_the_place_of_a_review_is_kept_as_a_keyed_hash_alone(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 10_00)
    await sign_in(site, database, steps.world, Role.CLIENT)
    await send(site, path_of(steps, voucher_id), **SCORES)
    async with database.transaction(steps.world.sight) as session:
        review = (await session.scalars(select(Review))).one()
        origin = (await session.scalars(select(ReviewOrigin))).one()
    assert (origin.review_id, origin.at) == (review.id, NOW)
    assert origin.place == place_of(TEST_KEYS, "127.0.0.1")
    async with database.transaction(steps.world[Role.CLIENT].sight) as session:
        assert (await session.scalars(select(ReviewOrigin))).all() == []


def test_addresses_of_one_place_are_one_and_others_are_not() -> None:
    one = place_of(TEST_KEYS, "2001:db8:0:1::1")
    assert one == place_of(TEST_KEYS, "2001:db8:0:1:ffff::2")
    assert one != place_of(TEST_KEYS, "2001:db8:0:2::1")
    assert place_of(TEST_KEYS, "192.0.2.1") != place_of(TEST_KEYS, "192.0.2.2")
    assert place_of(TEST_KEYS, "192.0.2.1") != place_of(
        Keys(b"another key, of thirty-two bytes or more"), "192.0.2.1"
    )
    assert place_of(TEST_KEYS, "unix socket") == place_of(TEST_KEYS, "unix socket")


async def test_a_provider_where_nothing_was_redeemed_is_not_reviewed(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, _ = await steps.opened()
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert (await site.get(path_of(steps, voucher_id))).status_code == 404


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Kun teksti on julkaistu, palveluntuottaja voi lukea sen niin kuin kaikki muutkin."),
        ("sv", "När texten har publicerats kan tjänsteproducenten läsa den liksom alla andra."),
        ("en", "Once it is published, the provider can read it like everybody else."),
        ("selko", "Myös palveluntuottaja voi lukea sen."),
    ],
)
async def test_the_page_says_who_reads_what_is_written(
    site: httpx.AsyncClient, database: Database, steps: Steps, language: str, sentence: str
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 10_00)
    await sign_in(site, database, steps.world, Role.CLIENT)
    path = path_of(steps, voucher_id)
    await post_form(site, "/language", {"lang": language, "next": path})
    assert sentence in (await site.get(path)).text
