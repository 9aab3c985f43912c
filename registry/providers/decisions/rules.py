"""What has to be true before a decision on a provider goes out, and what may be done against it.

Everyone who meets the criteria is approved: there is no ranking and no quota, so nothing here compares applicants.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.period import HELSINKI
from registry.shared.working_days import is_working_day


class Mark(StrEnum):
    """What an officer found of one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


class Subject(StrEnum):
    """What a decision, a hearing or a declaration is about."""

    APPLICATION = "application"
    ADMISSION = "admission"
    APPEAL = "appeal"


class DecisionKind(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REMOVED = "removed"
    APPEAL_REJECTED = "appeal_rejected"
    APPEAL_NOT_EXAMINED = "appeal_not_examined"
    CHANGED = "changed"
    """A change that the provider has asked for is granted, or is not."""
    CHANGE_REJECTED = "change_rejected"


ADVERSE: Final = frozenset({DecisionKind.REJECTED, DecisionKind.SUSPENDED, DecisionKind.REMOVED})
"""What goes against somebody: only after a hearing, with reasons and a legal basis."""

ON_APPEAL: Final = frozenset({DecisionKind.APPEAL_REJECTED, DecisionKind.APPEAL_NOT_EXAMINED})
"""They leave the decision that was appealed in force."""

ON_CHANGES: Final = frozenset({DecisionKind.CHANGED, DecisionKind.CHANGE_REJECTED})
"""They say item by item what was asked for."""

CORRECTED: Final[Mapping[DecisionKind, DecisionKind]] = {
    DecisionKind.REJECTED: DecisionKind.APPROVED,
    DecisionKind.SUSPENDED: DecisionKind.REINSTATED,
    DecisionKind.REMOVED: DecisionKind.REINSTATED,
    DecisionKind.CHANGE_REJECTED: DecisionKind.CHANGED,
}
"""What stands in the place of a decision that an appeal has upset."""


class Ground(StrEnum):
    """Why an official may not take part (Administrative Procedure Act 434/2003 § 28 (1), paragraphs 1-7)."""

    PARTY = "party"
    """The official or somebody close is a party."""
    REPRESENTS = "represents"
    """One of them assists or represents a party."""
    BENEFIT = "benefit"
    """The decision may bring one of them particular benefit or harm."""
    EMPLOYMENT = "employment"
    """Employed by a party, or under a commission that has to do with the matter."""
    BOARD = "board"
    """On the board or in the management of a party."""
    DIRECTS = "directs"
    """On the board or in the management of an authority that directs or supervises a party in this matter."""
    OTHER = "other"
    """Impartiality is compromised for another particular reason."""


class AppealState(StrEnum):
    RECEIVED = "received"
    UPHELD = "upheld"
    REJECTED = "rejected"
    NOT_EXAMINED = "not_examined"
    WITHDRAWN = "withdrawn"


APPEAL_TRANSITIONS: Final[Mapping[AppealState, frozenset[AppealState]]] = {
    AppealState.RECEIVED: frozenset(
        {AppealState.UPHELD, AppealState.REJECTED, AppealState.NOT_EXAMINED, AppealState.WITHDRAWN}
    ),
    AppealState.UPHELD: frozenset(),
    AppealState.REJECTED: frozenset(),
    AppealState.NOT_EXAMINED: frozenset(),
    AppealState.WITHDRAWN: frozenset(),
}

CAME_BY: Final = ("page", "email", "letter", "in_person")


def move_appeal(now: AppealState, to: AppealState, *, late: bool) -> Decision:
    """An appeal is decided once. One that came too late is not examined, and one that came in time always is:
    neither depends on what the officer thinks of it (Local Government Act 410/2015 § 138)."""
    if to not in APPEAL_TRANSITIONS[now]:
        return Refusal("appeal.decided_already", {"state": str(now)})
    if late and to in {AppealState.UPHELD, AppealState.REJECTED}:
        return Refusal("appeal.late")
    if not late and to is AppealState.NOT_EXAMINED:
        return Refusal("appeal.in_time")
    return ACCEPTED


def came_late(arrived: datetime, *, last_day: date, closes: time) -> bool:
    """Whether something arrived after the office closed on the last day (150/1930 § 6), as clocks show in Finland."""
    there = arrived.astimezone(HELSINKI)
    return (there.date(), there.time()) > (last_day, closes)


def may_decide_appeal(*, decided_by: object | None, actor: object | None) -> Decision:
    """Nobody examines an appeal against a decision of their own: somebody else looks at it with fresh eyes."""
    if decided_by is not None and decided_by == actor:
        return Refusal("appeal.own_decision")
    return ACCEPTED


# --- the checklist ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted of one criterion."""

    mark: Mark | None
    note: str = ""


def may_approve(criteria: Collection[str], noted: Mapping[str, Noted]) -> Decision:
    """Approval needs every criterion met or not applicable, and nothing else."""
    open_ = [code for code in criteria if code not in noted or noted[code].mark is None]
    if open_:
        return Refusal("checklist.open", {"open": len(open_), "first": open_[0]})
    failed = [code for code in criteria if noted[code].mark is Mark.NOT_MET]
    if failed:
        return Refusal("checklist.not_met", {"failed": len(failed), "first": failed[0]})
    return ACCEPTED


def may_reject(
    criteria: Collection[str], noted: Mapping[str, Noted], *, legal_basis: str, held_against: Collection[str]
) -> Decision:
    """Rejection needs a criterion that is not met, a reason for each of those, a legal basis, and a hearing on each
    of them: nobody is refused for something that they were never told of (Administrative Procedure Act §§ 34, 44-45)."""
    failed = [code for code in criteria if code in noted and noted[code].mark is Mark.NOT_MET]
    if not failed:
        return Refusal("checklist.nothing_against")
    silent = [code for code in failed if not noted[code].note.strip()]
    if silent:
        return Refusal("checklist.reason_missing", {"missing": len(silent), "first": silent[0]})
    unheard = [code for code in failed if code not in held_against]
    if unheard:
        return Refusal("hearing.not_on_this", {"unheard": len(unheard), "first": unheard[0]})
    if not legal_basis.strip():
        return Refusal("decision.legal_basis_missing")
    return ACCEPTED


# --- hearing --------------------------------------------------------------------------------------------------------


def hearing_over(*, answered: bool, due_on: date, today: date) -> bool:
    """A hearing is over when it was answered, or when its last day has passed without an answer."""
    return answered or today > due_on


def hearing_period(due_on: date, *, earliest: date) -> Decision:
    """The last day to answer is a working day, and leaves at least the time that the organiser has promised."""
    if due_on < earliest:
        return Refusal("hearing.too_short", {"earliest": earliest.isoformat()})
    if not is_working_day(due_on):
        return Refusal("hearing.not_working_day", {"day": due_on.isoformat()})
    return ACCEPTED


# --- who may decide ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared:
    """What the officer has declared about one matter."""

    ground: Ground | None
    body_running: str = ""
    body_deciding: str = ""


def may_take_part(declared: Declared | None, *, acts_for_provider: bool, own_production: bool) -> Decision:
    """Whoever decides has said first that nothing disqualifies them. Somebody who acts for the provider is
    disqualified whatever they say. The organiser's own unit is decided on by another body than the one that runs it:
    the declaration names both."""
    if acts_for_provider:
        return Refusal("impartiality.acts_for_provider")
    if declared is None:
        return Refusal("impartiality.not_declared")
    if declared.ground is not None:
        return Refusal("impartiality.barred", {"ground": str(declared.ground)})
    if own_production:
        running, deciding = _bare(declared.body_running), _bare(declared.body_deciding)
        if not running or not deciding:
            return Refusal("impartiality.bodies_missing")
        if running == deciding:
            return Refusal("impartiality.same_body")
    return ACCEPTED


def _bare(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
