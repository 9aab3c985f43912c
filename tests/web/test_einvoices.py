"""E-invoices on the statement's page and through the API: every problem at once, in the reader's language."""

import base64
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.builders import closed_october, invoice_csv, view
from tests.registry.settlement.einvoices.test_selfbilling import consent
from tests.registry.settlement.einvoices.test_taking_in import of_statement
from tests.registry.settlement.test_vat import partly_outside
from tests.web.client import sign_in
from tests.web.test_settlement import english, press, upload
from tests.web.test_settlement_api import machine


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
async def test_the_page_tells_every_problem_with_its_rule_and_place(
    site: httpx.AsyncClient, database: Database, language: str
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    site.cookies.set("language", language)
    totals = replace(made.totals, gross=made.totals.gross + Decimal("0.01"))
    wrong = replace(made, totals=totals, order_reference="PO 1")
    answer = await upload(site, october.statement_id, write_ubl(wrong), "lasku.xml")
    assert answer.status_code == 422
    said = {
        "en": "The total with VAT should be 105.50, but is given as 105.51.",
        "fi": "Verollisen loppusumman pitäisi olla 105,50, mutta laskussa se on 105,51.",
        "sv": "Totalsumman med moms borde vara 105,50, men anges som 105,51.",
    }
    texts = ("BR-CO-15", "BR-CO-16", "STATEMENT-ORDER", "/Invoice/cac:OrderReference/cbc:ID", said[language])
    for text in texts:
        assert text in answer.text
    taken = await upload(site, october.statement_id, write_finvoice(made), "lasku.xml")
    assert taken.headers["location"] == f"/statements/{october.statement_id}?done=invoiced"


async def test_the_api_takes_every_syntax_and_finds_the_statement(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    wrong = replace(made, totals=replace(made.totals, vat=Decimal("1.00")), number="")
    refused = await provider.post(
        "/invoices", {"file_name": "lasku.xml", "content": write_ubl(wrong).decode()}
    )
    assert refused.status_code == 422
    told = {each["code"]: each for each in refused.json()["errors"]}
    assert set(told) == {"einvoice.BR-02", "einvoice.BR-CO-14", "einvoice.BR-CO-15"}
    assert told["einvoice.BR-CO-14"]["field"] == "/Invoice/cac:TaxTotal/cbc:TaxAmount"
    assert "1.00" in told["einvoice.BR-CO-14"]["detail"]
    assert refused.json()["facts"] == {"problem_count": 3}

    latin = write_finvoice(made).decode().replace("UTF-8", "ISO-8859-15").encode("iso-8859-15")
    body = {"file_name": "lasku.xml", "content_base64": base64.b64encode(latin).decode()}
    both = await provider.post("/invoices", body | {"content": "x"})
    assert (both.status_code, both.json()["errors"][0]["code"]) == (422, "invoice.one_content")
    taken = await provider.post("/invoices", body)
    assert taken.status_code == 201
    assert (taken.json()["statement_id"], taken.json()["statement_state"]) == (
        str(october.statement_id),
        "matched",
    )
    lost = await provider.post(
        "/invoices", {"file_name": "a.csv", "content": invoice_csv([("0" * 12, 100)]).decode()}
    )
    assert (lost.status_code, lost.json()["code"]) == (409, "invoice.statement_unknown")
    assert lost.json()["facts"] == {"on_no_statement": "0" * 12, "count": 1}


async def test_a_line_is_disputed_and_an_invoice_made_through_the_api(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    path = f"/statements/{october.statement_id}"
    dispute = f"{path}/lines/{october.redemptions[0]}/dispute"
    sent = await provider.post(dispute, {"reason": "Tunteja oli kaksi."})
    assert (sent.status_code, sent.json()["line_id"]) == (201, str(october.redemptions[0]))
    (waits,) = (await officer.get(path)).json()["waiting_lines"]
    assert (waits["dispute_id"], waits["kind"], waits["amount_cents"]) == (
        sent.json()["id"],
        "redemption",
        60_00,
    )
    (listed,) = (await officer.get("/exceptions")).json()["items"]
    assert (listed["subject"], listed["subject_id"]) == ("line_dispute", sent.json()["id"])
    again = await provider.post(dispute, {"reason": "Tunteja oli kaksi."})
    assert (again.status_code, again.json()["code"]) == (409, "dispute.waiting_already")
    assert (await officer.post(dispute, {"reason": "Ei."})).status_code == 403
    kinds, after = [], None
    while True:  # in their order, one by one
        page = (await officer.get(f"{path}/lines", limit=1, **({"cursor": after} if after else {}))).json()
        kinds += [(line["position"], line["kind"]) for line in page["items"]]
        if (after := page["next"]) is None:
            break
    assert kinds == [(1, "redemption"), (2, "redemption"), (3, "taken_off")]

    refused = await officer.post(f"{path}/self-billed-invoice")
    assert (refused.status_code, refused.json()["code"]) == (409, "selfbilling.no_consent")
    await consent(database, world)
    made = await officer.post(f"{path}/self-billed-invoice")
    assert (made.status_code, made.json()["statement_state"]) == (201, "matched")
    assert (await provider.post(f"{path}/self-billed-invoice")).status_code == 403


async def test_what_is_outside_vat_is_billed_apart_and_one_sent_back_is_made_anew(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, statement_id = await partly_outside(database)
    english(site)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    path = f"/statements/{statement_id}"
    done = await press(site, path, f"{path}/bill")
    assert done.headers["location"] == f"{path}?done=billed_apart"
    page = (await site.get(done.headers["location"])).text
    for text in ("Two invoices were made", "SB202602000015-2.xml", "Approve €180.00"):
        assert text in page
    invoices = (await view(database, world, statement_id)).invoices
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    sent_back = await officer.post(f"/invoices/{invoices[1].id}/reject", {"reason": "Tunteja oli kaksi."})
    assert sent_back.json()["state"] == "disputed"
    assert "You need not send one." not in (await site.get(path)).text
    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert "You need not send one." in (await site.get(path)).text
    anew = (await officer.post(f"{path}/self-billed-invoice")).json()
    assert (anew["number"], anew["total_cents"], anew["further_invoices"], anew["statement_state"]) == (
        "SB202602000015-3", 120_00, [], "matched",
    )  # fmt: skip


async def test_a_dispute_is_read_answered_and_taken_back_through_the_api(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    provider = await machine(site, database, world, Role.PROVIDER_USER)
    officer = await machine(site, database, world, Role.FINANCE_OFFICER)
    path = f"/statements/{october.statement_id}"
    first, second = [
        (await provider.post(f"{path}/lines/{line}/dispute", {"reason": "Tunteja oli yksi."})).json()["id"]
        for line in october.redemptions
    ]
    listed = (await provider.get(f"{path}/disputes")).json()["items"]
    assert [(one["id"], one["outcome"], one["money_waits"]) for one in listed] == [
        (first, None, True), (second, None, True),
    ]  # fmt: skip
    said = {"outcome": "reversed", "answer": "Kalenterissa on yksi."}
    assert (await provider.post(f"/disputes/{first}/answer", said)).status_code == 403
    answered = await officer.post(f"/disputes/{first}/answer", said)
    assert answered.status_code == 200
    told = answered.json()
    assert (told["outcome"], told["answer"], told["reversed"], told["back_on_statement"]) == (
        "upheld", "Kalenterissa on yksi.", True, None,
    )  # fmt: skip
    again = await officer.post(f"/disputes/{first}/answer", said)
    assert (again.status_code, again.json()["code"]) == (409, "dispute.decided")
    assert (await officer.post(f"/disputes/{second}/withdrawal")).status_code == 403
    back = await provider.post(f"/disputes/{second}/withdrawal")
    assert (back.status_code, back.json()["outcome"], back.json()["reversed"]) == (200, "withdrawn", False)
    assert (await provider.get(f"/disputes/{second}")).json() == back.json()
    assert (await officer.get(f"/statements/{second}/disputes")).status_code == 404
