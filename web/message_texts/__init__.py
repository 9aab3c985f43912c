"""What each message says, and the page that it leads to. The words are made when it is read, in the reader's
language, from the template's name and its facts. They stand by who reads them: clients.py, providers_….py."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from web.comment_words import REASONS, reason_text
from web.message_texts.clients import FOR_JOBSEEKERS_TEXTS
from web.message_texts.model import MessageText
from web.message_texts.providers_clients import FOR_PROVIDERS_ON_CLIENTS
from web.message_texts.providers_register import FOR_PROVIDERS_ON_REGISTER, TO_OFFER
from web.message_texts.staff import FOR_STAFF
from web.translations import N_, format_date, format_month, gettext

OTHER: Final = MessageText(N_("You have a new message"), N_("See your pages for what has changed."))

_TEXTS: Final = FOR_JOBSEEKERS_TEXTS | FOR_PROVIDERS_ON_CLIENTS | FOR_PROVIDERS_ON_REGISTER | FOR_STAFF
TEMPLATES: Final = frozenset(_TEXTS)
FOR_JOBSEEKERS: Final = frozenset(FOR_JOBSEEKERS_TEXTS)


def words_of(template: str) -> list[str]:
    """Every text of a message, to be translated."""
    text = _TEXTS[template]
    return [part for part in (text.title, text.body, text.action) if part]


def message_text(template: str, facts: Mapping[str, Any]) -> MessageText:
    """The message in the reader's language. A template that has no words here, or facts that lack something,
    still make a message that can be read."""
    text = _TEXTS.get(template, OTHER)
    shown = _shown(facts)
    href, action = text.href, text.action
    if (
        href and "{decision}" in href and "decision" not in facts
    ):  # from before decisions had pages of their own
        href, action = "/provider/offer", TO_OFFER
    try:
        title, body = gettext(text.title) % shown, gettext(text.body) % shown
    except (KeyError, ValueError, TypeError):
        return MessageText(gettext(OTHER.title), gettext(OTHER.body), None, None)
    try:
        href = href.format_map(_ids(facts)) if href else None
    except KeyError:
        href = None
    return MessageText(title, body, href, gettext(action) if action and href else None)


def _shown(facts: Mapping[str, Any]) -> dict[str, str]:
    shown = {}
    for name, value in facts.items():
        text = str(value)
        try:
            if name == "month":
                text = format_month(date.fromisoformat(f"{text}-01" if len(text) == 7 else text))
            elif name in ("last_day", "until"):
                text = format_date(date.fromisoformat(text))
            elif name == "reason" and text in REASONS:
                text = reason_text(text)
        except ValueError:
            pass
        shown[name] = text
    return shown


def _ids(facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts that are ids, and so may stand in an address."""
    found = {}
    for name, value in facts.items():
        try:
            found[name] = str(UUID(str(value)))
        except ValueError:
            continue
    return found
