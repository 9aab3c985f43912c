"""The pick, with its eligibility checked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.holding import Holding, Names, distance_km, holding, offer_of, seat_of
from registry.choice.model import ComparisonShown
from registry.choice.rules import WITH_TRAVEL, exclusions
from registry.providers.queries import AdmissionFacts, admission_of_service
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.period import local_date
from registry.vouchers.commands import choose


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a pick would be: for the page that asks to confirm it, and for the pick itself."""

    held: Holding
    offer: AdmissionFacts
    seat: Names | None
    distance_km: int | None
    reasons: tuple[str, ...]

    @property
    def with_travel(self) -> bool:
        """The provider does not come to the client's municipality: the client goes to the provider."""
        return bool(WITH_TRAVEL & set(self.reasons))


async def proposal(session: AsyncSession, *, now: datetime, voucher_id: UUID, admission_id: UUID) -> Proposal:
    """Look at one provider of the voucher's service as a pick; raises what stands against it, but for a missing free
    place, which only `choose` can decide, under lock."""
    held, _ = await holding(session, voucher_id=voucher_id)
    on = local_date(now)
    offer = await admission_of_service(session, service_id=held.service_id, admission_id=admission_id, on=on)
    if offer is None:
        raise NotFound("provider.unknown")
    reasons = exclusions(offer_of(offer, chosen_now=offer.provider_id == held.provider_id), held.seeker, on)
    against = [r for r in reasons if r not in WITH_TRAVEL and r != "full"]
    if against:
        raise Refused("choice.not_eligible", reasons=against, provider=offer.provider_id)
    return Proposal(
        held=held,
        offer=offer,
        seat=seat_of(offer),
        distance_km=distance_km(offer, held),
        reasons=reasons,
    )


async def pick(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    admission_id: UUID,
    channel: str = "self",
    said_by: str | None = None,
    shown_id: UUID | None = None,
) -> UUID:
    """The client's pick of an eligible provider, or of one that is only too far away; the assignment's id.

    Whether a place is free is decided under lock by `choose`; `shown_id` must be a comparison of this voucher, so
    that the record of what was shown is never of something else.
    """
    await proposal(session, now=now, voucher_id=voucher_id, admission_id=admission_id)
    if shown_id is not None:
        about = await session.scalar(select(ComparisonShown.voucher_id).where(ComparisonShown.id == shown_id))
        if about != voucher_id:
            raise Invalid("choice.shown_unknown", errors={"shown_id": "choice.shown_unknown"})
    return await choose(
        session,
        actor=actor,
        now=now,
        voucher_id=voucher_id,
        admission_id=admission_id,
        channel=channel,
        said_by=said_by,
        shown_id=shown_id,
    )
