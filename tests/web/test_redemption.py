"""The provider's desk: who asks, receiving a voucher, charging it, and every refusal in its own words."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from registry.people.model import ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.redemption.model import Redemption
from tests.builders import NOW, TODAY, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_queries import counted, own_clients
from tests.web.client import post_form, sign_in

NAME = "Asiakas Esimerkki"


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database), keys)
    await sign_in(site, database, made.world, Role.PROVIDER_USER)
    return made


async def press(site: httpx.AsyncClient, page: httpx.Response, action: str, **typed: str) -> httpx.Response:
    """Press the button of the form that goes to `action`, sending all its fields as the page filled them."""
    form = re.search(rf'<form action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    assert form, f"no form for {action}"
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0]))
    return await post_form(site, action, {k: html.unescape(v) for k, v in fields.items()} | typed)


def charge(**changes: str) -> dict[str, str]:
    return {
        "units": "1", "unit_price": "60", "service_date": TODAY.isoformat(), "act": "redeem",
        "idempotency_key": str(uuid4()),
    } | changes  # fmt: skip


async def test_the_name_comes_with_the_confirmation(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    pick = await steps.choose(await steps.grant())
    desk = await site.get("/provider")
    assert "Confirm the client" in desk.text
    assert "Oulu" in desk.text
    assert NAME not in desk.text
    assert "asiakas@example.invalid" not in desk.text
    async with database.transaction(steps.world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(ReadLog)) == 0
    answer = await press(site, desk, f"/provider/requests/{pick}/confirm")
    assert answer.headers["location"] == "/provider?done=confirmed"
    again = await press(site, desk, f"/provider/requests/{pick}/confirm")  # a second press of the same button
    assert again.status_code == 303
    desk = await site.get("/provider")
    assert NAME in desk.text
    assert "asiakas@example.invalid" in desk.text
    async with database.transaction(steps.world.sight) as session:
        (read,) = await session.scalars(select(ReadLog))
        assert (read.what, read.reason, read.role) == ("person", "chosen_provider", "provider_user")


async def test_declining_is_confirmed_first_and_done_once(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher = await steps.grant()
    pick = await steps.choose(voucher)
    page = await site.get(f"/provider/requests/{pick}/decline")
    assert "You cannot take this back" in page.text
    for _ in range(2):
        answer = await press(site, page, f"/provider/requests/{pick}/decline")
        assert answer.headers["location"] == "/provider?done=declined"
    assert (await steps.voucher(voucher)).state == "granted"
    assert await steps.open_cases() == ["provider_declined"]
    late = await post_form(site, f"/provider/requests/{pick}/confirm", {"idempotency_key": str(uuid4())})
    assert (late.status_code, "has been answered or is no longer open" in late.text) == (409, True)
    assert (await site.get(f"/provider/requests/{pick}/decline")).status_code == 409


async def test_charged_once_however_often_it_is_sent(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher, shown = await steps.opened()
    data = charge(units="1,25")
    for _ in range(2):
        answer = await post_form(site, f"/provider/vouchers/{shown}", data)
        assert answer.headers["location"] == f"/provider/vouchers/{shown}?done=redeemed"
    page = await site.get(answer.headers["location"])
    assert "The visit has been redeemed." in page.text
    assert "€525.00" in page.text
    assert (await steps.voucher(voucher)).captured_cents == 75_00
    assert await steps.unfit() == []


async def test_reserved_charged_in_part_and_reversed(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher, shown = await steps.opened()
    await post_form(site, f"/provider/vouchers/{shown}", charge(units="3", act="reserve"))
    row = await only(steps)
    assert row.state == "reserved"
    address = f"/provider/redemptions/{row.id}"
    page = await site.get(address)
    assert 'name="units" type="text" value="3"' in page.text
    too_much = await press(site, page, f"{address}/capture", units="3,5")
    assert (too_much.status_code, "You reserved 3 units and gave 3.5" in too_much.text) == (409, True)
    assert 'value="3,5"' in too_much.text
    done = await press(site, too_much, f"{address}/capture", units="2")
    assert done.headers["location"] == f"/provider/vouchers/{shown}?done=captured"
    assert (await steps.voucher(voucher)).available_cents == 480_00
    page = await site.get(address)
    silent = await press(site, page, f"{address}/reverse", reason=" ")
    assert (silent.status_code, 'href="#f-reason"' in silent.text) == (422, True)
    reversed_ = await press(site, silent, f"{address}/reverse", reason="Väärä asiakas")
    assert reversed_.headers["location"] == f"/provider/vouchers/{shown}?done=reversed"
    twice = await post_form(
        site, f"{address}/reverse", {"reason": "Uudestaan", "idempotency_key": str(uuid4())}
    )
    assert (twice.status_code, "has been reversed already" in twice.text) == (409, True)
    assert (await steps.voucher(voucher)).available_cents == 600_00
    assert await steps.unfit() == []


async def test_released_gives_the_value_back(site: httpx.AsyncClient, steps: Steps) -> None:
    voucher, shown = await steps.opened()
    await post_form(site, f"/provider/vouchers/{shown}", charge(act="reserve"))
    address = f"/provider/redemptions/{(await only(steps)).id}"
    page = await site.get(address)
    for _ in range(2):
        done = await press(site, page, f"{address}/release")
        assert done.status_code == 303
    assert (await steps.voucher(voucher)).available_cents == 600_00
    late = await post_form(site, f"{address}/capture", {"units": "1", "idempotency_key": str(uuid4())})
    assert (late.status_code, "has been released" in late.text) == (409, True)


async def only(steps: Steps) -> Redemption:
    async with steps.database.transaction(steps.world.sight) as session:
        (row,) = await session.scalars(select(Redemption))
        return row


TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"units": "10,5"}, "units", "The voucher has 10 units left, and you gave 10.5"),
        ({"unit_price": "60,01"}, "unit_price", "above the price that the client was shown, €60.00"),
        ({"service_date": TOMORROW.isoformat()}, "service_date", "cannot be later than today, 22 Nov 2026"),
        ({"service_date": YESTERDAY.isoformat()}, "service_date", "from 22 Nov 2026 to 20 Feb 2027"),
        ({"unit_price": "0"}, "units", "nothing to redeem"),
    ],
)
async def test_each_refusal_at_its_field_with_all_that_was_typed(
    site: httpx.AsyncClient, steps: Steps, changes: dict[str, str], field: str, words: str
) -> None:
    voucher, shown = await steps.opened()
    data = charge(**changes)
    answer = await post_form(site, f"/provider/vouchers/{shown}", data)
    assert (answer.status_code, words in answer.text) == (409, True)
    assert f'href="#f-{field}"' in answer.text
    for name in ("units", "unit_price", "service_date"):
        assert re.search(rf'name="{name}"[^>]*value="{re.escape(data[name])}"', answer.text)
    assert (await steps.voucher(voucher)).available_cents == 600_00


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("units", ""), ("units", "-1"), ("units", "0"), ("units", "1,255"), ("units", "1001"), ("units", "1e400"),
        ("units", "9e999999"),
        ("units", "NaN"), ("unit_price", "free"), ("unit_price", "9" * 30), ("unit_price", "-5"),
        ("service_date", "22.11.2026"), ("service_date", "9999-99-99"), ("service_date", "1026-11-22"),
    ],
)  # fmt: skip
async def test_nonsense_is_422_at_its_field(
    site: httpx.AsyncClient, steps: Steps, field: str, value: str
) -> None:
    _, shown = await steps.opened()
    answer = await post_form(site, f"/provider/vouchers/{shown}", charge(**{field: value}))
    assert (answer.status_code, f'href="#f-{field}"' in answer.text) == (422, True)


async def test_states_that_refuse_a_charge(site: httpx.AsyncClient, steps: Steps) -> None:
    async def refused(shown: UUID) -> str:
        answer = await post_form(site, f"/provider/vouchers/{shown}", charge())
        assert answer.status_code == 409
        return answer.text

    _, shown = await steps.opened(units=1_00)
    await steps.redeem(shown)
    assert "The voucher has been used up." in await refused(shown)
    cancelled, shown = await steps.opened()
    await steps.cancel(cancelled)
    assert "The voucher has been cancelled." in await refused(shown)
    changed, shown = await steps.opened()
    await steps.choose(changed, 1)
    text = await refused(shown)
    assert "has changed the choice" in text
    assert NAME not in text
    steps.now = NOW - timedelta(days=91)
    _, shown = await steps.opened()
    assert "The voucher has expired." in await refused(shown)


async def test_another_provider_finds_nothing(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    _, shown = await steps.opened()
    row = await steps.redeem(shown)
    pick = await steps.choose(await steps.grant())
    await sign_in(site, database, steps.world, "provider_user:1")
    for path in (f"/provider/vouchers/{shown}", f"/provider/redemptions/{row.id}"):
        assert (await site.get(path)).status_code == 404
    key = {"idempotency_key": str(uuid4())}
    assert (await post_form(site, f"/provider/vouchers/{shown}", charge())).status_code == 404
    for act, typed in (("capture", {"units": "1"}), ("release", {}), ("reverse", {"reason": "x"})):
        path = f"/provider/redemptions/{row.id}/{act}"
        assert (await post_form(site, path, {**key, **typed})).status_code == 404
    for act in ("confirm", "decline"):
        answer = await post_form(site, f"/provider/requests/{pick}/{act}", {"idempotency_key": str(uuid4())})
        assert answer.status_code in (404, 409)
    for path in ("/provider", "/provider/redemptions"):
        page = await site.get(path)
        assert NAME not in page.text
        assert str(row.id) not in page.text
    assert (await steps.redemption(row.id)).state == "captured"


async def test_all_charges_page_by_page_without_names(site: httpx.AsyncClient, steps: Steps) -> None:
    _, shown = await steps.opened()
    for _ in range(52):
        await steps.redeem(shown, units=10)
    first = await site.get("/provider/redemptions")
    assert first.text.count("/provider/redemptions/") == 50
    assert NAME not in first.text
    following = re.search(r'href="(/provider/redemptions\?before=[^"]+)"', first.text)
    assert following
    assert (await site.get(following[1])).text.count("/provider/redemptions/") == 2
    assert (await site.get("/provider/redemptions?before=nonsense")).status_code == 422


async def test_an_own_share_is_said_aloud(site: httpx.AsyncClient, database: Database, keys: Keys) -> None:
    terms: dict[str, Any] = {
        "own_share_allowed": True,
        "unit_price_ceiling_cents": 50_00,
        "value_cents": 500_00,
    }
    site.cookies.set("language", "en")
    steps = Steps(database, await build_world(database, terms=terms), keys)
    await sign_in(site, database, steps.world, Role.PROVIDER_USER)
    _, shown = await steps.opened()
    await post_form(site, f"/provider/vouchers/{shown}", charge(units="2"))
    page = await site.get(f"/provider/vouchers/{shown}")
    assert "own share €20.00" in page.text
    detail = await site.get(f"/provider/redemptions/{(await only(steps)).id}")
    assert "€100.00" in detail.text
    assert "€20.00" in detail.text


async def test_the_pages_cost_the_same_whatever_they_show(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    _, shown = await steps.opened()
    costs = []
    for number in (1, 3):
        for client in await own_clients(steps, number):
            _, other = await steps.opened(client_id=client)
            await steps.redeem(other)
            await steps.redeem(shown, units=50)
            await steps.choose(await steps.grant(client_id=client), client_id=client)
        with counted(database) as statements:
            for path in ("/provider", "/provider/redemptions", f"/provider/vouchers/{shown}"):
                assert (await site.get(path)).status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]


async def test_a_provider_serves_clients_of_two_organisers(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    """Each organiser's rows stay its own; the provider sees those of its own clients only."""
    other = Steps(database, await build_world(database, code="turku"), steps.keys)
    async with database.transaction(other.world.sight) as session:
        stranger = await add_client(session, other.world, name="Turun Asiakas")
    await other.opened(client_id=stranger)
    await steps.opened()
    page = await site.get("/provider")
    assert NAME in page.text
    assert "Turun Asiakas" not in page.text
