"""The whole register as open data, row by row: what its pages show, without what would lead to somebody's home, and
without coaches."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.providers.model import Admission, Provider
from registry.providers.queries.choosable import OPEN_REGISTER, STANDING, in_term
from registry.providers.queries.in_force import DecisionInForce, decisions_in_force
from registry.providers.queries.offers import ServiceOffer, offer_of
from registry.providers.rules import address_shown
from registry.shared.database import Database


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One standing approval."""

    provider_id: UUID
    provider: str
    sort_key: str
    form: str
    identity_scheme: str
    identity_value: str
    company_group: str | None
    own_production: bool
    fictional: bool
    street: str | None
    postal_code: str | None
    """Neither of a sole trader, who often works at home."""
    city: str | None
    website: str | None
    offer: ServiceOffer
    """What was approved."""
    decision: DecisionInForce | None
    """The decision that gave it; none where it was imported."""
    stamp: int
    """Digest of all of this."""


Place = tuple[str, UUID]
"""(sort key of the provider, approval): where a row stands."""


def _open_register(on: date) -> Select[*tuple[Any, ...]]:
    """Every standing approval with all that its row is made of."""
    newest = (
        select(VoucherTerms.service_id, VoucherTerms.unit_name)
        .ext(distinct_on(VoucherTerms.service_id))
        .order_by(VoucherTerms.service_id, VoucherTerms.version.desc())
        .subquery()
    )
    return (
        select(
            Admission,
            Provider,
            Service,
            Organiser,
            newest.c.unit_name,
            _stamp(on, newest.c.unit_name).label("stamp"),
        )
        .join(Provider, Provider.id == Admission.provider_id)
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .outerjoin(newest, newest.c.service_id == Service.id)
        .where(STANDING, in_term(on), OPEN_REGISTER)
    )


FORM: Final = 2
"""Goes up when the columns of a row change, so that whoever keeps a copy is told of every row anew."""

_OF_ADMISSION: Final = (
    *("id", "state", "valid_from", "valid_until", "unit_price_cents", "vat_rate_bp", "municipality_codes"),
    *("remote", "languages", "languages_verified", "accessibility", "method", "first_talk_free"),
    *("same_coach", "experience", "decision_id"),
)
_OF_PROVIDER: Final = (
    *("id", "name", "form", "identity_scheme", "identity_value", "company_group", "own_production_of"),
    *("fictional", "street", "postal_code", "city", "website"),
)


def _stamp(on: date, unit_name: ColumnElement[str | None]) -> ColumnElement[int]:
    """64 bits of all that a row says on this day, made in the database: telling what has changed reads no row."""
    return func.hashtextextended(
        cast(
            func.row(
                FORM,
                *(getattr(Admission, name) for name in _OF_ADMISSION),
                case((Admission.next_start >= on, Admission.next_start)),
                *(getattr(Provider, name) for name in _OF_PROVIDER),
                *(Service.id, Service.code, Service.name_fi, Service.name_sv, Service.name_en),
                *(Organiser.code, unit_name),
            ),
            Text,
        ),
        0,
        type_=BigInteger,
    )


async def register_rows(
    session: AsyncSession, *, on: date, after: Place | None = None, limit: int
) -> list[RegisterRow]:
    """A stretch of the register in the order of names, in one query."""
    query = _open_register(on).order_by(Provider.sort_key, Admission.id).limit(limit)
    if after is not None:
        query = query.where(
            tuple_(Provider.sort_key, Admission.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return await _rows(session, (await session.execute(query)).all(), on)


async def rows_of(
    session: AsyncSession, *, on: date, admission_ids: Collection[UUID]
) -> dict[UUID, RegisterRow]:
    """The rows of these approvals, as far as they stand, in one query."""
    rows = await session.execute(_open_register(on).where(Admission.id.in_(admission_ids)))
    return {row.offer.admission_id: row for row in await _rows(session, rows.all(), on)}


def stamps(on: date) -> Subquery:
    """(id, stamp) of every row of the open register."""
    whole = _open_register(on)
    return whole.with_only_columns(
        Admission.id, *(c for c in whole.selected_columns if c.key == "stamp")
    ).subquery()


async def _rows(session: AsyncSession, rows: Sequence[Any], on: date) -> list[RegisterRow]:
    decided = [row.Admission.id for row in rows if row.Admission.decision_id is not None]
    decisions = await decisions_in_force(session, decided)
    return [_row(row, decisions.get(row.Admission.id, ()), on) for row in rows]


def _row(row: Any, decisions: Sequence[DecisionInForce], on: date) -> RegisterRow:
    provider: Provider = row.Provider
    street, postal_code = address_shown(provider.form, provider.street, provider.postal_code)
    return RegisterRow(
        provider_id=provider.id,
        provider=provider.name,
        sort_key=provider.sort_key,
        form=provider.form,
        identity_scheme=provider.identity_scheme,
        identity_value=provider.identity_value,
        company_group=provider.company_group,
        own_production=provider.own_production_of is not None,
        fictional=provider.fictional,
        street=street,
        postal_code=postal_code,
        city=provider.city,
        website=provider.website,
        offer=offer_of(row.Admission, row.Service, row.Organiser, row.unit_name, on),
        decision=next((one for one in decisions if one.gives), None),
        stamp=row.stamp,
    )


async def register_stretches(
    database: Database, *, on: date, length: int = 500
) -> AsyncIterator[list[RegisterRow]]:
    """The whole register, each stretch in a transaction of its own, so that no connection waits for whoever reads slowly.
    What changes meanwhile may show or not; no row comes twice."""
    after = None
    while True:
        async with database.transaction() as session:
            rows = await register_rows(session, on=on, after=after, limit=length)
        if rows:
            yield rows
        if len(rows) < length:
            return
        after = rows[-1].sort_key, rows[-1].offer.admission_id


async def register_fingerprint(session: AsyncSession, *, on: date) -> str:
    """Another text whenever the open register says something else, so that nobody fetches again what has not changed."""
    each = stamps(on)
    count, total = (
        await session.execute(select(func.count(), func.sum(cast(each.c.stamp, Numeric))).select_from(each))
    ).one()
    return f"{on}-{count}-{total or 0}"


def register_values(row: RegisterRow) -> dict[str, Any]:
    """An approval as the open data have it: column → text, number, truth or None."""
    offer = row.offer
    return {
        "admission_id": str(offer.admission_id),
        "provider_id": str(row.provider_id),
        "provider": row.provider,
        "form": row.form,
        "identity_scheme": row.identity_scheme,
        "identity_value": row.identity_value,
        "company_group": row.company_group,
        "own_production": row.own_production,
        "fictional": row.fictional,
        "street": row.street,
        "postal_code": row.postal_code,
        "city": row.city,
        "website": row.website,
        "organiser": offer.organiser_code,
        "service_id": str(offer.service_id),
        "service": offer.service_code,
        "service_fi": offer.service_name.fi,
        "service_sv": offer.service_name.sv,
        "service_en": offer.service_name.en,
        "state": offer.state,
        "unit_price": offer.unit_price_cents / 100,
        "unit": offer.unit_name,
        "vat_percent": offer.vat.rate_bp / 100,
        "municipalities": " ".join(offer.municipality_codes),
        "remote": offer.remote,
        "languages": " ".join(offer.languages),
        "languages_verified": " ".join(offer.languages_verified),
        "accessibility": " ".join(offer.accessibility),
        "method": offer.method,
        "first_talk_free": offer.first_talk_free,
        "same_coach": offer.same_coach,
        "experience": " ".join(offer.experience),
        "next_start": _day(offer.next_start),
        "valid_from": _day(offer.valid_from),
        "valid_until": _day(offer.valid_until),
        "decision": row.decision.reference if row.decision else None,
        "decided_on": _day(row.decision.decided_on) if row.decision else None,
        "legal_basis": row.decision.law if row.decision else None,
    }


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()
