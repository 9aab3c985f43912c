"""A grant from a day that has passed: never by one person alone, with a reason, and only so far back as the terms say."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry.shared.errors import ACCEPTED, Decision, Refusal


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


P = ProposalState
PROPOSAL_TRANSITIONS: Final[Mapping[ProposalState, frozenset[ProposalState]]] = {
    P.PROPOSED: frozenset({P.APPROVED, P.REJECTED, P.WITHDRAWN}),
    P.APPROVED: frozenset(),
    P.REJECTED: frozenset(),
    P.WITHDRAWN: frozenset(),
}

REASONS: Final = ("began_before_decision", "authority_delayed", "urgent_start", "corrected")
"""Codes: none says anything of the person's health."""

MOST_DAYS: Final = 365


def may_propose(*, events_from: date, today: date, most_days: int) -> Decision:
    """Events before the grant can be claimed from a day that lies at most so many days back as the service's terms say;
    0 where they say that it cannot be."""
    if most_days == 0:
        return Refusal("retroactive.not_allowed")
    days = (today - events_from).days
    if not 1 <= days <= most_days:
        return Refusal("retroactive.days_range", {"days": days, "most": most_days})
    return ACCEPTED


def may_decide(
    state: ProposalState, *, proposed_by: UUID, decided_by: UUID | None, approve: bool
) -> Decision:
    """Somebody else approves. Whoever proposed it may take it back."""
    if state is not ProposalState.PROPOSED:
        return Refusal(f"retroactive.{state}")
    if decided_by is None or (approve and decided_by == proposed_by):
        return Refusal("retroactive.same_person")
    return ACCEPTED
