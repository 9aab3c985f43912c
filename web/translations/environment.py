"""Makes a Jinja environment translate and format in the request's language."""

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
    environment.globals["language_names"] = catalogues.LANGUAGE_NAMES


def _translator() -> NullTranslations:
    return catalogues.translations(catalogues.current_language.get())
