"""A provider's own system redeems: the whole way by token, each refusal with its code, each request once."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import TODAY, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token

SCOPES = ["vouchers:redeem", "vouchers:read", "choices:write"]


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


class System:
    """The provider's system: a token, and a new key for each request unless one is given."""

    def __init__(self, site: httpx.AsyncClient, token: str) -> None:
        self.site, self.token, self.sent = site, token, 0

    async def post(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> httpx.Response:
        self.sent += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"key-{self.sent}"}
        return await self.site.post(f"/api/v1/{path}", json=body or {}, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.site.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
async def system(site: httpx.AsyncClient, database: Database, steps: Steps) -> System:
    return System(site, await api_token(database, steps.world, Role.PROVIDER_USER, scopes=SCOPES))


def event(shown: str | UUID, **changes: Any) -> dict[str, Any]:
    body = {"presentation": str(shown), "units": 100, "unit_price_cents": 60_00,
            "service_date": TODAY.isoformat(), "reserve": False}  # fmt: skip
    return body | changes


async def test_the_whole_way_by_token(system: System, steps: Steps) -> None:
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    (asked,) = (await system.get("assignments")).json()["items"]
    assert (asked["state"], asked["name"], asked["email"]) == ("asked", None, None)
    assert (await system.post(f"assignments/{assignment_id}/confirmation")).json()["state"] == "confirmed"
    (taken,) = (await system.get("assignments?state=confirmed")).json()["items"]
    assert taken["name"] == "Asiakas Esimerkki"
    number, secret = await steps.code(voucher_id)
    shown = (await system.post("presentations", {"number": number, "secret": secret})).json()
    charged = (await system.post("redemptions", event(shown["id"]))).json()
    assert (charged["value_cents"], charged["available_cents"]) == (60_00, 540_00)
    held = (await system.post("redemptions", event(shown["id"], units=300, reserve=True))).json()
    captured = await system.post(f"redemptions/{held['id']}/capture", {"units": 200})
    assert captured.json() == {"id": held["id"], "state": "captured", "value_cents": 120_00}
    second = (await system.post("redemptions", event(shown["id"], reserve=True))).json()
    assert (await system.post(f"redemptions/{second['id']}/release")).json()["state"] == "released"
    undone = await system.post(f"redemptions/{charged['id']}/reversal", {"reason": "väärä päivä"})
    assert undone.json()["value_cents"] == 60_00
    assert (await system.get(f"presentations/{shown['id']}")).json()["available_cents"] == 480_00
    listed = (await system.get("redemptions?limit=2")).json()
    rest = (await system.get(f"redemptions?limit=2&after={listed['next']}")).json()
    assert [r["state"] for r in listed["items"] + rest["items"]] == ["reversed", "captured", "released"]
    assert await steps.unfit() == []


async def test_a_repeated_request_is_carried_out_once(system: System, steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    first = await system.post("redemptions", event(presentation_id), key="same")
    again = await system.post("redemptions", event(presentation_id), key="same")
    assert first.json() == again.json()
    assert len((await system.get("redemptions")).json()["items"]) == 1
    other = await system.post("redemptions", event(presentation_id, units=200), key="same")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "units")


async def test_a_refusal_is_kept_with_its_key(system: System, steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    too_much = event(presentation_id, units=11_00)
    first = await system.post("redemptions", too_much, key="same")
    again = await system.post("redemptions", too_much, key="same")
    assert (first.status_code, first.json()["code"]) == (409, "redemption.too_few_units")
    assert first.json() == again.json()
    assert first.json()["facts"] == {"units": 11_00, "units_available": 10_00}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"units": 11_00}, "redemption.too_few_units"),
        ({"unit_price_cents": 60_01}, "redemption.price_above_agreed"),
        ({"unit_price_cents": 0}, "redemption.nothing_to_pay"),
        ({"service_date": "2026-11-23"}, "redemption.date_in_future"),
        ({"service_date": "2026-11-21"}, "redemption.date_outside_validity"),
        ({"presentation": str(UUID(int=1))}, "presentation.unknown"),
    ],
)
async def test_each_refusal_has_its_own_code(
    system: System, steps: Steps, changes: dict[str, Any], code: str
) -> None:
    _, presentation_id = await steps.opened()
    answer = await system.post("redemptions", event(presentation_id, **changes))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "changes",
    [
        {"units": 0}, {"units": 10**30}, {"units": "one"}, {"units": 1.5}, {"unit_price_cents": -1},
        {"unit_price_cents": 10**20}, {"service_date": "2026-13-01"}, {"presentation": "x"}, {"extra": 1},
        {"reserve": "perhaps"}, {"service_date": None},
    ],
)  # fmt: skip
async def test_malformed_bodies_are_422_and_change_nothing(
    system: System, steps: Steps, changes: dict[str, Any]
) -> None:
    _, presentation_id = await steps.opened()
    answer = await system.post("redemptions", event(presentation_id) | changes)
    assert answer.status_code == 422, answer.text
    assert (await system.get("redemptions")).json()["items"] == []


async def test_an_unknown_number_and_a_wrong_secret_look_the_same(system: System, steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.confirm(await steps.choose(voucher_id))
    number, secret = await steps.code(voucher_id)
    wrong = await system.post("presentations", {"number": number, "secret": "0" * 16})
    unknown = await system.post("presentations", {"number": "0" * 12, "secret": secret})
    assert wrong.status_code == unknown.status_code == 409
    assert wrong.json() == unknown.json()
    for i in range(4):
        await system.post("presentations", {"number": number, "secret": f"{i:016d}"})
    limited = await system.post("presentations", {"number": number, "secret": secret})
    assert (limited.status_code, limited.json()["code"]) == (429, "presentation.too_many_attempts")
    assert limited.headers["retry-after"] == "600"


async def test_another_provider_finds_nothing(
    site: httpx.AsyncClient, database: Database, system: System, steps: Steps
) -> None:
    voucher_id, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, reserve=True)
    stranger = System(
        site, await api_token(database, steps.world, Role.PROVIDER_USER, scopes=SCOPES, provider=1)
    )
    number, secret = await steps.code(voucher_id)
    tried = await stranger.post("presentations", {"number": number, "secret": secret})
    assert tried.json()["code"] == "presentation.wrong_code"
    assert (await stranger.get(f"presentations/{presentation_id}")).status_code == 404
    assert (await stranger.post(f"redemptions/{held.id}/capture")).status_code == 404
    assert (await stranger.post("redemptions", event(presentation_id))).json()[
        "code"
    ] == "presentation.unknown"
    assert (await stranger.get("redemptions")).json()["items"] == []


async def test_every_post_needs_its_key(site: httpx.AsyncClient, system: System, steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    headers = {"Authorization": f"Bearer {system.token}"}
    answer = await site.post("/api/v1/redemptions", json=event(presentation_id), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_missing")


async def test_a_batch_is_answered_line_by_line(system: System, steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    lines: list[dict[str, Any]] = [
        event(presentation_id) | {"key": "a"},
        event(presentation_id, units=0) | {"key": "b"},
        event(presentation_id, units=11_00) | {"key": "c"},
        {"key": 7},
        event(presentation_id, reserve=True) | {"key": "a b\u00e4"},
        event(presentation_id, units=200) | {"key": "a"},
        event(presentation_id, units=200) | {"key": "d"},
    ]
    answer = (await system.post("redemption-batches", {"lines": lines})).json()
    assert [line["status"] for line in answer["lines"]] == [
        "done", "invalid", "refused", "invalid", "invalid", "invalid", "done",
    ]  # fmt: skip
    assert (answer["done"], answer["not_done"], answer["value_cents"]) == (2, 5, 180_00)
    problems = {line["line"]: line["problem"] for line in answer["lines"]}
    assert (problems[1], problems[3]["code"]) == (None, "redemption.too_few_units")
    fields = {line: [error["field"] for error in problems[line]["errors"]] for line in (2, 5, 6)}
    assert fields == {2: ["units"], 5: ["key"], 6: ["units"]}
    again = (await system.post("redemption-batches", {"lines": lines[:1]})).json()
    assert again["lines"][0] == answer["lines"][0]
    single = await system.post("redemptions", event(presentation_id), key="a")
    assert single.json() == answer["lines"][0]["redemption"], "one key, whichever way it is sent"
    assert await steps.unfit() == []


async def test_what_was_done_travels_with_the_redemption(system: System, steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    told = {"activity": "group", "attended": "group", "group_size": 4}
    lines = [
        event(presentation_id) | told | {"key": "a"},
        event(presentation_id) | {"attended": "client", "group_size": 4, "key": "b"},
        event(presentation_id) | {"activity": "the client is ill", "key": "c"},
    ]
    answer = (await system.post("redemption-batches", {"lines": lines})).json()
    assert [line["status"] for line in answer["lines"]] == ["done", "invalid", "invalid"]
    again = await system.post("redemptions", event(presentation_id), key="a")
    assert (again.status_code, again.json()["code"]) == (422, "idempotency.key_reused")
    made = (await system.get(f"redemptions/{answer['lines'][0]['redemption']['id']}")).json()
    assert {name: made[name] for name in told} == told


@pytest.mark.parametrize("lines", [[], [{}] * 1001, [1], "x", None])
async def test_what_is_no_batch(system: System, steps: Steps, lines: Any) -> None:
    answer = await system.post("redemption-batches", {"lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
