"""The whole register as open data, row by row: what its pages show, without what would lead to somebody's home, and
without coaches."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.providers.model import Admission, Provider
from registry.providers.queries.choosable import STANDING, in_term
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


Place = tuple[str, UUID]
"""(sort key of the provider, approval): where a row stands."""


async def register_rows(
    session: AsyncSession, *, on: date, after: Place | None = None, limit: int
) -> list[RegisterRow]:
    """A stretch of the register in the order of names, in one query."""
    newest = (
        select(VoucherTerms.service_id, VoucherTerms.unit_name)
        .ext(distinct_on(VoucherTerms.service_id))
        .order_by(VoucherTerms.service_id, VoucherTerms.version.desc())
        .subquery()
    )
    query = (
        select(Admission, Provider, Service, Organiser, newest.c.unit_name)
        .join(Provider, Provider.id == Admission.provider_id)
        .join(Service, Service.id == Admission.service_id)
        .join(Organiser, Organiser.id == Admission.organiser_id)
        .outerjoin(newest, newest.c.service_id == Service.id)
        .where(STANDING, in_term(on))
        .order_by(Provider.sort_key, Admission.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(Provider.sort_key, Admission.id) > tuple_(literal(after[0]), literal(after[1]))
        )
    return [_row(row, on) for row in await session.execute(query)]


def _row(row: Any, on: date) -> RegisterRow:
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


_FINGERPRINT: Final = text("""
SELECT count(*) || '-' || coalesce(sum(hashtextextended(ROW(
    a.id, a.state, a.valid_from, a.valid_until, a.unit_price_cents, a.vat_rate_bp, a.municipality_codes, a.remote,
    a.languages, a.accessibility, a.method, a.first_talk_free, a.same_coach, a.experience, a.next_start,
    p.name, p.form, p.company_group, p.own_production_of, p.street, p.postal_code, p.city, p.website,
    s.code, s.name_fi, s.name_sv, s.name_en)::text, 0)::numeric), 0)
FROM admission a JOIN provider p ON p.id = a.provider_id JOIN service s ON s.id = a.service_id
WHERE a.state IN ('active', 'suspended') AND a.valid_from <= :on AND (a.valid_until IS NULL OR a.valid_until > :on)
""")


async def register_fingerprint(session: AsyncSession, *, on: date) -> str:
    """Another text whenever the open register says something else, so that nobody fetches again what has not changed."""
    return f"{on}-{await session.scalar(_FINGERPRINT, {'on': on})}"
