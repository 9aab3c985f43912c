"""Every route × every role: who is let in, and who is not.

`doors.txt` is the list that a person has read and agreed to; a route that is new or opens to another role fails
here until the list says so. `python -m tests.web.test_doors` prints the list as the code has it.
"""

from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from registry.people.rules import SCOPES
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import World, build_world
from tests.web.client import api_token, csrf, sign_in

LIST = Path(__file__).parent / "doors.txt"
FRAMEWORK = ("/api/v1/schema", "/static")


def doors(app: Litestar) -> dict[tuple[str, str], frozenset[Role] | None]:
    """(method, path) → the roles that may call it; None is everyone."""
    found: dict[tuple[str, str], frozenset[Role] | None] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith(FRAMEWORK):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    found[method, route.path_format] = handler.opt["who"]
    return found


def written(found: dict[tuple[str, str], frozenset[Role] | None]) -> list[str]:
    return [
        f"{path} {method}: {'public' if who is None else ' '.join(sorted(who))}"
        for (method, path), who in sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def test_the_doors_are_those_that_were_agreed(application: Litestar) -> None:
    assert written(doors(application)) == LIST.read_text().splitlines()


def _address(path: str) -> str:
    """A path with ids that nothing has."""
    parts = [
        ("2026-01-01" if "month" in part else str(uuid7())) if part.startswith("{") else part
        for part in path.split("/")
    ]
    return "/".join(parts)


async def _call(site: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    if path.startswith("/api/"):
        return await site.request(
            method, _address(path), json={}, headers={"Idempotency-Key": str(uuid7()), **headers}
        )
    data = {"_csrf_token": await csrf(site)} if method != "GET" else None
    return await site.request(method, _address(path), data=data, headers=headers)


def _turned_away(answer: httpx.Response) -> bool:
    """Whether a door said no: signing in is asked for, or the role or scope is wrong."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/sign-in")
    return answer.status_code in (401, 403)


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database)


async def test_nobody_signed_in(application: Litestar, site: httpx.AsyncClient, world: World) -> None:
    for (method, path), who in doors(application).items():
        answer = await _call(site, method, path, {})
        assert answer.status_code < 500, (method, path, answer.text)
        if who is not None:
            assert _turned_away(answer), (method, path, answer.status_code)


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_at_each_page(
    application: Litestar, site: httpx.AsyncClient, database: Database, world: World, role: Role
) -> None:
    for (method, path), who in doors(application).items():
        if path.startswith("/api/") or path in ("/sign-out", "/demo/sign-in", "/oauth/token"):
            continue
        await sign_in(site, database, world, role)
        answer = await _call(site, method, path, {})
        assert answer.status_code < 500, (method, path, answer.text)
        let_in = who is None or role in who
        assert _turned_away(answer) != let_in, (method, path, answer.status_code)


@pytest.mark.parametrize("role", [role for role in Role if any(role in held for held in SCOPES.values())])
async def test_each_role_at_the_api(
    application: Litestar, site: httpx.AsyncClient, database: Database, world: World, role: Role
) -> None:
    scopes = [scope for scope, roles in SCOPES.items() if role in roles]
    token = await api_token(database, world, role, scopes=scopes)
    for (method, path), who in doors(application).items():
        if path.startswith("/api/"):
            answer = await _call(site, method, path, {"Authorization": f"Bearer {token}"})
            assert answer.status_code < 500, (method, path, answer.text)
            if who is not None and role not in who:
                assert answer.status_code == 403, (method, path, answer.status_code)
            else:
                assert answer.status_code not in (401, 403), (method, path, answer.text)


async def test_a_token_opens_no_page_and_a_session_no_api(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:read"])
    assert _turned_away(await site.get("/caseload", headers={"Authorization": f"Bearer {token}"}))
    await sign_in(site, database, world, Role.CASE_WORKER)
    assert (await site.get("/api/v1/vouchers")).status_code == 401


async def test_a_token_without_the_scope_is_refused(
    application: Litestar, site: httpx.AsyncClient, database: Database, world: World
) -> None:
    token = await api_token(database, world, Role.PROVIDER_USER, scopes=["settlement:read"])
    answer = await site.post(
        "/api/v1/redemptions", json={}, headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "door.scope_missing")


def _print() -> None:
    from registry.shared.settings import Settings
    from tests.conftest import TEST_KEYS
    from web.app import create_app

    unused: Any = Database("postgresql+asyncpg://nobody@127.0.0.1/none")
    print(
        "\n".join(written(doors(create_app(database=unused, keys=TEST_KEYS, settings=Settings(demo=True)))))
    )


if __name__ == "__main__":
    _print()
