"""The VAT in a price in words, and as it is asked: nobody has to know the standard's letters."""

from datetime import date
from typing import Final

from registry.shared.vat import LONGEST_REASON, Vat, VatCategory, merged, rates_in_force
from web.forms import Form
from web.translations import N_, format_percent, gettext

UNSAID: Final = "0"
"""No VAT, from before it was asked why."""
ASKED: Final[dict[str, str]] = {
    VatCategory.OUTSIDE: N_("No VAT: we are not registered for VAT"),
    VatCategory.EXEMPT: N_("No VAT: the law exempts this service"),
    VatCategory.REVERSE: N_("No VAT from us: the buyer accounts for it (reverse charge)"),
    VatCategory.ZERO: N_("The rate is 0 %"),
}
_SHOWN: Final[dict[str, str]] = {
    VatCategory.OUTSIDE: N_("no VAT, not registered for it"),
    VatCategory.EXEMPT: N_("no VAT, exempt by law"),
    VatCategory.REVERSE: N_("no VAT in it, the buyer accounts for it"),
    VatCategory.ZERO: N_("VAT at 0 %"),
}


def vat_text(vat: Vat, *, why: bool = True) -> str:
    """What of a price is VAT, after the price. A client pays the price, and needs no reason for what is not in it."""
    if vat.rate_bp:
        return gettext("includes VAT %(rate)s", rate=format_percent(vat.rate_bp / 10_000, 1))
    return category_text(vat.category) if why else gettext("no VAT")


def category_text(category: str | None) -> str:
    if category == VatCategory.STANDARD:
        return gettext("VAT in the price")
    return gettext(_SHOWN[category]) if category in _SHOWN else gettext("no VAT")


def _rate(rate_bp: int) -> str:
    return format_percent(rate_bp / 10_000, 1 if rate_bp % 100 else 0)


def vat_options(today: date, standing: Vat | None = None) -> list[tuple[str, str]]:
    """The rates of the day, then the reasons for none; `standing` is one that may be kept as it is."""
    usual, *others = rates_in_force(today)
    options = [(str(usual), gettext("%(rate)s, the usual rate", rate=_rate(usual)))]
    options += [(str(rate), _rate(rate)) for rate in others]
    options += [(str(category), gettext(text)) for category, text in ASKED.items()]
    if standing is not None and standing.rate_bp == 0 and standing.category is None:
        options.append((UNSAID, gettext("No VAT, as until now")))
    return options


def fill_vat(form: Form, vat: Vat) -> None:
    """The fields as this VAT would have filled them in."""
    form.set("vat_rate_bp", str(vat.category if vat.rate_bp == 0 and vat.category else vat.rate_bp))
    form.set("vat_reason", vat.reason or "")


def read_vat(form: Form, today: date, standing: Vat | None = None) -> Vat:
    """What was picked, with the usual words where none were typed; what is lacking is noted on the form."""
    picked = form.choice("vat_rate_bp", [value for value, _ in vat_options(today, standing)])
    reason = form.text("vat_reason", longest=LONGEST_REASON, required=False)
    if not picked:
        return Vat(0)
    if picked.isdigit():  # words left from another pick say nothing of a rate
        return merged(Vat(0), {"vat_rate_bp": int(picked)})
    vat = merged(Vat(0), {"vat_category": picked, "vat_reason": reason if picked != VatCategory.ZERO else ""})
    if vat.reason is None and picked == VatCategory.EXEMPT:
        form.fail("vat_reason", "offer.vat_reason_missing")
    return vat
