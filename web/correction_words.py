"""Words for how a decision is corrected, and for what a court has made of one."""

from typing import Final

from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.court.rules import CourtState
from registry.providers.decisions.rules import DecisionKind
from web.translations import N_

GROUNDS: Final[dict[str, str]] = {
    CorrectionGround.EVIDENCE: N_("It rests on evidence that is clearly wrong or lacking"),
    CorrectionGround.LAW: N_("The law was clearly applied wrongly"),
    CorrectionGround.PROCEDURE: N_("There was an error in how it was made"),
    CorrectionGround.NEW_EVIDENCE: N_("New evidence has come that may change it, for the provider alone"),
    CorrectionGround.CLERICAL: N_("An obvious slip of the pen or of reckoning: what was decided stays"),
    CorrectionGround.COURT: N_("A court has changed it, set it aside or sent it back"),
}

OUTCOMES: Final[dict[str, str]] = {
    "same": N_("What was decided stays, in other words"),
    DecisionKind.APPROVED: N_("The application is approved after all"),
    DecisionKind.REINSTATED: N_("The approval is in force again"),
    DecisionKind.CHANGED: N_("The change is granted after all"),
    DecisionKind.REJECTED: N_("The approval is taken back, and the application is rejected"),
}

COURT_STATES: Final[dict[str, str]] = {
    CourtState.PENDING: N_("Before the court"),
    CourtState.REJECTED: N_("Rejected: the decision stays"),
    CourtState.NOT_EXAMINED: N_("Not examined by the court"),
    CourtState.WITHDRAWN: N_("Withdrawn"),
    CourtState.ANNULLED: N_("The court set the decision aside"),
    CourtState.CHANGED: N_("The court changed the decision"),
    CourtState.RETURNED: N_("The court sent the matter back"),
}
