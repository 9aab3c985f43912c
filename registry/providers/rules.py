"""State machines of applications and admissions, and what a provider may say of itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    MORE_INFORMATION = "more_information"
    HEARING = "hearing"
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
            ApplicationState.REJECTED,
            ApplicationState.WITHDRAWN,
        }
    ),
    ApplicationState.MORE_INFORMATION: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
    ApplicationState.HEARING: frozenset(
        {ApplicationState.APPROVED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN}
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

PROVIDER_FORMS: Final = ("company", "sole_trader", "association", "foundation", "public_body", "unknown")
ACCESSIBILITY: Final = ("step_free", "quiet_space", "sign_language", "induction_loop", "plain_language")
METHODS: Final = ("one_to_one", "group", "mixed")
"""How the service is given; the words for each are in the interface's catalogues."""
