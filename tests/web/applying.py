"""Steps of applying through the pages, as a person takes them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from registry.people.commands import begin_session
from registry.people.model import RoleGrant
from registry.providers.model import Coach, Provider
from registry.providers.sites.model import Site
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.files.samples import pdf
from tests.web.client import hidden, post_form, sign_in

DRAFT = "/provider/offer/draft"
BUSINESS_ID = "2331972-7"
CONTACT = {"email": "posti@uusi.invalid"}
TYPED = CONTACT | {
    "name": "Uusi Suunta Oy",
    "form": "company",
    "municipality_code": "564",
    "registers": ["prepayment", "vat", "employer"],
}
KINDS = (
    "tax_debt", "pension_insurance", "collective_agreement", "accident_insurance", "liability_insurance",
    "register_extract",
)  # fmt: skip
PARTS: Mapping[str, Mapping[str, Any]] = {
    "where": {"municipality_codes": ["564"], "remote": "yes"},
    "languages": {"languages": ["fi", "sv"]},
    "accessibility": {"accessibility": ["step_free"]},
    "way": {"method": "one_to_one", "same_coach": "yes"},
    "insurance": {
        "insurer": "Vakuutus Oy",
        "sum": "500 000",
        "valid_until": (TODAY + timedelta(days=200)).isoformat(),
    },
}
OWN: Mapping[str, Mapping[str, Any]] = {
    "price": {"unit_price": "55,50", "vat_rate_bp": "2550"},
    "capacity": {"places": "6", "next_start": (TODAY + timedelta(days=10)).isoformat()},
}


async def register(site: httpx.AsyncClient, typed: Mapping[str, Any] = TYPED) -> None:
    """Add the organisation and act for it."""
    looked = await post_form(site, "/provider/offer/organisations/new", {"business_id": BUSINESS_ID})
    assert looked.status_code == 303, looked.text
    page = await site.get(looked.headers["location"])
    key = hidden(page, "idempotency_key")
    made = await post_form(site, looked.headers["location"], {"idempotency_key": key, **typed})
    assert made.status_code == 303, made.text
    assert made.headers["location"] == f"{DRAFT}?done=registered"
    # one session from now on: the jar would keep that of the test beside that of the answer
    token = made.cookies["registry_session"]
    site.cookies.delete("registry_session")
    site.cookies.set("registry_session", token)


async def newcomer(database: Database) -> UUID:
    async with database.transaction() as session:
        found = await session.scalar(select(Provider.id).where(Provider.identity_value == BUSINESS_ID))
    assert found is not None
    return found


async def upload(
    site: httpx.AsyncClient,
    kind: str,
    *,
    issued: str = TODAY.isoformat(),
    content: bytes = b"",
    name: str = "todistus.pdf",
    until: str = "",
) -> httpx.Response:
    address = f"/provider/offer/papers/new/{kind}?for=application"
    key = hidden(await site.get(address), "idempotency_key")
    return await post_form(
        site,
        address,
        {"idempotency_key": key, "issued_on": issued, "valid_until": until},
        files={"file": (name, content or pdf(b"<< /Type /Catalog >>"), "application/octet-stream")},
    )


async def fill_in(site: httpx.AsyncClient, database: Database, *services: UUID) -> None:
    """Answer every part for these services, in the order of the task list."""
    begun = await post_form(site, f"{DRAFT}/start", {})
    assert begun.headers["location"] == DRAFT
    await _save(site, f"{DRAFT}/services", {"services": [str(one) for one in services]})
    site_form = {"name": "Keskusta", "street": "Katu 1", "postal_code": "90100", "city": "Oulu"}
    await _save(site, "/provider/offer/sites/new", site_form | {"municipality_code": "564"})
    coach = {
        "first_name": "Aino",
        "surname": "Salainen",
        "qualification": "Yhteisöpedagogi",
        "languages": ["fi"],
    }
    await _save(site, "/provider/offer/coaches/new?for=application", coach)
    provider_id = await newcomer(database)
    async with database.transaction(Sight(provider=provider_id)) as session:
        sites = [str(one) for one in await session.scalars(select(Site.id))]
        coaches = [
            str(one)
            for one in await session.scalars(select(Coach.id).where(Coach.provider_id == provider_id))
        ]
    for part, answers in {**PARTS, "sites": {"sites": sites}, "coaches": {"coaches": coaches}}.items():
        await _save(site, f"{DRAFT}/{part}", answers)
    for service_id in services:
        points = {"points": ["registered", "qualified", "first_meeting"]}
        for part, own in {**OWN, "rules": points}.items():
            await _save(site, f"{DRAFT}/for/{service_id}/{part}", own)
    await _save(site, f"{DRAFT}/bank-account", {"iban": "FI21 1234 5600 0007 85"})


async def _save(site: httpx.AsyncClient, path: str, answers: Mapping[str, Any]) -> None:
    saved = await post_form(site, path, dict(answers))
    assert saved.status_code == 303, f"{path}: {saved.text}"


async def send(site: httpx.AsyncClient, **changed: str) -> httpx.Response:
    """Check the answers and send them."""
    page = await site.get(f"{DRAFT}/check")
    fields = {name: hidden(page, name) for name in ("idempotency_key", "version", "draft")}
    return await post_form(site, f"{DRAFT}/submit", {**fields, "true": "yes", **changed})


async def sign_in_as_newcomer(site: httpx.AsyncClient, database: Database, world: World) -> UUID:
    """Sign in again for the organisation that was added."""
    provider_id = await newcomer(database)
    async with database.transaction(Sight(provider=provider_id)) as session:
        grant = await session.scalar(select(RoleGrant.id).where(RoleGrant.provider_id == provider_id))
        assert grant is not None
        token = await begin_session(session, role_grant_id=grant, now=NOW, hours=8)
    site.cookies.set("registry_session", token)
    return provider_id


async def begun(site: httpx.AsyncClient, database: Database) -> World:
    """A world in English, with a provider user signed in."""
    world = await build_world(database)
    site.cookies.set("language", "en")
    await sign_in(site, database, world, Role.PROVIDER_USER)
    return world
