"""Writing what happened, in the same transaction as the change itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.audit.rules import document_hash, event_document, plain
from registry.shared.actor import Actor
from registry.shared.identifiers import driver_uuid7


def event_values(
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject_kind: str,
    subject_id: UUID,
    organiser_id: UUID | None,
    voucher_id: UUID | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of an event with its hash, for callers that write many rows at once.

    `facts` hold ids, codes, numbers and dates as text; never a name or anything a person wrote (a text that
    changed is recorded as changed). Integers above 2**53 and floats other than whole are refused by the
    canonical form.
    """
    columns: dict[str, Any] = {
        "id": driver_uuid7(),
        "organiser_id": organiser_id,
        "at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_role": actor.recorded_role,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "voucher_id": voucher_id,
        "from_state": from_state,
        "to_state": to_state,
        "facts": {key: plain(value) for key, value in (facts or {}).items()},
    }
    columns["hash"] = document_hash(event_document(**columns))
    return columns


def record(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject_kind: str,
    subject_id: UUID,
    organiser_id: UUID | None,
    voucher_id: UUID | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> UUID:
    """Append one event to the session; it is written, or not, with the change that it tells of."""
    columns = event_values(
        actor=actor,
        now=now,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        organiser_id=organiser_id,
        voucher_id=voucher_id,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
    )
    session.add(AuditEvent(**columns))
    event_id: UUID = columns["id"]
    return event_id
