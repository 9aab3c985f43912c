"""The change feed over HTTP: JSON with a cursor, and Atom."""

import csv
import io
from typing import Any
from xml.etree import ElementTree as etree  # noqa: N813 - the name it is known by

import httpx
import pytest
from sqlalchemy import update

from registry.providers.changes.commands import publish_changes
from registry.providers.model import Admission
from registry.shared.actor import system
from registry.shared.database import Database
from tests.builders import NOW, World, build_world
from web.open_data.columns import table
from web.open_data.writing import csv_text

ATOM = "{http://www.w3.org/2005/Atom}"
CHANGES = "/api/v1/register/changes"


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=4)


async def publish(database: Database) -> None:
    async with database.transaction() as session:
        await publish_changes(session, actor=system(), now=NOW, limit=100)


async def mirror(site: httpx.AsyncClient, limit: int) -> dict[str, dict[str, Any]]:
    """What somebody has who follows the cursor from the beginning."""
    kept: dict[str, dict[str, Any] | None] = {}
    after, more = 0, True
    while more:
        answer = (await site.get(CHANGES, params={"after": after, "limit": limit})).json()
        for change in answer["changes"]:
            kept[change["admission_id"]] = change["entry"]
        after, more = answer["next"], answer["more"]
    return {key: entry for key, entry in kept.items() if entry is not None}


async def test_a_mirror_over_http_equals_the_open_data(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await publish(database)
    async with database.transaction() as session:
        changes: list[dict[str, Any]] = [
            {"unit_price_cents": 55_50},
            {"state": "suspended"},
            {"state": "removed"},
        ]
        for index, values in enumerate(changes):
            await session.execute(
                update(Admission).where(Admission.id == world.admissions[index]).values(**values)
            )
    await publish(database)
    kept = await mirror(site, limit=2)
    written = csv_text(table("register"), kept.values())
    opened = (await site.get("/api/v1/open-data/register.csv")).text
    rows = [sorted(csv.reader(io.StringIO(text))) for text in (written, opened)]
    assert rows[0] == rows[1]
    assert len(rows[1]) == 1 + 3


async def test_the_cursor_stays_where_nothing_is_new(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await publish(database)
    answer = await site.get(CHANGES, params={"after": 4})
    assert answer.json() == {"changes": [], "next": 4, "more": False}
    again = await site.get(CHANGES, params={"after": 4}, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert (await site.get(CHANGES, params={"after": -1})).status_code == 422
    assert (await site.get(CHANGES, params={"limit": 501})).status_code == 422


async def test_the_atom_feed_names_who_and_leads_to_their_page(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await publish(database)
    async with database.transaction() as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="removed")
        )
    await publish(database)
    answer = await site.get(f"{CHANGES}.atom", headers={"accept-language": "sv"})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert len(titles) == 5
    assert titles[0] == "Ett godkännande finns inte längre i registret", "who left is not named any more"
    assert all("har godkänts: Jobbsökarträning" in (title or "") for title in titles[1:])
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 5
    links = [link.get("href") or "" for link in entries[0].findall(f"{ATOM}link")]
    assert links[0].endswith(f"/providers/{world.provider_id}")
    one = (await site.get(links[1].partition("8000")[2])).json()
    assert [change["kind"] for change in one["changes"]] == ["left"]


async def test_the_atom_feed_has_pages(
    site: httpx.AsyncClient, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.open_data.changes_atom.FEED_LENGTH", 3)
    monkeypatch.setattr("web.api.register_changes.FEED_LENGTH", 3)
    await publish(database)
    seen: list[str | None] = []
    address: str | None = f"{CHANGES}.atom"
    while address:
        feed = etree.fromstring((await site.get(address)).content)
        seen += [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
        links = {link.get("rel"): link.get("href") or "" for link in feed.findall(f"{ATOM}link")}
        address = links["next"].partition("8000")[2] if "next" in links else None
    assert len(seen) == len(set(seen)) == 4
