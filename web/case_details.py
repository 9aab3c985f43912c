"""What a case's facts say to the one who handles it."""

from collections.abc import Mapping
from typing import Any, Final

from web.translations import N_, gettext

CALL_WISHES: Final[dict[str, str]] = {
    "any": N_("Any time of the day"),
    "morning": N_("In the morning, 8–11"),
    "midday": N_("Around noon, 11–14"),
    "afternoon": N_("In the afternoon, 14–16"),
}


def case_details(kind: str, facts: Mapping[str, Any], *, own: bool) -> list[tuple[str, str]]:
    """Facts in words, as (term, value). A number that the client gave for the call is for the one whose case it is."""
    if kind != "call_wanted":
        return []
    wish = str(facts.get("wish", ""))
    details = [(gettext("When to call"), gettext(CALL_WISHES[wish]))] if wish in CALL_WISHES else []
    if own and facts.get("phone"):
        details.append((gettext("Number for this call"), str(facts["phone"])))
    return details
