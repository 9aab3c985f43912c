"""The sandbox: an organiser of nobody's, where a provider's system tries out everything with vouchers that are not real.

It is an organiser like another, so that whatever works there works in earnest: the same calls, the same states, the
same refusals. Nothing of it is public, counted or paid: `Organiser.sandbox` keeps it out of the register, the open data,
the change feed, releases and statements.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.commands import create_budget_line, create_organiser, create_service, publish_terms
from registry.catalogue.model import Organiser, Service
from registry.catalogue.rules import Terms
from registry.ledger.model import BudgetLine
from registry.people.commands import create_client
from registry.people.duties import require_office
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import see
from registry.shared.errors import Forbidden, Refusal, Refused
from registry.shared.identifiers import uuid7, voucher_secret
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.commands.choosing import choose
from registry.vouchers.commands.granting import GrantOrder, grant

CODE: Final = "sandbox"
SERVICE: Final = "kokeilu"
RULES: Final = "sandbox"
PLACES: Final = 1_000
UNIT_PRICE_CENTS: Final = 60_00
ALLOCATED_CENTS: Final = 100_000_000_00
"""Of nobody's money: so much that test vouchers never run out of it."""

TERMS: Final = Terms(
    kind="units",
    value_cents=None,
    units=10_00,
    unit_name="hour",
    unit_price_ceiling_cents=UNIT_PRICE_CENTS,
    validity_days=30,
    shortlist_size=1,
    own_share_allowed=False,
    claim_window_days=0,
    confirm_within_days=30,
    reservation_days=14,
    rule_book_version=RULES,
)


async def open_sandbox(session: AsyncSession, *, actor: Actor, now: datetime) -> UUID:
    """Make the installation's sandbox, if it has none; returns the organiser. Only the system may."""
    if actor.kind != "system":
        raise Forbidden("organiser.system_only")
    there = await session.scalar(select(Organiser.id).where(Organiser.sandbox))
    if there is not None:
        return there
    organiser_id = await create_organiser(
        session,
        actor=actor,
        now=now,
        code=CODE,
        kind="alliance",
        name_fi="Hiekkalaatikko (kokeilu)",
        name_sv="Sandlåda (test)",
        name_en="Sandbox (for trying out)",
        contact_email="sandbox@registry.invalid",
        fictional=True,
    )
    organiser = await session.get_one(Organiser, organiser_id)
    organiser.sandbox = True
    service_id = await create_service(
        session,
        actor=actor,
        now=now,
        organiser_id=organiser_id,
        code=SERVICE,
        name_fi="Kokeilupalvelu",
        name_sv="Testtjänst",
        name_en="Test service",
        audience="person",
        free_by_law=True,
    )
    await session.flush()
    await publish_terms(session, actor=system(organiser_id), now=now, service_id=service_id, terms=TERMS)
    await create_budget_line(
        session,
        actor=actor,
        now=now,
        organiser_id=organiser_id,
        code="SANDBOX",
        name="Ei oikeaa rahaa",
        year=now.year,
        allocated_cents=ALLOCATED_CENTS,
    )
    await session.flush()
    return organiser_id


@dataclass(frozen=True, slots=True)
class Place:
    """The sandbox, as its commands need it."""

    organiser_id: UUID
    service_id: UUID

    @property
    def itself(self) -> Actor:
        return system(self.organiser_id)


async def sandbox_of(session: AsyncSession) -> Place:
    """The installation's sandbox; Refused(sandbox.none) where it has none."""
    found = (
        await session.execute(
            select(Organiser.id, Service.id)
            .join(Service, Service.organiser_id == Organiser.id)
            .where(Organiser.sandbox, Service.code == SERVICE)
        )
    ).one_or_none()
    if found is None:
        raise Refused("sandbox.none")
    return Place(*found)


async def _provider_of(session: AsyncSession, actor: Actor) -> UUID:
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    return actor.provider_id


async def join_sandbox(session: AsyncSession, *, actor: Actor, now: datetime) -> UUID:
    """Admit the actor's provider to the sandbox, at once and by nobody's decision; doing it twice changes nothing.
    Returns the admission."""
    provider_id = await _provider_of(session, actor)
    place = await sandbox_of(session)
    made: UUID | None = await session.scalar(
        insert(Admission)
        .values(
            id=uuid7(),
            provider_id=provider_id,
            service_id=place.service_id,
            organiser_id=place.organiser_id,
            state=str(AdmissionState.ACTIVE),
            valid_from=local_date(now),
            rule_book_version=RULES,
            unit_price_cents=UNIT_PRICE_CENTS,
            vat_rate_bp=0,
            municipality_codes=[],
            remote=True,
            languages=["fi", "sv", "en"],
            accessibility=[],
            method="one_to_one",
            places=PLACES,
            taken=0,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Admission.id)
    )
    if made is None:
        return await _admission_of(session, provider_id, place)
    await see(session, Sight(organisers=(place.organiser_id,)))
    record(
        session,
        actor=actor,
        now=now,
        action="sandbox.joined",
        subject_kind="admission",
        subject_id=made,
        organiser_id=place.organiser_id,
        to_state=str(AdmissionState.ACTIVE),
        facts={"provider": provider_id},
    )
    await session.flush()
    await see(session, actor.sight)
    return made


async def _admission_of(session: AsyncSession, provider_id: UUID, place: Place) -> UUID:
    found = await session.scalar(
        select(Admission.id).where(
            Admission.provider_id == provider_id,
            Admission.service_id == place.service_id,
            Admission.state == str(AdmissionState.ACTIVE),
        )
    )
    if found is None:
        raise Refused("sandbox.not_joined")
    return found


@dataclass(frozen=True, slots=True)
class TestVoucher:
    """A voucher that is not real, and all that its made-up holder would show."""

    voucher_id: UUID
    assignment_id: UUID
    number: str
    secret: str


async def grant_test_voucher(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys
) -> TestVoucher:
    """A new voucher of a new, made-up client who has chosen the actor's provider and waits for its answer. From here on
    the provider's system does what it would do in earnest: confirm, open the voucher, redeem.

    In earnest nobody but the holder sees the secret; here there is no holder.
    """
    provider_id = await _provider_of(session, actor)
    place = await sandbox_of(session)
    admission_id = await _admission_of(session, provider_id, place)
    await see(session, place.itself.sight)
    line_id = (
        await session.scalars(
            select(BudgetLine.id).where(BudgetLine.organiser_id == place.organiser_id).limit(1)
        )
    ).one()
    client = await create_client(
        session,
        actor=place.itself,
        now=now,
        keys=keys,
        organiser_id=place.organiser_id,
        kind="person",
        name="Testi Asiakas",
        fictional=True,
    )
    await session.flush()
    (granted,) = await grant(
        session,
        actor=place.itself,
        now=now,
        orders=[GrantOrder(client_id=client.client_id, service_id=place.service_id, budget_line_id=line_id)],
    )
    if isinstance(granted, Refusal):
        raise Refused(granted.code, **granted.facts)
    await session.flush()
    assignment_id = await choose(
        session, actor=place.itself, now=now, voucher_id=granted.id, admission_id=admission_id
    )
    await session.flush()
    await see(session, actor.sight)
    secret = voucher_secret(keys.voucher_secret, granted.id, 1)
    return TestVoucher(granted.id, assignment_id, granted.number, secret)
