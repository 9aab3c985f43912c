"""Self-billing and disputed lines on the pages."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from registry.providers.bank_accounts.model import BankAccount
from registry.settlement.einvoices.reading import read_einvoice
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, World, build_world
from tests.registry.settlement.builders import closed_october
from tests.web.client import hidden, post_form, sign_in
from tests.web.test_settlement import english, press


async def account(database: Database, world: World) -> None:
    provider = world.provider_actor()
    async with database.transaction(provider.sight) as session:
        session.add(
            BankAccount(
                id=uuid7(),
                provider_id=provider.provider_id,
                iban="FI2112345600000785",
                state="in_force",
                requested_by=provider.id,
                requested_at=NOW,
                decided_by=uuid7(),
                decided_at=NOW,
            )
        )


async def consent(site: httpx.AsyncClient, world: World, **said: Any) -> httpx.Response:
    page = await site.get("/provider/self-billing")
    form = {"vat_id": "FI23456780", "untaxed_category": "E", "untaxed_reason": "AVL 37 §"} | said
    form["idempotency_key"] = hidden(page, "idempotency_key")
    return await post_form(site, f"/provider/self-billing/{world.organiser_id}", form)


async def test_an_invoice_is_made_with_consent_and_read_as_ubl_finvoice_and_pdf(
    site: httpx.AsyncClient, database: Database
) -> None:
    english(site)
    world = await build_world(database)
    october = await closed_october(database, world)
    address = f"/statements/{october.statement_id}"
    await account(database, world)

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    assert "Make the invoice" not in (await site.get(address)).text
    await sign_in(site, database, world, Role.PROVIDER_USER)
    wrong = await consent(site, world, vat_id="FI1", untaxed_reason="")
    assert wrong.status_code == 422
    assert "FI and eight digits" in wrong.text
    assert (await consent(site, world)).headers["location"] == "/provider/self-billing"
    assert "Consent given" in (await site.get("/provider/self-billing")).text

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    made = await press(site, address, f"{address}/bill")
    assert made.headers["location"] == f"{address}?done=billed"
    page = await site.get(address)
    assert "The statement and the invoices agree" in page.text
    found = re.search(r"/invoices/([0-9a-f-]{36})/finvoice", page.text)
    assert found

    await sign_in(site, database, world, Role.PROVIDER_USER)
    ubl = await site.get(f"/invoices/{found[1]}/file")
    finvoice = await site.get(f"/invoices/{found[1]}/finvoice")
    pdf = await site.get(f"/invoices/{found[1]}/pdf")
    first, problems, _ = read_einvoice(ubl.content)
    second, more, _ = read_einvoice(finvoice.content)
    assert problems == more == []
    assert first is not None
    assert second is not None
    assert (first.lines, first.totals, first.vat) == (second.lines, second.totals, second.vat)
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["content-disposition"].endswith(f"{first.number}.pdf")

    ended = await press(site, "/provider/self-billing", f"/provider/self-billing/{world.organiser_id}/end")
    assert ended.status_code == 303
    assert "Consent to self-billing" in (await site.get("/provider/self-billing")).text


TAKEN_OFF = {
    "en": "taken off while disputed", "fi": "poistettu riidan ajaksi", "sv": "borttagen under tvisten"
}  # fmt: skip


HELD = {"en": "disputed these before", "fi": "Kiistitte nämä ennen", "sv": "bestred dessa innan"}
WILL_WAIT = {
    "en": "leave it out of your invoice",
    "fi": "jätä se pois laskustasi",
    "sv": "lämna den utanför din faktura",
}


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
async def test_a_line_is_disputed_answered_and_read(
    site: httpx.AsyncClient, database: Database, language: str
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    address = f"/statements/{october.statement_id}"
    line: UUID = october.redemptions[0]
    await sign_in(site, database, world, Role.PROVIDER_USER)
    site.cookies.set("language", language)
    form = f"{address}/lines/{line}/dispute"
    assert form in (await site.get(address)).text
    asked = await site.get(form)
    assert WILL_WAIT[language] in asked.text
    key = hidden(asked, "idempotency_key")
    empty = await post_form(site, form, {"idempotency_key": key, "reason": " "})
    assert empty.status_code == 422
    sent = await post_form(site, form, {"idempotency_key": key, "reason": "Tunteja oli <kaksi>."})
    assert sent.headers["location"] == f"{address}?done=disputed"
    page = await site.get(address)
    assert form not in page.text
    found = re.search(r'href="(/disputes/[0-9a-f-]{36})"', page.text)
    assert found
    assert (
        page.text.count(f'href="{found[1]}"') == 3
    )  # beside the line, the one against it, and among the disputes
    assert HELD[language] in (await site.get("/provider/statements")).text
    written = (await site.get(f"{address}/statement.csv")).text
    assert written.count(TAKEN_OFF[language]) == 1

    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    cases = await site.get("/cases")
    case = re.search(r'href="(/cases/[0-9a-f-]{36})"', cases.text)
    assert case
    task = (await site.get(case[1])).text
    assert (f'href="{found[1]}"' in task, f"{case[1]}/close" in task) == (True, False), "answering closes it"
    shown = await site.get(found[1])
    assert "Tunteja oli &lt;kaksi&gt;." in shown.text
    answered = await post_form(
        site,
        found[1],
        {"idempotency_key": hidden(shown, "idempotency_key"), "outcome": "reversed", "answer": "Totta."},
    )
    assert answered.status_code == 303

    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert "Totta." in (await site.get(found[1])).text
    assert form not in (await site.get(address)).text  # it is to come back
    again = await post_form(site, form, {"idempotency_key": str(uuid7()), "reason": "Vielä."})
    assert again.status_code == 409
