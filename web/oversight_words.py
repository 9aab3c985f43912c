"""Words for oversight: how far a finding has come, and where a release stands."""

from datetime import datetime
from typing import Final

from registry.quality.queries import ReleaseName
from registry.quality.rules import NO_SHOW, SWITCHED
from web.translations import N_, format_date, gettext

FINDING_TEXTS: Final[dict[str, str]] = {
    "draft": N_("A draft"),
    "hearing": N_("The provider is being heard"),
    "published": N_("Published"),
    "dropped": N_("Dropped"),
}
FINDING_COLOURS: Final[dict[str, str]] = {
    "draft": "neutral",
    "hearing": "warning",
    "published": "info",
    "dropped": "neutral",
}
PRIVATE_TEXTS: Final[dict[str, str]] = {
    SWITCHED: N_("Changed to another provider"),
    NO_SHOW: N_("Did not come to a meeting"),
}


def finding_state(state: str) -> tuple[str, str]:
    """The words and the colour of a finding's state."""
    return gettext(FINDING_TEXTS[state]), FINDING_COLOURS[state]


def release_state(release: ReleaseName, now: datetime) -> tuple[str, str]:
    """The words and the colour of where a release stands."""
    if release.withdrawn_at is not None:
        return gettext("Withdrawn %(day)s", day=format_date(release.withdrawn_at)), "danger"
    if release.public_from > now:
        return gettext("In preview, public from %(day)s", day=format_date(release.public_from)), "warning"
    return gettext("Public since %(day)s", day=format_date(release.public_from)), "success"
