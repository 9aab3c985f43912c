"""The month's reconciliation: closed, stated, invoiced (some wrongly at first), matched, approved by one officer and
paid by another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.shared.money import Money
from registry.trial.calls import Desk
from registry.trial.errors import Unexpected
from registry.trial.trial import Trial

PAGE: Final = 200
WRONG_INVOICE_EVERY: Final = 20
SAME_PERSON_EVERY: Final = 25
REPEATED_EVERY: Final = 10
RIVALS: Final = "races: two closings of one month"


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement, as the list shows it."""

    place: int
    id: str
    provider: str
    state: str
    total_cents: int
    lines: int


async def too_early(trial: Trial, port: int, month: date) -> None:
    """While a month runs it cannot be closed."""

    async def one(desk: Desk, _: None) -> None:
        call = trial.by_finance(0, "POST months/…/close", f"/months/{month:%Y-%m}/close", "close-too-early")
        await desk.refused(call, {"settlement.month_not_ended"})

    await trial.steps.run("closing too early", port, [None], one)


async def close(trial: Trial, port: int, month: date) -> None:
    """Both finance officers close the month at the same moment, and once more: all get the same answer."""

    async def one(desk: Desk, _: None) -> None:
        calls = [
            trial.by_finance(place, "POST months/…/close", f"/months/{month:%Y-%m}/close", f"close-{place}")
            for place in (0, 1)
        ]
        rival = Desk(port, trial.meter)
        try:
            first, second = await asyncio.gather(desk.done(calls[0], repeated=True), rival.done(calls[1]))
        finally:
            await rival.close()
        trial.meter.counts[RIVALS] += 1
        if first != second:
            raise Unexpected(f"two closings of one month answer differently: {first} and {second}")
        if first["total_cents"] != trial.tally.kept:
            raise Unexpected(
                f"the month has {first['total_cents']} cents, and {trial.tally.kept} were charged and kept"
            )
        trial.meter.counts["statement lines"] = first["lines"]
        trial.tally.stated = first["total_cents"]

    await trial.steps.run("closing the month", port, [None], one)


async def statements(trial: Trial, port: int, month: date) -> list[Stated]:
    """All statements of the month, page by page."""
    found: list[Stated] = []

    async def one(desk: Desk, _: None) -> None:
        async for item in _pages(trial, desk, f"/statements?month={month:%Y-%m}"):
            found.append(
                Stated(
                    len(found), item["id"], item["provider_id"], item["state"], item["total_cents"],
                    item["line_count"],
                )
            )  # fmt: skip
        if sum(stated.total_cents for stated in found) != trial.tally.stated:
            raise Unexpected("the statements do not sum to what the month was closed with")
        trial.meter.counts["statements"] = len(found)

    await trial.steps.run("listing statements", port, [None], one)
    return found


async def _pages(trial: Trial, desk: Desk, path: str) -> AsyncIterator[Any]:
    after = ""
    while True:
        page = await desk.done(trial.by_finance(0, "GET statements", f"{path}&limit={PAGE}{after}"))
        for item in page["items"]:
            yield item
        if page["next"] is None:
            return
        after = f"&cursor={page['next']}"


async def invoice_all(trial: Trial, port: int, found: Sequence[Stated], today: date) -> None:
    """Each provider reads its statement and sends an invoice for it. Every twentieth is a cent off at first: it is
    disputed, sent back and corrected. What cancels itself out within the month is not invoiced by every other
    provider, and needs no invoice where it is all there is."""

    async def one(desk: Desk, stated: Stated) -> None:
        lines = await _lines(trial, desk, stated)
        if stated.state == "matched":
            trial.meter.counts["statements that cancel themselves out"] += 1
            return
        both = _charges_and_credits(lines) if stated.place % 2 else lines
        if stated.place % WRONG_INVOICE_EVERY == 7:
            wrong = [{**line, "amount_cents": line["amount_cents"] + (n == 0)} for n, line in enumerate(both)]
            answer = await _invoice(trial, desk, stated, wrong, f"{stated.place}-A", today)
            if answer["statement_state"] != "disputed" or answer["exceptions"] != 1:
                raise Unexpected(f"an invoice that is a cent off is not disputed: {answer}")
            await _send_back(trial, desk, answer["id"], stated)
        answer = await _invoice(trial, desk, stated, both, f"{stated.place}-B", today)
        if (answer["statement_state"], answer["total_cents"]) != ("matched", stated.total_cents):
            raise Unexpected(f"statement {stated.id} of {stated.total_cents} cents does not match: {answer}")
        trial.meter.counts["invoices matched"] += 1

    await trial.steps.run("invoicing", port, found, one)


async def _lines(trial: Trial, desk: Desk, stated: Stated) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    after = ""
    while True:
        path = f"/statements/{stated.id}/lines?limit={PAGE}{after}"
        page = await desk.done(trial.by_provider(stated.provider, "GET statements/…/lines", path))
        lines += page["items"]
        if page["next"] is None:
            break
        after = f"&cursor={page['next']}"
    if len(lines) != stated.lines or sum(line["amount_cents"] for line in lines) != stated.total_cents:
        raise Unexpected(
            f"the lines of statement {stated.id} are not its total of {stated.total_cents} cents"
        )
    return lines


def _charges_and_credits(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines without those that undo each other; all of them where nothing would be left."""
    undone = {line["redemption_id"] for line in lines if line["kind"] == "reversal"}
    left = [line for line in lines if line["redemption_id"] not in undone]
    return left or list(lines)


async def _invoice(
    trial: Trial, desk: Desk, stated: Stated, lines: Sequence[dict[str, Any]], number: str, today: date
) -> Any:
    rows = ["invoice_number;invoice_date;reference;amount;text"]
    rows += [
        f"{number};{today.isoformat()};{line['reference']};{Money(line['amount_cents'])};{line['kind']}"
        for line in lines
    ]
    body = {"file_name": f"invoice-{number}.csv", "content": "\n".join(rows) + "\n"}
    call = trial.by_provider(
        stated.provider,
        "POST statements/…/invoices",
        f"/statements/{stated.id}/invoices",
        f"invoice-{number}",
        body,
    )
    return await desk.done(call, repeated=stated.place % REPEATED_EVERY == 0)


async def _send_back(trial: Trial, desk: Desk, invoice: str, stated: Stated) -> None:
    body = {"reason": "A line is a cent off."}
    call = trial.by_finance(
        stated.place, "POST invoices/…/reject", f"/invoices/{invoice}/reject", f"reject-{stated.place}", body
    )
    await desk.done(call)
    trial.meter.counts["invoices disputed and sent back"] += 1


async def approve_all(trial: Trial, port: int, found: Sequence[Stated]) -> None:
    """The officers take turns at approving."""

    async def one(desk: Desk, stated: Stated) -> None:
        call = trial.by_finance(
            stated.place, "POST statements/…/approve", f"/statements/{stated.id}/approve",
            f"approve-{stated.place}",
        )  # fmt: skip
        answer = await desk.done(call, repeated=stated.place % REPEATED_EVERY == 0)
        wanted = "approved" if stated.total_cents else "paid"
        if (answer["state"], answer["total_cents"]) != (wanted, stated.total_cents):
            raise Unexpected(f"statement {stated.id} of {stated.total_cents} cents was approved as {answer}")
        trial.tally.approved += answer["total_cents"]

    await trial.steps.run("approving", port, found, one)


async def pay_all(trial: Trial, port: int, found: Sequence[Stated]) -> None:
    """Each statement is paid by the officer who did not approve it; some try their own first, and some are paid by two
    requests at once."""

    async def one(desk: Desk, stated: Stated) -> None:
        endpoint, path = "POST statements/…/pay", f"/statements/{stated.id}/pay"
        if stated.place % SAME_PERSON_EVERY == 3:
            own = trial.by_finance(stated.place, endpoint, path, f"pay-own-{stated.place}")
            await desk.refused(own, {"settlement.same_person"})
        call = trial.by_finance(stated.place + 1, endpoint, path, f"pay-{stated.place}")
        answer = await desk.done(call, repeated=stated.place % REPEATED_EVERY == 0)
        if answer["amount_cents"] != stated.total_cents or answer["netted"]:
            raise Unexpected(f"statement {stated.id} of {stated.total_cents} cents was paid as {answer}")
        trial.tally.paid += answer["amount_cents"]
        if stated.place % SAME_PERSON_EVERY == 4:
            again = trial.by_finance(stated.place + 1, endpoint, path, f"pay-again-{stated.place}")
            await desk.refused(again, {"statement.paid"})

    await trial.steps.run("paying", port, [s for s in found if s.total_cents], one)
