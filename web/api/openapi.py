"""The description of the API, for machines and the people who program them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from litestar import Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from web.errors import problem
from web.security import API_PREFIX, PUBLIC
from web.translations import use_language

PROBLEM: Final = "#/components/schemas/Problem"
WHY: Final = {
    400: "The body or the query cannot be read",
    401: "No token, or one that is not valid any more",
    403: "The token's role or scopes do not include this",
    404: "There is no such thing, or none that this token may know of",
    409: "The request is well formed and a rule says no: `code` says which, `facts` with which amounts",
    413: "The body is larger than 6 MB",
    422: "Something in the request is missing or wrong: `errors` names the fields",
    429: "Too many wrong attempts",
    503: "Busy: try again",
}
CODES: Final = {
    400: "request.malformed",
    401: "door.sign_in",
    403: "door.scope_missing",
    404: "request.not_found",
    409: "request.conflict",
    413: "request.too_large",
    422: "request.invalid",
    429: "presentation.too_many_attempts",
    503: "request.busy",
}
FACTS: Final[dict[str, dict[str, Any]]] = {
    "door.scope_missing": {"scope": "vouchers:read"},
    "budget.short": {"left_cents": 15_00, "wanted_cents": 600_00},
    "grant.value_out_of_terms": {"value_cents": 700_00, "most_cents": 600_00},
    "grant.units_out_of_terms": {"units": 12_00, "units_most": 10_00},
    "grant.validity_out_of_terms": {"days": 120, "most": 90},
    "choice.reservation_open": {"reserved_cents": 60_00},
    "redemption.date_in_future": {"today": "2026-11-22"},
    "redemption.date_outside_validity": {"first_day": "2026-11-22", "last_day": "2027-02-20"},
    "redemption.price_above_agreed": {"unit_price_cents": 65_00, "agreed_cents": 60_00},
    "redemption.price_above_ceiling": {"unit_price_cents": 65_00, "ceiling_cents": 60_00},
    "redemption.too_few_units": {"units": 2_00, "units_available": 1_50},
    "redemption.too_little_value": {"price_cents": 120_00, "available_cents": 90_00},
    "redemption.more_than_reserved": {"units": 3_00, "units_reserved": 2_00},
}
"""Facts of the examples, by code."""
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `detail` is for people, in the language of Accept-Language.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "facts": {"type": "object", "additionalProperties": True},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler) of every route of the API that is described."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith(API_PREFIX):
            for handler in route.route_handlers:
                for method in handler.http_methods:
                    yield route.path_format, method.lower(), handler


def _statuses(method: str, handler: HTTPRouteHandler) -> list[int]:
    """The errors that a route can answer, apart from our own failure."""
    # 404 on lists too: a filter may name something that is not there
    found = [400, 404, 422, 503]
    if handler.opt.get("who") is not PUBLIC:
        found += [401, 403]
    if method != "get":
        found += [409, 413]
    if handler.opt.get("limited"):
        found.append(429)
    return sorted(found)


def _response(status: int, codes: Sequence[str]) -> dict[str, Any]:
    examples = {
        code.replace(".", "_"): {"value": problem(status, code, facts=FACTS.get(code))} for code in codes
    }
    content = {"schema": {"$ref": PROBLEM}, "examples": examples}
    return {"description": WHY[status], "content": {"application/problem+json": content}}


def describe(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document, with every operation's errors: those that all routes share, and the refusals (409) that a
    route names itself (`refusals=`). A key that may be left out in the handler, so that we answer its absence in our own
    words, is required all the same."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    with use_language("en"):
        for path, method, handler in _handlers(app):
            operation = document["paths"].get(path, {}).get(method)
            if operation is None:
                continue
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "Idempotency-Key":
                    parameter["required"] = True
            for status in _statuses(method, handler):
                codes = [CODES[status]]
                if status == 409:
                    codes = list(handler.opt.get("refusals", codes))
                operation["responses"][str(status)] = _response(status, codes)
    return document


@get("/api/v1/openapi.json", who=PUBLIC, include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """OpenAPI 3.1."""
    state = request.app.state
    if "openapi" not in state:
        state.openapi = orjson.dumps(describe(request.app))
    return Response(state.openapi, media_type="application/json", headers={"cache-control": "max-age=300"})


ROUTES: list[Any] = [openapi]
