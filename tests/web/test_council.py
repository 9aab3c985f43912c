"""The council's report on its page, on paper and in files."""

import io

import httpx
from pypdf import PdfReader

from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.reports.test_council import used_by
from tests.web.client import hidden, post_form, sign_in
from tests.web.test_settlement import english, press


async def test_a_quarter_is_shown_and_printed(site: httpx.AsyncClient, database: Database) -> None:
    english(site)
    world = await build_world(database)
    await used_by(database, world, "564", 6)
    await used_by(database, world, "244", 1)
    await sign_in(site, database, world, Role.FINANCE_OFFICER)
    assert "/council/2026-Q4" in (await site.get("/council")).text
    shown = (await site.get("/council/2026-Q4")).text
    assert "€420.00" in shown
    assert "Kempele" not in shown
    paper = await site.get("/council/2026-Q4/pdf")
    read = PdfReader(io.BytesIO(paper.content))
    assert len(read.pages) == 1
    assert "Draft, not published." in read.pages[0].extract_text()
    assert b"pdfuaid:part>1<" in paper.content  # the accessible kind
    table = (await site.get("/council/2026-Q4/csv?sheet=municipalities")).text
    assert "420,00" in table
    assert (await site.get("/council/2026-Q4/xlsx")).content[:2] == b"PK"
    page = await site.get("/council/2026-Q4")
    told = await post_form(
        site,
        "/council/2026-Q4/costs",
        {
            "service": str(world.service_id),
            "way": "purchase",
            "units": "10",
            "cost": "750,00",
            "source": "Hankinnat",
            "idempotency_key": hidden(page, "idempotency_key"),
        },
    )
    assert told.headers["location"].endswith("done=told")
    assert "€75.00" in (await site.get("/council/2026-Q4")).text
    early = await press(site, "/council/2026-Q4", "/council/2026-Q4/publish")
    assert (early.status_code, "has not ended" in early.text) == (409, True)
    assert (await site.get("/council/2026-Q5")).status_code == 404
    assert (await site.get("/council/2031-Q1")).status_code == 404
