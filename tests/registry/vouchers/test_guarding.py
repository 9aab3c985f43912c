"""Unusual redemptions are asked about once, serious ones hold the money, and only people let it go."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.people.commands import create_api_token
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import ACCEPTED, Forbidden, Refused
from registry.shared.settings import Keys
from registry.vouchers.confirming.rules import Answer
from registry.vouchers.guarding.commands import (
    ask_for_limit,
    decide_limit,
    decide_redemption_alarm,
    lift_hold,
    place_hold,
    raise_redemption_alarms,
)
from registry.vouchers.guarding.model import RedemptionAlarm
from registry.vouchers.guarding.queries import HeldBack, HoldView, held_back, limits_shown, standing_holds
from registry.vouchers.guarding.rules import LIMITS, AlarmState, Sign, may_decide_limit, may_set
from registry.vouchers.redemption.commands import redeem
from registry.vouchers.redemption.writing import Redeemed, RedemptionLine
from tests.builders import NOW, TODAY, add_account, build_world
from tests.registry.vouchers.test_confirming import Visits


class Guarded(Visits):
    """Steps of the worker and of the finance officers."""

    async def look(self, at: datetime | None = None) -> int:
        actor = system(self.world.organiser_id)
        async with self.database.transaction(actor.sight) as session:
            return await raise_redemption_alarms(session, actor=actor, now=at or self.now, limit=100)

    async def alarms(self) -> dict[str, RedemptionAlarm]:
        async with self.database.transaction(self.world.sight) as session:
            return {row.sign: row for row in await session.scalars(select(RedemptionAlarm))}

    async def officer(self) -> Any:
        async with self.database.transaction(self.world.sight) as session:
            actor, _ = await add_account(
                session,
                "Toinen",
                Role.FINANCE_OFFICER,
                sight=self.world.sight,
                organiser_id=self.world.organiser_id,
            )
        return actor

    async def set_limit(self, sign: Sign, value: int) -> None:
        async with self.database.transaction(self.world.sight) as session:
            asked = await ask_for_limit(
                session, actor=self.world[Role.FINANCE_OFFICER], now=self.now, sign=sign, value=value
            )
        second = await self.officer()
        async with self.database.transaction(self.world.sight) as session:
            await decide_limit(session, actor=second, now=self.now, threshold_id=asked, to_state="approved")

    async def hold(self, alarm_id: UUID, voucher_id: UUID | None = None) -> UUID:
        actor = self.world[Role.FINANCE_OFFICER]
        async with self.database.transaction(actor.sight) as session:
            return await place_hold(
                session,
                actor=actor,
                now=self.now,
                alarm_id=alarm_id,
                voucher_id=voucher_id,
                reason="Selvitetään",
            )

    async def lift(self, hold_id: UUID) -> None:
        actor = self.world[Role.FINANCE_OFFICER]
        async with self.database.transaction(actor.sight) as session:
            await lift_hold(session, actor=actor, now=self.now, hold_id=hold_id, reason="Kirjat kunnossa")

    async def holds(self) -> list[HoldView]:
        async with self.database.transaction(self.world.sight) as session:
            return await standing_holds(session)

    async def noted(self) -> list[str]:
        async with self.database.transaction(self.world.sight) as session:
            rows = await session.scalars(
                select(AuditEvent.action)
                .where(AuditEvent.action.like("redemption\\_%") | AuditEvent.action.like("threshold.%"))
                .order_by(AuditEvent.id)
            )
            return list(rows)


@pytest.fixture
async def guarded(database: Database, keys: Keys) -> Guarded:
    return Guarded(database, await build_world(database), keys)


async def test_each_sign_is_asked_about_once_with_its_evidence(guarded: Guarded) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    await guarded.set_limit(Sign.DAY_NUMBER, 5)
    await guarded.set_limit(Sign.DAY_VALUE, 500_00)
    await guarded.set_limit(Sign.NIGHT, 2)
    voucher_id, shown = await guarded.opened()
    for _ in range(2):
        await guarded.redeem(shown)
    assert await guarded.look() == 0, "nothing unusual yet"
    for _ in range(3):
        await guarded.redeem(shown)
    _, elsewhere = await guarded.opened(1)
    await guarded.redeem(elsewhere, provider=1)
    assert await guarded.look() == 4
    alarms = await guarded.alarms()
    assert set(alarms) == {"person_day", "day_number", "two_places"}
    assert (alarms["day_number"].seen, alarms["day_number"].limit_then) == (5, 5)
    assert alarms["day_number"].facts == {"visits": 5, "cents": 300_00, "vouchers": [str(voucher_id)]}
    assert await guarded.open_cases() == ["redemption_alarm"] * 4
    for _ in range(4):
        await guarded.redeem(shown)
    assert await guarded.look() == 1, "of the same day only the value is new; the rest has been asked"
    alarms = await guarded.alarms()
    assert (alarms["day_value"].seen, alarms["day_number"].seen) == (540_00, 9)
    assert await guarded.look(NOW + timedelta(days=3)) == 0

    guarded.now = NOW.replace(hour=22) + timedelta(days=1)  # midnight in Finland
    for _ in range(2):
        await guarded.redeem(elsewhere, provider=1, day=TODAY + timedelta(days=2))
    await guarded.look()
    assert "night" in await guarded.alarms()
    assert await guarded.unfit() == []


async def test_many_wrong_codes_and_sums_that_are_round_though_the_price_is_not(guarded: Guarded) -> None:
    await guarded.set_limit(Sign.WRONG_CODES, 3)
    voucher_id, shown = await guarded.opened()
    number, _ = await guarded.code(voucher_id)
    for wrong in range(3):
        await guarded.try_to_present(number, f"{wrong:016d}")
    for _ in range(20):
        await guarded.redeem(shown, units=25, price=40_00)
    await guarded.redeem(shown, units=2_50, price=40_00)
    await guarded.look()
    assert set(await guarded.alarms()) >= {"wrong_codes"}
    assert "round_sums" not in await guarded.alarms()
    await guarded.set_limit(Sign.ROUND_SUMS, 10)
    _, more = await guarded.opened()
    for _ in range(3):
        await guarded.redeem(more, units=2_50, price=40_00)
    await guarded.look()
    alarms = await guarded.alarms()
    assert (alarms["round_sums"].seen, alarms["round_sums"].facts["visits"]) == (16, 24)


async def test_an_hours_visits_are_counted_per_provider_and_per_system(guarded: Guarded, keys: Keys) -> None:
    """Whoever records them; by what the system's own token names, for a provider may have several."""
    await guarded.set_limit(Sign.HOUR_NUMBER, 20)
    _, shown = await guarded.opened()
    person = guarded.world.provider_actor()
    async with guarded.database.transaction(person.sight) as session:
        tokens = [
            await create_api_token(
                session, actor=person, now=NOW, name=name, scopes=["vouchers:redeem"], days=30
            )
            for name in ("kassa", "puhelin")
        ]
    machines = [replace(person, kind="token", id=token.id) for token in tokens]

    async def record(actor: Actor, count: int, at: datetime) -> None:
        line = RedemptionLine(shown, 10, 60_00, TODAY)
        async with guarded.database.transaction(actor.sight) as session:
            answers = await redeem(session, actor=actor, now=at, lines=[line] * count)
        assert all(isinstance(answer, Redeemed) for answer in answers)

    hour = NOW.replace(minute=0, second=0, microsecond=0)
    await record(machines[0], 10, hour)
    await record(machines[1], 9, hour + timedelta(minutes=59))
    await record(machines[0], 1, hour + timedelta(hours=1))
    guarded.now = hour + timedelta(hours=2)
    assert await guarded.look() == 0, "twenty visits, but in two hours"
    await record(machines[1], 1, hour + timedelta(minutes=30))
    assert await guarded.look() == 1
    alarms = await guarded.alarms()
    assert set(alarms) == {"hour_number"}
    assert (alarms["hour_number"].seen, alarms["hour_number"].facts["cents"]) == (20, 120_00)
    assert alarms["hour_number"].subject == f"{hour:%Y-%m-%dT%H}:00Z"

    await guarded.set_limit(Sign.DEVICE_NUMBER, 20)
    await record(machines[0], 10, hour + timedelta(minutes=5))
    assert await guarded.look() == 1
    alarms = await guarded.alarms()
    assert alarms["device_number"].subject == f"{tokens[0].id} {hour:%Y-%m-%dT%H}:00Z"
    assert alarms["device_number"].seen == 20


async def test_the_provider_reads_what_is_held_and_why(guarded: Guarded) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    voucher_id, shown = await guarded.opened()
    for _ in range(9):
        last = await guarded.redeem(shown, units=50)
    await guarded.look()
    await guarded.answer(last.id, Answer.NO, "Olin kipeä")

    async def told(provider: int = 0) -> list[HeldBack]:
        actor = guarded.world.provider_actor(provider)
        async with guarded.database.transaction(actor.sight) as session:
            return await held_back(session, actor=actor)

    by_sign, disputed = sorted(await told(), key=lambda one: one.why, reverse=True)
    assert (by_sign.why, by_sign.sign, by_sign.reason, by_sign.cents) == (
        "sign",
        Sign.PERSON_DAY,
        None,
        240_00,
    )
    assert (disputed.why, disputed.visits, disputed.cents) == ("disputed", 1, 30_00)
    assert await told(1) == []
    (hold,) = await guarded.holds()
    await guarded.lift(hold.id)
    alarm = (await guarded.alarms())["person_day"]
    await guarded.hold(alarm.id, voucher_id)
    by_person = next(one for one in await told() if one.why == "person")
    assert (by_person.reason, by_person.whole, by_person.visits) == ("Selvitetään", False, 8)


async def test_a_serious_sign_holds_the_money_until_a_person_lifts_it(guarded: Guarded) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    _, shown = await guarded.opened()
    for _ in range(9):
        await guarded.redeem(shown, units=50)
    await guarded.look()
    (hold,) = await guarded.holds()
    assert (hold.by_itself, hold.visits, hold.cents) == (True, 9, 270_00)
    await guarded.redeem(shown, units=50)  # the provider is not turned away, nor its client
    assert await guarded.waiting() == 0
    assert await guarded.close() == 0
    assert await guarded.unfit() == []
    async with guarded.database.transaction(guarded.world.sight) as session:
        machine = replace(guarded.world[Role.FINANCE_OFFICER], kind="token")
        with pytest.raises(Forbidden):
            await lift_hold(session, actor=machine, now=guarded.now, hold_id=hold.id, reason="x")
    await guarded.lift(hold.id)
    with pytest.raises(Refused, match="lifted_already"):
        await guarded.lift(hold.id)
    guarded.now = NOW
    await guarded.look()
    assert await guarded.holds() == [], "what a person has lifted stays lifted"
    assert await guarded.close(2) == 300_00
    assert [a for a in await guarded.noted() if "_hold." in a] == [
        "redemption_hold.placed",
        "redemption_hold.lifted",
    ]
    assert await guarded.unfit() == []


async def test_a_hold_on_one_voucher_leaves_the_others_alone(guarded: Guarded) -> None:
    await guarded.set_limit(Sign.PERSON_DAY, 3)
    voucher_id, shown = await guarded.opened()
    _, other = await guarded.opened()
    for one in (shown, shown, other):
        await guarded.redeem(one)
    await guarded.look()
    alarm = (await guarded.alarms())["person_day"]
    hold_id = await guarded.hold(alarm.id, voucher_id)
    with pytest.raises(Refused, match="standing_already"):
        await guarded.hold(alarm.id, voucher_id)
    assert await guarded.close() == 60_00
    assert await guarded.unfit() == [], "what is held is no lost money"
    await guarded.lift(hold_id)
    assert await guarded.close(2) == 120_00, "late, on the next statement"
    actor = guarded.world[Role.FINANCE_OFFICER]
    for expected in (None, "decided_already"):
        async with guarded.database.transaction(actor.sight) as session:
            deciding = decide_redemption_alarm(
                session,
                actor=actor,
                now=guarded.now,
                alarm_id=alarm.id,
                state=AlarmState.EXPLAINED,
                note="Ryhmä",
            )
            if expected is None:
                await deciding
            else:
                with pytest.raises(Refused, match=expected):
                    await deciding
    async with guarded.database.transaction(guarded.world.sight) as session:
        open_ = await session.scalars(
            select(Case).where(Case.subject_id == alarm.id, Case.closed_at.is_(None))
        )
        assert open_.all() == []
    assert await guarded.unfit() == []


async def test_limits_are_changed_by_two_people(guarded: Guarded) -> None:
    first, second = guarded.world[Role.FINANCE_OFFICER], await guarded.officer()
    async with guarded.database.transaction(first.sight) as session:
        asked = await ask_for_limit(session, actor=first, now=NOW, sign=Sign.NIGHT, value=9)
    async with guarded.database.transaction(first.sight) as session:
        with pytest.raises(Refused, match="waiting_already"):
            await ask_for_limit(session, actor=second, now=NOW, sign=Sign.NIGHT, value=8)
        with pytest.raises(Refused, match="other_person"):
            await decide_limit(session, actor=first, now=NOW, threshold_id=asked, to_state="approved")
        limits, waiting = await limits_shown(session, organiser_id=guarded.world.organiser_id)
        assert (limits[Sign.NIGHT], waiting[Sign.NIGHT].value) == (LIMITS[Sign.NIGHT].default, 9)
        await decide_limit(session, actor=second, now=NOW, threshold_id=asked, to_state="approved")
        await session.flush()
        limits, waiting = await limits_shown(session, organiser_id=guarded.world.organiser_id)
        assert (limits[Sign.NIGHT], waiting) == (9, {})
        with pytest.raises(Forbidden):
            await ask_for_limit(
                session, actor=guarded.world[Role.ORGANISER_ADMINISTRATOR], now=NOW, sign=Sign.NIGHT, value=8
            )
    async with guarded.database.transaction(first.sight) as session:
        with pytest.raises(Exception, match="four_eyes"):
            await session.execute(text("UPDATE redemption_threshold SET decided_by = asked_by"))


def test_no_limit_switches_a_sign_off_and_nobody_decides_alone() -> None:
    for sign, limit in LIMITS.items():
        assert limit.least <= limit.default <= limit.most, sign
        assert may_set(sign, limit.most) is ACCEPTED
        assert getattr(may_set(sign, limit.most + 1), "code", "") == "threshold.out_of_range"
        assert getattr(may_set(sign, limit.least - 1), "code", "") == "threshold.out_of_range"
    one, two = UUID(int=1), UUID(int=2)
    told = {
        (to_state, who): getattr(
            may_decide_limit(state="asked", to_state=to_state, asked_by=one, decider=who), "code", ""
        )
        for to_state in ("approved", "rejected", "withdrawn")
        for who in (one, two)
    }
    assert told == {
        ("approved", one): "threshold.other_person", ("approved", two): "",
        ("rejected", one): "threshold.other_person", ("rejected", two): "",
        ("withdrawn", one): "", ("withdrawn", two): "threshold.not_yours",
    }  # fmt: skip
