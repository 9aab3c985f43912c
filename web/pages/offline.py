"""Taking visits without a network: the page that a browser keeps, the script that keeps it, and where what was taken is
sent to.

The page is the same for everybody and says nothing of anyone: it stays on the device after sign-out. What the device
keeps it seals so that only its own person, signed in, can open it (static/js/offline).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromQuery
from litestar.utils.scope.state import ScopeState
from pydantic import AfterValidator, AwareDatetime, Field, ValidationError

from registry.shared.errors import DomainError, Invalid
from registry.shared.identifiers import grouped
from registry.vouchers.offline.receiving import (
    Answered,
    add_device,
    holder_of,
    opening_of,
    own_device,
    receive,
)
from registry.vouchers.offline.rules import MOST_VISITS, KeptVisit
from registry.vouchers.redemption.rules import Activity, Event
from web.errors import status_of
from web.page import environment, redirect
from web.pages.redemption import PROVIDER
from web.refusals import sentence
from web.schema import ApiModel, Cents, Hundredths, Whole
from web.security import PUBLIC
from web.services import services, signed_in
from web.shell import STATIC_FOLDER, asset
from web.translations import current_language, gettext, use_language
from web.visit_words import ACTIVITY_TEXTS

AnyRequest = Request[Any, Any, Any]

PATH: Final = "/provider/offline"
PAGES: Final = {"fi": f"{PATH}/fi", "sv": f"{PATH}/sv", "en": f"{PATH}/en"}
SCRIPTS: Final = ("js/offline/keeping.js", "js/offline/numbers.js", "js/camera.js")
"""What the page's script imports, under the addresses that it does so by."""
KEPT: Final = (
    "vendor/designsystemet.css", "vendor/designsystemet-theme.css", "css/registry.css", "css/vouchers.css",
    "img/mark.svg", "js/offline/scan.js",
)  # fmt: skip
PLAIN: Final = (
    *(f"/static/{name}" for name in SCRIPTS),
    "/static/vendor/qr/decode.js", "/static/vendor/qr/index.js", "/static/fonts/figtree-latin.woff2",
)  # fmt: skip
WORKER: Final = Path(STATIC_FOLDER) / "js" / "offline" / "worker.js"


def _shell(language: str, *, demo: bool) -> str:
    with use_language(language):
        return (
            environment()
            .get_template("offline/scan.html")
            .render(
                lang=language,
                demo=demo,
                pages=PAGES,
                activities=[(str(one), gettext(words)) for one, words in ACTIVITY_TEXTS.items()],
            )
        )


@get(PATH, who=PROVIDER, include_in_schema=False)
async def offline(request: AnyRequest) -> Response[str]:
    """To the page in the reader's language, which the browser keeps from then on."""
    return redirect(PAGES[current_language.get()])


@get(list(PAGES.values()), who=PUBLIC, include_in_schema=False)
async def offline_page(request: AnyRequest) -> Response[str]:
    """The page itself: no name, no token, nothing that is not on everybody's."""
    language = request.url.path.rpartition("/")[2]
    return Response(_shell(language, demo=services(request).settings.demo), media_type=MediaType.HTML)


@get(f"{PATH}/worker.js", who=PUBLIC, include_in_schema=False)
async def offline_worker(request: AnyRequest) -> Response[str]:
    """The script that answers when there is no network. Whatever the page is made of changes its version, and so the
    script: browsers fetch everything anew, into a cache of its own, and drop the old one."""
    files = [*(asset(name) for name in KEPT), *PLAIN]
    shells = [_shell(language, demo=services(request).settings.demo) for language in PAGES]
    marks = [asset(name.removeprefix("/static/")) for name in PLAIN]
    script = WORKER.read_text()
    version = sha256("\n".join([*shells, *files, *marks, script]).encode()).hexdigest()[:16]
    values = {"version": version, "pages": list(PAGES.values()), "files": files}
    return Response(
        f"const KEPT = {orjson.dumps(values).decode()};\n{script}",
        media_type="text/javascript",
        headers={"service-worker-allowed": PATH},
    )


# --- what the page's script asks -------------------------------------------------------------------------------------


def _json(content: Any, status: int = 200) -> Response[Any]:
    return Response(content, status_code=status, media_type=MediaType.JSON)


class DeviceIn(ApiModel):
    device: UUID


def _within_sense(told: datetime) -> datetime:
    """A clock may stand anywhere after a flat battery; what it says is evidence, and refuses nothing."""
    return min(max(told, _FIRST), _LAST).astimezone(UTC)


_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
Clock = Annotated[AwareDatetime, AfterValidator(_within_sense)]


class KeptVisitIn(ApiModel):
    """As it was sealed on the device."""

    id: UUID
    place: Annotated[Whole, Field(ge=1, le=1_000_000)]
    number: Annotated[str, Field(min_length=1, max_length=40)]
    secret: Annotated[str, Field(max_length=60)] = ""
    service_date: date
    units: Hundredths
    unit_price_cents: Cents | None = None
    taken_at: Clock
    another: bool = False
    activity: Activity | None = None

    def kept(self) -> KeptVisit:
        return KeptVisit(
            id=self.id, place=self.place, number=self.number, secret=self.secret, service_date=self.service_date,
            units=self.units, unit_price_cents=self.unit_price_cents, taken_at=self.taken_at,
            another=self.another, event=Event(self.activity),
        )  # fmt: skip


class SendingIn(ApiModel):
    device: UUID
    sent_at: Clock
    taken: Annotated[Whole, Field(ge=0, le=1_000_000)]
    language: Annotated[str, Field(pattern="^(fi|sv|en)$")]
    visits: Annotated[list[Any], Field(min_length=1, max_length=MOST_VISITS)]


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValidationError, orjson.JSONDecodeError) as error:
        raise Invalid("request.invalid") from error


@get(f"{PATH}/state", who=PROVIDER, include_in_schema=False)
async def offline_state(request: AnyRequest, device: FromQuery[str] = "") -> Response[Any]:
    """Who is signed in, by a name that says nothing; what opens the visits on this person's own device; and the token
    that forms carry."""
    held, actor = services(request), signed_in(request)
    if actor.id is None:
        raise Invalid("offline_device.person_only")
    opening = None
    try:
        asked = UUID(device) if device else None
        if asked:
            async with held.database.transaction(actor.sight) as session:
                await own_device(session, actor=actor, device_id=asked)
            opening = opening_of(
                held.keys, device_id=asked, account_id=actor.id, provider_id=actor.provider_id
            )
    except (DomainError, ValueError):
        opening = None
    return _json(
        {
            "holder": holder_of(held.keys, account_id=actor.id, provider_id=actor.provider_id),
            "name": actor.name,
            "token": ScopeState.from_scope(request.scope).csrf_token or "",
            "opening": opening,
        }
    )


@post(f"{PATH}/devices", who=PROVIDER, include_in_schema=False, status_code=200)
async def offline_device(request: AnyRequest) -> Response[Any]:
    """Let this device take visits for the one who is signed in."""
    held, actor = services(request), signed_in(request)
    try:
        with _readable():
            sent = DeviceIn.model_validate_json(await request.body())
        async with held.database.transaction(actor.sight) as session:
            await add_device(session, actor=actor, now=held.now(), device_id=sent.device)
    except DomainError as error:
        return _json({"code": error.code, "why": sentence(error.code, error.facts)}, status_of(error))
    if actor.id is None:
        raise LookupError("a device belongs to a person")
    opening = opening_of(held.keys, device_id=sent.device, account_id=actor.id, provider_id=actor.provider_id)
    return _json({"opening": opening})


@post(f"{PATH}/visits", who=PROVIDER, include_in_schema=False, status_code=200)
async def offline_visits_sent(request: AnyRequest) -> Response[Any]:
    """What the device kept, answered visit by visit: one that cannot be read spoils no other."""
    held, actor = services(request), signed_in(request)
    try:
        with _readable():
            sent = SendingIn.model_validate_json(await request.body())
        visits, unreadable = _read(sent.visits)
        answers = await receive(
            held.database, actor=actor, now=held.now(), keys=held.keys, device_id=sent.device,
            sent_at=sent.sent_at, taken=sent.taken, visits=visits,
        )  # fmt: skip
    except DomainError as error:
        return _json({"code": error.code, "why": sentence(error.code, error.facts)}, status_of(error))
    with use_language(sent.language):
        told = [_told(answer) for answer in answers]
        told += [
            {"id": one, "status": "unreadable", "why": sentence("request.invalid")} for one in unreadable
        ]
    return _json({"visits": told})


def _read(sent: list[Any]) -> tuple[list[KeptVisit], list[str]]:
    visits, unreadable = [], []
    for one in sent:
        try:
            visits.append(KeptVisitIn.model_validate_json(orjson.dumps(one)).kept())
        except (ValidationError, Invalid, OverflowError, TypeError):
            named = one.get("id") if isinstance(one, dict) else None
            unreadable.append(named[:40] if isinstance(named, str) else "")
    return visits, unreadable


def _told(answer: Answered) -> dict[str, Any]:
    """What the device shows: no name, and of the number the end."""
    told: dict[str, Any] = {"id": str(answer.id), "status": answer.status, "why": ""}
    visit = answer.visit
    if answer.status == "other":
        told["why"] = sentence("offline_visit.other_with_id")
    if visit is None:
        return told
    told |= {"end": grouped(visit.number)[-4:], "day": visit.service_date.isoformat()}
    if visit.code:
        told["why"] = visit.note or sentence(visit.code, visit.facts)
    return told


ROUTES: list[Any] = [
    offline, offline_page, offline_worker, offline_state, offline_device, offline_visits_sent,
]  # fmt: skip
