"""Applying through the pages: an organisation, a list of tasks, papers, and one application for each service."""

from datetime import timedelta

import httpx
from sqlalchemy import func, select

from registry.providers.drafts.model import ApplicationDraft
from registry.providers.evidence.model import EvidenceShare
from registry.providers.model import Application
from registry.shared.actor import Sight
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.test_queries import counted
from tests.web.applying import (
    BUSINESS_ID,
    DRAFT,
    KINDS,
    TYPED,
    begun,
    fill_in,
    newcomer,
    register,
    send,
    upload,
)
from tests.web.client import hidden, post_form


async def test_one_application_for_services_of_two_authorities(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await begun(site, database)
    other = await build_world(database, code="turku", providers=0)
    await register(site)
    assert "Begin" in (await site.get(DRAFT)).text
    await fill_in(site, database, world.service_id, other.service_id)
    tasks = await site.get(DRAFT)
    assert "16 of 17 parts are ready" in tasks.text
    assert "Papers that are missing or too old: 6." in tasks.text
    early = await send_anyway(site)
    assert early.status_code == 409
    assert "not whole yet" in early.text
    for kind in KINDS:
        taken = await upload(site, kind, until=(TODAY + timedelta(days=99)).isoformat())
        assert taken.headers["location"] == f"{DRAFT}/papers?done=uploaded", taken.text
    check = await site.get(f"{DRAFT}/check")
    for said in ("€55.50", "Aino Salainen", "FI•• •••• 0785", "Keskusta, Katu 1", "Vakuutus Oy, €500,000.00"):
        assert said in check.text, said
    assert "1234 5600" not in check.text
    undeclared = await send(site, true="")
    assert undeclared.status_code == 422
    sent = await send(site)
    assert sent.headers["location"] == "/provider/offer?done=applied&count=2", sent.text

    provider_id = await newcomer(database)
    both = Sight(organisers=(world.organiser_id, other.organiser_id))
    async with database.transaction(both) as session:
        made = (await session.scalars(select(Application).order_by(Application.created_at))).all()
        shares = (
            await session.execute(select(EvidenceShare.organiser_id, func.count()).group_by("organiser_id"))
        ).all()
        draft = (await session.scalars(select(ApplicationDraft))).one()
    assert {row.service_id for row in made} == {world.service_id, other.service_id}
    assert {row.state for row in made} == {"submitted"}
    assert all(row.offer["municipality_codes"] == ["564"] for row in made)
    assert all(len(row.details["accepted_points"]) == 3 for row in made if row.details)
    assert {row[0]: row[1] for row in shares} == {world.organiser_id: 6, other.organiser_id: 6}
    assert draft.submitted_at == NOW
    again = await post_form(site, f"{DRAFT}/start", {})
    assert again.status_code == 303
    assert provider_id == draft.provider_id


async def send_anyway(site: httpx.AsyncClient) -> httpx.Response:
    """As somebody who writes the address instead of pressing the button that is not there yet."""

    async def at(version: int) -> httpx.Response:
        fields = {
            "idempotency_key": str(uuid7()),
            "version": str(version),
            "draft": str(uuid7()),
            "true": "yes",
        }
        return await post_form(site, f"{DRAFT}/submit", fields)

    stale = await at(1)
    assert stale.status_code == 409
    assert "have been changed since" in stale.text
    answers = [await at(version) for version in range(2, 30)]
    return next(one for one in answers if "have been changed since" not in one.text)


async def test_a_wrong_organisation_comes_back_filled_in_and_a_known_one_is_not_taken_over(
    site: httpx.AsyncClient, database: Database
) -> None:
    await begun(site, database)
    wrong = await post_form(site, "/provider/offer/organisations/new", {"business_id": "2331972-8"})
    assert wrong.status_code == 422
    assert 'href="#f-business_id"' in wrong.text
    assert (await site.get("/provider/offer/organisations/2331972-8")).status_code == 404
    await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
    at = f"/provider/offer/organisations/{BUSINESS_ID}"
    key = hidden(await site.get(at), "idempotency_key")
    bad = {"idempotency_key": key, **TYPED, "website": "javascript:alert(1)", "email": "x"}
    answer_ = await post_form(site, at, bad)
    assert answer_.status_code == 422
    assert 'value="Uusi Suunta Oy"' in answer_.text
    assert 'href="#f-website"' in answer_.text
    await register(site)
    key = hidden(await site.get(at), "idempotency_key")
    taken = await post_form(site, at, {"idempotency_key": key, **TYPED})
    assert taken.status_code == 409
    assert "2331972-7 is in the service already" in taken.text


async def test_who_is_in_the_register_changes_that_instead_of_applying(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await begun(site, database)
    await post_form(site, f"{DRAFT}/start", {})
    page = await site.get(f"{DRAFT}/services")
    assert f'href="/provider/offer/{world.admissions[0]}/changes"' in page.text
    assert f'value="{world.service_id}"' not in page.text
    forced = await post_form(site, f"{DRAFT}/services", {"services": [str(world.service_id)]})
    assert forced.status_code == 422


async def test_answers_that_fail_come_back_filled_in(site: httpx.AsyncClient, database: Database) -> None:
    world = await begun(site, database)
    await register(site)
    await post_form(site, f"{DRAFT}/start", {})
    await post_form(site, f"{DRAFT}/services", {"services": [str(world.service_id)]})
    at = f"{DRAFT}/for/{world.service_id}"
    high = await post_form(
        site, f"{at}/price", {"unit_price": "61", "vat_rate_bp": "2550", "start": "2020-01-01"}
    )
    assert high.status_code == 422
    assert 'value="61"' in high.text
    assert 'href="#f-unit_price"' in high.text
    assert 'href="#f-start"' in high.text
    unsaid = await post_form(site, f"{at}/price", {"unit_price": "55", "vat_rate_bp": "E"})
    assert unsaid.status_code == 422
    assert 'href="#f-vat_reason"' in unsaid.text
    outside = await post_form(site, f"{at}/price", {"unit_price": "55", "vat_rate_bp": "O"})
    assert outside.status_code == 303
    assert "Ei arvonlisäverovelvollinen – Ej momsskyldig" in (await site.get(f"{at}/price")).text
    some = await post_form(site, f"{at}/rules", {"points": ["registered"]})
    assert some.status_code == 303
    assert "Points that are not accepted yet: 2." in (await site.get(DRAFT)).text
    ticked = await site.get(f"{at}/rules")
    assert ticked.text.count("checked") == 1
    for part, wrong in (
        ("where", {}),
        ("sites", {}),
        ("languages", {"languages": ["xx"]}),
        ("insurance", {"sum": "x"}),
    ):
        answer_ = await post_form(site, f"{DRAFT}/{part}", wrong)
        assert answer_.status_code == 422, part
    assert (await site.get(f"{DRAFT}/nothing")).status_code == 404


async def test_what_the_task_list_costs(site: httpx.AsyncClient, database: Database) -> None:
    world = await begun(site, database)
    other = await build_world(database, code="turku", providers=0)
    await register(site)
    await fill_in(site, database, world.service_id)
    with counted(database) as one:
        assert (await site.get(DRAFT)).status_code == 200
    await post_form(site, f"{DRAFT}/services", {"services": [str(world.service_id), str(other.service_id)]})
    with counted(database) as two:
        assert (await site.get(DRAFT)).status_code == 200
    assert len(one) <= 22, one
    assert len(two) - len(one) <= 3, two
