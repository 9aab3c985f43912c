"""Months, statements, invoices and payments through the API."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from registry.people.commands import create_api_token
from registry.settlement.queries import invoice_file
from registry.settlement.rules import line_reference
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW, World, build_world
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    closed_october,
    invoice_csv,
    redeem_at,
    second_officer,
    show_voucher,
)
from tests.web.client import api_token

BOTH = ["settlement:read", "settlement:write"]


class Machine:
    """A caller with a token, giving each POST a key of its own unless told one."""

    def __init__(self, site: httpx.AsyncClient, token: str) -> None:
        self.site, self.headers = site, {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.site.get(f"/api/v1{path}", params=query or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": key or str(uuid4())}
        return await self.site.post(f"/api/v1{path}", json=body, headers=headers)


async def machine(
    site: httpx.AsyncClient,
    database: Database,
    world: World,
    who: str | Role,
    scopes: list[str] | None = None,
) -> Machine:
    actor = world.actors[str(who)]
    async with database.transaction(actor.sight) as session:
        made = await create_api_token(
            session, actor=actor, now=NOW, name="kone", scopes=scopes or BOTH, days=30
        )
    return Machine(site, made.token)


def invoice(lines: list[tuple[UUID | str, int]], number: str = "1001") -> dict[str, str]:
    content = invoice_csv(lines, number=number, day="2026-11-20").decode()
    return {"file_name": "lasku.csv", "content": content}


async def test_a_month_through_the_api(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await second_officer(database, world)
    shown = await show_voucher(database, world)
    first, second = [await redeem_at(database, world, shown, cents, IN_OCTOBER) for cents in (60_00, 45_50)]
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    other = await machine(site, database, world, "second_officer")
    provider = await machine(site, database, world, Role.PROVIDER_USER)

    (month, *_) = [m for m in (await officer.get("/months")).json()["items"] if m["closable"]]
    assert (month["month"], month["open_lines"], month["open_cents"]) == ("2026-10", 2, 105_50)
    closed = await officer.post("/months/2026-10/close")
    assert closed.status_code == 200
    assert closed.json() == {
        "month": "2026-10",
        "closed_at": "2026-11-22T09:00:00Z",
        "statements": 1,
        "lines": 2,
        "total_cents": 105_50,
    }
    assert (await officer.post("/months/2026-10/close")).json() == closed.json()

    (listed,) = (await provider.get("/statements", month="2026-10", state="closed")).json()["items"]
    path = f"/statements/{listed['id']}"
    lines = (await provider.get(f"{path}/lines")).json()["items"]
    assert [(line["redemption_id"], line["amount_cents"], line["match"]) for line in lines] == [
        (str(first), 60_00, None),
        (str(second), 45_50, None),
    ]
    received = await provider.post(f"{path}/invoices", invoice([(lines[0]["reference"], 61_00)]))
    assert received.status_code == 201
    assert (received.json()["statement_state"], received.json()["exceptions"]) == ("disputed", 2)
    detail = (await officer.get(path)).json()
    assert detail["matches"] == {"different": 1, "missing": 1}
    assert [line["match"] for line in detail["differing_lines"]] == ["different", "missing"]
    rejected = await officer.post(
        f"/invoices/{received.json()['id']}/reject", {"reason": "61 €, sovittu 60 €"}
    )
    assert rejected.json() == {"statement_id": listed["id"], "state": "closed", "total_cents": 105_50}

    right = await provider.post(
        f"{path}/invoices", invoice([(line["reference"], line["amount_cents"]) for line in lines], "1002")
    )
    assert right.json()["statement_state"] == "matched"
    assert (await officer.post(f"{path}/approve")).json()["state"] == "approved"
    same = await officer.post(f"{path}/pay")
    assert (same.status_code, same.json()["code"]) == (409, "settlement.same_person")
    paid = await other.post(f"{path}/pay")
    assert (paid.status_code, paid.json()["amount_cents"], paid.json()["netted"]) == (200, 105_50, [])
    again = await other.post(f"{path}/pay")
    assert (again.status_code, again.json()["code"]) == (409, "statement.paid")


async def test_the_same_key_answers_as_it_did_and_another_body_is_named(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    path = f"/statements/{october.statement_id}/invoices"
    body = invoice([(october.redemptions[0], 60_00)])
    first = await provider.post(path, body, key="one")
    assert (await provider.post(path, body, key="one")).json() == first.json()
    reused = await provider.post(path, invoice([(october.redemptions[0], 61_00)]), key="one")
    assert reused.status_code == 422
    assert [error["field"] for error in reused.json()["errors"]] == ["content"]
    # another key, the same file: still one invoice
    assert (await provider.post(path, body, key="two")).json() == first.json()
    keyless = await site.post(f"/api/v1{path}", json=body, headers=provider.headers)
    assert (keyless.status_code, keyless.json()["code"]) == (422, "idempotency.key_missing")


async def test_a_bad_file_is_answered_with_every_line_and_column(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    path = f"/statements/{october.statement_id}/invoices"
    answer = await provider.post(path, invoice([("nonsense", 1), (october.redemptions[0], 0)]))
    assert (answer.status_code, answer.json()["code"]) == (422, "invoice.unreadable")
    assert answer.json()["facts"] == {"problem_count": 2}
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("line 2: reference", "invoice.reference_malformed"),
        ("line 3: amount", "invoice.amount_zero"),
    ]
    # nothing of it was kept, so that the mended file may have the same number
    mended = await provider.post(path, invoice([(line_reference(october.redemptions[0]), 60_00)]))
    assert mended.status_code == 201


async def test_an_invoice_is_kept_as_it_was_sent(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    content = "\ufeff\r\n" + invoice([(october.redemptions[0], 60_00)])["content"] + "\r\n  \r\n"
    sent = await provider.post(
        f"/statements/{october.statement_id}/invoices",
        {"file_name": "../../etc/lasku.csv", "content": content},
    )
    assert sent.status_code == 201
    async with database.transaction(world.sight) as session:
        assert await invoice_file(session, invoice_id=UUID(sent.json()["id"])) == (
            "lasku.csv",
            content.encode(),
        )


async def test_a_provider_sees_and_acts_on_its_own_only(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    stranger = await machine(site, database, world, "provider_user:1")
    path = f"/statements/{october.statement_id}"
    assert (await stranger.get("/statements")).json() == {"items": [], "next": None}
    for answer in (
        await stranger.get(path),
        await stranger.get(f"{path}/lines"),
        await stranger.post(f"{path}/invoices", invoice([(uuid4(), 1)])),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "statement.unknown")
    for act in ("approve", "pay"):
        assert (await stranger.post(f"{path}/{act}")).status_code == 403
    assert (await stranger.get("/months")).status_code == 403


async def test_a_token_needs_its_scope(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    reader = Machine(site, await api_token(database, world, Role.FINANCE_OFFICER, scopes=["settlement:read"]))
    assert (await reader.get("/statements")).status_code == 200
    for path in ("/months/2026-10/close", f"/statements/{october.statement_id}/approve"):
        assert (await reader.post(path)).json()["code"] == "door.scope_missing"


async def test_lists_are_paged_to_their_end(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    made = [await redeem_at(database, world, shown, 10_00, IN_OCTOBER) for _ in range(5)]
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    await officer.post("/months/2026-10/close")
    (row,) = (await officer.get("/statements", limit=1)).json()["items"]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await officer.get(f"/statements/{row['id']}/lines", **query)).json()
        seen += [line["redemption_id"] for line in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert sorted(seen) == sorted(str(redemption) for redemption in made)
    assert len(seen) == 5


BAD: list[tuple[str, str, Any, int]] = [
    ("GET", "/statements?cursor=nonsense", None, 422),
    ("GET", "/statements?cursor=WyIyMDI2LTk5IiwieCJd", None, 422),
    ("GET", "/statements?month=2026-13", None, 422),
    ("GET", "/statements?state=open", None, 422),
    ("GET", "/statements?limit=0", None, 422),
    ("GET", "/statements/nonsense", None, 404),
    ("POST", "/months/2026-13/close", None, 422),
    ("POST", "/months/2026-11/close", None, 409),
    ("POST", "/statements/{id}/invoices", {}, 422),
    ("POST", "/statements/{id}/invoices", {"file_name": "x", "content": ""}, 422),
    ("POST", "/statements/{id}/invoices", {"file_name": "x", "content": "\x00"}, 422),
    ("POST", "/statements/{id}/invoices", {"file_name": "x", "content": 7}, 422),
    ("POST", "/statements/{id}/invoices", {"file_name": "x", "content": "y", "more": 1}, 422),
    ("POST", "/invoices/00000000-0000-0000-0000-000000000000/reject", {"reason": "x"}, 404),
    ("POST", "/invoices/00000000-0000-0000-0000-000000000000/reject", {"reason": "x" * 501}, 422),
    ("POST", "/invoices/00000000-0000-0000-0000-000000000000/reject", {"reason": "\x00"}, 422),
]


async def test_bad_input_gets_a_clear_answer(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    for method, path, body, status in BAD:
        address = path.replace("{id}", str(october.statement_id))
        answer = await (officer.get(address) if method == "GET" else officer.post(address, body))
        assert (method, path, body, answer.status_code) == (method, path, body, status)
        assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
