"""Reading the catalogue, as frozen rows for pages and the API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import EmploymentArea, Municipality, Organiser, Service, VoucherTerms
from registry.ledger.model import BudgetLine


@dataclass(frozen=True, slots=True)
class Names:
    """A text in the three languages; `names[lang]` picks one, Finnish where that one is empty."""

    fi: str
    sv: str
    en: str

    def __getitem__(self, language: str) -> str:
        return {"sv": self.sv, "en": self.en}.get(language) or self.fi


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An employment area with its number of municipalities."""

    code: str
    names: Names
    municipalities: int


async def areas(session: AsyncSession) -> list[AreaRow]:
    """All areas, by code."""
    rows = await session.execute(
        select(EmploymentArea, func.count(Municipality.code))
        .outerjoin(Municipality, Municipality.employment_area_code == EmploymentArea.code)
        .group_by(EmploymentArea.code)
        .order_by(EmploymentArea.code)
    )
    return [
        AreaRow(area.code, Names(area.name_fi, area.name_sv, area.name_en), count) for area, count in rows
    ]


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """A municipality; its centre is None where the official data has none."""

    code: str
    names: Names
    area_code: str
    longitude: float | None
    latitude: float | None


async def municipalities(
    session: AsyncSession, *, area_code: str | None = None, after: str = "", limit: int = 1000
) -> list[MunicipalityRow]:
    """Municipalities by code, those after the code `after`, of one area or of all."""
    query = select(Municipality).where(Municipality.code > after).order_by(Municipality.code).limit(limit)
    if area_code is not None:
        query = query.where(Municipality.employment_area_code == area_code)
    return [
        MunicipalityRow(
            code=row.code,
            names=Names(row.name_fi, row.name_sv, ""),
            area_code=row.employment_area_code,
            longitude=row.longitude,
            latitude=row.latitude,
        )
        for row in await session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class OrganiserRow:
    """An organiser, as the public may see it."""

    id: UUID
    code: str
    kind: str
    names: Names
    area_code: str | None
    contact_email: str
    contact_phone: str
    fictional: bool
    sandbox: bool = False


async def organisers(session: AsyncSession) -> list[OrganiserRow]:
    """All organisers of the installation, by code."""
    return [_organiser(row) for row in await session.scalars(select(Organiser).order_by(Organiser.code))]


async def organiser_with_code(session: AsyncSession, *, code: str) -> OrganiserRow | None:
    row = await session.scalar(select(Organiser).where(Organiser.code == code))
    return None if row is None else _organiser(row)


def _organiser(row: Organiser) -> OrganiserRow:
    return OrganiserRow(
        id=row.id,
        code=row.code,
        kind=row.kind,
        names=Names(row.name_fi, row.name_sv, row.name_en),
        area_code=row.employment_area_code,
        contact_email=row.contact_email,
        contact_phone=row.contact_phone,
        fictional=row.fictional,
        sandbox=row.sandbox,
    )


@dataclass(frozen=True, slots=True)
class TermsRow:
    """A version of voucher terms. Sums in cents, `units` in hundredths."""

    id: UUID
    version: int
    kind: str
    value_cents: int
    units: int | None
    unit_name: str | None
    unit_price_ceiling_cents: int
    validity_days: int
    shortlist_size: int
    own_share_allowed: bool
    claim_window_days: int
    confirm_within_days: int
    reservation_days: int
    rule_book_version: str
    created_at: datetime
    months: int | None
    carry_over: bool | None
    milestones: list[dict[str, Any]] | None
    expected_release_id: UUID | None
    expected_measure: str | None
    retroactive_days: int
    de_minimis: bool


def _terms(row: VoucherTerms) -> TermsRow:
    return TermsRow(**{field: getattr(row, field) for field in TermsRow.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service with the terms in force, or None before the first are published."""

    id: UUID
    organiser_id: UUID
    organiser_code: str
    code: str
    names: Names
    descriptions: Names
    audience: str
    free_by_law: bool
    active: bool
    terms: TermsRow | None


def _service(row: Service, organiser_code: str, terms: VoucherTerms | None) -> ServiceRow:
    return ServiceRow(
        id=row.id,
        organiser_id=row.organiser_id,
        organiser_code=organiser_code,
        code=row.code,
        names=Names(row.name_fi, row.name_sv, row.name_en),
        descriptions=Names(row.description_fi, row.description_sv, row.description_en),
        audience=row.audience,
        free_by_law=row.free_by_law,
        active=row.active,
        terms=None if terms is None else _terms(terms),
    )


def _in_force() -> ScalarSelect[UUID]:
    """The id of the newest terms of each service."""
    newest = VoucherTerms.__table__.alias("newest")
    return (
        select(newest.c.id)
        .where(newest.c.service_id == Service.id)
        .order_by(newest.c.version.desc())
        .limit(1)
        .correlate(Service)
        .scalar_subquery()
    )


async def services(
    session: AsyncSession,
    *,
    organiser_id: UUID | None = None,
    active_only: bool = True,
    after: UUID | None = None,
    limit: int = 500,
) -> list[ServiceRow]:
    """Services with their terms in force, of one organiser or of all, in order of making."""
    query = (
        select(Service, Organiser.code, VoucherTerms)
        .join(Organiser, Organiser.id == Service.organiser_id)
        .outerjoin(VoucherTerms, VoucherTerms.id == _in_force())
        .order_by(Service.id)
        .limit(limit)
    )
    if organiser_id is not None:
        query = query.where(Service.organiser_id == organiser_id)
    if active_only:
        query = query.where(Service.active)
    if after is not None:
        query = query.where(Service.id > after)
    return [_service(row, code, terms) for row, code, terms in await session.execute(query)]


async def service(session: AsyncSession, *, service_id: UUID) -> ServiceRow | None:
    """One service with its terms in force."""
    found = (
        await session.execute(
            select(Service, Organiser.code, VoucherTerms)
            .join(Organiser, Organiser.id == Service.organiser_id)
            .outerjoin(VoucherTerms, VoucherTerms.id == _in_force())
            .where(Service.id == service_id)
        )
    ).one_or_none()
    return None if found is None else _service(*found)


async def terms_history(session: AsyncSession, *, service_id: UUID) -> list[TermsRow]:
    """All versions of a service's terms, newest first."""
    rows = await session.scalars(
        select(VoucherTerms)
        .where(VoucherTerms.service_id == service_id)
        .order_by(VoucherTerms.version.desc())
    )
    return [_terms(row) for row in rows]


@dataclass(frozen=True, slots=True)
class BudgetLineRow:
    """A budget line: what is allocated, granted (less what came back) and left, in cents."""

    id: UUID
    code: str
    name: str
    year: int
    allocated_cents: int
    granted_cents: int
    active: bool

    @property
    def left_cents(self) -> int:
        return self.allocated_cents - self.granted_cents


async def budget_lines(
    session: AsyncSession, *, organiser_id: UUID, active_only: bool = False
) -> list[BudgetLineRow]:
    """The organiser's budget lines, newest year first."""
    query = (
        select(BudgetLine)
        .where(BudgetLine.organiser_id == organiser_id)
        .order_by(BudgetLine.year.desc(), BudgetLine.code)
    )
    if active_only:
        query = query.where(BudgetLine.active)
    return [
        BudgetLineRow(
            row.id, row.code, row.name, row.year, row.allocated_cents, row.granted_cents, row.active
        )
        for row in await session.scalars(query)
    ]
