"""Granting the vouchers, in batches, and what must be refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.catalogue.rules import Terms, value_of
from registry.trial import made_up
from registry.trial.calls import Call, Desk
from registry.trial.errors import Unexpected
from registry.trial.held import HeldVoucher
from registry.trial.plan import Story, stories
from registry.trial.trial import Trial

BATCH: Final = 250
ENDPOINT: Final = "POST voucher-batches"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one case worker sends at once, for the own clients."""

    number: int
    case_worker: int
    orders: Sequence[Story]

    @property
    def line(self) -> str:
        """Code of the budget line that it draws on."""
        return made_up.line_code(self.case_worker % made_up.BUDGET_LINES)


async def grant_all(trial: Trial, port: int) -> list[HeldVoucher]:
    """Grant a voucher to every client. Each case worker grants to the own clients, in batches; every fifth batch is
    sent twice with its key. After each, two that must be refused."""
    terms = {s.code: made_up.terms_of(n) for n, s in enumerate(trial.source.services)}
    by_case_worker: dict[int, list[Story]] = {}
    for story in stories(len(trial.clients)):
        by_case_worker.setdefault(made_up.client(story.number).case_worker, []).append(story)
    portions = [
        (place, orders[first : first + BATCH])
        for place, orders in sorted(by_case_worker.items())
        for first in range(0, len(orders), BATCH)
    ]
    batches = [Batch(number, place, orders) for number, (place, orders) in enumerate(portions)]
    granted: list[HeldVoucher] = []

    async def one(desk: Desk, batch: Batch) -> None:
        answer = await desk.done(_call(trial, batch), repeated=batch.number % 5 == 0)
        for story, row in zip(batch.orders, answer["rows"], strict=True):
            granted.append(_granted(trial, story, row, terms[trial.wanted[story.number]], batch.case_worker))
        await _refused(trial, desk, batch)

    await trial.steps.run("granting", port, batches, one)
    granted.sort(key=lambda voucher: voucher.story.number)
    trial.meter.counts["vouchers granted"] = len(granted)
    return granted


def _call(trial: Trial, batch: Batch) -> Call:
    rows = [
        {
            "client_id": str(trial.clients[s.number]),
            "service": trial.wanted[s.number],
            "budget_line": batch.line,
        }
        for s in batch.orders
    ]
    key = f"grant-{batch.number}"
    return trial.by_case_worker(batch.case_worker, ENDPOINT, "/voucher-batches", key, {"rows": rows})


def _granted(trial: Trial, story: Story, row: dict[str, Any], terms: Terms, place: int) -> HeldVoucher:
    if row["refusals"]:
        raise Unexpected(f"a voucher was not granted: {row['refusals']}")
    voucher = HeldVoucher(
        story=story,
        id=row["voucher_id"],
        number=row["number"],
        terms=terms,
        case_worker=place,
        available_cents=value_of(terms),
        units_available=terms.units,
    )
    voucher.same("its value", row["value_cents"], value_of(terms))
    trial.tally.granted += voucher.available_cents
    return voucher


async def _refused(trial: Trial, desk: Desk, batch: Batch) -> None:
    """A second like voucher, and one from a line that is short: refused, and nothing moves."""
    story = batch.orders[0]
    for line, code in ((batch.line, "grant.like_open"), (made_up.SHORT_LINE, "budget.short")):
        body = {
            "client_id": str(trial.clients[story.number]),
            "service": trial.wanted[story.number],
            "budget_line": line,
            "despite_like": code != "grant.like_open",
        }
        call = trial.by_case_worker(
            batch.case_worker, "POST vouchers", "/vouchers", f"refused-{batch.number}-{code}", body
        )
        await desk.refused(call, {code})
