"""The method page, a release's page, and its documents as open data."""

import json
import re
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from registry.providers.model import Admission
from registry.quality.alarms.rules import THRESHOLDS
from registry.quality.computation import canonical, figures_document
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes
from registry.quality.preview.commands import withdraw_release
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.quality.releases import publish_release
from registry.quality.tried import TRIED
from registry.shared.actor import Role, system
from registry.shared.database import Database
from tests.builders import NOW, TODAY, World, build_world


async def released(database: Database) -> tuple[World, str]:
    world = await build_world(database)
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        await session.execute(update(Admission).values(valid_from=TODAY - timedelta(days=900)))
        await ensure_categories(session)
        await record_outcomes(
            session,
            actor=actor,
            now=NOW,
            organiser_id=world.organiser_id,
            rows=[
                OutcomeRow(
                    world.service_id, f"{index}-{person}", 6, "open_job" if person % 3 else "none", TODAY,
                    provider_id=world.providers[index],
                )
                for index, people in enumerate((12, 9, 3))
                for person in range(people)
            ],
        )  # fmt: skip
        # made so long ago that it is public by now
        release_id = await publish_release(
            session,
            actor=actor,
            now=NOW - timedelta(days=PREVIEW_DAYS + 1),
            organiser_id=world.organiser_id,
            as_of=TODAY,
        )
    return world, str(release_id)


async def test_everyone_may_read_how_quality_is_measured(site: httpx.AsyncClient, database: Database) -> None:
    assert (await site.get("/quality")).status_code == 200
    _, release_id = await released(database)
    assert f"/quality/releases/{release_id}" in (await site.get("/quality")).text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_method_page_tells_all_of_it(site: httpx.AsyncClient, language: str) -> None:
    site.cookies.set("language", language)
    page = (await site.get("/quality")).text
    anchors = re.findall(r'<li><a href="#([a-z]+)">', page)
    assert len(anchors) == 11
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in anchors)
    assert page.count("<math") >= 6
    for limit in THRESHOLDS.values():
        assert f">{limit.least}</td>" in page
    numbers = page.replace("\N{NO-BREAK SPACE}", "").replace(",", ".")
    for number in (TRIED.results, TRIED.foretold, TRIED.changed):
        assert str(number) in numbers.replace(".", "") or str(number) in numbers
    assert f"{TRIED.held / 10}" in numbers
    assert f"{TRIED.told_apart / 10}" in numbers


async def test_a_releases_page_shows_a_column_at_a_time(site: httpx.AsyncClient, database: Database) -> None:
    world, release_id = await released(database)
    page = await site.get(f"/quality/releases/{release_id}")
    assert page.text.count('class="interval"') == 2
    assert page.text.count('class="blank"') == 1
    other = await site.get(f"/quality/releases/{release_id}?service={world.service_id}&measure=first_meeting")
    assert 'class="interval"' not in other.text
    assert (await site.get(f"/quality/releases/{world.service_id}")).status_code == 404


async def test_anybody_can_recompute_the_figures_from_the_published_cells(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, release_id = await released(database)
    (listed,) = (await site.get(f"/api/v1/releases?organiser={world.organiser_id}")).json()["items"]
    assert listed["id"] == release_id
    cells, figures = (await site.get(listed["cells"])).content, (await site.get(listed["figures"])).content
    assert sha256(cells).hexdigest() == listed["cells_sha256"]
    assert sha256(figures).hexdigest() == listed["figures_sha256"]
    assert canonical(figures_document(json.loads(cells))).encode() == figures
    assert (await site.get(f"/api/v1/releases/{world.service_id}/cells")).status_code == 404


async def test_a_withdrawn_release_says_why_and_shows_no_figure(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, release_id = await released(database)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await withdraw_release(
            session, actor=officer, now=NOW, release_id=UUID(release_id), reason="Väärä jakso."
        )
    page = await site.get(f"/quality/releases/{release_id}")
    assert (page.status_code, "Väärä jakso." in page.text) == (410, True)
    assert 'class="interval"' not in page.text
    assert (await site.get(f"/api/v1/releases/{release_id}/cells")).status_code == 404
    assert (await site.get(f"/api/v1/releases?organiser={world.organiser_id}")).json()["items"] == []
    assert f"/quality/releases/{release_id}" not in (await site.get("/quality")).text
