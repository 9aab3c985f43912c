"""The rate to be expected of a client, from coefficients that a release froze. Pure Python: whoever only reads them need
not load what fitted them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Pattern = tuple[str | None, ...]
"""One band per fact, in the order of the facts; None where a fact is not known."""

COEFFICIENT_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A fitted model as frozen: log odds, rounded before anything is computed from them.

    `bands`: per fact, in the order of a pattern's bands, band → what it adds. A band that is not there adds nothing,
    which is what an average band adds.
    """

    intercept: float
    bands: Mapping[str, Mapping[str, float]]


def coefficients_of(plain: Mapping[str, Any]) -> Coefficients:
    """Frozen coefficients as numbers again."""
    scale = 10**COEFFICIENT_DIGITS
    bands = {
        fact: {band: value / scale for band, value in bands.items()} for fact, bands in plain["bands"].items()
    }
    return Coefficients(plain["intercept"] / scale, bands)


def rate(coefficients: Coefficients, pattern: Pattern) -> float:
    """The expected rate of people with this pattern."""
    score = coefficients.intercept + math.fsum(_effects(coefficients, pattern))
    return 1.0 / (1.0 + math.exp(-score))


def _effects(coefficients: Coefficients, pattern: Pattern) -> Iterator[float]:
    for bands, band in zip(coefficients.bands.values(), pattern, strict=True):
        if band is not None:
            yield bands.get(band, 0.0)
