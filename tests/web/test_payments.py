"""The finance officer's payments, bank statements and exceptions, on the pages and through the API."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx

from registry.people.commands import create_api_token
from registry.settlement.bank.target_days import next_target_day
from registry.settlement.rules import StatementState
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import NOW, build_world
from tests.registry.settlement.bank.camt_files import Detail, Entry, File, camt
from tests.registry.settlement.bank.paying import Bank, credit, debit, paying_by_file
from tests.registry.settlement.builders import (
    approve,
    closed_october,
    invoice_csv,
    second_officer,
    send_invoice,
    view,
)
from tests.web.client import api_token, hidden, post_form, sign_in
from tests.web.test_settlement import english, press

S = StatementState


async def bring_in(site: httpx.AsyncClient, content: bytes) -> httpx.Response:
    page = await site.get("/bank")
    return await post_form(
        site,
        "/bank",
        {"idempotency_key": hidden(page, "idempotency_key")},
        files={"file": ("tiliote.xml", content, "application/xml")},
    )


async def sent(site: httpx.AsyncClient, bank: Bank) -> str:
    """A batch of everything, made by one person and approved by the other; its page."""
    await sign_in(site, bank.database, bank.world, Role.FINANCE_OFFICER)
    page = await site.get("/payments")
    day = next_target_day(NOW.date() + timedelta(days=1))
    made = await post_form(
        site,
        "/payments/batches",
        {"execute_on": day.isoformat(), "idempotency_key": hidden(page, "idempotency_key")},
    )
    assert made.status_code == 303, made.text
    batch = made.headers["location"].split("?")[0]
    assert f"{batch}/approve" not in (await site.get(batch)).text
    await sign_in(site, bank.database, bank.world, "second_officer")
    approved = await press(site, batch, f"{batch}/approve")
    assert approved.headers["location"] == f"{batch}?done=approved"
    return batch


async def test_from_what_is_owed_to_what_the_bank_booked(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    bank = await paying_by_file(database)
    statement_id = await bank.owe()
    batch = await sent(site, bank)
    first, again = await site.get(f"{batch}/file"), await site.get(f"{batch}/file")
    assert first.content == again.content
    assert b"105.50" in first.content
    assert first.headers["content-disposition"].startswith("attachment")
    assert (await view(database, bank.world, statement_id)).row.state is S.PAID
    waiting = (await site.get("/exceptions")).text
    assert "Sent, not booked" in waiting

    (order,) = await bank.orders()
    fee = Entry(-1_20, (Detail(1_20, text="palvelumaksu"),))
    assert (
        (await bring_in(site, camt(File("053", 8, (debit(order), fee)))))
        .headers["location"]
        .endswith("received")
    )
    assert (
        (await bring_in(site, camt(File("053", 8, (debit(order), fee)))))
        .headers["location"]
        .endswith("again")
    )
    statements = (await site.get("/bank")).text
    found = re.search(r'href="(/bank/[0-9a-f-]{36})"', statements)
    assert found
    shown = (await site.get(found[1])).text
    assert "by the order’s own id" in shown
    exceptions = await site.get("/exceptions")
    assert "palvelumaksu" in exceptions.text
    aside = re.search(r'action="(/bank/movements/[0-9a-f-]{36}/aside)"', exceptions.text)
    assert aside
    assert (await press(site, "/exceptions", aside[1])).headers["location"] == "/exceptions?done=aside"
    assert "Everything is explained" in (await site.get("/exceptions")).text

    await bring_in(site, camt(File("053", 8, (credit(order),), statement_id="STMT-2")))
    returned = (await site.get("/exceptions?only=returned")).text
    assert "Came back" in returned
    assert "/cases/" in returned
    assert (await view(database, bank.world, statement_id)).row.state is S.APPROVED
    await sent(site, bank)
    assert (await view(database, bank.world, statement_id)).row.state is S.PAID
    # while an order waits, a movement that nobody knows can be matched to it
    unknown = Entry(-5_00, (Detail(5_00, text="tuntematon"),))
    await bring_in(site, camt(File("053", 8, (unknown,), statement_id="STMT-3")))
    listed = (await site.get("/exceptions")).text
    assert re.search(r'action="/bank/movements/[0-9a-f-]{36}/match"', listed)
    assert "€105.50</option>" in listed


async def test_every_error_of_a_bank_file_is_on_the_page(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    bank = await paying_by_file(database)
    await sign_in(site, bank.database, bank.world, Role.FINANCE_OFFICER)
    broken = camt(File("053", 8, (Entry(-5_00, ()), Entry(-7_00, ())), closing=1)).replace(
        b'"EUR">7', b'"SEK">7'
    )
    answer = await bring_in(site, broken)
    assert answer.status_code == 422
    assert "The currency is not the euro." in answer.text
    assert "The statement does not add up" in answer.text
    assert "/Document/BkToCstmrStmt/Stmt/Ntry[2]/Amt" in answer.text


async def test_the_accounting_system_pays_by_list_and_says_what_it_paid(
    site: httpx.AsyncClient, database: Database
) -> None:
    english(site)
    world = await build_world(database)
    await second_officer(database, world)
    october = await closed_october(database, world)
    lines = list(zip(october.redemptions, (60_00, 45_50), strict=True))
    await send_invoice(database, world, october.statement_id, invoice_csv(lines))
    await approve(database, world, october.statement_id)
    await sign_in(site, database, world, "second_officer")
    listed = (await site.get("/payments/payables.csv")).text
    assert "105,50" in listed
    assert "Make a batch" not in (await site.get("/payments")).text

    async def read_back(content: str) -> httpx.Response:
        page = await site.get("/payments")
        return await post_form(
            site,
            "/payments/paid-status",
            {"idempotency_key": hidden(page, "idempotency_key")},
            files={"file": ("maksetut.csv", content.encode(), "text/csv")},
        )

    header, line = listed.lstrip("\ufeff").splitlines()
    wrong = await read_back(f"{header}\n{line}2026-11-20\n".replace("105,50", "105,51"))
    assert wrong.status_code == 422
    assert "The sum is not what was to be paid." in wrong.text
    assert (await view(database, world, october.statement_id)).row.state is S.APPROVED
    for _ in range(2):  # the same file again changes nothing
        assert (await read_back(f"{header}\n{line}2026-11-20\n")).status_code == 303
    assert (await view(database, world, october.statement_id)).row.state is S.PAID


async def test_how_payments_are_made_takes_two_people(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    await second_officer(database, world)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    page = await site.get("/payments")
    values = {"route": "bank_file", "debtor_name": "Oulu", "debtor_iban": "FI00", "tolerance_cents": "0,02"}
    key = {"idempotency_key": hidden(page, "idempotency_key")}
    assert (await post_form(site, "/payments/setting", values | key)).status_code == 409
    page = await site.get("/payments")
    key = {"idempotency_key": hidden(page, "idempotency_key")}
    right = values | {"debtor_iban": "FI21 1234 5600 0007 85"} | key
    assert (await post_form(site, "/payments/setting", right)).status_code == 303
    assert "/confirm" not in (await site.get("/payments")).text
    await sign_in(site, database, world, "second_officer")
    waiting = re.search(
        r'action="(/payments/setting/[0-9a-f-]{36}/confirm)"', (await site.get("/payments")).text
    )
    assert waiting
    assert (await press(site, "/payments", waiting[1])).status_code == 303
    assert "FI21 1234 5600 0007 85" in (await site.get("/payments")).text


async def test_a_system_pays_and_brings_in_statements_with_tokens(
    site: httpx.AsyncClient, database: Database
) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    scopes = ["settlement:read", "settlement:write"]
    maker = await api_token(database, bank.world, Role.FINANCE_OFFICER, scopes=scopes)
    async with database.transaction(bank.sender.sight) as session:
        made = await create_api_token(
            session, actor=bank.sender, now=NOW, name="toinen", scopes=scopes, days=30
        )

    async def call(method: str, path: str, token: str, **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        return await site.request(method, f"/api/v1{path}", headers=headers, json=body or None)

    (payable,) = (await call("GET", "/payables", maker)).json()["items"]
    assert (payable["amount_cents"], payable["account_confirmed"]) == (105_50, True)
    day = next_target_day(NOW.date() + timedelta(days=1)).isoformat()
    batch = (await call("POST", "/payment-batches", maker, execute_on=day)).json()
    own = await call("POST", f"/payment-batches/{batch['id']}/approve", maker)
    assert (own.status_code, own.json()["code"]) == (409, "payment_batch.same_person")
    approved = await call("POST", f"/payment-batches/{batch['id']}/approve", made.token)
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    file = await call("GET", f"/payment-batches/{batch['id']}/file", maker)
    assert file.headers["content-type"].startswith("application/xml")
    assert b"<CtrlSum>105.50</CtrlSum>" in file.content
    (open_one,) = (await call("GET", "/exceptions", maker)).json()["items"]
    assert (open_one["kind"], open_one["explains_cents"]) == ("not_booked", -105_50)
    (order,) = await bank.orders()
    content = camt(File("054", 2, (debit(order),))).decode()
    taken = (await call("POST", "/bank-files", maker, file_name="a.xml", content=content)).json()
    assert (taken["new_movements"], taken["matched"], taken["to_be_explained"]) == (1, 1, 0)
    assert (await call("GET", "/exceptions", maker)).json()["items"] == []
    broken = content.replace("EUR", "SEK")
    refused = await call("POST", "/bank-files", maker, file_name="b.xml", content=broken)
    assert refused.status_code == 422
    assert "/Ntfctn/Acct/Ccy" in refused.text
    assert "/Ntfctn/Ntry/Amt" in refused.text
