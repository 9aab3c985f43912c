"""The voucher that a choice is for, with all that the choice needs to know of its client: one query."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser, Service, VoucherTerms
from registry.choice.model import Shortlist
from registry.choice.rules import Offer, Seeker, straight_line_km
from registry.people.model import Client
from registry.providers.queries import AdmissionFacts
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Voucher


@dataclass(frozen=True, slots=True)
class Names:
    """A name in each language it has."""

    fi: str
    sv: str
    en: str

    def in_language(self, language: str) -> str:
        return {"fi": self.fi, "sv": self.sv}.get(language, self.en)

    def in_sentence(self, language: str) -> str:
        """As it stands inside a sentence: small initial, unless the name begins with an abbreviation."""
        name = self.in_language(language)
        return name[:1].lower() + name[1:] if name[1:2].islower() else name


@dataclass(frozen=True, slots=True)
class Holding:
    """The voucher that the choice is for, as its holder needs to understand it."""

    id: UUID
    number: str
    state: str
    organiser_id: UUID
    organiser: Names
    organiser_phone: str
    organiser_email: str
    client_id: UUID
    case_worker_id: UUID | None
    service_id: UUID
    service: Names
    description: Names
    audience: str
    in_plan: bool
    free_by_law: bool
    own_share_allowed: bool
    unit_price_ceiling_cents: int
    unit_name: str | None
    units_granted: int | None
    units_available: int | None
    units_reserved: int | None
    units_captured: int | None
    units_returned: int | None
    granted_cents: int
    available_cents: int
    reserved_cents: int
    captured_cents: int
    returned_cents: int
    valid_until: datetime
    confirm_within_days: int
    shortlist_size: int
    municipality: Names | None
    centre: tuple[float, float] | None
    """Longitude and latitude of that municipality's centre."""
    provider_id: UUID | None
    """The provider chosen now."""
    seeker: Seeker

    @property
    def last_day(self) -> date:
        """The last day on which it is good."""
        return local_date(self.valid_until - timedelta(seconds=1))


HOLDINGS: Final = (
    select(Voucher, Service, VoucherTerms.shortlist_size, Organiser, Client, Municipality, Shortlist)
    .join(Service, Service.id == Voucher.service_id)
    .join(VoucherTerms, VoucherTerms.id == Voucher.terms_id)
    .join(Organiser, Organiser.id == Voucher.organiser_id)
    .join(Client, Client.id == Voucher.client_id)
    .outerjoin(Municipality, Municipality.code == Client.municipality_code)
    .outerjoin(Shortlist, Shortlist.voucher_id == Voucher.id)
)


async def holding(session: AsyncSession, *, voucher_id: UUID) -> tuple[Holding, Shortlist | None]:
    """The voucher with its service, client and frozen shortlist, in one query."""
    found = (await session.execute(HOLDINGS.where(Voucher.id == voucher_id))).one_or_none()
    if found is None:
        raise NotFound("voucher.unknown")
    return holding_of(found), found[6]


def holding_of(row: Any) -> Holding:
    """A row of HOLDINGS, whatever columns were added at its end."""
    voucher, service, size, organiser, client, municipality = row[:6]
    return Holding(
        organiser=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
        organiser_phone=organiser.contact_phone,
        organiser_email=organiser.contact_email,
        case_worker_id=client.case_worker_id,
        service=Names(service.name_fi, service.name_sv, service.name_en),
        description=Names(service.description_fi, service.description_sv, service.description_en),
        audience=service.audience,
        free_by_law=service.free_by_law,
        shortlist_size=size,
        seeker=_seeker(voucher, service, client),
        **_whereabouts(municipality),
        **{name: getattr(voucher, name) for name in _OF_VOUCHER},
    )


_OF_VOUCHER: Final = (
    "id", "number", "state", "organiser_id", "client_id", "service_id", "in_plan", "own_share_allowed",
    "unit_price_ceiling_cents", "unit_name", "units_granted", "units_available",
    "units_reserved", "units_captured", "units_returned", "granted_cents",
    "available_cents", "reserved_cents", "captured_cents", "returned_cents", "valid_until",
    "confirm_within_days", "provider_id",
)  # fmt: skip


def _whereabouts(municipality: Municipality | None) -> dict[str, Any]:
    """The client's municipality, if it is known (it is not for a protected identity)."""
    if municipality is None:
        return {"municipality": None, "centre": None}
    longitude, latitude = municipality.longitude, municipality.latitude
    known = longitude is not None and latitude is not None
    return {"municipality": names_of(municipality), "centre": (longitude, latitude) if known else None}


def names_of(municipality: Municipality) -> Names:
    return Names(municipality.name_fi, municipality.name_sv, municipality.name_fi)


def _seeker(voucher: Voucher, service: Service, client: Client) -> Seeker:
    return Seeker(
        kind=client.kind,
        municipality_code=client.municipality_code,
        languages=frozenset(client.service_languages),
        accessibility=frozenset(client.accessibility),
        audience=service.audience,
        unit_price_ceiling_cents=voucher.unit_price_ceiling_cents,
        own_share_allowed=voucher.own_share_allowed,
    )


def offer_of(facts: AdmissionFacts, *, chosen_now: bool) -> Offer:
    """An admission as eligibility sees it; the place that the client holds now is free to that client."""
    return Offer(
        admission_id=facts.admission_id,
        provider_id=facts.provider_id,
        company_group=facts.company_group,
        state=facts.state,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        municipality_codes=frozenset(facts.municipality_codes),
        remote=facts.remote,
        languages=frozenset(facts.languages),
        accessibility=frozenset(facts.accessibility),
        unit_price_cents=facts.unit_price_cents,
        places=facts.places,
        taken=facts.taken - (1 if chosen_now else 0),
    )


def seat_of(facts: AdmissionFacts) -> Names | None:
    """The municipality where the provider is."""
    if facts.seat_fi is None or facts.seat_sv is None:
        return None
    return Names(facts.seat_fi, facts.seat_sv, facts.seat_fi)


def distance_km(facts: AdmissionFacts, held: Holding) -> int | None:
    """Straight line between the centres of the client's municipality and the provider's."""
    if held.centre is None or facts.longitude is None or facts.latitude is None:
        return None
    return straight_line_km(*held.centre, facts.longitude, facts.latitude)
