"""The register's pages: anyone reads it, providers apply and keep their offers, officers decide."""

import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, text, update

from registry.audit.model import AuditEvent
from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.model import Hearing
from registry.providers.generated import load_generated
from registry.providers.model import Admission, Application, Coach, Provider
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.working_days import working_days_after
from tests.builders import NOW, TODAY, World, build_world
from tests.web.client import hidden, post_form, sign_in

OFFER = {
    "unit_price": "55,50",
    "vat_rate_bp": "2550",
    "municipality_codes": ["area"],
    "remote": "yes",
    "languages": ["fi", "sv"],
    "method": "one_to_one",
    "accessibility": ["step_free"],
    "places": "6",
    "next_start": (TODAY + timedelta(days=10)).isoformat(),
    "rule_book_version": "2026-1",
}


async def in_english(site: httpx.AsyncClient) -> None:
    site.cookies.set("language", "en")


async def send(site: httpx.AsyncClient, path: str, data: Mapping[str, object]) -> httpx.Response:
    """Open the form, and send it with its own key."""
    page = await site.get(path)
    assert page.status_code == 200, page.text[:2000]
    return await post_form(site, path, {"idempotency_key": hidden(page, "idempotency_key"), **data})


# --- the public register --------------------------------------------------------------------------------------------


async def test_anyone_searches_the_register_and_reads_an_entry(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await in_english(site)
    listed = await site.get("/providers")
    assert listed.status_code == 200
    assert "3 providers" in listed.text
    found = await site.get("/providers", params={"q": "oy VALM 2", "language": "fi", "municipality": "564"})
    assert "1 provider" in found.text
    assert "Valmennus 2 Oy" in found.text
    assert "Valmennus 1 Oy" not in found.text
    nobody = await site.get("/providers", params={"q": "???"})
    assert "Nobody was found" in nobody.text
    entry = await site.get(f"/providers/{world.provider_id}")
    assert entry.status_code == 200
    assert "<h1>Valmennus 1 Oy</h1>" in entry.text
    assert "€60.00" in entry.text
    assert "Fictional organisation" in entry.text


@pytest.mark.parametrize("page", ["0", "-1", "99999999", "x", "１", ""])
async def test_any_page_number_shows_a_page(site: httpx.AsyncClient, database: Database, page: str) -> None:
    await build_world(database, providers=1)
    assert (await site.get("/providers", params={"page": page})).status_code == 200


async def test_odd_searches_are_answered(site: httpx.AsyncClient, database: Database) -> None:
    await build_world(database, providers=1)
    for odd in (
        "\x00",
        "'; DROP TABLE provider; --",
        "a" * 5000,
        "\udcff".encode("utf-8", "surrogatepass"),
        "%",
    ):
        for name in ("q", "service", "municipality", "language", "organiser", "remote", "page"):
            answer = await site.get("/providers", params={name: odd})
            assert answer.status_code in {200, 400, 422}, (name, odd)


async def test_the_list_pages_and_says_when_there_are_more_than_it_counts(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        await load_generated(
            session,
            organiser_id=world.organiser_id,
            service_ids=[world.service_id],
            count=1_200,
            seed=3,
            now=NOW,
        )
    await in_english(site)
    first = await site.get("/providers")
    assert "More than 1,000 providers" in first.text
    assert 'href="/providers?page=2"' in first.text
    last = await site.get("/providers?page=50")
    assert "The first 1,000 are shown" in last.text
    names = re.findall(
        r'<h3 class="hit__name"><a href="[^"]+">([^<]+)',
        first.text + (await site.get("/providers?page=2")).text,
    )
    assert len(names) == len(set(names)) == 40


async def test_who_is_suspended_is_shown_only_when_asked_and_never_why(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[0])
            .values(state="suspended", state_reason="Salainen syy")
        )
    await in_english(site)
    assert "Valmennus 1 Oy" not in (await site.get("/providers")).text
    asked = await site.get("/providers", params={"suspended": "yes"})
    assert "Valmennus 1 Oy" in asked.text
    entry = await site.get(f"/providers/{world.provider_id}")
    assert "cannot be chosen now" in entry.text
    assert "Salainen" not in entry.text + asked.text


async def test_who_left_has_a_page_that_says_only_that(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).values(state="removed", state_reason="Syy"))
    await in_english(site)
    for address in (f"/providers/{world.provider_id}", "/providers/01900000-0000-7000-8000-000000000000"):
        answer = await site.get(address)
        assert answer.status_code == 404
        assert "Not in the register" in answer.text
        assert "Valmennus" not in answer.text


# --- applications -----------------------------------------------------------------------------------------------------


async def waiting(database: Database, world: World, index: int = 0) -> UUID:
    """An application of one of the world's providers, whose admission has ended."""
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[index]).values(state="withdrawn")
        )
        from registry.providers.commands import submit_application
        from tests.registry.providers.test_applications import OFFER as TYPED

        actor = world.provider_actor(index)
        return await submit_application(
            session,
            actor=actor,
            now=NOW,
            provider_id=actor.provider_id,
            service_id=world.service_id,
            offer=TYPED,
        )


async def test_the_officer_asks_and_the_provider_answers(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    application_id = await waiting(database, world)
    await in_english(site)
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    at = f"/applications/{application_id}"
    key = hidden(await site.get(at), "idempotency_key")
    empty = await post_form(site, f"{at}/ask", {"idempotency_key": key, "question": " "})
    assert empty.status_code == 422
    assert 'href="#f-question"' in empty.text
    asked = await post_form(site, f"{at}/ask", {"idempotency_key": key, "question": "Kuka valmentaa?"})
    assert asked.status_code == 303
    assert "Valmennus 1 Oy" in (await site.get("/applications?view=applicant")).text

    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = f"/provider/offer/applications/{application_id}"
    for active in (False, True):  # one that was sent can be read, though no other can be sent any more
        async with database.transaction(world.sight) as session:
            await session.execute(text("UPDATE service SET active = :active"), {"active": active})
        page = await site.get(own)
        assert page.status_code == 200
    assert "Kuka valmentaa?" in page.text
    body = OFFER | {"text": "Kaksi ihmistä.", "idempotency_key": hidden(page, "idempotency_key")}
    wrong = await post_form(site, f"{own}/answer", body | {"unit_price": "99"})
    assert wrong.status_code == 422
    assert "Kaksi ihmistä." in wrong.text
    given = await post_form(
        site, f"{own}/answer", body | {"idempotency_key": hidden(wrong, "idempotency_key"), "places": "9"}
    )
    assert given.status_code == 303, given.text
    after = await site.get(own)
    assert "Kaksi ihmistä." in after.text
    withdrawn = await post_form(site, f"{own}/withdraw", {})
    assert withdrawn.headers["location"] == "/provider/offer?done=withdrawn"


async def test_applications_of_others_are_not_there(site: httpx.AsyncClient, database: Database) -> None:
    oulu = await build_world(database, code="oulu")
    turku = await build_world(database, code="turku")
    application_id = await waiting(database, oulu)
    await sign_in(site, database, turku, Role.REGISTER_OFFICER)
    assert (await site.get(f"/applications/{application_id}")).status_code == 404
    assert (await site.get(f"/applications/register/{oulu.admissions[0]}")).status_code == 404
    await sign_in(site, database, oulu, "provider_user:1")
    assert (await site.get(f"/provider/offer/applications/{application_id}")).status_code == 404
    assert (await site.get(f"/provider/offer/{oulu.admissions[0]}")).status_code == 404


# --- keeping an offer ---------------------------------------------------------------------------------------------------


async def test_places_are_changed_but_not_under_those_taken(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).values(taken=4))
    await in_english(site)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    at = f"/provider/offer/{world.admissions[0]}"
    page = await site.get(at)
    assert 'value="10"' in page.text
    for places, status in (("3", 409), ("x", 422), ("-1", 422), ("99999999999999999999", 422), ("4", 303)):
        answer = await post_form(site, at, {"places": places, "next_start": ""})
        assert answer.status_code == status, places
    assert (await post_form(site, at, {"places": "4", "next_start": "2020-01-01"})).status_code == 422
    async with database.transaction() as session:
        admission = await session.get_one(Admission, world.admissions[0])
    assert (admission.places, admission.next_start) == (4, None)
    assert "4 of 4 taken" in (await site.get("/provider/offer")).text


async def test_own_words_and_a_coach_reach_the_public_page(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    page = await site.get("/provider/offer/profile")
    assert page.status_code == 200
    saved = await post_form(
        site,
        "/provider/offer/profile",
        {"introduction_fi": "Kuljemme <rinnalla>.", "website": "esimerkki.invalid"},
    )
    assert saved.headers["location"] == "/provider/offer?done=profile"
    wrong = await post_form(site, "/provider/offer/profile", {"introduction_fi": "Jää talteen", "email": "x"})
    assert wrong.status_code == 422
    assert "Jää talteen" in wrong.text
    async with database.transaction() as session:  # not in the register yet
        await session.execute(update(Admission).values(state="withdrawn"))
    coach = {"first_name": "Aino", "languages": ["fi", "en"], "statement_en": "I listen first."}
    assert (await post_form(site, "/provider/offer/coaches/new", coach)).status_code == 303
    assert (
        await post_form(site, "/provider/offer/coaches/new", coach | {"languages": []})
    ).status_code == 422
    async with database.transaction() as session:
        await session.execute(update(Admission).values(state="active"))
    entry = await site.get(f"/providers/{world.provider_id}")
    assert "Kuljemme &lt;rinnalla&gt;." in entry.text
    assert 'lang="fi"' in entry.text
    assert "I listen first." in entry.text
    async with database.transaction() as session:
        coach_id = await session.scalar(select(Coach.id))
    assert (await site.get(f"/provider/offer/coaches/{coach_id}")).status_code == 200
    assert (await post_form(site, f"/provider/offer/coaches/{coach_id}/end", {})).status_code == 303
    assert "I listen first." not in (await site.get(f"/providers/{world.provider_id}")).text


async def test_leaving_is_asked_first(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    at = f"/provider/offer/{world.admissions[0]}/leave"
    assert "Coming back takes a new application" in (await site.get(at)).text
    assert (await post_form(site, at, {"clients_may": "vanish"})).status_code == 422
    left = await post_form(site, at, {"clients_may": "finish"})
    assert left.headers["location"] == "/provider/offer?done=left"
    assert "Not in the register yet" in (await site.get("/provider/offer")).text


async def test_the_officer_suspends_lifts_and_removes(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await in_english(site)
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    listed = await site.get("/applications/register", params={"q": "valmennus"})
    assert "Valmennus 3 Oy" in listed.text
    at = f"/applications/register/{world.admissions[0]}"
    assert at in listed.text
    said = {"ground": "none", "idempotency_key": str(uuid4())}
    assert (await post_form(site, f"{at}/declaration", said)).status_code == 303
    against = {"reason": "Vakuutus puuttuu.", "legal_basis": "569/2009 5 §", "clients_may": "finish"}
    assert (await send(site, at, against | {"act": "suspend", "reason": ""})).status_code == 422
    assert (await send(site, at, against | {"act": "explode"})).status_code == 422
    unheard = await send(site, at, against | {"act": "suspend"})
    assert unheard.status_code == 409
    assert "Vakuutus puuttuu." in unheard.text  # nothing that was written is lost
    await heard_and_answered(site, database, world)
    assert (await send(site, at, against | {"act": "suspend"})).status_code == 303
    shown = (await site.get(at)).text
    assert "Vakuutus puuttuu." in shown
    assert "Kyllä hankimme." in shown
    assert "Decision: suspended" in shown
    assert (await send(site, at, against | {"act": "suspend"})).status_code == 409
    assert "Valmennus 1 Oy" in (await site.get("/applications/register", params={"state": "suspended"})).text
    assert (await send(site, at, {"act": "reactivate", "reason": "Saatiin."})).status_code == 303
    await heard_and_answered(site, database, world)
    assert (await send(site, at, against | {"act": "remove"})).status_code == 303
    assert (await site.get(f"/providers/{world.provider_id}")).status_code == 404


async def heard_and_answered(site: httpx.AsyncClient, database: Database, world: World) -> None:
    """The officer hears the first provider on the page, and it answers."""
    asked = {
        "hearing_text": "Vakuutus on päättynyt.",
        "due_on": working_days_after(TODAY, 11).isoformat(),
    }
    at = f"/applications/register/{world.admissions[0]}"
    asked["idempotency_key"] = str(uuid4())
    assert (await post_form(site, f"{at}/hearing", asked)).status_code == 303
    provider = world.provider_actor()
    async with database.transaction(provider.sight) as session:
        hearing_id = await session.scalar(select(Hearing.id).where(Hearing.closed_at.is_(None)))
        assert hearing_id is not None
        await answer_hearing(session, actor=provider, now=NOW, hearing_id=hearing_id, text="Kyllä hankimme.")


async def test_the_officer_states_whom_a_provider_belongs_to(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    other = await build_world(database, code="turku")
    path = f"/applications/register/{world.admissions[0]}/ties"
    site.cookies.set("language", "en")
    await sign_in(site, database, world, Role.REGISTER_OFFICER)

    async def state(**values: str) -> httpx.Response:
        return await post_form(site, path, {"idempotency_key": str(uuid4()), **values})

    long = await state(company_group="K" * 121)
    assert (long.status_code, 'href="#f-company_group"' in long.text) == (422, True)
    for _ in range(2):  # the second time nothing changes, and nothing is recorded
        saved = await state(company_group=" Ketju ", own_production="yes")
        assert saved.headers["location"] == f"/applications/register/{world.admissions[0]}?done=ties"
    assert 'value="Ketju"' in (await site.get(path)).text
    public = await site.get(f"/providers/{world.provider_id}")
    assert "Own service of oulu employment area" in public.text
    assert "Ketju" in public.text
    async with database.transaction(world.sight) as session:
        (event,) = await session.scalars(
            select(AuditEvent).where(AuditEvent.action == "provider.ties_stated")
        )
        assert event.facts == {
            "changed": ["company_group", "own_production_of"], "own_production_of": str(world.organiser_id),
        }  # fmt: skip
        await session.execute(update(Provider).values(own_production_of=other.organiser_id))
    assert "another organiser’s own unit" in (await site.get(path)).text
    assert (await state(own_production="yes")).status_code == 409
    assert (await state(company_group="Toinen")).status_code == 303
    async with database.transaction(world.sight) as session:
        provider = await session.get_one(Provider, world.provider_id)
    assert (provider.company_group, provider.own_production_of) == ("Toinen", other.organiser_id)
    await sign_in(site, database, other, Role.REGISTER_OFFICER)
    assert (await site.get(path)).status_code == 404
    assert (await state(company_group="x")).status_code == 404


async def test_a_long_queue_is_paged_the_oldest_first(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        ids = await load_generated(
            session,
            organiser_id=world.organiser_id,
            service_ids=[world.service_id],
            count=120,
            seed=5,
            now=NOW,
        )
        from tests.registry.providers.test_applications import OFFER as TYPED

        for number, provider_id in enumerate(ids):
            session.add(
                Application(
                    id=provider_id,
                    organiser_id=world.organiser_id,
                    provider_id=provider_id,
                    service_id=world.service_id,
                    state="submitted",
                    offer=TYPED.document(),
                    submitted_at=NOW - timedelta(days=number % 40),
                    created_at=NOW,
                )
            )
    await in_english(site)
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    seen: list[str] = []
    address: str | None = "/applications"
    while address:
        page = await site.get(address)
        assert page.status_code == 200
        seen += re.findall(r'href="/applications/([0-9a-f-]{36})"', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = following.group(1).replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 120
    assert "39 days" in (await site.get("/applications")).text
    assert (await site.get("/applications", params={"after": "rubbish"})).status_code == 422
