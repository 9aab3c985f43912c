"""Refusals of quality alarms."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "alarm.unknown": N_("There is no such alarm."),
    "alarm.decided_already": N_("The alarm has been decided already."),
}
