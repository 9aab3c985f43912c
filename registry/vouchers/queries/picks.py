"""A provider's picks: who asks for it, and whom it has confirmed.

Before it confirms, a client is a service and an area; name and contact come after.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service
from registry.catalogue.queries import Names
from registry.people.model import Client, ClientPerson
from registry.shared.actor import Actor
from registry.shared.database import see
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.queries.contacts import Contact, contact_of, see_clients
from registry.vouchers.rules import STANDING, AssignmentState


@dataclass(frozen=True, slots=True)
class Request:
    """A pick that waits for the provider's answer: what it must know to answer, and nothing of who it is."""

    id: UUID
    organiser: Names
    service: Names
    municipality: Names | None
    languages: tuple[str, ...]
    chosen_at: datetime
    answer_due_at: datetime
    agreed_unit_price_cents: int
    available_cents: int
    unit_name: str | None
    units_available: int | None
    valid_until: datetime

    @property
    def answer_by(self) -> date:
        """The last day on which it may answer."""
        return local_date(self.answer_due_at - timedelta(seconds=1))

    @property
    def last_day(self) -> date:
        return local_date(self.valid_until - timedelta(seconds=1))


async def requests(session: AsyncSession, *, actor: Actor, limit: int = 200) -> list[Request]:
    """The picks that wait for this provider's answer, the most urgent first."""
    await see_clients(session, actor)
    rows = await session.execute(
        select(Assignment, Voucher, Service, Organiser, Client.service_languages, Municipality)
        .join(Voucher, Voucher.assignment_id == Assignment.id)
        .join(Service, Service.id == Voucher.service_id)
        .join(Organiser, Organiser.id == Assignment.organiser_id)
        .join(Client, Client.id == Assignment.client_id)
        .join(ClientPerson, ClientPerson.client_id == Client.id)
        # a protected identity's municipality is nobody's to see
        .outerjoin(
            Municipality,
            and_(Municipality.code == Client.municipality_code, ClientPerson.protected.is_(False)),
        )
        .where(Assignment.provider_id == actor.provider_id, Assignment.state == AssignmentState.ASKED)
        .order_by(Assignment.answer_due_at, Assignment.id)
        .limit(limit)
    )
    found = [_request(*row) for row in rows]
    await see(session, actor.sight)
    return found


def _request(
    assignment: Assignment, voucher: Voucher, service: Service, organiser: Organiser, languages: list[str],
    municipality: Municipality | None,
) -> Request:  # fmt: skip
    return Request(
        id=assignment.id,
        organiser=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
        service=Names(service.name_fi, service.name_sv, service.name_en),
        municipality=Names(municipality.name_fi, municipality.name_sv, "") if municipality else None,
        languages=tuple(languages),
        chosen_at=assignment.chosen_at,
        answer_due_at=assignment.answer_due_at,
        agreed_unit_price_cents=assignment.agreed_unit_price_cents,
        available_cents=voucher.available_cents,
        unit_name=voucher.unit_name,
        units_available=voucher.units_available,
        valid_until=voucher.valid_until,
    )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A client that the provider has confirmed, and the voucher."""

    assignment_id: UUID
    client_id: UUID
    organiser_id: UUID
    presentation_id: UUID | None
    """Set once the client has shown the voucher."""
    contact: Contact
    service: Names
    state: str
    available_cents: int
    reserved_cents: int
    granted_cents: int
    unit_name: str | None
    units_available: int | None
    valid_until: datetime
    last_used_at: datetime | None
    meeting_at: datetime | None
    """The first time that the provider proposed."""

    @property
    def last_day(self) -> date:
        return local_date(self.valid_until - timedelta(seconds=1))


def _confirmed_by(actor: Actor) -> Any:
    return and_(Assignment.provider_id == actor.provider_id, Assignment.state == AssignmentState.CONFIRMED)


async def confirmed(
    session: AsyncSession, *, actor: Actor, page: int = 1, size: int = 50
) -> tuple[list[Confirmed], int]:
    """A page of the clients that this provider has confirmed, by name, and how many there are. The caller logs the
    reading."""
    await see_clients(session, actor)
    rows = await session.execute(
        select(Assignment, Voucher, Service, ClientPerson, Presentation.id)
        .join(Voucher, Voucher.assignment_id == Assignment.id)
        .join(Service, Service.id == Voucher.service_id)
        .join(ClientPerson, ClientPerson.client_id == Assignment.client_id)
        .outerjoin(
            Presentation, and_(Presentation.assignment_id == Assignment.id, Presentation.ended_at.is_(None))
        )
        .where(_confirmed_by(actor))
        .order_by(func.lower(ClientPerson.name), Assignment.id)
        .offset((page - 1) * size)
        .limit(size)
    )
    found = [_confirmed(*row) for row in rows]
    await see(session, actor.sight)
    total = await session.scalar(select(func.count()).select_from(Assignment).where(_confirmed_by(actor)))
    return found, total or 0


def _confirmed(
    assignment: Assignment,
    voucher: Voucher,
    service: Service,
    person: ClientPerson,
    presentation_id: UUID | None,
) -> Confirmed:
    return Confirmed(
        assignment_id=assignment.id,
        client_id=assignment.client_id,
        organiser_id=assignment.organiser_id,
        presentation_id=presentation_id,
        contact=contact_of(person),
        service=Names(service.name_fi, service.name_sv, service.name_en),
        state=voucher.state,
        available_cents=voucher.available_cents,
        reserved_cents=voucher.reserved_cents,
        granted_cents=voucher.granted_cents,
        unit_name=voucher.unit_name,
        units_available=voucher.units_available,
        valid_until=voucher.valid_until,
        last_used_at=voucher.last_used_at,
        meeting_at=assignment.first_meeting_at,
    )


@dataclass(frozen=True, slots=True)
class MeetingPick:
    """A standing pick of this provider, to propose a first time for. Who the client is, only once it has confirmed."""

    id: UUID
    confirmed: bool
    service: Names
    client_id: UUID
    organiser_id: UUID
    client_name: str | None
    valid_until: datetime
    meeting_at: datetime | None
    meeting_place: str | None

    @property
    def last_day(self) -> date:
        return local_date(self.valid_until - timedelta(seconds=1))


async def meeting_pick(session: AsyncSession, *, actor: Actor, assignment_id: UUID) -> MeetingPick | None:
    """The pick, or None where it stands no longer. The caller logs the reading of a name."""
    await see_clients(session, actor)
    row = (
        await session.execute(
            select(Assignment, Voucher.valid_until, Service, ClientPerson.name)
            .join(Voucher, Voucher.assignment_id == Assignment.id)
            .join(Service, Service.id == Voucher.service_id)
            .join(ClientPerson, ClientPerson.client_id == Assignment.client_id)
            .where(
                Assignment.id == assignment_id,
                Assignment.provider_id == actor.provider_id,
                Assignment.state.in_(STANDING),
            )
        )
    ).one_or_none()
    await see(session, actor.sight)
    if row is None:
        return None
    assignment, until, service, name = row
    known = assignment.state == AssignmentState.CONFIRMED
    return MeetingPick(
        id=assignment.id,
        confirmed=known,
        service=Names(service.name_fi, service.name_sv, service.name_en),
        client_id=assignment.client_id,
        organiser_id=assignment.organiser_id,
        client_name=name if known else None,
        valid_until=until,
        meeting_at=assignment.first_meeting_at,
        meeting_place=assignment.first_meeting_place,
    )


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A pick of this provider, for its own system."""

    id: UUID
    organiser_id: UUID
    service_code: str
    state: str
    municipality_code: str | None
    languages: tuple[str, ...]
    agreed_unit_price_cents: int
    chosen_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    first_meeting_at: datetime | None
    first_meeting_place: str | None
    ended_at: datetime | None
    client_id: UUID
    contact: Contact | None
    """Only while the pick stands and is confirmed."""


async def assignment_page(
    session: AsyncSession, *, actor: Actor, after: UUID | None, limit: int, states: Collection[str] = ()
) -> list[AssignmentRow]:
    """Picks of this provider in order, one more than `limit`. The caller logs the reading of those with a contact."""
    await see_clients(session, actor)
    query = (
        select(Assignment, Service.code, Client, ClientPerson)
        .join(Voucher, Voucher.id == Assignment.voucher_id)
        .join(Service, Service.id == Voucher.service_id)
        .join(Client, Client.id == Assignment.client_id)
        .join(ClientPerson, ClientPerson.client_id == Client.id)
        .where(Assignment.provider_id == actor.provider_id)
        .order_by(Assignment.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Assignment.id > after)
    if states:
        query = query.where(Assignment.state.in_(states))
    found = [_assignment_row(*row) for row in await session.execute(query)]
    await see(session, actor.sight)
    return found


def _assignment_row(
    assignment: Assignment, service_code: str, client: Client, person: ClientPerson
) -> AssignmentRow:
    confirmed_now = assignment.state == AssignmentState.CONFIRMED
    return AssignmentRow(
        id=assignment.id,
        organiser_id=assignment.organiser_id,
        service_code=service_code,
        state=assignment.state,
        municipality_code=None if person.protected else client.municipality_code,
        languages=tuple(client.service_languages),
        agreed_unit_price_cents=assignment.agreed_unit_price_cents,
        chosen_at=assignment.chosen_at,
        answer_due_at=assignment.answer_due_at,
        answered_at=assignment.answered_at,
        first_meeting_at=assignment.first_meeting_at,
        first_meeting_place=assignment.first_meeting_place,
        ended_at=assignment.ended_at,
        client_id=assignment.client_id,
        contact=contact_of(person) if confirmed_now else None,
    )
