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
from registry.providers.rules import MAX_UNIT_PRICE_CENTS
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.vat import Vat, completed, left_rates, merged, rates_in_force, vat_errors, vat_in


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price of one unit with VAT, what of it is VAT, and the first day on which it holds."""

    unit_price_cents: int
    vat: Vat
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
    vat_category: str | None = None,
    vat_reason: str | None = None,
) -> UUID:
    """The provider sets its price within the service's ceiling: a lower one from today on, a higher one after its notice.
    A price that has been announced and does not hold yet gives way. Returns the price's id.

    Raises Refused(price.above_ceiling) where an own share would come of it: that is a change for an officer to decide.
    """
    require_provider_user(actor)
    await require_office(session, actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    said = Vat(vat_rate_bp, vat_category, vat_reason).columns()
    price = NewPrice(unit_price_cents, merged(told_vat(admission), said), valid_from)
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
    if errors := vat_errors(price.vat, rates_in_force(local_date(now))):
        raise Invalid("offer.invalid", errors=errors)
    if (price.unit_price_cents, price.vat) == (admission.unit_price_cents, told_vat(admission)):
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
        _tell(row, price.unit_price_cents, price.vat)
        row.set_by, row.set_at, row.valid_until = actor.id, now, None
    else:
        standing.valid_until = starts
        await session.flush()
        row = AdmissionPrice(
            id=uuid7(),
            admission_id=admission.id,
            unit_price_cents=price.unit_price_cents,
            **price.vat.columns(),
            valid_from=starts,
            set_by=actor.id,
            set_at=now,
            current_since=now if holds else None,
        )
        session.add(row)
    if holds:
        _hold(admission, row)
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
    if found is not None:
        # an import may have changed the price meanwhile: from when, nobody has said. The VAT in it has its own row then
        found.unit_price_cents = admission.unit_price_cents
        return found
    first = AdmissionPrice(  # where an import told other VAT, it says nothing of the days before
        id=uuid7(),
        admission_id=admission.id,
        unit_price_cents=admission.unit_price_cents,
        **vat_in(admission).columns(),
        valid_from=admission.vat_since or admission.valid_from,
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
        _hold(admission, row)
        _record(session, actor, now, admission, row, "admission.price_current", before)
    return len(due)


async def turn_vat_rates(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
    """Where the law has changed a rate, the prices that have it go on with the new one from the law's first day: the
    same price, of which another part is VAT. For the worker; how many there were."""
    today = local_date(now)
    left = left_rates(today)
    due = await session.scalars(
        select(Admission)
        .where(
            Admission.organiser_id.in_(actor.sight.organisers),
            Admission.state.in_([str(state) for state in IN_REGISTER]),
            Admission.vat_rate_bp.in_(left),
        )
        .order_by(Admission.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    count = 0
    for admission in due.all():
        while (change := left.get(admission.vat_rate_bp)) is not None:
            standing = await _standing(session, admission)
            if standing.valid_until is not None and standing.valid_until <= change.first_day:
                break  # a price that was announced takes its place by then, and is turned once it has
            vat = completed(change.to_bp, None, None)
            if standing.valid_from >= change.first_day:
                row = standing
                _tell(row, admission.unit_price_cents, vat)
            else:
                until, standing.valid_until = standing.valid_until, change.first_day
                await session.flush()
                row = AdmissionPrice(
                    id=uuid7(), admission_id=admission.id, unit_price_cents=admission.unit_price_cents,
                    **vat.columns(), valid_from=change.first_day, valid_until=until, set_at=now, current_since=now,
                )  # fmt: skip
                session.add(row)
            _hold(admission, row)
            await session.flush()
            _record(
                session, actor, now, admission, row, "admission.price_current", admission.unit_price_cents
            )
            count += 1
    return count


def told_vat(admission: Admission) -> Vat:
    """As it would be said today: a rate above zero is S, also where nobody ever said so."""
    return completed(admission.vat_rate_bp, admission.vat_category, admission.vat_reason)


def _tell(row: AdmissionPrice, unit_price_cents: int, vat: Vat) -> None:
    row.unit_price_cents = unit_price_cents
    row.vat_rate_bp, row.vat_category, row.vat_reason = vat.rate_bp, vat.category, vat.reason


def _hold(admission: Admission, row: AdmissionPrice) -> None:
    """The row's price is the admission's from its first day on; and so is the VAT in it, also for services of those who
    chose it before."""
    was = told_vat(admission)
    admission.unit_price_cents = row.unit_price_cents
    admission.vat_rate_bp, admission.vat_category, admission.vat_reason = (
        row.vat_rate_bp, row.vat_category, row.vat_reason,
    )  # fmt: skip
    if told_vat(admission) != was:
        admission.vat_since = row.valid_from


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
            "vat_category": row.vat_category,
            "from_day": row.valid_from,
        },
    )
