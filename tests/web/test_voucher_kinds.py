"""The kinds of voucher on pages and by machine: results, months, late grants, renewals and companies' aid."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from registry.catalogue.queries import service as service_of
from registry.people.commands import create_api_token
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, World, add_account, build_world
from tests.registry.providers.files.samples import png
from tests.registry.vouchers.kinds.test_allowances import TERMS as MONTHS
from tests.registry.vouchers.kinds.test_allowances import Months, due
from tests.registry.vouchers.kinds.test_companies import TERMS as AID
from tests.registry.vouchers.kinds.test_results import TERMS as RESULTS
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, csrf, hidden, post_form, sign_in


async def language(site: httpx.AsyncClient) -> None:
    await site.post("/language", data={"_csrf_token": await csrf(site), "lang": "en", "next": "/"})


async def send(site: httpx.AsyncClient, path: str, **data: Any) -> httpx.Response:
    """Open the page at the path and send its form."""
    files = data.pop("files", None)
    key = hidden(await site.get(path), "idempotency_key")
    return await post_form(site, path.split("?")[0], {"idempotency_key": key, **data}, files=files)


async def second_case_worker(database: Database, world: World) -> None:
    async with database.transaction(world.sight) as session:
        _, grant = await add_account(
            session, "Toinen", Role.CASE_WORKER, organiser_id=world.organiser_id,
            sight=Sight(organisers=(world.organiser_id,)),
        )  # fmt: skip
    world.grants["second"] = grant


async def test_a_result_from_claim_to_payment(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await build_world(database, terms=RESULTS)
    steps = Steps(database, world, keys)
    voucher, shown = await steps.opened()
    await sign_in(site, database, world, Role.PROVIDER_USER)
    await language(site)
    desk = f"/provider/vouchers/{shown}"
    page = await site.get(desk)
    assert f"{desk}/results" in page.text
    assert "Redeem now" not in page.text, "no visit can be redeemed on it"
    lacking = await send(site, f"{desk}/results", milestone="start", reached_on=str(TODAY), words="")
    assert (lacking.status_code, 'href="#f-words"' in lacking.text) == (409, True)
    exe = {"file": ("paper.pdf", b"MZ", "application/pdf")}
    wrong = await send(site, f"{desk}/results", milestone="completed", reached_on=str(TODAY), files=exe)
    assert wrong.status_code == 409
    for milestone, words, files in (
        ("start", "Met on Monday", None),
        ("completed", "", {"file": ("todistus.png", png(), "image/png")}),
        ("employed_3_months", "At work", None),
    ):
        sent = await send(
            site, f"{desk}/results", milestone=milestone, reached_on=str(TODAY), words=words, files=files
        )
        assert sent.status_code == 303, sent.text
    async with database.transaction(world.sight) as session:
        rows = await session.execute(text("SELECT milestone, id FROM milestone_claim"))
        claims: dict[str, UUID] = {row.milestone: row.id for row in rows}
    asked = f"/milestones/{claims['start']}"
    await sign_in(site, database, world, Role.CASE_WORKER)
    assert "Send the answer" not in (await site.get(asked)).text, "the client is asked first"
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE milestone_claim SET claimed_at = claimed_at - interval '14 days'"))
    assert "Send the answer" in (await site.get(asked)).text
    await sign_in(site, database, world, Role.CLIENT)
    own = await site.get(f"/vouchers/{voucher}")
    assert asked in own.text
    assert "Met on Monday" in (await site.get(asked)).text
    assert "Send the answer" not in (await site.get(f"/milestones/{claims['completed']}")).text
    assert (await send(site, asked, reached="yes")).headers["location"].startswith(f"/vouchers/{voucher}")
    await sign_in(site, database, world, Role.CASE_WORKER)
    file = await site.get(f"/milestones/{claims['completed']}/file")
    assert (file.content, file.headers["content-disposition"][:10]) == (png(), "attachment")
    unreasoned = await send(site, f"/milestones/{claims['completed']}", reached="no")
    assert unreasoned.status_code == 422
    refused = await send(site, f"/milestones/{claims['completed']}", reached="no", reason="other_person")
    assert refused.status_code == 303
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant", "vouchers:read"])
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}
    address = f"/api/v1/milestone-claims/{claims['employed_3_months']}/decision"
    for _ in range(2):
        said = await site.post(address, json={"reached": True}, headers=headers)
        assert said.json() == {"id": str(claims["employed_3_months"]), "state": "paid"}
    found = await site.get(f"/api/v1/vouchers/{voucher}/milestones", headers=headers)
    assert [one["state"] for one in found.json()["items"]] == ["paid", "refused", "paid"]
    await sign_in(site, database, world, Role.PROVIDER_USER)
    told = (await site.get(f"{desk}/results")).text
    assert "The evidence is of somebody else" in told
    assert "The service began" not in re.findall(r"<option[^>]*>([^<]*)", told), "it was paid already"
    assert (await steps.voucher(voucher)).captured_cents == 700_00
    assert await steps.unfit() == []


async def test_terms_of_every_kind_from_the_form_to_the_grant(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.ORGANISER_ADMINISTRATOR)
    await language(site)
    path = f"/admin/services/{world.service_id}/terms"
    opened = await site.get(path)
    common = {
        "validity_days": "200", "confirm_within_days": "5", "reservation_days": "14", "claim_window_days": "30",
        "shortlist_size": "3", "rule_book_version": "2026-1", "retroactive_days": "20",
    }  # fmt: skip
    assert opened.status_code == 200
    months = {"worth": "150", "worth_in": "month", "unit_price_ceiling_cents": "60", "carry_over": "no"}
    wrong = await send(site, path, **common, **months, months="37")
    assert (wrong.status_code, 'href="#f-months"' in wrong.text) == (422, True)
    assert (await send(site, path, **common, **months, months="6")).status_code == 303
    assert (
        "€150.00 a month, for at most 6 months"
        in (await site.get(f"/admin/services/{world.service_id}")).text
    )
    results = {
        "worth": "", "worth_in": "results", "amount_start": "100", "evidence_start": "words",
        "confirmer_start": "client", "amount_completed": "250,50", "evidence_completed": "file",
        "confirmer_completed": "staff",
    }  # fmt: skip
    above = await send(site, path, **common, **results, above_completed="yes")
    assert (above.status_code, 'href="#f-expected_release_id"' in above.text) == (422, True)
    assert (await send(site, path, **common, **results)).status_code == 303
    async with database.transaction() as session:
        found = await service_of(session, service_id=world.service_id)
    assert found is not None
    assert found.terms is not None
    assert (found.terms.value_cents, found.terms.unit_price_ceiling_cents) == (350_50, 250_50)
    again = await site.get(path)
    assert 'value="250.50"' in again.text, "the form is filled with the terms in force"
    await sign_in(site, database, world, Role.CASE_WORKER)
    grant = f"/vouchers/grant?client={world.client_id}&service={world.service_id}"
    shown = await site.get(grant)
    assert "The service was completed" in shown.text
    granted = await send(
        site, grant, client=world.client_id, service=world.service_id, validity_days="200",
        budget_line=world.budget_line_id, in_plan="no",
    )  # fmt: skip
    assert granted.status_code == 303
    assert "€250.50" in (await site.get(granted.headers["location"])).text


async def test_the_holder_sees_the_months(site: httpx.AsyncClient, database: Database, keys: Keys) -> None:
    world = await build_world(database, terms=MONTHS)
    steps = Months(database, world, keys)
    voucher = await steps.grant()
    await steps.at(due(2))
    await sign_in(site, database, world, Role.CLIENT)
    own = (await site.get(f"/vouchers/{voucher}")).text
    assert "Seuraavan kuukauden summa tulee 22.1.2027." in own
    assert "22.12.2026" in own
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:read"])
    read = await site.get(f"/api/v1/vouchers/{voucher}", headers={"Authorization": f"Bearer {token}"})
    assert (read.json()["granted_cents"], read.json()["committed_cents"]) == (200_00, 200_00)


async def test_two_make_a_late_grant(site: httpx.AsyncClient, database: Database, keys: Keys) -> None:
    world = await build_world(database, terms={"retroactive_days": 30})
    await second_case_worker(database, world)
    await sign_in(site, database, world, Role.CASE_WORKER)
    await language(site)
    wanted = {
        "client": world.client_id, "service": world.service_id, "budget_line": world.budget_line_id,
        "reason": "urgent_start", "in_plan": "no",
    }  # fmt: skip
    path = f"/vouchers/late/propose?client={world.client_id}&service={world.service_id}"
    assert (
        path.replace("&", "&amp;")
        in (await site.get(f"/vouchers/grant?client={world.client_id}&service={world.service_id}")).text
    )
    late = await send(site, path, **wanted, events_from=str(TODAY - timedelta(days=31)))
    assert (late.status_code, 'href="#f-events_from"' in late.text) == (409, True)
    await send(site, path, **wanted, events_from=str(TODAY - timedelta(days=30)))
    own = await site.get("/vouchers/late")
    assert "Take it back" in own.text
    assert "Approve and grant" not in own.text
    action = re.findall(r'action="(/vouchers/late/[0-9a-f-]+)"', own.text)[0]
    cheat = await post_form(site, action, {"act": "approve", "idempotency_key": "x"})
    assert cheat.status_code == 409
    assert "Somebody else approves" in cheat.text
    await sign_in(site, database, world, "second")
    assert (await post_form(site, action, {"act": "approve", "idempotency_key": "y"})).status_code == 303
    assert "To the voucher" in (await site.get("/vouchers/late")).text


async def test_two_make_a_late_grant_by_machine(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await build_world(database, terms={"retroactive_days": 30})
    first = world[Role.CASE_WORKER]
    async with database.transaction(world.sight) as session:
        second, _ = await add_account(
            session, "Toinen", Role.CASE_WORKER, organiser_id=world.organiser_id,
            sight=Sight(organisers=(world.organiser_id,)),
        )  # fmt: skip
    tokens = []
    for actor in (first, first, second):
        async with database.transaction(actor.sight) as session:
            made = await create_api_token(
                session, actor=actor, now=NOW, name="own", scopes=["vouchers:grant", "vouchers:read"], days=9
            )
        tokens.append({"Authorization": f"Bearer {made.token}", "Idempotency-Key": "k"})
    order = {
        "client_id": str(world.client_id), "service": "nuorten-tyonhakuvalmennus", "budget_line": "2026-P",
        "events_from": str(TODAY - timedelta(days=31)), "reason": "urgent_start",
    }  # fmt: skip
    address = "/api/v1/late-grants"
    too_late = await site.post(address, json=order, headers=tokens[0] | {"Idempotency-Key": "late"})
    assert (too_late.status_code, too_late.json()["code"]) == (409, "retroactive.days_range")
    unknown = await site.post(address, json=order | {"service": "no"}, headers=tokens[1])
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "service")
    order["events_from"] = str(TODAY - timedelta(days=30))
    proposed = await site.post(address, json=order, headers=tokens[0])
    assert proposed.json() == (await site.post(address, json=order, headers=tokens[0])).json()
    decide = f"{address}/{proposed.json()['id']}/decision"
    own = await site.post(decide, json={"approve": True}, headers=tokens[1] | {"Idempotency-Key": "own"})
    assert (own.status_code, own.json()["code"]) == (409, "retroactive.same_person"), (
        "a second token of the first"
    )
    granted = (await site.post(decide, json={"approve": True}, headers=tokens[2])).json()
    assert (granted["approved"], granted["value_cents"]) == (True, 600_00)
    listed = (await site.get(f"{address}?state=approved&limit=1", headers=tokens[0])).json()
    assert (listed["next"], listed["items"][0]["voucher_id"]) == (None, granted["voucher_id"])
    assert listed["items"][0]["proposed_by"] == str(first.id)
    async with database.transaction(world.sight) as session:
        frozen = await session.scalar(text("SELECT count(*) FROM shortlist"))
    assert frozen == 1, "who can be chosen is fixed with the grant"


async def test_a_renewal_with_the_same_provider(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await build_world(database)
    steps = Steps(database, world, keys)
    voucher, shown = await steps.opened()
    for _ in range(10):
        await steps.redeem(shown)
    await sign_in(site, database, world, Role.CASE_WORKER)
    path = f"/vouchers/{voucher}/renew"
    assert path in (await site.get(f"/vouchers/{voucher}")).text
    done = await send(site, path, provider="same", budget_line=world.budget_line_id)
    new = UUID(done.headers["location"].removeprefix("/vouchers/").split("?")[0])
    assert (await steps.voucher(new)).renews_id == voucher
    assert (await steps.voucher(new)).state == "chosen"
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant"])
    again = await site.post(
        f"/api/v1/vouchers/{voucher}/renewal",
        json={"budget_line_id": str(world.budget_line_id)},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "a"},
    )
    assert (again.status_code, again.json()["code"]) == (409, "renewal.renewed_already")


async def test_a_company_its_people_and_its_aid(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await build_world(database, terms=AID, audience="company")
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE client_person SET identity_hash = 'x'::bytea"))
    await sign_in(site, database, world, Role.CASE_WORKER)
    await language(site)
    people = f"/clients/{world.client_id}/representatives"
    for name in ("Edna Edustaja", "Pentti Prokura"):
        added = await send(site, people, name=name, email=f"{name[:4]}@example.invalid", language="fi")
        assert added.status_code == 303
    listed = await site.get(people)
    assert "Pentti Prokura" in listed.text
    link, end = (re.findall(rf'action="([^"]*/{word})"', listed.text)[0] for word in ("link", "end"))
    made = await post_form(site, link, {"idempotency_key": "l"})
    assert "/sign-in/link#" in made.text
    assert (await post_form(site, end, {"idempotency_key": "e"})).status_code == 303
    grant = f"/vouchers/grant?client={world.client_id}&service={world.service_id}"
    wanted = {
        "client": world.client_id, "service": world.service_id, "value": "60000", "validity_days": "100",
        "budget_line": world.budget_line_id, "in_plan": "no",
    }  # fmt: skip
    assert "has not declared" in (await send(site, grant, **wanted)).text
    await sign_in(site, database, world, Role.CLIENT)
    assert "/my/aid" in (await site.get("/my")).text
    assert (await send(site, "/my/aid")).status_code == 422, "nothing said is no declaration"
    declared = await send(
        site, "/my/aid", granted_on_0="2026-01-15", granter_0="Business Finland", value_0="250 000"
    )
    assert declared.status_code == 303
    assert "Business Finland" in (await site.get("/my/aid")).text
    await sign_in(site, database, world, Role.CASE_WORKER)
    refused = await send(site, grant, **wanted)
    assert refused.status_code == 409
    assert "€300,000.00" in refused.text
    assert "€250,000.00" in refused.text
    granted = await send(site, grant, **(wanted | {"value": "50000"}))
    voucher = (await site.get(granted.headers["location"])).text
    certificate = re.findall(r'href="(/aid/[0-9a-f-]+)"', voucher)[0]
    assert "(EU) 2023/2831" in (await site.get(certificate)).text
    token = await api_token(database, world, Role.CASE_WORKER, scopes=["vouchers:grant"])
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}
    address = f"/api/v1/clients/{world.client_id}/aid-declarations"
    stands = (await site.post(address, json={"aid": []}, headers=headers)).json()
    assert (stands["counted_cents"], stands["left_cents"]) == (50_000_00, 250_000_00)
