"""A provider's e-invoice in a browser: everything that is wrong fits a phone, and what is right is taken."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from litestar import Litestar
from playwright.async_api import expect

from registry.people.commands import begin_session
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.browser import PHONE, OpenPage, assert_accessible, serving, sideways
from tests.builders import NOW, build_world
from tests.registry.settlement.builders import closed_october
from tests.registry.settlement.einvoices.test_taking_in import of_statement


async def test_an_e_invoice_is_sent_mended_and_its_line_disputed(
    application: Litestar, database: Database, open_page: OpenPage, tmp_path: Path
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    off = replace(made.totals, gross=made.totals.gross + Decimal("0.01"))
    wrong, right = tmp_path / "wrong.xml", tmp_path / "right.xml"
    wrong.write_bytes(write_ubl(replace(made, totals=off, order_reference="PO 1")))
    right.write_bytes(write_ubl(made))
    async with database.transaction() as session:
        token = await begin_session(session, role_grant_id=world.grants[Role.PROVIDER_USER], now=NOW, hours=8)
    async with serving(application) as base_url:
        page = await open_page(
            width=PHONE,
            language="fi",
            expected_statuses=frozenset({422}),
            base_url=base_url,
            cookies={"registry_session": token, "language": "fi"},
        )
        await page.goto(f"/statements/{october.statement_id}")
        await page.set_input_files("#f-file", wrong)
        await page.get_by_role("button", name="Lähetä lasku").click()
        for text in ("BR-CO-15", "BR-CO-16", "STATEMENT-ORDER", "Tilausviite ei ole tämän tilityksen viite"):
            await expect(page.get_by_role("main")).to_contain_text(text)
        assert await sideways(page) == 0
        await assert_accessible(page)
        await page.set_input_files("#f-file", right)
        await page.get_by_role("button", name="Lähetä lasku").click()
        await expect(page.get_by_role("main")).to_contain_text("Tilitys ja laskut täsmäävät")
        await page.get_by_role("link", name="Kiistä rivi").first.click()
        await page.get_by_label("Mikä rivissä on väärin?").fill("Tunteja oli kaksi.")
        assert await sideways(page) == 0
        await assert_accessible(page)
        await page.get_by_role("button", name="Lähetä kiistäminen").click()
        await expect(page.get_by_role("main")).to_contain_text("palveluntuottaja on kiistänyt")
        assert await sideways(page) == 0
        await page.goto("/provider/self-billing")
        assert await sideways(page) == 0
        await assert_accessible(page)
