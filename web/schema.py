"""What the JSON API's bodies have in common."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import orjson
from litestar.params import HeaderParameter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from registry.shared.errors import Invalid
from registry.shared.money import MAX_CENTS


def _printable(value: str) -> str:
    if not all(ch.isprintable() or ch in "\n\t" for ch in value):
        raise ValueError("control characters are not allowed")
    return value


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short text."""
Prose = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_printable)]
"""A longer text."""


def _number(value: Any) -> Any:
    """A JSON number, not "5" and not true: the framework validates with strict=False, which overrules strict fields."""
    if type(value) not in (int, float):
        raise ValueError("a number is needed")
    return value


def _flag(value: Any) -> Any:
    if type(value) is not bool:
        raise ValueError("true or false is needed")
    return value


Whole = Annotated[int, BeforeValidator(_number)]
"""A whole number."""
Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false, and nothing that only looks like it."""
VatRate = Annotated[
    Whole,
    Field(
        ge=0,
        le=10_000,
        examples=[2550],
        description="VAT rate in basis points: 25.5 % is 2550; 0 where there is none",
    ),
]
VatKind = Annotated[
    Literal["S", "E", "AE", "Z", "O"],
    Field(
        examples=["S"],
        description="VAT category: S at a rate, E exempt, AE reverse charge, Z at 0 %, O outside VAT (not registered)."
        " Left out: S above a rate of 0",
    ),
]
VatReason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=70,
        examples=[None],
        description="Why there is no VAT, as invoices say; E needs it",
    ),
    AfterValidator(_printable),
]
Cents = Annotated[Whole, Field(ge=0, le=MAX_CENTS)]
"""Whole euro cents."""
Hundredths = Annotated[Whole, Field(ge=1, le=100_000)]
"""Hundredths of a unit: 1.25 hours = 125."""


IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Required. The same key with the same body is carried out once and answers the same.",
        max_length=100,
    ),
]
"""Declared so that the description of the API has it; `web.idempotency.header_key` reads and checks it."""


class ApiModel(BaseModel):
    """A body or answer: unknown fields are refused, for a misspelt amount must not be silently zero."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


Item = TypeVar("Item")


class Page(ApiModel, Generic[Item]):
    """One page of a list; `next` is the cursor of the following page, null at the end."""

    items: list[Item]
    next: str | None = None


LARGEST_PAGE: Final = 200


def cursor(*position: Any) -> str:
    """An opaque place in a sorted list."""
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def read_cursor(text: str | None, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The place that a cursor stands for; a cursor that we did not make is a 422."""
    if text is None:
        return None
    try:
        position = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(position, list) or len(position) != len(kinds):
            raise ValueError("not a cursor of this list")
        return tuple(kind(part) for kind, part in zip(kinds, position, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Invalid("request.invalid", errors={"cursor": "field.invalid"}) from error
