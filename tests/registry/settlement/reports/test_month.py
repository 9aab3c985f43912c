"""A month in figures, from the ledger; and the same table in every form."""

import csv
import io
import zipfile
from datetime import date

from lxml import etree

from registry.settlement.reports.month import month_figures
from registry.settlement.reports.rules import forecast, unit_cost
from registry.settlement.reports.sheets import Kind, Sheet, sheet_csv, workbook
from registry.shared.database import Database
from tests.builders import NOW, build_world
from tests.registry.settlement.builders import IN_NOVEMBER, IN_OCTOBER, redeem_at, reverse_at, show_voucher
from tests.registry.settlement.years.test_years import accrued_and_carried


async def test_a_month_agrees_with_what_was_done(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    first = await redeem_at(database, world, shown, 60_00, IN_OCTOBER)
    await redeem_at(database, world, shown, 90_00, IN_OCTOBER)
    await redeem_at(database, world, shown, 45_00, IN_NOVEMBER)
    await reverse_at(database, world, first, IN_NOVEMBER)
    async with database.transaction(world.sight) as session:
        october = await month_figures(session, organiser_id=world.organiser_id, month=date(2026, 10, 1))
        november = await month_figures(session, organiser_id=world.organiser_id, month=date(2026, 11, 1))
    (line,) = november.budget
    assert (line.granted_cents, line.used_cents, line.released_cents) == (20_000_00, 135_00, 0)
    assert line.used_by_month == (0,) * 9 + (150_00, -15_00)
    # September to November came to 135 euros in three months: 45 more in December
    assert line.forecast_cents == 135_00 + 45_00
    assert [(u.visits, u.units, u.cents, u.unit_cents) for u in october.units] == [(2, 2_00, 150_00, 75_00)]
    assert [(u.visits, u.cents, u.unit_cents) for u in november.units] == [(0, -15_00, None)]
    for figures in (october, november):
        assert sum(one.closing_cents for one in figures.trial) == 0
        assert sum(one.debit_cents for one in figures.trial) == sum(o.credit_cents for o in figures.trial)
    used = {one.account: one for one in november.trial}["captured"]
    assert (used.opening_cents, used.debit_cents, used.credit_cents) == (150_00, 45_00, 60_00)


async def test_what_was_carried_is_used_from_the_line_that_held_it(database: Database) -> None:
    year, _, _ = await accrued_and_carried(database)
    async with database.transaction(year.world.sight) as session:
        figures = await month_figures(session, organiser_id=year.world.organiser_id, month=date(2026, 2, 1))
    lines = {line.code: line for line in figures.budget}
    old, new = lines["oulu-2025"], lines["oulu-2026"]
    assert (old.granted_cents, old.used_cents, old.released_cents, old.open_cents) == (
        1_300_00, 600_00, 700_00, 0,
    )  # fmt: skip
    assert (new.granted_cents, new.used_cents, new.open_cents) == (700_00, 0, 700_00)


def test_the_current_rate_is_that_of_the_last_three_months() -> None:
    assert forecast([900, 300, 600, 300], 8) == 2_100 + 8 * 400
    assert forecast([100], 11) == 1_200
    assert forecast([], 12) == 0
    assert forecast([500, 500, 500], 0) == 1_500


def test_a_unit_costs_nothing_that_can_be_told_where_none_was_given() -> None:
    assert unit_cost(90_00, 1_50) == 60_00
    assert unit_cost(90_00, 0) is None


SHEET = Sheet(
    "units",
    "Yksikkö: kustannukset",
    [("Palvelu", Kind.TEXT), ("Hinta", Kind.MONEY), ("Yksiköt", Kind.DECIMAL)],
    [("=1+1", 1_234_50, 1.5), ("https://x", -5, None)],
)


def test_a_table_as_csv() -> None:
    rows = list(csv.reader(io.StringIO(sheet_csv(SHEET).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Palvelu", "Hinta", "Yksiköt"]
    assert (rows[1][1:], rows[2][1:]) == (["1234,50", "1,5"], ["-0,05", ""])
    assert not rows[1][0].startswith("=")


def test_a_table_as_a_workbook_holds_numbers_and_no_formula() -> None:
    content = workbook([SHEET, SHEET], title="Luvut", made_at=NOW)
    assert content == workbook([SHEET, SHEET], title="Luvut", made_at=NOW)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        first = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        names = etree.fromstring(book.read("xl/workbook.xml"))
        texts = etree.fromstring(book.read("xl/sharedStrings.xml"))
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert first.xpath("//m:f|//m:hyperlink", namespaces=space) == []
    assert first.xpath("//m:c[@r='B2']/m:v/text()", namespaces=space) == ["1234.5"]
    assert first.xpath("//m:c[@r='B3']/m:v/text()", namespaces=space) == ["-0.05"]
    assert "=1+1" in texts.xpath("//m:t/text()", namespaces=space)
    assert names.xpath("//m:sheet/@name", namespaces=space) == [
        "Yksikkö  kustannukset",
        "Yksikkö  kustannukset 2",
    ]
