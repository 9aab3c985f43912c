"""The finance officer's month in a real browser, from redeemed visits to the month's figures: closing, an invoice that is
wrong and one that is right, four eyes, the bank's statement read back; in three languages, on a phone and a desk."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from litestar import Litestar
from playwright.async_api import Page, expect

from registry.checks.bank import BANK
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.run import examine
from registry.shared.actor import Role, Sight
from registry.shared.database import Database, see
from tests.browser import DESK, PHONE, OpenPage, serving
from tests.registry.settlement.bank.camt_files import File, camt
from tests.registry.settlement.bank.paying import Bank, debit, paying_by_file
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    OCTOBER,
    invoice_csv,
    only_statement,
    redeem_at,
    show_voucher,
)
from tests.web.test_payments_browser import looked_at, session_of

MONTH = "/months/2026-10"


async def press(page: Page, action: str) -> None:
    """Press the button of the form that goes there, and wait for what comes of it."""
    await page.locator(
        f"form[action$='{action}'] button[type=submit], form[action$='{action}'] button"
    ).first.click()


async def send(
    provider: Page, statement: str, folder: Path, lines: list[tuple[UUID, int]], number: str
) -> None:
    """The provider uploads an invoice of these lines."""
    file = folder / f"lasku-{number}.csv"
    file.write_bytes(invoice_csv(list(lines), number=number))
    await provider.goto(statement)
    await provider.set_input_files("input[type=file]", file)
    await press(provider, "/invoices")
    await provider.wait_for_url(re.compile(r"done="))


async def pays(maker: Page, sender: Page) -> None:
    """A batch by one officer, approved by the other; the maker has no button for that."""
    await maker.goto("/payments")
    await press(maker, "/payments/batches")
    await maker.wait_for_url("**/payments/batches/*")
    await expect(maker.locator("form[action$='/approve']")).to_have_count(0)
    batch = re.sub(r"\?.*", "", maker.url)
    await sender.goto(batch)
    await press(sender, "/approve")
    await sender.wait_for_url("**done=approved")


async def sound(bank: Bank) -> None:
    async with bank.database.transaction() as session:
        await see(session, Sight(organisers=(bank.world.organiser_id,)))
        found = [await examine(session, one) for one in (*LEDGER, *SETTLEMENT, *BANK)]
    assert [one.line() for one in found if not one.ok] == []


@pytest.mark.parametrize(("width", "language"), [(DESK, "fi"), (PHONE, "sv"), (DESK, "en")])
async def test_a_month_from_visits_to_figures(
    application: Litestar, database: Database, open_page: OpenPage, width: int, language: str, tmp_path: Path
) -> None:
    bank = await paying_by_file(database)
    shown = await show_voucher(database, bank.world)
    first, second = [
        await redeem_at(database, bank.world, shown, cents, IN_OCTOBER) for cents in (60_00, 45_50)
    ]
    async with serving(application) as address:

        async def opened(who: str | Role) -> Page:
            cookies = {"registry_session": await session_of(bank, who), "language": language}
            return await open_page(width=width, language=language, base_url=address, cookies=cookies)

        maker, sender = await opened(Role.FINANCE_OFFICER), await opened("second_officer")
        provider = await opened("provider_user:0")

        await maker.goto("/months")
        await press(maker, f"{MONTH}/close")
        await maker.wait_for_url("**done=closed")
        await looked_at(maker, "story_month")
        statement = f"/statements/{await only_statement(database, bank.world, OCTOBER)}"

        # the invoice asks for another amount: an exception that leads to the statement, where it is sent back
        await send(provider, statement, tmp_path, [(first, 60_00), (second, 54_50)], "1")
        await maker.goto("/exceptions")
        await expect(maker.locator("main tbody tr")).to_have_count(1)
        await looked_at(maker, "story_exceptions")
        await maker.locator(f"main tbody a[href='{statement}']").click()
        await looked_at(maker, "story_statement")
        await maker.locator("a[href$='/reject']").click()
        await maker.locator("textarea").fill("Rivin summa on 45,50.")
        await press(maker, "/reject")
        await maker.wait_for_url(f"**{statement}*")
        await send(provider, statement, tmp_path, [(first, 60_00), (second, 45_50)], "2")
        await maker.goto(statement)
        await press(maker, "/approve")
        await maker.wait_for_url(re.compile(r"done="))

        await pays(maker, sender)
        async with sender.expect_download() as download:
            await sender.locator("a[href$='/file']").click()
        assert b'<InstdAmt Ccy="EUR">105.50<' in Path(await (await download.value).path()).read_bytes()
        (order,) = await bank.orders()
        await maker.goto("/exceptions")
        await expect(maker.locator(f"main tbody a[href$='/batches/{order.batch_id}']")).to_have_count(1)

        file = tmp_path / "tiliote.xml"
        file.write_bytes(camt(File("053", 8, (debit(order),))))
        await maker.goto("/bank")
        await maker.set_input_files("input[type=file]", file)
        await press(maker, "/bank")
        await maker.wait_for_url("**done=received")
        await maker.goto("/exceptions")
        await expect(maker.locator("main tbody tr")).to_have_count(0)

        await maker.goto(MONTH)
        await maker.locator(f"a[href='{MONTH}/figures']").click()
        await expect(maker.locator("main table")).to_have_count(5)
        await looked_at(maker, "story_figures")
        async with maker.expect_download() as book:
            await maker.locator("a[href$='figures.xlsx']").click()
        assert Path(await (await book.value).path()).read_bytes()[:2] == b"PK"
        for path, name in (("/years", "years"), ("/years/2026", "year"), ("/council/2026-Q4", "council")):
            await maker.goto(path)
            await looked_at(maker, f"story_{name}")
        await maker.goto("/payment-days")
        await looked_at(maker, "story_days")
    await sound(bank)
