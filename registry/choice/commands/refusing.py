"""The client refuses the voucher, with a reason if the client wants to give one."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.model import Case
from registry.shared.actor import Actor
from registry.shared.errors import Invalid
from registry.vouchers import commands as vouchers

REASONS: Final = ("got_job", "got_study_place", "other_service", "no_suitable_provider", "not_now")
"""What a client may give as the reason: a list without health or family, which nobody needs to know for this."""


async def refuse(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    channel: str = "self",
    said_by: str | None = None,
    reason: str | None = None,
) -> None:
    """Refuse the voucher; the case that this opens for the case worker carries the reason, if there is one."""
    if reason is not None and reason not in REASONS:
        raise Invalid(errors={"reason": "field.not_a_choice"})
    await vouchers.refuse(
        session, actor=actor, now=now, voucher_id=voucher_id, channel=channel, said_by=said_by
    )
    if reason is None:
        return
    case = await session.scalar(
        select(Case).where(
            Case.kind == "voucher_refused", Case.subject_id == voucher_id, Case.closed_at.is_(None)
        )
    )
    if case is not None:
        case.facts = {**case.facts, "reason": reason}
