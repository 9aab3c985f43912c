"""Makes a Jinja environment translate and format in the request's language."""

from dataclasses import dataclass

from babel.support import NullTranslations
from jinja2 import Environment

from web.translations import catalogues, formats


def install(environment: Environment) -> None:
    """Add `_`, gettext and its kin, `{% trans %}` and the format functions as globals.

    The raw lookups are handed over: new-style gettext fills in the placeholders itself and escapes what
    goes into them, which a text formatted in advance would escape twice or not at all.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _translator().gettext(message),
        ngettext=lambda singular, plural, n: _translator().ngettext(singular, plural, n),
        newstyle=True,
        pgettext=lambda context, message: _translator().pgettext(context, message),
        npgettext=lambda context, singular, plural, n: _translator().npgettext(context, singular, plural, n),
    )
    environment.globals.update(
        {name: getattr(formats, name) for name in dir(formats) if name.startswith("format_")}
    )
    environment.filters["soften"] = formats.soften
    environment.globals["language_choices"] = language_choices
    environment.globals["in_selko"] = catalogues.in_selko


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """One button of the language switch; `lang` is what the browser is told."""

    code: str
    name: str
    lang: str
    current: bool


def language_choices() -> list[LanguageChoice]:
    """The languages, and easy Finnish after Finnish where the page has it."""
    now = catalogues.current_catalogue()
    found = [
        LanguageChoice(code, name, code, code == now) for code, name in catalogues.LANGUAGE_NAMES.items()
    ]
    if catalogues.selko_offered.get():
        easy = LanguageChoice(catalogues.SELKO, catalogues.SELKO_NAME, "fi", catalogues.in_selko())
        found.insert(1, easy)
    return found


def _translator() -> NullTranslations:
    return catalogues.translations(catalogues.current_catalogue())
