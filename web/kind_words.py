"""Words for the kinds of voucher: milestones and who confirms them, hearings, and reasons of late grants."""

from typing import Final

from web.translations import N_, gettext

MILESTONE_TEXTS: Final[dict[str, str]] = {
    "start": N_("The service began"),
    "half_way": N_("Half of the service was given"),
    "completed": N_("The service was completed"),
    "employed_3_months": N_("Three months at work"),
    "employed_6_months": N_("Six months at work"),
}
CONFIRMER_TEXTS: Final[dict[str, str]] = {
    "client": N_("the client"),
    "staff": N_("a case worker"),
    "authority": N_("the authority’s records"),
}
EVIDENCE_TEXTS: Final[dict[str, str]] = {"words": N_("words or a file"), "file": N_("a file")}
CLAIM_TEXTS: Final[dict[str, str]] = {
    "claimed": N_("waits for confirmation"),
    "held": N_("confirmed, waits for a figure"),
    "paid": N_("paid"),
    "refused": N_("refused"),
    "reversed": N_("reversed"),
}
CLAIM_REASON_TEXTS: Final[dict[str, str]] = {
    "not_reached": N_("It was not reached"),
    "evidence_missing": N_("The evidence does not show it"),
    "other_person": N_("The evidence is of somebody else"),
    "too_early": N_("It was claimed too early"),
    "not_above_expected": N_(
        "The provider’s clients did not fare better than was to be expected of them, so this is not paid"
    ),
    "no_figure": N_("There is no published figure of this provider to compare with yet"),
}
HEARD_TEXTS: Final[dict[str, str]] = {
    "meeting": N_("At a meeting"),
    "phone": N_("By phone"),
    "writing": N_("In writing"),
    "own_wish": N_("The client asked for it"),
    "not_needed": N_("Hearing was not needed: a plain mistake, or the service is no longer offered"),
}
LATE_REASON_TEXTS: Final[dict[str, str]] = {
    "began_before_decision": N_("The service began before the decision was made"),
    "authority_delayed": N_("The decision was late for a reason of the authority’s own"),
    "urgent_start": N_("The service had to begin at once"),
    "corrected": N_("A mistake is corrected"),
}
PROPOSAL_TEXTS: Final[dict[str, str]] = {
    "proposed": N_("waits for a second person"),
    "approved": N_("granted"),
    "rejected": N_("turned down"),
    "withdrawn": N_("taken back"),
}


def options(texts: dict[str, str], codes: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    """For a group of choices, in the reader's language."""
    return [(code, gettext(texts[code])) for code in codes or tuple(texts)]
