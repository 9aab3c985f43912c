"""Whatever sequence of redeeming, reversing, closing, invoicing, approving, paying, returning and undoing is run: the
trial balance is zero, no cent is paid twice, and the exceptions explain exactly what stands between books and bank.

On real PostgreSQL, through the application's own commands. `KILLS=200` (`make soak`) plays many more, and new ones.
"""

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from registry.checks.bank import BANK
from registry.checks.claims import CLAIMS
from registry.checks.einvoices import EINVOICES
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.run import examine
from registry.settlement.bank.commands import (
    approve_batch,
    fail_order,
    import_bank_file,
    make_batch,
    match_by_hand,
    match_open,
    set_aside,
    undo_match,
)
from registry.settlement.bank.model import BankBooking, BankMatch, PaymentOrder
from registry.settlement.bank.queries.exceptions import bank_less_books, exceptions
from registry.settlement.bank.target_days import next_target_day
from registry.settlement.claims.commands import (
    cancel_claim,
    decide_write_off,
    make_claim,
    propose_write_off,
    receive_by_hand,
    undo_receipt,
)
from registry.settlement.claims.model import Claim, ClaimReceipt
from registry.settlement.claims.rules import NETTING_DAYS
from registry.settlement.commands import approve_statement, close_month, receive_invoice
from registry.settlement.model import Statement, StatementLine
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.errors import Invalid, Refused
from registry.shared.period import local_date
from tests.registry.settlement.bank.camt_files import Detail, Entry, File, camt
from tests.registry.settlement.bank.paying import Bank, credit, debit, give_account, paying_by_file
from tests.registry.settlement.builders import LATER, invoice_csv, redeem_at, reverse_at, show_voucher
from tests.registry.settlement.disputing_steps import NOT_ONCE, PICK, Disputing

MANY: Final = "KILLS" in os.environ
BEGIN: Final = datetime(2026, 3, 10, 9, tzinfo=UTC)
CENTS = st.sampled_from((1, 99, 12_34, 60_00, 999_99))

_BALANCE: Final = text("""
SELECT coalesce(sum(amount), 0)::bigint FROM (
  SELECT amount_cents AS amount FROM transfer UNION ALL SELECT -amount_cents FROM transfer) moved
""")
_BY_ACCOUNT: Final = text("""
SELECT account, sum(amount)::bigint AS cents FROM (
  SELECT to_account AS account, amount_cents AS amount FROM transfer
  UNION ALL SELECT from_account, -amount_cents FROM transfer) moved GROUP BY account
""")
_PAID: Final = text("""
SELECT s.id, s.number, s.total_cents, s.state, (SELECT count(*) FROM payment_order o
    WHERE o.statement_id = s.id AND o.state IN ('drafted', 'ordered', 'booked')) AS live,
  (SELECT count(DISTINCT p.payment_id) FROM paid_statement p WHERE p.statement_id = s.id) AS payments
FROM statement s
""")
_LEFT: Final = text("""
SELECT p.id, p.amount_cents,
  coalesce(sum(CASE t.kind WHEN 'pay_returned' THEN -t.amount_cents ELSE t.amount_cents END), 0)::bigint AS left_cents
FROM payment p LEFT JOIN transfer t ON t.reference_id = p.id AND t.kind IN ('pay', 'pay_again', 'pay_returned')
GROUP BY p.id
""")
_PARTLY: Final = text("""
SELECT coalesce(sum(received_cents + written_off_cents), 0)::bigint FROM claim WHERE state IN ('claimed', 'partly_paid')
""")
_THERE: Final = text("""
SELECT (SELECT count(*) FROM statement WHERE state IN ('closed', 'disputed')) AS to_invoice,
  (SELECT count(*) FROM statement WHERE state = 'matched') AS to_approve,
  (SELECT count(*) FROM statement WHERE state = 'approved') AS to_pay,
  (SELECT count(*) FROM payment_order) AS orders, (SELECT count(*) FROM bank_booking) AS bookings,
  (SELECT count(*) FROM bank_match WHERE undoes IS NULL) AS matches,
  (SELECT count(*) FROM transfer WHERE kind = 'pay_returned') AS returned,
  (SELECT count(*) FROM transfer WHERE kind = 'pay_again') AS again,
  (SELECT count(*) FROM statement WHERE state = 'approved' AND total_cents < 0) AS credits,
  (SELECT count(*) FROM claim) AS claims, (SELECT count(*) FROM claim_receipt WHERE undoes IS NULL) AS receipts,
  (SELECT count(*) FROM transfer WHERE kind = 'write_off') AS given_up,
  (SELECT count(*) FROM line_dispute WHERE outcome IS NULL) AS disputes,
  (SELECT count(*) FROM statement_line WHERE return_id IS NOT NULL) AS came_back
""")


def there_are(name: str) -> Any:
    """A step for which there is nothing is not tried: sequences would be long and empty."""
    return precondition(lambda self: getattr(self.there, name) > 0)


class Money(Disputing, RuleBasedStateMachine):
    """An organiser, two providers and a bank. A step that the rules refuse is no step."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    worlds: ClassVar[int] = 0
    seen: ClassVar[set[str]] = set()
    """What there was at the end of some sequence."""

    def run(self, act: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(act)

    @initialize()
    def begin(self) -> None:
        Money.worlds += 1
        self.now, self.turn, self.redemptions = BEGIN, 0, list[tuple[UUID, int]]()
        self.run(self._begin())
        for provider in range(2):
            for cents in (60_00, 12_34):
                self.redeems(provider, cents)
        self.month_passes()

    async def _begin(self) -> None:
        code = f"alue-{Money.worlds}"
        self.bank: Bank = await paying_by_file(self.database, tolerance_cents=2, account=False, code=code)
        self.shown = []
        for provider in range(2):
            await give_account(self.bank, provider=provider)
            self.shown.append(await show_voucher(self.database, self.bank.world, provider=provider))

    async def _act(self, actor: Actor, command: Any, **arguments: Any) -> Any:
        async with self.database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=self.now, **arguments)

    def act(self, command: Any, *, by: Actor | None = None, **arguments: Any) -> Any:
        try:
            return self.run(self._act(by or self.bank.maker, command, **arguments))
        except (Refused, Invalid):
            return None

    def all(self, query: Any) -> Sequence[Any]:
        async def found() -> Sequence[Any]:
            async with self.database.transaction(self.bank.maker.sight) as session:
                return (await session.scalars(query)).all()

        return self.run(found())  # type: ignore[no-any-return]

    def one(self, query: Any, pick: int) -> Any:
        rows = self.all(query)
        return rows[pick % len(rows)] if rows else None

    # --- what people and the bank do ---

    @precondition(lambda self: self.now < LATER)  # then the vouchers end
    @rule(provider=st.integers(0, 1), cents=CENTS)
    def redeems(self, provider: int, cents: int) -> None:
        at = self.shown[provider]
        made = redeem_at(self.database, self.bank.world, at, cents, self.now, provider=provider)
        self.redemptions.append((self.run(made), provider))

    @precondition(lambda self: self.redemptions)
    @rule(pick=PICK)
    def reverses(self, pick: int) -> None:
        redemption, provider = self.redemptions.pop(pick % len(self.redemptions))
        with suppress(Refused):  # the answer to a dispute may have reversed it
            self.run(reverse_at(self.database, self.bank.world, redemption, self.now, provider=provider))

    @rule()
    def month_passes(self) -> None:
        month = local_date(self.now).replace(day=1)
        self.now = (self.now + timedelta(days=32)).replace(day=10)
        for _ in range(2):  # closing it again is closing it once
            self.act(close_month, month=month)

    @there_are("to_invoice")
    @rule(pick=PICK, wrong=st.sampled_from((0, 0, 0, 7)))
    def invoices(self, pick: int, wrong: int) -> None:
        open_ = select(Statement).where(Statement.state.in_(("closed", "disputed"))).order_by(Statement.id)
        statement = self.one(open_, pick)
        if statement is None:
            return
        lines = self.all(select(StatementLine).where(StatementLine.statement_id == statement.id))
        charges = {line.redemption_id for line in lines if line.amount_cents > 0}
        charged = [
            (line.redemption_id, line.amount_cents + wrong)
            for line in lines
            if line.amount_cents > 0 or line.redemption_id not in charges
        ]
        # what waits is left out, but not by who errs
        waits = {line.redemption_id for line in lines if line.dispute_id is not None and not wrong}
        charged = [charge for charge in charged if charge[0] not in waits]
        self.turn += 1
        content = invoice_csv(charged, number=str(self.turn), day=local_date(self.now).isoformat())
        provider = self.bank.world.providers.index(statement.provider_id)
        self.act(
            receive_invoice, by=self.bank.world.provider_actor(provider), statement_id=statement.id,
            file_name="lasku.csv", content=content,
        )  # fmt: skip

    @there_are("to_approve")
    @rule(pick=PICK)
    def approves(self, pick: int) -> None:
        statement = self.one(
            select(Statement).where(Statement.state == "matched").order_by(Statement.id), pick
        )
        if statement is not None:
            self.act(approve_statement, statement_id=statement.id)

    @there_are("to_pay")
    @rule()
    def pays(self) -> None:
        day = next_target_day(local_date(self.now))
        batch_id = self.act(make_batch, execute_on=day)
        if batch_id is not None:
            self.act(approve_batch, by=self.bank.sender, batch_id=batch_id)

    @there_are("orders")
    @rule(pick=PICK, off=st.sampled_from((0, 0, 0, 1, -2, 50, -3_000)))
    def bank_books(self, pick: int, off: int) -> None:
        order = self.one(select(PaymentOrder).order_by(PaymentOrder.id), pick)
        if order is not None and order.amount_cents + off > 0:
            self.says(debit(order, order.amount_cents + off, ref=f"D-{self.turn}"))

    @there_are("orders")
    @rule(pick=PICK)
    def bank_sends_back(self, pick: int) -> None:
        order = self.one(select(PaymentOrder).order_by(PaymentOrder.id), pick)
        if order is not None:
            self.says(credit(order, ref=f"C-{self.turn}"))

    @rule(way=st.sampled_from((1, -1)))
    def bank_tells_of_something_else(self, way: int) -> None:
        self.says(Entry(way * 7_00, (Detail(7_00, own_ref=f"S-{self.turn}"),)))

    def says(self, entry: Entry) -> None:
        self.turn += 1
        content = camt(File("053", 8, (entry,), statement_id=f"STMT-{Money.worlds}-{self.turn}"))
        self.act(import_bank_file, file_name="tiliote.xml", content=content)

    @there_are("orders")
    @rule(pick=PICK)
    def order_fails(self, pick: int) -> None:
        order = self.one(select(PaymentOrder).order_by(PaymentOrder.id), pick)
        if order is not None:
            self.act(fail_order, order_id=order.id, reason="hylätty")

    @there_are("bookings")
    @rule(pick=PICK, other=PICK)
    def somebody_matches(self, pick: int, other: int) -> None:
        booking = self.one(select(BankBooking).order_by(BankBooking.id), pick)
        order = self.one(select(PaymentOrder).order_by(PaymentOrder.id), other)
        if booking is not None and order is not None:
            self.act(match_by_hand, booking_id=booking.id, order_id=order.id)

    @there_are("matches")
    @rule(pick=PICK)
    def somebody_unmatches(self, pick: int) -> None:
        match = self.one(select(BankMatch).where(BankMatch.undoes.is_(None)).order_by(BankMatch.id), pick)
        if match is not None:
            self.act(undo_match, match_id=match.id)

    @there_are("bookings")
    @rule(pick=PICK, aside=st.booleans())
    def somebody_sets_aside(self, pick: int, aside: bool) -> None:
        booking = self.one(select(BankBooking).order_by(BankBooking.id), pick)
        if booking is not None:
            self.act(set_aside, booking_id=booking.id, aside=aside)

    @there_are("bookings")
    @rule()
    def matches_again(self) -> None:
        self.act(match_open)

    @precondition(lambda self: self.redemptions)
    @rule(provider=st.integers(0, 1))
    def provider_comes_to_owe(self, provider: int) -> None:
        """All that one has earned is paid, and then taken back: a credit that nothing is there to net."""
        self.everybody_does_their_part()
        for place in reversed([n for n, (_, whose) in enumerate(self.redemptions) if whose == provider]):
            self.reverses(place)
        self.month_passes()
        self.nothing_is_lost_or_paid_twice()
        self.everybody_does_their_part()

    @there_are("credits")
    @rule(pick=PICK, both=st.booleans(), paid=st.sampled_from((None, 0, -1, 50)))
    def somebody_claims(self, pick: int, both: bool, paid: int | None) -> None:
        """What nobody nets for a quarter is claimed."""
        self.now += timedelta(days=NETTING_DAYS + 1)
        waiting = self.all(
            select(Statement)
            .where(Statement.state == "approved", Statement.total_cents < 0)
            .order_by(Statement.id)
        )
        chosen = waiting[pick % len(waiting)]
        ids = [one.id for one in waiting if one.provider_id == chosen.provider_id] if both else [chosen.id]
        made = self.act(make_claim, statement_ids=ids)
        if made is not None and paid is not None:
            self.provider_pays(-1, paid)

    def claim(self, pick: int) -> Any:
        return self.one(select(Claim).order_by(Claim.id), pick)

    @there_are("claims")
    @rule(pick=PICK, off=st.sampled_from((0, 0, -1, -12_00, 50)))
    def provider_pays(self, pick: int, off: int) -> None:
        claim = self.claim(pick)
        cents = claim.amount_cents + off
        if cents > 0:
            detail = Detail(cents, reference=claim.reference, own_ref=f"P-{self.turn}")
            self.says(Entry(cents, (detail,)))

    @there_are("claims")
    @rule(pick=PICK, other=PICK)
    def somebody_receives(self, pick: int, other: int) -> None:
        booking = self.one(select(BankBooking).order_by(BankBooking.id), other)
        if booking is not None:
            self.act(receive_by_hand, booking_id=booking.id, claim_id=self.claim(pick).id)

    @there_are("receipts")
    @rule(pick=PICK)
    def somebody_takes_a_receipt_back(self, pick: int) -> None:
        query = select(ClaimReceipt).where(ClaimReceipt.undoes.is_(None)).order_by(ClaimReceipt.id)
        self.act(undo_receipt, receipt_id=self.one(query, pick).id)

    @there_are("claims")
    @rule(pick=PICK, approve=st.booleans())
    def somebody_gives_up(self, pick: int, approve: bool) -> None:
        claim_id = self.claim(pick).id
        self.act(propose_write_off, claim_id=claim_id, reason="konkurssi")
        self.act(decide_write_off, by=self.bank.sender, claim_id=claim_id, approve=approve)

    @there_are("claims")
    @rule(pick=PICK)
    def somebody_cancels(self, pick: int) -> None:
        self.act(cancel_claim, claim_id=self.claim(pick).id, reason="väärä")

    @rule()
    def everybody_does_their_part(self) -> None:
        """The usual way: what is stated is invoiced, approved and paid, and the bank books it."""
        for place in range(self.there.to_invoice):
            self.invoices(place, 0)
        for _ in range(len(self.all(select(Statement.id).where(Statement.state == "matched")))):
            self.approves(0)
        self.pays()
        for order in self.all(select(PaymentOrder).where(PaymentOrder.state == "ordered")):
            self.says(debit(order, ref=f"D-{self.turn}"))

    # --- what holds after each of it ---

    @invariant()
    def nothing_is_lost_or_paid_twice(self) -> None:
        self.run(self._holds())

    async def _holds(self) -> None:
        async with self.database.transaction(self.bank.maker.sight) as session:
            self.there = (await session.execute(_THERE)).one()
            assert await session.scalar(_BALANCE) == 0, "trial balance"
            accounts = {row.account: row.cents for row in await session.execute(_BY_ACCOUNT)}
            statements = (await session.execute(_PAID)).all()
            for row in statements:
                assert row.live <= 1, f"{row.number} is on its way twice"
                assert row.payments <= 1, f"{row.number} is in two payments"
            assert await session.scalar(NOT_ONCE) == 0, "a redemption is stated once, and so is its reversal"
            for row in await session.execute(_LEFT):
                assert row.left_cents in (0, row.amount_cents), "left the account once, or came back"
            owed = sum(row.total_cents for row in statements if row.state == "approved")
            owed += await session.scalar(_PARTLY) or 0
            assert accounts.get("payable", 0) == owed, (
                "what is owed is what is approved and not paid or claimed"
            )
            now, organiser_id = self.now, self.bank.world.organiser_id
            rows = await exceptions(session, organiser_id=organiser_id, now=now)
            differs = await bank_less_books(session, organiser_id=organiser_id)
            assert sum(row.explains_cents for row in rows) == differs, "the exceptions explain the difference"

    def teardown(self) -> None:
        self.run(self._checked())
        Money.seen.update({name for name, count in self.there._mapping.items() if count})

    async def _checked(self) -> None:
        async with self.database.transaction(self.bank.maker.sight) as session:
            found = [
                await examine(session, one) for one in (*LEDGER, *SETTLEMENT, *EINVOICES, *BANK, *CLAIMS)
            ]
        # the builders write a provider's bank account without a request
        assert [one.name for one in found if not one.ok and not one.name.startswith("accounts")] == []


@pytest.fixture
def machine(app_url: str) -> Iterator[type[Money]]:
    """Commands wait for the database on a loop of their own: hypothesis knows none."""
    with asyncio.Runner() as runner:
        Money.runner, Money.database = runner, Database(app_url, pool_size=4)
        yield Money
        runner.run(Money.database.close())


def test_whatever_happens_books_and_bank_are_explained(machine: type[Money]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100 if MANY else 6,
            stateful_step_count=40 if MANY else 30,
            derandomize=not MANY,
            deadline=None,
            database=None,
            phases=(Phase.generate, *([Phase.shrink] if MANY else [])),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.seen >= {"orders", "bookings", "matches"}, "nothing much happened"


def test_the_way_of_a_debt_is_among_what_happens(machine: type[Money]) -> None:
    """Claimed, paid in part, taken back, given up, paid after all and too much: steps that few sequences come to."""
    money = machine()
    money.begin()
    money.nothing_is_lost_or_paid_twice()
    for step, arguments in (
        (money.provider_comes_to_owe, {"provider": 0}),
        (money.somebody_claims, {"pick": 0, "both": True, "paid": -12_00}),
        (money.somebody_cancels, {"pick": 0}),
        (money.somebody_takes_a_receipt_back, {"pick": 0}),
        (money.matches_again, {}),
        (money.somebody_gives_up, {"pick": 0, "approve": True}),
        (money.provider_pays, {"pick": 0, "off": 50}),
        (money.everybody_does_their_part, {}),
    ):
        step(**arguments)
        money.nothing_is_lost_or_paid_twice()
    (claim,) = money.all(select(Claim))
    assert (claim.state, claim.received_cents, money.there.given_up) == ("paid", claim.amount_cents, 1)
    money.teardown()


def test_the_way_of_a_disputed_line_is_among_what_happens(machine: type[Money]) -> None:
    """Taken off before the invoice, back after its answer, taken off again, reversed while it waits: nothing is owed."""
    money = machine()
    money.begin()
    money.nothing_is_lost_or_paid_twice()
    for step, arguments in (
        (money.provider_disputes, {"pick": 0}),
        (money.everybody_does_their_part, {}),
        (money.dispute_ends, {"pick": 0, "outcome": "rejected"}),
        (money.month_passes, {}),
        (money.provider_disputes, {"pick": -1}),
        (money.reverses, {"pick": 0}),
        (money.month_passes, {}),
        (money.everybody_does_their_part, {}),
        (money.dispute_ends, {"pick": 0, "outcome": "reversed"}),
        (money.month_passes, {}),
    ):
        step(**arguments)
        money.nothing_is_lost_or_paid_twice()
    assert (money.there.came_back, money.there.disputes, money.there.to_invoice) == (2, 0, 0)
    money.teardown()
