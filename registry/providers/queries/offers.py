"""Admissions as the public sees them, of several providers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.catalogue.queries import Names
from registry.providers.keeping.rules import is_stale
from registry.providers.model import Admission
from registry.providers.queries.choosable import IN_FORCE, OPEN_REGISTER, STANDING, in_term
from registry.providers.rules import start_to_come
from registry.shared.vat import Vat, vat_in


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """One admission as the public sees it."""

    admission_id: UUID
    provider_id: UUID
    state: str
    organiser_id: UUID
    organiser_code: str
    organiser_name: Names
    organiser_area: str | None
    service_id: UUID
    service_code: str
    service_name: Names
    service_description: Names
    unit_price_cents: int
    unit_name: str | None
    vat: Vat
    municipality_codes: tuple[str, ...]
    remote: bool
    languages: tuple[str, ...]
    languages_verified: tuple[str, ...]
    """Those of which an officer has seen proof."""
    accessibility: tuple[str, ...]
    method: str
    first_talk_free: bool
    same_coach: bool | None
    experience: tuple[str, ...]
    has_places: bool
    next_start: date | None
    valid_from: date
    valid_until: date | None
    decided: bool
    """Whether a decision of this register gave it, and not an import."""
    capacity_confirmed_at: datetime

    def stale(self, now: datetime) -> bool:
        """Whether free places were last confirmed too long ago to be taken for sure."""
        return is_stale(self.capacity_confirmed_at, now=now)

    @property
    def choosable(self) -> bool:
        return self.state == "active"


def names(row: Any) -> Names:
    """The three names of an organiser or a service."""
    return Names(row.name_fi, row.name_sv, row.name_en)


def municipality_names(municipality: Municipality) -> Names:
    """A municipality has two names; in English it goes by the Finnish one."""
    return Names(municipality.name_fi, municipality.name_sv, municipality.name_fi)


def verified_of(admission: Admission) -> tuple[str, ...]:
    """Of its languages those of which an officer has seen proof."""
    return tuple(code for code in admission.languages if code in admission.languages_verified)


async def offers_of(
    session: AsyncSession, provider_ids: Sequence[UUID], on: date, *, suspended_too: bool
) -> dict[UUID, list[ServiceOffer]]:
    """Provider → its standing admissions, in one query; who has none is not among them."""
    if not provider_ids:
        return {}
    latest_terms = (
        select(VoucherTerms.unit_name)
        .where(VoucherTerms.service_id == Service.id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Admission, Service, Organiser, latest_terms.label("unit_name"))
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .where(
            Admission.provider_id.in_(provider_ids),
            STANDING if suspended_too else IN_FORCE,
            in_term(on),
            OPEN_REGISTER,
        )
        .order_by(Organiser.name_fi, Service.name_fi, Admission.id)
    )
    found: dict[UUID, list[ServiceOffer]] = {}
    for admission, service, organiser, unit_name in rows:
        offer = offer_of(admission, service, organiser, unit_name, on)
        found.setdefault(offer.provider_id, []).append(offer)
    return found


def offer_of(
    admission: Admission, service: Service, organiser: Organiser, unit_name: str | None, on: date
) -> ServiceOffer:
    """One admission in public words."""
    return ServiceOffer(
        admission_id=admission.id,
        provider_id=admission.provider_id,
        state=admission.state,
        organiser_id=organiser.id,
        organiser_code=organiser.code,
        organiser_name=names(organiser),
        organiser_area=organiser.employment_area_code,
        service_id=service.id,
        service_code=service.code,
        service_name=names(service),
        service_description=Names(service.description_fi, service.description_sv, service.description_en),
        unit_price_cents=admission.unit_price_cents,
        unit_name=unit_name,
        vat=vat_in(admission),
        municipality_codes=tuple(admission.municipality_codes),
        remote=admission.remote,
        languages=tuple(admission.languages),
        languages_verified=verified_of(admission),
        accessibility=tuple(admission.accessibility),
        method=admission.method,
        first_talk_free=admission.first_talk_free,
        same_coach=admission.same_coach,
        experience=tuple(admission.experience),
        has_places=admission.taken < admission.places,
        next_start=start_to_come(admission.next_start, on),
        valid_from=admission.valid_from,
        valid_until=admission.valid_until,
        decided=admission.decision_id is not None,
        capacity_confirmed_at=admission.capacity_confirmed_at or admission.created_at,
    )
