"""What holds while a provider is in the register: prices and their notice, changes, what becomes of clients, terms and
reminders, free places that go stale, accepting a new rule book."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from registry.providers.rules import AdmissionState
from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.vat import VAT_NAMES

IN_REGISTER: Final = frozenset({AdmissionState.ACTIVE, AdmissionState.SUSPENDED})

# --- what an organiser sets for a service ---------------------------------------------------------------------------


class Afterwards(StrEnum):
    """What becomes of those who do not accept a new rule book in time."""

    SUSPEND = "suspend"
    """They are heard, and an officer decides."""
    LAPSE = "lapse"
    """Their approval ends by itself, as the rule book has said from the beginning."""


@dataclass(frozen=True, slots=True)
class KeepingTerms:
    """How a service's approvals are kept. The defaults hold where an organiser has set nothing."""

    price_notice_days: int = 30
    accept_within_days: int = 30
    afterwards: Afterwards = Afterwards.SUSPEND
    papers_again: Mapping[str, int] = field(default_factory=dict)
    """Kind of paper → for how many months one counts while a provider is admitted, from the day on which it was given. A
    kind that is not here is not asked for again: it counts until its own last day, where it has one."""


NOTICE_RANGE: Final = (0, 365)
ACCEPT_RANGE: Final = (14, 365)
AGAIN_RANGE: Final = (1, 60)
AGAIN_NOTICE_DAYS: Final = 30
"""Nobody loses an approval to a paper that is asked for again without having had this long to get a newer one."""


def again_kept(
    before: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, int], *, today: date
) -> dict[str, dict[str, Any]]:
    """What is kept of the months that are set: with each the day since when it is asked, which a longer time does not
    move and a shorter one does."""
    return {
        kind: {"months": months, "since": before[kind]["since"]}
        if kind in before and months >= before[kind]["months"]
        else {"months": months, "since": today.isoformat()}
        for kind, months in sorted(wanted.items())
    }


# --- prices ---------------------------------------------------------------------------------------------------------


def earliest_price_day(*, now_cents: int, wanted_cents: int, today: date, notice_days: int) -> date:
    """A lower price may hold at once; a higher one only after its notice, so that nobody who has looked at the prices
    chooses by one that is gone the next morning."""
    return today + timedelta(days=notice_days) if wanted_cents > now_cents else today


def may_set_price(*, valid_from: date, earliest: date) -> Decision:
    if valid_from < earliest:
        return Refusal("price.notice_too_short", {"earliest": earliest.isoformat()})
    return ACCEPTED


# --- change requests ------------------------------------------------------------------------------------------------


class ChangeState(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


CHANGE_TRANSITIONS: Final[Mapping[ChangeState, frozenset[ChangeState]]] = {
    ChangeState.SUBMITTED: frozenset({ChangeState.APPROVED, ChangeState.REJECTED, ChangeState.WITHDRAWN}),
    ChangeState.APPROVED: frozenset(),
    ChangeState.REJECTED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
}

CHANGE_CORRECTIONS: Final[Mapping[ChangeState, frozenset[ChangeState]]] = {
    ChangeState.REJECTED: frozenset({ChangeState.APPROVED}),
}
"""What only a request for review that was upheld, or a correction, may do."""

CHANGEABLE: Final = (
    "municipality_codes",
    "remote",
    "languages",
    "accessibility",
    "method",
    "unit_price_cents",
    *VAT_NAMES,
)
"""What a change request may be about, by the names of the offer."""


def move_change(state: ChangeState, wanted: ChangeState) -> Decision:
    """A request is decided once."""
    if wanted in CHANGE_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal("change.decided_already", {"state": str(state)})


def correct_change(state: ChangeState, wanted: ChangeState) -> Decision:
    """The step of a correction, and no other."""
    if wanted in CHANGE_CORRECTIONS.get(state, ()):
        return ACCEPTED
    return Refusal("change.decided_already", {"state": str(state)})


def wanted_now(now: Mapping[str, Any], before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked, of an approval that has gone on changing. Deciding on a change does what was asked, from what was
    in force when it was asked, to what is in force now; it undoes nothing that came about since. So of a list only what
    was to come into it and to leave it does. Where that cannot be (`changed_since`, a coach who has left), the officer
    is told and the decision says it."""
    return {
        name: _with_difference(now.get(name) or (), before.get(name) or (), value)
        if isinstance(value, list | tuple)
        else value
        for name, value in asked.items()
    }


def _with_difference(now: Iterable[str], before: Collection[str], asked: Collection[str]) -> list[str]:
    stay = [code for code in now if code in asked or code not in before]
    return stay + [code for code in asked if code not in before and code not in stay]


def changed_since(
    now: Mapping[str, Any], before: Mapping[str, Any], asked: Mapping[str, Any]
) -> tuple[str, ...]:
    """The single values that are by now neither what they were when another was asked nor what was asked: somebody has
    changed them since, and granting would undo it."""
    return tuple(
        name
        for name, value in asked.items()
        if name in before
        and not isinstance(value, list | tuple)
        and now.get(name) not in (before[name], value)
    )


def differing(before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was asked, what is not so already. Lists are sets here: their order says nothing."""
    return {
        name: value
        for name, value in asked.items()
        if name in CHANGEABLE and comparable(before.get(name)) != comparable(value)
    }


def comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def needs_decision(
    before: Mapping[str, Any], changed: Mapping[str, Any], *, ceiling_cents: int
) -> frozenset[str]:
    """Which of the changes an officer decides. What only takes away from an offer, and a price within the ceiling, goes
    at once: nothing in it has to be examined. New areas, languages, accessibility, another method, serving remotely and
    a raise above the ceiling were not looked at when the provider was approved."""
    return frozenset(name for name, value in changed.items() if _adds(name, before, value, ceiling_cents))


def _adds(name: str, before: Mapping[str, Any], value: Any, ceiling_cents: int) -> bool:
    match name:
        case "municipality_codes" | "languages" | "accessibility":
            return bool(set(value) - set(before.get(name) or ()))
        case "remote":
            return bool(value)
        case "unit_price_cents":
            return bool(value > max(ceiling_cents, before["unit_price_cents"]))
        case _:
            return name == "method"


# --- what becomes of clients ----------------------------------------------------------------------------------------


class Clients(StrEnum):
    """What clients of a provider that is suspended or gone may do with the vouchers that they have there."""

    FINISH = "finish"
    """Whose service has begun may finish it; nobody new, and who has not begun chooses again."""
    CHOOSE_AGAIN = "choose_again"
    """Every pick ends, and the client is offered a new choice at once."""


# --- terms, papers and reminders ------------------------------------------------------------------------------------

REMIND_BEFORE: Final = (30, 14, 3)
"""Days before the end at which a provider is reminded."""


def reminder_due(*, ends: date, today: date, sent: Collection[int]) -> int | None:
    """The reminder to send today: the one nearest to the end whose day has come, unless it, or one nearer still, has gone
    out. So each goes out once, and a worker that was down on the day sends one and not three. `ends`: the first day on
    which it no longer holds."""
    left = (ends - today).days
    if left <= 0:
        return None
    reached = [days for days in REMIND_BEFORE if left <= days]
    if not reached:
        return None
    step = min(reached)
    return None if any(earlier <= step for earlier in sent) else step


def first_end(valid_until: date | None, papers: Iterable[date]) -> date | None:
    """The first day on which an approval no longer holds: its term's, or that on which a paper has run out."""
    return min((day for day in (valid_until, *papers) if day is not None), default=None)


# --- free places ----------------------------------------------------------------------------------------------------

STALE_DAYS: Final = 14


def is_stale(confirmed_at: datetime, *, now: datetime) -> bool:
    """Whether free places were last confirmed so long ago that who reads them should know."""
    return now - confirmed_at >= timedelta(days=STALE_DAYS)


# --- oversight ------------------------------------------------------------------------------------------------------


class InspectionState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


INSPECTION_TRANSITIONS: Final[Mapping[InspectionState, frozenset[InspectionState]]] = {
    InspectionState.PLANNED: frozenset({InspectionState.HELD, InspectionState.CANCELLED}),
    InspectionState.HELD: frozenset(),
    InspectionState.CANCELLED: frozenset(),
}


class CorrectiveState(StrEnum):
    OPEN = "open"
    REPORTED = "reported"
    """The provider has said that it is done."""
    MET = "met"
    NOT_MET = "not_met"
    DROPPED = "dropped"


CORRECTIVE_TRANSITIONS: Final[Mapping[CorrectiveState, frozenset[CorrectiveState]]] = {
    CorrectiveState.OPEN: frozenset(
        {CorrectiveState.REPORTED, CorrectiveState.MET, CorrectiveState.NOT_MET, CorrectiveState.DROPPED}
    ),
    CorrectiveState.REPORTED: frozenset(
        {CorrectiveState.OPEN, CorrectiveState.MET, CorrectiveState.NOT_MET, CorrectiveState.DROPPED}
    ),
    CorrectiveState.MET: frozenset(),
    CorrectiveState.NOT_MET: frozenset(),
    CorrectiveState.DROPPED: frozenset(),
}


def move_inspection(state: InspectionState, wanted: InspectionState) -> Decision:
    if wanted in INSPECTION_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal("inspection.not_now", {"state": str(state)})


def move_corrective(state: CorrectiveState, wanted: CorrectiveState) -> Decision:
    """What was asked for and is settled stays so; a report that does not hold reopens the requirement."""
    if wanted in CORRECTIVE_TRANSITIONS[state]:
        return ACCEPTED
    return Refusal("corrective.not_now", {"state": str(state)})
