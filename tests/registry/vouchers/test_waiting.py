"""Waiting for a provider's answer costs the client nothing, and a first time that the provider proposes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.period import end_of_day, local_date
from registry.shared.settings import Keys
from registry.vouchers import commands
from registry.vouchers.model import Voucher
from registry.vouchers.waiting.model import VoucherExtension
from registry.vouchers.waiting.rules import days_waited
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database, terms={"claim_window_days": 10}), keys)


def last_day(voucher: Voucher) -> int:
    """Days from today to the last day on which the voucher is good."""
    return (local_date(voucher.valid_until - timedelta(seconds=1)) - TODAY).days


async def extensions(steps: Steps) -> list[VoucherExtension]:
    async with steps.database.transaction(steps.world.sight) as session:
        return list(await session.scalars(select(VoucherExtension).order_by(VoucherExtension.id)))


def test_a_day_counts_when_it_has_gone_by() -> None:
    assert days_waited(chosen_on=TODAY, answered_on=TODAY) == 0
    assert days_waited(chosen_on=TODAY, answered_on=TODAY + timedelta(days=1)) == 1


async def test_a_silent_provider_costs_no_day_and_the_lapse_stands_on_record(steps: Steps) -> None:
    voucher_id = await steps.grant()
    before = await steps.voucher(voucher_id)
    silent = await steps.choose(voucher_id)
    steps.now = (await steps.assignment(silent)).answer_due_at + timedelta(minutes=1)
    await steps.tick()
    voucher = await steps.voucher(voucher_id)
    assert ((await steps.assignment(silent)).state, voucher.state) == ("lapsed", "granted")
    assert (last_day(before), last_day(voucher)) == (90, 96), "five days to answer, and the day of the choice"
    assert voucher.claim_until - voucher.valid_until == before.claim_until - before.valid_until
    (given,) = await extensions(steps)
    assert (given.reason, given.days, given.assignment_id) == ("silent", 6, silent)
    assert (given.valid_until_before, given.valid_until_after) == (before.valid_until, voucher.valid_until)
    async with steps.database.transaction(steps.world.sight) as session:
        event = (
            await session.scalars(select(AuditEvent).where(AuditEvent.action == "voucher.extended"))
        ).one()
        told = await session.scalar(
            select(OutboxMessage.facts).where(OutboxMessage.template == "choice.lapsed")
        )
    assert (event.facts["days"], event.facts["reason"]) == (6, "silent")
    assert told == {"voucher": str(voucher_id), "last_day": (TODAY + timedelta(days=96)).isoformat()}
    assert await steps.open_cases() == ["provider_silent"]
    assert await steps.unfit() == []


async def test_declining_gives_back_the_days_and_on_the_same_day_none(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.decline(await steps.choose(voucher_id))
    assert await extensions(steps) == []
    second = await steps.choose(voucher_id, 1)
    steps.now = NOW + timedelta(days=3)
    await steps.decline(second, 1)
    assert last_day(await steps.voucher(voucher_id)) == 93
    steps.now = NOW + timedelta(days=4)
    third = await steps.choose(voucher_id, 2)
    steps.now = NOW + timedelta(days=10, hours=2)
    await steps.tick()
    assert (await steps.assignment(third)).state == "lapsed"
    assert [(e.reason, e.days) for e in await extensions(steps)] == [("declined", 3), ("silent", 6)]
    assert last_day(await steps.voucher(voucher_id)) == 99


async def test_changing_the_pick_oneself_gives_nothing_back(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.choose(voucher_id)
    steps.now = NOW + timedelta(days=3)
    await steps.choose(voucher_id, 1)
    assert (last_day(await steps.voucher(voucher_id)), await extensions(steps)) == (90, [])


async def test_a_voucher_does_not_run_out_while_its_client_waits(database: Database, keys: Keys) -> None:
    steps = Steps(database, await build_world(database), keys)
    taken, silent = await steps.grant(), await steps.grant()
    steps.now = NOW + timedelta(days=90)
    asked = await steps.choose(taken)
    await steps.choose(silent, 1)
    steps.now = NOW + timedelta(days=92)
    await steps.tick()
    assert (await steps.voucher(taken)).state == "chosen"
    await steps.confirm(asked)
    assert last_day(await steps.voucher(taken)) == 92, (
        "the two days of waiting, on the last of which it is good"
    )
    steps.now = NOW + timedelta(days=96)
    await steps.tick()
    voucher = await steps.voucher(silent)
    assert (voucher.state, last_day(voucher)) == ("granted", 96)
    await steps.choose(silent, 2)
    assert (await steps.voucher(taken)).state == "expired"
    assert {e.reason for e in await extensions(steps)} == {"late", "silent"}
    assert await steps.unfit() == []


async def test_a_first_time_is_proposed_with_the_answer_or_after_it(steps: Steps) -> None:
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    actor = steps.world.provider_actor()
    at = NOW + timedelta(days=2)
    async with steps.database.transaction(actor.sight) as session:
        await commands.confirm(
            session, actor=actor, now=NOW, assignment_id=assignment_id, meeting_at=at, place="Torikatu 1 "
        )
    assignment = await steps.assignment(assignment_id)
    assert (assignment.first_meeting_at, assignment.first_meeting_place) == (at, "Torikatu 1")
    later = at + timedelta(days=1)
    async with steps.database.transaction(actor.sight) as session:
        await commands.propose_meeting(session, actor=actor, now=NOW, assignment_id=assignment_id, at=later)
    assignment = await steps.assignment(assignment_id)
    assert (assignment.first_meeting_at, assignment.first_meeting_place) == (later, None)
    async with steps.database.transaction(steps.world.sight) as session:
        told = list(
            await session.scalars(
                select(OutboxMessage.template).where(OutboxMessage.client_id == steps.world.client_id)
            )
        )
        facts = await session.scalar(
            select(AuditEvent.facts).where(AuditEvent.action == "choice.meeting_proposed").limit(1)
        )
    assert sorted(told) == ["choice.meeting_proposed", "choice.meeting_proposed", "voucher.granted"]
    assert facts is not None
    assert facts["place"] is True, "that there is one, not what the provider wrote"


@pytest.mark.parametrize(
    ("days", "code"),
    [(-1, "meeting.in_the_past"), (0, "meeting.in_the_past"), (91, "meeting.after_validity")],
)
async def test_a_first_time_lies_ahead_and_within_the_validity(steps: Steps, days: int, code: str) -> None:
    assignment_id = await steps.choose(await steps.grant())
    actor = steps.world.provider_actor()
    with pytest.raises(Refused) as refused:
        async with steps.database.transaction(actor.sight) as session:
            await commands.confirm(
                session,
                actor=actor,
                now=NOW,
                assignment_id=assignment_id,
                meeting_at=NOW + timedelta(days=days),
            )
    assert refused.value.code == code
    assert (await steps.assignment(assignment_id)).state == "asked"


async def test_no_time_is_proposed_before_the_answer(steps: Steps) -> None:
    assignment_id = await steps.choose(await steps.grant())
    actor = steps.world.provider_actor()
    with pytest.raises(Refused) as refused:
        async with steps.database.transaction(actor.sight) as session:
            await commands.propose_meeting(
                session, actor=actor, now=NOW, assignment_id=assignment_id, at=end_of_day(TODAY)
            )
    assert refused.value.code == "choice.not_confirmed"
