"""Words for what is declared, noted, decided and appealed."""

from typing import Final

from registry.providers.decisions.rules import Ground, Mark
from registry.shared.working_days import NoticeBy
from web.translations import N_, gettext

GROUNDS: Final[dict[str, str]] = {
    Ground.PARTY: N_("I or somebody close to me is a party"),
    Ground.REPRESENTS: N_("I or somebody close to me assists or represents a party"),
    Ground.BENEFIT: N_("The decision may bring me or somebody close to me particular benefit or harm"),
    Ground.EMPLOYMENT: N_("I am employed by a party, or have a commission from one in this matter"),
    Ground.BOARD: N_("I or somebody close to me is on the board or in the management of a party"),
    Ground.DIRECTS: N_("I or somebody close to me helps to lead an authority that supervises a party"),
    Ground.OTHER: N_("Something else makes my impartiality doubtful"),
}
"""Administrative Procedure Act § 28, in the officer's own words."""

MARKS: Final[dict[str, str]] = {
    Mark.MET: N_("Met"),
    Mark.NOT_MET: N_("Not met"),
    Mark.NOT_APPLICABLE: N_("Does not apply"),
}

NOTICE: Final[dict[str, str]] = {
    NoticeBy.ELECTRONIC: N_("In this service (known on the third day)"),
    NoticeBy.LETTER: N_("By letter (known on the seventh day)"),
}

CAME_BY: Final[dict[str, str]] = {
    "page": N_("On a page of this service"),
    "email": N_("By e-mail"),
    "letter": N_("By post"),
    "in_person": N_("Brought in person"),
}

APPEAL_STATES: Final[dict[str, str]] = {
    "received": N_("Waits for a decision"),
    "upheld": N_("Upheld: the decision was corrected"),
    "rejected": N_("Rejected"),
    "not_examined": N_("Came too late, not examined"),
    "withdrawn": N_("Withdrawn"),
}


def options(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Codes with their words, for a field of choices."""
    return [(str(code), gettext(text)) for code, text in texts.items()]


def appeal_state(state: str) -> str:
    """What has become of a request for review."""
    return gettext(APPEAL_STATES[state])
