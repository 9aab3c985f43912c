"""Client companies beside a company register that answers, or does not."""

from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from registry.people.commands import verify_company
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid
from registry.shared.settings import Keys, Settings
from tests.builders import NOW, build_world
from tests.registry.providers.company_register.answers import answer, company
from tests.registry.providers.company_register.server import keeps_silent, tells
from tests.web.client import api_token, hidden, post_form, sign_in
from tests.web.conftest import Clock
from tests.web.test_applying_register import with_register
from tests.web.test_voucher_kinds import language, send

NAME = "Esimerkkivalmennus Oy"


async def test_a_company_is_verified_from_its_register_when_that_answers(
    site: httpx.AsyncClient, built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock
) -> None:
    world = await build_world(database, audience="company")
    await sign_in(site, database, world, Role.CASE_WORKER)
    await language(site)
    code = "1234567-1"
    typed = {"kind": "company", "identity": code, "language": "fi", "service_languages": "fi"}

    async def cards() -> list[bool]:
        async with database.transaction(world.sight) as session:
            return list(
                await session.scalars(
                    text(
                        "SELECT identity_verified_at IS NOT NULL FROM client_person JOIN client c ON c.id = client_id"
                        " WHERE kind = 'company' AND identity_hash IS NOT NULL ORDER BY client_id"
                    )
                )
            )

    there = company(code)
    async with with_register(built, database, keys, settings, clock, keeps_silent()):
        looked = await send(site, "/clients/new", **typed, look_up="yes", name="")
        assert (looked.status_code, "marked as not verified" in looked.text) == (200, True)
        saved = await send(site, "/clients/new", **typed, name=NAME)
    assert (saved.status_code, await cards()) == (303, [False])
    page = saved.headers["location"].split("?")[0]
    assert "Not verified from the company register" in (await site.get(page)).text
    officer, client_id = world[Role.CASE_WORKER], UUID(page.rpartition("/")[2])
    async with database.transaction(world.sight) as session:
        with pytest.raises(Invalid, match="company_other_name"):  # renamed while the register was asked
            await verify_company(session, actor=officer, now=NOW, client_id=client_id, name="Vanha Oy")
    async with with_register(built, database, keys, settings, clock, tells(answer(there))):
        later = await post_form(site, f"{page}/business-id", {"idempotency_key": "v"})
    assert (later.headers["location"], await cards()) == (f"{page}?done=verified", [True])
    assert "In the company register on" in (await site.get(page)).text
    other = "2828492-2"
    typed["identity"] = other
    there = company(other)
    async with with_register(built, database, keys, settings, clock, tells(answer(there))):
        looked = await send(site, "/clients/new", **typed, look_up="yes", name="")
        assert hidden(looked, "name") == NAME
        wrong = await send(site, "/clients/new", **typed, name="Kolmas Oy")
        assert (wrong.status_code, 'href="#f-name"' in wrong.text) == (422, True)
        token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant"])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "c"}
        body = {"kind": "company", "identity": other, "name": NAME.upper()}
        assert (await site.post("/api/v1/clients", json=body, headers=headers)).status_code == 201
    assert await cards() == [True, True]


async def test_a_company_that_was_added_is_answered_as_it_was_whatever_its_register_says_since(
    site: httpx.AsyncClient, built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock
) -> None:
    world = await build_world(database, audience="company")
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant"])
    await sign_in(site, database, world, Role.CASE_WORKER)
    body = {"kind": "company", "identity": "1234567-1", "name": NAME}
    typed = body | {
        "identity": "2828492-2", "language": "fi", "service_languages": "fi", "idempotency_key": "p",
    }  # fmt: skip

    async def by_api(key: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return await site.post("/api/v1/clients", json=body, headers=headers)

    registered = [tells(answer(company(code))) for code in (body["identity"], typed["identity"])]
    async with with_register(built, database, keys, settings, clock, *registered) as asked:
        first, saved = await by_api("a"), await post_form(site, "/clients/new", typed)
        assert (first.status_code, saved.status_code, len(asked)) == (201, 303, 2)
    other = [
        {"name": "Kolmas Oy", "type": "1", "registrationDate": "2026-11-01", "version": 1, "source": "1"}
    ]
    renamed = tells(answer(company(body["identity"], names=other)))
    async with with_register(built, database, keys, settings, clock, renamed) as asked:
        again, resent = await by_api("a"), await post_form(site, "/clients/new", typed)
        assert (again.status_code, again.json()) == (201, first.json())
        assert (resent.status_code, resent.headers.get("location")) == (303, saved.headers["location"])
        assert asked == []
        assert (await by_api("another")).status_code == 422
        assert len(asked) == 1
