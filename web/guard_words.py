"""Alarms about redemptions in words: what was seen, why it is asked, and what may explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.vouchers.guarding.queries import HeldBack
from registry.vouchers.guarding.rules import LIMITS, AlarmState, Sign, Unit
from web.translations import N_, format_money, format_number, format_percent, gettext


@dataclass(frozen=True, slots=True)
class GuardText:
    """What a sign is called, what its number counts, and what may explain it without anything being wrong."""

    title: str
    counts: str
    innocent: str


_SIGNS: Final[dict[Sign, GuardText]] = {
    Sign.DAY_NUMBER: GuardText(
        N_("Very many visits on one day"),
        N_("Visits of the provider with the same day"),
        N_("A group or a large provider may have had so many clients."),
    ),
    Sign.DAY_VALUE: GuardText(
        N_("Very much value on one day"),
        N_("Value of the provider’s visits with the same day"),
        N_("A long course may have been recorded for its last day."),
    ),
    Sign.HOUR_NUMBER: GuardText(
        N_("Very many redemptions within an hour"),
        N_("Visits recorded within one hour"),
        N_("A month’s visits may have been sent as one file."),
    ),
    Sign.DEVICE_NUMBER: GuardText(
        N_("Very many redemptions by one system"),
        N_("Visits recorded by one system or device within one hour"),
        N_("The system may have been without a connection and sent all at once."),
    ),
    Sign.SCANNED_HOUR: GuardText(
        N_("Very many visits taken by one phone within an hour"),
        N_("Visits that one phone took without a connection within one hour of its own clock"),
        N_("The visits of a day may have been typed in one go in the evening."),
    ),
    Sign.DEVICE_CLOCK: GuardText(
        N_("Visits from devices whose clock was wrong"),
        N_("Visits that came on one day from devices whose clock was more than ten minutes off"),
        N_("A phone without a network for long, or one set by hand, may simply be wrong."),
    ),
    Sign.PERSON_DAY: GuardText(
        N_("One person recorded very many visits of one day"),
        N_("Visits with the same day, recorded by one person"),
        N_("One person may do the books for several coaches."),
    ),
    Sign.WRONG_CODES: GuardText(
        N_("Many wrong codes"),
        N_("Wrong numbers or codes within a day"),
        N_("A new employee or a broken scanner may have tried the same voucher again and again."),
    ),
    Sign.NIGHT: GuardText(
        N_("Redemptions at night"),
        N_("Visits recorded by hand between 23 and 5 in one night"),
        N_("Some do their paperwork late."),
    ),
    Sign.TWO_PLACES: GuardText(
        N_("The same client at two providers on one day"),
        N_("Providers that recorded a visit of the same client for the same day"),
        N_("The client may have two services, or have changed provider that day."),
    ),
    Sign.ROUND_SUMS: GuardText(
        N_("Very many round sums"),
        N_("Share of a month’s visits that come to full hundreds of euros although the unit price does not"),
        N_("The provider may sell fixed packages of hours."),
    ),
}
STATES: Final[dict[str, tuple[str, str]]] = {
    AlarmState.OPEN: (N_("To be looked into"), "warning"),
    AlarmState.EXPLAINED: (N_("Explained"), "neutral"),
    AlarmState.CONFIRMED: (N_("Confirmed"), "danger"),
}


def guard_text(sign: Sign) -> GuardText:
    """In the reader's language."""
    text = _SIGNS[sign]
    return GuardText(gettext(text.title), gettext(text.counts), gettext(text.innocent))


def held_text(held: HeldBack) -> str:
    """Why something is held back, as its provider reads it."""
    if held.why == "disputed":
        return gettext(
            "Clients have said that these visits are not right. An official looks into it and hears you."
        )
    if held.why == "line":
        return gettext(
            "You disputed these before they were invoiced. Each comes back on your next statement when it has been"
            " answered."
        )
    if held.reason:
        return held.reason
    seen = guard_text(held.sign).title if held.sign else ""
    return gettext(
        "Held by itself until somebody has looked. What was seen: %(seen)s. It is a question, not a verdict: you can"
        " contact the authority and explain.",
        seen=seen,
    )


def guard_state(state: str) -> tuple[str, str]:
    text, colour = STATES[state]
    return gettext(text), colour


def amount_text(sign: Sign, value: int) -> str:
    """What was seen or is the limit, in the sign's unit."""
    unit = LIMITS[sign].unit
    if unit is Unit.CENTS:
        return format_money(value)
    return format_percent(value / 100) if unit is Unit.PERCENT else format_number(value)


def guard_evidence(sign: Sign, seen: int, limit: int, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The numbers of an alarm, each with what it is."""
    rows = [
        (guard_text(sign).counts, amount_text(sign, seen)),
        (gettext("Limit then"), amount_text(sign, limit)),
    ]
    more = (
        ("visits", gettext("Visits"), format_number),
        ("cents", gettext("Their value"), format_money),
        ("numbers", gettext("Different voucher numbers tried"), format_number),
    )
    return rows + [(name, shown(facts[key])) for key, name, shown in more if key in facts]
