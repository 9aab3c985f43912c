"""Suspending, lifting, removing, leaving: decisions after a hearing, and what becomes of the clients."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.model import DecisionRecord
from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import (
    hear_admitted,
    reactivate_admission,
    remove_admission,
    suspend_admission,
    withdraw_admission,
)
from registry.providers.model import Admission
from registry.shared.database import Database
from registry.shared.errors import DomainError, NotFound, Refused
from registry.shared.outbox import OutboxMessage
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.waiting.model import VoucherExtension
from tests.builders import NOW, World, add_client, build_world
from tests.conftest import TEST_KEYS
from tests.registry.providers.deciding import DUE, HEARD, LAW, Desk
from tests.registry.vouchers.steps import Steps


async def state_of(database: Database, world: World, index: int = 0) -> str:
    async with database.transaction(world.sight) as session:
        return (await session.get_one(Admission, world.admissions[index])).state


async def refused(code: str, call: Any) -> dict[str, Any]:
    with pytest.raises(DomainError) as error:
        await call
    assert error.value.code == code
    return error.value.facts


def against(world: World, **said: Any) -> dict[str, Any]:
    values = {"reason": "Vakuutus puuttuu.", "legal_basis": LAW, "clients_may": Clients.FINISH}
    return {"admission_id": world.admissions[0]} | values | said


async def test_nobody_is_suspended_or_removed_unheard_and_a_hearing_serves_once(database: Database) -> None:
    world = await build_world(database)
    desk, admission_id = Desk(database, world), world.admissions[0]
    await refused("impartiality.not_declared", desk.do(suspend_admission, **against(world)))
    await desk.heard(admission_id)
    await refused("hearing.not_over", desk.do(suspend_admission, **against(world)))
    await refused(
        "admission.legal_basis_missing",
        desk.do(suspend_admission, now=HEARD, **against(world, legal_basis="")),
    )
    decision_id = await desk.do(suspend_admission, now=HEARD, **against(world))
    assert await state_of(database, world) == "suspended"
    await refused("admission.not_heard", desk.do(remove_admission, now=HEARD, **against(world)))
    await desk.do(reactivate_admission, now=HEARD, admission_id=admission_id, reason="Vakuutus saatiin.")
    assert await state_of(database, world) == "active"
    async with database.transaction(world.sight) as session:
        kinds = (await session.scalars(select(DecisionRecord.kind).order_by(DecisionRecord.decided_at))).all()
        decision = await session.get_one(DecisionRecord, decision_id)
        templates = (await session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id))).all()
    assert sorted(kinds) == ["reinstated", "suspended"]
    assert decision.hearing_id is not None
    assert templates == ["hearing.opened", "admission.suspended", "admission.reactivated"]


async def test_an_answer_ends_the_hearing_at_once_and_who_is_gone_stays_gone(database: Database) -> None:
    world = await build_world(database)
    desk, provider = Desk(database, world), world.provider_actor()
    hearing_id = await desk.heard(world.admissions[0])
    async with database.transaction(provider.sight) as session:
        await answer_hearing(session, actor=provider, now=NOW, hearing_id=hearing_id, text="Lopetamme.")
    await desk.do(remove_admission, **against(world))
    assert await state_of(database, world) == "removed"
    again = desk.do(reactivate_admission, admission_id=world.admissions[0], reason="Takaisin.")
    await refused("admission.ended_already", again)


async def test_another_organisers_admission_is_not_there(database: Database) -> None:
    oulu = await build_world(database, code="oulu")
    turku = await build_world(database, code="turku")
    with pytest.raises(NotFound, match=r"admission\.unknown"):
        await Desk(database, turku).do(
            hear_admitted, admission_id=oulu.admissions[0], text="Ei oma.", due_on=DUE
        )


# --- what becomes of the clients ----------------------------------------------------------------------------------


class Two:
    """Two clients at the first provider: one whose service has begun, one who has only been confirmed."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world = database, world
        self.steps = Steps(database, world, TEST_KEYS)

    async def made(self) -> "Two":
        async with self.database.transaction(self.world.sight) as session:
            other = await add_client(session, self.world)
        self.begun, shown = await self.steps.opened(0)
        await self.steps.redeem(shown)
        self.new = await self.steps.grant(client_id=other)
        await self.steps.confirm(await self.steps.choose(self.new, 0, client_id=other))
        self.steps.now = HEARD + timedelta(hours=1)
        return self

    async def released(self) -> set[str]:
        """Which of the two have to choose again after the worker's turn."""
        await self.steps.tick()
        vouchers = {"begun": await self.steps.voucher(self.begun), "new": await self.steps.voucher(self.new)}
        assert await self.steps.unfit() == []
        return {name for name, voucher in vouchers.items() if voucher.assignment_id is None}


@pytest.mark.parametrize(
    ("clients_may", "released"), [(Clients.FINISH, {"new"}), (Clients.CHOOSE_AGAIN, {"begun", "new"})]
)
@pytest.mark.parametrize("act", ["suspended", "removed", "withdrawn"])
async def test_who_has_begun_may_finish_or_all_choose_again(
    database: Database, act: str, clients_may: Clients, released: set[str]
) -> None:
    world = await build_world(database)
    two = await Two(database, world).made()
    desk, admission_id = Desk(database, world), world.admissions[0]
    if act == "withdrawn":
        provider = world.provider_actor()
        async with database.transaction(provider.sight) as session:
            await withdraw_admission(
                session, actor=provider, now=HEARD, admission_id=admission_id, clients_may=clients_may
            )
    else:
        await getattr(desk, act)(admission_id, clients_may)
    assert await two.released() == released
    assert await two.released() == released  # nothing is done twice
    assert await two.steps.open_cases() == ["provider_left"] * len(released)
    # what was waited for before the service began is given back, what was used is not
    async with database.transaction(world.sight) as session:
        given = (await session.execute(select(VoucherExtension.voucher_id, VoucherExtension.reason))).all()
        waited = await session.get_one(Voucher, two.new)
    assert [tuple(row) for row in given] == [(two.new, "left")]
    assert waited.valid_until - (await two.steps.voucher(two.begun)).valid_until >= timedelta(days=14)


async def test_who_may_finish_redeems_on_and_nobody_new_can_choose(database: Database) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    _, shown = await steps.opened(0)
    await steps.redeem(shown)
    await Desk(database, world).removed(world.admissions[0], Clients.FINISH)
    steps.now = HEARD + timedelta(hours=1)
    await steps.tick()
    await steps.redeem(shown, day=HEARD.date())
    async with database.transaction(world.sight) as session:
        other = await add_client(session, world)
    voucher_id = await steps.grant(client_id=other)
    with pytest.raises(Refused):
        await steps.choose(voucher_id, 0, client_id=other)


async def test_a_client_without_another_provider_has_a_case_that_says_so(database: Database) -> None:
    """The only other one is full."""
    world = await build_world(database, providers=1)
    two = await Two(database, world).made()
    await Desk(database, world).removed(world.admissions[0])
    assert await two.released() == {"begun", "new"}
    async with database.transaction(world.sight) as session:
        cases = (await session.execute(select(Case.kind, Case.subject_id, Case.owner_id))).all()
        picks = (await session.scalars(select(Assignment.end_reason))).all()
        events = (
            await session.scalars(select(AuditEvent.facts).where(AuditEvent.action == "admission.removed"))
        ).all()
    assert {case.kind for case in cases} == {"no_eligible_provider"}
    assert {case.subject_id for case in cases} == {two.begun, two.new}
    assert set(picks) == {"provider_left"}
    assert [facts["clients_may"] for facts in events] == ["choose_again"]
