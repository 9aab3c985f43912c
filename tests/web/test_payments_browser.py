"""The finance officers' payments in a real browser: two people, a batch, the bank's file, exceptions; on a phone and a
desk, in three languages, nothing sticking out and nothing inaccessible."""

import os
import re
from pathlib import Path

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect

from registry.people.commands import begin_session
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW
from tests.registry.settlement.bank.camt_files import Detail, Entry, File, camt
from tests.registry.settlement.bank.paying import Bank, credit, debit, give_account, paying_by_file

HEADINGS = {
    "fi": {"/payments": "Maksut", "/bank": "Tiliotteet", "/exceptions": "Poikkeamat"},
    "sv": {"/payments": "Betalningar", "/bank": "Kontoutdrag", "/exceptions": "Avvikelser"},
    "en": {"/payments": "Payments", "/bank": "Bank statements", "/exceptions": "Exceptions"},
}


async def session_of(bank: Bank, who: str | Role) -> str:
    async with bank.database.transaction() as session:
        return await begin_session(session, role_grant_id=bank.world.grants[str(who)], now=NOW, hours=8)


async def looked_at(page: Page, name: str) -> None:
    """Nothing wider than the window, nothing that axe objects to."""
    assert await sideways(page) == 0, f"{name} sticks out sideways"
    await assert_accessible(page)
    if folder := os.environ.get("PICTURES"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        await page.screenshot(path=Path(folder) / f"{name}_{width}.png", full_page=True)


@pytest.mark.parametrize(("width", "language"), [(PHONE, "fi"), (DESK, "sv"), (DESK, "en")])
async def test_two_officers_pay_and_settle_what_the_bank_says(
    application: Litestar, database: Database, open_page: OpenPage, width: int, language: str, tmp_path: Path
) -> None:
    bank = await paying_by_file(database, tolerance_cents=2)
    await give_account(bank, provider=1, iban="FI5542345670000081")
    await bank.owe()
    headings = HEADINGS[language]
    async with serving(application) as address:

        async def opened(who: str | Role) -> Page:
            cookies = {"registry_session": await session_of(bank, who), "language": language}
            return await open_page(width=width, language=language, base_url=address, cookies=cookies)

        maker = await opened(Role.FINANCE_OFFICER)
        await maker.goto("/payments")
        await expect(maker.locator("h1")).to_have_text(headings["/payments"])
        await looked_at(maker, "payments")
        await maker.locator("form[action='/payments/batches'] button").click()
        await maker.wait_for_url("**/payments/batches/*")
        await expect(maker.locator("form[action$='/approve']")).to_have_count(0)
        batch = re.sub(r"\?.*", "", maker.url)

        sender = await opened("second_officer")
        await sender.goto(batch)
        await sender.locator("form[action$='/approve'] button").click()
        await sender.wait_for_url("**done=approved")
        await looked_at(sender, "batch")
        async with sender.expect_download() as download:
            await sender.locator("a[href$='/file']").click()
        assert b"pain.001.001.09" in Path(await (await download.value).path()).read_bytes()

        (order,) = await bank.orders()
        fee = Entry(-1_20, (Detail(1_20, text="palvelumaksu", name="Pankki Oyj"),))
        file = tmp_path / "tiliote.xml"
        file.write_bytes(
            camt(File("053", 8, (debit(order, order.amount_cents + 1), debit(order, ref="X"), fee)))
        )
        await sender.goto("/bank")
        await expect(sender.locator("h1")).to_have_text(headings["/bank"])
        await sender.set_input_files("input[type=file]", file)
        await sender.locator("form[action='/bank'] button").click()
        await sender.wait_for_url("**done=received")
        await looked_at(sender, "bank")
        await sender.locator("main table a").first.click()
        await looked_at(sender, "bank_statement")

        await sender.goto("/exceptions")
        await expect(sender.locator("h1")).to_have_text(headings["/exceptions"])
        await expect(sender.locator("main tbody tr")).to_have_count(2)
        await looked_at(sender, "exceptions")
        await sender.locator("form[action$='/aside'] button").last.click()
        await sender.wait_for_url("**done=aside")
        await expect(sender.locator("main tbody tr")).to_have_count(1)
        await bank.says(credit(order), statement_id="STMT-2")
        await sender.goto("/exceptions")
        await expect(sender.locator("main tbody a[href^='/cases/']")).to_have_count(2)
