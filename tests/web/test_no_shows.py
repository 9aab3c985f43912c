"""A missed meeting: noted at the provider's desk or by its system, contested on the client's own page."""

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.no_shows.queries import no_shows
from tests.builders import TODAY, World, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, post_form, sign_in
from tests.web.test_redemption import press


@pytest.fixture
async def world(site: httpx.AsyncClient, database: Database) -> World:
    site.cookies.set("language", "en")
    return await build_world(database)


async def test_it_is_noted_contested_and_taken_away_on_pages(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World
) -> None:
    _, shown = await Steps(database, world, keys).opened()
    await sign_in(site, database, world, Role.PROVIDER_USER)
    desk = f"/provider/vouchers/{shown}"
    page = await site.get(desk)
    refused = await press(site, page, f"{desk}/no-shows", agreed_for="2027-01-01")
    assert refused.status_code == 409
    assert "The day is later than today" in refused.text
    noted = await press(site, page, f"{desk}/no-shows", agreed_for=TODAY.isoformat(), idempotency_key="n-1")
    assert noted.headers["location"] == f"{desk}?done=no_show"
    assert "Did not come on 22 Nov 2026" in (await site.get(desk)).text

    await sign_in(site, database, world, Role.CLIENT)
    own = await site.get("/my/data")
    assert "Meetings that you are said to have missed" in own.text
    action = own.text.split('action="/my/no-shows/')[1].split('"')[0]
    no_show_id = action.split("/")[0]
    await press(site, own, f"/my/no-shows/{action}")
    again = (await site.get("/my/data")).text
    assert "You have said that this is wrong" in again
    assert "This is wrong</" not in again

    await sign_in(site, database, world, Role.CASE_WORKER)
    cases = (await site.get("/cases")).text
    assert "The client says that something about them is wrong" in cases
    page = await site.get(f"/no-shows/{no_show_id}")
    assert "Asiakas Esimerkki" not in page.text
    done = await press(site, page, f"/no-shows/{no_show_id}/remove")
    assert done.headers["location"] == "/cases?done=closed"
    assert (await site.get(f"/no-shows/{no_show_id}")).status_code == 404
    await sign_in(site, database, world, Role.CLIENT)
    assert "Meetings that you are said to have missed" not in (await site.get("/my/data")).text


async def test_a_system_notes_it_once_and_a_provider_takes_it_back(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World
) -> None:
    _, shown = await Steps(database, world, keys).opened()
    token = await api_token(database, world, Role.PROVIDER_USER, scopes=["vouchers:redeem"])
    path = f"/api/v1/presentations/{shown}/no-shows"
    answers = [
        await site.post(
            path,
            json={"agreed_for": TODAY.isoformat()},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )
        for key in ("k-1", "k-1", "k-2")
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[0].json() == answers[1].json()
    assert answers[2].json()["code"] == "no_show.recorded_already"
    await sign_in(site, database, world, Role.PROVIDER_USER)
    desk = f"/provider/vouchers/{shown}"
    no_show_id = answers[0].json()["id"]
    await press(site, await site.get(desk), f"{desk}/no-shows/{no_show_id}/remove")
    assert "Did not come on" not in (await site.get(desk)).text


async def test_a_client_who_never_came_at_all(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    token = await api_token(database, world, Role.PROVIDER_USER, scopes=["vouchers:redeem"])
    path = f"/api/v1/assignments/{assignment_id}/no-shows"
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "early"}
    early = await site.post(path, json={"agreed_for": TODAY.isoformat()}, headers=headers)
    assert early.json()["code"] == "no_show.not_your_client", "asked, and not confirmed yet"
    await steps.confirm(assignment_id)
    await sign_in(site, database, world, "provider_user:1")
    address = f"/provider/requests/{assignment_id}"
    assert (
        await post_form(
            site, f"{address}/no-shows", {"agreed_for": TODAY.isoformat(), "idempotency_key": "x"}
        )
    ).status_code >= 400
    await sign_in(site, database, world, Role.PROVIDER_USER)
    future = await post_form(
        site, f"{address}/no-shows", {"agreed_for": "2030-01-01", "idempotency_key": "a"}
    )
    assert future.status_code == 409
    assert "2030-01-01" in future.text, "what was typed is still there"
    done = await post_form(
        site, f"{address}/no-shows", {"agreed_for": TODAY.isoformat(), "idempotency_key": "b"}
    )
    assert done.headers["location"] == "/provider?done=no_show"
    async with database.transaction(world.sight) as session:
        (seen,) = await no_shows(session, voucher_id=voucher_id)
    assert seen.agreed_for == TODAY
