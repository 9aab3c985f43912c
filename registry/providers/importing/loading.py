"""Bringing entries into the register, a batch at a time and set-wise, so that doing it again changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.providers.importing.batches import Batch, Known, Outcome, Target, Writes
from registry.providers.importing.entries import Entry
from registry.providers.importing.prices import standing_prices
from registry.providers.keeping.model import AdmissionPrice
from registry.providers.model import Admission, Application, Provider
from registry.shared.actor import Actor


async def load_batch(
    session: AsyncSession,
    *,
    entries: Sequence[Entry],
    target: Target,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Load these entries in the session's transaction. Two imports of one scheme wait for each other."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:scheme))"), {"scheme": f"import of {target.scheme}"}
    )
    known = await _known(session, entries, target)
    batch = Batch(target=target, actor=actor, now=now, known=known)
    for entry in entries:
        batch.take(entry)
    if not dry_run:
        await _write(session, batch.writes)
    return batch.outcome


async def _known(session: AsyncSession, entries: Sequence[Entry], target: Target) -> Known:
    """What is there already of these entries, locked."""
    rows = await session.execute(
        select(Provider.identity_value, Provider.id, Provider.source_digest)
        .where(
            Provider.identity_scheme == target.scheme,
            Provider.identity_value.in_([entry.identity for entry in entries]),
        )
        .order_by(Provider.id)
        .with_for_update()
    )
    providers = {row.identity_value: row for row in rows}
    ids = sorted(row.id for row in providers.values())
    services = list(target.services.values())
    admissions: dict[tuple[UUID, UUID], list[Admission]] = {}
    applications: dict[tuple[UUID, UUID], list[Application]] = {}
    if ids and services:
        for admission in await session.scalars(
            select(Admission)
            .where(Admission.provider_id.in_(ids), Admission.service_id.in_(services))
            .order_by(Admission.id)
            .with_for_update()
        ):
            admissions.setdefault((admission.provider_id, admission.service_id), []).append(admission)
        for application in await session.scalars(
            select(Application)
            .where(Application.provider_id.in_(ids), Application.service_id.in_(services))
            .order_by(Application.id)
            .with_for_update()
        ):
            applications.setdefault((application.provider_id, application.service_id), []).append(application)
    standing = [one.id for found in admissions.values() for one in found]
    prices = await standing_prices(session, standing) if standing else {}
    return Known(providers, admissions, applications, prices)


async def _write(session: AsyncSession, writes: Writes) -> None:
    """Each kind of row in one statement, parents first."""
    inserts: Iterable[tuple[Any, list[dict[str, Any]]]] = (
        (Provider, writes.providers),
        (Admission, writes.admissions),
        (AdmissionPrice, writes.prices),
        (Application, writes.applications),
        (AuditEvent, writes.events),
    )
    updates: Iterable[tuple[Any, list[dict[str, Any]]]] = (
        (Provider, writes.provider_updates),
        (Admission, writes.admission_updates),
        (AdmissionPrice, writes.price_updates),
        (Application, writes.application_updates),
    )
    for model, rows in updates:
        if rows:
            await session.execute(update(model), rows)
    for model, rows in inserts:
        if rows:
            await session.execute(insert(model.__table__), rows)
