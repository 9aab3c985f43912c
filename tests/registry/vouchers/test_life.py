"""A voucher's life through the commands: every step's effect on value, places, cases and the audit trail."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.shared.database import Database
from registry.shared.errors import NotFound, Refusal, Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Keys
from registry.vouchers import commands
from registry.vouchers.model import Assignment
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


async def refused(awaitable: Awaitable[object]) -> str:
    with pytest.raises(Refused) as caught:
        await awaitable
    return caught.value.code


async def test_the_whole_way(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    redeemed = await steps.redeem(presentation_id, 2_50)
    assert (redeemed.value_cents, redeemed.available_cents) == (150_00, 450_00)
    held = await steps.redeem(presentation_id, 4_00, reserve=True)
    await steps.capture(held.id, 3_00)
    last = await steps.redeem(presentation_id, 4_50)
    voucher = await steps.voucher(voucher_id)
    assert (voucher.state, voucher.available_cents, voucher.captured_cents) == ("used_up", 0, 600_00)
    await steps.reverse(last.id)
    assert (await steps.voucher(voucher_id)).state == "in_use"
    assert await steps.actions(voucher_id) == [
        "voucher.granted", "voucher.chosen", "choice.confirmed", "voucher.presented", "redemption.captured",
        "redemption.reserved", "redemption.captured", "redemption.captured", "voucher.used_up",
        "redemption.reversed", "voucher.in_use",
    ]  # fmt: skip
    assert await steps.unfit() == []


async def test_granting_takes_from_the_line_and_is_refused_when_it_is_short(
    database: Database, keys: Keys
) -> None:
    steps = Steps(database, await build_world(database, allocated_cents=700_00), keys)
    await steps.grant()
    with pytest.raises(Refused) as caught:
        await steps.grant()
    assert (caught.value.code, caught.value.facts) == (
        "budget.short",
        {"wanted_cents": 600_00, "left_cents": 100_00},
    )
    assert (await steps.line()).granted_cents == 600_00
    await steps.grant(units=1_00)
    assert await steps.unfit() == []


async def test_a_like_voucher_is_warned_of(steps: Steps) -> None:
    await steps.grant()
    assert await refused(steps.grant(despite_like=False)) == "grant.like_open"
    await steps.grant(despite_like=True)


async def test_the_provider_must_confirm_before_the_voucher_opens(steps: Steps) -> None:
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    code = await steps.code(voucher_id)
    assert await steps.try_to_present(*code) == Refusal("choice.not_confirmed")
    await steps.confirm(assignment_id)
    first = await steps.try_to_present(*code)
    assert first == await steps.try_to_present(*code)


async def test_a_voucher_opens_only_at_the_chosen_provider_and_wrong_is_wrong(steps: Steps) -> None:
    voucher_id, _ = await steps.opened()
    number, secret = await steps.code(voucher_id)
    wrong = Refusal("presentation.wrong_code")
    assert await steps.try_to_present(number, secret, provider=1) == wrong
    assert await steps.try_to_present(number, "0" * 16) == wrong
    assert await steps.try_to_present("0" * 12, secret) == wrong
    assert await steps.try_to_present("ä" * 12, "ö") == wrong


async def test_a_new_code_kills_the_old_one(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.confirm(await steps.choose(voucher_id))
    number, old = await steps.code(voucher_id)
    async with steps.database.transaction(steps.world.sight) as session:
        await commands.new_code(session, actor=steps.world.actors["client"], now=NOW, voucher_id=voucher_id)
    assert await steps.try_to_present(number, old) == Refusal("presentation.wrong_code")
    await steps.present(voucher_id)


async def test_wrong_codes_are_limited_by_number_and_by_provider(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.confirm(await steps.choose(voucher_id))
    number, secret = await steps.code(voucher_id)
    for _ in range(5):
        assert await steps.try_to_present(number, "0" * 16) == Refusal("presentation.wrong_code")
    limit = Refusal("presentation.too_many_attempts")
    assert await steps.try_to_present(number, secret) == limit
    for i in range(15):
        await steps.try_to_present(f"{i:012d}", secret)
    assert await steps.try_to_present("1" * 12, secret) == limit
    steps.now = NOW + timedelta(hours=1, seconds=1)
    await steps.present(voucher_id)


async def test_changing_the_pick_ends_the_old_presentation(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    await steps.redeem(presentation_id)
    second = await steps.choose(voucher_id, 1)
    assert await refused(steps.redeem(presentation_id)) == "presentation.ended"
    await steps.confirm(second, 1)
    await steps.redeem(await steps.present(voucher_id, 1), provider=1)
    assert (await steps.voucher(voucher_id)).captured_cents == 120_00
    assert await steps.unfit() == []


async def test_a_reservation_must_be_settled_before_the_pick_changes(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, reserve=True)
    assert await refused(steps.choose(voucher_id, 1)) == "choice.reservation_open"
    assert await refused(steps.refuse(voucher_id)) == "choice.reservation_open"
    await steps.release(held.id)
    await steps.choose(voucher_id, 1)


async def test_a_declined_or_unanswered_choice_is_offered_again_with_a_case(steps: Steps) -> None:
    voucher_id = await steps.grant()
    await steps.decline(await steps.choose(voucher_id))
    assert (await steps.voucher(voucher_id)).state == "granted"
    assert await steps.open_cases() == ["provider_declined"]
    silent = await steps.choose(voucher_id, 1)
    steps.now = NOW + timedelta(days=6)
    await steps.tick()
    assert (await steps.assignment(silent)).state == "lapsed"
    assert await steps.open_cases() == ["provider_declined", "provider_silent"]
    await steps.choose(voucher_id, 2)
    assert await steps.unfit() == []


async def test_refusing_returns_the_money_and_opens_a_case(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    await steps.redeem(presentation_id)
    await steps.refuse(voucher_id)
    voucher = await steps.voucher(voucher_id)
    assert (voucher.state, voucher.returned_cents, voucher.captured_cents) == ("refused", 540_00, 60_00)
    assert (await steps.line()).granted_cents == 60_00
    assert await steps.open_cases() == ["voucher_refused"]
    assert await steps.unfit() == []


async def test_a_provider_is_told_that_a_choice_of_it_ended_and_not_why(steps: Steps) -> None:
    """Changed, silent, refused, cancelled and expired all read alike; what the provider did itself is not told it."""

    async def told(voucher_id: UUID) -> list[tuple[str, int]]:
        async with steps.database.transaction(steps.world.sight) as session:
            picks = await session.scalars(select(Assignment.id).where(Assignment.voucher_id == voucher_id))
            about = {str(pick) for pick in picks}
            rows = await session.scalars(
                select(OutboxMessage).where(OutboxMessage.provider_id.is_not(None)).order_by(OutboxMessage.id)
            )
            return [
                (row.template, steps.world.providers.index(row.provider_id))
                for row in rows
                if row.provider_id is not None and row.facts["assignment"] in about and len(row.facts) == 1
            ]

    changed = await steps.grant()
    await steps.choose(changed)
    await steps.confirm(await steps.choose(changed, 1), 1)
    await steps.choose(changed, 2)
    asked = [("choice.asked", 0)]
    assert await told(changed) == [
        *asked,
        ("choice.closed", 0),
        ("choice.asked", 1),
        ("choice.ended", 1),
        ("choice.asked", 2),
    ]
    refusing, _ = await steps.opened()
    await steps.refuse(refusing)
    cancelled, _ = await steps.opened()
    await steps.cancel(cancelled)
    declined = await steps.grant()
    await steps.decline(await steps.choose(declined))
    assert await told(declined) == asked
    expiring, _ = await steps.opened()
    silent = await steps.grant()
    await steps.choose(silent)
    steps.now = NOW + timedelta(days=100)
    await steps.tick()
    assert await told(silent) == [*asked, ("choice.closed", 0)]
    for voucher_id in (refusing, cancelled, expiring):
        assert await told(voucher_id) == [*asked, ("choice.ended", 0)]


async def test_expiry_returns_the_rest_and_lapses_what_is_held(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, 2_00, reserve=True)
    steps.now = NOW + timedelta(days=92)
    await steps.tick()
    assert (await steps.redemption(held.id)).state == "lapsed"
    assert (await steps.voucher(voucher_id)).state == "expired"
    assert (await steps.line()).granted_cents == 0
    assert await refused(steps.redeem(presentation_id)) in {"voucher.expired", "presentation.ended"}
    assert await steps.unfit() == []


async def test_the_claim_window_lets_a_provider_claim_what_was_done_in_time(
    database: Database, keys: Keys
) -> None:
    steps = Steps(database, await build_world(database, terms={"claim_window_days": 30}), keys)
    voucher_id, presentation_id = await steps.opened()
    steps.now = NOW + timedelta(days=100)
    await steps.tick()
    assert (await steps.voucher(voucher_id)).state == "in_use"
    await steps.redeem(presentation_id, day=TODAY + timedelta(days=90))
    late = steps.redeem(presentation_id, day=TODAY + timedelta(days=91))
    assert await refused(late) == "redemption.date_outside_validity"


async def test_reservations_lapse_by_themselves(steps: Steps) -> None:
    _, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, reserve=True)
    steps.now = NOW + timedelta(days=14)
    assert await refused(steps.capture(held.id)) == "redemption.lapsed"
    await steps.tick()
    assert (await steps.redemption(held.id)).state == "lapsed"
    assert await steps.unfit() == []


async def test_used_up_vouchers_are_wrapped_up_and_free_their_place(database: Database, keys: Keys) -> None:
    terms = {"kind": "euros", "value_cents": 100_00, "units": None, "unit_name": None}
    steps = Steps(database, await build_world(database, terms=terms), keys)
    voucher_id, presentation_id = await steps.opened()
    whole = await steps.redeem(presentation_id, 1_50, 60_00)
    await steps.redeem(presentation_id, 1_00, 10_00)
    assert (await steps.voucher(voucher_id)).state == "used_up"
    steps.now = NOW + timedelta(days=15)
    await steps.tick()
    assert (await steps.voucher(voucher_id)).ended_at is not None
    await steps.reverse(whole.id)
    voucher = await steps.voucher(voucher_id)
    assert (voucher.state, voucher.returned_cents, voucher.available_cents) == ("used_up", 90_00, 0)
    assert (await steps.line()).granted_cents == 10_00
    assert await steps.unfit() == []


@pytest.mark.parametrize("end", ["refused", "cancelled", "expired"])
async def test_what_is_taken_back_after_the_end_goes_straight_to_the_line(steps: Steps, end: str) -> None:
    voucher_id, presentation_id = await steps.opened()
    made = await steps.redeem(presentation_id)
    if end == "expired":
        steps.now = NOW + timedelta(days=400)
        await steps.tick()
    else:
        await (steps.refuse(voucher_id) if end == "refused" else steps.cancel(voucher_id))
    assert (await steps.voucher(voucher_id)).state == end
    assert (await steps.line()).granted_cents == made.value_cents
    await steps.reverse(made.id)
    assert (await steps.voucher(voucher_id)).available_cents == 0
    assert (await steps.line()).granted_cents == 0
    assert await steps.unfit() == []


@pytest.mark.parametrize("what", ["capture", "release", "reverse"])
async def test_another_providers_redemption_does_not_exist(steps: Steps, what: str) -> None:
    _, presentation_id = await steps.opened()
    held = await steps.redeem(presentation_id, reserve=True)
    act: Callable[..., Awaitable[None]] = getattr(steps, what)
    with pytest.raises(NotFound):
        await act(held.id, provider=1)


async def test_one_bad_line_spoils_no_other(steps: Steps) -> None:
    _, first = await steps.opened()
    other_id, second = await steps.opened()
    lines = [
        commands.RedemptionLine(first, 6_00, 60_00, TODAY),
        commands.RedemptionLine(second, 1_00, 61_00, TODAY),
        commands.RedemptionLine(first, 6_00, 60_00, TODAY),
        commands.RedemptionLine(first, 4_00, 60_00, TODAY),
        commands.RedemptionLine(second, 1_00, 60_00, date(2026, 11, 23)),
        commands.RedemptionLine(other_id, 1_00, 60_00, TODAY),
    ]
    actor = steps.world.provider_actor()
    async with steps.database.transaction(actor.sight) as session:
        answers = await commands.redeem(session, actor=actor, now=NOW, lines=lines)
    assert [a.code if isinstance(a, Refusal) else a.value_cents for a in answers] == [
        360_00, "redemption.price_above_agreed", "redemption.too_few_units", 240_00, "redemption.date_in_future",
        "presentation.unknown",
    ]  # fmt: skip
    assert await steps.unfit() == []


async def test_a_client_learns_of_each_visit_that_is_recorded_and_of_no_reservation(steps: Steps) -> None:
    voucher_id, presentation_id = await steps.opened()

    async def told() -> list[dict[str, Any]]:
        async with steps.database.transaction(steps.world.sight) as session:
            rows = await session.scalars(
                select(OutboxMessage).where(OutboxMessage.template == "redemption.recorded")
            )
            return [{"client": row.client_id, **row.facts} for row in rows]

    held = await steps.redeem(presentation_id, reserve=True)
    assert await told() == []
    await steps.capture(held.id)
    await steps.redeem(presentation_id)
    once = {"client": steps.world.client_id, "voucher": str(voucher_id)}
    assert await told() == [once, once]
