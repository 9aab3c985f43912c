"""What a change of the open register is called."""

from collections.abc import Mapping
from typing import Any, Final

KINDS: Final = ("admitted", "changed", "price", "suspended", "reinstated", "left")

CHANGES_DAYS: Final = 90
"""How long a change is kept that a newer one of the same approval has overtaken."""

Row = Mapping[str, Any]
"""Column → value, as the open data have them."""


def kind_of(before: Row | None, after: Row | None) -> str | None:
    """The most important thing that happened; None where nothing that anybody can see did."""
    if before is None or after is None:
        if before is after:
            return None
        return "admitted" if before is None else "left"
    if before == after:
        return None
    if before["state"] != after["state"]:
        return "suspended" if after["state"] == "suspended" else "reinstated"
    if any(before.get(name) != after.get(name) for name in ("unit_price", "vat_percent")):
        return "price"
    return "changed"


def columns_of(before: Row | None, after: Row | None) -> list[str]:
    """Which columns differ; of one that came or went, none."""
    if before is None or after is None:
        return []
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
