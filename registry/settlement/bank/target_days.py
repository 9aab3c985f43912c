"""Days on which euro payments are settled: the TARGET calendar (European Central Bank, long-term calendar since 2000)."""

from datetime import date, timedelta

from registry.shared.working_days import easter_sunday


def is_target_day(day: date) -> bool:
    """Monday to Friday, except New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    easter = easter_sunday(day.year)
    closed = (easter - timedelta(days=2), easter + timedelta(days=1))
    fixed = (day.month, day.day) in ((1, 1), (5, 1), (12, 25), (12, 26))
    return day.weekday() < 5 and day not in closed and not fixed


def next_target_day(day: date) -> date:
    """The day itself where payments are settled, else the next on which they are."""
    while not is_target_day(day):
        day += timedelta(days=1)
    return day
