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
CORRECTION_ITEMS: Final[dict[str, str]] = {
    "name": N_("Name"),
    "contact": N_("E-mail or phone"),
    "municipality": N_("Home municipality"),
    "language": N_("Languages"),
    "needs": N_("Accessibility needs"),
    "guardian": N_("Who acts for you"),
    "voucher": N_("A voucher or a choice"),
    "line_dispute": N_("A disputed line of a statement"),
    "visit": N_("A visit that was recorded"),
    "intake": N_("Your situation when a voucher was granted"),
    "outcome": N_("What became of a service"),
    "looked": N_("Somebody who has looked"),
    "other": N_("Something else"),
}


def case_details(kind: str, facts: Mapping[str, Any], *, own: bool) -> list[tuple[str, str]]:
    """Facts in words, as (term, value). What the client wrote or gave is for the one whose case it is."""
    wrong = str(facts.get("item", ""))
    if kind == "correction_wanted" and wrong in CORRECTION_ITEMS:
        item = gettext(CORRECTION_ITEMS[wrong])
        said = [(gettext("In the client’s words"), str(facts.get("words", "")))] if own else []
        return [(gettext("What is wrong"), item), *said]
    if kind != "call_wanted":
        return []
    wish = str(facts.get("wish", ""))
    details = [(gettext("When to call"), gettext(CALL_WISHES[wish]))] if wish in CALL_WISHES else []
    if own and facts.get("phone"):
        details.append((gettext("Number for this call"), str(facts["phone"])))
    return details
