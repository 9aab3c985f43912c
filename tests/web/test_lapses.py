"""The officer's page of choices left unanswered."""

import httpx
from sqlalchemy import text

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import build_world
from tests.registry.quality.test_lapses import silent_and_answered
from tests.registry.vouchers.steps import Steps
from tests.web.client import sign_in


async def test_the_register_officer_reads_it(site: httpx.AsyncClient, database: Database, keys: Keys) -> None:
    steps = Steps(database, await build_world(database), keys)
    await sign_in(site, database, steps.world, Role.REGISTER_OFFICER)
    assert "Alle viisi ihmistä" in (await site.get("/lapses")).text
    await silent_and_answered(steps)
    # the application's clock stands still: what was chosen before it counts
    async with database.transaction(steps.world.sight) as session:
        await session.execute(text("UPDATE assignment SET chosen_at = chosen_at - interval '1 day'"))
    read = await site.get("/lapses")
    assert "25\xa0%" in read.text
    await sign_in(site, database, steps.world, Role.CASE_WORKER)
    assert (await site.get("/lapses")).status_code == 403
