"""Users and roles, tokens, one-time links and the client's own data, through the pages."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from registry.audit.model import AuditEvent
from registry.people.commands import create_sign_in_link, log_read
from registry.people.model import Account, ApiToken, RoleChangeRequest, RoleGrant, SignInSession
from registry.people.queries import staff_of
from registry.people.rules import scopes_offered
from registry.shared.actor import Role, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, World, add_account, build_world
from tests.web.client import csrf, hidden, post_form, sign_in
from web.navigation import LINKS

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR


async def second_administrator(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        actor, grant_id = await add_account(
            session, "Second", ADMINISTRATOR, organiser_id=world.organiser_id, sight=world.sight
        )
    world.actors["second"], world.grants["second"] = actor, grant_id


async def ask_for_new_person(site: httpx.AsyncClient, **more: str) -> httpx.Response:
    page = await site.get("/admin/people/new")
    values = {
        "display_name": "Uusi Ihminen",
        "email": "uusi@example.fi",
        "language": "sv",
        "role": "case_worker",
        "idempotency_key": hidden(page, "idempotency_key"),
    }
    return await post_form(site, "/admin/people/new", values | more)


def decision_form(page: httpx.Response) -> str:
    found = re.search(r'action="(/admin/role-changes/[^"]+)"', page.text)
    assert found, "no request on the page"
    return found.group(1)


async def names(database: Database, world: World) -> set[str]:
    async with database.transaction(world.sight) as session:
        return {person.name for person in await staff_of(session, organiser_id=world.organiser_id)}


async def test_one_administrator_asks_and_another_approves(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await second_administrator(database, world)
    await sign_in(site, database, world, ADMINISTRATOR)
    answer = await ask_for_new_person(site)
    assert answer.headers["location"] == "/admin/people?done=requested"
    mine = await site.get(answer.headers["location"])
    assert "Uusi Ihminen" in mine.text
    assert 'value="approved"' not in mine.text
    refused = await post_form(site, decision_form(mine), {"decision": "approved"})
    assert refused.status_code == 409
    assert "Uusi Ihminen" not in await names(database, world)

    await sign_in(site, database, world, "second")
    theirs = await site.get("/admin/people")
    answer = await post_form(site, decision_form(theirs), {"decision": "approved"})
    assert answer.headers["location"] == "/admin/people?done=approved"
    assert "Uusi Ihminen" in await names(database, world)


async def test_an_administrator_alone_is_told_what_to_do(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, ADMINISTRATOR)
    assert "registry people grant-role" in (await site.get("/admin/people")).text
    await second_administrator(database, world)
    assert "registry people grant-role" not in (await site.get("/admin/people")).text


async def test_a_form_that_fails_comes_back_filled_in(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, ADMINISTRATOR)
    for wrong in (
        {"email": "nowhere"},
        {"role": "client"},
        {"role": ""},
        {"language": "xx"},
        {"display_name": ""},
    ):
        answer = await ask_for_new_person(site, **wrong)
        assert answer.status_code == 422
        (field,) = wrong
        assert f'href="#f-{field}"' in answer.text
        if field != "display_name":
            assert 'value="Uusi Ihminen"' in answer.text
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(RoleChangeRequest)) == 0


async def test_a_form_sent_twice_adds_one_person(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, ADMINISTRATOR)
    key = hidden(await site.get("/admin/people/new"), "idempotency_key")
    for _ in range(2):
        answer = await ask_for_new_person(site, idempotency_key=key)
        assert answer.status_code == 303
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).where(Account.display_name == "Uusi Ihminen")) == 1


async def test_a_persons_page_asks_for_roles_and_their_end(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, ADMINISTRATOR)
    path = f"/admin/people/{world[Role.REGISTER_OFFICER].id}"
    page = await site.get(path)
    assert 'value="finance_officer"' in page.text
    assert 'value="auditor"' not in page.text
    answer = await post_form(site, f"{path}/roles", {"role": "finance_officer"})
    assert answer.headers["location"] == "/admin/people?done=requested"
    again = await post_form(site, f"{path}/roles", {"role": "finance_officer"})
    assert again.status_code == 422
    answer = await post_form(site, f"{path}/roles/{world.grants[Role.REGISTER_OFFICER]}/end", {})
    assert answer.status_code == 303
    again = await post_form(site, f"{path}/roles/{world.grants[Role.REGISTER_OFFICER]}/end", {})
    assert again.status_code == 409
    assert (await site.get("/admin/people")).text.count('action="/admin/role-changes/') == 2


async def test_other_organisers_people_are_not_there(site: httpx.AsyncClient, database: Database) -> None:
    mine, theirs = await build_world(database), await build_world(database, code="turku")
    await sign_in(site, database, mine, ADMINISTRATOR)
    theirs_id = theirs[Role.CASE_WORKER].id
    assert (await site.get(f"/admin/people/{theirs_id}")).status_code == 404
    for path, data in (
        (f"/admin/people/{theirs_id}/roles", {"role": "register_officer"}),
        (f"/admin/people/{theirs_id}/roles/{theirs.grants[Role.CASE_WORKER]}/end", {}),
        (f"/admin/role-changes/{theirs.client_id}", {"decision": "approved"}),
    ):
        assert (await post_form(site, path, data)).status_code == 404, path


async def make_token(site: httpx.AsyncClient, **more: Any) -> httpx.Response:
    page = await site.get("/tokens/new")
    values = {
        "name": "Kassa",
        "rights": ["provider_user/vouchers:redeem"],
        "days": "90",
        "idempotency_key": hidden(page, "idempotency_key"),
    }
    return await post_form(site, "/tokens/new", values | more)


async def test_a_token_is_shown_once_and_works_until_revoked(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    key = hidden(await site.get("/tokens/new"), "idempotency_key")
    made = await make_token(site, idempotency_key=key)
    assert made.status_code == 200
    token = re.findall(r"svr_[A-Za-z0-9_-]{43}", made.text)[0]
    again = await make_token(site, idempotency_key=key)
    assert again.status_code == 200
    assert "svr_" not in again.text
    listed = await site.get("/tokens")
    assert "Kassa" in listed.text
    assert token not in listed.text
    async with database.transaction(world.sight) as session:
        (row,) = await session.scalars(select(ApiToken))
    answer = await post_form(site, f"/tokens/{row.id}/revoke", {})
    assert answer.headers["location"] == "/tokens?done=revoked"
    assert f"/tokens/{row.id}/revoke" not in (await site.get("/tokens")).text


async def test_a_token_needs_rights_of_one_role_that_one_may_give(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, ADMINISTRATOR)
    for rights in (
        [],
        ["finance_officer/settlement:write"],
        ["provider_user/vouchers:redeem"],
        ["auditor/audit:read", "finance_officer/settlement:read"],
        ["nonsense"],
    ):
        answer = await make_token(site, rights=rights)
        assert answer.status_code == 422, rights
        assert 'href="#f-rights"' in answer.text
    for wrong in ({"name": ""}, {"days": "9999"}, {"days": ""}):
        assert (await make_token(site, rights=["auditor/audit:read"], **wrong)).status_code == 422
    assert (await make_token(site, rights=["auditor/audit:read"])).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_whoever_may_make_tokens_finds_the_page(role: Role) -> None:
    # a provider's page of its own systems leads on to the tokens
    linked = bool({"/tokens", "/provider/systems"} & {href for href, _ in LINKS[role]})
    assert linked == bool(scopes_offered(creator=role, role=role))


async def test_a_link_signs_in_once(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        code = await create_sign_in_link(
            session, actor=system(world.organiser_id), now=NOW, role_grant_id=world.grants[Role.AUDITOR]
        )
    assert (await site.get("/sign-in/link")).status_code == 200
    answer = await post_form(site, "/sign-in/link", {"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit")
    assert "registry_session" in answer.headers["set-cookie"]
    site.cookies.delete("registry_session")
    again = await post_form(site, "/sign-in/link", {"code": code})
    assert again.status_code == 409
    assert "set-cookie" not in again.headers or "registry_session" not in again.headers["set-cookie"]
    assert code not in again.text


async def test_a_person_with_several_roles_acts_in_one_of_them_at_a_time(
    site: httpx.AsyncClient, database: Database
) -> None:
    """Also at another organiser. The old session ends, the new one lasts no longer, and the trail has the role."""
    world, other = await build_world(database), await build_world(database, code="turku")
    account_id = world[Role.CASE_WORKER].id
    officer, stranger = uuid7(), other.grants[Role.REGISTER_OFFICER]
    async with database.transaction(other.sight) as session:
        session.add(
            RoleGrant(
                id=officer, account_id=account_id, role="register_officer", organiser_id=other.organiser_id,
                granted_at=NOW,
            )
        )  # fmt: skip
    site.cookies.set("language", "en")
    await sign_in(site, database, world, Role.CASE_WORKER)
    old = site.cookies["registry_session"]
    shown = await site.get("/roles")
    assert "turku employment area" in shown.text
    assert str(officer) in shown.text
    assert str(world.grants[Role.CASE_WORKER]) not in shown.text
    assert str(stranger) not in shown.text
    for wrong in (str(stranger), str(uuid7()), "x"):
        assert (await post_form(site, "/roles", {"role": wrong})).status_code == 404
    assert (await site.get("/caseload")).status_code == 200
    switched = await post_form(site, "/roles", {"role": str(officer)})
    assert switched.headers["location"] == "/applications"
    assert (await site.get("/applications")).status_code == 200
    assert (await site.get("/caseload")).status_code == 403
    async with database.transaction(Sight(organisers=(world.organiser_id, other.organiser_id))) as session:
        events = await session.execute(
            select(AuditEvent.action, AuditEvent.actor_role, AuditEvent.organiser_id)
            .where(AuditEvent.actor_id == account_id)
            .order_by(AuditEvent.id)
        )
        assert [tuple(event) for event in events] == [
            ("session.began", "case_worker", world.organiser_id),
            ("session.ended", "case_worker", world.organiser_id),
            ("session.began", "register_officer", other.organiser_id),
        ]
        expiries = set(await session.scalars(select(SignInSession.expires_at)))
    assert expiries == {NOW + timedelta(hours=8)}
    site.cookies.clear()
    site.cookies.set("registry_session", old)
    assert (await site.get("/caseload")).headers["location"].startswith("/sign-in")


async def test_guessing_links_is_limited(site: httpx.AsyncClient, database: Database) -> None:
    await build_world(database, providers=0)
    statuses = [
        (await post_form(site, "/sign-in/link", {"code": f"guess {number}"})).status_code
        for number in range(22)
    ]
    assert statuses == [409] * 20 + [429] * 2


async def test_a_client_sees_its_data_and_who_looked(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        for what, reason in (("voucher", "own_caseload"), ("unheard_of", "stated: puhelu <b>")):
            log_read(
                session,
                actor=world[Role.CASE_WORKER],
                now=NOW,
                client_id=world.client_id,
                organiser_id=world.organiser_id,
                what=what,
                reason=reason,
            )
    await sign_in(site, database, world, Role.CLIENT)
    page = await site.get("/my/data")
    assert page.status_code == 200
    assert "Asiakas Esimerkki" in page.text
    assert "puhelu &lt;b&gt;" in page.text
    assert "unheard_of" in page.text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_pages_of_people_open_in_each_language(
    site: httpx.AsyncClient, database: Database, language: str
) -> None:
    world = await build_world(database)
    site.cookies.set("language", language)
    for role, paths in (
        (
            ADMINISTRATOR,
            (
                "/admin/people",
                "/admin/people/new",
                f"/admin/people/{world[Role.AUDITOR].id}",
                "/tokens",
                "/tokens/new",
            ),
        ),
        (Role.CLIENT, ("/my/data",)),
    ):
        await sign_in(site, database, world, role)
        for path in paths:
            answer = await site.get(path)
            assert answer.status_code == 200, path
            assert f'<html lang="{language}"' in answer.text


async def test_the_demonstration_lists_people_to_sign_in_as(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    page = await site.get("/sign-in")
    assert "Asiakas Esimerkki" in page.text
    answer = await site.post(
        "/demo/sign-in", data={"_csrf_token": await csrf(site), "person": str(world.grants[Role.CLIENT])}
    )
    assert answer.status_code == 303
    assert (await site.get("/my/data")).status_code == 200
