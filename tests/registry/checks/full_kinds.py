"""Of each kind of voucher one life, as the application's commands leave it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from registry.choice.commands import renew_voucher
from registry.shared.actor import Role, Sight
from registry.shared.database import Database
from registry.shared.settings import Keys
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.changing.commands import lower_voucher, raise_voucher
from registry.vouchers.commands import GrantOrder
from registry.vouchers.companies.commands import declare_aid
from registry.vouchers.retroactive.commands import decide_retroactive, propose_retroactive
from tests.builders import NOW, TODAY, World, add_account, build_world
from tests.registry.vouchers.kinds.test_allowances import TERMS as MONTHS
from tests.registry.vouchers.kinds.test_allowances import Months, due
from tests.registry.vouchers.kinds.test_companies import TERMS as AID
from tests.registry.vouchers.kinds.test_results import FILE, Results
from tests.registry.vouchers.kinds.test_results import TERMS as RESULTS
from tests.registry.vouchers.steps import Steps


async def of_each_kind(database: Database, keys: Keys) -> list[World]:
    return [
        await _months(database, keys),
        await _results(database, keys),
        await _company(database, keys),
        await _decided(database, keys),
    ]


async def _months(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="kuukausi", terms=MONTHS | {"carry_over": False}, providers=1)
    steps = Months(database, world, keys)
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 50)
    actor = world[Role.CASE_WORKER]
    async with database.transaction(actor.sight) as session:
        await raise_voucher(
            session, actor=actor, now=NOW, voucher_id=voucher_id, reason="more_needed", cents=10_00
        )
    await steps.at(due(3))
    return world


async def _results(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="tulos", terms=RESULTS, providers=1)
    steps = Results(database, world, keys)
    _, shown = await steps.opened()
    for reached in (False, True):
        claim_id = await steps.claim(shown, "completed", file=FILE)
        await steps.decide(claim_id, reached, None if reached else "too_early")
    wrong = await steps.claim(shown, "start", words="Aloitettu")
    await steps.decide(wrong, actor=steps.client(None))
    redemption_id = (await steps.claims())[-1].redemption_id
    assert redemption_id is not None
    await steps.reverse(redemption_id)
    await steps.claim(shown, "employed_3_months", words="Töissä")
    return world


async def _company(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="yritys", terms=AID, audience="company", providers=1)
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("UPDATE client_person SET identity_hash = 'x'::bytea WHERE client_id = :c"),
            {"c": world.client_id},
        )
    actor = world[Role.CLIENT]
    async with database.transaction(actor.sight) as session:
        await declare_aid(
            session, actor=actor, now=NOW, client_id=world.client_id, aid=[(TODAY, "Joku", 1_00)]
        )
    await Steps(database, world, keys).grant()
    return world


async def _decided(database: Database, keys: Keys) -> World:
    world = await build_world(database, code="takautuva", terms={"retroactive_days": 10}, providers=1)
    steps, actor = Steps(database, world, keys), world[Role.CASE_WORKER]
    async with database.transaction(world.sight) as session:
        second, _ = await add_account(
            session, "Toinen", Role.CASE_WORKER, organiser_id=world.organiser_id,
            sight=Sight(organisers=(world.organiser_id,)),
        )  # fmt: skip
    order = GrantOrder(world.client_id, world.service_id, world.budget_line_id)
    common: dict[str, Any] = {"now": NOW}
    async with database.transaction(actor.sight) as session:
        proposal_id = await propose_retroactive(
            session,
            actor=actor,
            order=order,
            events_from=TODAY - timedelta(days=9),
            reason="urgent_start",
            **common,
        )
    async with database.transaction(second.sight) as session:
        await decide_retroactive(session, actor=second, proposal_id=proposal_id, approve=True, **common)
    voucher_id = await steps.grant(validity_days=20)
    async with database.transaction(actor.sight) as session:
        await lower_voucher(
            session, actor=actor, voucher_id=voucher_id, reason="less_needed", units=1_00,
            hearing=Hearing(HeardHow.WRITING, TODAY), **common,
        )  # fmt: skip
        await renew_voucher(session, actor=actor, keys=keys, voucher_id=voucher_id, **common)
    return world
