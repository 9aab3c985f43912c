"""Making what is shown once only, and doing what a button asks for: what the pages of a provider's systems share."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from web.idempotency import Answer, once
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]


class Secret(Protocol):
    """What a command that makes a secret returns."""

    @property
    def id(self) -> Any: ...

    @property
    def secret(self) -> str: ...


async def make_secret(
    request: AnyRequest,
    operation: str,
    key: str,
    body: Mapping[str, Any],
    command: Callable[..., Awaitable[Secret]],
    **values: Any,
) -> Answer:
    """Carry the command out once; the answer has the id, and the secret the first time alone."""
    held, actor = services(request), signed_in(request)

    async def make(session: AsyncSession) -> Answer:
        made = await command(session, actor=actor, now=held.now(), **values)
        return {"id": str(made.id), "secret": made.secret}

    return await once(
        request, operation=operation, key=key, body=dict(body), run=make, shown_once=("secret",)
    )


async def act(request: AnyRequest, command: Callable[..., Awaitable[Any]], **values: Any) -> Any:
    """What one button does, which may be pressed twice."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await command(session, actor=actor, now=held.now(), **values)


def flashes(done: str, texts: Mapping[str, str]) -> list[dict[str, str]]:
    """What was done a moment ago."""
    return [{"kind": "success", "text": gettext(texts[done])}] if done in texts else []
