"""Oversight on pages: the officer finds, hears, publishes, decides and withdraws; the provider sees and answers."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from registry.people.model import ReadLog
from registry.quality.complaints.commands import file_complaint
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.test_releases import publish, report
from tests.registry.vouchers.steps import Steps
from tests.web.client import sign_in
from tests.web.test_redemption import press

WORDS = "Tilat eivät olleet esteettömät."


@pytest.fixture
async def world(site: httpx.AsyncClient, database: Database) -> World:
    site.cookies.set("language", "en")
    return await build_world(database, providers=2)


async def at(site: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    """Where the form led to."""
    assert page.status_code == 303, page.text
    return await site.get(page.headers["location"])


async def test_a_finding_is_heard_answered_and_published(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    admission = await site.get(f"/applications/register/{world.admissions[0]}")
    new = f"/oversight/findings/new?admission={world.admissions[0]}"
    assert f'href="{new}"' in admission.text
    form = await site.get(new)
    action = new.replace("&", "&amp;")
    empty = await press(site, form, action, found_on=TODAY.isoformat())
    assert (empty.status_code, 'href="#f-statement_fi"' in empty.text) == (422, True)
    drafted = await at(
        site, await press(site, form, action, statement_fi="Luonnos.", found_on=TODAY.isoformat())
    )
    path = drafted.url.path
    changed = await at(site, await press(site, drafted, path, statement_fi=WORDS, found_on=TODAY.isoformat()))
    assert WORDS in changed.text
    heard = await at(site, await press(site, changed, f"{path}/hearing"))
    assert "It can be published when the provider has answered" in heard.text
    assert "Publish the finding" not in heard.text
    assert "The provider is being heard" in (await site.get("/oversight")).text
    case = re.search(r'href="(/cases/[0-9a-f-]{36})"', (await site.get("/cases")).text)
    assert case
    assert f'href="{path}"' in (await site.get(case[1])).text

    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = await site.get("/provider/figures")
    finding_id = path.rsplit("/", 1)[1]
    assert f'href="/provider/findings/{finding_id}"' in own.text
    asked = await site.get(f"/provider/findings/{finding_id}")
    assert WORDS in asked.text
    answered = await at(
        site, await press(site, asked, f"/provider/findings/{finding_id}", words="Ramppi on rakennettu.")
    )
    assert "Ramppi on rakennettu." in answered.text
    assert "<textarea" not in answered.text
    await sign_in(site, database, world, "provider_user:1")
    assert (await site.get(f"/provider/findings/{finding_id}")).status_code == 404

    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    ready = await site.get(path)
    assert "Ramppi on rakennettu." in ready.text
    published = await at(site, await press(site, ready, f"{path}/publish"))
    assert "Published" in published.text
    again = await press(site, ready, f"{path}/drop", idempotency_key="another-key")
    assert again.status_code == 409
    assert (await site.get(f"{path}/sell")).status_code in (404, 405)


async def test_a_complaint_is_read_and_decided(
    site: httpx.AsyncClient, database: Database, keys: Keys, world: World
) -> None:
    voucher_id, _ = await Steps(database, world, keys).opened()
    client = world[Role.CLIENT]
    async with database.transaction(client.sight) as session:
        complaint_id = await file_complaint(
            session,
            actor=client,
            now=NOW,
            voucher_id=voucher_id,
            provider_id=world.provider_id,
            about="waiting",
            words="Odotin kolme viikkoa.",
        )
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    listed = await site.get("/oversight/complaints")
    path = f"/oversight/complaints/{complaint_id}"
    assert f'href="{path}"' in listed.text
    assert "kolme viikkoa" not in listed.text
    page = await site.get(path)
    assert "Odotin kolme viikkoa." in page.text
    async with database.transaction(world.sight) as session:
        reads = (await session.scalars(select(ReadLog).where(ReadLog.what == "complaint"))).all()
        assert [read.reason for read in reads] == ["complaint"], "the list shows nothing of it, the page all"
    wordless = await press(site, page, path, upheld="yes")
    assert wordless.status_code == 422
    decided = await at(site, await press(site, page, path, upheld="yes", findings="Aika ylittyi."))
    assert "Aika ylittyi." in decided.text
    assert "Upheld" in decided.text
    for role in (Role.CASE_WORKER, Role.PROVIDER_USER):
        await sign_in(site, database, world, role)
        assert (await site.get(path)).status_code == 403


async def test_a_preview_is_objected_to_answered_and_withdrawn(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    release_id = await publish(database, world)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = await site.get("/provider/figures")
    assert "Coming: public on 3 Dec 2026" in own.text
    assert "14 of 20 people" in own.text
    assert "3 of 15 people" not in own.text, "another provider's figures are not to be seen"
    action = f"/provider/figures/{release_id}/{world.service_id}/objection"
    blank = await press(site, own, action)
    assert blank.status_code == 422
    told = await at(site, await press(site, own, action, words="Kaksi puuttuu."))
    assert "Kaksi puuttuu." in told.text

    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    listed = await site.get("/oversight/releases")
    assert "1 waits for an answer" in listed.text
    page = await site.get(f"/oversight/releases/{release_id}")
    assert page.text.count('class="interval"') == 2
    private = await site.get(f"/oversight/releases/{release_id}?measure=no_show")
    assert "Nobody has five people yet." in private.text
    objection = page.text.split('href="/oversight/objections/')[1].split('"')[0]
    path = f"/oversight/objections/{objection}"
    answered = await at(site, await press(site, await site.get(path), path, answer="Korjataan."))
    assert "Korjataan." in answered.text
    withdrawn = await at(
        site,
        await press(
            site,
            page,
            f"/oversight/releases/{release_id}/withdraw",
            reason="Väärä jakso.",
            idempotency_key="w",
        ),
    )
    assert "Väärä jakso." in withdrawn.text
    assert "Withdraw the release" not in withdrawn.text

    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = await site.get("/provider/figures")
    assert "No figures yet" in own.text


async def test_public_figures_stand_with_what_only_the_provider_sees(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await report(database, world, {0: {"open_job": 14, "none": 6}})
    release_id = await publish(database, world, now=NOW - timedelta(days=PREVIEW_DAYS + 1))
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("INSERT INTO private_figure VALUES (:r, :s, :p, 'switched', :o, 12, 3)"),
            {"r": release_id, "s": world.service_id, "p": world.provider_id, "o": world.organiser_id},
        )
    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = await site.get("/provider/figures")
    assert "public since 22 Nov 2026" in own.text
    assert "3 of 12 people" in own.text
    public = await site.get(f"/providers/{world.provider_id}")
    assert "3 of 12" not in public.text


@pytest.mark.parametrize(
    "path",
    ["/oversight", "/oversight/complaints", "/oversight/releases", "/provider/figures"],
)
async def test_empty_pages_say_so(
    site: httpx.AsyncClient, database: Database, world: World, path: str
) -> None:
    role: Any = Role.PROVIDER_USER if path.startswith("/provider") else Role.REGISTER_OFFICER
    await sign_in(site, database, world, role)
    page = await site.get(path)
    assert page.status_code == 200
    assert 'class="empty-state"' in page.text


async def test_what_is_not_there_is_not_found(
    site: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    for path in ("findings", "complaints", "releases", "objections"):
        assert (await site.get(f"/oversight/{path}/{world.organiser_id}")).status_code == 404
