"""What the trial's decisions against holders rest on: a regime of each service, confirmed."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Final
from uuid import UUID

from registry.catalogue.legal_regimes.commands import Confirmation, confirm_regime, set_regime
from registry.catalogue.legal_regimes.loading import regime_digest, templates
from registry.catalogue.legal_regimes.remedy import Office
from registry.shared.actor import system
from registry.shared.database import Database

TEMPLATE: Final = "employment_services_act"
NOWHERE: Final = Office("Kokeilu", "trial@registry.invalid", "PL 0, 00000 Kokeilu", time(16, 0))


async def confirm_legal_basis(
    database: Database, *, organiser_id: UUID, services: Iterable[UUID], now: datetime
) -> None:
    """Without one a voucher cannot be cancelled: nothing goes out that could not say on what law it rests."""
    actor, regime = system(organiser_id), templates()[TEMPLATE]
    confirmation = Confirmation(
        digest=regime_digest(regime),
        settled=frozenset(range(len(regime.to_be_confirmed))),
        office=NOWHERE,
        court=NOWHERE,
        decide_within_days=20,
        hearing_days=10,
    )
    async with database.transaction(actor.sight) as session:
        for service_id in services:
            await set_regime(session, actor=actor, now=now, service_id=service_id, regime=regime)
            await confirm_regime(
                session, actor=actor, now=now, service_id=service_id, confirmation=confirmation
            )
