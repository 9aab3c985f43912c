"""How a provider is seen: what is about to be public of it, what clients say, and how often the draw has shown it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromQuery
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.choice.queries.exposure import Exposure, exposure, months_over
from registry.providers.oversight.queries import findings
from registry.providers.queries.services import in_register
from registry.quality.comments.queries import own_comments
from registry.quality.preview.queries import own_preview, own_public
from registry.quality.preview.rules import last_day_to_object
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.period import local_date
from web.page import page
from web.pages.exposure import chance_text
from web.pages.redemption import PROVIDER
from web.services import services, signed_in
from web.translations import current_language, format_month

AnyRequest = Request[Any, Any, Any]

MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A month at one organiser; `row` is None where the provider could not be chosen by anybody."""

    organiser: str
    row: Exposure | None


async def _exposure(
    session: AsyncSession, actor: Actor, names: dict[UUID, str], asked: str, now: Any
) -> tuple[list[date], date | None, list[Shown]]:
    """(months that are over, the one asked for or the newest, the provider's own row of it at each organiser)."""
    over: dict[UUID, list[date]] = {}
    # the draw and the orders are the organisers' own; of what they say only this provider's row is taken
    async with as_organiser(session, actor.sight):
        for organiser_id in names:
            over[organiser_id] = await months_over(session, organiser_id=organiser_id, now=now)
        months = sorted({month for found in over.values() for month in found}, reverse=True)[:MONTHS]
        month = next((one for one in months if one.isoformat()[:7] == asked), months[0] if months else None)
        rows = []
        for organiser_id, name in names.items():
            if month is not None and month in over[organiser_id]:
                found = await exposure(session, organiser_id, month, actor.provider_id)
                rows.append(Shown(name, found[0] if found else None))
    return months, month, rows


@get("/provider/seen", who=PROVIDER, include_in_schema=False)
async def how_seen(request: AnyRequest, month: FromQuery[str] = "") -> Response[str]:
    """Everything in one place, with the way to each part. Of other providers it says nothing."""
    held, actor = services(request), signed_in(request)
    now, lang = held.now(), current_language.get()
    async with held.database.transaction(actor.sight) as session:
        found = await session.scalars(
            select(Organiser).where(Organiser.id.in_(actor.sight.organisers)).order_by(Organiser.name_fi)
        )
        names = {row.id: getattr(row, f"name_{lang}") for row in found}
        coming = await own_preview(session, actor.provider_id, now=now)
        public = await own_public(session, actor.provider_id, now=now)
        comments = await own_comments(session, provider_id=actor.provider_id)
        heard = await findings(session, heard_provider=actor.provider_id)
        has_page = await in_register(session, provider_id=actor.provider_id, on=local_date(now))
        months, chosen, shown = await _exposure(session, actor, names, month, now)
    return page(
        request,
        "oversight/seen.html",
        public_page=f"/providers/{actor.provider_id}" if has_page else None,
        coming=[
            (
                names.get(own.release.organiser_id, ""),
                own.release,
                last_day_to_object(own.release.public_from),
            )
            for own in coming
        ],
        public=[(names.get(own.release.organiser_id, ""), own.release) for own in public],
        comments=len(comments),
        unanswered=sum(one.answered is None for one in comments),
        hearings=[one for one in heard if one.state == "hearing" and one.heard is None],
        months=[(one.isoformat()[:7], _capital(format_month(one))) for one in months],
        month=chosen,
        shown=shown,
        chance_text=chance_text,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


ROUTES: list[Any] = [how_seen]
