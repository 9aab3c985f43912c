"""A small world to test in: one organiser with an area, a service, money, a provider, a client and staff.

Rows are written directly, the way a migration or an import would have left them; tests then act through the
commands.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.loading import regime_digest, regime_document, templates
from registry.catalogue.legal_regimes.model import RegimeConfirmation, ServiceRegime
from registry.catalogue.model import EmploymentArea, Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.rule_books.model import RuleBook
from registry.ledger.model import BudgetLine
from registry.people.model import Account, Client, ClientPerson, RoleGrant
from registry.providers.model import Admission, Provider
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database, see
from registry.shared.identifiers import uuid7

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@dataclass
class World:
    """Ids of what was made, and an actor for each role."""

    organiser_id: UUID
    service_id: UUID
    terms_id: UUID
    budget_line_id: UUID
    client_id: UUID
    providers: list[UUID] = field(default_factory=list)
    admissions: list[UUID] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    grants: dict[str, UUID] = field(default_factory=dict)
    """role → id of the role grant, to sign in with."""

    @property
    def provider_id(self) -> UUID:
        return self.providers[0]

    @property
    def sight(self) -> Sight:
        return Sight(organisers=(self.organiser_id,))

    def __getitem__(self, role: Role) -> Actor:
        return self.actors[role]

    def provider_actor(self, index: int = 0) -> Actor:
        return self.actors[f"provider_user:{index}"]


async def add_area(session: AsyncSession) -> None:
    """Two areas with three municipalities, if they are not there yet."""
    if await session.get(EmploymentArea, "41") is None:
        session.add(EmploymentArea(code="41", name_fi="Oulun seutu", name_sv="Oulun seutu", name_en="Oulu"))
        session.add(EmploymentArea(code="20", name_fi="Turku", name_sv="Åbo", name_en="Turku"))
        await session.flush()
        for code, name, area, lon, lat in (
            ("564", "Oulu", "41", 25.47, 65.01),
            ("244", "Kempele", "41", 25.50, 64.91),
            ("853", "Turku", "20", 22.27, 60.45),
        ):
            session.add(
                Municipality(
                    code=code,
                    name_fi=name,
                    name_sv=name,
                    employment_area_code=area,
                    longitude=lon,
                    latitude=lat,
                )
            )
        await session.flush()


async def add_provider(
    session: AsyncSession, world: World, *, name: str = "", places: int = 10, **admission: Any
) -> UUID:
    """A provider admitted for the world's service, with an account that acts for it."""
    index = len(world.providers)
    name = name or f"Valmennus {index + 1} Oy"
    provider = Provider(
        id=uuid7(),
        identity_scheme="test",
        identity_value=str(uuid7()),
        name=name,
        form="company",
        city="Oulu",
        municipality_code="564",
        introduction={},
        fictional=True,
        search_words=name.lower(),
        created_at=NOW,
    )
    session.add(provider)
    await session.flush()
    values: dict[str, Any] = {
        "state": "active",
        "valid_from": TODAY - timedelta(days=100),
        "rule_book_version": "2026-1",
        "unit_price_cents": 60_00,
        "vat_rate_bp": 2550,
        "municipality_codes": ["564", "244"],
        "remote": False,
        "languages": ["fi"],
        "accessibility": [],
        "method": "one_to_one",
        "places": places,
        "next_start": TODAY + timedelta(days=7),
        "created_at": NOW,
    }
    row = Admission(
        id=uuid7(),
        provider_id=provider.id,
        service_id=world.service_id,
        organiser_id=world.organiser_id,
        **(values | admission),
    )
    session.add(row)
    world.providers.append(provider.id)
    world.admissions.append(row.id)
    actor, grant_id = await add_account(
        session,
        f"Tarjoaja {index + 1}",
        Role.PROVIDER_USER,
        provider_id=provider.id,
        sight=Sight(organisers=(world.organiser_id,), provider=provider.id),
    )
    world.actors[f"provider_user:{index}"] = actor
    world.grants[f"provider_user:{index}"] = grant_id
    if index == 0:
        world.actors[Role.PROVIDER_USER] = actor
        world.grants[Role.PROVIDER_USER] = grant_id
    return provider.id


async def add_account(
    session: AsyncSession,
    name: str,
    role: Role,
    *,
    sight: Sight,
    organiser_id: UUID | None = None,
    provider_id: UUID | None = None,
    client_id: UUID | None = None,
) -> tuple[Actor, UUID]:
    account = Account(
        id=uuid7(), display_name=name, email=f"{uuid7()}@example.invalid", language="fi", created_at=NOW
    )
    session.add(account)
    await session.flush()
    grant = RoleGrant(
        id=uuid7(),
        account_id=account.id,
        role=str(role),
        organiser_id=organiser_id,
        provider_id=provider_id,
        client_id=client_id,
        granted_at=NOW,
    )
    session.add(grant)
    await session.flush()
    return Actor(kind="account", id=account.id, role=role, sight=sight, name=name), grant.id


async def add_client(
    session: AsyncSession, world: World, *, name: str = "Asiakas Esimerkki", **columns: Any
) -> UUID:
    values: dict[str, Any] = {
        "kind": "person",
        "municipality_code": "564",
        "language": "fi",
        "service_languages": ["fi"],
        "accessibility": [],
        "age_band": "20_24",
        "created_at": NOW,
    }
    client = Client(id=uuid7(), organiser_id=world.organiser_id, **(values | columns))
    session.add(client)
    await session.flush()
    session.add(
        ClientPerson(
            client_id=client.id, organiser_id=world.organiser_id, name=name, email="asiakas@example.invalid"
        )
    )
    return client.id


async def build_world(
    database: Database,
    *,
    code: str = "oulu",
    allocated_cents: int = 1_000_000_00,
    providers: int = 3,
    terms: dict[str, Any] | None = None,
    audience: str = "person",
) -> World:
    """An organiser with everything a voucher needs. `terms` overrides the voucher terms (10 hours at 60 €)."""
    organiser_id = uuid7()
    async with database.transaction(Sight(organisers=(organiser_id,))) as session:
        await add_area(session)
        session.add(
            Organiser(
                id=organiser_id,
                code=code,
                kind="employment_area",
                name_fi=f"{code} työllisyysalue",
                name_sv=f"{code} sysselsättningsområde",
                name_en=f"{code} employment area",
                employment_area_code="41",
                contact_email="te@example.invalid",
                contact_phone="08 000 000",
                fictional=True,
                created_at=NOW,
            )
        )
        await session.flush()
        values: dict[str, Any] = {
            "kind": "units",
            "value_cents": 600_00,
            "units": 10_00,
            "unit_name": "hour",
            "unit_price_ceiling_cents": 60_00,
            "validity_days": 90,
            "shortlist_size": 3,
            "own_share_allowed": False,
            "claim_window_days": 0,
            "confirm_within_days": 5,
            "reservation_days": 14,
            "rule_book_version": "2026-1",
        } | (terms or {})
        service = Service(
            id=uuid7(),
            organiser_id=organiser_id,
            code="nuorten-tyonhakuvalmennus",
            name_fi="Nuorten työnhakuvalmennus",
            name_sv="Jobbsökarträning för unga",
            name_en="Job-search coaching for young people",
            audience=audience,
            free_by_law=not values["own_share_allowed"],
            created_at=NOW,
        )
        session.add(service)
        await session.flush()
        voucher_terms = VoucherTerms(id=uuid7(), service_id=service.id, version=1, created_at=NOW, **values)
        line = BudgetLine(
            id=uuid7(),
            organiser_id=organiser_id,
            code="2026-P",
            name="Palvelusetelit 2026",
            year=2026,
            allocated_cents=allocated_cents,
            granted_cents=0,
            created_at=NOW,
        )
        session.add_all([voucher_terms, line])
        add_rules(session, service.id, voucher_terms.rule_book_version)
        await session.flush()
        world = World(organiser_id, service.id, voucher_terms.id, line.id, client_id=organiser_id)
        for role in (
            Role.CASE_WORKER,
            Role.REGISTER_OFFICER,
            Role.FINANCE_OFFICER,
            Role.ORGANISER_ADMINISTRATOR,
            Role.AUDITOR,
        ):
            actor, grant_id = await add_account(
                session, str(role), role, organiser_id=organiser_id, sight=Sight(organisers=(organiser_id,))
            )
            world.actors[role], world.grants[role] = actor, grant_id
        case_worker_id = world[Role.CASE_WORKER].id
        world.client_id = await add_client(
            session,
            world,
            case_worker_id=case_worker_id,
            kind="company" if audience == "company" else "person",
        )
        actor, grant_id = await add_account(
            session,
            "",
            Role.CLIENT,
            organiser_id=organiser_id,
            client_id=world.client_id,
            sight=Sight(organisers=(organiser_id,), client=world.client_id),
        )
        world.actors[Role.CLIENT], world.grants[Role.CLIENT] = actor, grant_id
        for _ in range(providers):
            await add_provider(session, world)
    return world


CRITERIA = ("registered", "qualified")
"""The codes of what is looked at before an approval in the world's service."""


def add_rules(session: AsyncSession, service_id: UUID, version: str) -> None:
    """A rule book with two criteria and a term, and the municipal regime, confirmed: what it takes to decide."""
    texts = {
        "registered": ("Ennakkoperintärekisterissä.", "I förskottsuppbördsregistret.", "In the prepayment register."),
        "qualified": ("Koulutettu valmentaja.", "En utbildad coach.", "A trained coach."),
        "first_meeting": ("Tapaaminen kymmenessä päivässä.", "Ett möte inom tio dagar.", "A meeting in ten days."),
    }  # fmt: skip
    points = [
        {
            "code": code,
            "kind": "criterion" if code in CRITERIA else "term",
            "text": dict(zip(("fi", "sv", "en"), said, strict=True)),
        }
        for code, said in texts.items()
    ]
    session.add(RuleBook(id=uuid7(), service_id=service_id, version=version, points=points, published_at=NOW))
    regime = templates()["service_voucher_act"]
    digest = regime_digest(regime)
    session.add(
        ServiceRegime(
            id=uuid7(),
            service_id=service_id,
            version=1,
            document=regime_document(regime),
            digest=digest,
            made_at=NOW,
        )
    )
    session.add(
        RegimeConfirmation(
            id=uuid7(),
            service_id=service_id,
            digest=digest,
            points_settled=len(regime.to_be_confirmed),
            office_name="Oulun kirjaamo",
            office_email="kirjaamo@example.invalid",
            office_postal_address="PL 1, 90015 Oulu",
            office_closes=time(16, 0),
            court_name="Pohjois-Suomen hallinto-oikeus",
            court_email="hao@example.invalid",
            court_postal_address="PL 2, 90015 Oulu",
            court_closes=time(16, 15),
            decide_within_days=20,
            hearing_days=10,
            confirmed_at=NOW,
        )
    )


async def widen(session: AsyncSession, *organisers: UUID) -> None:
    """Let a test's transaction see these organisers."""
    await see(session, Sight(organisers=organisers))
