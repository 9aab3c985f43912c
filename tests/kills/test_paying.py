"""A process that is killed in the middle of paying, or of matching what the bank says, loses nothing and pays nothing
twice."""

import asyncio
import os
import random
from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import text

from registry.checks.bank import BANK
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.run import examine
from registry.settlement.bank.queries.exceptions import bank_less_books
from registry.shared.database import Database
from tests.kills.victims import Run, Victims, victims
from tests.registry.settlement.bank.paying import DAY, NOW, Bank, debit, give_account, paying_by_file
from tests.registry.settlement.builders import (
    IN_OCTOBER,
    OCTOBER,
    approve,
    close,
    invoice_csv,
    only_statement,
    redeem_at,
    send_invoice,
    show_voucher,
)

KILLS: Final = int(os.environ.get("KILLS", "12")) // 2
"""Of each of the two: what is owed, and what the bank says, takes long to set up."""
OWED: Final = (105_50, 60_00, 99_99)
"""To three providers."""


@pytest.fixture
def killed() -> Iterator[Victims]:
    with victims() as running:
        yield running


async def owing(database: Database, number: int) -> Bank:
    """Three approved statements, of three providers."""
    bank = await paying_by_file(database, account=False, code=f"alue-{number}")
    made = []
    for provider, cents in enumerate(OWED):
        await give_account(bank, provider=provider)
        shown = await show_voucher(database, bank.world, provider=provider)
        made.append(await redeem_at(database, bank.world, shown, cents, IN_OCTOBER, provider=provider))
    await close(database, bank.world, OCTOBER)
    for provider, cents in enumerate(OWED):
        statement_id = await only_statement(database, bank.world, OCTOBER, provider=provider)
        content = invoice_csv([(made[provider], cents)])
        sender = bank.world.provider_actor(provider)
        await send_invoice(database, bank.world, statement_id, content, by=sender)
        await approve(database, bank.world, statement_id, by=bank.maker)
    return bank


def job(bank: Bank, url: str, **more: Any) -> dict[str, Any]:
    return {
        "url": url, "organiser": str(bank.world.organiser_id), "account": str(bank.maker.id),
        "sender": str(bank.sender.id), "role": "finance_officer", "now": NOW.isoformat(), "day": DAY.isoformat(),
    } | more  # fmt: skip


_BOOKS: Final = text("""
SELECT (SELECT count(*) FROM payment_order) AS orders,
  (SELECT count(*) FROM payment_order WHERE state = 'booked' AND matched_cents = amount_cents) AS booked,
  (SELECT count(*) FROM bank_booking) AS bookings, (SELECT count(*) FROM payment) AS payments,
  (SELECT count(*) FROM statement WHERE state = 'paid') AS paid,
  (SELECT coalesce(sum(amount_cents), 0)::bigint FROM transfer WHERE to_account = 'bank') AS cents,
  (SELECT count(*) FROM bank_match m WHERE undoes IS NULL
     AND NOT EXISTS (SELECT FROM bank_match u WHERE u.undoes = m.id)) AS matches
""")


async def books(bank: Bank) -> Any:
    async with bank.database.transaction(bank.maker.sight) as session:
        return (await session.execute(_BOOKS)).one()


async def broken(bank: Bank) -> list[str]:
    """What the money's own checks find, and what stands between bank and books."""
    async with bank.database.transaction(bank.maker.sight) as session:
        found = [await examine(session, one) for one in (*LEDGER, *SETTLEMENT, *BANK)]
        differs = await bank_less_books(session, organiser_id=bank.world.organiser_id)
    # the builders write a provider's bank account without a request
    names = [one.name for one in found if not one.ok and not one.name.startswith("accounts")]
    return names + ([f"bank less books: {differs}"] if differs else [])


async def test_paying_killed_anywhere(database: Database, app_url: str, killed: Victims) -> None:
    whole, in_the_middle, kills, worlds = 0.0, 0, 0, 0
    all_ = len(OWED)
    while kills < KILLS:
        worlds += 1
        bank = await owing(database, worlds)
        work = job(bank, app_url, do="pay")
        said: dict[str, str] = {}
        for _ in range(4 if whole else 0):  # the first time tells how long it takes
            run: Run = await asyncio.to_thread(
                killed.run, work, kill_after=random.uniform(0, whole / 20), once_said=(kills + worlds) % 4
            )
            now = await books(bank)
            assert now.orders in (0, all_), "a batch is made whole or not at all"
            assert now.payments == now.paid
            assert now.cents in (0, sum(OWED)), "a batch is paid whole or not at all"
            said |= run.said
            assert sum(key.startswith("booked:") for key in said) <= now.booked, "every yes is in the books"
            if not run.killed:
                break
            kills += 1
            in_the_middle += 0 < now.orders + now.paid + now.booked < 3 * all_
        for _ in range(2):  # taken up again, and once more
            again: Run = await asyncio.to_thread(killed.run, work)
            assert again.status == 0
            whole = max(whole, again.seconds)
        assert tuple(await books(bank)) == (all_, all_, all_, all_, all_, sum(OWED), all_)
        assert await broken(bank) == []
    assert in_the_middle, "no process was killed in the middle"


async def test_matching_killed_anywhere(database: Database, app_url: str, killed: Victims) -> None:
    whole = 0.0
    for round_ in range(KILLS + 1):  # the first time tells how long it takes
        bank = await owing(database, round_)
        await bank.order()
        await bank.says(*[debit(order) for order in await bank.orders()])
        work = job(bank, app_url, do="match")
        if round_:
            run: Run = await asyncio.to_thread(killed.run, work, kill_after=random.uniform(0, 1.2 * whole))
            now = await books(bank)
            assert now.matches in (0, len(OWED)), "all of what was found, or nothing"
            assert not run.said or now.matches
        again: Run = await asyncio.to_thread(killed.run, work)
        assert again.status == 0
        whole = whole or again.seconds
        now = await books(bank)
        assert (now.matches, now.booked, now.cents) == (len(OWED), len(OWED), sum(OWED))
        assert await broken(bank) == []
