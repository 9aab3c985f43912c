"""Somebody who acts for a client under the own name: added, signed in, told apart in every record, ended."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.people.commands import add_guardian, begin_session, change_client
from registry.people.identity import identity_hash
from registry.people.model import Account, ClientPerson, ReadLog, RoleGrant
from registry.people.queries import guardians_of
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import DomainError
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Keys
from registry.vouchers.model import Assignment
from tests.builders import NOW, add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, hidden, post_form, sign_in

IDENTITY = "010203A9057"


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def guardian(steps: Steps, client_id: UUID | None = None, email: str = "g@example.invalid") -> UUID:
    """A guardian of the world's client, added by the own case worker; the role grant's id."""
    worker = steps.world[Role.CASE_WORKER]
    async with steps.database.transaction(worker.sight) as session:
        return await add_guardian(
            session, actor=worker, now=NOW, client_id=client_id or steps.world.client_id, name="Eeva Edustaja",
            email=email, language="sv",
        )  # fmt: skip


async def enter(site: httpx.AsyncClient, steps: Steps, grant_id: UUID) -> None:
    async with steps.database.transaction() as session:
        token = await begin_session(session, role_grant_id=grant_id, now=NOW, hours=8)
    site.cookies.set("registry_session", token)
    site.cookies.set("language", "fi")


async def test_a_case_worker_adds_a_guardian_hands_over_a_link_and_ends_it(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    client = f"/clients/{steps.world.client_id}"
    assert f"{client}/guardians" in (await site.get(client)).text
    form = await site.get(f"{client}/guardians")
    sent = {
        "idempotency_key": re.findall(r'name="idempotency_key" value="([^"]+)"', form.text)[-1],
        "name": "Eeva Edustaja", "email": "eeva@example.invalid", "language": "fi",
    }  # fmt: skip
    assert (await post_form(site, f"{client}/guardians", {**sent, "email": "eeva"})).status_code == 422
    for _ in range(2):
        added = await post_form(site, f"{client}/guardians", sent)
        assert added.headers["location"] == f"{client}/guardians?done=added"
    again = await post_form(site, f"{client}/guardians", sent | {"idempotency_key": "another"})
    assert again.status_code == 409
    listed = await site.get(f"{client}/guardians")
    assert "Eeva Edustaja" in listed.text
    async with database.transaction(steps.world.sight) as session:
        (found,) = await guardians_of(session, client_id=steps.world.client_id)
        told = list(await session.scalars(select(OutboxMessage.template)))
    assert told == ["guardian.added"]

    one = f"{client}/guardians/{found.role_grant_id}"
    made = await post_form(site, f"{one}/link", {"idempotency_key": "link"})
    code = re.search(r"/sign-in/link#([^<]+)<", made.text)
    assert code
    assert code[1] not in (await post_form(site, f"{one}/link", {"idempotency_key": "link"})).text
    other = httpx.AsyncClient(transport=site._transport, base_url=site.base_url)
    signed = await post_form(other, "/sign-in/link", {"code": code[1]})
    assert signed.headers["location"] == "/my"
    home = await other.get("/my")
    assert "Eeva Edustaja" in home.text
    assert "A. E." in home.text

    ended = await post_form(site, f"{one}/end", {"idempotency_key": "end"})
    assert ended.headers["location"] == f"{client}/guardians?done=ended"
    assert (await other.get("/my")).status_code == 303, "what was signed in with it ended with it"
    await other.aclose()


async def test_what_a_guardian_does_is_told_from_what_the_client_does(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    await enter(site, steps, await guardian(steps))
    path = f"/my/vouchers/{voucher_id}/choose/{steps.world.admissions[0]}"
    summary = await site.get(path)
    chosen = await post_form(site, path, {"idempotency_key": hidden(summary, "idempotency_key")})
    assert chosen.headers["location"] == f"/my/vouchers/{voucher_id}/chosen"
    for page in (
        chosen.headers["location"],
        f"/vouchers/{voucher_id}",
        "/my/data",
        "/my/data/file",
        "/messages",
    ):
        assert (await site.get(page)).status_code == 200, page
    async with database.transaction(steps.world.sight) as session:
        account_id = await session.scalar(select(RoleGrant.account_id).where(RoleGrant.guardian))
        event = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "voucher.chosen"))).one()
        assignment = (await session.scalars(select(Assignment))).one()
        reads = (await session.scalars(select(ReadLog))).all()
    assert (event.actor_id, event.actor_role) == (account_id, "guardian")
    assert (assignment.chosen_by, assignment.channel) == (account_id, "self")
    assert {(read.account_id, read.role) for read in reads} == {(account_id, "guardian")}

    await sign_in(site, database, steps.world, Role.CLIENT)
    data = await site.get("/my/data")
    assert "Eeva Edustaja, Edunvalvoja" in data.text
    assert "toimii puolestasi" in data.text
    assert "Eeva Edustaja (Edunvalvoja)" in (await site.get(f"/vouchers/{voucher_id}")).text


async def test_a_guardian_of_two_has_one_account_and_sees_one_client_at_a_time(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        other = await add_client(session, steps.world, name="Toinen Ihminen")
    mine, theirs = await steps.grant(), await steps.grant(client_id=other)
    first = await guardian(steps)
    await guardian(steps, other, "G@example.invalid")
    async with database.transaction(steps.world.sight) as session:
        accounts = set(await session.scalars(select(RoleGrant.account_id).where(RoleGrant.guardian)))
    assert len(accounts) == 1
    await enter(site, steps, first)
    assert (await site.get(f"/vouchers/{mine}")).status_code == 200
    assert (await site.get(f"/vouchers/{theirs}")).status_code == 404
    assert str(theirs) not in (await site.get("/my/data/file")).text
    roles = await site.get("/roles")
    assert roles.text.count("Edunvalvoja") >= 2
    assert "Toinen Ihminen" in roles.text


async def test_messages_reach_both_in_their_own_language_and_a_change_of_address_leaves_the_guardians(
    database: Database, steps: Steps
) -> None:
    grant_id = await guardian(steps, email="asiakas@example.invalid")
    worker = steps.world[Role.CASE_WORKER]
    async with database.transaction(worker.sight) as session:
        own = await session.get_one(Account, steps.world[Role.CLIENT].id)
        own.email = "asiakas@example.invalid"
        account_id = await session.scalar(select(RoleGrant.account_id).where(RoleGrant.id == grant_id))
        account = await session.get_one(Account, account_id)
        account.language = "fi"
    async with database.transaction(worker.sight) as session:
        await change_client(
            session, actor=worker, now=NOW, client_id=steps.world.client_id, email="uusi@example.invalid"
        )
    async with database.transaction(worker.sight) as session:
        own = await session.get_one(Account, steps.world[Role.CLIENT].id)
        guardians = await session.get_one(Account, account_id)
    assert (own.email, guardians.email) == ("uusi@example.invalid", "asiakas@example.invalid")


async def test_of_a_protected_client_only_the_own_case_worker_says_who_acts(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    world = steps.world
    async with database.transaction(world.sight) as session:
        (await session.get_one(ClientPerson, world.client_id)).protected = True
        colleague, world.grants["colleague"] = await add_account(
            session, "Kollega", Role.CASE_WORKER, organiser_id=world.organiser_id, sight=world.sight
        )
    path = f"/clients/{world.client_id}/guardians"
    await sign_in(site, database, world, "colleague")
    assert 'name="reason"' in (await site.get(path)).text, "first a reason"
    await post_form(site, f"/clients/{world.client_id}/reason", {"reason": "sijaistan", "next": path})
    assert (await site.get(path)).status_code == 403
    with pytest.raises(DomainError, match=r"guardian\.protected"):
        async with database.transaction(colleague.sight) as session:
            await add_guardian(
                session, actor=colleague, now=NOW, client_id=world.client_id, name="x", email="x@example.fi",
                language="fi",
            )  # fmt: skip
    await sign_in(site, database, world, Role.CASE_WORKER)
    assert (await site.get(path)).status_code == 200


async def test_nobody_but_staff_makes_a_guardian(database: Database, steps: Steps) -> None:
    for role in (Role.CLIENT, Role.AUDITOR, Role.FINANCE_OFFICER, Role.REGISTER_OFFICER):
        actor = steps.world[role]
        with pytest.raises(DomainError, match=r"guardian\.staff_only"):
            async with database.transaction(actor.sight) as session:
                await add_guardian(
                    session, actor=actor, now=NOW, client_id=steps.world.client_id, name="x",
                    email="x@example.fi", language="fi",
                )  # fmt: skip


async def test_an_administrator_finds_a_client_with_a_reason_and_sees_to_the_guardians(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    world = steps.world
    async with database.transaction(world.sight) as session:
        person = await session.get_one(ClientPerson, world.client_id)
        person.identity_hash = identity_hash(steps.keys, kind="person", code=IDENTITY)
        person.protected = True
    await sign_in(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    client = f"/clients/{world.client_id}/guardians"
    assert 'name="reason"' in (await site.get(client)).text, "first a reason"
    wanted = {"kind": "person", "identity": IDENTITY, "reason": "Maistraatin ilmoitus"}
    assert (await post_form(site, "/admin/guardians", {**wanted, "reason": ""})).status_code == 422
    nobody = await post_form(site, "/admin/guardians", {**wanted, "identity": "010203A9013"})
    assert nobody.status_code == 404
    found = await post_form(site, "/admin/guardians", wanted)
    assert found.headers["location"] == client
    form = await site.get(client)
    assert 'href="/admin/guardians"' in form.text
    assert "/caseload" not in form.text
    sent = {
        "idempotency_key": re.findall(r'name="idempotency_key" value="([^"]+)"', form.text)[-1],
        "name": "Eeva Edustaja", "email": "eeva@example.invalid", "language": "fi",
    }  # fmt: skip
    assert (await post_form(site, client, sent)).headers["location"] == f"{client}?done=added"
    async with database.transaction(world.sight) as session:
        added = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "guardian.added"))).one()
        reads = (await session.scalars(select(ReadLog))).all()
    admin = world[Role.ORGANISER_ADMINISTRATOR]
    assert (added.actor_id, added.facts["decision_seen_by"]) == (admin.id, str(admin.id))
    assert {(read.account_id, read.reason) for read in reads} == {(admin.id, "stated: Maistraatin ilmoitus")}


async def test_by_api_guardians_are_listed_added_and_ended_by_who_has_seen_the_decision(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    world = steps.world
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["guardians:write"])
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/clients/{world.client_id}/guardians"
    seen_by = str(world[Role.CASE_WORKER].id)

    async def post(address: str, key: str, **body: str) -> httpx.Response:
        return await site.post(address, json=body, headers=bearer | {"Idempotency-Key": key})

    new = {"name": "Eeva Edustaja", "email": "eeva@example.invalid", "decision_seen_by": seen_by}
    finance = await post(path, "a", **new | {"decision_seen_by": str(world[Role.FINANCE_OFFICER].id)})
    assert (finance.status_code, finance.json()["code"]) == (409, "guardian.nobody_saw_the_decision")
    assert (await post(path, "b", name="x", email="x@example.invalid")).status_code == 422
    made = await post(path, "c", **new)
    assert made.status_code == 201, made.text
    assert (await post(path, "c", **new)).json() == made.json()
    listed = (await site.get(path, headers=bearer)).json()["items"]
    assert [(one["id"], one["name"], one["ended_at"]) for one in listed] == [
        (made.json()["id"], "Eeva Edustaja", None)
    ]

    async with database.transaction(world.sight) as session:
        other = await add_client(session, world, name="Toinen Ihminen")
    of_another = f"/api/v1/clients/{other}/guardians/{made.json()['id']}/end"
    assert (await post(of_another, "d", decision_seen_by=seen_by)).status_code == 404
    end = f"{path}/{made.json()['id']}/end"
    assert (await post(end, "e", decision_seen_by=seen_by)).status_code == 200
    assert (await site.get(path, headers=bearer)).json()["items"][0]["ended_at"] is not None

    async with database.transaction(world.sight) as session:
        trail = await session.scalars(select(AuditEvent).where(AuditEvent.action.like("guardian.%")))
        told = [(event.action, event.actor_kind, event.facts["decision_seen_by"]) for event in trail]
        reads = [(read.what, read.reason) for read in await session.scalars(select(ReadLog))]
        (await session.get_one(ClientPerson, world.client_id)).protected = True
    assert sorted(told) == [("guardian.added", "token", seen_by), ("guardian.ended", "token", seen_by)]
    assert len(reads) == 2
    assert all(what == "person" and reason.startswith("stated: API") for what, reason in reads)
    for answer in (await site.get(path, headers=bearer), await post(path, "f", **new)):
        assert (answer.status_code, answer.json()["code"]) == (403, "guardian.protected")


async def test_by_api_a_token_without_the_right_sees_no_guardian(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    token = await api_token(database, steps.world, Role.CASE_WORKER, scopes=["vouchers:grant"])
    answer = await site.get(
        f"/api/v1/clients/{steps.world.client_id}/guardians", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "door.scope_missing")
