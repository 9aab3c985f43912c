"""The pages and the API of cases."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from registry.cases.commands import NewCase, open_cases
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS
from registry.messages.case_providers import TABLES
from registry.people.model import ReadLog
from registry.schema import tables
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, add_client, build_world
from tests.web.client import api_token, hidden, post_form, sign_in
from web.case_texts import KINDS_WITH_TEXTS, case_text


async def open_one(database: Database, world: World, **values: Any) -> UUID:
    usual: dict[str, Any] = {
        "organiser_id": world.organiser_id,
        "kind": "voucher_refused",
        "subject_kind": "voucher",
        "subject_id": uuid7(),
        "due_on": TODAY,
        "role": Role.CASE_WORKER,
        "owner_id": world[Role.CASE_WORKER].id,
        "client_id": world.client_id,
    }
    case = NewCase(**(usual | values))
    async with database.transaction(world.sight) as session:
        opened = await open_cases(session, actor=system(world.organiser_id), now=NOW, cases=[case])
    return opened.ids[case.kind, case.subject_id]


@pytest.fixture
async def world(site: httpx.AsyncClient, database: Database) -> World:
    """A case worker signed in, in English."""
    made = await build_world(database)
    await sign_in(site, database, made, Role.CASE_WORKER)
    site.cookies.set("language", "en")
    return made


async def close(
    site: httpx.AsyncClient, case_id: UUID, resolution: str, key: str = "key-1"
) -> httpx.Response:
    return await post_form(
        site, f"/cases/{case_id}/close", {"resolution": resolution, "idempotency_key": key}
    )


def test_every_kind_has_texts() -> None:
    assert set(CASE_KINDS) == KINDS_WITH_TEXTS
    assert case_text("unheard_of").title


async def test_the_list_shows_the_own_client_s_name_and_logs_that_it_did(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.transaction(world.sight) as session:
        other = await add_client(session, world, name="Toisen Asiakas")
    await open_one(database, world)
    await open_one(database, world, client_id=other, kind="call_wanted")
    answer = await site.get("/cases")
    assert "Asiakas Esimerkki" in answer.text
    assert "Toisen Asiakas" not in answer.text
    await site.get("/cases")
    async with database.transaction(world.sight) as session:
        logged = await session.execute(select(ReadLog.client_id, ReadLog.what, ReadLog.reason))
        assert logged.all() == [(world.client_id, "case", "own_caseload")]


async def test_a_case_is_closed_once_with_what_was_done(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    case_id = await open_one(database, world)
    page = await site.get(f"/cases/{case_id}")
    assert "The client refused the voucher" in page.text
    key = hidden(page, "idempotency_key")
    done = await close(site, case_id, "Soitettu.\nSovittu uusi aika.", key)
    assert (done.status_code, done.headers["location"]) == (303, "/cases?done=closed")
    again = await close(site, case_id, "Soitettu.\nSovittu uusi aika.", key)
    assert again.status_code == 303, "the same form sent twice is one closing"
    second = await close(site, case_id, "Eri", "another-key")
    assert second.status_code == 409
    assert "closed already" in second.text
    shown = await site.get(f"/cases/{case_id}")
    assert "Sovittu uusi aika." in shown.text
    assert "Sovittu" not in (await site.get("/cases")).text
    assert "The client refused the voucher" in (await site.get("/cases?view=done")).text


@pytest.mark.parametrize(
    ("resolution", "sentence"),
    [("", "Fill in this field."), ("x" * 1001, "too long"), ("bad\x00byte", "cannot be used")],
)
async def test_a_form_that_fails_comes_back_filled_in(
    site: httpx.AsyncClient, database: Database, world: World, resolution: str, sentence: str
) -> None:
    case_id = await open_one(database, world)
    answer = await close(site, case_id, resolution)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'href="#f-resolution"' in answer.text
    assert "x" * 1001 in answer.text or len(resolution) < 1001
    async with database.transaction(world.sight) as session:
        assert (await session.scalars(select(Case.closed_at))).all() == [None]


async def test_a_case_of_nobody_can_be_taken(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    case_id = await open_one(database, world, owner_id=None)
    page = await site.get(f"/cases/{case_id}")
    assert "Nobody yet (Case worker)" in page.text
    taken = await post_form(
        site, f"/cases/{case_id}/take", {"idempotency_key": hidden(page, "idempotency_key")}
    )
    assert taken.headers["location"] == f"/cases/{case_id}"
    assert "Take this up myself" not in (await site.get(f"/cases/{case_id}")).text


async def test_a_case_of_another_role_is_unknown(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    case_id = await open_one(
        database, world, role=Role.FINANCE_OFFICER, owner_id=None, kind="statement_disputed", client_id=None
    )
    assert (await site.get(f"/cases/{case_id}")).status_code == 404
    assert (await close(site, case_id, "x")).status_code == 404
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    assert (await site.get(f"/cases/{case_id}")).status_code == 200


async def test_the_list_reads_in_as_many_queries_whatever_its_length(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    from sqlalchemy import event as listen

    statements: list[str] = []
    listen.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )

    async def cost() -> int:
        statements.clear()
        assert (await site.get("/cases")).status_code == 200
        return len(statements)

    await open_one(database, world)
    one = await cost()
    for _ in range(30):
        await open_one(database, world)
    assert await cost() == one


async def test_the_api_lists_and_closes(site: httpx.AsyncClient, database: Database, world: World) -> None:
    ids = {await open_one(database, world, kind=kind) for kind in ("call_wanted", "voucher_refused")}
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:read", "choices:write"])
    site.headers["Authorization"] = f"Bearer {token}"
    listed: list[Any] = []
    following = None
    while True:
        params = {"limit": 1} | ({"cursor": following} if following else {})
        answer = (await site.get("/api/v1/cases", params=params)).json()
        listed += answer["items"]
        following = answer["next"]
        if following is None:
            break
    assert {UUID(item["id"]) for item in listed} == ids
    assert "Asiakas" not in str(listed)
    (helped,) = (await site.get("/api/v1/cases", params={"kind": "call_wanted"})).json()["items"]

    async def finish(key: str | None, body: dict[str, Any]) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await site.post(f"/api/v1/cases/{helped['id']}/close", json=body, headers=headers)

    assert (await finish(None, {"resolution": "x"})).json()["code"] == "idempotency.key_missing"
    assert (await finish("a", {"resolution": ""})).status_code == 422
    assert (await finish("a", {"resolution": "x", "more": 1})).status_code == 422
    assert (await finish("a", {"resolution": "x"})).json() == {"id": helped["id"]}
    assert (await finish("a", {"resolution": "x"})).status_code == 200
    reused = await finish("a", {"resolution": "y"})
    assert (reused.status_code, reused.json()["errors"][0]["field"]) == (422, "resolution")
    closed = await finish("b", {"resolution": "x"})
    assert (closed.status_code, closed.json()["code"]) == (409, "case.closed_already")


@pytest.mark.parametrize(
    ("kind", "subject", "leads_to"),
    [
        ("rule_book_not_accepted", "admission", "/applications/register/"),
        ("company_changed", "provider", None),
    ],
)
async def test_a_case_names_the_provider_that_it_is_about(
    site: httpx.AsyncClient, database: Database, world: World, kind: str, subject: str, leads_to: str | None
) -> None:
    about = world.admissions[1] if subject == "admission" else world.providers[1]
    case_id = await open_one(
        database, world, kind=kind, subject_kind=subject, subject_id=about, role=Role.REGISTER_OFFICER,
        owner_id=None, client_id=None,
    )  # fmt: skip
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    page = (await site.get(f"/cases/{case_id}")).text
    assert f'<a href="/providers/{world.providers[1]}">Valmennus 2 Oy</a>' in page
    assert leads_to is None or f'href="{leads_to}{about}"' in page


def test_every_subject_that_names_a_provider_is_read_where_it_stands() -> None:
    known = tables().tables
    assert all({"id", "provider_id"} <= set(known[name].c.keys()) for name in TABLES.values())
