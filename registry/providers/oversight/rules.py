"""Oversight findings: a dated statement of its own, after a hearing; it changes no figure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal


class FindingState(StrEnum):
    DRAFT = "draft"
    HEARING = "hearing"
    PUBLISHED = "published"
    DROPPED = "dropped"


FINDING_TRANSITIONS: Final[Mapping[FindingState, frozenset[FindingState]]] = {
    FindingState.DRAFT: frozenset({FindingState.HEARING, FindingState.DROPPED}),
    FindingState.HEARING: frozenset({FindingState.PUBLISHED, FindingState.DROPPED}),
    FindingState.PUBLISHED: frozenset(),
    FindingState.DROPPED: frozenset(),
}

HEARING_DAYS: Final = 14
"""How long a provider has to say its view before a finding may be published (Administrative Procedure Act § 34)."""


def move_finding(state: FindingState, wanted: FindingState) -> Decision:
    """Whether a finding may go from one state to another."""
    if wanted in FINDING_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal("finding.not_now", {"state": str(state)})


def may_publish(*, state: FindingState, heard: bool, hearing_until: date | None, today: date) -> Decision:
    """Only once the provider has said its view, or has had its time to: a statement about somebody who was not heard
    would be an adverse act without a hearing."""
    moved = move_finding(state, FindingState.PUBLISHED)
    if isinstance(moved, Refusal):
        return moved
    if heard or (hearing_until is not None and today > hearing_until):
        return ACCEPTED
    return Refusal("finding.not_heard_yet", {"until": hearing_until})


def may_answer(*, state: FindingState, answered: bool) -> Decision:
    """The provider answers once, while it is being heard; late is better than never, as long as nothing is decided."""
    if state is not FindingState.HEARING:
        return Refusal("finding.not_now", {"state": str(state)})
    return Refusal("finding.answered_already") if answered else ACCEPTED
