"""Publishing the council's quarter, and telling what a unit costs where no voucher pays for it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Service
from registry.settlement.commands.statements import finance_only
from registry.settlement.reports.council import council_content
from registry.settlement.reports.model import CouncilReport, OtherUnitCost
from registry.settlement.reports.rules import Way, next_quarter, quarter_of
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import single_line


async def tell_unit_cost(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    quarter: date,
    service_id: UUID,
    way: Way,
    units: int,
    cost_cents: int,
    source: str,
) -> UUID:
    """Say what a service cost in a quarter where no voucher paid for it, and from what this is known.

    Raises Invalid (a field each), NotFound service.unknown, Refused council.published.
    """
    finance_only(actor)
    source = single_line("source", source, longest=200)
    if way not in (Way.OWN_PRODUCTION, Way.PURCHASE) or units <= 0 or cost_cents < 0:
        raise Invalid("council.cost", errors={"units": "council.cost"})
    known = select(Service.id).where(Service.id == service_id, Service.organiser_id == actor.organiser_id)
    if await session.scalar(known) is None:
        raise NotFound("service.unknown")
    if await published(session, organiser_id=actor.organiser_id, quarter=quarter) is not None:
        raise Refused("council.published")
    row = OtherUnitCost(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        service_id=service_id,
        quarter=quarter_of(quarter),
        way=str(way),
        units=units,
        cost_cents=cost_cents,
        source=source,
        told_at=now,
        told_by=actor.id,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="unit_cost.told",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=actor.organiser_id,
        facts={"way": str(way), "units": units, "cost_cents": cost_cents, "quarter": quarter},
    )
    await session.flush()
    return row.id


async def published(session: AsyncSession, *, organiser_id: UUID, quarter: date) -> CouncilReport | None:
    found: CouncilReport | None = await session.scalar(
        select(CouncilReport).where(
            CouncilReport.organiser_id == organiser_id, CouncilReport.quarter == quarter
        )
    )
    return found


async def publish_council(session: AsyncSession, *, actor: Actor, now: datetime, quarter: date) -> UUID:
    """Publish a quarter that has ended, as it may be told today; repeated, it answers what was published.

    Raises Refused: council.not_ended.
    """
    finance_only(actor)
    quarter = quarter_of(quarter)
    if local_date(now) < next_quarter(quarter):
        raise Refused("council.not_ended")
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('council ' || :organiser, 0))"),
        {"organiser": str(actor.organiser_id)},
    )
    standing = await published(session, organiser_id=actor.organiser_id, quarter=quarter)
    if standing is not None:
        return standing.id
    content = await council_content(session, organiser_id=actor.organiser_id, quarter=quarter)
    row = CouncilReport(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        quarter=quarter,
        content=content,
        published_at=now,
        published_by=actor.id,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="council_report.published",
        subject_kind="council_report",
        subject_id=row.id,
        organiser_id=actor.organiser_id,
        to_state="published",
        facts={"quarter": quarter},
    )
    await session.flush()
    return row.id


async def quarters(
    session: AsyncSession, *, organiser_id: UUID, now: datetime
) -> list[tuple[date, datetime | None]]:
    """Every quarter since the first grant, newest first, and when it was published."""
    first = await session.scalar(
        text("SELECT min(granted_at) FROM voucher WHERE organiser_id = :organiser"),
        {"organiser": organiser_id},
    )
    if first is None:
        return []
    rows = await session.execute(
        select(CouncilReport.quarter, CouncilReport.published_at).where(
            CouncilReport.organiser_id == organiser_id
        )
    )
    done: dict[date, datetime] = dict(iter(rows))
    found = [quarter_of(local_date(first))]
    while next_quarter(found[-1]) <= local_date(now):
        found.append(next_quarter(found[-1]))
    return [(quarter, done.get(quarter)) for quarter in reversed(found)]


async def services_by_name(session: AsyncSession, *, organiser_id: UUID) -> list[tuple[UUID, dict[str, str]]]:
    """The organiser's services, by their Finnish names."""
    found = await session.scalars(
        select(Service).where(Service.organiser_id == organiser_id).order_by(Service.name_fi, Service.id)
    )
    return [(one.id, {lang: getattr(one, f"name_{lang}") for lang in ("fi", "sv", "en")}) for one in found]
