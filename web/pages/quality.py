"""How quality is measured, in plain words, and the releases themselves: public, for whoever wants to check."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from sqlalchemy import select

from registry.catalogue.model import Organiser
from registry.quality.alarms.chance import one_in
from registry.quality.alarms.rules import ORIGIN_DAYS, THRESHOLDS
from registry.quality.queries import categories, column, release_name, releases, services_of
from registry.quality.rules import (
    FEWEST,
    FEWEST_TO_EXPECT,
    HEADLINE,
    LEAST_GOOD_SCORE,
    MEASURES,
    METHOD,
    CountsAs,
    Kind,
)
from registry.quality.tried import TRIED
from registry.shared.errors import NotFound
from web.alarm_words import alarm_text
from web.measure_texts import measure_options, measure_text
from web.page import page
from web.security import PUBLIC
from web.services import services
from web.translations import current_language

AnyRequest = Request[Any, Any, Any]


@get("/quality", who=PUBLIC, include_in_schema=False)
async def method(request: AnyRequest) -> Response[str]:
    """The method page."""
    async with services(request).database.transaction() as session:
        published = await releases(session, now=services(request).now())
        organisers = {row.id: row for row in await session.scalars(select(Organiser))}
        counted = await categories(session)
    newest = {release.organiser_id: release for release in reversed(published)}
    lang = current_language.get()
    return page(
        request,
        "quality/method.html",
        newest=[
            (getattr(organisers[release.organiser_id], f"name_{lang}"), release)
            for release in newest.values()
        ],
        categories=sorted(
            ((getattr(row, f"name_{lang}"), row.counts_as) for row in counted),
            key=lambda category: list(CountsAs).index(CountsAs(category[1])),
        ),
        method=METHOD,
        fewest=FEWEST,
        fewest_to_expect=FEWEST_TO_EXPECT,
        good_score=LEAST_GOOD_SCORE,
        tried=TRIED,
        alarms=[(alarm_text(kind).title, limit, one_in(limit.rare)) for kind, limit in THRESHOLDS.items()],
        origin_days=ORIGIN_DAYS,
    )


@get("/quality/releases/{release_id:uuid}", who=PUBLIC, include_in_schema=False)
async def release(
    request: AnyRequest,
    release_id: FromPath[UUID],
    service: FromQuery[str] = "",
    measure: FromQuery[str] = HEADLINE,
) -> Response[str]:
    """One release: what it is, where to get it, and one column of its figures at a time. Of one that was withdrawn,
    why; a link to it may stand in a newspaper."""
    async with services(request).database.transaction() as session:
        found = await release_name(session, release_id, now=services(request).now())
        if found is None:
            raise NotFound("release.unknown")
        organiser = await session.get_one(Organiser, found.organiser_id)
        if found.withdrawn_at is not None:
            name = getattr(organiser, f"name_{current_language.get()}")
            return page(request, "quality/withdrawn.html", status=410, release=found, organiser=name)
        inside = await services_of(session, release_id)
        wanted = next((s for s in inside if str(s.id) == service), inside[0] if inside else None)
        code = measure if measure in MEASURES else HEADLINE
        rows = (
            await column(session, release_id=release_id, service_id=wanted.id, measure=code)
            if wanted is not None
            else []
        )
    lang = current_language.get()
    return page(
        request,
        "quality/release.html",
        release=found,
        organiser=getattr(organiser, f"name_{lang}"),
        services=[(str(s.id), getattr(s, lang)) for s in inside],
        service=str(wanted.id) if wanted else "",
        measures=measure_options(),
        measure=code,
        measure_text=measure_text(code),
        days=MEASURES[code].kind is Kind.DAYS,
        rows=rows,
    )


ROUTES: list[Any] = [method, release]
