"""From cells to figures: the pure function that makes a release, and makes it again years later.

Both documents are canonical JSON (RFC 8785) of whole numbers and ASCII text. How shares are computed depends on the
version of the method (registry/quality/methods); how documents are built does not.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from registry.quality.methods import METHODS, Method
from registry.quality.rates import COEFFICIENT_DIGITS, Coefficients
from registry.quality.rules import MEASURES, METHOD, Blank, Count, Kind

MEAN_DIGITS: Final = 6
KAPPA_DIGITS: Final = 3

Cells = Mapping[tuple[str, str], Mapping[str, Count | Blank]]
"""(service id, measure) → provider id → its count, or why it has none."""


def canonical(document: Any) -> str:
    """RFC 8785 of a document that holds only objects with ASCII keys, lists, ASCII text, whole numbers below 2**53
    and null: there the standard library's sorted compact form is the canonical one, and far faster."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def cells_document(
    *,
    organiser_id: str,
    as_of: str,
    counting: Mapping[str, str],
    cells: Cells,
    coefficients: Mapping[tuple[str, str], Coefficients] | None = None,
) -> dict[str, Any]:
    """The cells as published: per service and measure, per provider `[n, k, unknown]`, the same with the expected
    count and its variance, `[n, days]` or a reason. `counting`: outcome category → what it counted as.

    `coefficients`: what the expected counts were computed with, frozen beside them; nothing is computed from them
    again, for that would need counts far below five people.
    """
    services: dict[str, Any] = {}
    for (service, measure), providers in sorted(cells.items()):
        services.setdefault(service, {})[measure] = {
            provider: _plain(cell) for provider, cell in sorted(providers.items())
        }
    frozen: dict[str, Any] = {}
    for (service, measure), fitted in sorted((coefficients or {}).items()):
        frozen.setdefault(service, {})[measure] = _log_odds(fitted)
    return {
        "as_of": as_of,
        "coefficients": frozen,
        "counting": dict(counting),
        "method": METHOD,
        "organiser": organiser_id,
        "services": services,
    }


def _log_odds(fitted: Coefficients) -> dict[str, Any]:
    """Coefficients as whole ten-thousandths."""

    def whole(value: float) -> int:
        return round(value * 10**COEFFICIENT_DIGITS)

    bands = {
        fact: {band: whole(value) for band, value in bands.items()} for fact, bands in fitted.bands.items()
    }
    return {"bands": bands, "intercept": whole(fitted.intercept)}


def _plain(cell: Count | Blank) -> list[int] | str:
    if isinstance(cell, Blank):
        return str(cell)
    if cell.days is not None:
        return [cell.n, cell.days]
    plain = [cell.n, cell.k, cell.unknown]
    if cell.expected is not None and cell.variance is not None:
        plain += [cell.expected, cell.variance]
    return plain


def count_of(kind: Kind, plain: list[int]) -> Count:
    """A cell of the document as a count again."""
    if kind is Kind.DAYS:
        return Count(n=plain[0], days=plain[1])
    n, k, unknown, *sums = plain
    expected, variance = sums or (None, None)
    return Count(n=n, k=k, unknown=unknown, expected=expected, variance=variance)


def figures_document(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure of a release from its cells' document, by the method that the document names."""
    method = METHODS.get(cells["method"])
    if method is None:
        raise ValueError(f"this version computes the methods {', '.join(METHODS)}, not {cells['method']}")
    services = {
        service: {
            measure: _measure(method, MEASURES[measure].kind, column) for measure, column in measures.items()
        }
        for service, measures in cells["services"].items()
    }
    return {
        "as_of": cells["as_of"],
        "cells_sha256": digest(canonical(cells)),
        "method": cells["method"],
        "organiser": cells["organiser"],
        "services": services,
    }


def _measure(method: Method, kind: Kind, column: Mapping[str, list[int] | str]) -> dict[str, Any]:
    """One service and measure: the prior, and each provider's figure or blank."""
    counts = {p: count_of(kind, plain) for p, plain in column.items() if not isinstance(plain, str)}
    blanks: dict[str, Any] = {p: {"blank": plain} for p, plain in column.items() if isinstance(plain, str)}
    if kind is Kind.DAYS:
        days = {p: {"days": count.days, "n": count.n} for p, count in counts.items()}
        return {"kind": str(kind), "providers": blanks | days}
    computed = method(counts)
    return computed | {"kind": str(kind), "providers": blanks | computed["providers"]}


def posterior(count: Count, mean: float, kappa: float) -> tuple[float, float]:
    """The beta parameters of a provider's rate."""
    return mean * kappa + count.k, (1.0 - mean) * kappa + count.n - count.k
