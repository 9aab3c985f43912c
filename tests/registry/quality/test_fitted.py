"""What was fitted for a release stands in rows of its own, the same as in its document."""

import json
from typing import Any

from alembic import command
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import undefer

from registry.quality.model import Release, ReleaseMeasure
from registry.quality.releases import verify_release
from registry.schema import alembic_config, migrate
from registry.shared.database import Database
from registry.shared.protection import OWNER
from tests.builders import build_world
from tests.registry.quality.test_releases import publish, report

ROWS = "SELECT * FROM release_measure ORDER BY release_id, service_id, measure"


async def test_rows_say_what_the_document_says(database: Database) -> None:
    world = await build_world(database, providers=3)
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await report(database, world, {0: {"open_job": 9}}, month=3)
    release_id = await publish(database, world)
    async with database.transaction() as session:
        release = await session.get_one(Release, release_id, options=[undefer(Release.figures)])
        rows = (
            await session.scalars(select(ReleaseMeasure).where(ReleaseMeasure.release_id == release_id))
        ).all()
    document: dict[str, Any] = json.loads(release.figures)["services"][str(world.service_id)]
    assert {row.measure for row in rows} == {"outcome_3", "outcome_6"}
    for row in rows:
        said = document[row.measure]
        assert row.mean_millionths == said["mean_millionths"]
        assert row.kappa_thousandths == said["kappa_thousandths"]
        funnel = said["funnel"] or {}
        assert row.funnel_phi_thousandths == funnel.get("phi_thousandths")
        assert row.funnel_kappa_thousandths == funnel.get("kappa_thousandths")
    (alone,) = (row for row in rows if row.measure == "outcome_3")
    assert alone.funnel_phi_thousandths is None, "one provider has nobody to be compared with"


async def test_a_changed_row_does_not_verify(database: Database, owner_url: str) -> None:
    world = await build_world(database, providers=2)
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    release_id = await publish(database, world)
    engine = create_async_engine(owner_url)
    async with engine.begin() as owner:
        await owner.execute(text("ALTER TABLE release_measure DISABLE TRIGGER USER"))
        await owner.execute(text("UPDATE release_measure SET kappa_thousandths = kappa_thousandths + 1"))
    await engine.dispose()
    async with database.transaction() as session:
        assert not (await verify_release(session, release_id=release_id)).rows_same


async def test_older_releases_get_their_rows_from_their_documents(database: Database, owner_url: str) -> None:
    world = await build_world(database, providers=2)
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    await report(database, world, {0: {"open_job": 9}}, month=3)
    await publish(database, world)
    engine = create_async_engine(owner_url)
    async with engine.connect() as owner:
        before = [tuple(row) for row in await owner.execute(text(ROWS))]
    async with engine.begin() as owner:
        await owner.execute(text(f"SET ROLE {OWNER}"))
        await owner.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0006"))
    await engine.dispose()
    await migrate(owner_url)
    engine = create_async_engine(owner_url)
    async with engine.connect() as owner:
        assert [tuple(row) for row in await owner.execute(text(ROWS))] == before
    await engine.dispose()
    assert len(before) == 2
