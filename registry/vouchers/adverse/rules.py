"""Acts against the holder of a voucher: the holder is heard first, unless the law lets that be.

Administrative Procedure Act 434/2003 § 34: a party is heard before the matter is decided; it may be left out where the
party asked for it itself, or where hearing is manifestly unnecessary.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.period import local_date


class AdverseKind(StrEnum):
    LOWERED = "lowered"
    CANCELLED = "cancelled"


class HeardHow(StrEnum):
    MEETING = "meeting"
    PHONE = "phone"
    WRITING = "writing"
    OWN_WISH = "own_wish"
    """The holder asked for it, so there is nobody to hear against."""
    NOT_NEEDED = "not_needed"
    """Manifestly unnecessary: a mistake that leaves the holder no room to be of another mind."""


IN_PERSON: Final = frozenset({HeardHow.MEETING, HeardHow.PHONE, HeardHow.WRITING})
WITHOUT_HEARING: Final = frozenset({"corrected", "granted_in_error", "service_ended"})
"""Reasons with which hearing may be left out as manifestly unnecessary."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the holder was heard, and when."""

    how: HeardHow
    on: date | None = None


def reference_of(decision_id: UUID, issued_at: datetime) -> str:
    """What people call the decision by: `2026-7F3A9C21`."""
    return f"{local_date(issued_at).year}-{decision_id.hex[-8:].upper()}"


def may_decide_against(reason: str, hearing: Hearing | None, *, today: date) -> Decision:
    """With this reason and this hearing the decision may go out."""
    if hearing is None:
        return Refusal("decision.not_heard")
    if hearing.how in IN_PERSON:
        return ACCEPTED if hearing.on is not None and hearing.on <= today else Refusal("decision.heard_when")
    if hearing.on is not None:
        return Refusal("decision.heard_when")
    if hearing.how is HeardHow.OWN_WISH:
        return ACCEPTED if reason == "client_asked" else Refusal("decision.not_heard")
    return ACCEPTED if reason in WITHOUT_HEARING else Refusal("decision.not_heard")
