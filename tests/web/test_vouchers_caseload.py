"""The caseload and the clients: one's own by default, others with a reason, every reading logged."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.people.identity import identity_hash
from registry.people.model import Account, Client, ClientPerson, ReadLog
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.builders import add_account, add_client, build_world
from tests.registry.vouchers.steps import Steps
from tests.registry.vouchers.test_queries import counted, own_clients
from tests.web.client import post_form, sign_in


@pytest.fixture
async def steps(site: httpx.AsyncClient, database: Database, keys: Keys) -> Steps:
    site.cookies.set("language", "en")
    made = Steps(database, await build_world(database), keys)
    await sign_in(site, database, made.world, Role.CASE_WORKER)
    return made


async def reads(steps: Steps) -> list[tuple[UUID, str, str]]:
    async with steps.database.transaction(steps.world.sight) as session:
        rows = await session.execute(
            select(ReadLog.client_id, ReadLog.what, ReadLog.reason).order_by(ReadLog.at, ReadLog.id)
        )
        return [(row.client_id, row.what, row.reason) for row in rows]


async def somebody_elses(steps: Steps, name: str = "Toisen Asiakas") -> tuple[UUID, UUID]:
    """A client of a colleague, and the colleague's account."""
    world = steps.world
    async with steps.database.transaction(world.sight) as session:
        colleague, _ = await add_account(
            session, "Pekka Sijainen", Role.CASE_WORKER, organiser_id=world.organiser_id, sight=world.sight
        )
        assert colleague.id is not None
        return await add_client(session, world, name=name, case_worker_id=colleague.id), colleague.id


async def test_one_page_shows_whose_matter_needs_a_case_worker(site: httpx.AsyncClient, steps: Steps) -> None:
    first, second, third = await own_clients(steps, 3)
    await steps.grant(client_id=first)
    await steps.choose(await steps.grant(client_id=second), client_id=second)
    await steps.opened(client_id=third)
    pick = await steps.choose(await steps.grant())
    await steps.decline(pick)
    page = await site.get("/caseload")
    assert "4 clients, 4 open vouchers" in page.text
    for words in (
        "granted 22 Nov 2026",
        "Valmennus 1 Oy has not answered yet",
        "The provider did not take the client",
    ):
        assert words in page.text
    names = {first: "Asiakas 00", second: "Asiakas 01"}
    assert all(name in page.text for name in names.values())
    logged = await reads(steps)
    assert {client for client, _, _ in logged} == {first, second, steps.world.client_id}
    assert {(what, reason) for _, what, reason in logged} == {("caseload", "own_caseload")}
    await site.get("/caseload")
    assert len(await reads(steps)) == len(logged)  # the same list on the same day is one reading


async def test_long_groups_are_shortened_and_shown_whole_on_demand(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    for client in await own_clients(steps, 27):
        await steps.grant(client_id=client)
    page = await site.get("/caseload")
    assert page.text.count("granted 22 Nov 2026") == 25
    assert "Show all 27" in page.text
    assert (await site.get("/caseload?all=not_chosen")).text.count("granted 22 Nov 2026") == 27


async def test_a_colleagues_caseload_needs_a_reason(site: httpx.AsyncClient, steps: Steps) -> None:
    client, colleague = await somebody_elses(steps)
    voucher = await steps.grant(client_id=client)
    assert "Toisen Asiakas" not in (await site.get("/caseload")).text
    for wrong in (
        {"colleague": str(colleague), "reason": ""},
        {"colleague": "", "reason": "Sijaistan"},
        {"colleague": "x", "reason": "Sijaistan"},
    ):
        answer = await post_form(site, "/caseload", wrong)
        assert (answer.status_code, "Toisen Asiakas" in answer.text) == (422, False)
    finance = steps.world[Role.FINANCE_OFFICER].id
    strange = await post_form(site, "/caseload", {"colleague": str(finance), "reason": "Sijaistan"})
    assert strange.status_code == 404
    assert await reads(steps) == []
    shown = await post_form(site, "/caseload", {"colleague": str(colleague), "reason": "Sijaistan"})
    assert "Clients of Pekka Sijainen" in shown.text
    assert "Toisen Asiakas" in shown.text
    assert await reads(steps) == [(client, "caseload", "stated: Sijaistan")]
    # the reason stands for the vouchers of these clients too
    assert "Toisen Asiakas" in (await site.get(f"/vouchers/{voucher}")).text


async def test_the_search_finds_own_clients_by_name_and_anybody_by_code(
    site: httpx.AsyncClient, steps: Steps, keys: Keys
) -> None:
    client, _ = await somebody_elses(steps, "Väinö Ääkkönen")
    async with steps.database.transaction(steps.world.sight) as session:
        person = await session.get_one(ClientPerson, client)
        person.identity_hash = identity_hash(keys, kind="person", code="010203A9057")
    own = await post_form(site, "/clients/search", {"search": "asiakas"})
    assert "Asiakas Esimerkki" in own.text
    assert "1 client found" in own.text
    nobody = await post_form(site, "/clients/search", {"search": "Ääkkönen"})
    assert "Nobody was found" in nobody.text
    by_code = await post_form(site, "/clients/search", {"search": "010203A9057"})
    assert f'href="/clients/{client}"' in by_code.text
    assert "Ääkkönen" not in by_code.text
    assert "A client of another case worker" in by_code.text
    assert client not in {reader for reader, _, _ in await reads(steps)}


async def test_the_search_among_colleagues_clients_needs_a_reason(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    client, _ = await somebody_elses(steps, "Väinö Ääkkönen")
    data = {"search": "ääk", "everyone": "yes"}
    refused = await post_form(site, "/clients/search", data)
    assert (refused.status_code, 'href="#f-reason"' in refused.text) == (422, True)
    assert 'value="ääk"' in refused.text
    found = await post_form(site, "/clients/search", data | {"reason": "Puhelu"})
    assert "Väinö Ääkkönen" in found.text
    assert await reads(steps) == [(client, "caseload", "stated: Puhelu")]


async def test_the_search_is_never_in_an_address(site: httpx.AsyncClient, steps: Steps) -> None:
    assert (await site.get("/clients/search?search=asiakas")).status_code == 405


@pytest.mark.parametrize("typed", ["", " ", "x" * 121, "a\x00b"])
async def test_a_search_for_nothing(site: httpx.AsyncClient, steps: Steps, typed: str) -> None:
    assert (await post_form(site, "/clients/search", {"search": typed})).status_code == 422


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'; DROP TABLE client; --", "<b>", "👩", "ſ"])
async def test_a_search_for_strange_things_finds_nobody(
    site: httpx.AsyncClient, steps: Steps, typed: str
) -> None:
    answer = await post_form(site, "/clients/search", {"search": typed})
    assert (answer.status_code, "Nobody was found" in answer.text) == (200, True)
    assert "<b>" not in answer.text


async def test_a_clients_page_shows_vouchers_tasks_and_what_can_be_granted(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    voucher = await steps.grant()
    cancelled = await steps.grant()
    await steps.cancel(cancelled)
    pick = await steps.choose(voucher)
    await steps.decline(pick)
    page = await site.get(f"/clients/{steps.world.client_id}")
    for found in (
        "Asiakas Esimerkki",
        "asiakas@example.invalid",
        f'href="/vouchers/{voucher}"',
        f'href="/vouchers/{voucher}/choose"',
        f'href="/vouchers/{cancelled}"',
        "The provider did not take the client",
        f"service={steps.world.service_id}",
    ):
        assert found in page.text
    assert await reads(steps) == [(steps.world.client_id, "person", "own_caseload")]


async def test_the_contact_of_a_protected_identity_is_for_its_own_case_worker(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    client, _ = await somebody_elses(steps)
    async with steps.database.transaction(steps.world.sight) as session:
        for one in (client, steps.world.client_id):
            (await session.get_one(ClientPerson, one)).protected = True
    own = await site.get(f"/clients/{steps.world.client_id}")
    assert "Protected identity" in own.text
    assert "asiakas@example.invalid" in own.text
    await post_form(site, f"/clients/{client}/reason", {"reason": "Sijaistan"})
    others = await site.get(f"/clients/{client}")
    assert "Protected identity" in others.text
    assert "asiakas@example.invalid" not in others.text
    assert "Oulu" not in others.text.split("<aside")[1]


async def test_another_organisers_client_is_unknown(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    other = await build_world(database, code="turku")
    assert (await site.get(f"/clients/{other.client_id}")).status_code == 404
    stated: dict[str, Any] = {"reason": "x"}
    assert (await post_form(site, f"/clients/{other.client_id}/reason", stated)).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "99999999999999999999", "٣"])
async def test_strange_page_numbers_are_the_first_page(
    site: httpx.AsyncClient, steps: Steps, page: str
) -> None:
    answer = await site.get("/clients", params={"page": page})
    assert (answer.status_code, "Asiakas Esimerkki" in answer.text) == (200, True)


async def test_the_pages_cost_the_same_however_many_clients(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    costs = []
    for number in (1, 5):
        for client in await own_clients(steps, number):
            await steps.decline(await steps.choose(await steps.grant(client_id=client), client_id=client))
        with counted(database) as statements:
            assert (await site.get("/caseload")).status_code == 200
            assert (await site.get("/clients")).status_code == 200
            assert (await post_form(site, "/clients/search", {"search": "asiakas"})).status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]


def changed(**more: Any) -> dict[str, Any]:
    return {
        "name": "Asiakas Uusinimi", "email": "uusi@example.invalid", "phone": "040 1", "municipality_code": "244",
        "language": "sv", "service_languages": ["fi", "sv"], "accessibility": ["quiet_space"], "age_band": "25_29",
        "idempotency_key": str(uuid7()),
    } | more  # fmt: skip


async def test_a_client_s_information_is_changed_and_the_trail_says_which(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    world, mine = steps.world, str(steps.world[Role.CASE_WORKER].id)
    path = f"/clients/{world.client_id}/edit"
    async with steps.database.transaction(world.sight) as session:
        client = await session.get_one(Client, world.client_id)
        client.service_languages = ["fi", "pl"]
        account = await session.get_one(Account, world[Role.CLIENT].id)
        account.email = "asiakas@example.invalid"
    form = await site.get(path)
    assert 'value="asiakas@example.invalid"' in form.text
    assert f'<option value="{mine}" selected' in form.text
    wrong = await post_form(site, path, changed(email="not an address", case_worker_id=mine))
    assert wrong.status_code == 422
    assert 'href="#f-email"' in wrong.text
    assert 'value="Asiakas Uusinimi"' in wrong.text
    saved = await post_form(site, path, changed(case_worker_id=mine))
    assert saved.headers["location"] == f"/clients/{world.client_id}?done=changed"
    card = await site.get(saved.headers["location"])
    assert "Asiakas Uusinimi" in card.text
    async with steps.database.transaction(world.sight) as session:
        client = await session.get_one(Client, world.client_id)
        account = await session.get_one(Account, world[Role.CLIENT].id)
        (event,) = await session.scalars(select(AuditEvent).where(AuditEvent.action == "client.changed"))
    assert client.service_languages == ["fi", "sv", "pl"]
    assert (account.email, account.language) == ("uusi@example.invalid", "sv")
    assert event.facts == {
        "changed": sorted([
            "name", "email", "phone", "municipality_code", "language", "service_languages", "accessibility", "age_band",
        ])
    }  # fmt: skip
    assert {reason for _, _, reason in await reads(steps)} == {"own_caseload"}


async def test_a_colleague_neither_sees_nor_changes_what_a_protected_identity_hides(
    site: httpx.AsyncClient, steps: Steps
) -> None:
    client_id, owner_id = await somebody_elses(steps)
    async with steps.database.transaction(steps.world.sight) as session:
        person = await session.get_one(ClientPerson, client_id)
        person.protected, person.email = True, "salassa@example.invalid"
    path = f"/clients/{client_id}/edit"
    assert "Why do you need to see this?" in (await site.get(path)).text
    assert "Why do you need to see this?" in (await post_form(site, path, changed())).text
    await post_form(site, f"/clients/{client_id}/reason", {"reason": "Sijaistan", "next": path})
    form = await site.get(path)
    assert "The client’s identity is protected" in form.text
    for hidden in ("salassa@", 'name="municipality_code"', 'name="protected"', 'name="case_worker_id"'):
        assert hidden not in form.text
    mine = str(steps.world[Role.CASE_WORKER].id)
    assert (await post_form(site, path, changed(case_worker_id=mine))).status_code == 303
    async with steps.database.transaction(steps.world.sight) as session:
        person = await session.get_one(ClientPerson, client_id)
        client = await session.get_one(Client, client_id)
    assert (person.name, person.protected, person.email) == (
        "Asiakas Uusinimi",
        True,
        "salassa@example.invalid",
    )
    assert (client.municipality_code, client.case_worker_id, client.language) == ("564", owner_id, "sv")
    assert {reason for _, _, reason in await reads(steps)} == {"stated: Sijaistan"}
