"""What the months to come of an allowance bring: set aside on its budget line, set free, and set aside anew where its
validity grows."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from registry.ledger.commands import give_back, lock_budget_line, post, take, year_closed
from registry.ledger.model import BudgetLine
from registry.shared.errors import Refused
from registry.shared.period import local_date
from registry.vouchers.allowances.rules import next_topup, to_come
from registry.vouchers.model import Voucher


def set_aside(
    session: AsyncSession, voucher: Voucher, line: BudgetLine, cents: int, *, now: datetime
) -> None:
    """Take money for months to come from the voucher's locked line, or raise with the amounts when it is short."""
    take(line, cents)
    voucher.committed_cents += cents
    post(
        session, "commit", organiser_id=voucher.organiser_id, at=now, amount_cents=cents, from_id=line.id,
        to_id=voucher.id, voucher_id=voucher.id,
    )  # fmt: skip


def set_free(session: AsyncSession, voucher: Voucher, line: BudgetLine, cents: int, *, now: datetime) -> None:
    """Give what was set aside back to the voucher's locked line."""
    give_back(line, cents)
    voucher.committed_cents -= cents
    post(
        session, "uncommit", organiser_id=voucher.organiser_id, at=now, amount_cents=cents, from_id=voucher.id,
        to_id=line.id, voucher_id=voucher.id,
    )  # fmt: skip


def months_to_come(voucher: Voucher) -> int:
    """What an allowance's months to come bring; nothing of another kind."""
    if voucher.allowance_cents is None or voucher.allowance_months is None or voucher.months_had is None:
        return 0
    return to_come(
        local_date(voucher.valid_from),
        cents=voucher.allowance_cents,
        had=voucher.months_had,
        months=voucher.allowance_months,
        valid_until=voucher.valid_until,
    )


async def granting_line(session: AsyncSession, voucher: Voucher) -> BudgetLine:
    """The voucher's line, locked; refused where it grants nothing more."""
    line = await lock_budget_line(session, budget_line_id=voucher.budget_line_id)
    if not line.active or await year_closed(session, line=line) is not None:
        raise Refused("change.line_closed", line=line.code)
    return line


async def follow_validity(
    session: AsyncSession, *, now: datetime, voucher: Voucher, before: int, required: bool
) -> None:
    """A locked voucher's validity grew, and `before` is what its months to come brought until then: the months that fit
    in now are set aside too. Where the line has no room for them, it is refused, with the amounts, if `required`; if not,
    the months that the line can bring come all the same, and a case tells of one that it cannot."""
    if voucher.allowance_months is None or voucher.months_had is None:
        return
    voucher.next_topup_at = next_topup(
        local_date(voucher.valid_from),
        had=voucher.months_had,
        months=voucher.allowance_months,
        valid_until=voucher.valid_until,
    )
    more = months_to_come(voucher) - before
    if (
        not more or voucher.committed_cents != before
    ):  # from before months were set aside: its next month catches up
        return
    try:
        set_aside(session, voucher, await granting_line(session, voucher), more, now=now)
    except Refused:
        if required:
            raise
