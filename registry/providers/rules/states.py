"""State machines of applications and admissions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    MORE_INFORMATION = "more_information"
    HEARING = "hearing"
    HEARD = "heard"
    """What is about to be held against the applicant was answered, or the time for it has passed."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


APPLICATION_TRANSITIONS: Final[Mapping[ApplicationState, frozenset[ApplicationState]]] = {
    ApplicationState.DRAFT: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.SUBMITTED: frozenset(
        {
            ApplicationState.MORE_INFORMATION,
            ApplicationState.HEARING,
            ApplicationState.APPROVED,
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.MORE_INFORMATION: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.HEARING: frozenset({ApplicationState.HEARD, ApplicationState.WITHDRAWN}),
    ApplicationState.HEARD: frozenset(
        {
            ApplicationState.HEARING,
            ApplicationState.APPROVED,
            ApplicationState.REJECTED,
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.APPROVED: frozenset(),
    ApplicationState.REJECTED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}


class AdmissionState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


ADMISSION_TRANSITIONS: Final[Mapping[AdmissionState, frozenset[AdmissionState]]] = {
    AdmissionState.ACTIVE: frozenset(
        {AdmissionState.SUSPENDED, AdmissionState.REMOVED, AdmissionState.WITHDRAWN, AdmissionState.LAPSED}
    ),
    AdmissionState.SUSPENDED: frozenset(
        {AdmissionState.ACTIVE, AdmissionState.REMOVED, AdmissionState.WITHDRAWN, AdmissionState.LAPSED}
    ),
    AdmissionState.REMOVED: frozenset(),
    AdmissionState.WITHDRAWN: frozenset(),
    AdmissionState.LAPSED: frozenset(),
}


def move_application(now: ApplicationState, to: ApplicationState) -> Decision:
    """An application that has been decided or withdrawn stays so: a second decision would undo a right that was
    given, or a refusal that may be under appeal."""
    if to in APPLICATION_TRANSITIONS[now]:
        return ACCEPTED
    if not APPLICATION_TRANSITIONS[now]:
        return Refusal("application.decided_already", {"state": str(now)})
    return Refusal("application.wrong_state", {"state": str(now), "wanted": str(to)})


def move_admission(now: AdmissionState, to: AdmissionState) -> Decision:
    """Who has left the register comes back by a new application only."""
    if to in ADMISSION_TRANSITIONS[now]:
        return ACCEPTED
    if not ADMISSION_TRANSITIONS[now]:
        return Refusal("admission.ended_already", {"state": str(now)})
    return Refusal("admission.wrong_state", {"state": str(now), "wanted": str(to)})


APPLICATION_CORRECTIONS: Final[Mapping[ApplicationState, frozenset[ApplicationState]]] = {
    ApplicationState.REJECTED: frozenset({ApplicationState.APPROVED}),
    ApplicationState.APPROVED: frozenset({ApplicationState.REJECTED}),
}
ADMISSION_CORRECTIONS: Final[Mapping[AdmissionState, frozenset[AdmissionState]]] = {
    AdmissionState.SUSPENDED: frozenset({AdmissionState.ACTIVE}),
    AdmissionState.REMOVED: frozenset({AdmissionState.ACTIVE}),
}
"""What the correction of a decision may turn into what, where nothing else may: it takes back what should not have
been, on an appeal that was upheld or by the authority itself."""


def correct_application(now: ApplicationState, to: ApplicationState) -> Decision:
    """Only the correction of a decision changes what has been decided."""
    if to in APPLICATION_CORRECTIONS.get(now, ()):
        return ACCEPTED
    return Refusal("application.wrong_state", {"state": str(now), "wanted": str(to)})


def correct_admission(now: AdmissionState, to: AdmissionState) -> Decision:
    """The same for a suspension or a removal."""
    if to in ADMISSION_CORRECTIONS.get(now, ()):
        return ACCEPTED
    return Refusal("admission.wrong_state", {"state": str(now), "wanted": str(to)})
