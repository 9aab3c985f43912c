"""Papers through the pages: what is taken, who may have it, and what an officer makes of it; and who may do what."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from registry.audit.model import AuditEvent
from registry.people.commands import begin_session, create_api_token
from registry.people.model import RoleGrant
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.evidence.model import EvidencePaper
from registry.providers.model import Admission, Application, Coach
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.errors import Forbidden
from registry.shared.settings import Settings
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.files.samples import pdf, png
from tests.web.applying import (
    DRAFT,
    KINDS,
    begun,
    fill_in,
    register,
    send,
    sign_in_as_newcomer,
    upload,
)
from tests.web.client import hidden, post_form, sign_in
from tests.web.conftest import Clock


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


async def test_a_file_whose_paper_is_refused_leaves_nothing_in_the_store(
    site: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """Refused after the file was stored, because its key belongs to another; what a row names stays, whoever sends it."""
    await begun(site, database)
    at, form = "/provider/offer/papers/new/tax_debt", {"issued_on": "2026-11-01"}
    form["idempotency_key"] = hidden(await site.get(at), "idempotency_key")
    first, other = pdf(b"<< /Type /Catalog >>"), pdf(b"<< /Type /Other >>")

    async def sent(content: bytes, **changed: str) -> int:
        file = {"file": ("todistus.pdf", content, "application/pdf")}
        return (await post_form(site, at, form | changed, files=file)).status_code

    def kept() -> set[str]:
        assert settings.evidence_folder is not None
        return {path.name for path in settings.evidence_folder.rglob("*") if path.is_file()}

    assert await sent(first) == 303
    only = {sha256(first).hexdigest()}
    assert kept() == only
    assert await sent(other) == 422
    assert kept() == only
    assert await sent(first, issued_on="2026-11-02") == 422
    assert kept() == only, "the same file is what the first paper is"
    assert await sent(other, idempotency_key="another") == 303
    assert kept() == only | {sha256(other).hexdigest()}


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
