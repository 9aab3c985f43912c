"""A financial year that was closed: a commitment carried, and a visit booked by its date."""

from datetime import UTC, date, datetime

from registry.catalogue.commands import create_budget_line
from registry.settlement.years.commands import continue_year_close, start_year_close
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world
from tests.registry.settlement.builders import close
from tests.registry.vouchers.steps import Steps

AFTER = datetime(2027, 2, 10, 9, tzinfo=UTC)


async def a_year_closed(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="vaasa")
    steps = Steps(database, world, keys)
    _, shown = await steps.opened()
    await steps.redeem(shown)
    officer, administrator = world[Role.FINANCE_OFFICER], world[Role.ORGANISER_ADMINISTRATOR]
    async with database.transaction(administrator.sight) as session:
        following = await create_budget_line(
            session,
            actor=administrator,
            now=NOW,
            code="2027",
            name="2027",
            year=2027,
            allocated_cents=90_000_00,
        )
    for month in (date(2026, 11, 1), date(2026, 12, 1)):
        await close(database, world, month, now=AFTER)
    async with database.transaction(officer.sight) as session:
        await start_year_close(
            session, actor=officer, now=AFTER, year=2026, lines={world.budget_line_id: following}
        )
    done = None
    while done is None:
        async with database.transaction(officer.sight) as session:
            run = await continue_year_close(session, actor=officer, now=AFTER, year=2026)
            done = run.closed_at
    return world
