"""Amounts of a voucher in words: hours, sessions, euros."""

from web.translations import current_language, format_money, format_number, gettext, ngettext


def units_text(hundredths: int, unit_name: str | None) -> str:
    """`150, "hour"` → "1.5 hours"; without a unit's name just the number."""
    shown = format_number(hundredths / 100)
    plural = 1 if hundredths == 100 else 2
    if unit_name == "hour":
        return ngettext("%(count)s hour", "%(count)s hours", plural, count=shown)
    if unit_name == "session":
        return ngettext("%(count)s session", "%(count)s sessions", plural, count=shown)
    return shown


def unit_price_text(cents: int, unit_name: str | None) -> str:
    """`6000, "hour"` → "€60.00 an hour"; a voucher in euros names no unit, so its price is the price alone."""
    price = format_money(cents)
    if unit_name == "hour":
        return gettext("%(price)s an hour", price=price)
    if unit_name == "session":
        return gettext("%(price)s a session", price=price)
    return price


def value_text(cents: int, hundredths: int | None, unit_name: str | None) -> str:
    """What a voucher is worth: "10 hours, €600.00", or the euros alone."""
    if hundredths is None:
        return format_money(cents)
    return gettext("%(units)s, %(value)s", units=units_text(hundredths, unit_name), value=format_money(cents))


def typed_number(hundredths: int) -> str:
    """As people type it into a field: `750` → "7,5" (with a point in English)."""
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return text if current_language.get() == "en" else text.replace(".", ",")


def typed_money(cents: int) -> str:
    """As people type it into a field, without the sign: `8950` → "89,50"."""
    text = f"{cents // 100}.{cents % 100:02d}"
    return text if current_language.get() == "en" else text.replace(".", ",")
