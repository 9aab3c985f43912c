"""Who can be chosen: the facts of admissions, one query each, for whoever builds a client's choice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from registry.catalogue.model import Municipality, Organiser
from registry.providers.keeping.rules import is_stale
from registry.providers.model import Admission, Provider
from registry.providers.rules import start_to_come, why_not


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """One admission with what a choice needs to know of its provider."""

    admission_id: UUID
    provider_id: UUID
    service_id: UUID
    organiser_id: UUID
    provider_name: str
    form: str
    company_group: str | None
    own_production: bool
    """The organiser's own unit: labelled wherever it is shown."""
    fictional: bool
    city: str | None
    municipality_code: str | None
    longitude: float | None
    latitude: float | None
    """Centre of the municipality where the provider is."""
    seat_fi: str | None
    seat_sv: str | None
    """Its name."""
    state: str
    valid_from: date
    valid_until: date | None
    rule_book_version: str
    unit_price_cents: int
    vat_rate_bp: int
    municipality_codes: tuple[str, ...]
    remote: bool
    languages: tuple[str, ...]
    languages_verified: tuple[str, ...]
    """Those of which an officer has seen proof; the others are claimed."""
    accessibility: tuple[str, ...]
    method: str
    first_talk_free: bool
    same_coach: bool | None
    experience: tuple[str, ...]
    """Both as the provider says of itself."""
    places: int
    taken: int
    next_start: date | None
    """None when none is known, or when the known one has passed."""
    capacity_confirmed_at: datetime
    """When the provider last said so: by confirming it, or by being admitted with it."""

    def stale(self, now: datetime) -> bool:
        """Whether free places were last confirmed too long ago to be taken for sure."""
        return is_stale(self.capacity_confirmed_at, now=now)

    @property
    def places_left(self) -> int:
        return self.places - self.taken

    def reasons_against(
        self,
        *,
        municipality_code: str | None,
        languages: Collection[str],
        accessibility: Collection[str],
        on: date,
    ) -> tuple[str, ...]:
        """Why this client cannot choose it on this day: codes of `rules.why_not`, none when it can."""
        return why_not(
            state=self.state,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            places=self.places,
            taken=self.taken,
            municipality_codes=self.municipality_codes,
            remote=self.remote,
            languages=self.languages,
            accessibility=self.accessibility,
            on=on,
            wanted_municipality=municipality_code,
            wanted_languages=languages,
            wanted_accessibility=accessibility,
        )


IN_FORCE: Final[ColumnElement[bool]] = literal_column("admission.state = 'active'", Boolean)
STANDING: Final[ColumnElement[bool]] = literal_column("admission.state IN ('active', 'suspended')", Boolean)
"""Written out, so that a prepared statement can use the partial index of standing admissions."""

OPEN_REGISTER: Final[ColumnElement[bool]] = Admission.organiser_id.not_in(
    select(Organiser.id).where(Organiser.sandbox)
)
"""Not an approval of the sandbox, which only its own providers' systems see. NOT IN, which the planner takes for a
condition that half of all rows meet: of a plain comparison with one id it thinks that none do."""


def in_term(on: date) -> ColumnElement[bool]:
    return and_(Admission.valid_from <= on, or_(Admission.valid_until.is_(None), Admission.valid_until > on))


def serves(municipality_code: str | None) -> ColumnElement[bool]:
    """On the spot or remotely; an unknown municipality is served remotely only."""
    on_the_spot: ColumnElement[bool] = (
        false()
        if municipality_code is None
        else literal(municipality_code) == any_(Admission.municipality_codes)
    )
    return or_(Admission.remote, on_the_spot)


def _texts(values: Collection[str]) -> Any:
    return cast(literal(sorted(values), ARRAY(Text())), ARRAY(Text()))


def _facts_of(service_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Admission.id.label("admission_id"),
            Admission.provider_id,
            Admission.service_id,
            Admission.organiser_id,
            Provider.name.label("provider_name"),
            Provider.form,
            Provider.company_group,
            Provider.own_production_of.is_not(None).label("own_production"),
            Provider.fictional,
            Provider.city,
            Provider.municipality_code,
            Municipality.longitude,
            Municipality.latitude,
            Municipality.name_fi.label("seat_fi"),
            Municipality.name_sv.label("seat_sv"),
            Admission.state,
            Admission.valid_from,
            Admission.valid_until,
            Admission.rule_book_version,
            Admission.unit_price_cents,
            Admission.vat_rate_bp,
            Admission.municipality_codes,
            Admission.remote,
            Admission.languages,
            Admission.languages_verified,
            Admission.accessibility,
            Admission.method,
            Admission.first_talk_free,
            Admission.same_coach,
            Admission.experience,
            Admission.places,
            Admission.taken,
            Admission.next_start,
            func.coalesce(Admission.capacity_confirmed_at, Admission.created_at).label(
                "capacity_confirmed_at"
            ),
        )
        .join(Provider, Provider.id == Admission.provider_id)
        .outerjoin(Municipality, Municipality.code == Provider.municipality_code)
        .where(Admission.service_id == service_id)
        .order_by(Admission.id)
    )


def _facts(row: Any, on: date) -> AdmissionFacts:
    values: dict[str, Any] = dict(row._mapping)
    for name in ("municipality_codes", "languages", "languages_verified", "accessibility", "experience"):
        values[name] = tuple(values[name])
    values["next_start"] = start_to_come(values["next_start"], on)
    return AdmissionFacts(**values)


async def eligible_providers(
    session: AsyncSession,
    *,
    service_id: UUID,
    municipality_code: str | None,
    languages: Collection[str],
    accessibility: Collection[str],
    on: date,
    at_most_cents: int | None = None,
    place_held_at: UUID | None = None,
) -> set[UUID]:
    """Everyone whom this client can choose for the service on this day: admitted and in term, serves the
    municipality or remotely, speaks one of the languages (any, when none is given), meets every need, has a place.

    `at_most_cents`: the dearest unit that can be paid. `place_held_at`: a provider where the client holds a place
    already, which is full for nobody less than for this client."""
    held = Admission.provider_id == place_held_at if place_held_at is not None else false()
    return set(
        await session.scalars(
            select(Admission.provider_id).where(
                Admission.service_id == service_id,
                IN_FORCE,
                in_term(on),
                serves(municipality_code),
                Admission.languages.overlap(_texts(languages)) if languages else true(),
                Admission.accessibility.contains(_texts(accessibility)) if accessibility else true(),
                Admission.unit_price_cents <= at_most_cents if at_most_cents is not None else true(),
                or_(Admission.taken < Admission.places, held),
            )
        )
    )


async def admissions_of_service(
    session: AsyncSession, *, service_id: UUID, on: date, provider_ids: Collection[UUID] | None = None
) -> list[AdmissionFacts]:
    """Every standing admission of the service, choosable or not (`reasons_against` says why not), or those of the
    named providers: a register of thousands is not read to show three."""
    query = _facts_of(service_id).where(STANDING)
    if provider_ids is not None:
        query = query.where(Admission.provider_id.in_(provider_ids))
    return [_facts(row, on) for row in await session.execute(query)]


async def admission_of_service(
    session: AsyncSession, *, service_id: UUID, admission_id: UUID, on: date
) -> AdmissionFacts | None:
    """One standing admission of the service, choosable or not: a pick asks about no other."""
    query = _facts_of(service_id).where(STANDING, Admission.id == admission_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _facts(row, on)
