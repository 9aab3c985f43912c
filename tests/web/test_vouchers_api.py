"""Vouchers by machine: granted one by one and in batches, read with the reader's name, cancelled; never a secret."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from registry.choice.model import Shortlist
from registry.people.identity import identity_hash
from registry.people.model import ClientPerson, ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher
from tests.builders import add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_queries import counted, own_clients
from tests.web.client import api_token
from tests.web.test_redemption_api import System

IDENTITY = "010203A9057"
SERVICE, LINE = "nuorten-tyonhakuvalmennus", "2026-P"
SCOPES = ["vouchers:grant", "vouchers:read"]

MOVED = {"reason": "moved_away", "heard": "phone", "heard_on": "2026-11-20"}


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    made = Steps(database, await build_world(database, allocated_cents=1300_00), keys)
    async with database.transaction(made.world.sight) as session:
        person = await session.get_one(ClientPerson, made.world.client_id)
        person.identity_hash = identity_hash(keys, kind="person", code=IDENTITY)
    return made


@pytest.fixture
async def desk(site: httpx.AsyncClient, database: Database, steps: Steps) -> System:
    """The case workers' own system."""
    return System(site, await api_token(database, steps.world, Role.CASE_WORKER, scopes=SCOPES))


def order(steps: Steps, **changes: Any) -> dict[str, Any]:
    body = {"client_id": str(steps.world.client_id), "service": SERVICE, "budget_line": LINE}
    return {name: value for name, value in (body | changes).items() if value is not None}


async def count(steps: Steps) -> int:
    async with steps.database.transaction(steps.world.sight) as session:
        return await session.scalar(select(func.count()).select_from(Voucher)) or 0


async def test_granted_once_and_read_back(desk: System, steps: Steps) -> None:
    made = await desk.post("vouchers", order(steps, units=750, in_plan=True), key="one")
    again = await desk.post("vouchers", order(steps, units=750, in_plan=True), key="one")
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json() == again.json()
    assert set(made.json()) == {"id", "number", "client_id", "value_cents"}
    voucher = (await desk.get(f"vouchers/{made.json()['id']}")).json()
    assert voucher["granted_cents"] == made.json()["value_cents"] == 450_00
    assert (voucher["state"], voucher["in_plan"], voucher["pick"], voucher["redemptions"]) == (
        "granted", True, None, [],
    )  # fmt: skip
    assert (voucher["service"], voucher["units_available"], voucher["last_day"]) == (
        SERVICE,
        750,
        "2027-02-20",
    )
    async with steps.database.transaction(steps.world.sight) as session:
        assert await session.get(Shortlist, UUID(voucher["id"])) is not None


async def test_by_identity_code(desk: System, steps: Steps) -> None:
    made = await desk.post("vouchers", order(steps, client_id=None, identity=IDENTITY))
    assert made.json()["client_id"] == str(steps.world.client_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"units": 1050}, "grant.units_out_of_terms"),
        ({"value_cents": 100}, "grant.units_out_of_terms"),
        ({"validity_days": 91}, "grant.validity_out_of_terms"),
    ],
)
async def test_each_refusal_has_its_code_and_amounts(
    desk: System, steps: Steps, changes: dict[str, Any], code: str
) -> None:
    answer = await desk.post("vouchers", order(steps, **changes), key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["facts"]
    assert (await desk.post("vouchers", order(steps, **changes), key="k")).json() == answer.json()
    assert await count(steps) == 0


async def test_like_vouchers_and_short_lines(desk: System, steps: Steps) -> None:
    assert (await desk.post("vouchers", order(steps))).status_code == 201
    like = await desk.post("vouchers", order(steps))
    assert (like.status_code, like.json()["code"]) == (409, "grant.like_open")
    assert (await desk.post("vouchers", order(steps, despite_like=True))).status_code == 201
    short = await desk.post("vouchers", order(steps, despite_like=True))
    assert short.json()["facts"] == {"wanted_cents": 600_00, "left_cents": 100_00}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": str(uuid7())},
        {"client_id": None},
        {"identity": IDENTITY},
        {"client_id": None, "identity": "010203A905X"},
        {"service": "nothing"},
        {"budget_line": "nothing"},
        {"units": 0},
        {"units": 1.5},
        {"units": "750"},
        {"units": 10**30},
        {"value_cents": -1},
        {"validity_days": 0},
        {"in_plan": "yes"},
        {"service": "a\x00b"},
        {"unknown": 1},
    ],
)
async def test_malformed_bodies_are_422_and_grant_nothing(
    desk: System, steps: Steps, changes: dict[str, Any]
) -> None:
    answer = await desk.post("vouchers", order(steps, **changes))
    assert (answer.status_code, bool(answer.json()["errors"])) == (422, True)
    assert await count(steps) == 0


async def test_the_same_key_with_another_body_names_the_field(desk: System, steps: Steps) -> None:
    await desk.post("vouchers", order(steps), key="one")
    other = await desk.post("vouchers", order(steps, units=500), key="one")
    assert other.status_code == 422
    assert [error["field"] for error in other.json()["errors"]] == ["units"]


async def test_a_batch_reports_row_by_row_and_grants_once(desk: System, steps: Steps) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        second, third = [str(await add_client(session, steps.world)) for _ in range(2)]
    rows = [
        order(steps),
        order(steps, client_id=str(uuid7()), service="nothing"),
        order(steps, client_id=second),
        order(steps, client_id=third),
    ]
    dry = await desk.post("voucher-batches", {"rows": rows, "dry_run": True}, key="batch")
    assert (dry.json()["granted"], dry.json()["refused"], await count(steps)) == (2, 2, 0)
    made = await desk.post("voucher-batches", {"rows": rows}, key="batch")
    assert made.status_code == 200
    report = made.json()
    assert [[refusal["code"] for refusal in row["refusals"]] for row in report["rows"]] == [
        [], ["row.client_unknown", "row.service_unknown"], [], ["budget.short"],
    ]  # fmt: skip
    assert (report["granted"], report["refused"], report["value_cents"]) == (2, 2, 1200_00)
    assert (await desk.post("voucher-batches", {"rows": rows}, key="batch")).json() == report
    assert await count(steps) == 2
    assert await steps.unfit() == []


async def test_a_batch_costs_the_same_whatever_its_size(
    desk: System, database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        clients = [str(await add_client(session, steps.world)) for _ in range(30)]
    await desk.post("vouchers", order(steps, units=1))  # the year's first grant commits to the year's key
    costs = []
    for some in (clients[:1], clients[1:]):
        rows = [order(steps, client_id=client, units=1) for client in some]
        with counted(database) as statements:
            report = (await desk.post("voucher-batches", {"rows": rows})).json()
        assert report["refused"] == 0
        costs.append(len(statements))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("rows", [[], [{}], "x", [{"client_id": 1}]])
async def test_malformed_batches(desk: System, steps: Steps, rows: Any) -> None:
    assert (await desk.post("voucher-batches", {"rows": rows})).status_code == 422


async def test_lists_page_by_cursor_and_every_reading_is_logged(desk: System, steps: Steps) -> None:
    clients = await own_clients(steps, 5)
    vouchers = [str(await steps.grant(client_id=client, units=10)) for client in clients]
    seen: list[str] = []
    after = ""
    while True:
        page = (await desk.get(f"vouchers?limit=2{after}")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == vouchers
    assert [i["id"] for i in (await desk.get(f"vouchers?client={clients[2]}")).json()["items"]] == vouchers[
        2:3
    ]
    assert (await desk.get("vouchers?state=expired")).json() == {"items": [], "next": None}
    for bad in ("limit=0", "limit=201", "state=lost", "after=nonsense", "client=x"):
        assert (await desk.get(f"vouchers?{bad}")).status_code == 422, bad
    async with steps.database.transaction(steps.world.sight) as session:
        rows = list(await session.scalars(select(ReadLog)))
    assert {row.client_id for row in rows} == set(clients)
    assert {(row.what, row.reason) for row in rows} == {("voucher", "stated: API test")}


async def test_cancelled_once_and_the_money_is_back(desk: System, steps: Steps) -> None:
    voucher = await steps.grant()
    for _ in range(2):
        answer = await desk.post(f"vouchers/{voucher}/cancellation", MOVED, key="c")
        assert answer.json() == {"id": str(voucher), "state": "cancelled", "returned_cents": 600_00}
    again = await desk.post(f"vouchers/{voucher}/cancellation", MOVED)
    assert (again.status_code, again.json()["code"]) == (409, "voucher.cancelled")
    strange = await desk.post(f"vouchers/{voucher}/cancellation", MOVED | {"reason": "because"})
    assert strange.status_code == 422
    assert (await desk.post(f"vouchers/{uuid4()}/cancellation", MOVED)).status_code == 404
    assert (await steps.line()).granted_cents == 0


async def test_no_answer_holds_the_secret(
    site: httpx.AsyncClient, database: Database, desk: System, steps: Steps
) -> None:
    voucher, shown = await steps.opened()
    await steps.redeem(shown)
    _, secret = await steps.code(voucher)
    provider = System(
        site,
        await api_token(
            database, steps.world, Role.PROVIDER_USER, scopes=["vouchers:read", "vouchers:redeem"]
        ),
    )
    answers = [await desk.get(path) for path in ("vouchers", f"vouchers/{voucher}", "redemptions")]
    answers += [
        await provider.get(path) for path in ("presentations", f"presentations/{shown}", "redemptions")
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert secret not in answer.text
    for path in ("vouchers", f"vouchers/{voucher}"):
        assert (await provider.get(path)).status_code == 403


async def test_another_organisers_system_finds_nothing(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher = await steps.grant()
    other = await build_world(database, code="turku")
    system = System(site, await api_token(database, other, Role.CASE_WORKER, scopes=SCOPES))
    assert (await system.get(f"vouchers/{voucher}")).status_code == 404
    assert (await system.get("vouchers")).json()["items"] == []
    answer = await system.post(f"vouchers/{voucher}/cancellation", MOVED)
    assert answer.status_code == 404
    theirs = await system.post("vouchers", order(steps))
    assert theirs.status_code == 422  # neither this client nor, to it, anybody
    assert (await steps.voucher(voucher)).state == "granted"


async def test_presentations_page_by_cursor(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    token = await api_token(database, steps.world, Role.PROVIDER_USER, scopes=["vouchers:read"])
    system = System(site, token)
    shown = [str((await steps.opened(units=10))[1]) for _ in range(3)]
    changed, gone = await steps.opened(units=10)
    await steps.choose(changed, 1)
    first = (await system.get("presentations?limit=2")).json()
    rest = (await system.get(f"presentations?limit=2&after={first['next']}")).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == shown
    assert rest["next"] is None
    assert str(gone) not in str(first) + str(rest)


async def test_every_operation_says_how_it_can_fail(site: httpx.AsyncClient) -> None:
    document = (await site.get("/api/v1/openapi.json")).json()
    grant = document["paths"]["/api/v1/vouchers"]["post"]["responses"]
    assert {"201", "401", "403", "409", "422"} <= set(grant)
    example = grant["409"]["content"]["application/problem+json"]["examples"]["budget_short"]["value"]
    assert example["detail"] == "The budget line has €15.00 left, and €600.00 is needed."
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert "application/problem+json" in response["content"], f"{method} {path} {status}"
                    assert "%(" not in str(response), f"{method} {path} {status}"
