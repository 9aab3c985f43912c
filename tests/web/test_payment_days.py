"""Days to payment, for everybody."""

import httpx
from sqlalchemy import text

from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.builders import (
    approve,
    closed_october,
    invoice_csv,
    pay,
    second_officer,
    send_invoice,
)
from tests.web.test_settlement import english


async def test_anybody_sees_how_soon_a_provider_is_paid(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    assert "Nothing has been paid yet." in (await site.get("/payment-days")).text
    world = await build_world(database)
    october = await closed_october(database, world)
    lines = list(zip(october.redemptions, (60_00, 45_50), strict=True))
    await send_invoice(database, world, october.statement_id, invoice_csv(lines))
    await approve(database, world, october.statement_id)
    await pay(database, world, october.statement_id, by=await second_officer(database, world))
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("UPDATE invoice SET received_at = (SELECT paid_on FROM payment) - interval '10 days'")
        )
        await session.execute(text("UPDATE statement SET paid_at = '2026-10-15 09\\:00Z'"))
    page = (await site.get("/payment-days")).text
    assert "<td" in page
    (row,) = (await site.get("/api/v1/payment-days")).json()["items"]
    told = (row["organiser"], row["paid"], row["in_time"], row["longest_days"])
    assert told == ("oulu", 1, 1, 10)
    assert ";1;" in (await site.get("/payment-days.csv")).text
