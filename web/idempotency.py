"""Carrying out a request once, whether it came from a form sent twice or from a machine that retries."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Actor
from registry.shared.errors import DomainError, Forbidden, Invalid, NotFound, Refused
from registry.shared.idempotency import (
    Replay,
    answers_of,
    check_key,
    claim,
    field_digests,
    same_request,
    settle,
)
from web.services import services, signed_in

Answer = dict[str, Any]


def header_key(request: Request[Any, Any, Any]) -> str:
    """The key of an API call, which every POST that moves money or state must carry."""
    key = request.headers.get("idempotency-key")
    if key is None:
        raise Invalid("idempotency.key_missing", errors={"Idempotency-Key": "idempotency.key_missing"})
    return check_key(key)


async def once(
    request: Request[Any, Any, Any],
    *,
    operation: str,
    key: str,
    body: Mapping[str, Any],
    run: Callable[[AsyncSession], Awaitable[Answer]],
    shown_once: tuple[str, ...] = (),
) -> Answer:
    """Run the command in one transaction with the claim of its key; a repeated key answers as the first did.

    `body` is what the caller sent, as JSON values. A refusal is kept with the key, in a transaction of its own
    after the command's was rolled back, and raised again on a repeat. Fields named in `shown_once` (a token, a
    secret) are answered the first time only and never stored.
    """
    held, actor = services(request), signed_in(request)
    identity = _identity(actor)
    fields = field_digests(operation, body, held.keys.field_digest)
    now = held.now()
    try:
        async with held.database.transaction(actor.sight) as session:
            replay = await claim(session, actor_id=identity, key=check_key(key), fields=fields, now=now)
            if replay is None:
                made = await run(session)
                kept = {name: value for name, value in made.items() if name not in shown_once}
                if shown_once:
                    kept["already_shown"] = True
                await settle(session, actor_id=identity, key=key, status=200, response=kept)
                return made
    except Refused as refused:
        await _keep_refusal(request, actor, key, fields, refused)
        raise
    return answered(replay)


async def answered_before(
    request: Request[Any, Any, Any], *, operation: str, key: str, body: Mapping[str, Any]
) -> Answer | None:
    """What `once` answered this request, where it was sent before: for who has to ask elsewhere, outside of the
    transaction, what the command needs to know. What is answered elsewhere today is nothing to a request of yesterday."""
    held, actor = services(request), signed_in(request)
    name = _identity(actor), check_key(key)
    async with held.database.direct(actor.sight) as connection:
        known = (await answers_of(connection, names=[name])).get(name)
    if known is None:
        return None
    replay = same_request(known, field_digests(operation, body, held.keys.field_digest))
    if isinstance(replay, Invalid):
        raise replay
    return answered(replay)


def answered(replay: Replay) -> Answer:
    """An answer that was given before: a refusal is raised as it was then."""
    if replay.status == 200:
        return replay.response
    raise _KINDS[replay.status](replay.response["code"], **replay.response["facts"])


def _identity(actor: Actor) -> Any:
    if actor.id is None:
        raise LookupError("only people and machines send requests")
    return actor.id


async def _keep_refusal(
    request: Request[Any, Any, Any], actor: Actor, key: str, fields: Mapping[str, str], refused: Refused
) -> None:
    held = services(request)
    async with held.database.transaction(actor.sight) as session:
        taken = await claim(session, actor_id=_identity(actor), key=key, fields=fields, now=held.now())
        if taken is None:
            facts = {name: _plain(value) for name, value in refused.facts.items()}
            response = {"code": refused.code, "facts": facts}
            await settle(session, actor_id=_identity(actor), key=key, status=409, response=response)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


_KINDS: Mapping[int, type[DomainError]] = {404: NotFound, 409: Refused, 403: Forbidden}
