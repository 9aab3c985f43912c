"""From cells to figures: the pure function that makes a release, and makes it again years later.

Both documents are canonical JSON (RFC 8785) of whole numbers and ASCII text. The fitted parameters are rounded before
the figures are computed from them, so that an optimiser's last digits never reach a figure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np

from registry.quality import statistics
from registry.quality.rules import MEASURES, METHOD, SHARE_SCALE, Blank, Count, Kind

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
    *, organiser_id: str, as_of: str, counting: Mapping[str, str], cells: Cells
) -> dict[str, Any]:
    """The cells as published: per service and measure, per provider `[n, k, unknown]`, `[n, days]` or a reason.
    `counting`: outcome category → what it counted as."""
    services: dict[str, Any] = {}
    for (service, measure), providers in sorted(cells.items()):
        services.setdefault(service, {})[measure] = {
            provider: _plain(cell) for provider, cell in sorted(providers.items())
        }
    return {
        "as_of": as_of,
        "counting": dict(counting),
        "method": METHOD,
        "organiser": organiser_id,
        "services": services,
    }


def _plain(cell: Count | Blank) -> list[int] | str:
    if isinstance(cell, Blank):
        return str(cell)
    return [cell.n, cell.k, cell.unknown] if cell.days is None else [cell.n, cell.days]


def count_of(kind: Kind, plain: list[int]) -> Count:
    """A cell of the document as a count again."""
    if kind is Kind.DAYS:
        return Count(n=plain[0], days=plain[1])
    return Count(*plain)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A fitted prior as published, rounded; `usual` in ten-thousandths."""

    mean: float
    kappa: float
    usual: int | None


def _parameters(counts: Iterable[Count]) -> Parameters:
    found = list(counts)
    prior = statistics.fit([count.k for count in found], [count.n for count in found])
    mean, kappa = round(prior.mean, MEAN_DIGITS), round(prior.kappa, KAPPA_DIGITS)
    return Parameters(mean, kappa, round(mean * SHARE_SCALE) if prior.fitted else None)


def figures_document(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure of a release from its cells' document, by the method that the document names."""
    if cells["method"] != METHOD:
        raise ValueError(f"this version computes method {METHOD}, not {cells['method']}")
    services = {
        service: {measure: _measure(MEASURES[measure].kind, column) for measure, column in measures.items()}
        for service, measures in cells["services"].items()
    }
    return {
        "as_of": cells["as_of"],
        "cells_sha256": digest(canonical(cells)),
        "method": cells["method"],
        "organiser": cells["organiser"],
        "services": services,
    }


def _measure(kind: Kind, column: Mapping[str, list[int] | str]) -> dict[str, Any]:
    """One service and measure: the prior, and each provider's figure or blank."""
    counts = {p: count_of(kind, plain) for p, plain in column.items() if not isinstance(plain, str)}
    figures: dict[str, Any] = {p: {"blank": plain} for p, plain in column.items() if isinstance(plain, str)}
    if kind is Kind.DAYS:
        figures |= {p: {"days": count.days, "n": count.n} for p, count in counts.items()}
        return {"kind": str(kind), "providers": figures}
    parameters = _parameters(counts.values())
    figures |= _shares(counts, parameters)
    return {
        "kappa_thousandths": round(parameters.kappa * 10**KAPPA_DIGITS),
        "kind": str(kind),
        "mean_millionths": round(parameters.mean * 10**MEAN_DIGITS),
        "providers": figures,
        "usual": parameters.usual,
    }


def posterior(count: Count, mean: float, kappa: float) -> tuple[float, float]:
    """The beta parameters of a provider's rate."""
    return mean * kappa + count.k, (1.0 - mean) * kappa + count.n - count.k


def _shares(counts: Mapping[str, Count], parameters: Parameters) -> dict[str, Any]:
    n = np.array([count.n for count in counts.values()], dtype=np.float64)
    k = np.array([count.k for count in counts.values()], dtype=np.float64)
    unknown = np.array([count.unknown for count in counts.values()], dtype=np.float64)
    a = parameters.mean * parameters.kappa + k
    b = (1.0 - parameters.mean) * parameters.kappa + n - k
    estimate = a / (a + b)
    low, high = statistics.interval(a, b)
    columns = {
        "estimate": estimate,
        # the mean of a very skewed posterior may lie outside its equal tails
        "low": np.minimum(low, estimate),
        "high": np.maximum(high, estimate),
        "if_unknown_bad": a / (a + b + unknown),
        "if_unknown_good": (a + unknown) / (a + b + unknown),
    }
    rounded = {name: np.rint(values * SHARE_SCALE).astype(int).tolist() for name, values in columns.items()}
    return {
        provider: {
            "k": count.k,
            "n": count.n,
            "unknown": count.unknown,
            **{name: values[row] for name, values in rounded.items()},
        }
        for row, (provider, count) in enumerate(counts.items())
    }
