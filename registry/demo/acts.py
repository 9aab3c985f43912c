"""What people do with vouchers: each act is one transaction through the commands that the pages call."""

from datetime import timedelta
from uuid import UUID

from registry.choice.commands import freeze_shortlists, pick
from registry.choice.showing import show_comparison
from registry.demo.stage import Firm, Stage, Town, Visitor
from registry.people.commands import add_guardian
from registry.quality.commands import submit_review
from registry.quality.complaints.commands import decide_complaint, file_complaint
from registry.quality.intake.commands import record_intakes
from registry.quality.intake.rules import IntakeFacts
from registry.quality.rules import Moment
from registry.shared.actor import Actor, Role
from registry.shared.errors import Refusal, Refused
from registry.shared.identifiers import voucher_secret
from registry.shared.period import local_date, start_of_day
from registry.vouchers import commands
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.commands import GrantOrder, Redeemed, RedemptionLine
from registry.vouchers.confirming.commands import answer_visit
from registry.vouchers.confirming.rules import Answer
from registry.vouchers.model import Voucher
from registry.vouchers.no_shows.commands import record_no_show


async def grant(
    stage: Stage, town: Town, visitor: Visitor, service: str, *, line_id: UUID | None = None, in_plan: bool = False,
    units: int | None = None, validity_days: int | None = None, facts: IntakeFacts | None = None,
) -> UUID:  # fmt: skip
    """The case worker grants; the shortlist is frozen in the same breath, and what is known of the client fixed."""
    worker = visitor.case_worker
    order = GrantOrder(
        client_id=visitor.id,
        service_id=town.services[service],
        budget_line_id=line_id or town.lines[local_date(stage.now).year],
        units=units,
        validity_days=validity_days,
        in_plan=in_plan,
    )
    async with stage.database.transaction(worker.sight) as session:
        (answer,) = await commands.grant(session, actor=worker, now=stage.now, orders=[order])
        if isinstance(answer, Refusal):
            raise Refused(answer.code, **answer.facts)
        await freeze_shortlists(
            session, actor=worker, now=stage.now, keys=stage.keys, voucher_ids=[answer.id]
        )
        if facts is not None:
            await record_intakes(session, actor=worker, now=stage.now, facts={answer.id: facts})
    return answer.id


async def look(stage: Stage, visitor: Visitor, voucher_id: UUID) -> None:
    """The client looks at the options and picks none."""
    async with stage.database.transaction(visitor.actor.sight) as session:
        await show_comparison(
            session,
            actor=visitor.actor,
            now=stage.now,
            keys=stage.keys,
            voucher_id=voucher_id,
            channel="self",
        )


async def choose(
    stage: Stage,
    visitor: Visitor,
    voucher_id: UUID,
    firm: Firm,
    offer: tuple[str, str],
    *,
    channel: str = "self",
) -> UUID:
    """The client compares and picks; at the counter or by phone the case worker does it for the client. Whoever is
    not among the first is found by widening to all."""
    actor: Actor = visitor.actor if channel == "self" else visitor.case_worker
    admission_id = firm.offers[offer].admission_id
    async with stage.database.transaction(actor.sight) as session:
        for widened in (False, True):
            compared, shown_id = await show_comparison(
                session,
                actor=actor,
                now=stage.now,
                keys=stage.keys,
                voucher_id=voucher_id,
                channel=channel,
                widened=widened,
            )
            if any(option.offer.admission_id == admission_id for option in compared.options):
                break
        return await pick(
            session,
            actor=actor,
            now=stage.now,
            voucher_id=voucher_id,
            admission_id=admission_id,
            channel=channel,
            shown_id=shown_id,
        )


async def confirm(stage: Stage, firm: Firm, assignment_id: UUID) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.confirm(session, actor=firm.actor, now=stage.now, assignment_id=assignment_id)


async def propose_meeting(stage: Stage, firm: Firm, assignment_id: UUID, days: int) -> None:
    """The provider proposes a morning that many days ahead."""
    day = local_date(stage.now) + timedelta(days=days)
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.propose_meeting(
            session,
            actor=firm.actor,
            now=stage.now,
            assignment_id=assignment_id,
            at=start_of_day(day) + timedelta(hours=9, minutes=30),
            place="Keksitynkatu 1",
        )


async def appoint_guardian(stage: Stage, visitor: Visitor, name: str) -> None:
    """The case worker lets somebody act for the client."""
    worker = visitor.case_worker
    async with stage.database.transaction(worker.sight) as session:
        await add_guardian(
            session,
            actor=worker,
            now=stage.now,
            client_id=visitor.id,
            name=name,
            email="edunvalvoja@asiakas.invalid",
            language="fi",
        )


async def decline(stage: Stage, firm: Firm, assignment_id: UUID) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.decline(session, actor=firm.actor, now=stage.now, assignment_id=assignment_id)


async def present(stage: Stage, visitor: Visitor, firm: Firm, voucher_id: UUID) -> UUID:
    """The holder shows number and code, the provider enters them."""
    async with stage.database.transaction(visitor.actor.sight) as session:
        voucher = await session.get_one(Voucher, voucher_id)
        number = voucher.number
        secret = voucher_secret(stage.keys.voucher_secret, voucher.id, voucher.secret_generation)
    async with stage.database.transaction(firm.actor.sight) as session:
        answer = await commands.present(
            session, actor=firm.actor, now=stage.now, keys=stage.keys, number=number, secret=secret
        )
    if isinstance(answer, Refusal):
        raise Refused(answer.code, **answer.facts)
    return answer


async def redeem(
    stage: Stage, firm: Firm, presentation_id: UUID, units: int, price_cents: int, *, reserve: bool = False
) -> UUID:
    """One event charged, or reserved; `units` in hundredths."""
    line = RedemptionLine(
        presentation_id=presentation_id,
        units=units,
        unit_price_cents=price_cents,
        service_date=local_date(stage.now),
        reserve=reserve,
    )
    async with stage.database.transaction(firm.actor.sight) as session:
        (answer,) = await commands.redeem(session, actor=firm.actor, now=stage.now, lines=[line])
    if not isinstance(answer, Redeemed):
        raise Refused(answer.code, **answer.facts)
    return answer.id


async def capture(stage: Stage, firm: Firm, redemption_id: UUID, units: int | None = None) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.capture(
            session, actor=firm.actor, now=stage.now, redemption_id=redemption_id, units=units
        )


async def release(stage: Stage, firm: Firm, redemption_id: UUID) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.release(session, actor=firm.actor, now=stage.now, redemption_id=redemption_id)


async def reverse(stage: Stage, firm: Firm, redemption_id: UUID, reason: str) -> None:
    async with stage.database.transaction(firm.actor.sight) as session:
        await commands.reverse(
            session, actor=firm.actor, now=stage.now, redemption_id=redemption_id, reason=reason
        )


async def refuse(stage: Stage, visitor: Visitor, voucher_id: UUID) -> None:
    async with stage.database.transaction(visitor.actor.sight) as session:
        await commands.refuse(session, actor=visitor.actor, now=stage.now, voucher_id=voucher_id)


async def cancel(stage: Stage, visitor: Visitor, voucher_id: UUID, reason: str) -> None:
    worker = visitor.case_worker
    async with stage.database.transaction(worker.sight) as session:
        await commands.cancel(
            session,
            actor=worker,
            now=stage.now,
            voucher_id=voucher_id,
            reason=reason,
            hearing=Hearing(HeardHow.PHONE, local_date(stage.now)),
        )


async def ask_for_help(stage: Stage, visitor: Visitor, voucher_id: UUID) -> None:
    async with stage.database.transaction(visitor.actor.sight) as session:
        await commands.ask_for_call(session, actor=visitor.actor, now=stage.now, voucher_id=voucher_id)


async def new_code(stage: Stage, visitor: Visitor, voucher_id: UUID) -> None:
    async with stage.database.transaction(visitor.actor.sight) as session:
        await commands.new_code(session, actor=visitor.actor, now=stage.now, voucher_id=voucher_id)


async def review(
    stage: Stage, visitor: Visitor, firm: Firm, voucher_id: UUID, moment: Moment, scores: dict[str, int],
    comment: str | None = None,
) -> None:  # fmt: skip
    async with stage.database.transaction(visitor.actor.sight) as session:
        await submit_review(
            session,
            actor=visitor.actor,
            now=stage.now,
            voucher_id=voucher_id,
            provider_id=firm.id,
            moment=moment,
            scores=scores,
            comment=comment,
            over=True,
        )


async def miss(stage: Stage, firm: Firm, presentation_id: UUID) -> None:
    """The client did not come today."""
    async with stage.database.transaction(firm.actor.sight) as session:
        await record_no_show(
            session,
            actor=firm.actor,
            now=stage.now,
            presentation_id=presentation_id,
            agreed_for=local_date(stage.now),
        )


async def say_of_visit(stage: Stage, visitor: Visitor, redemption_id: UUID, answer: str, words: str) -> None:
    """The client tells whether the latest visit is right."""
    async with stage.database.transaction(visitor.actor.sight) as session:
        await answer_visit(
            session, actor=visitor.actor, now=stage.now, redemption_id=redemption_id, answer=Answer(answer),
            words=words,
        )  # fmt: skip


async def complain(
    stage: Stage, visitor: Visitor, firm: Firm, voucher_id: UUID, about: str, words: str
) -> UUID:
    async with stage.database.transaction(visitor.actor.sight) as session:
        return await file_complaint(
            session,
            actor=visitor.actor,
            now=stage.now,
            voucher_id=voucher_id,
            provider_id=firm.id,
            about=about,
            words=words,
        )


async def decide(stage: Stage, town: Town, complaint_id: UUID, *, upheld: bool, findings: str) -> None:
    officer = town.who(Role.REGISTER_OFFICER)
    async with stage.database.transaction(officer.sight) as session:
        await decide_complaint(
            session,
            actor=officer,
            now=stage.now,
            complaint_id=complaint_id,
            upheld=upheld,
            findings=findings,
        )
