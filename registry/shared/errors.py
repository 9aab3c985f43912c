"""What can go wrong, in the domain's own words and without HTTP codes.

`code` is stable and machine-readable (`voucher.expired`); `facts` are the amounts, dates and names the reader
needs to understand it. The text in the reader's language is made at the edge (web/errors.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class DomainError(Exception):
    """Base of the four errors a command may raise."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts: dict[str, Any] = facts


class NotFound(DomainError):
    """There is no such thing, or none that this actor may know of: the two must look the same."""


class Refused(DomainError):
    """The request is well formed but a rule says no."""


class Forbidden(DomainError):
    """The actor's role may never do this."""


class Invalid(DomainError):
    """The input is malformed. `errors` maps field name → code, so that a form can point at each field."""

    def __init__(
        self,
        code: str = "invalid",
        *,
        errors: Mapping[str, str] | None = None,
        error_facts: Mapping[str, Mapping[str, Any]] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(code, **facts)
        self.errors: dict[str, str] = dict(errors or {})
        self.error_facts: dict[str, Mapping[str, Any]] = dict(error_facts or {})
        """Field → the facts of its own error, where its sentence names any."""


class TooManyAttempts(Refused):
    """A limit that protects a secret was reached; the answer says nothing about the secret itself."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule's yes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule's no: why, and with which amounts. A rule never returns a bare bool, for a "no" without a reason
    cannot be explained to the person it goes against."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def raise_(self) -> None:
        raise Refused(self.code, **self.facts)


ACCEPTED: Final = Accepted()
Decision = Accepted | Refusal


def require(decision: Decision) -> None:
    """Raise the refusal, if it is one."""
    if isinstance(decision, Refusal):
        raise Refused(decision.code, **decision.facts)
