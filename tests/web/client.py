"""The site as a test sees it: the real application on a real database, without a socket."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from registry.people.commands import begin_session, create_api_token
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW, World


async def sign_in(
    site: httpx.AsyncClient, database: Database, world: World, who: str | Role, *, now: datetime = NOW
) -> None:
    """Sign in as one of the world's people (a role, or `provider_user:1`)."""
    async with database.transaction() as session:
        token = await begin_session(session, role_grant_id=world.grants[str(who)], now=now, hours=8)
    site.cookies.set("registry_session", token)


async def csrf(site: httpx.AsyncClient) -> str:
    """The form token of this browser."""
    if "csrf" not in site.cookies:
        await site.get("/privacy")
    return site.cookies["csrf"]


async def post_form(
    site: httpx.AsyncClient, path: str, data: dict[str, Any], files: Any = None
) -> httpx.Response:
    """Send a form as a browser would, with its form token."""
    return await site.post(path, data={"_csrf_token": await csrf(site), **data}, files=files)


async def api_token(
    database: Database, world: World, role: Role, *, scopes: list[str], provider: int = 0
) -> str:
    """A machine's token for the world's organiser, or for one of its providers."""
    actor = world.provider_actor(provider) if role is Role.PROVIDER_USER else world[role]
    async with database.transaction(actor.sight) as session:
        made = await create_api_token(session, actor=actor, now=NOW, name="test", scopes=scopes, days=30)
    return made.token


def hidden(page: httpx.Response, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)
    assert found, f"no field {name} on the page"
    return found.group(1)


def identifier(value: Any) -> UUID:
    return UUID(str(value))
