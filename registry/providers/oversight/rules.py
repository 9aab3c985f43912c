"""Oversight findings: a dated statement of its own, after a hearing; it changes no figure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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
