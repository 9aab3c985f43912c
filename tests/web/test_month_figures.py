"""A month in figures on its page, as CSV and as a workbook."""

import io
import re
import zipfile

import httpx

from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.builders import closed_october
from tests.web.client import api_token, sign_in
from tests.web.test_settlement import english


async def test_a_month_is_shown_with_its_files(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    await closed_october(database, world)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    assert 'href="/months/2026-10/figures"' in (await site.get("/months/2026-10")).text
    shown = (await site.get("/months/2026-10/figures")).text
    assert shown.count("<caption") == 5
    assert "€105.50" in shown
    assert len(re.findall(r'class="bars__bar"', shown)) == 10
    assert len(re.findall(r'class="bars__bar bars__bar--expected"', shown)) == 2
    trial = await site.get("/months/2026-10/figures.csv?sheet=trial")
    lines = trial.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Account;Before the month;Debit;Credit;After the month"
    assert lines[-1].endswith(";0,00")
    # 60.00 and 45.50 at 25.5 %: 12.19 + 9.25, and of the sum 84.06 once
    vat = await site.get("/months/2026-10/figures.csv?sheet=vat")
    assert vat.text.lstrip("\ufeff").splitlines()[1] == "25.5%;2;84,06;21,44;105,50;21,44"
    book = await site.get("/months/2026-10/figures.xlsx")
    assert book.headers["content-type"].endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(io.BytesIO(book.content)) as found:
        assert sum(name.startswith("xl/worksheets/sheet") for name in found.namelist()) == 5
    assert (await site.get("/months/2026-10/figures.csv?sheet=other")).status_code == 404
    assert (await site.get("/months/2027-10/figures")).status_code == 404
    token = await api_token(database, world, Role.AUDITOR, scopes=["settlement:read"])
    headers = {"Authorization": f"Bearer {token}"}
    figures = (await site.get("/api/v1/months/2026-10/figures", headers=headers)).json()
    (budget,) = figures["budget_lines"]
    assert (budget["used_cents"], budget["used_by_month_cents"][9]) == (105_50, 105_50)
    assert budget["left_cents"] == budget["allocated_cents"] - budget["granted_cents"]
    assert sum(one["closing_cents"] for one in figures["trial_balance"]) == 0
    assert {one["account"] for one in figures["trial_balance"] if one["debit_cents"]} == {"captured"}
    assert sum(one["net_cents"] + one["vat_cents"] for one in figures["vat"]) == 105_50
    assert figures["unit_costs"][0]["price_cents"] > 0
    assert [(one["rate_bp"], one["category"], one["vat_cents"]) for one in figures["vat"]] == [
        (2550, "S", 21_44)
    ]
    assert (await site.get("/api/v1/months/2027-10/figures", headers=headers)).status_code == 404


async def test_others_see_no_figures(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.CASE_WORKER)
    assert (await site.get("/months/2026-10/figures")).status_code == 403
