"""A new organisation beside a company register that answers, does not, or answers something odd."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from registry.providers.company_register.client import CompanyRegister, Limits
from registry.providers.model import Application, Provider
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys, Settings
from tests.builders import NOW
from tests.registry.providers.company_register.answers import answer, company
from tests.registry.providers.company_register.server import (
    Act,
    keeps_silent,
    refuses,
    register_server,
    says,
    tells,
)
from tests.web.applying import (
    BUSINESS_ID,
    CONTACT,
    DRAFT,
    begun,
    newcomer,
    register,
)
from tests.web.client import post_form, sign_in
from tests.web.conftest import Clock
from web.services import Services


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
