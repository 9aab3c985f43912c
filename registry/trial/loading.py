"""Making the organiser of the trial from the folder: areas, services, the whole register, outcomes, money, staff,
clients, and the tokens that everybody acts with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.catalogue.areas_import import import_areas
from registry.catalogue.commands import create_budget_line, create_organiser, create_service, publish_terms
from registry.catalogue.model import Municipality, Service
from registry.catalogue.rules import Terms, may_organise
from registry.people.commands import create_account, create_api_token, grant_role
from registry.people.model import Client, ClientPerson
from registry.people.rules import scopes_for
from registry.providers.importing import FileProblem, ImportReport, import_providers
from registry.providers.model import Admission, Provider
from registry.providers.rules import AdmissionState
from registry.quality.commands import OutcomeRow, Recorded, ensure_categories, record_outcomes
from registry.quality.releases import publish_release
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.errors import Accepted
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.trial import made_up
from registry.trial.errors import TrialError
from registry.trial.source import MUNICIPALITIES, PROVIDERS, OutcomeCount, Source

ORGANISER: Final = "trial"
TOKEN_DAYS: Final = 366
FINANCE_OFFICERS: Final = 2
AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Town:
    """The organiser of the trial, with everything that later steps act on."""

    organiser_id: UUID
    services: Mapping[str, UUID]
    """Code → id."""
    municipalities: Sequence[str]
    case_workers: Sequence[Actor]
    case_worker_tokens: Sequence[str]
    finance_tokens: Sequence[str]
    provider_tokens: Mapping[str, str]
    """Provider's id → token, for every provider that can be chosen."""

    @property
    def sight(self) -> Sight:
        return Sight(organisers=(self.organiser_id,))


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
        ids = dict((await session.execute(select(Provider.identity_value, Provider.id))).tuples().all())
        rows = [
            row
            for count in source.outcomes
            if count.provider in ids
            for row in _rows(source, count, services, ids[count.provider], status_on)
        ]
        await ensure_categories(session)
        recorded = await record_outcomes(session, actor=actor, now=now, organiser_id=organiser_id, rows=rows)
        await publish_release(session, actor=actor, now=now, organiser_id=organiser_id)
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


async def settle_town(
    database: Database, *, organiser_id: UUID, services: Mapping[str, UUID], vouchers: int, now: datetime
) -> Town:
    """Money, staff and tokens."""
    actor = system(organiser_id)
    async with database.transaction(actor.sight) as session:
        for place in range(made_up.BUDGET_LINES + 1):
            await create_budget_line(
                session, actor=actor, now=now, code=made_up.line_code(place), organiser_id=organiser_id,
                name=f"Vouchers of the trial {place + 1}", year=local_date(now).year,
                allocated_cents=made_up.allocation(vouchers) if place < made_up.BUDGET_LINES else 1,
            )  # fmt: skip
        case_workers = await _staff(session, organiser_id, Role.CASE_WORKER, made_up.CASE_WORKERS, now)
        finance = await _staff(session, organiser_id, Role.FINANCE_OFFICER, FINANCE_OFFICERS, now)
        municipalities = await session.scalars(
            select(Municipality.code)
            .where(Municipality.employment_area_code == await _largest_area(session))
            .order_by(Municipality.code)
        )
        return Town(
            organiser_id=organiser_id,
            services=services,
            municipalities=municipalities.all(),
            case_workers=case_workers,
            case_worker_tokens=[await _token(session, who, now) for who in case_workers],
            finance_tokens=[await _token(session, who, now) for who in finance],
            provider_tokens=await _provider_tokens(session, actor, now),
        )


async def _staff(
    session: AsyncSession, organiser_id: UUID, role: Role, how_many: int, now: datetime
) -> list[Actor]:
    actors = []
    for number in range(how_many):
        name = f"{str(role).replace('_', ' ').capitalize()} {number + 1}"
        account_id = await create_account(
            session, actor=system(organiser_id), now=now, display_name=name, email=None, language="en",
            organiser_id=organiser_id,
        )  # fmt: skip
        await session.flush()
        await grant_role(
            session, actor=system(organiser_id), now=now, account_id=account_id, role=role,
            organiser_id=organiser_id,
        )  # fmt: skip
        actors.append(
            Actor(
                kind="account", id=account_id, role=role, sight=Sight(organisers=(organiser_id,)), name=name
            )
        )
    return actors


async def _token(session: AsyncSession, who: Actor, now: datetime) -> str:
    role = who.role or Role.CASE_WORKER
    made = await create_api_token(
        session, actor=who, now=now, name="trial", scopes=scopes_for(role), days=TOKEN_DAYS
    )
    return made.token


async def _provider_tokens(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, str]:
    active = await session.scalars(
        select(Admission.provider_id)
        .where(Admission.state == AdmissionState.ACTIVE)
        .distinct()
        .order_by(Admission.provider_id)
    )
    tokens = {}
    for provider_id in active.all():
        made = await create_api_token(
            session, actor=actor, now=now, name="trial", scopes=scopes_for(Role.PROVIDER_USER), days=TOKEN_DAYS,
            role=Role.PROVIDER_USER, provider_id=provider_id,
        )  # fmt: skip
        tokens[str(provider_id)] = made.token
    return tokens


async def make_clients(database: Database, town: Town, *, how_many: int, now: datetime) -> list[UUID]:
    """The clients that vouchers are granted to, written as an import from a client register would write them."""
    actor = system(town.organiser_id)
    ids = [uuid7() for _ in range(how_many)]
    for first in range(0, how_many, AT_ONCE):
        some = range(first, min(first + AT_ONCE, how_many))
        made = [made_up.client(number) for number in some]
        async with database.transaction(town.sight) as session:
            await session.execute(insert(Client), [_client(town, ids[c.number], c, now) for c in made])
            await session.execute(
                insert(ClientPerson),
                [
                    {
                        "client_id": ids[c.number],
                        "organiser_id": town.organiser_id,
                        "name": c.name,
                        "protected": False,
                    }
                    for c in made
                ],
            )
            await session.execute(
                insert(AuditEvent),
                [
                    event_values(
                        actor=actor,
                        now=now,
                        action="client.created",
                        subject_kind="client",
                        subject_id=ids[c.number],
                        organiser_id=town.organiser_id,
                        facts={"kind": "person", "identity": "none"},
                    )
                    for c in made
                ],
            )
    return ids


def _client(town: Town, client_id: UUID, made: made_up.MadeUpClient, now: datetime) -> dict[str, Any]:
    return {
        "id": client_id,
        "organiser_id": town.organiser_id,
        "kind": "person",
        "municipality_code": town.municipalities[made.number % len(town.municipalities)],
        "language": "en",
        "service_languages": list(made.service_languages),
        "accessibility": list(made.accessibility),
        "age_band": made.age_band,
        "case_worker_id": town.case_workers[made.case_worker].id,
        "created_at": now,
    }
