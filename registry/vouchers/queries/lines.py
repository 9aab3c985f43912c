"""Vouchers as rows of a list: a client's, a case worker's, and the API's pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import Client, ClientPerson
from registry.providers.model import Provider
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.rules import OPEN_STATES

_COLUMNS: Final = (
    "id", "number", "state", "organiser_id", "client_id", "service_id", "budget_line_id", "in_plan", "granted_at",
    "valid_until", "granted_cents", "available_cents", "reserved_cents", "captured_cents", "returned_cents",
    "committed_cents", "unit_name", "units_granted", "units_available", "units_reserved", "units_captured", "provider_id",
    "chosen_at", "first_used_at", "last_used_at", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A voucher in a list; `client_name` only where the list is for somebody who may know it."""

    id: UUID
    number: str
    state: str
    organiser_id: UUID
    client_id: UUID
    service_id: UUID
    budget_line_id: UUID
    in_plan: bool
    granted_at: datetime
    valid_until: datetime
    granted_cents: int
    available_cents: int
    reserved_cents: int
    captured_cents: int
    returned_cents: int
    committed_cents: int
    unit_name: str | None
    units_granted: int | None
    units_available: int | None
    units_reserved: int | None
    units_captured: int | None
    provider_id: UUID | None
    chosen_at: datetime | None
    first_used_at: datetime | None
    last_used_at: datetime | None
    ended_at: datetime | None
    service: Names
    service_code: str
    provider: str | None
    assignment_state: str | None
    client_name: str | None = None

    @property
    def last_day(self) -> date:
        return local_date(self.valid_until - timedelta(seconds=1))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def _select(*more: Any) -> Select[Any]:
    return (
        select(
            *(getattr(Voucher, name) for name in _COLUMNS),
            Service.code.label("service_code"),
            Service.name_fi,
            Service.name_sv,
            Service.name_en,
            Provider.name.label("provider"),
            Assignment.state.label("assignment_state"),
            *more,
        )
        .join(Service, Service.id == Voucher.service_id)
        .outerjoin(Provider, Provider.id == Voucher.provider_id)
        .outerjoin(Assignment, Assignment.id == Voucher.assignment_id)
    )


def _line(row: Any) -> VoucherLine:
    values = dict(row._mapping)
    names = Names(*(values.pop(f"name_{language}") for language in ("fi", "sv", "en")))
    return VoucherLine(service=names, **values)


async def vouchers_of_client(
    session: AsyncSession, *, client_id: UUID, limit: int = 200
) -> list[VoucherLine]:
    """All vouchers of one client, newest first."""
    rows = await session.execute(
        _select().where(Voucher.client_id == client_id).order_by(Voucher.id.desc()).limit(limit)
    )
    return [_line(row) for row in rows]


async def open_vouchers_of(
    session: AsyncSession, *, case_worker_id: UUID, limit: int = 2000
) -> list[VoucherLine]:
    """The open vouchers of a case worker's clients, with the clients' names; the longest granted first."""
    rows = await session.execute(
        _select(ClientPerson.name.label("client_name"))
        .join(Client, Client.id == Voucher.client_id)
        .join(ClientPerson, ClientPerson.client_id == Client.id)
        .where(Client.case_worker_id == case_worker_id, Voucher.state.in_(OPEN_STATES))
        .order_by(Voucher.id)
        .limit(limit)
    )
    return [_line(row) for row in rows]


async def voucher_page(
    session: AsyncSession,
    *,
    after: UUID | None,
    limit: int,
    states: Collection[str] = (),
    client_id: UUID | None = None,
) -> list[VoucherLine]:
    """Vouchers in sight in order of grant, those after the id `after`; one more than `limit`, to know of a next page."""
    query = _select().order_by(Voucher.id).limit(limit + 1)
    if after is not None:
        query = query.where(Voucher.id > after)
    if states:
        query = query.where(Voucher.state.in_(states))
    if client_id is not None:
        query = query.where(Voucher.client_id == client_id)
    return [_line(row) for row in await session.execute(query)]


async def voucher_line(session: AsyncSession, *, voucher_id: UUID) -> VoucherLine:
    """One voucher that is in sight, without names of people."""
    row = (await session.execute(_select().where(Voucher.id == voucher_id))).one_or_none()
    if row is None:
        raise NotFound("voucher.unknown")
    return _line(row)


async def like_open(session: AsyncSession, *, client_id: UUID, service_id: UUID) -> tuple[UUID, str] | None:
    """The client's open voucher for the service, if there is one: (id, number)."""
    row = (
        await session.execute(
            select(Voucher.id, Voucher.number)
            .where(
                Voucher.client_id == client_id,
                Voucher.service_id == service_id,
                Voucher.state.in_(OPEN_STATES),
            )
            .order_by(Voucher.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (row.id, row.number)


async def clients_with_open_voucher(
    session: AsyncSession, *, client_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How many open vouchers each of these clients has."""
    rows = await session.execute(
        select(Voucher.client_id, func.count())
        .where(Voucher.client_id.in_(client_ids), Voucher.state.in_(OPEN_STATES))
        .group_by(Voucher.client_id)
    )
    return dict(rows.all())
