"""Cases about claimed milestones: of those that a case worker looks at, and of those that nobody has answered."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.period import local_date
from registry.vouchers.model import Voucher, VoucherCase
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import ANSWERED_WITHIN, ClaimState

CLAIMED: Final = "milestone_claimed"
HELD: Final = "milestone_held"


async def open_unanswered_claims(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Open a case for the case worker of each of up to `limit` claims that nobody has answered in time; how many.
    Without it a client who does not answer would leave the provider unpaid for ever, and a voucher that neither expires
    nor can be cancelled. So also of a claim whose case somebody could once close without deciding, held ones among
    them, and of one from before the authority's had cases."""
    rows = await session.execute(
        select(MilestoneClaim, Voucher)
        .join(Voucher, Voucher.id == MilestoneClaim.voucher_id)
        .where(
            MilestoneClaim.state.in_((ClaimState.CLAIMED, ClaimState.HELD)),
            MilestoneClaim.claimed_at <= now - ANSWERED_WITHIN,
            ~select(Case.id).where(Case.subject_id == MilestoneClaim.id, Case.closed_at.is_(None)).exists(),
        )
        .order_by(MilestoneClaim.id)
        .limit(limit)
        # both, as whoever decides holds both: it waits for nobody, and finds no claim that is decided meanwhile
        .with_for_update(of=(Voucher, MilestoneClaim), skip_locked=True)
    )
    found = rows.all()
    for claim, voucher in found:
        kind = HELD if claim.state == ClaimState.HELD else CLAIMED
        await open_case_of(session, claim, voucher, actor=actor, now=now, kind=kind)
    return len(found)


async def open_case_of(
    session: AsyncSession, claim: MilestoneClaim, voucher: Voucher, *, actor: Actor, now: datetime, kind: str
) -> None:
    """The claim is on the list of the client's case worker."""
    case_id = await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=voucher.organiser_id,
        kind=kind,
        subject_kind="milestone",
        subject_id=claim.id,
        due_on=due_on(kind, local_date(now)),
        role=CASE_KINDS[kind].role,
        owner_id=await session.scalar(select(Client.case_worker_id).where(Client.id == voucher.client_id)),
        client_id=voucher.client_id,
        voucher_id=voucher.id,
    )
    session.add(VoucherCase(case_id=case_id, voucher_id=voucher.id, organiser_id=voucher.organiser_id))
