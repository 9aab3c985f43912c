"""Presentation: the holder shows the voucher to the chosen provider, once. Number and secret open it; from then on
the provider uses an id of its own. An unknown number and a wrong secret get the same answer after the same work."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.shared.actor import Actor
from registry.shared.errors import Refusal
from registry.shared.identifiers import clean_code, uuid7, voucher_secret
from registry.shared.settings import Keys
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.model import Assignment, Presentation, PresentationAttempt, Voucher
from registry.vouchers.rules import AssignmentState, VoucherState, may_be_presented

ATTEMPT_WINDOW = timedelta(hours=1)
WRONG_PER_PROVIDER = 20
WRONG_PER_NUMBER = 5
"""Wrong tries in the window after which no more are looked at. The limit by number does not care who tries."""

_NOBODY = UUID(int=0)
_LOCK_ATTEMPTS = text("SELECT pg_advisory_xact_lock(hashtextextended('presentation:' || :provider, 0))")


async def present(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys, number: str, secret: str
) -> UUID | Refusal:
    """Open a voucher at the provider that the actor acts for. Answers the presentation's id, or the refusal: it is
    returned, not raised, because the attempt itself must be kept (commit, then raise).

    The codes: `presentation.too_many_attempts`, `presentation.wrong_code` (unknown number, wrong secret and a voucher
    that another provider was chosen for are one and the same), and why a right code cannot be used now.
    """
    number, secret = clean_code(number), clean_code(secret)
    digest = hmac.new(keys.field_digest, number.encode(), sha256).digest()
    # One try at a time per provider: else many at once would all pass the limit before any was counted.
    await session.execute(_LOCK_ATTEMPTS, {"provider": str(actor.provider_id)})
    if await _limit_reached(session, now=now, provider_id=actor.provider_id, digest=digest):
        return _attempt(session, actor, now, digest, Refusal("presentation.too_many_attempts"))
    voucher = await session.scalar(select(Voucher).where(Voucher.number == number))
    # Row-level security shows this provider only the vouchers that it was chosen for. Where there is none the same
    # digest is computed all the same, so that time tells nothing.
    expected = voucher_secret(
        keys.voucher_secret, voucher.id if voucher else _NOBODY, voucher.secret_generation if voucher else 1
    )
    right = hmac.compare_digest(expected.encode(), secret.encode("ascii", "replace"))
    if voucher is None or not right:
        return _attempt(session, actor, now, digest, Refusal("presentation.wrong_code"))
    return await _open(session, actor, now, digest, voucher.id)


async def _limit_reached(session: AsyncSession, *, now: datetime, provider_id: UUID, digest: bytes) -> bool:
    wrong = PresentationAttempt.code == "presentation.wrong_code"
    by_provider, by_number = (
        await session.execute(
            select(
                func.count().filter(PresentationAttempt.provider_id == provider_id),
                func.count().filter(PresentationAttempt.number_digest == digest),
            ).where(
                PresentationAttempt.at > now - ATTEMPT_WINDOW,
                wrong,
                or_(
                    PresentationAttempt.provider_id == provider_id,
                    PresentationAttempt.number_digest == digest,
                ),
            )
        )
    ).one()
    return bool(by_provider >= WRONG_PER_PROVIDER or by_number >= WRONG_PER_NUMBER)


def _attempt(
    session: AsyncSession, actor: Actor, now: datetime, digest: bytes, outcome: Refusal | None
) -> Refusal:
    session.add(
        PresentationAttempt(
            id=uuid7(),
            at=now,
            provider_id=actor.provider_id,
            actor_id=actor.id,
            number_digest=digest,
            succeeded=outcome is None,
            code=outcome.code if outcome else "presented",
        )
    )
    return outcome or Refusal("presented")


async def _open(
    session: AsyncSession, actor: Actor, now: datetime, digest: bytes, voucher_id: UUID
) -> UUID | Refusal:
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    assignment = await session.get(Assignment, voucher.assignment_id, populate_existing=True)
    allowed = may_be_presented(
        VoucherState(voucher.state),
        confirmed=assignment is not None and assignment.state == AssignmentState.CONFIRMED,
        before_end=now < voucher.claim_until,
    )
    if isinstance(allowed, Refusal) or assignment is None:
        refusal = allowed if isinstance(allowed, Refusal) else Refusal("presentation.wrong_code")
        return _attempt(session, actor, now, digest, refusal)
    _attempt(session, actor, now, digest, None)
    standing = await session.scalar(
        select(Presentation.id).where(Presentation.assignment_id == assignment.id)
    )
    if standing is not None:
        # shown again to the same provider: the same opening, for there is nothing new to open
        return standing
    presentation = Presentation(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        provider_id=actor.provider_id,
        assignment_id=assignment.id,
        presented_at=now,
        presented_by=actor.id,
    )
    session.add(presentation)
    before = voucher.state
    if before == VoucherState.CHOSEN:
        voucher.state = str(VoucherState.IN_USE)
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.presented",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=before,
        to_state=voucher.state,
        facts={"presentation": presentation.id, "provider": actor.provider_id},
    )
    return presentation.id


async def new_code(session: AsyncSession, *, actor: Actor, now: datetime, voucher_id: UUID) -> None:
    """A new secret for the holder; the old one is worth nothing from now on. A provider that has been shown the
    voucher keeps its own id for it: losing the paper must not stop an agreed service."""
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    voucher.secret_generation += 1
    record(
        session,
        actor=actor,
        now=now,
        action="voucher.new_code",
        subject_kind="voucher",
        subject_id=voucher.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        from_state=voucher.state,
        to_state=voucher.state,
        facts={"generation": voucher.secret_generation},
    )
