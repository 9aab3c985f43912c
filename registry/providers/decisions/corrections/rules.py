"""Correcting a decision without a request for review (Administrative Procedure Act 434/2003 §§ 50-53).

The authority looks at its own decision again, of itself or because the party has asked. What was decided for somebody is
a right by then, so taking it back needs the party's consent, or an error that the party itself has caused.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from registry.providers.decisions.rules import CORRECTED, DecisionKind
from registry.shared.errors import ACCEPTED, Decision, Refusal


class CorrectionGround(StrEnum):
    """Why a decision may be corrected."""

    EVIDENCE = "evidence"
    """It rests on evidence that is clearly wrong or lacking (§ 50 (1), 1)."""
    LAW = "law"
    """The law was clearly applied wrongly (2)."""
    PROCEDURE = "procedure"
    """An error of procedure happened (3)."""
    NEW_EVIDENCE = "new_evidence"
    """Evidence has come that may change it materially (4); only to the party's advantage."""
    CLERICAL = "clerical"
    """An obvious slip of the pen or of reckoning (§ 51): what was decided stays."""
    COURT = "court"
    """A court has set it aside, sent it back or changed it; nobody's consent is asked for what a court has said."""


class Consent(StrEnum):
    """Why it may be corrected to the party's disadvantage."""

    GIVEN = "given"
    """The party has agreed, in its answer to a hearing that asked for it."""
    OWN_CONDUCT = "own_conduct"
    """The error is obvious and comes of what the party itself did."""


WORSE: Final[Mapping[DecisionKind, DecisionKind]] = {DecisionKind.APPROVED: DecisionKind.REJECTED}
"""What may be taken back. A suspension or a removal later on is a decision of its own, not a correction."""

YEARS: Final = 5
"""Within which the correction has to be begun (§ 52)."""


def possible_outcomes(kind: DecisionKind) -> tuple[DecisionKind, ...]:
    """What a decision of this kind may be corrected into: the same in other words, its better, or its worse."""
    others = (CORRECTED.get(kind), WORSE.get(kind))
    return (kind, *(other for other in others if other is not None))


def last_day_to_correct(decided_on: date) -> date:
    """The day five years later; of the 29th of February, the 28th."""
    try:
        return decided_on.replace(year=decided_on.year + YEARS)
    except ValueError:
        return decided_on.replace(year=decided_on.year + YEARS, day=28)


def may_correct(
    *,
    ground: CorrectionGround,
    now: DecisionKind,
    to: DecisionKind,
    consent: Consent | None,
    decided_on: date,
    began_on: date,
) -> Decision:
    """Whether a decision may be corrected on this ground into that. `began_on`: the day on which the party was first
    heard about it, or today."""
    if to not in possible_outcomes(now):
        return Refusal("correction.not_into_this", {"kind": str(now), "to": str(to)})
    if ground is CorrectionGround.CLERICAL and to is not now:
        return Refusal("correction.clerical_changes_outcome")
    if ground is CorrectionGround.COURT:
        return ACCEPTED
    last = last_day_to_correct(decided_on)
    if began_on > last:
        return Refusal("correction.too_old", {"last_day": last.isoformat()})
    if to is WORSE.get(now):
        if ground is CorrectionGround.NEW_EVIDENCE:
            return Refusal("correction.only_for_the_party")
        if consent is None:
            return Refusal("correction.consent_missing")
    return ACCEPTED
