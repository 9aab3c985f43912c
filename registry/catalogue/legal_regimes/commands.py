"""Giving a service its legal regime, and confirming it."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.commands.services import locked_service
from registry.catalogue.legal_regimes.loading import regime_digest, regime_document
from registry.catalogue.legal_regimes.model import RegimeConfirmation, ServiceRegime
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import Regime
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import uuid7
from registry.shared.texts import passage, single_line


async def set_regime(
    session: AsyncSession, *, actor: Actor, now: datetime, service_id: UUID, regime: Regime
) -> UUID:
    """The service's regime from now on; it decides again once this one is confirmed. Raises Refused when it is, word
    for word, the one that the service has."""
    service = await locked_service(session, actor, service_id)
    digest = regime_digest(regime)
    before = await regime_in_force(session, service_id)
    if before is not None and before.digest == digest:
        raise Refused("regime.unchanged", version=before.version)
    version = 1 if before is None else before.version + 1
    row = ServiceRegime(
        id=uuid7(),
        service_id=service_id,
        version=version,
        document=regime_document(regime),
        digest=digest,
        made_by=actor.id,
        made_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="regime.set",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=service.organiser_id,
        from_state=None if before is None else str(before.version),
        to_state=str(version),
        facts={"regime": regime.code, "digest": digest},
    )
    await session.flush()
    return row.id


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What an organiser says when it confirms a regime."""

    digest: str
    """Of the regime that was read."""
    settled: frozenset[int]
    """The open points that are settled, by their places from 0 on."""
    office: Office
    court: Office
    decide_within_days: int
    hearing_days: int


async def confirm_regime(
    session: AsyncSession, *, actor: Actor, now: datetime, service_id: UUID, confirmation: Confirmation
) -> None:
    """The organiser stands by the regime as it was read. Every open point has to be settled one by one; a word that
    was changed meanwhile is not confirmed with the rest."""
    service = await locked_service(session, actor, service_id)
    found = await regime_in_force(session, service_id)
    if found is None:
        raise Refused("regime.missing")
    if found.digest != confirmation.digest:
        raise Refused("regime.changed_since_read")
    errors = _problems(confirmation, points=len(found.regime.to_be_confirmed))
    if errors:
        raise Invalid("regime.confirmation_wrong", errors=errors)
    office, court = confirmation.office, confirmation.court
    row = RegimeConfirmation(
        id=uuid7(),
        service_id=service_id,
        digest=found.digest,
        points_settled=len(found.regime.to_be_confirmed),
        office_name=office.name,
        office_email=office.email,
        office_postal_address=office.postal_address,
        office_closes=office.closes,
        court_name=court.name,
        court_email=court.email,
        court_postal_address=court.postal_address,
        court_closes=court.closes,
        decide_within_days=confirmation.decide_within_days,
        hearing_days=confirmation.hearing_days,
        confirmed_by=actor.id,
        confirmed_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="regime.confirmed",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=service.organiser_id,
        to_state=str(found.version),
        facts={"digest": found.digest, "points": row.points_settled},
    )
    await session.flush()


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _problems(said: Confirmation, *, points: int) -> dict[str, str]:
    errors = {f"point_{n}": "regime.point_open" for n in range(points) if n not in said.settled}
    for name, place in (("office", said.office), ("court", said.court)):
        for field, value, read in (
            ("name", place.name, single_line),
            ("postal_address", place.postal_address, passage),
        ):
            try:
                read(f"{name}_{field}", value)
            except Invalid as wrong:
                errors |= wrong.errors
        if not _EMAIL.fullmatch(place.email):
            errors[f"{name}_email"] = "field.not_an_email"
    if not 1 <= said.decide_within_days <= 120:
        errors["decide_within_days"] = "regime.decide_within_range"
    if not 5 <= said.hearing_days <= 60:
        errors["hearing_days"] = "regime.hearing_days_range"
    return errors
