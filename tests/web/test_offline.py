"""What a device asks and sends, and the pages of what came of it: the provider's list, the finance officer's case."""

import base64
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.test_offline import Devices
from tests.web.client import csrf, hidden, post_form, sign_in

HERE = "/provider/offline"


@pytest.fixture
async def devices(site: httpx.AsyncClient, database: Database, keys: Keys) -> Devices:
    site.cookies.set("language", "en")
    made = Devices(database, await build_world(database), keys)
    await sign_in(site, database, made.world, Role.PROVIDER_USER)
    return made


async def tell(site: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    return await site.post(f"{HERE}/{path}", json=body, headers={"x-csrftoken": await csrf(site)})


async def line(devices: Devices, **more: Any) -> dict[str, Any]:
    voucher_id = more.pop("voucher_id", None) or await devices.chosen()
    number, secret = await devices.code(voucher_id)
    return {
        "id": str(uuid4()), "place": 1, "number": number, "secret": secret, "service_date": TODAY.isoformat(),
        "units": 100, "taken_at": (NOW - timedelta(hours=1)).isoformat(),
    } | more  # fmt: skip


def sending(device: str, *visits: Any, **more: Any) -> dict[str, Any]:
    return {
        "device": device, "sent_at": NOW.isoformat(), "taken": len(visits), "language": "en", "visits": visits,
    } | more  # fmt: skip


async def test_the_key_to_a_device_is_given_to_its_person_alone(
    site: httpx.AsyncClient, database: Database, devices: Devices
) -> None:
    device = str(uuid4())
    state = (await site.get(f"{HERE}/state?device={device}")).json()
    assert state["opening"] is None
    opening = (await tell(site, "devices", {"device": device})).json()["opening"]
    assert len(base64.b64decode(opening)) == 32
    again = (await site.get(f"{HERE}/state?device={device}")).json()
    assert (again["opening"], again["holder"]) == (opening, state["holder"])
    await sign_in(site, database, devices.world, "provider_user:1")
    other = (await site.get(f"{HERE}/state?device={device}")).json()
    assert other["opening"] is None
    assert other["holder"] != state["holder"]
    taken = await tell(site, "devices", {"device": device})
    assert (taken.status_code, "opening" in taken.json()) == (409, False)
    assert (await tell(site, "visits", sending(device, await line(devices)))).status_code == 404
    assert (await site.post(f"{HERE}/devices", json={"device": str(uuid4())})).status_code == 403, (
        "no form token"
    )


async def test_each_visit_is_answered_and_one_that_cannot_be_read_spoils_no_other(
    site: httpx.AsyncClient, devices: Devices
) -> None:
    device = str(uuid4())
    await tell(site, "devices", {"device": device})
    good = await line(devices, taken_at="0001-01-01T00:00:00Z", activity="meeting")
    odd = await line(devices, units="many")
    answer = await tell(site, "visits", sending(device, good, odd, 7, sent_at="9999-12-31T23:59:59-12:00"))
    told = {one["id"]: one["status"] for one in answer.json()["visits"]}
    assert told == {good["id"]: "recorded", odd["id"]: "unreadable", "": "unreadable"}
    (row,) = await devices.sent()
    assert (row.clock_wrong, row.activity) == (True, "meeting")
    bodies: list[Any] = [[], {"device": device}, sending(device), sending(device, *[good] * 101)]
    for body in bodies:
        assert (await tell(site, "visits", body)).status_code == 422
    cut = await site.post(
        f"{HERE}/visits", content=b'{"device": "', headers={"x-csrftoken": await csrf(site)}
    )
    assert cut.status_code == 422


async def test_the_page_that_browsers_keep_says_nothing_of_anyone(
    site: httpx.AsyncClient, devices: Devices
) -> None:
    signed_in = {language: (await site.get(f"{HERE}/{language}")).text for language in ("fi", "sv", "en")}
    worker = await site.get(f"{HERE}/worker.js")
    assert worker.headers["service-worker-allowed"] == HERE
    assert "worker-src 'self'" in worker.headers["content-security-policy"]
    kept = set(re.findall(r'"(/(?:static|provider)[^"]+)"', worker.text))
    for path in sorted(kept - {f"{HERE}/last", HERE}):
        assert (await site.get(path)).status_code == 200, path
    wanted = {
        address
        for text in signed_in.values()
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    }
    assert wanted <= kept, "everything that the page is made of is kept with it"
    site.cookies.clear()
    for language, text in signed_in.items():
        assert (await site.get(f"{HERE}/{language}")).text == text
        assert "csrf" not in text
    answer = await site.get(f"{HERE}/state")
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")


async def test_a_refused_visit_from_the_list_to_the_case_and_its_answer(
    site: httpx.AsyncClient, database: Database, devices: Devices
) -> None:
    device = str(uuid4())
    await tell(site, "devices", {"device": device})
    voucher_id = await devices.chosen()
    first = await line(devices, voucher_id=voucher_id)
    same = await line(devices, voucher_id=voucher_id, place=2)
    much = await line(devices, voucher_id=voucher_id, units=90_00, place=4)
    await tell(site, "visits", sending(device, first, same, much, taken=4))
    listed = (await site.get("/provider/visits/offline")).text
    assert "Arrived: 3 of 4" in listed
    again = re.findall(r'action="(/provider/visits/offline/[^"]+/again)"', listed)
    assert len(again) == 2
    done = {(await post_form(site, one, {})).headers["location"].rpartition("=")[2] for one in again}
    assert done == {"recorded", "refused"}, "another visit, said so; too much is too much"
    assert await devices.redeemed() == 2

    await sign_in(site, database, devices.world, Role.FINANCE_OFFICER)
    found = re.search(r"/offline-visits/[0-9a-f-]{36}", await _case(site))
    assert found
    page = await site.get(found[0])
    assert "90 hours" in page.text
    bare = await post_form(site, found[0], {"note": " ", "idempotency_key": "k1"})
    assert (bare.status_code, 'href="#f-note"' in bare.text) == (422, True)
    said = {"note": "Tunteja <liikaa>", "idempotency_key": hidden(page, "idempotency_key")}
    assert (await post_form(site, found[0], said)).headers["location"] == f"{found[0]}?done=closed"
    late = await post_form(site, found[0], said | {"idempotency_key": "k2"})
    assert late.status_code == 409
    await sign_in(site, database, devices.world, Role.PROVIDER_USER)
    assert "Tunteja &lt;liikaa&gt;" in (await site.get("/provider/visits/offline")).text
    over = await post_form(site, again[0], {})
    assert (over.status_code, "already" in over.text) == (409, True)


async def _case(site: httpx.AsyncClient) -> str:
    listed = (await site.get("/cases?view=all")).text
    case = re.search(r'href="(/cases/[0-9a-f-]{36})"', listed)
    assert case
    return (await site.get(case[1])).text
