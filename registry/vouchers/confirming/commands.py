"""The client says whether a recorded visit took place; the finance officer rules on what is disputed."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.errors import Forbidden, NotFound, require
from registry.shared.outbox import enqueue
from registry.shared.texts import passage
from registry.vouchers.commands.settling import reverse
from registry.vouchers.confirming.model import VisitAnswer
from registry.vouchers.confirming.rules import LONGEST_WORDS, Answer, Ruling, may_answer, may_rule
from registry.vouchers.confirming.unruled import open_case_of
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState


async def answer_visit(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    redemption_id: UUID,
    answer: Answer,
    words: str = "",
) -> None:
    """The client's word on a visit: yes, no, or "I was not there".

    A no holds the amount, from this moment: no month that closes takes it up until a finance officer has ruled. A yes
    after a no lets it go again. What the client writes is read by that officer alone.
    """
    said = passage("words", words, longest=LONGEST_WORDS, required=False)
    redemption = await _redemption(session, redemption_id)
    voucher = await session.get_one(Voucher, redemption.voucher_id)
    if voucher.client_id != actor.client_id:
        raise NotFound("visit.unknown")
    row = await session.get(VisitAnswer, redemption_id, with_for_update=True, populate_existing=True)
    require(may_answer(state=RedemptionState(redemption.state), ruling=row.ruling if row else None))
    before = row.answer if row else None
    if row is None:
        row = VisitAnswer(
            redemption_id=redemption.id,
            organiser_id=redemption.organiser_id,
            voucher_id=voucher.id,
            provider_id=redemption.provider_id,
            client_id=voucher.client_id,
        )
        session.add(row)
    row.answer, row.words, row.answered_at = str(answer), said or None, now
    _note(session, row, actor=actor, now=now, action="visit.answered", answer=row.answer, before=before)
    await _hold(session, row, actor=actor, now=now, was_held=before is not None and before != Answer.YES)


async def _redemption(session: AsyncSession, redemption_id: UUID) -> Redemption:
    """Locked, so that an answer and a reversal of the same visit come one after the other."""
    redemption = await session.get(Redemption, redemption_id, with_for_update=True, populate_existing=True)
    if redemption is None:
        raise NotFound("visit.unknown")
    return redemption


async def _hold(
    session: AsyncSession, row: VisitAnswer, *, actor: Actor, now: datetime, was_held: bool
) -> None:
    """A dispute is somebody's task; the provider is told that it is looked into, and when it no longer is."""
    held = row.answer != Answer.YES
    if held == was_held:
        return
    async with as_organiser(session, replace(actor.sight, organisers=(row.organiser_id,))):
        if held:
            await open_case_of(session, row, actor=actor, now=now)
        else:
            await close_about(
                session, actor=actor, now=now, subject_id=row.redemption_id, why="visit.confirmed_after_all"
            )
    enqueue(
        session,
        now=now,
        provider_id=row.provider_id,
        organiser_id=row.organiser_id,
        template="visit.disputed" if held else "visit.no_longer_disputed",
        facts={"redemption": str(row.redemption_id)},
    )


async def rule_on_visit(
    session: AsyncSession, *, actor: Actor, now: datetime, redemption_id: UUID, ruling: Ruling, reason: str
) -> None:
    """A finance officer who has heard both rules on a disputed visit: it stands, and goes onto the next statement, or
    it is reversed, and its value is back on the voucher. Both are told why, for one of them it goes against."""
    if actor.role != Role.FINANCE_OFFICER:
        raise Forbidden("door.other_role", role=str(actor.role))
    said = passage("reason", reason, longest=LONGEST_WORDS)
    voucher_id = await session.scalar(select(Redemption.voucher_id).where(Redemption.id == redemption_id))
    if voucher_id is None:
        raise NotFound("visit.unknown")
    # voucher, redemption, answer: in this order wherever two of them are locked
    await session.scalar(select(Voucher.id).where(Voucher.id == voucher_id).with_for_update())
    redemption = await _redemption(session, redemption_id)
    row = await session.get(VisitAnswer, redemption_id, with_for_update=True, populate_existing=True)
    require(may_rule(answer=row.answer if row else None, ruling=row.ruling if row else None))
    if row is None:
        raise NotFound("visit.unknown")
    # the provider may have reversed it itself meanwhile: then there is nothing left to undo
    if ruling is Ruling.REVERSED and redemption.state == RedemptionState.CAPTURED:
        await reverse(session, actor=actor, now=now, redemption_id=redemption_id, reason=said[:500])
    row.ruling, row.reason, row.ruled_at, row.ruled_by = str(ruling), said, now, actor.id
    _note(session, row, actor=actor, now=now, action="visit.ruled_on", answer=row.answer, ruling=row.ruling)
    await close_about(session, actor=actor, now=now, subject_id=redemption_id, why=f"visit.{ruling}")
    facts = {"redemption": str(redemption_id), "voucher": str(row.voucher_id)}
    for recipient in ({"client_id": row.client_id}, {"provider_id": row.provider_id}):
        enqueue(
            session, now=now, organiser_id=row.organiser_id, template=f"visit.{ruling}_{_to(recipient)}", facts=facts,
            **recipient,
        )  # fmt: skip


def _to(recipient: dict[str, UUID]) -> str:
    return "client" if "client_id" in recipient else "provider"


def _note(
    session: AsyncSession, row: VisitAnswer, *, actor: Actor, now: datetime, action: str, **facts: str | None
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="redemption",
        subject_id=row.redemption_id,
        organiser_id=row.organiser_id,
        voucher_id=row.voucher_id,
        facts={"provider": row.provider_id, **{name: value for name, value in facts.items() if value}},
    )
