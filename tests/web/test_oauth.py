"""Systems that sign in by themselves: OAuth 2.0 client credentials, from the page to a call of the API."""

import re
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from sqlalchemy import func, select, text

from registry.audit.model import AuditEvent
from registry.people.api_clients.model import ApiClient
from registry.people.commands import create_api_token
from registry.people.model import ApiToken
from registry.people.queries import tokens_of
from registry.retention import delete_old
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW, World, build_world
from tests.web.client import hidden, post_form, sign_in
from tests.web.conftest import Clock

DOOR = "/api/v1/statements"


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


async def make(
    site: httpx.AsyncClient, database: Database, world: World, scopes: list[str], name: str = "Laskuri 3000"
) -> tuple[str, str]:
    """A system made on the page: its id and secret."""
    await sign_in(site, database, world, "provider_user:0")
    key = hidden(await site.get("/provider/systems/new"), "idempotency_key")
    form = {"name": name, "scopes": scopes, "idempotency_key": key}
    return shown(await post_form(site, "/provider/systems/new", form))


def shown(page: httpx.Response) -> tuple[str, str]:
    found = re.search(r'id="client-id">([^<]+)<.*id="secret">([^<]+)<', page.text, re.S)
    assert found, page.text
    return found.group(1), found.group(2)


async def ask(site: httpx.AsyncClient, client: str, secret: str, **more: str) -> httpx.Response:
    fields = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret} | more
    return await site.post("/oauth/token", data=fields)


async def call(site: httpx.AsyncClient, token: str) -> int:
    answer = await site.get(DOOR, headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_system_gets_a_token_and_uses_it_like_any_other(
    site: httpx.AsyncClient, database: Database, world: World, clock: Clock
) -> None:
    client, secret = await make(site, database, world, ["settlement:read", "vouchers:read"])
    site.cookies.clear()
    answer = await ask(site, client, secret)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == (
        "Bearer",
        3600,
        "settlement:read vouchers:read",
    )
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert await call(site, body["access_token"]) == 200
    clock.now = NOW + timedelta(seconds=3599)
    assert await call(site, body["access_token"]) == 200
    clock.now = NOW + timedelta(hours=1)
    assert await call(site, body["access_token"]) == 401


async def test_the_header_is_read_as_the_standard_writes_it(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    client, secret = await make(site, database, world, ["vouchers:read", "settlement:read"])
    pair = b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
    fields = {"grant_type": "client_credentials", "scope": "vouchers:read"}
    answer = await site.post("/oauth/token", data=fields, headers={"authorization": f"Basic {pair}"})
    assert answer.json()["scope"] == "vouchers:read"
    assert await call(site, answer.json()["access_token"]) == 403, "fewer rights were asked for"
    both = fields | {"client_secret": secret}
    answer = await site.post("/oauth/token", data=both, headers={"authorization": f"Basic {pair}"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


BASIC = {"authorization": "Basic !!!"}
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "headers", "status", "error"),
    [
        ("grant_type=client_credentials", {}, 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=x&client_secret=y", {}, 401, "invalid_client"),
        ("grant_type=client_credentials", BASIC, 401, "invalid_client"),
        ("grant_type=client_credentials", {"authorization": "Bearer x"}, 401, "invalid_client"),
        ("{who}", {}, 400, "invalid_request"),
        ("grant_type=password&{who}", {}, 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&{good}", {}, 400, "invalid_request"),
        ("grant_type=client_credentials&client_id={id}&client_secret=wrong", {}, 401, "invalid_client"),
        ("{good}&scope=audit:read", {}, 400, "invalid_scope"),
        ("{good}&scope=+", {}, 400, "invalid_scope"),
        ("{good}&x=" + "y" * 9000, {}, 400, "invalid_request"),
        ("\xff", {}, 400, "invalid_request"),
        ('{{"grant_type": "client_credentials"}}', {"content-type": "application/json"}, 400, "invalid_request"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_in_the_standards_words(
    site: httpx.AsyncClient,
    database: Database,
    world: World,
    body: str,
    headers: dict[str, str],
    status: int,
    error: str,
) -> None:
    client, secret = await make(site, database, world, ["vouchers:read"])
    who = f"client_id={client}&client_secret={secret}"
    good = f"grant_type=client_credentials&{who}"
    sent = body.format(id=client, who=who, good=good).encode("latin-1")
    answer = await site.post("/oauth/token", content=sent, headers={"content-type": FORM} | headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.headers["cache-control"] == "no-store"
    assert "access_token" not in answer.json()


async def test_two_secrets_work_while_a_system_is_changed_over(
    site: httpx.AsyncClient, database: Database, world: World, clock: Clock
) -> None:
    client, first = await make(site, database, world, ["vouchers:read"])

    async def works(secret: str) -> bool:
        return (await ask(site, client, secret)).status_code == 200

    async def change() -> str:
        key = hidden(await site.get(f"/provider/systems/{client}"), "idempotency_key")
        return shown(await post_form(site, f"/provider/systems/{client}/secret", {"idempotency_key": key}))[1]

    second = await change()
    assert (await works(first), await works(second)) == (True, True)
    clock.now = NOW + timedelta(days=7)
    await sign_in(site, database, world, "provider_user:0", now=clock.now)
    assert (await works(first), await works(second)) == (False, True)
    third = await change()
    assert (await works(first), await works(second), await works(third)) == (False, True, True)
    await post_form(site, f"/provider/systems/{client}/old-secret", {})
    assert (await works(second), await works(third)) == (False, True)


async def test_what_is_revoked_ends_at_once_with_its_tokens(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    client, secret = await make(site, database, world, ["settlement:read"])
    token = (await ask(site, client, secret)).json()["access_token"]
    assert await call(site, token) == 200
    await post_form(site, f"/provider/systems/{client}/revoke", {})
    assert await call(site, token) == 401
    assert (await ask(site, client, secret)).json()["error"] == "invalid_client"
    key = {"idempotency_key": "again"}
    assert (await post_form(site, f"/provider/systems/{client}/secret", key)).status_code == 409


async def test_no_secret_is_stored_and_what_is_done_is_recorded_as_the_systems(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    client, secret = await make(site, database, world, ["settlement:read"])
    tokens = [(await ask(site, client, secret)).json()["access_token"] for _ in range(2)]
    async with database.transaction(world.sight) as session:
        for table in ("api_client", "api_token", "audit_event", "idempotency_record"):
            rows = (await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
            assert rows
            assert not [row for row in rows for kept in (secret, *tokens) if kept[4:] in row]
        ids = {
            await session.scalar(
                text("SELECT token_id::text FROM registry_token(sha256(convert_to(:t, 'UTF8')), :at)"),
                {"t": token, "at": NOW},
            )
            for token in tokens
        }
        actions = set(await session.scalars(select(AuditEvent.action)))
    assert ids == {client}, "two tokens, one system: to the trail and to idempotency keys it is the same"
    assert "api_client.created" in actions
    async with database.transaction(world.provider_actor().sight) as session:
        assert await tokens_of(session, actor=world.provider_actor()) == []
    async with database.transaction(world.sight) as session:
        made = await create_api_token(
            session, actor=world[Role.AUDITOR], now=NOW, name="t", scopes=["audit:read"], days=1
        )
        later = NOW + timedelta(days=2)
        assert await delete_old(session, table="api_token", now=later, limit=9) == 2
        assert await session.get(ApiToken, made.id) is not None


async def test_too_many_requests_wait_and_a_guesser_shuts_nobody_out(
    site: httpx.AsyncClient, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.oauth.WRONG_AN_HOUR", 3)
    monkeypatch.setattr("web.api.oauth.TOKENS_AN_HOUR", 2)
    client, secret = await make(site, database, world, ["vouchers:read"])
    wrong = [await ask(site, client, f"wrong{n}") for n in range(5)]
    assert [answer.status_code for answer in wrong] == [401, 401, 401, 429, 429]
    assert int(wrong[-1].headers["retry-after"]) > 0
    right = [(await ask(site, client, secret)).status_code for _ in range(3)]
    assert right == [200, 200, 429]
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(ApiToken)) == 2


async def test_a_system_is_its_own_providers_alone(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    client, _ = await make(site, database, world, ["vouchers:read"])
    await sign_in(site, database, world, "provider_user:1")
    assert (await site.get(f"/provider/systems/{client}")).status_code == 404
    assert (await post_form(site, f"/provider/systems/{client}/revoke", {})).status_code == 404
    assert "Laskuri 3000" not in (await site.get("/provider/systems")).text
    async with database.transaction() as session:
        row = (await session.scalars(select(ApiClient))).one()
    assert row.revoked_at is None


async def test_a_form_without_rights_comes_back_filled_in(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, "provider_user:0")
    values: dict[str, Any] = {"name": "Ajanvaraus", "idempotency_key": "k"}
    answer = await post_form(site, "/provider/systems/new", values)
    assert answer.status_code == 422
    assert 'value="Ajanvaraus"' in answer.text
    forged = values | {"scopes": ["vouchers:grant"]}
    assert (await post_form(site, "/provider/systems/new", forged)).status_code == 422


async def test_the_metadata_says_where_and_how(site: httpx.AsyncClient) -> None:
    found = (await site.get("/.well-known/oauth-authorization-server")).json()
    assert found["token_endpoint"] == f"{found['issuer']}/oauth/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    schemes = (await site.get("/api/v1/openapi.json")).json()["components"]["securitySchemes"]
    assert schemes["system"]["flows"]["clientCredentials"]["tokenUrl"] == "/oauth/token"
    assert set(schemes["system"]["flows"]["clientCredentials"]["scopes"]) == set(found["scopes_supported"])
