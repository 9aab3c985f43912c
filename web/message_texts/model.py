"""The shape of a message's words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageText:
    title: str
    body: str
    href: str | None = None
    """Where to go from here; `{voucher}` and the like are ids among the facts."""
    action: str | None = None
    """What the link says."""
