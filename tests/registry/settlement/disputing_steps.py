"""Providers dispute lines, and are answered: steps of `test_whatever_happens`."""

from typing import Any, Final, Protocol, cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select, text

from registry.settlement.disputes.commands import OUTCOMES, answer_dispute, dispute_line, withdraw_dispute
from registry.settlement.disputes.model import LineDispute
from registry.settlement.model import StatementLine

PICK = st.integers(0, 2**16)

NOT_ONCE: Final = text("""
SELECT count(*) FROM (SELECT FROM statement_line l JOIN redemption r ON r.id = l.redemption_id
  GROUP BY r.id HAVING count(l.reversal_id) > 1
    OR coalesce(sum(l.amount_cents) FILTER (WHERE l.reversal_id IS NULL), -1) NOT IN (0, r.value_cents)
    OR sum(l.amount_cents) NOT IN (0, r.value_cents)) twice
""")
"""Redemptions of which more is stated than they came to, or less than nothing: a charge stands or waits, and its reversal
takes back no more than that."""


class Acting(Protocol):
    """What the steps need of the machine."""

    bank: Any
    there: Any

    def act(self, command: Any, *, by: Any = None, **arguments: Any) -> Any: ...

    def all(self, query: Any) -> Any: ...

    def one(self, query: Any, pick: int) -> Any: ...


class Disputing:
    """Of any line at any time: what cannot be disputed is refused, and what cannot wait does not."""

    @rule(pick=PICK)
    def provider_disputes(self, pick: int) -> None:
        machine = cast(Acting, self)
        line = machine.one(select(StatementLine).order_by(StatementLine.at, StatementLine.id), pick)
        if line is not None:
            provider = machine.bank.world.providers.index(line.provider_id)
            machine.act(
                dispute_line, by=machine.bank.world.provider_actor(provider), statement_id=line.statement_id,
                line_id=line.id, reason="ei pidä paikkaansa",
            )  # fmt: skip

    @precondition(lambda self: self.there.disputes > 0)
    @rule(pick=PICK, outcome=st.sampled_from((*OUTCOMES, "withdrawn")))
    def dispute_ends(self, pick: int, outcome: str) -> None:
        machine = cast(Acting, self)
        waiting = select(LineDispute).where(LineDispute.outcome.is_(None)).order_by(LineDispute.id)
        dispute = machine.one(waiting, pick)
        if dispute is None:
            return
        if outcome == "withdrawn":
            provider = machine.bank.world.providers.index(dispute.provider_id)
            by = machine.bank.world.provider_actor(provider)
            machine.act(withdraw_dispute, by=by, dispute_id=dispute.id)
        else:
            machine.act(answer_dispute, dispute_id=dispute.id, outcome=outcome, answer="katsottu")
