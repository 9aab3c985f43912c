"""Every error becomes an answer that its reader understands: problem+json for machines, a page for people.

No detail of the inside leaves the house: what was not foreseen is logged and answered as "went wrong on our side".
"""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    PermissionDeniedException,
    SerializationException,
    ValidationException,
)
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registry.shared.errors import DomainError, Forbidden, Invalid, NotFound, Refused, TooManyAttempts
from web.page import page
from web.refusals import sentence
from web.security import API_PREFIX, SignInRequired, sign_in_address

log = structlog.get_logger()

STATUS: Final[tuple[tuple[type[DomainError], int], ...]] = (
    (TooManyAttempts, 429),
    (NotFound, 404),
    (Refused, 409),
    (Forbidden, 403),
    (Invalid, 422),
)
BY_STATUS: Final = {
    400: "request.malformed",
    401: "door.sign_in",
    403: "door.other_role",
    404: "request.not_found",
    405: "request.method_not_allowed",
    409: "request.conflict",
    413: "request.too_large",
    422: "request.invalid",
    503: "request.busy",
}
PAGES: Final = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})

AnyRequest = Request[Any, Any, Any]


def status_of(error: DomainError) -> int:
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem(
    status: int,
    code: str,
    *,
    facts: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    error_facts: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """RFC 9457: `code` is stable, `detail` is for people, `errors` names the fields."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": sentence(code, facts),
    }
    if facts:
        document["facts"] = {key: _plain(value) for key, value in facts.items()}
    if errors:
        document["errors"] = [
            {"field": field, "code": found, "detail": sentence(found, (error_facts or {}).get(field))}
            for field, found in errors.items()
        ]
    return document


TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def answer(
    request: AnyRequest,
    status: int,
    code: str,
    *,
    facts: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    error_facts: Mapping[str, Mapping[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """The error in the form that this caller reads."""
    if request.url.path.startswith(API_PREFIX):
        return Response(
            problem(status, code, facts=facts, errors=errors, error_facts=error_facts),
            status_code=status,
            media_type="application/problem+json",
            headers=headers,
        )
    shown = status if status in PAGES else (400 if status < 500 else 500)
    return page(
        request,
        f"errors/{shown}.html",
        status=status,
        headers=headers,
        code=code,
        message=sentence(code, facts),
        errors={
            field: sentence(found, (error_facts or {}).get(field)) for field, found in (errors or {}).items()
        },
    )


def on_domain_error(request: AnyRequest, error: DomainError) -> Response[Any]:
    errors, error_facts = (error.errors, error.error_facts) if isinstance(error, Invalid) else (None, None)
    status = status_of(error)
    headers = {"Retry-After": "600"} if status == 429 else None
    return answer(
        request,
        status,
        error.code,
        facts=error.facts,
        errors=errors,
        error_facts=error_facts,
        headers=headers,
    )


def on_sign_in_required(request: AnyRequest, error: SignInRequired) -> Response[Any]:
    if request.url.path.startswith(API_PREFIX):
        return answer(request, 401, "door.sign_in", headers={"WWW-Authenticate": "Bearer"})
    return Response(
        "", status_code=303, headers={"Location": sign_in_address(request)}, media_type=MediaType.TEXT
    )


def on_http_exception(request: AnyRequest, error: HTTPException) -> Response[Any]:
    if isinstance(error, ValidationException):
        return answer(request, 422, "request.invalid", errors=_fields(error))
    if isinstance(error, PermissionDeniedException):
        return answer(request, 403, "door.form_expired")
    status = error.status_code
    if status >= 500:
        return on_anything(request, error)
    code = BY_STATUS.get(status, "request.malformed")
    return answer(request, status, code, headers=dict(error.headers or {}))


def _fields(error: ValidationException) -> dict[str, str]:
    found = error.extra if isinstance(error.extra, list) else []
    return {str(item.get("key") or "body"): "field.invalid" for item in found if isinstance(item, dict)}


def on_pydantic_error(request: AnyRequest, error: ValidationError) -> Response[Any]:
    errors = {
        ".".join(str(part) for part in item["loc"]) or "body": "field.invalid" for item in error.errors()
    }
    return answer(request, 422, "request.invalid", errors=errors)


def on_unreadable(request: AnyRequest, error: Exception) -> Response[Any]:
    return answer(request, 400, "request.malformed")


def on_database_error(request: AnyRequest, error: DBAPIError) -> Response[Any]:
    """The database is the last word: what it refuses of the caller's data is the caller's to mend."""
    return on_driver_error(request, error.orig or error)


def on_driver_error(request: AnyRequest, error: BaseException) -> Response[Any]:
    """As the driver raised it: on the few ways that do without SQLAlchemy, and inside what it wraps."""
    state = str(getattr(error, "sqlstate", "") or "")
    if state.startswith("23"):
        log.warning("constraint refused", path=request.url.path, sqlstate=state)
        return answer(request, 409, "request.conflict")
    if state.startswith("22") or type(error).__name__ == "DataError":
        return answer(request, 422, "request.invalid")
    if state in {"40001", "40P01", "55P03", "53300", "57P03"}:
        return answer(request, 503, "request.busy", headers={"Retry-After": "1"})
    return on_anything(request, error)  # type: ignore[arg-type]  # an Exception, as drivers raise


def on_pool_timeout(request: AnyRequest, error: PoolTimeout) -> Response[Any]:
    return answer(request, 503, "request.busy", headers={"Retry-After": "1"})


def on_anything(request: AnyRequest, error: Exception) -> Response[Any]:
    log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    return answer(request, 500, "request.failed")


EXCEPTION_HANDLERS: Final[dict[int | type[Exception], Any]] = {
    DomainError: on_domain_error,
    SignInRequired: on_sign_in_required,
    HTTPException: on_http_exception,
    ValidationError: on_pydantic_error,
    SerializationException: on_unreadable,
    ClientException: on_http_exception,
    UnicodeDecodeError: on_unreadable,
    PoolTimeout: on_pool_timeout,
    DBAPIError: on_database_error,
    asyncpg.PostgresError: on_driver_error,
    asyncpg.InterfaceError: on_driver_error,
    Exception: on_anything,
}
