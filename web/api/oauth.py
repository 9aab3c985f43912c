"""Access tokens for systems with credentials of their own: OAuth 2.0, client credentials (RFC 6749 § 4.4).

The answers are those of the standard and not of the rest of the API, for it is libraries that read them.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from litestar import Request, Response, get, post

from registry.people.api_clients.commands import issue_access, known_client
from registry.people.api_clients.rules import TOKENS_AN_HOUR, WRONG_AN_HOUR
from registry.people.commands import consume_rate_limit
from registry.people.rules import scopes_for
from registry.shared.actor import Role
from registry.shared.errors import Refused, TooManyAttempts
from web.oauth_request import OAuthError, TokenRequest, read
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]

HOUR: Final = timedelta(hours=1)
NOT_KEPT: Final = {"cache-control": "no-store", "pragma": "no-cache"}
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - an address


@post(TOKEN_PATH, who=PUBLIC, include_in_schema=False, status_code=200)
async def token(request: AnyRequest) -> Response[dict[str, Any]]:
    """Show id and secret, get an access token for an hour."""
    try:
        asked = read(
            content_type=request.headers.get("content-type", ""),
            body=await request.body(),
            authorization=request.headers.get("authorization"),
        )
        return await _answer(request, asked)
    except OAuthError as error:
        headers = dict(NOT_KEPT)
        if error.status == 401:
            headers["www-authenticate"] = 'Basic realm="registry", charset="UTF-8"'
        return Response(
            {"error": error.error, "error_description": error.why}, status_code=error.status, headers=headers
        )
    except TooManyAttempts as error:
        wait = str(error.facts["wait_seconds"])
        return Response(
            {
                "error": "temporarily_unavailable",
                "error_description": "Too many requests. Keep a token for its hour.",
            },
            status_code=429,
            headers=NOT_KEPT | {"retry-after": wait},
        )


async def _answer(request: AnyRequest, asked: TokenRequest) -> Response[dict[str, Any]]:
    held = services(request)
    now = held.now()
    async with held.database.transaction() as session:
        client = (
            await known_client(session, client_id=asked.client_id, secret=asked.secret, now=now)
            if asked.client_id is not None
            else None
        )
        client_id = client.id if client is not None else None
    # counted in a bucket of its own, so that whoever guesses cannot shut out the system itself
    bucket = f"oauth:{client_id}" if client_id else f"oauth_wrong:{_who(request, asked)}"
    async with held.database.transaction() as session:
        await consume_rate_limit(
            session, bucket=bucket, limit=TOKENS_AN_HOUR if client_id else WRONG_AN_HOUR, window=HOUR, now=now
        )
    if client_id is None:
        raise OAuthError("invalid_client", "Unknown client, or a wrong secret.", status=401)
    async with held.database.transaction() as session:
        # asked anew under lock: what was revoked a moment ago gets nothing
        client = await known_client(session, client_id=client_id, secret=asked.secret, now=now)
        if client is None:
            raise OAuthError("invalid_client", "Unknown client, or a wrong secret.", status=401)
        try:
            access = await issue_access(session, client=client, now=now, scope=asked.scope)
        except Refused as refused:
            raise OAuthError("invalid_scope", "A scope that this client does not have.") from refused
    return Response(
        {
            "access_token": access.token,
            "token_type": "Bearer",
            "expires_in": access.seconds,
            "scope": " ".join(access.scopes),
        },
        headers=NOT_KEPT,
    )


def _who(request: AnyRequest, asked: TokenRequest) -> str:
    """A hash of which system somebody claims to be, and from where; neither is kept as it is."""
    host = request.client.host if request.client else ""
    return sha256(f"{asked.client_id}|{host}".encode()).hexdigest()[:32]


@get("/.well-known/oauth-authorization-server", who=PUBLIC, include_in_schema=False)
async def metadata(request: AnyRequest) -> Response[dict[str, Any]]:
    """Where tokens are had and how (RFC 8414)."""
    base = services(request).settings.base_url.rstrip("/")
    return Response(
        {
            "issuer": base,
            "token_endpoint": f"{base}{TOKEN_PATH}",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": list(scopes_for(Role.PROVIDER_USER)),
            "service_documentation": f"{base}/provider/systems",
        },
        headers={"cache-control": "public, max-age=3600"},
    )


ROUTES: list[Any] = [token, metadata]
