"""The pick, with its eligibility checked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.holding import Holding, holding, offer_of
from registry.choice.model import ComparisonShown
from registry.choice.rules import WITH_TRAVEL, exclusions
from registry.providers.queries import AdmissionFacts, admissions_of_service
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.period import local_date
from registry.vouchers.commands import choose


async def pick(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    admission_id: UUID,
    channel: str = "self",
    shown_id: UUID | None = None,
) -> UUID:
    """The client's pick of an eligible provider, or of one that is only too far away; the assignment's id.

    Whether a place is free is decided under lock by `choose`; `shown_id` must be a comparison of this voucher, so
    that the record of what was shown is never of something else.
    """
    held, _ = await holding(session, voucher_id=voucher_id)
    if shown_id is not None:
        about = await session.scalar(select(ComparisonShown.voucher_id).where(ComparisonShown.id == shown_id))
        if about != voucher_id:
            raise Invalid("choice.shown_unknown", errors={"shown_id": "choice.shown_unknown"})
    facts, reasons = await _offer(session, held, admission_id, now)
    against = [r for r in reasons if r not in WITH_TRAVEL and r != "full"]
    if against:
        raise Refused("choice.not_eligible", reasons=against, provider=facts.provider_id)
    return await choose(
        session,
        actor=actor,
        now=now,
        voucher_id=voucher_id,
        admission_id=admission_id,
        channel=channel,
        shown_id=shown_id,
    )


async def _offer(
    session: AsyncSession, held: Holding, admission_id: UUID, now: datetime
) -> tuple[AdmissionFacts, tuple[str, ...]]:
    on = local_date(now)
    for facts in await admissions_of_service(session, service_id=held.service_id, on=on):
        if facts.admission_id == admission_id:
            chosen_now = facts.provider_id == held.provider_id
            return facts, exclusions(offer_of(facts, chosen_now=chosen_now), held.seeker, on)
    raise NotFound("provider.unknown")
