"""The canonical form of an event, and its hash."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from registry.shared.canonical import canonical_json


@lru_cache(maxsize=64)
def moment(at: datetime) -> str:
    """UTC to the microsecond, always the same width."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_document(
    *,
    id: UUID,
    organiser_id: UUID | None,
    at: datetime,
    actor_kind: str,
    actor_id: UUID | None,
    actor_role: str | None,
    action: str,
    subject_kind: str,
    subject_id: UUID,
    voucher_id: UUID | None,
    from_state: str | None,
    to_state: str | None,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The event as the JSON document that is hashed and exported: ids as text, numbers as integers."""
    return {
        "id": str(id),
        "organiser": str(organiser_id) if organiser_id else None,
        "at": moment(at),
        "actor": {"kind": actor_kind, "id": str(actor_id) if actor_id else None, "role": actor_role},
        "action": action,
        "subject": {"kind": subject_kind, "id": str(subject_id)},
        "voucher": str(voucher_id) if voucher_id else None,
        "from": from_state,
        "to": to_state,
        "facts": dict(facts),
    }


def document_hash(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON (RFC 8785): the same on every machine and in every language."""
    return sha256(canonical_json(dict(document))).digest()


def plain(value: Any) -> Any:
    """A fact as JSON keeps it: ids, dates and enumerations as text, numbers as they are."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (str, UUID)):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)
