"""What everybody may read of quality: a provider's page, a service's page, and the same figures as files."""

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, update

from registry.providers.model import Admission, Provider
from registry.providers.oversight.model import OversightFinding, PublishedFinding
from registry.quality.comments.model import PublishedComment
from registry.quality.outcomes.commands import OutcomeRow, record_outcomes
from registry.quality.rules import HEADLINE, MEASURES
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.test_releases import LATER, publish, report
from tests.registry.vouchers.test_queries import counted
from tests.web.conftest import Clock
from tests.web.weights import weights
from web.open_data.columns import table

USUAL = {"open_job": 60, "none": 40}


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    """Twelve providers, of whom the last lies far below, and a release that is public."""
    made = await build_world(database, providers=12)
    async with database.transaction(made.sight) as session:
        await session.execute(update(Admission).values(valid_from=TODAY - timedelta(days=900)))
    await report(
        database,
        made,
        dict.fromkeys(range(10), USUAL) | {10: {"open_job": 2}, 11: {"open_job": 10, "none": 90}},
    )
    await publish(database, made)
    clock.now = LATER
    return made


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def filled(row: dict[str, Any]) -> dict[str, str]:
    """A row of the JSON as the CSV writes it."""
    return {name: "" if value is None else str(value) for name, value in row.items()}


async def test_a_providers_page_names_its_release_and_says_what_its_files_say(
    site: httpx.AsyncClient, world: World
) -> None:
    page = await site.get(f"/providers/{world.provider_id}")
    assert "Luvut ovat julkaisusta 1" in page.text
    assert page.text.count('class="ten-people"') == 1
    assert "60&nbsp;/&nbsp;100" in page.text or "60 / 100" in page.text
    listed = rows(await site.get(f"/providers/{world.provider_id}/evidence.csv"))
    assert [row["measure"] for row in listed] == list(MEASURES)
    headline = next(row for row in listed if row["measure"] == HEADLINE)
    assert (headline["people"], headline["good"], headline["release"]) == ("100", "60", "1")
    assert next(row for row in listed if row["measure"] == "completion")["blank"] == "not_collected"
    whole = (await site.get(f"/providers/{world.provider_id}/evidence.json")).json()
    assert whole["licence"]["name"] == "CC-BY-4.0"
    assert [filled(row) for row in whole["rows"]] == listed
    assert (await site.get(f"/providers/{world.service_id}/evidence.csv")).status_code == 404


async def test_comments_and_findings_stand_on_the_page(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.transaction(world.sight) as session:
        finding_id = uuid7()
        release_id = UUID((await site.get("/api/v1/releases")).json()["items"][0]["id"])
        await session.execute(
            insert(PublishedComment).values(
                id=uuid7(), organiser_id=world.organiser_id, service_id=world.service_id,
                provider_id=world.provider_id, release_id=release_id, moment="after",
                comment="Minua kuunneltiin, sanoi ⟦name⟧ <b>", answer="Kiitos!",
            )
        )  # fmt: skip
        session.add(
            OversightFinding(
                id=finding_id, organiser_id=world.organiser_id, provider_id=world.provider_id,
                service_id=world.service_id, found_on=TODAY, statement={"fi": "Tilat olivat lukossa."},
                state="published", hearing_until=TODAY, opened_at=NOW,
                opened_by=world[Role.REGISTER_OFFICER].id, decided_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            PublishedFinding(
                id=finding_id, organiser_id=world.organiser_id, provider_id=world.provider_id,
                service_id=world.service_id, found_on=TODAY, published_on=TODAY,
                statement={"fi": "Tilat olivat lukossa."}, answer="Ovi on korjattu.",
            )
        )  # fmt: skip
    page = (await site.get(f"/providers/{world.provider_id}")).text
    for words in (
        "Minua kuunneltiin",
        "[nimi]",
        "&lt;b&gt;",
        "Kiitos!",
        "Tilat olivat lukossa.",
        "Ovi on korjattu.",
    ):
        assert words in page, words
    assert "Minua kuunneltiin" not in (await site.get(f"/providers/{world.providers[1]}")).text


async def test_a_service_is_drawn_told_and_listed(site: httpx.AsyncClient, world: World) -> None:
    page = (await site.get(f"/services/{world.service_id}")).text
    assert page.count('class="funnel__point') - 2 == 11, "the key has two, each provider with a figure one"
    assert "Sisemmän alueen alapuolella: Valmennus 12 Oy." in page
    assert "60,00\N{NO-BREAK SPACE}€ tunnilta" in page
    names = re.findall(r'<th role="rowheader"[^>]*><a href="/providers/[^"]*">([^<]*)</a>', page)
    assert names[:2] == ["Valmennus 1 Oy", "Valmennus 10 Oy"] or names == sorted(names)
    assert len(names) == 12
    sorted_page = (await site.get(f"/services/{world.service_id}?order=estimate")).text
    by_estimate = re.findall(r'<th role="rowheader"[^>]*><a href="/providers/[^"]*">([^<]*)</a>', sorted_page)
    assert by_estimate[-2:] == ["Valmennus 12 Oy", "Valmennus 11 Oy"], "the blank stands last"
    assert "Taulukon naapurit eroavat usein vain sattumalta" in sorted_page
    listed = rows(await site.get(f"/services/{world.service_id}/figures.csv"))
    assert len(listed) == 12
    assert {row["funnel"] for row in listed} == {"inside", "far_below", ""}
    whole = (await site.get(f"/services/{world.service_id}/figures.json")).json()
    assert [filled(row) for row in whole["rows"]] == listed
    assert (await site.get(f"/services/{world.provider_id}")).status_code == 404


async def test_who_left_has_figures_still_but_no_page(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(state="withdrawn")
        )
    page = (await site.get(f"/services/{world.service_id}")).text
    assert "(ei enää rekisterissä)" in page
    assert f"/providers/{world.provider_id}" not in page


async def test_services_are_listed_with_their_prices(site: httpx.AsyncClient, world: World) -> None:
    page = (await site.get("/services")).text
    assert f'href="/services/{world.service_id}"' in page
    assert "60,00\N{NO-BREAK SPACE}€ tunnilta" in page


async def test_open_data_offers_every_release_and_explains_every_column(
    site: httpx.AsyncClient, world: World
) -> None:
    page = (await site.get("/open-data")).text
    (release,) = (await site.get("/api/v1/releases")).json()["items"]
    for kind in ("figures.csv", "figures", "cells"):
        assert f'href="/api/v1/releases/{release["id"]}/{kind}"' in page
    for name in ("figures", "register", "prices"):
        for column in table(name).columns:
            assert f"<code>{column.name}</code>" in page
            assert column.about.fi in page.replace("&#39;", "'")
    package = (await site.get("/api/v1/open-data/datapackage.json")).json()
    paths = {resource["name"]: resource for resource in package["resources"]}
    assert set(paths) == {"register", "prices", f"figures-{release['id']}"}
    for resource in package["resources"]:
        described = (await site.get(resource["schema"])).json()
        names = [field["name"] for field in described["fields"]]
        assert next(csv.reader(io.StringIO((await site.get(resource["path"])).text))) == names
        assert all(set(field["descriptions"]) == {"fi", "sv", "en"} for field in described["fields"])
        assert all(all(field["descriptions"].values()) for field in described["fields"])
        assert set(described["primaryKey"]) <= set(names)
    assert (await site.get("/api/v1/open-data/schema/other")).status_code == 404


def of_type(value: str, field: dict[str, Any]) -> bool:
    """Whether a cell is what the dictionary says."""
    if value == "":
        return True
    allowed = field["constraints"].get("enum")
    kinds: dict[str, Any] = {"integer": int, "number": float, "string": str, "date": str}
    if field["type"] == "boolean":
        return value in ("true", "false")
    kinds[field["type"]](value)
    return allowed is None or value in allowed


async def test_every_cell_is_what_the_dictionary_says(site: httpx.AsyncClient, world: World) -> None:
    for resource in (await site.get("/api/v1/open-data/datapackage.json")).json()["resources"]:
        fields = {f["name"]: f for f in (await site.get(resource["schema"])).json()["fields"]}
        found = rows(await site.get(resource["path"]))
        assert len(found) == 12
        for row in found:
            assert all(of_type(value, fields[name]) for name, value in row.items()), row


async def test_the_register_as_a_file_has_nobodys_home_and_no_coach(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.transaction() as session:
        await session.execute(
            update(Provider)
            .where(Provider.id == world.provider_id)
            .values(form="sole_trader", street="Kotikatu 1", postal_code="90100", name="=Tmi Ek")
        )
    text = (await site.get("/api/v1/open-data/register.csv")).text
    assert "Kotikatu" not in text
    (row,) = (row for row in csv.DictReader(io.StringIO(text)) if row["form"] == "sole_trader")
    assert (row["provider"], row["postal_code"], row["unit_price"]) == ("'=Tmi Ek", "", "60")
    whole = (await site.get("/api/v1/open-data/register.json")).json()
    assert len(whole["rows"]) == 12
    assert "=Tmi Ek" in {row["provider"] for row in whole["rows"]}
    assert set(whole["rows"][0]) == {column.name for column in table("register").columns}


async def test_what_has_not_changed_is_not_sent_again(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    (release,) = (await site.get("/api/v1/releases")).json()["items"]
    for path in (
        release["cells"],
        release["figures"],
        f"/api/v1/releases/{release['id']}/figures.csv",
        "/api/v1/open-data/register.csv",
        "/api/v1/open-data/register.json",
        "/api/v1/open-data/datapackage.json",
        "/api/v1/open-data/schema/figures",
        f"/providers/{world.provider_id}/evidence.csv",
        f"/services/{world.service_id}/figures.json",
    ):
        first = await site.get(path)
        assert "public" in first.headers["cache-control"], path
        again = await site.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
    register = await site.get("/api/v1/open-data/register.csv")
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(unit_price_cents=1)
        )
    changed = await site.get(
        "/api/v1/open-data/register.csv", headers={"If-None-Match": register.headers["etag"]}
    )
    assert changed.status_code == 200


MOST_QUERIES = {
    "/services": 2,
    "/services/{service}": 7,
    "/providers/{provider}": 11,
    "/open-data": 3,
    "/quality": 4,
}
"""With the one that sets the transaction's sight."""


@pytest.mark.parametrize("path", MOST_QUERIES)
async def test_what_a_page_costs(
    site: httpx.AsyncClient, database: Database, world: World, path: str
) -> None:
    address = path.format(service=world.service_id, provider=world.provider_id)
    with counted(database) as statements:
        assert (await site.get(address)).status_code == 200
    assert len(statements) <= MOST_QUERIES[path], statements
    first, later = await weights(site, address)

    assert first <= 100_000
    assert later <= 20_000


async def _thousand(database: Database, world: World) -> None:
    """A thousand more providers, with results between a few people and some hundreds."""
    actor = system(world.organiser_id)
    ids = [uuid7() for _ in range(1_000)]
    async with database.transaction(world.sight) as session:
        await session.execute(
            insert(Provider),
            [
                {
                    "id": one, "identity_scheme": "test", "identity_value": str(one), "form": "company",
                    "name": f"Tuottaja {place:04} Oy", "introduction": {}, "fictional": True,
                    "search_words": "tuottaja", "sort_key": f"tuottaja {place:04} oy", "created_at": NOW,
                }
                for place, one in enumerate(ids)
            ],
        )  # fmt: skip
        await session.execute(
            insert(Admission),
            [
                {
                    "id": uuid7(), "provider_id": one, "service_id": world.service_id,
                    "organiser_id": world.organiser_id, "state": "active", "rule_book_version": "2026-1",
                    "valid_from": TODAY - timedelta(days=900), "unit_price_cents": 60_00, "vat_rate_bp": 2550,
                    "municipality_codes": ["564"], "remote": False, "languages": ["fi"], "accessibility": [],
                    "method": "one_to_one", "places": 5, "created_at": NOW,
                }
                for one in ids
            ],
        )  # fmt: skip
        await record_outcomes(
            session,
            actor=actor,
            now=NOW,
            organiser_id=world.organiser_id,
            rows=[
                OutcomeRow(
                    world.service_id, f"big {place} {good}", 6, "open_job" if good else "none",
                    TODAY - timedelta(days=30), provider_id=one, people=people,
                )
                for place, one in enumerate(ids)
                for good, people in ((True, 5 + place % 90), (False, 4 + (place * 7) % 60))
            ],
        )  # fmt: skip


async def test_a_service_of_a_thousand_providers_stays_light(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await _thousand(database, world)
    await publish(database, world)
    path = f"/services/{world.service_id}?order=people"
    first, later = await weights(site, path)
    assert first <= 100_000
    assert later <= 20_000
    names: list[str] = []
    for number in range(1, 12):
        page = (await site.get(f"{path}&number={number}")).text
        names += re.findall(r'<th role="rowheader"[^>]*><a href="/providers/[^"]*">([^<]*)</a>', page)
    assert len(names) == len(set(names)) == 1_012, "each one is named once, on some page of the table"
    assert 'class="funnel__dots"' in page
    assert " muuta" in page, "not everyone outside is named in the words"
