"""Answers that a browser or a cache may keep for a while, and is told briefly when they have not changed."""

from hashlib import sha256
from typing import Any, Final

from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

KEPT: Final = {
    304: ResponseSpec(data_container=None, description="Not changed since the copy that If-None-Match names")
}
"""What the API's description says of them."""


def tag_of(*facts: object) -> str:
    """A weak mark of content: compressed or not, the same facts make the same."""
    return f'W/"{sha256("|".join(map(str, facts)).encode()).hexdigest()[:32]}"'


def kept(tag: str, *, seconds: int) -> dict[str, str]:
    """Headers of public content that may be kept so long, and asked for again with its mark."""
    return {"etag": tag, "cache-control": f"public, max-age={seconds}"}


def unchanged(request: Request[Any, Any, Any], headers: dict[str, str]) -> Response[bytes] | None:
    """304 where the caller holds what stands already."""
    held = {part.strip() for part in request.headers.get("if-none-match", "").split(",")}
    if headers["etag"] not in held and "*" not in held:
        return None
    return Response(b"", status_code=304, headers=headers)
