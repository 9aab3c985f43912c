"""Money, numbers and dates as people in Finland write them, in each language.

All times are shown in Europe/Helsinki: a deadline is a day in the holder's calendar, not in UTC.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers

from web.translations.catalogues import current_catalogue, current_language, gettext, ngettext

HELSINKI = ZoneInfo("Europe/Helsinki")
LOCALES = {"fi": Locale("fi", "FI"), "sv": Locale("sv", "FI"), "en": Locale("en", "GB")}
DateStyle = Literal["medium", "long", "weekday"]
DATE_PATTERNS = {
    "fi": {"medium": "d.M.y", "long": "d. MMMM y", "weekday": "ccc d.M."},
    "sv": {"medium": "d.M.y", "long": "d MMMM y", "weekday": "EEE d.M"},
    "en": {"medium": "d MMM y", "long": "d MMMM y", "weekday": "EEE d MMM"},
    # nothing abbreviated, and months by their names
    "fi_selko": {"medium": "d. MMMM y", "long": "d. MMMM y", "weekday": "cccc d. MMMM"},
}
LONG_WORD = re.compile(r"[^\W\d_]{13,}")
SYLLABLE_START = re.compile(r"(?<=\w{4})(?=[bcdfghjklmnpqrstvwxz][aeiouyåäö]\w{3})", re.IGNORECASE)
TIME_PATTERNS = {"fi": "H.mm", "sv": "H.mm", "en": "HH:mm"}


def _locale() -> Locale:
    return LOCALES[current_language.get()]


def helsinki_day(value: date | datetime) -> date:
    """The calendar day in Finland; a naive datetime is a programming error, for its day is unknown."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime shown to people must be aware")
        return value.astimezone(HELSINKI).date()
    return value


def format_money(cents: int) -> str:
    """Whole cents as euros: "1 234,50 €" in Finnish and Swedish, "€1,234.50" in English."""
    return str(numbers.format_currency(Decimal(cents) / 100, "EUR", locale=_locale()))


def format_number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """A number with the language's separators; `decimals` fixes how many are shown."""
    if decimals is None:
        return numbers.format_decimal(value, locale=_locale())
    places = "." + "0" * decimals if decimals else ""
    return numbers.format_decimal(value, format=f"#,##0{places}", locale=_locale())


def format_percent(share: float | Decimal, decimals: int = 0) -> str:
    """A share of one as per cent: 0.62 is "62 %"."""
    text = format_number(Decimal(str(share)) * 100, decimals)
    return f"{text}%" if current_language.get() == "en" else f"{text}\N{NO-BREAK SPACE}%"


def format_date(value: date | datetime, style: DateStyle = "medium") -> str:
    pattern = DATE_PATTERNS[current_catalogue()][style]
    return dates.format_date(helsinki_day(value), format=pattern, locale=_locale())


def format_time(value: datetime) -> str:
    pattern = TIME_PATTERNS[current_language.get()]
    return dates.format_time(value, format=pattern, tzinfo=HELSINKI, locale=_locale())


def format_datetime(value: datetime) -> str:
    return gettext("%(day)s at %(time)s", day=format_date(value), time=format_time(value))


def format_month(value: date | datetime) -> str:
    return dates.format_date(helsinki_day(value), format="LLLL y", locale=_locale())


def format_relative(value: date | datetime, now: datetime | None = None) -> str:
    """How far a day is from today, in whole days of the Finnish calendar."""
    days = (helsinki_day(value) - helsinki_day(now or datetime.now(UTC))).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days == -1:
        return gettext("yesterday")
    if 0 < days <= 60:
        return ngettext("in %(n)s day", "in %(n)s days", days)
    if -60 <= days < 0:
        return ngettext("%(n)s day ago", "%(n)s days ago", -days)
    return dates.format_timedelta(timedelta(days=days), add_direction=True, locale=_locale())


def format_list(items: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return lists.format_list(list(items), locale=_locale())


def soften(text: str) -> str:
    """Soft hyphens at the syllables of long Finnish and Swedish words, for headings on a narrow screen.

    Chromium has no Finnish hyphenation and would break a long compound anywhere. A Finnish syllable starts at
    the consonant before a vowel, which is near enough in Swedish too.
    """
    if current_language.get() == "en":
        return text
    return LONG_WORD.sub(lambda word: SYLLABLE_START.sub("\N{SOFT HYPHEN}", word.group()), text)
