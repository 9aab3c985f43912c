"""Reading the regime of a service."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.loading import read_regime
from registry.catalogue.legal_regimes.model import RegimeConfirmation, ServiceRegime
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import Regime, may_decide
from registry.shared.errors import Refused, require
from registry.shared.period import local_date
from registry.shared.working_days import working_days_after


@dataclass(frozen=True, slots=True)
class RegimeInForce:
    """The newest regime of a service, and the newest confirmation, which may be of an older one."""

    regime: Regime
    version: int
    digest: str
    made_at: datetime
    confirmed_digest: str | None
    confirmed_at: datetime | None
    office: Office | None
    """Where what is sent against a decision goes."""
    court: Office | None
    """Where one goes from there."""
    decide_within_days: int
    hearing_days: int

    @property
    def confirmed(self) -> bool:
        return self.confirmed_digest == self.digest


DECIDE_WITHIN_DAYS = 20
HEARING_DAYS = 10
"""Working days, before an organiser has said otherwise."""


async def regime_in_force(session: AsyncSession, service_id: UUID) -> RegimeInForce | None:
    """The regime of the service, confirmed or not; None where it has none."""
    row = await session.scalar(
        select(ServiceRegime)
        .where(ServiceRegime.service_id == service_id)
        .order_by(ServiceRegime.version.desc())
        .limit(1)
    )
    if row is None:
        return None
    said = await session.scalar(
        select(RegimeConfirmation)
        .where(RegimeConfirmation.service_id == service_id)
        .order_by(RegimeConfirmation.confirmed_at.desc(), RegimeConfirmation.id.desc())
        .limit(1)
    )
    return RegimeInForce(
        regime=read_regime(row.document),
        version=row.version,
        digest=row.digest,
        made_at=row.made_at,
        confirmed_digest=said.digest if said else None,
        confirmed_at=said.confirmed_at if said else None,
        office=_office(said) if said else None,
        court=_court(said) if said else None,
        decide_within_days=said.decide_within_days if said else DECIDE_WITHIN_DAYS,
        hearing_days=said.hearing_days if said else HEARING_DAYS,
    )


async def regime_with(session: AsyncSession, service_id: UUID, digest: str) -> Regime | None:
    """The regime of the service with this digest, which a decision names: what held then, whatever holds now."""
    document = await session.scalar(
        select(ServiceRegime.document)
        .where(ServiceRegime.service_id == service_id, ServiceRegime.digest == digest)
        .limit(1)
    )
    return None if document is None else read_regime(document)


def _office(said: RegimeConfirmation) -> Office:
    return Office(said.office_name, said.office_email, said.office_postal_address, said.office_closes)


def _court(said: RegimeConfirmation) -> Office:
    return Office(said.court_name, said.court_email, said.court_postal_address, said.court_closes)


async def regime_to_decide_by(session: AsyncSession, service_id: UUID) -> RegimeInForce:
    """The regime under which this service decides today. Raises Refused where it has none that the organiser has
    confirmed word for word: nothing goes out that could not say on what law it rests and how to appeal."""
    found = await regime_in_force(session, service_id)
    if found is None:
        raise Refused("regime.missing")
    require(may_decide(digest=found.digest, confirmed=found.confirmed_digest))
    return found


async def decide_by(session: AsyncSession, service_id: UUID, now: datetime) -> date:
    """The day by which an application that is sent now should be decided."""
    found = await regime_in_force(session, service_id)
    return working_days_after(local_date(now), found.decide_within_days if found else DECIDE_WITHIN_DAYS)
