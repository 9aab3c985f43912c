"""Writing matches set-wise: a month has thousands, and each costs no round trip of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.settlement.bank.matching import Pair
from registry.settlement.bank.model import BankBooking, BankMatch, PaymentOrder
from registry.shared.actor import Actor
from registry.shared.identifiers import uuid7

AT_ONCE: Final = 1_000
"""Rows of one INSERT."""


async def write_matches(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
    pairs: Sequence[Pair],
) -> list[UUID]:
    """The matches, what they take of both sides, and their differences; set-wise, for a month has thousands."""
    if not pairs:
        return []
    transfers: list[dict[str, Any]] = []
    matches: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for pair in pairs:
        transfer_id = None
        if pair.difference_cents:
            transfers.append(difference_transfer(organiser_id, now, pair.difference_cents, pair.line_id))
            transfer_id = transfers[-1]["id"]
        matches.append(
            {
                "id": uuid7(),
                "organiser_id": organiser_id,
                "booking_id": pair.line_id,
                "order_id": pair.due_id,
                "kind": "paid",
                "step": str(pair.step),
                "booking_cents": pair.line_cents,
                "order_cents": pair.due_cents,
                "transfer_id": transfer_id,
                "undoes": None,
                "made_at": now,
                "made_by": actor.id,
            }
        )
        events.append(
            event_values(
                actor=actor,
                now=now,
                action="bank_match.made",
                subject_kind="payment_order",
                subject_id=pair.due_id,
                organiser_id=organiser_id,
                facts={"booking_id": pair.line_id, "step": str(pair.step), "amount_cents": pair.due_cents},
            )
        )
    for model, rows in ((Transfer, transfers), (BankMatch, matches), (AuditEvent, events)):
        for start in range(0, len(rows), AT_ONCE):
            await session.execute(insert(model), rows[start : start + AT_ONCE])
    await _take(session, BankBooking.__tablename__, [(p.line_id, p.line_cents) for p in pairs])
    await _take(session, PaymentOrder.__tablename__, [(p.due_id, p.due_cents) for p in pairs])
    session.expire_all()
    return [match["id"] for match in matches]


_STATE: Final = (
    ", state = CASE WHEN t.matched_cents + s.cents = t.amount_cents THEN 'booked' ELSE t.state END"
)


async def _take(session: AsyncSession, table: str, parts: list[tuple[UUID, int]]) -> None:
    """Add the matched cents to their rows; a CHECK stops what would be matched twice."""
    state = _STATE if table == PaymentOrder.__tablename__ else ""
    await session.execute(
        text(
            f"UPDATE {table} t SET matched_cents = t.matched_cents + s.cents{state}"  # noqa: S608 - own names
            " FROM (SELECT id, sum(cents)::bigint AS cents"
            "   FROM unnest(CAST(:ids AS uuid[]), CAST(:cents AS bigint[])) p (id, cents) GROUP BY id) s"
            " WHERE t.id = s.id"
        ),
        {"ids": [one for one, _ in parts], "cents": [cents for _, cents in parts]},
    )


def difference_transfer(organiser_id: UUID, now: datetime, cents: int, booking_id: UUID) -> dict[str, Any]:
    return transfer_values(
        "difference_more" if cents > 0 else "difference_less",
        organiser_id=organiser_id,
        at=now,
        amount_cents=abs(cents),
        from_id=organiser_id,
        to_id=organiser_id,
        reference_id=booking_id,
    )
