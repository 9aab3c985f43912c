"""Closing a financial year on its page and through the API."""

from datetime import date

import httpx

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.vouchers.commands import reverse
from tests.registry.settlement.years.builders import AFTER, ended
from tests.registry.settlement.years.test_years import DECEMBER, JUNE
from tests.web.client import api_token, hidden, post_form, sign_in
from tests.web.test_settlement import english


async def test_a_year_is_closed_on_its_page(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    year = await ended(database)
    shown = await year.voucher()
    await year.redeem(shown, 400_00, JUNE)
    await year.redeem(shown, 150_00, DECEMBER)
    await sign_in(site, database, year.world, Role.FINANCE_OFFICER)
    assert "Can be closed" in (await site.get("/years")).text

    async def press(**fields: str) -> httpx.Response:
        page = await site.get("/years/2025")
        fields["idempotency_key"] = hidden(page, "idempotency_key")
        return await post_form(site, "/years/2025/close", fields)

    unsure = await press(**{f"line_{year.line_id}": str(year.next_id)})
    assert unsure.status_code == 422
    early = await press(**{f"line_{year.line_id}": str(year.next_id), "sure": "yes"})
    assert early.status_code == 409
    assert "Close the month June 2025 first." in early.text
    await year.close_months(date(2025, 12, 1), now=AFTER)
    without = await press(sure="yes")
    assert (without.status_code, f"#f-line_{year.line_id}" in without.text) == (422, True)
    done = await press(**{f"line_{year.line_id}": str(year.next_id), "sure": "yes"})
    assert done.headers["location"] == "/years/2025?done=closed"
    page = (await site.get("/years/2025")).text
    assert [(await site.get(f"/years/{year}")).status_code for year in ("0000", "9999", "٢٠٢٥")] == [404] * 3
    assert "€450.00" in page  # carried
    assert "€550.00" in page  # nothing was approved in the year: all of it is booked at its end
    assert "years/2025/close" not in page


async def test_a_closing_that_runs_asks_for_the_line_that_it_lacks(
    site: httpx.AsyncClient, database: Database
) -> None:
    english(site)
    year = await ended(database)
    shown = await year.voucher(cents=100_00)
    charge = await year.redeem(shown, 100_00, JUNE)
    await year.close_months(date(2025, 12, 1), now=AFTER)
    await year.start(lines={})
    provider = year.world.provider_actor()
    async with database.transaction(provider.sight) as session:
        await reverse(session, actor=provider, now=AFTER, redemption_id=charge, reason="väärä päivä")
    await sign_in(site, database, year.world, Role.FINANCE_OFFICER)
    page = await site.get("/years/2025")
    assert page.text.count("Go on with closing") == 2, "a heading and a button"
    key = hidden(page, "idempotency_key")
    without = await post_form(site, "/years/2025/close", {"idempotency_key": key})
    assert (without.status_code, f"#f-line_{year.line_id}" in without.text) == (422, True)
    key = hidden(await site.get("/years/2025"), "idempotency_key")
    said = {"idempotency_key": key, f"line_{year.line_id}": str(year.next_id)}
    done = await post_form(site, "/years/2025/close", said)
    assert done.headers["location"] == "/years/2025?done=closed"


async def test_a_machine_closes_a_year(site: httpx.AsyncClient, database: Database) -> None:
    year = await ended(database)
    shown = await year.voucher()
    await year.redeem(shown, 400_00, JUNE)
    await year.close_months(date(2025, 12, 1), now=AFTER)
    token = await api_token(
        database, year.world, Role.FINANCE_OFFICER, scopes=["settlement:read", "settlement:write"]
    )
    body = {"lines": [{"budget_line_id": str(year.line_id), "to_budget_line_id": str(year.next_id)}]}
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "close-2025"}
    done = await site.post("/api/v1/years/2025/close", json=body, headers=headers)
    assert done.status_code == 200, done.text
    again = await site.post("/api/v1/years/2025/close", json=body, headers=headers)
    assert again.json() == done.json()
    assert (done.json()["carried_cents"], done.json()["accrued_cents"]) == (600_00, 400_00)
    listed = await site.get("/api/v1/years", headers={"authorization": f"Bearer {token}"})
    assert listed.json()["items"][-1]["closed_at"] is not None
