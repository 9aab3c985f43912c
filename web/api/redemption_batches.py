"""Many redemptions in one request: a day's visits from a provider's own system, or what a device kept while offline."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, cast

import structlog
from litestar import Request, Response, post
from litestar.params import JSONBody
from pydantic import Field, ValidationError

from registry.shared.errors import Invalid
from registry.shared.idempotency import Replay, check_key
from registry.vouchers.redemption.commands import Call, Outcome, redeem_once
from web.api.redemptions import PROVIDERS, RedeemedOut, RedemptionIn, call_of
from web.errors import problem
from web.schema import ApiModel
from web.services import services

log = structlog.get_logger()
AnyRequest = Request[Any, Any, Any]

MOST_LINES: Final = 1_000
AT_ONCE: Final = 250
"""Lines of one commit: more saves little, and keeps others waiting longer for the vouchers."""


class BatchLineIn(RedemptionIn):
    """A redemption with its own key, made by whoever recorded the visit: the same line may be sent again, in another
    batch too, and is carried out once."""

    key: Annotated[str, Field(min_length=1, max_length=100)] = Field(examples=["till-3-2026-11-20-0042"])


LineIn = Annotated[BatchLineIn | dict[str, Any], Field(union_mode="left_to_right")]
"""An object that is no redemption is taken too, to be answered as one that cannot be read."""


class RedemptionBatchIn(ApiModel):
    """Up to a thousand lines. One that cannot be read or is refused is answered so and spoils no other."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MOST_LINES)]


class BatchLineOut(ApiModel):
    """What became of a line."""

    line: int = Field(description="Its place in the request, from 1", examples=[1])
    key: str | None = Field(examples=["till-3-2026-11-20-0042"])
    status: Literal["done", "refused", "invalid", "failed"] = Field(
        description="`failed`: nothing is known to have happened; send the line again with the same key"
    )
    redemption: RedeemedOut | None
    problem: dict[str, Any] | None = Field(
        description="Why it was not carried out, as the single call would have answered (RFC 9457)",
        examples=[None],
    )


class RedemptionBatchOut(ApiModel):
    """Line by line, in the order in which they were sent."""

    done: int = Field(examples=[1])
    not_done: int = Field(examples=[0])
    value_cents: int = Field(
        description="Drawn or reserved by the lines that were carried out", examples=[9000]
    )
    lines: list[BatchLineOut]


@post(
    "/api/v1/redemption-batches",
    who=PROVIDERS,
    scope="vouchers:redeem",
    tags=["redemptions"],
    status_code=200,
)
async def post_redemption_batch(
    request: AnyRequest, data: JSONBody[RedemptionBatchIn]
) -> Response[RedemptionBatchOut]:
    """Redeem or reserve many service events. Each line carries a key of its own, so the request needs none: a line
    whose key was used before is answered as it was then."""
    held = services(request)
    answers: dict[int, dict[str, Any]] = {}
    calls: dict[int, Call] = {}
    for number, line in enumerate(data.lines, start=1):
        read = _read(request, line)
        if isinstance(read, Call):
            calls[number] = read
        else:
            answers[number] = _told(number, _key(line), read)
    numbers = list(calls)
    for start in range(0, len(numbers), AT_ONCE):
        together = numbers[start : start + AT_ONCE]
        outcomes = await redeem_once(
            held.database, calls=[calls[number] for number in together], now=held.now()
        )
        for number, outcome in zip(together, outcomes, strict=True):
            answers[number] = _told(number, calls[number].key, outcome)
    # written as it is, without being held to its own description line by line: the tests do that
    return Response(cast(RedemptionBatchOut, _summed([answers[number] for number in sorted(answers)])))


def _read(request: AnyRequest, line: BatchLineIn | dict[str, Any]) -> Call | Invalid:
    try:
        read = line if isinstance(line, BatchLineIn) else BatchLineIn.model_validate(line)
        return call_of(request, check_key(read.key), read)
    except ValidationError as error:
        errors = {_field(item["loc"]): "field.invalid" for item in error.errors()}
        return Invalid("request.invalid", errors=errors)
    except Invalid as error:
        return Invalid("request.invalid", errors={"key": error.code})


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place)) or "line"


def _key(line: BatchLineIn | dict[str, Any]) -> str | None:
    key = line.key if isinstance(line, BatchLineIn) else line.get("key")
    return key if isinstance(key, str) and len(key) <= 100 else None


def _told(number: int, key: str | None, outcome: Outcome) -> dict[str, Any]:
    """A `BatchLineOut`."""
    told: dict[str, Any] = {"line": number, "key": key, "status": "done", "redemption": None, "problem": None}
    if isinstance(outcome, Replay):
        if outcome.status == 200:
            told["redemption"] = outcome.response
            return told
        why = problem(outcome.status, outcome.response["code"], facts=outcome.response["facts"])
        return told | {"status": "refused", "problem": why}
    if isinstance(outcome, Invalid):
        why = problem(422, outcome.code, facts=outcome.facts, errors=outcome.errors)
        return told | {"status": "invalid", "problem": why}
    log.error("a line of a batch failed", exc_info=outcome)
    return told | {"status": "failed", "problem": problem(500, "request.failed")}


def _summed(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A `RedemptionBatchOut`."""
    made = [line["redemption"] for line in lines if line["redemption"]]
    return {
        "done": len(made),
        "not_done": len(lines) - len(made),
        "value_cents": sum(one["value_cents"] for one in made),
        "lines": lines,
    }


ROUTES: list[Any] = [post_redemption_batch]
