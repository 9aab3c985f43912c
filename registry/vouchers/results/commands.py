"""Milestones: a provider claims one with evidence, its confirmer says whether it was reached, and it is paid once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about
from registry.catalogue.model import VoucherTerms
from registry.catalogue.rules import milestones_of
from registry.ledger.commands import post
from registry.providers.keeping.queries import vat_prices
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.errors import Forbidden, Invalid, NotFound, Refusal, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.money import vat_split
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.shared.vat import vat_in, vat_on
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.redemption.rules import Activity, Attended, state_after_draw
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import (
    CLAIM_TRANSITIONS,
    LONGEST_WORDS,
    REFUSAL_REASONS,
    STANDING,
    Claimable,
    ClaimState,
    Standing,
    may_claim,
    may_confirm,
    milestone_of,
    outcome,
)
from registry.vouchers.results.unanswered import CLAIMED, HELD, open_case_of
from registry.vouchers.rules import AssignmentState, RedemptionState, VoucherState


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that lies in the store already."""

    digest: str
    name: str


async def claim_milestone(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    presentation_id: UUID,
    milestone: str,
    reached_on: date,
    words: str = "",
    file: EvidenceFile | None = None,
) -> UUID:
    """The provider says that a milestone was reached, with the evidence that the terms ask for; the claim's id. The
    client need not be there. Whoever confirms it is told."""
    if actor.role is not Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    said = passage("words", words, longest=LONGEST_WORDS, required=False)
    presentation = await session.scalar(
        select(Presentation).where(
            Presentation.id == presentation_id, Presentation.provider_id == actor.provider_id
        )
    )
    if presentation is None:
        raise NotFound("presentation.unknown")
    if presentation.ended_at is not None:
        raise Refused("presentation.ended")
    voucher = await lock_voucher(session, voucher_id=presentation.voucher_id)
    terms = await session.get_one(VoucherTerms, voucher.terms_id)
    wanted = milestone_of(milestones_of(terms.milestones), milestone)
    if isinstance(wanted, Refusal):
        raise Invalid(wanted.code, errors={"milestone": wanted.code})
    require(
        may_claim(
            await _claimable(session, voucher, presentation, now),
            wanted,
            reached_on=reached_on,
            now=now,
            today=local_date(now),
            evidence=frozenset(name for name, given in (("words", said), ("file", file)) if given),
        )
    )
    claim = MilestoneClaim(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        presentation_id=presentation.id,
        provider_id=actor.provider_id,
        milestone=milestone,
        amount_cents=wanted.amount_cents,
        confirmer=wanted.confirmer,
        above_expected=wanted.above_expected,
        reached_on=reached_on,
        words=said or None,
        file_digest=file.digest if file else None,
        file_name=file.name if file else None,
        state=str(ClaimState.CLAIMED),
        claimed_at=now,
        claimed_by=actor.id,
    )
    session.add(claim)
    await session.flush()
    _note(session, claim, voucher, actor=actor, now=now, action="milestone.claimed", before=None)
    await _ask_confirmer(session, claim, voucher, actor=actor, now=now)
    return claim.id


async def _claimable(
    session: AsyncSession, voucher: Voucher, presentation: Presentation, now: datetime
) -> Claimable:
    assignment = await session.get_one(Assignment, presentation.assignment_id, populate_existing=True)
    admission = await session.get_one(Admission, assignment.admission_id, populate_existing=True)
    standing = await session.scalars(
        select(MilestoneClaim.milestone).where(
            MilestoneClaim.voucher_id == voucher.id, MilestoneClaim.state.in_(STANDING)
        )
    )
    in_term = admission.valid_until is None or admission.valid_until > local_date(now)
    return Claimable(
        by_results=voucher.by_results,
        state=VoucherState(voucher.state),
        first_day=local_date(voucher.valid_from),
        last_day=local_date(voucher.valid_until - timedelta(seconds=1)),
        claim_until=voucher.claim_until,
        available_cents=voucher.available_cents,
        standing=frozenset(standing),
        confirmed=assignment.state == AssignmentState.CONFIRMED and voucher.assignment_id == assignment.id,
        admission_active=(admission.state == AdmissionState.ACTIVE and in_term)
        or (admission.state != AdmissionState.ACTIVE and admission.clients_may == "finish"),
    )


async def _ask_confirmer(
    session: AsyncSession, claim: MilestoneClaim, voucher: Voucher, *, actor: Actor, now: datetime
) -> None:
    """The client by a message, a case worker by a case: also where the authority's records are to say it, for nobody
    could see otherwise that they have not come. A client who does not answer is `unanswered.open_unanswered_claims`'s."""
    async with as_organiser(session, actor.sight):
        if claim.confirmer == "client":
            enqueue(
                session, now=now, client_id=voucher.client_id, organiser_id=voucher.organiser_id,
                template="milestone.asked", facts={"voucher": str(voucher.id)},
            )  # fmt: skip
        else:
            await open_case_of(session, claim, voucher, actor=actor, now=now, kind=CLAIMED)


async def decide_milestone(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    claim_id: UUID,
    reached: bool,
    reason: str | None = None,
    standing: Standing | None = None,
) -> ClaimState:
    """The confirmer's word. `standing` is how the provider fared by the release that the terms name, for milestones that
    are paid only above the expected rate (`quality.results` looks it up); a held claim is decided again by a case worker
    once there is a figure."""
    voucher_id = await session.scalar(select(MilestoneClaim.voucher_id).where(MilestoneClaim.id == claim_id))
    if voucher_id is None or actor.role is Role.PROVIDER_USER:
        raise NotFound("milestone.unknown")
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    claim = await session.get_one(MilestoneClaim, claim_id, with_for_update=True, populate_existing=True)
    before = ClaimState(claim.state)
    if ClaimState.REFUSED not in CLAIM_TRANSITIONS[before]:
        raise Refused("milestone.decided_already", state=str(before))
    confirmer = "staff" if before is ClaimState.HELD else claim.confirmer
    require(
        may_confirm(confirmer, actor, own_claim=claim.claimed_by == actor.id, waited=now - claim.claimed_at)
    )
    if reached:
        after, why = outcome(claim.above_expected, standing)
    elif reason in REFUSAL_REASONS:
        after, why = ClaimState.REFUSED, reason
    else:
        raise Invalid("milestone.reason_missing", errors={"reason": "milestone.reason_missing"})
    if standing is not None and claim.above_expected:
        claim.observed_bp, claim.expected_bp = standing.observed_bp, standing.expected_bp
    if after is ClaimState.HELD and before is ClaimState.HELD:
        raise Refused("milestone.no_figure")
    async with as_organiser(session, actor.sight):
        await _become(session, claim, voucher, actor=actor, now=now, after=after, why=why)
    return after


async def _become(
    session: AsyncSession,
    claim: MilestoneClaim,
    voucher: Voucher,
    *,
    actor: Actor,
    now: datetime,
    after: ClaimState,
    why: str | None,
) -> None:
    before = claim.state
    await close_about(session, actor=actor, now=now, subject_id=claim.id, why="milestone.decided")
    claim.reason = why
    if after is ClaimState.PAID:
        claim.redemption_id = await _pay(session, claim, voucher, actor=actor, now=now)
    if after is not ClaimState.HELD:
        claim.decided_at, claim.decided_by, claim.decided_as = (
            now,
            actor.id,
            actor.recorded_role or actor.kind,
        )
    claim.state = str(after)
    await session.flush()
    _note(session, claim, voucher, actor=actor, now=now, action=f"milestone.{after}", before=before)
    if after is ClaimState.HELD:
        await open_case_of(session, claim, voucher, actor=actor, now=now, kind=HELD)
    enqueue(
        session, now=now, provider_id=claim.provider_id, organiser_id=claim.organiser_id,
        template=f"milestone.{after}", facts={"presentation": str(claim.presentation_id)},
    )  # fmt: skip


async def _pay(
    session: AsyncSession, claim: MilestoneClaim, voucher: Voucher, *, actor: Actor, now: datetime
) -> UUID:
    """A redemption like any other, so that statements, invoices and reversals know nothing of milestones."""
    if voucher.available_cents < claim.amount_cents or voucher.ended_at is not None:
        raise Refused(
            "redemption.too_little_value",
            price_cents=claim.amount_cents,
            available_cents=voucher.available_cents,
        )
    presentation = await session.get_one(Presentation, claim.presentation_id)
    assignment = await session.get_one(Assignment, presentation.assignment_id)
    admission = await session.get_one(Admission, assignment.admission_id)
    vat = vat_on(
        claim.reached_on,
        agreed=vat_in(assignment),
        agreed_on=local_date(assignment.chosen_at),
        prices=await vat_prices(session, admission),
    )
    net_cents, vat_cents = vat_split(claim.amount_cents, vat.rate_bp)
    redemption = Redemption(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        presentation_id=presentation.id,
        provider_id=claim.provider_id,
        state=str(RedemptionState.CAPTURED),
        service_date=claim.reached_on,
        units=100,
        unit_price_cents=claim.amount_cents,
        price_cents=claim.amount_cents,
        value_cents=claim.amount_cents,
        own_share_cents=0,
        own_share_allowed=voucher.own_share_allowed,
        net_cents=net_cents,
        vat_rate_bp=vat.rate_bp,
        vat_category=vat.category,
        vat_reason=vat.reason,
        vat_cents=vat_cents,
        created_at=now,
        captured_at=now,
        activity=str(Activity.OTHER),
        attended=str(Attended.NOBODY),
    )
    session.add(redemption)
    await session.flush()
    post(
        session, "redeem", organiser_id=voucher.organiser_id, at=now, amount_cents=claim.amount_cents,
        from_id=voucher.id, to_id=voucher.id, voucher_id=voucher.id, reference_id=redemption.id,
    )  # fmt: skip
    voucher.available_cents -= claim.amount_cents
    voucher.captured_cents += claim.amount_cents
    voucher.first_used_at, voucher.last_used_at = voucher.first_used_at or now, now
    record(
        session, actor=actor, now=now, action="redemption.captured", subject_kind="redemption",
        subject_id=redemption.id, organiser_id=voucher.organiser_id, voucher_id=voucher.id,
        to_state=redemption.state, facts={
            "provider": claim.provider_id, "value_cents": claim.amount_cents, "units": 100, "own_share_cents": 0,
            "milestone": claim.milestone,
        },
    )  # fmt: skip
    was, voucher.state = voucher.state, str(
        state_after_draw(voucher.available_cents, voucher.reserved_cents, voucher.units_available)
    )  # fmt: skip
    if voucher.state != was:
        record(
            session, actor=actor, now=now, action=f"voucher.{voucher.state}", subject_kind="voucher",
            subject_id=voucher.id, organiser_id=voucher.organiser_id, voucher_id=voucher.id, from_state=was,
            to_state=voucher.state,
        )  # fmt: skip
    return redemption.id


def _note(
    session: AsyncSession,
    claim: MilestoneClaim,
    voucher: Voucher,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    before: str | None,
) -> None:
    facts = {"provider": claim.provider_id, "milestone": claim.milestone, "value_cents": claim.amount_cents}
    if claim.reason:
        facts["reason"] = claim.reason
    record(
        session, actor=actor, now=now, action=action, subject_kind="milestone", subject_id=claim.id,
        organiser_id=claim.organiser_id, voucher_id=claim.voucher_id, from_state=before, to_state=claim.state,
        facts=facts,
    )  # fmt: skip
