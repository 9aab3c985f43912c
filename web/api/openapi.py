"""The description of the API, for machines and the people who program them."""

from typing import Any

import orjson
from litestar import Request, Response, get

from web.security import PUBLIC


@get("/api/v1/openapi.json", who=PUBLIC, include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """OpenAPI 3.1."""
    document = request.app.openapi_schema.to_schema()
    return Response(
        orjson.dumps(document), media_type="application/json", headers={"cache-control": "max-age=300"}
    )


ROUTES: list[Any] = [openapi]
