"""Reading what is kept of approvals: prices, changes, hearings and decisions, accepted rule books."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.providers.keeping.model import AdmissionChange, AdmissionPrice, CompanyCheck
from registry.providers.model import Admission, Coach, CoachDetail, Provider
from registry.providers.queries.applications import latest_terms
from registry.shared.errors import NotFound
from registry.shared.vat import Vat, vat_in


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price and its days; `current`: it is the one of today."""

    unit_price_cents: int
    vat: Vat
    valid_from: date
    valid_until: date | None
    coming: bool


async def prices_of(session: AsyncSession, admission_id: UUID) -> list[PriceRow]:
    """Every price that an admission has had or will have, the latest first; none where it has never changed."""
    return (await _prices(session, [admission_id], coming_only=False)).get(admission_id, [])


async def vat_prices(session: AsyncSession, admission: Admission) -> list[tuple[date, Vat]]:
    """What of its prices has been VAT, and from which day on; nothing where that has never changed."""
    if admission.vat_since is None:
        return []
    found = await session.scalars(
        select(AdmissionPrice).where(
            AdmissionPrice.admission_id == admission.id, AdmissionPrice.current_since.is_not(None)
        )
    )
    return [(row.valid_from, vat_in(row)) for row in found] or [(admission.vat_since, vat_in(admission))]


async def coming_prices(session: AsyncSession, admission_ids: Collection[UUID]) -> dict[UUID, PriceRow]:
    """Admission → the price that has been announced and does not hold yet."""
    found = await _prices(session, admission_ids, coming_only=True)
    return {admission_id: rows[0] for admission_id, rows in found.items()}


async def _prices(
    session: AsyncSession, admission_ids: Collection[UUID], *, coming_only: bool
) -> dict[UUID, list[PriceRow]]:
    query = (
        select(AdmissionPrice)
        .where(AdmissionPrice.admission_id.in_(admission_ids))
        .order_by(AdmissionPrice.valid_from.desc())
    )
    if coming_only:
        query = query.where(AdmissionPrice.current_since.is_(None))
    found: dict[UUID, list[PriceRow]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.admission_id, []).append(
            PriceRow(
                row.unit_price_cents,
                vat_in(row),
                row.valid_from,
                row.valid_until,
                row.current_since is None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change that was asked for."""

    id: UUID
    admission_id: UUID
    provider_id: UUID
    provider_name: str
    service_name: Names
    organiser_name: Names
    unit_name: str | None
    coach_id: UUID | None
    coach: str | None
    """Whom it is about, by the name as it is; empty once the coach has left. None: it is about the offer."""
    state: str
    before: dict[str, Any]
    asked: dict[str, Any]
    price_from: date | None
    words: str
    due_on: date
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str | None
    decision_id: UUID | None
    municipalities: dict[str, str]
    """Code → name, of those that the change names."""


async def changes_waiting(session: AsyncSession, *, limit: int = 200) -> list[ChangeRow]:
    """The requests that wait for the organiser in sight, those due first at the head."""
    return await _changes(
        session, AdmissionChange.state == "submitted", order=(AdmissionChange.due_on, AdmissionChange.id),
        limit=limit,
    )  # fmt: skip


async def changes_of(session: AsyncSession, admission_id: UUID) -> list[ChangeRow]:
    """What was asked for one admission, the latest first."""
    return await _changes(
        session, AdmissionChange.admission_id == admission_id,
        order=(AdmissionChange.submitted_at.desc(), AdmissionChange.id), limit=100,
    )  # fmt: skip


async def change_of(session: AsyncSession, change_id: UUID, *, provider_id: UUID | None = None) -> ChangeRow:
    conditions = [AdmissionChange.id == change_id]
    if provider_id is not None:
        conditions.append(AdmissionChange.provider_id == provider_id)
    rows = await _changes(session, *conditions, order=(AdmissionChange.id,), limit=1)
    if not rows:
        raise NotFound("change.unknown")
    return rows[0]


async def _changes(
    session: AsyncSession, *conditions: ColumnElement[bool], order: Sequence[Any], limit: int
) -> list[ChangeRow]:
    rows = (
        await session.execute(
            select(
                AdmissionChange, Provider, Service, Organiser, Account.display_name,
                latest_terms(VoucherTerms.unit_name), Coach.first_name, CoachDetail.surname,
            )
            .outerjoin(Coach, Coach.id == AdmissionChange.coach_id)
            .outerjoin(CoachDetail, CoachDetail.coach_id == AdmissionChange.coach_id)
            .join(Provider, Provider.id == AdmissionChange.provider_id)
            .join(Service, Service.id == AdmissionChange.service_id)
            .join(Organiser, Organiser.id == AdmissionChange.organiser_id)
            .outerjoin(Account, Account.id == AdmissionChange.decided_by)
            .where(*conditions)
            .order_by(*order)
            .limit(limit)
        )
    ).all()  # fmt: skip
    codes = {
        code
        for row in rows
        for said in (row[0].before, row[0].asked)
        for code in said.get("municipality_codes", ())
    }
    named = await municipality_names(session, codes)
    return [
        ChangeRow(
            id=change.id,
            admission_id=change.admission_id,
            provider_id=change.provider_id,
            provider_name=provider.name,
            service_name=Names(service.name_fi, service.name_sv, service.name_en),
            organiser_name=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
            unit_name=unit_name,
            coach_id=change.coach_id,
            coach=f"{first_name} {surname or ''}".strip() if change.coach_id else None,
            state=change.state,
            before=change.before,
            asked=change.asked,
            price_from=change.price_from,
            words=change.words,
            due_on=change.due_on,
            submitted_at=change.submitted_at,
            decided_at=change.decided_at,
            decided_by=decided_by or "",
            reason=change.reason,
            decision_id=change.decision_id,
            municipalities=named,
        )
        for change, provider, service, organiser, decided_by, unit_name, first_name, surname in rows
    ]


async def municipality_names(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    if not codes:
        return {}
    rows = await session.scalars(select(Municipality).where(Municipality.code.in_(codes)))
    return {row.code: row.name_fi for row in rows}


@dataclass(frozen=True, slots=True)
class OfferNow:
    """What of an admission a change can be about, as it is."""

    admission_id: UUID
    municipality_codes: tuple[str, ...]
    remote: bool
    languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    method: str
    unit_price_cents: int
    vat: Vat
    rule_book_version: str
    capacity_confirmed_at: datetime
    organiser_area: str | None
    """The employment area of whoever admitted; None of an alliance or a wellbeing county, which have several."""


async def offer_now(session: AsyncSession, *, admission_id: UUID, provider_id: UUID) -> OfferNow:
    """The provider's own admission."""
    found = (
        await session.execute(
            select(Admission, Organiser.employment_area_code)
            .join(Organiser, Organiser.id == Admission.organiser_id)
            .where(Admission.id == admission_id, Admission.provider_id == provider_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("admission.unknown")
    row, area = found
    return OfferNow(
        row.id,
        tuple(row.municipality_codes),
        row.remote,
        tuple(row.languages),
        tuple(row.accessibility),
        row.method,
        row.unit_price_cents,
        vat_in(row),
        row.rule_book_version,
        row.capacity_confirmed_at or row.created_at,
        area,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """What the company register said the last time."""

    answered_at: datetime | None
    asked_at: datetime
    outcome: str
    concerns: tuple[str, ...]


async def company_checked(session: AsyncSession, provider_id: UUID) -> Checked | None:
    """None where it has never been asked."""
    row = await session.get(CompanyCheck, provider_id)
    if row is None:
        return None
    return Checked(row.answered_at, row.asked_at, row.outcome, tuple(row.concerns))
