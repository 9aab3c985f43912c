"""The books: what the callers counted from the answers they got, beside what the database says. To the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.database import Database
from registry.trial.town import Town


@dataclass(slots=True)
class Tally:
    """Cents as the callers counted them, answer by answer; they never look into the database."""

    granted: int = 0
    charged: int = 0
    """Charged at once, or captured."""
    reversed: int = 0
    returned: int = 0
    """Given back to the budget: by refusals, cancellations and, at the end, whatever nobody drew."""
    own_shares: int = 0
    """What clients pay themselves; never public money."""
    stated: int = 0
    approved: int = 0
    paid: int = 0

    @property
    def kept(self) -> int:
        """Charged and not reversed."""
        return self.charged - self.reversed


@dataclass(frozen=True, slots=True)
class Line:
    """One sum, as each book has it."""

    what: str
    by_callers: int
    by_database: Mapping[str, int] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return all(cents == self.by_callers for cents in self.by_database.values())

    @property
    def difference(self) -> int:
        """The largest distance of any book from what the callers counted."""
        return max((abs(cents - self.by_callers) for cents in self.by_database.values()), default=0)


_TRANSFERS: Final = text("SELECT kind, sum(amount_cents)::bigint AS cents FROM transfer GROUP BY kind")
_SUMS: Final = text(
    """
    SELECT 'granted' AS name, coalesce(sum(granted_cents), 0)::bigint AS cents FROM voucher
    UNION ALL SELECT 'available', coalesce(sum(available_cents), 0)::bigint FROM voucher
    UNION ALL SELECT 'reserved', coalesce(sum(reserved_cents), 0)::bigint FROM voucher
    UNION ALL SELECT 'captured', coalesce(sum(captured_cents), 0)::bigint FROM voucher
    UNION ALL SELECT 'returned', coalesce(sum(returned_cents), 0)::bigint FROM voucher
    UNION ALL SELECT 'budget', coalesce(sum(granted_cents), 0)::bigint
      - (SELECT coalesce(sum(committed_cents), 0)::bigint FROM voucher) FROM budget_line
    UNION ALL SELECT 'own_shares', coalesce(sum(own_share_cents), 0)::bigint FROM redemption
      WHERE state = 'captured'
    UNION ALL SELECT 'reversals', coalesce(sum(value_cents), 0)::bigint FROM reversal
    UNION ALL SELECT 'statements', coalesce(sum(total_cents), 0)::bigint FROM statement
    UNION ALL SELECT 'lines', coalesce(sum(amount_cents), 0)::bigint FROM statement_line
    UNION ALL SELECT 'invoices', coalesce(sum(total_cents), 0)::bigint FROM invoice WHERE rejected_at IS NULL
    UNION ALL SELECT 'payments', coalesce(sum(amount_cents), 0)::bigint FROM payment
    """
)


async def compare(database: Database, town: Town, tally: Tally) -> list[Line]:
    """Every sum of the trial in every book that has it."""
    async with database.transaction(town.sight) as session:
        moved = await _named(session, _TRANSFERS)
        sums = await _named(session, _SUMS)
    return lines(tally, moved, sums)


async def _named(session: AsyncSession, query: object) -> dict[str, int]:
    rows = await session.execute(query)  # type: ignore[call-overload]
    return {name: int(cents) for name, cents in rows}


def lines(tally: Tally, moved: Mapping[str, int], sums: Mapping[str, int]) -> list[Line]:
    """The sums in the order in which money moves; `moved` is by kind of transfer."""
    charged = moved.get("redeem", 0) + moved.get("capture", 0)
    returned = moved.get("return", 0)
    reversed_ = moved.get("reverse", 0)
    owed = moved.get("approve_statement", 0) - moved.get("approve_credit", 0)
    still_held = sums["available"] + sums["reserved"]
    return [
        Line("granted from the budget", tally.granted, {"ledger": moved.get("grant", 0), "vouchers": sums["granted"]}),
        Line("charged by providers", tally.charged, {"ledger": charged}),
        Line("reversed", tally.reversed, {"ledger": reversed_, "reversals": sums["reversals"]}),
        Line(
            "charged and kept", tally.kept,
            {"ledger": charged - reversed_, "vouchers": sums["captured"], "statement lines": sums["lines"]},
        ),
        Line("stated and invoiced", tally.stated, {"statements": sums["statements"], "invoices": sums["invoices"]}),
        Line("approved", tally.approved, {"ledger": owed}),
        Line("paid to providers", tally.paid, {"ledger": moved.get("pay", 0), "payments": sums["payments"]}),
        Line("returned to the budget", tally.returned, {"ledger": returned, "vouchers": sums["returned"]}),
        Line("left on vouchers", tally.granted - tally.kept - tally.returned, {"vouchers": still_held}),
        Line("out of the budget for good", tally.granted - tally.returned, {"budget lines": sums["budget"]}),
        Line("own shares of clients (not public money)", tally.own_shares, {"redemptions": sums["own_shares"]}),
    ]  # fmt: skip


def differences(found: Sequence[Line], tally: Tally) -> list[str]:
    """What does not agree, a sentence each; empty when no cent was lost or doubled."""
    said = [
        f"{line.what}: callers counted {line.by_callers} cents, the database says"
        f" {', '.join(f'{cents} ({book})' for book, cents in line.by_database.items())}"
        for line in found
        if not line.agrees
    ]
    if tally.paid != tally.kept:
        said.append(f"{tally.kept} cents were charged and kept, but {tally.paid} were paid")
    if tally.granted != tally.paid + tally.returned:
        said.append(
            f"{tally.granted} cents were granted, but {tally.paid} paid and {tally.returned} returned"
        )
    return said
