"""The frame of the site: front page, sign-in and sign-out, language, statements, health."""

from typing import Any

from litestar import MediaType, Request, Response, get, post
from sqlalchemy import text

from registry.demo.directory import directory
from registry.people.commands import begin_session, end_session
from registry.people.open_grants import open_grant
from registry.shared.errors import NotFound
from web.cookies import language_cookie, session_cookie
from web.forms import read_form
from web.navigation import HOMES, ROLE_LABELS
from web.page import page, redirect
from web.security import PUBLIC, safe_next
from web.services import actor_of, services
from web.translations import LANGUAGES, SELKO, gettext

AnyRequest = Request[Any, Any, Any]


@get("/", who=PUBLIC, include_in_schema=False)
async def front(request: AnyRequest) -> Response[str]:
    """What the service is, and the ways in."""
    return page(request, "site/front.html")


@get("/accessibility", who=PUBLIC, include_in_schema=False)
async def accessibility(request: AnyRequest) -> Response[str]:
    return page(request, "site/accessibility.html")


@get("/privacy", who=PUBLIC, include_in_schema=False)
async def privacy(request: AnyRequest) -> Response[str]:
    months = services(request).settings.unused_account_months
    return page(request, "site/privacy.html", unused_account_months=months)


@post("/language", who=PUBLIC, include_in_schema=False)
async def language(request: AnyRequest) -> Response[str]:
    """Remember the reader's language and go back to where they were."""
    form = await read_form(request)
    picked = form.value("lang")
    if picked not in (*LANGUAGES, SELKO):
        raise NotFound("request.not_found")
    secure = services(request).settings.cookies_secure
    return redirect(safe_next(form.value("next")), cookies=[language_cookie(picked, secure=secure)])


@get("/sign-in", who=PUBLIC, include_in_schema=False)
async def sign_in(request: AnyRequest) -> Response[str]:
    """In the demonstration anyone signs in as anyone; elsewhere by a one-time link."""
    held = services(request)
    people: list[Any] = []
    if held.settings.demo:
        async with held.database.transaction() as session:
            people = await directory(session)
    by_role = [
        (gettext(label), [person for person in people if person.role == role])
        for role, label in ROLE_LABELS.items()
    ]
    return page(
        request, "people/sign_in.html", by_role=by_role, next=safe_next(request.query_params.get("next"), "")
    )


@post("/demo/sign-in", who=PUBLIC, include_in_schema=False)
async def demo_sign_in(request: AnyRequest) -> Response[str]:
    """Sign in as one of the demonstration's people. This door is not there without REGISTRY_DEMO=1."""
    held = services(request)
    if not held.settings.demo:
        raise NotFound("request.not_found")
    form = await read_form(request)
    role_grant_id = form.identifier("person")
    if role_grant_id is None:
        raise NotFound("request.not_found")
    async with held.database.transaction() as session:
        found = await open_grant(session, role_grant_id=role_grant_id)
        if found is None:
            raise NotFound("request.not_found")
        token = await begin_session(
            session, role_grant_id=role_grant_id, now=held.now(), hours=held.settings.session_hours
        )
    home = HOMES[found.role]
    cookie = session_cookie(token, held.settings)
    return redirect(safe_next(form.value("next"), home), cookies=[cookie])


@post("/sign-out", who=PUBLIC, include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[str]:
    held, actor = services(request), actor_of(request)
    if actor is not None and actor.session_id is not None:
        async with held.database.transaction() as session:
            await end_session(session, session_id=actor.session_id, now=held.now())
    return redirect("/", cookies=[session_cookie("", held.settings)])


@get("/healthz", who=PUBLIC, include_in_schema=False, media_type=MediaType.TEXT)
async def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", who=PUBLIC, include_in_schema=False, media_type=MediaType.TEXT)
async def readyz(request: AnyRequest) -> Response[str]:
    """The database answers too, and we act on it as a role that it binds."""
    async with services(request).database.transaction() as session:
        role = await session.scalar(text("SELECT current_user::text"))
    ready = role == "registry_app"
    return Response(
        "ready" if ready else "wrong role", status_code=200 if ready else 503, media_type=MediaType.TEXT
    )


ROUTES: list[Any] = [
    front,
    accessibility,
    privacy,
    language,
    sign_in,
    demo_sign_in,
    sign_out,
    healthz,
    readyz,
]
