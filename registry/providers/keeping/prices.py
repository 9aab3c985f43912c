"""Prices by their days. The admission carries the price of today, so that choosing stays one read; vouchers and standing
choices keep the price that was agreed when the choice was made."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.duties import require_office
from registry.providers.commands.applying import limits_of
from registry.providers.commands.doors import locked_admission, require_provider_user
from registry.providers.keeping.model import AdmissionPrice
from registry.providers.keeping.rules import IN_REGISTER, earliest_price_day, may_set_price
from registry.providers.keeping.terms import keeping_terms
from registry.providers.model import Admission
from registry.providers.rules import MAX_UNIT_PRICE_CENTS, VAT_RATES_BP
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price of one unit with VAT, and the first day on which it holds."""

    unit_price_cents: int
    vat_rate_bp: int
    valid_from: date


async def set_price(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    unit_price_cents: int,
    vat_rate_bp: int,
    valid_from: date,
) -> UUID:
    """The provider sets its price within the service's ceiling: a lower one from today on, a higher one after its notice.
    A price that has been announced and does not hold yet gives way. Returns the price's id.

    Raises Refused(price.above_ceiling) where an own share would come of it: that is a change for an officer to decide.
    """
    require_provider_user(actor)
    await require_office(session, actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    price = NewPrice(unit_price_cents, vat_rate_bp, valid_from)
    await require_price(session, admission, price, now=now)
    _, limits = await limits_of(session, admission.service_id)
    ceiling = max(limits.unit_price_ceiling_cents, admission.unit_price_cents)
    if unit_price_cents > ceiling:
        raise Refused("price.above_ceiling", ceiling_cents=limits.unit_price_ceiling_cents)
    return await place_price(session, actor=actor, now=now, admission=admission, price=price)


async def require_price(
    session: AsyncSession, admission: Admission, price: NewPrice, *, now: datetime
) -> None:
    """Raise unless this admission may have this price from this day, whoever decides on it."""
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    if not 0 < price.unit_price_cents <= MAX_UNIT_PRICE_CENTS:
        raise Invalid("offer.invalid", errors={"unit_price": "offer.price_out_of_range"})
    if price.vat_rate_bp not in VAT_RATES_BP:
        raise Invalid("offer.invalid", errors={"vat_rate_bp": "offer.vat_rate_unknown"})
    if (price.unit_price_cents, price.vat_rate_bp) == (admission.unit_price_cents, admission.vat_rate_bp):
        raise Refused("price.same")
    earliest = await earliest_day(session, admission, price.unit_price_cents, now=now)
    require(may_set_price(valid_from=price.valid_from, earliest=earliest))


async def earliest_day(
    session: AsyncSession, admission: Admission, wanted_cents: int, *, now: datetime
) -> date:
    terms = await keeping_terms(session, admission.service_id)
    return earliest_price_day(
        now_cents=admission.unit_price_cents,
        wanted_cents=wanted_cents,
        today=local_date(now),
        notice_days=terms.price_notice_days,
    )


async def place_price(
    session: AsyncSession, *, actor: Actor, now: datetime, admission: Admission, price: NewPrice
) -> UUID:
    """Write the price into its place among the admission's, which must be locked. The database refuses two that share a
    day."""
    today = local_date(now)
    standing = await _standing(session, admission)
    await session.execute(
        delete(AdmissionPrice).where(
            AdmissionPrice.admission_id == admission.id, AdmissionPrice.current_since.is_(None)
        )
    )
    starts = max(price.valid_from, standing.valid_from)
    before = admission.unit_price_cents
    holds = starts <= today or starts == standing.valid_from
    if starts == standing.valid_from:  # set twice on one day: the later word counts from the beginning
        row = standing
        row.unit_price_cents, row.vat_rate_bp = price.unit_price_cents, price.vat_rate_bp
        row.set_by, row.set_at, row.valid_until = actor.id, now, None
    else:
        standing.valid_until = starts
        await session.flush()
        row = AdmissionPrice(
            id=uuid7(),
            admission_id=admission.id,
            unit_price_cents=price.unit_price_cents,
            vat_rate_bp=price.vat_rate_bp,
            valid_from=starts,
            set_by=actor.id,
            set_at=now,
            current_since=now if holds else None,
        )
        session.add(row)
    if holds:
        admission.unit_price_cents, admission.vat_rate_bp = price.unit_price_cents, price.vat_rate_bp
    await session.flush()
    _record(session, actor, now, admission, row, "admission.price_set", before)
    return row.id


async def _standing(session: AsyncSession, admission: Admission) -> AdmissionPrice:
    """The row of the price that holds today; made now where the price has never been changed."""
    found: AdmissionPrice | None = await session.scalar(
        select(AdmissionPrice)
        .where(AdmissionPrice.admission_id == admission.id, AdmissionPrice.current_since.is_not(None))
        .order_by(AdmissionPrice.valid_from.desc())
        .limit(1)
    )
    if found is not None and (found.unit_price_cents, found.vat_rate_bp) == (
        admission.unit_price_cents,
        admission.vat_rate_bp,
    ):
        return found
    if found is not None:  # an import has changed the price meanwhile: from when, nobody has said
        found.unit_price_cents, found.vat_rate_bp = admission.unit_price_cents, admission.vat_rate_bp
        return found
    first = AdmissionPrice(
        id=uuid7(),
        admission_id=admission.id,
        unit_price_cents=admission.unit_price_cents,
        vat_rate_bp=admission.vat_rate_bp,
        valid_from=admission.valid_from,
        set_at=admission.created_at,
        current_since=admission.created_at,
    )
    session.add(first)
    await session.flush()
    return first


async def make_prices_current(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """The prices whose day has come become their admissions'; how many there were. For the worker."""
    due = (
        await session.scalars(
            select(AdmissionPrice.admission_id)
            .join(Admission, Admission.id == AdmissionPrice.admission_id)
            .where(
                Admission.organiser_id.in_(actor.sight.organisers),
                AdmissionPrice.current_since.is_(None),
                AdmissionPrice.valid_from <= local_date(now),
            )
            .order_by(AdmissionPrice.admission_id)
            .limit(limit)
            .with_for_update(of=Admission, skip_locked=True)
        )
    ).all()
    for admission_id in due:
        admission = await session.get_one(Admission, admission_id, populate_existing=True)
        row = await session.scalar(
            select(AdmissionPrice).where(
                AdmissionPrice.admission_id == admission_id, AdmissionPrice.current_since.is_(None)
            )
        )
        if row is None:
            continue
        before = admission.unit_price_cents
        row.current_since = now
        admission.unit_price_cents, admission.vat_rate_bp = row.unit_price_cents, row.vat_rate_bp
        _record(session, actor, now, admission, row, "admission.price_current", before)
    return len(due)


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    row: AdmissionPrice,
    action: str,
    before_cents: int,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=admission.state,
        to_state=admission.state,
        facts={
            "provider": admission.provider_id,
            "service": admission.service_id,
            "unit_price_before_cents": before_cents,
            "unit_price_cents": row.unit_price_cents,
            "vat_rate_bp": row.vat_rate_bp,
            "from_day": row.valid_from,
        },
    )
