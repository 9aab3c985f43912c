"""Companies: their own share, their declaration of aid, the ceiling, and what the law makes free."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid, Refused
from registry.shared.settings import Keys
from registry.vouchers.changing.commands import raise_voucher
from registry.vouchers.companies.commands import AidLine, declare_aid
from registry.vouchers.companies.queries import CompanyAid, company_aid
from registry.vouchers.companies.rules import Aid, counted, window_begins
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

TERMS: dict[str, Any] = {
    "kind": "euros", "value_cents": 100_000_00, "units": None, "unit_name": None, "unit_price_ceiling_cents": 100_00,
    "own_share_allowed": True, "de_minimis": True, "validity_days": 365,
}  # fmt: skip


class Companies(Steps):
    async def declare(self, *aid: AidLine) -> None:
        actor = self.client(None)
        async with self.database.transaction(actor.sight) as session:
            await declare_aid(session, actor=actor, now=self.now, client_id=self.world.client_id, aid=aid)

    async def aid(self) -> CompanyAid:
        async with self.database.transaction(self.client(None).sight) as session:
            return await company_aid(session, client_id=self.world.client_id, on=self.now.date())


@pytest.fixture
async def companies(database: Database, keys: Keys) -> Companies:
    world = await build_world(database, terms=TERMS, audience="company")
    steps = Companies(database, world, keys)
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE client_person SET identity_hash = 'x'::bytea"))
    return steps


async def test_aid_counts_at_grant_and_never_goes_above_the_ceiling(companies: Companies) -> None:
    with pytest.raises(Refused, match="not_declared"):
        await companies.grant()
    await companies.declare((TODAY - timedelta(days=400), "Business Finland", 120_000_00),
                            (TODAY - timedelta(days=4 * 365), "Liian vanha", 290_000_00))  # fmt: skip
    first = await companies.grant()
    with pytest.raises(Refused) as refused:
        await companies.grant()
    assert refused.value.code == "aid.above_ceiling"
    assert refused.value.facts == {
        "wanted_cents": 100_000_00, "before_cents": 220_000_00, "ceiling_cents": 300_000_00, "left_cents": 80_000_00,
    }  # fmt: skip
    await companies.cancel(first)
    stands = await companies.aid()
    assert (stands.counted_cents, stands.left_cents) == (220_000_00, 80_000_00), (
        "it counted when it was granted"
    )
    both = await asyncio.gather(
        *(companies.grant(value_cents=50_000_00) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, Refused) for one in both) == 2, "only one more fits, whoever is first"
    assert (await companies.aid()).left_cents == 30_000_00
    actor = companies.world[Role.CASE_WORKER]
    voucher_id = next(one for one in both if not isinstance(one, BaseException))
    for cents, fits in ((30_000_01, False), (30_000_00, True)):
        async with companies.database.transaction(actor.sight) as session:
            raising = raise_voucher(
                session, actor=actor, now=NOW, voucher_id=voucher_id, reason="more_needed", cents=cents
            )
            if fits:
                await raising
            else:
                with pytest.raises(Refused, match="above_ceiling"):
                    await raising
    assert (await companies.aid()).left_cents == 0
    companies.now = NOW + timedelta(days=3 * 366)
    assert (await companies.aid()).counted_cents == 0, "three years later nothing of it counts"
    assert await companies.unfit() == []


async def test_the_company_pays_what_the_price_is_above_the_value(companies: Companies) -> None:
    await companies.declare()
    async with companies.database.transaction(companies.world.sight) as session:
        await session.execute(text("UPDATE admission SET unit_price_cents = 15000"))
    voucher_id, shown = await companies.opened(value_cents=500_00)
    redeemed = await companies.redeem(shown, 2_00, 150_00)
    assert (redeemed.price_cents, redeemed.value_cents, redeemed.own_share_cents) == (300_00, 200_00, 100_00)
    assert (await companies.voucher(voucher_id)).available_cents == 300_00
    assert await companies.unfit() == []


async def test_who_declares_and_what(companies: Companies) -> None:
    for wrong in ((TODAY + timedelta(days=1), "Joku", 1), (TODAY, "Joku", 0), (TODAY, "Joku", 10**12)):
        with pytest.raises(Invalid):
            await companies.declare(wrong)
    async with companies.database.transaction(companies.world.sight) as session:
        await session.execute(text("UPDATE client_person SET identity_hash = NULL"))
    with pytest.raises(Refused, match="business_id_missing"):
        await companies.declare()


FREE = (
    "UPDATE service SET free_by_law = true",
    "UPDATE voucher SET own_share_allowed = false",
    "INSERT INTO voucher_terms SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),"
    " 'version', 2, 'own_share_allowed', true))).* FROM voucher_terms t",
)


async def test_no_own_share_where_the_law_makes_the_service_free_whatever_the_code(
    database: Database, keys: Keys
) -> None:
    paid = await build_world(database, terms={"own_share_allowed": True})
    steps = Steps(database, paid, keys)
    await steps.grant()
    for statement in FREE[:2]:  # the terms in force take a share; a voucher has its terms' word
        with pytest.raises(DBAPIError, match=r"own share|own_share_allowed"):
            async with database.transaction(paid.sight) as session:
                await session.execute(text(statement))
    free = await build_world(database, code="turku")
    steps = Steps(database, free, keys)
    voucher_id, shown = await steps.opened()
    redemption = await steps.redeem(shown)
    harms = (
        (FREE[2] + f" WHERE service_id = '{free.service_id}'", "own share"),
        (f"UPDATE voucher SET own_share_allowed = true WHERE id = '{voucher_id}'", "own_share_allowed"),
        (f"UPDATE redemption SET own_share_cents = 1, price_cents = price_cents + 1, net_cents = net_cents + 1"
         f" WHERE id = '{redemption.id}'", "free_stays_free"),
        (f"UPDATE redemption SET own_share_allowed = true WHERE id = '{redemption.id}'", "own_share_allowed"),
    )  # fmt: skip
    for statement, why in harms:
        with pytest.raises((IntegrityError, DBAPIError), match=why):
            async with database.transaction(free.sight) as session:
                await session.execute(text(statement))


@pytest.mark.parametrize(
    ("on", "begins"),
    [
        (date(2026, 11, 22), date(2023, 11, 23)),
        (date(2028, 2, 29), date(2025, 3, 1)),
        (date(2027, 2, 28), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2024, 1, 1)),
    ],
)
def test_three_rolling_years_end_with_the_day_of_the_grant(on: date, begins: date) -> None:
    assert window_begins(on, 3) == begins
    aid = [
        Aid(begins - timedelta(days=1), 1),
        Aid(begins, 10),
        Aid(on, 100),
        Aid(on + timedelta(days=1), 1_000),
    ]
    assert counted(aid, on=on, years=3) == 110
