"""Applying through the pages: an organisation, a list of tasks, papers, and one application for each service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update

from registry.audit.model import AuditEvent
from registry.people.commands import begin_session, create_api_token
from registry.people.model import RoleGrant
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.company_register.client import CompanyRegister, Limits
from registry.providers.drafts.model import ApplicationDraft
from registry.providers.evidence.model import EvidencePaper, EvidenceShare
from registry.providers.model import Admission, Application, Coach, Provider
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.errors import Forbidden
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys, Settings
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.company_register.answers import answer, company
from tests.registry.providers.company_register.server import (
    Act,
    keeps_silent,
    refuses,
    register_server,
    says,
    tells,
)
from tests.registry.providers.files.samples import pdf, png
from tests.registry.vouchers.test_queries import counted
from tests.web.applying import (
    BUSINESS_ID,
    CONTACT,
    DRAFT,
    KINDS,
    TYPED,
    fill_in,
    newcomer,
    register,
    send,
    sign_in_as_newcomer,
    upload,
)
from tests.web.client import hidden, post_form, sign_in
from tests.web.conftest import Clock
from web.services import Services


async def begun(site: httpx.AsyncClient, database: Database) -> World:
    """A world in English, with a provider user signed in."""
    world = await build_world(database)
    site.cookies.set("language", "en")
    await sign_in(site, database, world, Role.PROVIDER_USER)
    return world


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
    assert f'href="/provider/offer/{world.admissions[0]}"' in page.text
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


# --- papers -----------------------------------------------------------------------------------------------------------


async def test_a_paper_one_day_too_old_is_missing(
    site: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    world = await begun(site, database)
    await register(site)
    await fill_in(site, database, world.service_id)
    for kind in KINDS[1:]:
        await upload(site, kind, until=(TODAY + timedelta(days=99)).isoformat())
    old = await upload(
        site, "tax_debt", issued="2026-08-21"
    )  # three months and a day before the 22nd of November
    assert old.status_code == 303
    asked = await site.get(f"{DRAFT}/papers")
    assert "too old: it was given on 21 Aug 2026" in asked.text
    assert "Parts are missing" in (await site.get(f"{DRAFT}/check")).text
    await upload(site, "tax_debt", issued="2026-08-22")
    assert (await send(site)).status_code == 303
    late = await upload(site, "tax_debt", issued=(TODAY + timedelta(days=1)).isoformat())
    assert late.status_code == 422
    assert "has not come yet" in late.text


HTML = b"%PDF-1.7\n<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"MZ\x90\x00 a program", "todistus.pdf", 422, "Send a PDF, PNG or JPEG file"),
        (HTML, "todistus.pdf", 422, "holds something else"),
        (pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "todistus.pdf", 422, "holds a program"),
        (pdf() + b"\0" * 11_000_000, "todistus.pdf", 413, "too large: at most 10 MB"),
        (b"", "todistus.pdf", 422, "The file is empty"),
    ],
    ids=["program", "page", "script", "11 MB", "empty"],
)
async def test_files_that_are_not_taken_leave_the_form_as_it_was(
    site: httpx.AsyncClient, database: Database, content: bytes, name: str, status: int, said: str
) -> None:
    await begun(site, database)
    at = "/provider/offer/papers/new/tax_debt"
    key = hidden(await site.get(at), "idempotency_key")
    refused = await post_form(
        site,
        at,
        {"idempotency_key": key, "issued_on": "2026-11-01"},
        files={"file": (name, content, "application/pdf")},
    )
    assert refused.status_code == status, refused.text
    assert said in refused.text
    assert 'value="2026-11-01"' in refused.text
    assert 'href="#f-file"' in refused.text
    async with database.transaction(Sight(provider=None)) as session:
        assert await session.scalar(select(func.count()).select_from(EvidencePaper)) == 0


async def test_a_bomb_is_not_unpacked_and_a_path_is_no_name(
    site: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    world = await begun(site, database)
    bomb = await upload(site, "tax_debt", content=archive_in_a_picture(), name="kuva.png")
    assert bomb.status_code == 422
    taken = await upload(site, "tax_debt", name="../../etc/passwd\\..\\tilinpäätös;2026.exe")
    assert taken.status_code == 303, taken.text
    async with database.transaction(world.sight) as session:
        paper = (await session.scalars(select(EvidencePaper))).one()
    assert paper.file_name == "tilinpäätös2026.pdf"
    assert settings.evidence_folder is not None
    kept = [path.name for path in settings.evidence_folder.rglob("*") if path.is_file()]
    assert kept == [paper.digest]
    answer_ = await site.get(f"/evidence/{paper.id}")
    assert answer_.content == pdf(b"<< /Type /Catalog >>")
    assert answer_.headers["content-disposition"].startswith('attachment; filename="tilinp')
    assert answer_.headers["x-content-type-options"] == "nosniff"
    assert answer_.headers["content-type"] == "application/pdf"
    assert "sandbox" in answer_.headers["content-security-policy"]


def archive_in_a_picture() -> bytes:
    return png(64_000, 64_000)


async def test_a_file_is_for_its_provider_and_for_officers_whom_it_was_shown(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await begun(site, database)
    other = await build_world(database, code="turku", providers=0)
    await register(site)
    await fill_in(site, database, world.service_id)
    for kind in KINDS:
        await upload(site, kind, until=(TODAY + timedelta(days=99)).isoformat())
    async with database.transaction() as session:
        paper = (await session.scalars(select(EvidencePaper).where(EvidencePaper.kind == "tax_debt"))).one()
    for who, door in ((world, Role.REGISTER_OFFICER), (other, Role.REGISTER_OFFICER)):
        await sign_in(site, database, who, door)
        assert (await site.get(f"/evidence/{paper.id}")).status_code == 404
    await sign_in_as_newcomer(site, database, world)
    assert (await send(site)).status_code == 303
    for who, door, status in (
        (world, Role.REGISTER_OFFICER, 200),
        (other, Role.REGISTER_OFFICER, 404),
        (world, Role.PROVIDER_USER, 404),
        (world, Role.CASE_WORKER, 403),
    ):
        await sign_in(site, database, who, door)
        assert (await site.get(f"/evidence/{paper.id}")).status_code == status
    async with database.transaction(world.sight) as session:
        looks = (
            await session.scalars(select(AuditEvent).where(AuditEvent.action == "evidence.file_read"))
        ).all()
    assert [(look.actor_id, look.organiser_id) for look in looks] == [
        (world[Role.REGISTER_OFFICER].id, world.organiser_id)
    ]


# --- the officer ------------------------------------------------------------------------------------------------------


async def test_the_officer_sees_the_papers_notes_what_it_found_and_confirms_the_account(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await begun(site, database)
    await register(site)
    await fill_in(site, database, world.service_id)
    for kind in KINDS:
        await upload(site, kind, until=(TODAY + timedelta(days=99)).isoformat())
    await send(site)
    async with database.transaction(world.sight) as session:
        application = (await session.scalars(select(Application))).one()
        paper = (await session.scalars(select(EvidencePaper).where(EvidencePaper.kind == "tax_debt"))).one()
        account = (await session.scalars(select(BankAccount))).one()
    own = await post_form(site, f"/bank-accounts/{account.id}/confirm", {})
    assert own.status_code == 409
    assert "Another person has to confirm" in own.text
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    at = f"/applications/{application.id}/papers"
    page = await site.get(at)
    for said in (
        "Unverified",
        "Aino Salainen: Yhteisöpedagogi",
        "Keskusta, Katu 1",
        "FI•• •••• 0785",
        "Vakuutus Oy",
    ):
        assert said in page.text, said
    assert "1234 5600" not in page.text
    check = await site.get(f"{at}/{paper.id}")
    key = hidden(check, "idempotency_key")
    bare = await post_form(
        site, f"{at}/{paper.id}", {"idempotency_key": key, "verdict": "not_accepted", "note": ""}
    )
    assert bare.status_code == 422
    noted = await post_form(
        site, f"{at}/{paper.id}", {"idempotency_key": key, "verdict": "accepted", "note": ""}
    )
    assert noted.status_code == 303, noted.text
    assert "checked on 22 Nov 2026 by register_officer, accepted" in (await site.get(at)).text
    confirmed = await post_form(
        site, f"/bank-accounts/{account.id}/confirm", {"application": str(application.id)}
    )
    assert confirmed.headers["location"] == f"{at}?done=decided"
    assert "In force: FI•• •••• 0785" in (await site.get(at)).text

    await database_approve(database, world, application.id)
    public = await site.get(f"/providers/{application.provider_id}")
    assert public.status_code == 200
    assert "Aino" in public.text
    for secret in ("Salainen", "Yhteisöpedagogi", "Katu 1"):
        assert secret not in public.text
        assert secret not in (await site.get("/api/v1/open-data/register.csv")).text


async def database_approve(database: Database, world: World, application_id: UUID) -> None:
    """In the register, however that came about."""
    async with database.transaction(world.sight) as session:
        found = await session.get_one(Application, application_id)
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[2]).values(provider_id=found.provider_id)
        )
        coach = (await session.scalars(select(Coach).where(Coach.provider_id == found.provider_id))).one()
        coach.statement = {"fi": "Kuuntelen ensin."}


# --- who may ------------------------------------------------------------------------------------------------------------


PERSON = {
    "idempotency_key": "k", "name": "X", "email": "x@example.invalid", "duty": "office", "language": "fi",
}  # fmt: skip
SITE = {"name": "A", "street": "B", "postal_code": "1", "city": "C", "municipality_code": "564"}


async def test_a_coach_meets_clients_and_nothing_else(site: httpx.AsyncClient, database: Database) -> None:
    world = await begun(site, database)
    key = hidden(await site.get("/provider/offer/people"), "idempotency_key")
    added = await post_form(
        site, "/provider/offer/people",
        {
            "idempotency_key": key, "name": "Veera Valmentaja", "email": "v@example.invalid", "duty": "coach",
            "language": "fi",
        },
    )  # fmt: skip
    assert added.status_code == 303, added.text
    async with database.transaction(world.provider_actor().sight) as session:
        grant = (await session.scalars(select(RoleGrant).where(RoleGrant.duty == "coach"))).one()
        own = (
            await session.scalars(
                select(RoleGrant.id).where(
                    RoleGrant.duty.is_(None), RoleGrant.provider_id == world.provider_id
                )
            )
        ).one()
        token = await begin_session(session, role_grant_id=grant.id, now=NOW, hours=8)
    last = await post_form(site, f"/provider/offer/people/{own}/coach", {})
    assert last.status_code == 409
    assert "Somebody must stay" in last.text
    site.cookies.set("registry_session", token)
    assert (await site.get("/provider")).status_code == 200
    for path, form in (
        (f"{DRAFT}/start", {}),
        (f"{DRAFT}/bank-account", {"iban": "FI2112345600000785"}),
        (
            "/provider/offer/people",
            {
                "idempotency_key": "k",
                "name": "X",
                "email": "x@example.invalid",
                "duty": "office",
                "language": "fi",
            },
        ),
        (
            "/provider/offer/sites/new",
            {"name": "A", "street": "B", "postal_code": "1", "city": "C", "municipality_code": "564"},
        ),
        ("/provider/offer/profile", {"email": "a@example.invalid"}),
    ):
        answer_ = await post_form(site, path, form)
        assert answer_.status_code == 403, (path, answer_.status_code)
    refused = await upload(site, "tax_debt")
    assert refused.status_code == 403
    coach = replace(world.provider_actor(), id=grant.account_id)
    with pytest.raises(Forbidden):
        async with database.transaction(coach.sight) as session:
            await create_api_token(session, actor=coach, now=NOW, name="x", scopes=["register:write"], days=1)


# --- the company register ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def with_register(
    built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock, *acts: Act
) -> AsyncIterator[list[str]]:
    """The application beside a register that acts so; gives what was asked of it."""
    async with register_server(*acts) as register_:
        asked = settings.model_copy(update={"company_register_url": register_.address})

        @asynccontextmanager
        async def impatient(settings: Settings) -> AsyncIterator[CompanyRegister]:
            async with httpx.AsyncClient() as http:
                yield CompanyRegister(
                    http,
                    address=settings.company_register_url,
                    limits=Limits(connect=0.3, read=0.3, total=0.5, attempts=1),
                )

        built.state.services = Services(
            database=database, keys=keys, settings=asked, now=clock, register=impatient
        )
        yield register_.asked


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (keeps_silent(), "could not be reached"),
        (refuses(429, retry_after="60"), "too many requests"),
        (says(b"{not json"), "cannot be read"),
        (tells(answer()), "does not have this business id"),
    ],
    ids=["silent", "busy", "malformed", "unknown"],
)
async def test_where_the_register_does_not_answer_the_applicant_types_and_the_officer_is_told(
    site: httpx.AsyncClient, built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock,
    act: Act, said: str,
) -> None:  # fmt: skip
    world = await begun(site, database)
    async with with_register(built, database, keys, settings, clock, act):
        looked = await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
        page = await site.get(looked.headers["location"])
        assert "Unverified" in page.text
        assert said in page.text
        assert 'name="name"' in page.text
        await register(site)
    provider_id = await newcomer(database)
    async with database.transaction(Sight(organisers=(world.organiser_id,), provider=provider_id)) as session:
        application_id = uuid7()
        session.add(
            Application(
                id=application_id, organiser_id=world.organiser_id, provider_id=provider_id,
                service_id=world.service_id, state="submitted", offer={}, submitted_at=NOW, created_at=NOW,
            )
        )  # fmt: skip
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    officer = await site.get(f"/applications/{application_id}/papers")
    assert "Unverified" in officer.text
    assert said in officer.text
    assert "as the applicant says" in officer.text


async def test_what_the_register_says_need_not_be_typed(
    site: httpx.AsyncClient, built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock
) -> None:
    await begun(site, database)
    found = tells(answer(company(BUSINESS_ID)))
    async with with_register(built, database, keys, settings, clock, found) as asked:
        looked = await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
        page = await site.get(looked.headers["location"])
        assert "From the company register" in page.text
        assert "Esimerkkivalmennus Oy" in page.text
        assert "22 Nov 2026" in page.text
        assert 'name="name"' not in page.text
        assert 'value="Karakaari 7 B 12a"' in page.text
        typed = CONTACT | {"name": "Aivan Muu Oy", "form": "foundation", "municipality_code": "564"}
        await register(site, typed)
        assert len(asked) == 1  # an answer that is fresh is not asked for again
    async with database.transaction() as session:
        provider = await session.get_one(Provider, await newcomer(database))
    assert (provider.name, provider.form) == ("Esimerkkivalmennus Oy", "company")
    facts = await site.get(f"{DRAFT}/organisation")
    assert "Prepayment register" in facts.text
    assert "Registered" in facts.text


async def test_the_register_is_not_walked_through_us(
    site: httpx.AsyncClient, built: Litestar, database: Database, keys: Keys, settings: Settings, clock: Clock
) -> None:
    await begun(site, database)
    async with with_register(built, database, keys, settings, clock, refuses(503)) as asked:
        for _ in range(10):
            await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
        eleventh = await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
    assert eleventh.status_code == 429
    assert len(asked) == 10


# --- what pages cost --------------------------------------------------------------------------------------------------


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
