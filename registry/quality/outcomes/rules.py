"""The day that a status is of: the same for everybody, or a provider would look better for being asked later."""

from calendar import monthrange
from datetime import date
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

STATUS_TOLERANCE_DAYS: Final = 31
"""Registers are read once a month, so a status may be of a day up to so many days before or after the right one."""


def status_day(began_on: date, month: int) -> date:
    """The day exactly `month` months after the service began, which is the first day that was redeemed; where that
    month is too short (31 August and six months), its last day."""
    years, index = divmod(began_on.month - 1 + month, 12)
    year = began_on.year + years
    return date(year, index + 1, min(began_on.day, monthrange(year, index + 1)[1]))


def status_fits(*, began_on: date, month: int, status_on: date) -> Decision:
    """Whether a status may stand for the result so many months after the beginning."""
    right = status_day(began_on, month)
    if abs((status_on - right).days) > STATUS_TOLERANCE_DAYS:
        return Refusal("outcome.status_day_wrong", {"right_day": right})
    return ACCEPTED
