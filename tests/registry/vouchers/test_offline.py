"""Visits that a device took without a network: each is recorded once, or comes back as a case; none is lost."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from registry.cases.model import Case
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import ACCEPTED, Forbidden, NotFound, Refused
from registry.shared.settings import Keys
from registry.vouchers.guarding.rules import Sign
from registry.vouchers.offline import finishing, receiving
from registry.vouchers.offline.finishing import close_offline_visit, finish_left, try_again
from registry.vouchers.offline.model import OfflineVisit
from registry.vouchers.offline.receiving import Answered, add_device, receive
from registry.vouchers.offline.rules import Fate, KeptVisit, clock_is_wrong, may_become
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.test_guarding import Guarded


class Devices(Guarded):
    """Steps of a coach with phones."""

    async def device(self, provider: int = 0) -> UUID:
        actor, device = self.world.provider_actor(provider), uuid4()
        async with self.database.transaction(actor.sight) as session:
            await add_device(session, actor=actor, now=self.now, device_id=device)
        return device

    async def visit(self, voucher_id: UUID, **more: Any) -> KeptVisit:
        number, secret = await self.code(voucher_id)
        values: dict[str, Any] = {
            "id": uuid4(), "place": 1, "number": number, "secret": secret, "service_date": TODAY, "units": 1_00,
            "unit_price_cents": None, "taken_at": self.now - timedelta(hours=1),
        } | more  # fmt: skip
        return KeptVisit(**values)

    async def send(
        self, device: UUID, *visits: KeptVisit, provider: int = 0, sent_at: datetime | None = None
    ) -> list[Answered]:
        return await receive(
            self.database, actor=self.world.provider_actor(provider), now=self.now, keys=self.keys,
            device_id=device, sent_at=sent_at or self.now, taken=len(visits), visits=visits,
        )  # fmt: skip

    async def sent(self) -> list[OfflineVisit]:
        async with self.database.transaction(self.world.sight) as session:
            return list(await session.scalars(select(OfflineVisit).order_by(OfflineVisit.id)))

    async def redeemed(self) -> int:
        async with self.database.transaction(self.world.sight) as session:
            return await session.scalar(text("SELECT count(*) FROM redemption WHERE state = 'captured'")) or 0

    async def chosen(self, provider: int = 0, **order: Any) -> UUID:
        """A voucher that its provider has confirmed and not been shown."""
        voucher_id = await self.grant(**order)
        await self.confirm(await self.choose(voucher_id, provider), provider)
        return voucher_id

    async def again(self, visit: OfflineVisit) -> Fate:
        return await try_again(
            self.database, actor=self.world.provider_actor(), now=self.now,
            digest_key=self.keys.field_digest, visit_id=visit.id,
        )  # fmt: skip


@pytest.fixture
async def devices(database: Database, keys: Keys) -> Devices:
    return Devices(database, await build_world(database), keys)


async def test_a_visit_taken_offline_opens_the_voucher_and_is_recorded_once(devices: Devices) -> None:
    voucher_id, phone = await devices.chosen(), await devices.device()
    visit = await devices.visit(voucher_id)
    (first,) = await devices.send(phone, visit)
    assert (first.status, first.visit and first.visit.code) == ("recorded", None)
    devices.now += timedelta(days=2)  # the answer was lost on its way, and the phone asks again
    (again,) = await devices.send(phone, visit)
    assert again.status == "recorded"
    assert again.visit
    assert first.visit
    assert again.visit.redemption_id == first.visit.redemption_id
    (twice, other) = await devices.send(
        phone, visit, await devices.visit(voucher_id, id=visit.id, units=9_00)
    )
    assert (twice.status, other.status) == ("recorded", "other"), "what was sent first stands"
    assert await devices.redeemed() == 1
    assert (await devices.voucher(voucher_id)).captured_cents == 60_00
    (row,) = await devices.sent()
    assert (row.state, row.received_at, row.clock_wrong) == ("recorded", NOW, False)
    assert await devices.unfit() == []


async def test_what_cannot_be_accepted_any_more_is_a_case_and_says_why(devices: Devices) -> None:
    refused, gone, spent = [await devices.chosen() for _ in range(3)]
    phone = await devices.device()
    late = await devices.visit(spent, service_date=TODAY + timedelta(days=1))
    visits = [
        await devices.visit(refused), await devices.visit(gone), await devices.visit(spent, units=90_00),
        late, await devices.visit(spent, number="7KQ4M2XD9FA1"),
    ]  # fmt: skip
    await devices.present(refused)
    await devices.present(gone)
    await devices.refuse(refused)
    await devices.choose(gone, provider=1)
    answers = await devices.send(phone, *visits)
    assert [(one.status, one.visit and one.visit.code) for one in answers] == [
        ("refused", "voucher.refused"),
        ("refused", "presentation.ended"),
        ("refused", "redemption.too_few_units"),
        ("refused", "redemption.date_in_future"),
        ("refused", "presentation.wrong_code"),
    ]
    assert await devices.redeemed() == 0
    async with devices.database.transaction(devices.world.sight) as session:
        cases = list(await session.scalars(select(Case).where(Case.kind == "offline_visit")))
        told = await session.scalar(
            text("SELECT count(*) FROM outbox WHERE template = 'offline_visit.refused'")
        )
    assert {case.subject_id for case in cases} == {row.id for row in await devices.sent()}
    assert {case.role for case in cases} == {Role.FINANCE_OFFICER}
    assert told == 1, "one message for all that came back"
    assert [one.status for one in await devices.send(phone, *visits)] == ["refused"] * 5
    assert len([kind for kind in await devices.open_cases() if kind == "offline_visit"]) == 5


async def test_two_devices_that_took_the_same_visit_are_not_both_paid(devices: Devices) -> None:
    voucher_id = await devices.chosen()
    mine, yours = await devices.device(), await devices.device()
    (first,) = await devices.send(mine, await devices.visit(voucher_id))
    (second, other_length) = await devices.send(
        yours, await devices.visit(voucher_id), await devices.visit(voucher_id, units=50)
    )
    assert (first.status, second.status, other_length.status) == ("recorded", "refused", "recorded")
    assert second.visit
    assert second.visit.code == "offline_visit.recorded_already"
    (meant,) = await devices.send(yours, await devices.visit(voucher_id, another=True))
    assert meant.status == "recorded", "two visits on one day, said so by the coach"
    assert await devices.again(second.visit) is Fate.RECORDED, "or said so afterwards"
    assert await devices.open_cases() == []
    assert await devices.redeemed() == 4
    with pytest.raises(Refused, match=r"offline_visit.recorded_already"):
        await devices.again(second.visit)
    assert await devices.unfit() == []


async def test_what_was_cut_off_in_the_middle_is_finished_by_the_worker(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, refused = await devices.chosen(), await devices.chosen()
    await devices.present(refused)
    phone = await devices.device()
    visits = [await devices.visit(good), await devices.visit(refused)]
    await devices.refuse(refused)

    async def cut(*args: Any, **kwargs: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(receiving, "finish", cut)
        with pytest.raises(ConnectionResetError):
            await devices.send(phone, *visits)
    assert [row.state for row in await devices.sent()] == ["received"] * 2
    worker = system(devices.world.organiser_id)

    async def turn() -> int:
        return await finish_left(
            devices.database, actor=worker, now=devices.now, digest_key=devices.keys.field_digest
        )

    assert await turn() == 0, "it may still be under way"
    devices.now += timedelta(minutes=6)
    assert await turn() == 2
    assert await turn() == 0
    assert [one.status for one in await devices.send(phone, *visits)] == ["recorded", "refused"]
    assert await devices.redeemed() == 1
    assert await devices.open_cases() == ["offline_visit", "voucher_refused"]
    assert await devices.unfit() == []


async def test_a_device_answers_to_its_own_person_alone(devices: Devices) -> None:
    voucher_id, phone = await devices.chosen(), await devices.device()
    visit = await devices.visit(voucher_id)
    with pytest.raises(NotFound, match=r"offline_device.unknown"):
        await devices.send(phone, visit, provider=1)
    with pytest.raises(NotFound, match=r"offline_device.unknown"):
        await devices.send(uuid4(), visit)
    assert await devices.sent() == []


async def test_wrong_codes_are_limited_and_the_rest_waits_on_the_device(devices: Devices) -> None:
    voucher_id, phone = await devices.chosen(), await devices.device()
    tries = [
        await devices.visit(voucher_id, id=uuid4(), secret=f"{n:016d}", number=f"{n:012d}") for n in range(25)
    ]
    answers = await devices.send(phone, *tries)
    assert [one.status for one in answers] == ["refused"] * 20 + ["later"] * 5
    assert len(await devices.sent()) == 20


async def test_a_clock_that_is_wrong_decides_nothing_and_is_seen(devices: Devices) -> None:
    await devices.set_limit(Sign.DEVICE_CLOCK, 1)
    voucher_id, phone = await devices.chosen(), await devices.device()
    back = devices.now - timedelta(days=3)
    visit = await devices.visit(voucher_id, taken_at=back - timedelta(hours=1))
    (answer,) = await devices.send(phone, visit, sent_at=back)
    assert answer.status == "recorded"
    (row,) = await devices.sent()
    assert (row.clock_wrong, row.clock_off_seconds) == (True, -3 * 86400)
    assert await devices.look() == 1
    assert set(await devices.alarms()) == {"device_clock"}
    assert clock_is_wrong(off_seconds=0, taken_at=NOW + timedelta(hours=1), received_at=NOW), (
        "set back in between"
    )
    assert not clock_is_wrong(off_seconds=-500, taken_at=NOW - timedelta(days=9), received_at=NOW)


async def test_a_phone_that_met_too_many_within_an_hour_is_asked_about(devices: Devices) -> None:
    await devices.set_limit(Sign.SCANNED_HOUR, 3)
    await devices.set_limit(Sign.NIGHT, 3)
    voucher_id, phone = await devices.chosen(), await devices.device()
    night = NOW.replace(hour=23) - timedelta(days=1)  # one o'clock in Finland
    visits = [
        await devices.visit(voucher_id, another=True, units=10, taken_at=night + timedelta(minutes=10 * n))
        for n in range(3)
    ]
    await devices.send(phone, *visits[:2])
    assert await devices.look() == 0
    await devices.send(phone, visits[2])
    assert await devices.look() == 2
    alarms = await devices.alarms()
    assert set(alarms) == {"scanned_hour", "night"}, "at night by the phone's clock, though sent by day"
    assert alarms["scanned_hour"].subject.startswith(str(phone))


async def test_finance_closes_with_a_reason_and_then_nothing_more_is_recorded(devices: Devices) -> None:
    voucher_id, phone = await devices.chosen(), await devices.device()
    await devices.send(phone, await devices.visit(voucher_id, units=90_00))
    (row,) = await devices.sent()

    async def close(actor: Actor) -> None:
        async with devices.database.transaction(actor.sight) as session:
            await close_offline_visit(
                session, actor=actor, now=devices.now, visit_id=row.id, note="Liian monta tuntia"
            )

    with pytest.raises(Forbidden, match=r"door.other_role"):
        await close(devices.world[Role.CASE_WORKER])
    assert await devices.again(row) is Fate.REFUSED, "nothing has changed"
    await close(devices.world[Role.FINANCE_OFFICER])
    assert await devices.open_cases() == []
    with pytest.raises(Refused, match=r"offline_visit.closed_already"):
        await devices.again(row)
    assert await devices.redeemed() == 0


async def test_a_try_that_was_cut_off_is_not_closed_but_finished(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider asks again, and the process dies between the redemption and the visit's fate."""
    voucher_id, phone = await devices.chosen(), await devices.device()
    await devices.send(phone, await devices.visit(voucher_id, units=90_00))
    (row,) = await devices.sent()

    async def dies(*args: object, **named: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(finishing, "_settle", dies)
        with pytest.raises(ConnectionResetError):
            await devices.again(row)
    finance = devices.world[Role.FINANCE_OFFICER]
    with pytest.raises(Refused, match=r"offline_visit.received_already"):
        async with devices.database.transaction(finance.sight) as session:
            await close_offline_visit(
                session, actor=finance, now=devices.now, visit_id=row.id, note="Ei makseta"
            )
    devices.now += timedelta(minutes=10)
    worker = system(devices.world.organiser_id)
    done = await finish_left(
        devices.database, actor=worker, now=devices.now, digest_key=devices.keys.field_digest
    )
    assert done == 1
    (row,) = await devices.sent()
    assert (row.state, row.attempts, await devices.redeemed()) == (Fate.REFUSED, 2, 0)
    assert await devices.open_cases() == ["offline_visit"], "one case, however often it was tried"


def test_from_each_fate_to_each_other() -> None:
    allowed = {(before, after) for before in Fate for after in Fate if may_become(before, after) is ACCEPTED}
    assert allowed == {
        (Fate.RECEIVED, Fate.RECORDED), (Fate.RECEIVED, Fate.REFUSED),
        (Fate.REFUSED, Fate.RECEIVED), (Fate.REFUSED, Fate.CLOSED),
    }  # fmt: skip
