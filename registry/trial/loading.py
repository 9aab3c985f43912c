"""Making the organiser of the trial from the folder: areas, services, the whole register and its outcomes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.areas_import import import_areas
from registry.catalogue.commands import create_organiser, create_service, publish_terms
from registry.catalogue.model import Municipality, Service
from registry.catalogue.rules import Terms, may_organise
from registry.providers.importing import FileProblem, ImportReport, import_providers
from registry.providers.model import Admission, Provider
from registry.quality.outcomes.commands import OutcomeRow, Recorded, ensure_categories, record_outcomes
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.quality.releases import publish_release
from registry.shared.actor import Actor, system
from registry.shared.database import Database
from registry.shared.errors import Accepted
from registry.shared.period import local_date
from registry.trial import made_up
from registry.trial.errors import TrialError
from registry.trial.source import MUNICIPALITIES, PROVIDERS, OutcomeCount, Source

ORGANISER: Final = "trial"


async def load_register(
    database: Database, source: Source, *, now: datetime, folder: Path
) -> tuple[UUID, Mapping[str, UUID], ImportReport]:
    """Areas, the organiser, its services and the register, by the importers that everybody uses."""
    async with database.transaction() as session:
        await import_areas(
            session, actor=system(), now=now, source=MUNICIPALITIES,
            data=(source.folder / MUNICIPALITIES).read_bytes(),
        )  # fmt: skip
        organiser_id = await create_organiser(
            session, actor=system(), now=now, code=ORGANISER, kind="employment_area",
            name_fi="Kokeilun työllisyysalue", name_sv="Försökets sysselsättningsområde",
            name_en="Employment area of the trial", contact_email="trial@registry.invalid",
            employment_area_code=await _largest_area(session), fictional=True,
        )  # fmt: skip
    actor = system(organiser_id)
    async with database.transaction(actor.sight) as session:
        services, terms_by_code = {}, {}
        for place, service in enumerate(source.services):
            terms = terms_by_code[service.code] = made_up.terms_of(place)
            services[service.code] = await create_service(
                session, actor=actor, now=now, code=service.code, name_fi=service.title, name_sv=service.title,
                name_en=service.title, audience="person", free_by_law=not terms.own_share_allowed,
                organiser_id=organiser_id,
            )  # fmt: skip
            await publish_terms(session, actor=actor, now=now, service_id=services[service.code], terms=terms)
    try:
        report = await import_providers(
            database,
            file=source.folder / PROVIDERS,
            mapping=source.mapping,
            organiser=ORGANISER,
            services_of=lambda number: source.services_of.get(number, ()),
            now=now,
            rejects=folder / "rejects.csv",
            warnings=folder / "warnings.csv",
        )
    except FileProblem as error:
        raise TrialError(str(error)) from error
    await _set_prices(database, actor, terms_by_code)
    return organiser_id, services, report


async def _largest_area(session: AsyncSession) -> str:
    """The employment area with the most municipalities."""
    codes = await session.scalars(select(Municipality.employment_area_code))
    sizes: dict[str, int] = {}
    for code in codes:
        if isinstance(may_organise(code), Accepted):
            sizes[code] = sizes.get(code, 0) + 1
    if not sizes:
        raise TrialError(f"{MUNICIPALITIES} has no municipality of an employment area.")
    return min(sizes, key=lambda code: (-sizes[code], code))


async def _set_prices(database: Database, actor: Actor, terms: Mapping[str, Terms]) -> None:
    """Prices of their own for everyone: the mapping has one for all, for the register has none."""
    async with database.transaction(actor.sight) as session:
        rows = await session.execute(
            select(Admission.id, Provider.identity_value, Service.code)
            .join(Provider, Provider.id == Admission.provider_id)
            .join(Service, Service.id == Admission.service_id)
        )
        prices = [
            {"id": admission_id, "unit_price_cents": made_up.price_of(number, code, terms[code])}
            for admission_id, number, code in rows
        ]
        await session.execute(update(Admission), prices)


async def load_outcomes(
    database: Database, source: Source, *, organiser_id: UUID, services: Mapping[str, UUID], now: datetime
) -> Recorded:
    """The real outcomes as counted groups, then a release of them, so that the choice has evidence to show."""
    actor = system(organiser_id)
    status_on = local_date(now) - timedelta(days=1)
    async with database.transaction(actor.sight) as session:
        known = await session.execute(select(Provider.identity_value, Provider.id))
        ids = {row.identity_value: row.id for row in known}
        rows = [
            row
            for count in source.outcomes
            if count.provider in ids
            for row in _rows(source, count, services, ids[count.provider], status_on)
        ]
        await ensure_categories(session)
        recorded = await record_outcomes(session, actor=actor, now=now, organiser_id=organiser_id, rows=rows)
        await publish_release(
            session,
            actor=actor,
            now=now - timedelta(days=PREVIEW_DAYS + 1),  # public from today
            organiser_id=organiser_id,
            as_of=local_date(now),
        )
    return recorded


def _rows(
    source: Source, count: OutcomeCount, services: Mapping[str, UUID], provider_id: UUID, status_on: date
) -> list[OutcomeRow]:
    """A group of employed people and one of those who were not; what else they did the files do not say."""
    groups = {"open_job": count.employed, "none": count.people - count.employed}
    service = services[source.service_of(count.field)]
    return [
        OutcomeRow(
            service_id=service,
            provider_id=provider_id,
            month=count.month,
            category=category,
            people=people,
            reference=f"{count.provider}/{count.field}/{category}",
            status_on=status_on,
        )
        for category, people in groups.items()
        if people
    ]
