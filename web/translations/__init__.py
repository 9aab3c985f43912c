"""Texts in Finnish, Swedish and English, and numbers, money and dates the way each language writes them.

Source texts are English. A request's language is held in a context variable, so that macros, controllers and
error handlers all translate alike without passing a translator around.
"""

from web.translations.catalogues import (
    DEFAULT_LANGUAGE,
    LANGUAGE_NAMES,
    LANGUAGES,
    N_,
    NP_,
    SELKO,
    current_language,
    gettext,
    negotiate,
    ngettext,
    npgettext,
    offer_selko,
    pgettext,
    speak,
    translations,
    use_language,
)
from web.translations.environment import install
from web.translations.formats import (
    HELSINKI,
    format_date,
    format_datetime,
    format_list,
    format_money,
    format_month,
    format_number,
    format_percent,
    format_relative,
    format_time,
    soften,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "HELSINKI",
    "LANGUAGES",
    "LANGUAGE_NAMES",
    "NP_",
    "N_",
    "SELKO",
    "current_language",
    "format_date",
    "format_datetime",
    "format_list",
    "format_money",
    "format_month",
    "format_number",
    "format_percent",
    "format_relative",
    "format_time",
    "gettext",
    "install",
    "negotiate",
    "ngettext",
    "npgettext",
    "offer_selko",
    "pgettext",
    "soften",
    "speak",
    "translations",
    "use_language",
]
