"""Organisers, areas, services and their terms: open data."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.catalogue import queries
from registry.shared.errors import NotFound
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]

Cursor = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=200)
]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Rows on a page")]


class InLanguages(ApiModel):
    """A text in Finnish, Swedish and English; empty where there is none."""

    fi: str = Field(examples=["Oulun seutu"])
    sv: str = Field(examples=["Uleåborgregionen"])
    en: str = Field(examples=["Oulu region"])


def _texts(names: queries.Names) -> InLanguages:
    return InLanguages(fi=names.fi, sv=names.sv, en=names.en)


class OrganiserOut(ApiModel):
    """An authority that grants vouchers and pays for them."""

    id: UUID
    code: str = Field(examples=["oulu"])
    kind: str = Field(examples=["employment_area"])
    names: InLanguages
    employment_area: str | None = Field(examples=["24"], description="Code of its employment area")
    contact_email: str
    contact_phone: str
    fictional: bool


class AreaOut(ApiModel):
    """An employment area."""

    code: str = Field(examples=["24"])
    names: InLanguages
    municipalities: int = Field(examples=[11])


class MunicipalityOut(ApiModel):
    """A municipality with its centre (WGS 84), null where the official data has none."""

    code: str = Field(examples=["564"])
    name_fi: str = Field(examples=["Oulu"])
    name_sv: str = Field(examples=["Uleåborg"])
    employment_area: str = Field(examples=["24"])
    longitude: float | None = Field(examples=[25.47185])
    latitude: float | None = Field(examples=[65.01395])


class MilestoneOut(ApiModel):
    """A result that is paid for."""

    code: str = Field(examples=["completed"])
    amount_cents: int = Field(examples=[30000])
    evidence: str = Field(examples=["words"])
    confirmer: str = Field(examples=["staff"])
    above_expected: bool


class TermsOut(ApiModel):
    """A version of voucher terms. Sums in cents, units in hundredths (10 hours = 1000)."""

    id: UUID
    version: int = Field(examples=[1])
    kind: str = Field(examples=["units"])
    value_cents: int = Field(examples=[60000])
    units: int | None = Field(examples=[1000])
    unit_name: str | None = Field(examples=["hour"])
    unit_price_ceiling_cents: int = Field(examples=[6000])
    validity_days: int = Field(examples=[90])
    shortlist_size: int = Field(examples=[3])
    own_share_allowed: bool
    claim_window_days: int = Field(examples=[0])
    confirm_within_days: int = Field(examples=[5])
    reservation_days: int = Field(examples=[14])
    rule_book_version: str = Field(examples=["2026-1"])
    created_at: datetime
    months: int | None = Field(description="Of an allowance: for how many months at most", examples=[None])
    carry_over: bool | None = Field(examples=[None])
    milestones: list[MilestoneOut] | None = Field(description="Of a voucher by results", examples=[None])
    expected_release_id: UUID | None = Field(examples=[None])
    expected_measure: str | None = Field(examples=[None])
    retroactive_days: int = Field(description="Visits before a late grant, days back at most", examples=[0])
    de_minimis: bool = Field(description="The voucher is de minimis aid to a company")


class ServiceOut(ApiModel):
    """A service with its terms in force, null before the first are published."""

    id: UUID
    organiser: str = Field(examples=["oulu"])
    code: str = Field(examples=["nuorten-tyonhakuvalmennus"])
    names: InLanguages
    descriptions: InLanguages
    audience: str = Field(examples=["person"])
    free_by_law: bool
    active: bool
    terms: TermsOut | None


@get("/api/v1/organisers", who=PUBLIC, tags=["catalogue"])
async def list_organisers(request: AnyRequest) -> Page[OrganiserOut]:
    """All organisers of this installation."""
    async with services(request).database.transaction() as session:
        rows = await queries.organisers(session)
    items = [
        OrganiserOut(
            id=row.id,
            code=row.code,
            kind=row.kind,
            names=_texts(row.names),
            employment_area=row.area_code,
            contact_email=row.contact_email,
            contact_phone=row.contact_phone,
            fictional=row.fictional,
        )
        for row in rows
    ]
    return Page(items=items)


@get("/api/v1/areas", who=PUBLIC, tags=["catalogue"])
async def list_areas(request: AnyRequest) -> Page[AreaOut]:
    """All employment areas, and Åland."""
    async with services(request).database.transaction() as session:
        rows = await queries.areas(session)
    return Page(
        items=[
            AreaOut(code=row.code, names=_texts(row.names), municipalities=row.municipalities) for row in rows
        ]
    )


@get("/api/v1/municipalities", who=PUBLIC, tags=["catalogue"])
async def list_municipalities(
    request: AnyRequest,
    area: Annotated[
        str | None, QueryParameter(description="Code of an employment area", max_length=10)
    ] = None,
    after: Cursor = None,
    limit: Limit = 100,
) -> Page[MunicipalityOut]:
    """Municipalities by code, of one employment area or of all."""
    position = read_cursor(after, str)
    async with services(request).database.transaction() as session:
        rows = await queries.municipalities(
            session, area_code=area, after=position[0] if position else "", limit=limit + 1
        )
    items = [
        MunicipalityOut(
            code=row.code,
            name_fi=row.names.fi,
            name_sv=row.names.sv,
            employment_area=row.area_code,
            longitude=row.longitude,
            latitude=row.latitude,
        )
        for row in rows[:limit]
    ]
    return Page(items=items, next=cursor(items[-1].code) if len(rows) > limit else None)


def _terms_out(row: queries.TermsRow) -> TermsOut:
    return TermsOut(**asdict(row))


def _service_out(row: queries.ServiceRow) -> ServiceOut:
    return ServiceOut(
        id=row.id,
        organiser=row.organiser_code,
        code=row.code,
        names=_texts(row.names),
        descriptions=_texts(row.descriptions),
        audience=row.audience,
        free_by_law=row.free_by_law,
        active=row.active,
        terms=None if row.terms is None else _terms_out(row.terms),
    )


@get("/api/v1/services", who=PUBLIC, tags=["catalogue"])
async def list_services(
    request: AnyRequest,
    organiser: Annotated[
        str | None, QueryParameter(description="Code of an organiser", max_length=50)
    ] = None,
    after: Cursor = None,
    limit: Limit = 100,
) -> Page[ServiceOut]:
    """Services that vouchers are granted for, with their terms in force."""
    position = read_cursor(after, UUID)
    async with services(request).database.transaction() as session:
        organiser_id = None
        if organiser is not None:
            found = await queries.organiser_with_code(session, code=organiser)
            if found is None:
                raise NotFound("organiser.unknown")
            organiser_id = found.id
        rows = await queries.services(
            session,
            organiser_id=organiser_id,
            after=position[0] if position else None,
            limit=limit + 1,
        )
    items = [_service_out(row) for row in rows[:limit]]
    return Page(items=items, next=cursor(str(items[-1].id)) if len(rows) > limit else None)


@get("/api/v1/services/{service_id:uuid}", who=PUBLIC, tags=["catalogue"])
async def get_service(request: AnyRequest, service_id: FromPath[UUID]) -> ServiceOut:
    """One service with its current terms."""
    async with services(request).database.transaction() as session:
        row = await queries.service(session, service_id=service_id)
    if row is None:
        raise NotFound("service.unknown")
    return _service_out(row)


@get("/api/v1/services/{service_id:uuid}/terms", who=PUBLIC, tags=["catalogue"])
async def list_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Page[TermsOut]:
    """All versions of a service's terms, newest first."""
    async with services(request).database.transaction() as session:
        if await queries.service(session, service_id=service_id) is None:
            raise NotFound("service.unknown")
        rows = await queries.terms_history(session, service_id=service_id)
    return Page(items=[_terms_out(row) for row in rows])


ROUTES: list[Any] = [
    list_organisers,
    list_areas,
    list_municipalities,
    list_services,
    get_service,
    list_terms,
]
