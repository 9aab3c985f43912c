"""Which financial year a charge belongs to, when a year may be closed, and what of a voucher is carried on.

Pure functions. A financial year is a calendar year in Finnish time (Municipalities Act 410/2015 § 113, Accounting Act
1336/1997 ch. 2 § 3: expenses are booked on an accrual basis).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.shared.period import Period, local_date, start_of_day

EARLIEST: Final = 2000
LATEST: Final = 2100


def year_period(year: int) -> Period:
    """The calendar year in Finnish time."""
    return Period(start_of_day(date(year, 1, 1)), start_of_day(date(year + 1, 1, 1)))


def books_year(service_date: date, known_at: datetime, closed: Mapping[int, datetime]) -> int:
    """The year whose expense a charge is: that of the service, unless it was closed before anybody could know of the
    charge; then the first year that was still open. (Closing does this for all charges at once, in SQL.)"""
    year = service_date.year
    while year in closed and closed[year] <= known_at:
        year += 1
    return year


def may_close_year(year: int, now: datetime) -> Decision:
    """Only a year that has ended can be closed."""
    if not EARLIEST <= year <= LATEST:
        return Refusal("year.unknown", {"year": year})
    if now >= year_period(year).end:
        return ACCEPTED
    return Refusal("year.not_ended", {"year": year, "today": local_date(now).isoformat()})


def to_carry(*, open_cents: int, of_line_cents: int) -> int:
    """What of a voucher goes to the next year's line: what is neither used nor returned, as far as it came from the
    line. What an older year's reversal gave back is that year's, and is returned to its line."""
    return max(0, min(open_cents, of_line_cents))


def successor_code(code: str, year: int) -> str:
    """The code that the next year's line most likely has: the same with the next year's number in it."""
    short, following = f"{year % 100:02d}", f"{(year + 1) % 100:02d}"
    written = re.sub(rf"(?<!\d){year}(?!\d)", str(year + 1), code)
    return written if written != code else re.sub(rf"(?<!\d){short}(?!\d)", following, code)
