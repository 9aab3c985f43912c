"""From the list of exceptions to a claim that is paid, told or written off; the provider's page and letter; the API."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from registry.settlement.bank.commands import confirm_setting, propose_setting
from registry.settlement.bank.rules import Route
from registry.settlement.claims.interest import RATES
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW
from tests.registry.settlement.bank.camt_files import ACCOUNT
from tests.registry.settlement.claims.owing import Owing, owing
from tests.web.client import api_token, post_form, sign_in
from tests.web.pdf_text import pdf_text
from tests.web.test_settlement import english, press


async def fill(site: httpx.AsyncClient, page: str, action: str, **said: Any) -> httpx.Response:
    """Send the form that goes to `action`, filled in."""
    shown = (await site.get(page)).text
    form = re.search(rf'<form action="{re.escape(action)}".*?</form>', shown, re.DOTALL)
    assert form, f"no form for {action} on {page}"
    key = re.search(r'name="idempotency_key" value="([^"]+)"', form[0])
    assert key
    return await post_form(site, action, {"idempotency_key": key[1], **said})


async def claimed(site: httpx.AsyncClient, owed: Owing) -> str:
    """From the exception to the claim; its page."""
    shown = (await site.get("/exceptions")).text
    assert re.search(r'href="/claims"[^>]*>Claim it<', shown)
    nothing = await fill(site, "/claims", "/claims", statement=str(uuid4()))
    assert nothing.status_code == 404
    made = await fill(site, "/claims", "/claims", statement=str(owed.credit_id))
    assert made.status_code == 303, made.text
    return made.headers["location"].split("?")[0]


async def test_from_an_exception_to_a_claim_that_the_provider_pays(
    site: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    english(site)
    owed = await owing(database)
    await sign_in(site, database, owed.bank.world, Role.FINANCE_OFFICER)
    claim = await claimed(site, owed)
    page = (await site.get(claim)).text
    assert "RF31 2026 0000 0017" in page
    assert f"{claim}/receipts" not in page, "here the bank says what came in"
    assert (
        "It is part of the claim OULU-2026-V-0001" in (await site.get(f"/statements/{owed.credit_id}")).text
    )
    # the provider has a message without the substance, its page says how to pay, and so does the letter
    told = await owed.scalar("SELECT facts ->> 'claim' FROM outbox WHERE template = 'claim.made'")
    assert claim == f"/claims/{told}"
    await sign_in(site, database, owed.bank.world, Role.PROVIDER_USER)
    own = (await site.get("/provider/statements")).text
    assert "You owe €60.00" in own
    assert f'href="{claim}"' in own
    seen = (await site.get(claim)).text
    assert "RF31 2026 0000 0017" in seen
    assert "FI21 1234 5600 0007 85" in seen
    assert "write-off" not in seen
    letter = await site.get(f"{claim}/pdf")
    assert letter.headers["content-disposition"].endswith("OULU-2026-V-0001.pdf")
    assert b"pdfuaid:part>1<" in letter.content
    words = pdf_text(letter.content)
    assert "RF31 2026 0000 0017" in words
    assert "€60.00" in words
    # made a hundred days earlier it is late: what interest has run is told on every page, and is in no sum
    assert "Interest for late payment" not in seen + words
    monkeypatch.setitem(RATES, date(2026, 7, 1), 250)
    async with database.transaction(owed.bank.world.sight) as session:
        await session.execute(
            text("UPDATE claim SET made_at = made_at - interval '100 days', due_on = due_on - 100")
        )
    seen = (await site.get(claim)).text
    assert "By the Interest Act €1.09 has run up to 22" in seen
    assert "9.5%" in seen
    assert "Whether you ask for it" not in seen
    words = " ".join(pdf_text((await site.get(f"{claim}/pdf")).content).split())
    assert "by the Interest Act: €1.09" in words
    assert "You owe €60.00" in words
    # another provider sees nothing of it
    await sign_in(site, database, owed.bank.world, "provider_user:1")
    assert (await site.get(claim)).status_code == 404
    # too much without the reference is matched by hand on the list of exceptions, and what is too much stays there
    await owed.pays(70_00, reference="")
    await sign_in(site, database, owed.bank.world, Role.FINANCE_OFFICER)
    monkeypatch.delitem(RATES, date(2026, 7, 1))
    unset = "no interest is counted: the reference rate of that half year is not set"
    letter = await site.get(f"{claim}/pdf")
    for said in ((await site.get(claim)).text, " ".join(pdf_text(letter.content).split())):
        assert unset in said
        assert "by the interest act" not in said.lower()
    late = "/exceptions?only=claim_overdue"
    for path in ("/months", "/months/2026-11"):
        assert late in (await site.get(path)).text
    (row,) = re.findall(r'<tr role="row">\s*<th scope="row".*?</tr>', (await site.get(late)).text, re.DOTALL)
    for said in (
        "Claimed and not paid in time",
        f'href="{claim}"',
        "70 days",
        "Finance officers",
        "Ask the provider",
    ):
        assert said in row
    listed = (await site.get("/exceptions")).text
    movement = re.search(r'action="(/bank/movements/[0-9a-f-]{36}/receive)"', listed)
    assert movement
    assert (await fill(site, "/exceptions", movement[1], claim=told)).status_code == 303
    assert "Paid more than was claimed" in (await site.get("/exceptions")).text
    assert "The claim is settled" in (await site.get(claim)).text
    at_bank = re.search(r'href="(/bank/[0-9a-f-]{36})"', (await site.get(claim)).text)
    assert at_bank
    undo = re.search(rf'action="({claim}/receipts/[0-9a-f-]{{36}}/undo)"', (await site.get(at_bank[1])).text)
    assert undo
    assert (await press(site, at_bank[1], undo[1])).headers["location"] == f"{claim}?done=undone"
    assert "Partly paid" not in (await site.get(claim)).text


async def test_what_was_told_and_the_rest_written_off_by_two_people(
    site: httpx.AsyncClient, database: Database
) -> None:
    english(site)
    owed = await owing(database)
    setting = await owed.act(propose_setting, route=Route.ACCOUNTING, debtor_iban=ACCOUNT)
    await owed.act(confirm_setting, by=owed.other, setting_id=setting)
    world = owed.bank.world
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    claim = await claimed(site, owed)
    assert f'action="{claim}/receipts"' not in (await site.get(claim)).text, "whoever claimed does not tell"
    await sign_in(site, database, world, "second_officer")
    wrong = await fill(site, claim, f"{claim}/receipts", cents="20,00", received_on="2027-01-01")
    assert wrong.status_code == 422
    assert "Give a day from that of the claim on" in wrong.text
    told = await fill(site, claim, f"{claim}/receipts", cents="20,00", received_on=NOW.date().isoformat())
    assert told.headers["location"] == f"{claim}?done=told"
    refused = await fill(site, claim, f"{claim}/write-off", reason="")
    assert refused.status_code == 422
    assert (await fill(site, claim, f"{claim}/write-off", reason="Konkurssi")).status_code == 303
    own = (await site.get(claim)).text
    assert "You proposed it" in own
    assert "cancel" not in own.lower().split("if it is not paid")[1], "a part of it is paid"
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    done = await fill(site, claim, f"{claim}/write-off/decide", outcome="approved")
    assert done.headers["location"] == f"{claim}?done=written_off"
    page = (await site.get(claim)).text
    assert "€40.00 was written off" in page
    assert "Konkurssi" in page
    listed = (await site.get("/claims/claims.csv")).content.decode("utf-8-sig").splitlines()
    assert listed[1] == (
        "OULU-2026-V-0001;Valmennus 1 Oy;RF31202600000017;60,00;20,00;40,00;0,00;2026-12-22;2026-11-22;written_off"
    )
    await sign_in(site, database, world, Role.PROVIDER_USER)
    seen = (await site.get(claim)).text
    assert "Konkurssi" not in seen
    assert "€40.00" not in seen
    assert "Written off" not in seen + (await site.get("/provider/statements")).text
    told_by_api = await site.get(
        f"/api/v1{claim}", headers={"Authorization": f"Bearer {await _provider_token(database, owed)}"}
    )
    assert (told_by_api.json()["state"], told_by_api.json()["written_off_cents"]) == ("closed", None)


async def _provider_token(database: Database, owed: Owing) -> str:
    return await api_token(database, owed.bank.world, Role.PROVIDER_USER, scopes=["settlement:read"])


async def test_a_system_lists_makes_and_cancels_claims(site: httpx.AsyncClient, database: Database) -> None:
    owed = await owing(database)
    token = await api_token(
        database, owed.bank.world, Role.FINANCE_OFFICER, scopes=["settlement:read", "settlement:write"]
    )

    async def call(method: str, path: str, key: str = "", **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}
        return await site.request(method, f"/api/v1{path}", headers=headers, json=body or None)

    (owes,) = (await call("GET", "/claimable-statements")).json()["items"]
    assert (owes["statement_id"], owes["cents"]) == (str(owed.credit_id), 60_00)
    statements = [owes["statement_id"]]
    made = await call("POST", "/claims", "once", statements=statements)
    assert made.status_code == 201
    claim = made.json()
    assert (claim["state"], claim["left_cents"], claim["due_on"]) == ("claimed", 60_00, "2026-12-22")
    assert claim["late_interest"] is None
    assert (await call("POST", "/claims", "once", statements=statements)).json() == claim
    again = await call("POST", "/claims", statements=statements)
    assert (again.status_code, again.json()["code"]) == (409, "claim.claimed_already")
    assert (await call("GET", "/claimable-statements")).json()["items"] == []
    (listed,) = (await call("GET", "/claims")).json()["items"]
    assert listed == {name: claim[name] for name in listed}
    assert (await call("GET", f"/claims/{claim['id']}")).json() == claim
    owed.now = NOW + timedelta(days=1)
    await owed.pays(10_00, reference=claim["reference"])
    partly = (await call("GET", f"/claims/{claim['id']}")).json()
    assert (partly["state"], [one["cents"] for one in partly["receipts"]]) == ("partly_paid", [10_00])
    cancelled = await call("POST", f"/claims/{claim['id']}/cancellation", reason="Väärä")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "claim.partly_paid")
