"""Choices that providers left unanswered, by group of clients: whether it falls on some more than on others."""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get

from registry.catalogue.queries import municipalities
from registry.quality.lapses.queries import lapses_by_group
from registry.quality.lapses.rules import NOT_KNOWN, REST, Group
from registry.shared.actor import Role
from registry.shared.period import local_date, start_of_day
from web.page import page
from web.pages.clients import AGE_LABELS
from web.services import services, signed_in
from web.translations import N_, current_language, gettext
from web.words import language_name

AnyRequest = Request[Any, Any, Any]

DAYS: Final = 365
TITLES: Final = {
    "age": N_("By age"),
    "language": N_("By language"),
    "municipality": N_("By home municipality"),
}


def _label(kind: str, code: str, places: dict[str, str]) -> str:
    if code in (REST, NOT_KNOWN):
        return gettext("Small groups together") if code == REST else gettext("Not known")
    if kind == "age":
        return gettext(AGE_LABELS[code])
    if kind == "language":
        name = language_name(code)
        return name[:1].upper() + name[1:]
    return places.get(code, code)


@get("/lapses", who=frozenset({Role.REGISTER_OFFICER}), include_in_schema=False)
async def lapses(request: AnyRequest) -> Response[str]:
    """The last year. No group of fewer than five people stands alone."""
    held, actor = services(request), signed_in(request)
    now = held.now()
    since = start_of_day(local_date(now) - timedelta(days=DAYS))
    async with held.database.transaction(actor.sight) as session:
        found = await lapses_by_group(session, organiser_id=actor.organiser_id, since=since, until=now)
        lang = current_language.get()
        places = {place.code: place.names[lang] for place in await municipalities(session)}
    tables: list[tuple[str, list[tuple[str, Group]]]] = [
        (gettext(TITLES[kind]), [(_label(kind, group.code, places), group) for group in groups])
        for kind, groups in found.items()
    ]
    return page(request, "quality/lapses.html", tables=tables, since=since)


ROUTES: list[Any] = [lapses]
