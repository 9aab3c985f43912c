"""Showing the options side by side, which is itself an event: a pick can only be judged by what was shown before it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import Unserved, freeze_shortlists, open_unserved_cases, unserved_kind
from registry.choice.holding import Holding, holding
from registry.choice.model import ComparisonShown, Shortlist
from registry.choice.queries import Comparison, Looking, compare
from registry.people.commands import log_read
from registry.shared.actor import Actor, Role
from registry.shared.errors import Refused
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.reading import reason_to_read
from registry.vouchers.rules import OPEN_STATES


def may_be_compared(held: Holding, now: datetime) -> None:
    """There is something to choose only while the voucher is open and has value left."""
    if now >= held.valid_until:
        raise Refused("voucher.expired", until=held.last_day)
    if held.state not in OPEN_STATES:
        raise Refused(f"voucher.{held.state}")
    if held.available_cents == 0:
        raise Refused("choice.no_value_left")


async def look_at_choice(
    session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID
) -> tuple[Holding, Shortlist | None]:
    """The voucher that there is something to choose for, and its shortlist if it has one. The read is logged; staff
    without a reason to read is refused."""
    held, shortlist = await holding(session, voucher_id=voucher_id)
    reason = await reason_to_read(
        session, actor=actor, now=now, client_id=held.client_id, case_worker_id=held.case_worker_id
    )
    if reason is None:
        raise Refused("read.no_reason")
    log_read(
        session,
        actor=actor,
        now=now,
        client_id=held.client_id,
        organiser_id=held.organiser_id,
        what="comparison",
        reason=reason,
    )
    may_be_compared(held, now)
    return held, shortlist


async def show_comparison(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    voucher_id: UUID,
    channel: str,
    widened: bool = False,
    looking: Looking | None = None,
) -> tuple[Comparison, UUID]:
    """Put the options side by side and record what was shown, to whom and how. A voucher without a shortlist (it was
    granted before this part existed) gets one first. Returns the comparison and the id of its record.

    When there is nobody left to choose, or nobody in the client's Finnish or Swedish, the organiser gets a case here,
    if it has not had one: providers leave and fill up after the grant. Staff is also told who is out, and why."""
    held, shortlist = await look_at_choice(session, actor=actor, now=now, voucher_id=voucher_id)
    if shortlist is None:
        await freeze_shortlists(session, actor=actor, now=now, keys=keys, voucher_ids=[voucher_id])
        held, shortlist = await holding(session, voucher_id=voucher_id)
        if shortlist is None:
            raise LookupError("a frozen shortlist must be there")
    compared = await compare(
        session,
        held=held,
        shortlist=shortlist,
        keys=keys,
        now=now,
        widened=widened,
        looking=looking,
        tell_out=actor.role is not Role.CLIENT and channel != "api",
    )
    kind = unserved_kind(eligible=compared.eligible, language_missing=compared.language_missing)
    if kind is not None:
        unserved = Unserved(held.id, held.organiser_id, held.client_id, kind)
        await open_unserved_cases(session, [unserved], actor=actor, now=now)
    shown = ComparisonShown(
        id=uuid7(),
        organiser_id=held.organiser_id,
        voucher_id=held.id,
        client_id=held.client_id,
        at=now,
        account_id=actor.id,
        role=actor.recorded_role or actor.kind,
        channel=channel,
        widened=widened,
        provider_ids=[option.provider_id for option in (*compared.options, *compared.nearest)],
        release_id=compared.release.id if compared.release else None,
    )
    session.add(shown)
    return compared, shown.id
