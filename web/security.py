"""Doors: who may call which route, sessions and tokens, and the headers that every answer carries.

Every route handler declares `who=`: PUBLIC, or the roles that may call it; routes of the API may add `scope=`,
which a machine's token must carry. A handler that does not say stops the application from starting.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final, TypeGuard
from urllib.parse import quote
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from registry.people.queries import initials_of
from registry.shared.actor import EVERYONE, STAFF, Actor, Role, Sight
from registry.shared.errors import Forbidden
from web.language import settle_language
from web.services import Services, actor_of, services
from web.shell import asset

__all__ = ["EVERYONE", "PUBLIC", "STAFF", "Role"]

PUBLIC: Final[frozenset[Role] | None] = None
"""No sign-in needed."""

SESSION_COOKIE: Final = "registry_session"
LANGUAGE_COOKIE: Final = "language"
API_PREFIX: Final = "/api/v1"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self';"
    " connect-src 'self'; media-src 'self' blob:; worker-src 'self'; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final[tuple[tuple[str, str], ...]] = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
)
_ENCODED: Final = tuple((name.encode(), value.encode()) for name, value in HEADERS)


MARKED: Final = b"public, max-age=31536000, immutable"
UNMARKED: Final = b"public, max-age=86400"


class SignInRequired(Exception):
    """Nobody is signed in where somebody must be: a page sends to the sign-in page, the API answers 401."""


def token_hash(token: str) -> bytes:
    """What is stored of a session's or machine's token (256 random bits need no slow hash)."""
    return sha256(token.encode()).digest()


_SESSION: Final = "SELECT * FROM registry_session($1, $2)"


def _sight(row: Any, client_id: UUID | None = None, account_id: UUID | None = None) -> Sight:
    organisers = tuple(row["organisers"] or ())
    return Sight(organisers=organisers, provider=row["provider_id"], client=client_id, account=account_id)


async def _from_session(held: Services, token: str) -> Actor | None:
    row = await _one(held, _SESSION, token)
    if row is None:
        return None
    sight = _sight(row, row["client_id"], row["account_id"])
    acts_for = None
    if row["guardian"]:
        async with held.database.transaction(sight) as session:
            acts_for = await initials_of(session, client_id=row["client_id"])
    return Actor(
        kind="account",
        id=row["account_id"],
        role=Role(row["role"]),
        acts_for=acts_for,
        sight=sight,
        name=row["display_name"],
        language=row["language"],
        session_id=row["session_id"],
    )


async def _from_token(held: Services, token: str) -> Actor | None:
    row = await held.bearers.ask(token_hash(token))
    if row is None:
        return None
    return Actor(
        kind="token",
        id=row["token_id"],
        role=Role(row["role"]),
        # so that a machine is somebody to the database: without an account a session sees what is nobody's own
        sight=_sight(row, account_id=row["token_id"]),
        name=row["name"],
        scopes=frozenset(row["scopes"]),
    )


async def _one(held: Services, query: str, token: str) -> Any:
    """One statement, one round trip: no transaction is needed to ask who this is."""
    return await held.database.one(query, token_hash(token), held.now())


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


class SignIn(ASGIMiddleware):
    """Finds out who calls: the session cookie on pages, the bearer token on the API, never the one for the other, so
    that no page can be made to use a token and no foreign site can make a browser use the API."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        actor: Actor | None = None
        try:
            actor = await _caller(connection, scope["path"])
        except Exception as error:
            # answered by the guard of a door that needs somebody; an error page must still be shown
            scope["sign_in_error"] = error  # type: ignore[typeddict-unknown-key]
        scope["user"] = actor
        picked = connection.cookies.get(LANGUAGE_COOKIE) or (actor.language if _is_person(actor) else None)
        settle_language(picked, connection.headers.get("accept-language"), scope["path"])
        await next_app(scope, receive, send)


def _is_person(actor: Actor | None) -> TypeGuard[Actor]:
    return actor is not None and actor.kind == "account"


async def _caller(connection: ASGIConnection[Any, Any, Any, Any], path: str) -> Actor | None:
    if path.startswith("/api/"):
        token = bearer_token(connection)
        return await _from_token(services(connection), token) if token and len(token) <= 200 else None
    if path.startswith("/static/"):
        return None
    cookie = connection.cookies.get(SESSION_COOKIE)
    return await _from_session(services(connection), cookie) if cookie and len(cookie) <= 200 else None


class Headers(ASGIMiddleware):
    """Security headers on every answer; nothing that a signed-in person saw is kept in a shared computer's cache.
    Style sheets, scripts and fonts are kept: the address of one that carries a mark of its content is good for ever."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                have = {name.lower() for name, _ in headers}
                headers += [each for each in _ENCODED if each[0] not in have]
                if b"cache-control" not in have:
                    headers.append((b"cache-control", _kept(scope, message["status"])))
                message["headers"] = headers
            await send(message)

        await next_app(scope, receive, with_headers)


def _kept(scope: Scope, status: int) -> bytes:
    """How long a browser may keep the answer. A mark that is not this file's was made by another version, which runs
    beside this one while a new one is brought in: kept for long, this content would stand under the wrong mark."""
    path = scope["path"]
    if not path.startswith("/static/") or status not in (200, 304):
        return b"no-store"
    asked = f"{path}?{scope['query_string'].decode('latin-1')}"
    return MARKED if asked == asset(path.removeprefix("/static/")) else UNMARKED


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let through whom the handler's `who` names; for tokens also ask for its `scope`."""
    who: frozenset[Role] | None = handler.opt.get("who")
    if who is None:
        return
    failed: Exception | None = connection.scope.get("sign_in_error")  # type: ignore[assignment]
    if failed is not None:
        raise failed
    actor = actor_of(connection)
    if actor is None:
        raise SignInRequired
    if actor.role not in who:
        raise Forbidden("door.other_role", role=str(actor.role))
    scope = handler.opt.get("scope")
    if actor.kind == "token" and (scope is None or scope not in actor.scopes):
        raise Forbidden("door.scope_missing", scope=str(scope))


def sign_in_address(request: Request[Any, Any, Any]) -> str:
    """The sign-in page, which afterwards leads back to a page that can be had by GET."""
    if request.method != "GET":
        return "/sign-in"
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(path, safe='')}"


def safe_next(target: str | None, otherwise: str = "/") -> str:
    """Only a path on this site: an address with a host would send people to a look-alike."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return otherwise
    return target if target.isprintable() and len(target) <= 500 else otherwise


def require_doors(routes: Iterable[Any]) -> None:
    """Refuse to start when a route does not say who may call it."""
    for route in routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if "who" not in handler.opt and not _built_in(handler):
                raise ImproperlyConfiguredException(
                    f"{route.path}: the handler does not say `who` may call it"
                )


def _built_in(handler: HTTPRouteHandler) -> bool:
    """OPTIONS answers and static files, which the framework adds itself."""
    return handler.http_methods == {"OPTIONS"} or handler.fn.__module__.startswith("litestar.")
