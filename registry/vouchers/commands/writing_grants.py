"""What a grant leaves behind: vouchers, transfers, events and messages, set-wise."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.shared.actor import Actor
from registry.shared.database import direct_of
from registry.shared.identifiers import driver_uuid7
from registry.shared.outbox import OutboxMessage
from registry.shared.rows import insert_rows
from registry.vouchers.model import Voucher


async def write_grants(
    session: AsyncSession, vouchers: list[dict[str, Any]], *, actor: Actor, now: datetime
) -> None:
    """Vouchers, transfers, events and messages, a statement each."""
    await session.flush()
    connection = await direct_of(session)
    await insert_rows(connection, Voucher, vouchers)
    await insert_rows(
        connection,
        Transfer,
        [
            transfer_values(
                kind,
                organiser_id=v["organiser_id"],
                at=now,
                amount_cents=cents,
                from_id=v["budget_line_id"],
                to_id=v["id"],
                voucher_id=v["id"],
            )
            for v in vouchers
            for kind, cents in (("grant", v["granted_cents"]), ("commit", v["committed_cents"]))
            if cents
        ],
    )
    await insert_rows(
        connection,
        AuditEvent,
        [
            event_values(
                actor=actor,
                now=now,
                action="voucher.granted",
                subject_kind="voucher",
                subject_id=v["id"],
                organiser_id=v["organiser_id"],
                voucher_id=v["id"],
                to_state=v["state"],
                facts={
                    "client": v["client_id"],
                    "service": v["service_id"],
                    "budget_line": v["budget_line_id"],
                    "terms": v["terms_id"],
                    "value_cents": v["granted_cents"],
                    "units": v["units_granted"],
                    "valid_until": v["valid_until"].isoformat(),
                    "in_plan": v["in_plan"],
                }
                | ({"set_aside_cents": v["committed_cents"]} if v["committed_cents"] else {}),
            )
            for v in vouchers
        ],
    )
    await insert_rows(
        connection,
        OutboxMessage,
        [
            {
                "id": driver_uuid7(),
                "client_id": v["client_id"],
                "organiser_id": v["organiser_id"],
                "template": "voucher.granted",
                "facts": {"voucher": str(v["id"])},
                "created_at": now,
                "due_at": now,
                "attempts": 0,
            }
            for v in vouchers
        ],
    )
