"""The finance officer's desk for unusual redemptions: read, held, let go, decided; limits changed by two people."""

import re

import httpx
import pytest
from litestar import Litestar

from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.guarding.commands import ask_for_limit
from registry.vouchers.guarding.rules import Sign
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW, add_account, build_world
from tests.registry.vouchers.test_guarding import Guarded
from tests.web.client import post_form, sign_in


@pytest.fixture
async def guarded(site: httpx.AsyncClient, database: Database, keys: Keys) -> Guarded:
    site.cookies.set("language", "en")
    return Guarded(database, await build_world(database), keys)


async def test_an_alarm_from_the_case_to_the_decision(
    site: httpx.AsyncClient, database: Database, guarded: Guarded
) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    voucher_id, shown = await guarded.opened()
    for _ in range(3):
        await guarded.redeem(shown)
    await guarded.look()
    alarm = (await guarded.alarms())["person_day"]
    address = f"/redemption-alarms/{alarm.id}"

    await sign_in(site, database, guarded.world, Role.FINANCE_OFFICER)
    assert "about a provider’s redemptions is unusual" in (await site.get("/cases?view=all")).text
    assert address in (await site.get("/redemption-alarms")).text
    page = await site.get(address)
    assert "Visits with the same day, recorded by one person" in page.text
    assert f"/vouchers/{voucher_id}" in page.text
    bare = await post_form(site, f"{address}/hold", {"hold_reason": " ", "idempotency_key": "k1"})
    assert (bare.status_code, 'href="#f-hold_reason"' in bare.text) == (422, True)
    why = {"hold_reason": "Kirjauksia <paljon>", "idempotency_key": "k2", "voucher": str(voucher_id)}
    for _ in range(2):  # pressed twice
        assert (await post_form(site, f"{address}/hold", why)).headers["location"] == f"{address}?done=held"
    held = await site.get(f"{address}?done=held")
    assert "€180.00 of this provider is held" in held.text
    assert "Kirjauksia &lt;paljon&gt;" in held.text
    found = re.search(rf'action="({address}/holds/[^"]+)"', held.text)
    assert found
    assert "€180.00" in (await site.get("/redemption-alarms")).text
    await sign_in(site, database, guarded.world, "provider_user")
    own = (await site.get("/provider/statements")).text
    assert "€180.00, held since" in own
    assert "Kirjauksia &lt;paljon&gt;" in own
    await sign_in(site, database, guarded.world, Role.FINANCE_OFFICER)
    lifted = await post_form(site, found[1], {"lift_reason": "Selvä", "idempotency_key": "k3"})
    assert lifted.headers["location"] == f"{address}?done=lifted"
    again = await post_form(site, found[1], {"lift_reason": "Selvä", "idempotency_key": "k4"})
    assert (again.status_code, "has been lifted already" in again.text) == (409, True)
    decided = {"state": "explained", "note": "Ryhmä", "idempotency_key": "k5"}
    assert (await post_form(site, address, decided)).headers["location"] == f"{address}?done=decided"
    assert "Explained" in (await site.get(address)).text
    await sign_in(site, database, guarded.world, "provider_user")
    assert (await site.get(address)).status_code == 403
    assert "held since" not in (await site.get("/provider/statements")).text


async def test_one_asks_for_a_limit_and_another_approves_it(
    site: httpx.AsyncClient, database: Database, guarded: Guarded
) -> None:
    limits = "/redemption-alarms/limits"
    async with database.transaction(guarded.world.sight) as session:
        _, guarded.world.grants["second"] = await add_account(
            session, "Toinen", Role.FINANCE_OFFICER, sight=guarded.world.sight,
            organiser_id=guarded.world.organiser_id,
        )  # fmt: skip
    await sign_in(site, database, guarded.world, Role.FINANCE_OFFICER)
    low = await post_form(site, limits, {"sign": "day_value", "value": "100", "idempotency_key": "k1"})
    assert (low.status_code, "must be from 500" in low.text) == (409, True)
    asked = await post_form(
        site, limits, {"sign": "day_value", "value": "12 500,00", "idempotency_key": "k2"}
    )
    assert asked.headers["location"] == f"{limits}?done=asked"
    page = await site.get(limits)
    assert "Take my request back" in page.text
    assert "Approve" not in page.text
    action = re.search(rf'action="({limits}/[^"]+)"', page.text)
    assert action
    alone = await post_form(site, action[1], {"to_state": "approved", "idempotency_key": "k3"})
    assert (alone.status_code, "Somebody else must decide" in alone.text) == (409, True)
    await sign_in(site, database, guarded.world, "second")
    approved = await post_form(site, action[1], {"to_state": "approved", "idempotency_key": "k4"})
    assert approved.headers["location"] == f"{limits}?done=approved"
    assert "€12,500.00" in (await site.get(limits)).text


async def test_the_desk_is_accessible_and_fits_a_phone(
    application: Litestar, guarded: Guarded, open_page: OpenPage
) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    _, shown = await guarded.opened()
    for _ in range(9):
        await guarded.redeem(shown, units=50)
    await guarded.look()
    alarm = (await guarded.alarms())["person_day"]
    async with guarded.database.transaction(guarded.world.sight) as session:
        await ask_for_limit(
            session, actor=guarded.world[Role.FINANCE_OFFICER], now=NOW, sign=Sign.DAY_VALUE, value=600_00
        )
        token = await begin_session(
            session, role_grant_id=guarded.world.grants[str(Role.FINANCE_OFFICER)], now=NOW, hours=8
        )
    async with serving(application) as address:
        for width, language in ((PHONE, "fi"), (DESK, "sv")):
            page = await open_page(
                width=width, language=language, base_url=address,
                cookies={"registry_session": token, "language": language},
            )  # fmt: skip
            for path in ("", f"/{alarm.id}", "/limits"):
                answer = await page.goto(f"/redemption-alarms{path}")
                assert answer is not None
                assert answer.status == 200, path
                assert await sideways(page) == 0, path
                await assert_accessible(page)
            await page.close()
