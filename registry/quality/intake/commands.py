"""Fixing what is known of a client before the choice."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.people.model import Client
from registry.quality.intake.model import Intake, MunicipalityUnemployment
from registry.quality.intake.rules import IntakeFacts, area_band, facts_fit, language_band, months_band
from registry.shared.actor import Actor
from registry.shared.database import direct_of
from registry.shared.errors import NotFound, Refused, require
from registry.shared.period import local_date
from registry.shared.rows import insert_rows
from registry.vouchers.model import Assignment, Voucher


async def record_intake(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    months_unemployed: int,
    education: str = "not_known",
) -> None:
    """Fix a client's facts for one voucher: once, and only before the first choice, for whoever could set them
    afterwards could set the result."""
    facts = IntakeFacts(months_unemployed, education)
    if not await record_intakes(session, actor=actor, now=now, facts={voucher_id: facts}):
        raise Refused("intake.age_unknown")


async def record_intakes(
    session: AsyncSession, *, actor: Actor, now: datetime, facts: Mapping[UUID, IntakeFacts]
) -> int:
    """The same for many vouchers in a fixed number of statements; returns how many were fixed. A client who is no
    person, or whose age is not on file, has no facts to compare by and is passed over."""
    for given in facts.values():
        require(facts_fit(given))
    if not facts:
        return 0
    rows = (
        await session.execute(
            select(Voucher.id, Voucher.organiser_id, Voucher.service_id, Client)
            .join(Client, Client.id == Voucher.client_id)
            .where(Voucher.id.in_(facts))
            .order_by(Voucher.id)
            .with_for_update(of=Voucher)
        )
    ).all()
    if len(rows) != len(facts):
        raise NotFound("voucher.unknown")
    await _require_fresh(session, facts)
    areas = await _areas(session, {row.Client.municipality_code for row in rows}, now)
    made = [
        {
            "voucher_id": row.id,
            "organiser_id": row.organiser_id,
            "service_id": row.service_id,
            "client_id": row.Client.id,
            "months_unemployed": months_band(facts[row.id].months_unemployed),
            "education": facts[row.id].education,
            "age": row.Client.age_band,
            "language": language_band(row.Client.service_languages),
            "area_unemployment": area_band(areas.get(row.Client.municipality_code)),
            "recorded_at": now,
        }
        for row in rows
        if row.Client.kind == "person" and row.Client.age_band is not None
    ]
    connection = await direct_of(session)
    await insert_rows(connection, Intake, made)
    # that they were fixed, and nothing of what they are: they are a person's, and are erased before events are
    events = [
        event_values(
            actor=actor,
            now=now,
            action="intake.recorded",
            subject_kind="voucher",
            subject_id=row["voucher_id"],
            organiser_id=row["organiser_id"],
            voucher_id=row["voucher_id"],
        )
        for row in made
    ]
    await insert_rows(connection, AuditEvent, events)
    return len(made)


async def _require_fresh(session: AsyncSession, facts: Mapping[UUID, IntakeFacts]) -> None:
    if await session.scalar(select(Intake.voucher_id).where(Intake.voucher_id.in_(facts)).limit(1)):
        raise Refused("intake.recorded_already")
    if await session.scalar(select(Assignment.id).where(Assignment.voucher_id.in_(facts)).limit(1)):
        raise Refused("intake.choice_made")


async def _areas(session: AsyncSession, codes: set[str | None], now: datetime) -> dict[str | None, int]:
    """Municipality → its newest rate that was known by now."""
    month = f"{local_date(now):%Y-%m}"
    found = await session.execute(
        select(MunicipalityUnemployment.municipality_code, MunicipalityUnemployment.rate_bp)
        .ext(distinct_on(MunicipalityUnemployment.municipality_code))
        .where(
            MunicipalityUnemployment.municipality_code.in_(code for code in codes if code is not None),
            MunicipalityUnemployment.month <= month,
        )
        .order_by(MunicipalityUnemployment.municipality_code, MunicipalityUnemployment.month.desc())
    )
    return {row.municipality_code: row.rate_bp for row in found}
