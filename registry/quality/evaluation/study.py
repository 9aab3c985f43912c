"""What the method says of outcomes that are known, field by field: every figure by the code that makes releases."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from registry.quality import statistics
from registry.quality.beta import SURE
from registry.quality.computation import KAPPA_DIGITS, MEAN_DIGITS, posterior
from registry.quality.evaluation.calibration import Calibration, Foretold, calibrate, foretell
from registry.quality.evaluation.reading import ProviderResult, Result
from registry.quality.methods import METHODS
from registry.quality.rules import METHOD, SHARE_SCALE, Count

TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A provider's figure in a field, shares as fractions, and what came of what it foretold."""

    provider: str
    k: int
    n: int
    estimate: float
    low: float
    high: float
    place: str | None
    """In the field's funnel; None where it has none."""
    alpha: float
    beta: float
    foretold: Foretold | None

    @property
    def raw(self) -> float:
        return self.k / self.n


@dataclass(frozen=True, slots=True)
class TopTen:
    """The ten best of a field by estimate, against the ten best by raw rate."""

    changed: int
    """How many of the ten are others."""
    first_changed: bool
    people: float
    """Mean n of the ten by estimate."""
    people_raw: float
    """Mean n of the ten by raw rate: small numbers rise to the top of it."""


@dataclass(frozen=True, slots=True)
class FieldStudy:
    """One field of study."""

    field: str
    mean: float
    kappa: float
    fitted: bool
    """False for a sole provider: it has the uniform prior."""
    estimates: Sequence[Estimate]
    pairs: int
    pairs_apart: int
    top_ten: TopTen | None
    """None where the field has no more than ten providers."""

    @property
    def people(self) -> int:
        return sum(estimate.n for estimate in self.estimates)


@dataclass(frozen=True, slots=True)
class Study:
    """The whole file."""

    fields: Sequence[FieldStudy]
    left_out: int
    """Rows without a usable result in the quarter that the method is fitted on."""
    calibration: Calibration

    @property
    def estimates(self) -> Iterator[Estimate]:
        return (estimate for field in self.fields for estimate in field.estimates)

    @property
    def pairs(self) -> int:
        return sum(field.pairs for field in self.fields)

    @property
    def share_apart(self) -> float | None:
        """Of all pairs within a field, how many the evidence can tell apart."""
        return sum(field.pairs_apart for field in self.fields) / self.pairs if self.pairs else None


def study(results: Iterable[ProviderResult]) -> Study:
    """Apply the present method to every field."""
    by_field: dict[str, list[tuple[ProviderResult, Result]]] = defaultdict(list)
    left_out = 0
    for result in results:
        if result.fitted is None:
            left_out += 1
        else:
            by_field[result.field].append((result, result.fitted))
    fields = [_field(field, found) for field, found in sorted(by_field.items())]
    foretold = [e.foretold for field in fields if field.fitted for e in field.estimates if e.foretold]
    return Study(fields, left_out, calibrate(foretold))


def _field(field: str, found: Sequence[tuple[ProviderResult, Result]]) -> FieldStudy:
    counts = {result.provider: Count(n=fitted.n, k=fitted.k) for result, fitted in found}
    computed = METHODS[METHOD](counts)
    mean = computed["mean_millionths"] / 10**MEAN_DIGITS
    kappa = computed["kappa_thousandths"] / 10**KAPPA_DIGITS
    proved = {result.provider: result.proved for result, _ in found}
    estimates = [
        _estimate(provider, count, computed["providers"][provider], posterior(count, mean, kappa), proved)
        for provider, count in counts.items()
    ]
    estimates.sort(key=lambda e: (-e.estimate, -e.n, e.provider))
    apart = _pairs_apart(estimates)
    return FieldStudy(
        field=field,
        mean=mean,
        kappa=kappa,
        fitted=computed["usual"] is not None,
        estimates=estimates,
        pairs=len(estimates) * (len(estimates) - 1) // 2,
        pairs_apart=apart,
        top_ten=_top_ten(estimates),
    )


def _estimate(
    provider: str,
    count: Count,
    figure: Mapping[str, Any],
    parameters: tuple[float, float],
    proved: Mapping[str, Result | None],
) -> Estimate:
    later = proved[provider]
    return Estimate(
        provider=provider,
        k=count.k,
        n=count.n,
        estimate=figure["estimate"] / SHARE_SCALE,
        low=figure["low"] / SHARE_SCALE,
        high=figure["high"] / SHARE_SCALE,
        place=figure.get("funnel"),
        alpha=parameters[0],
        beta=parameters[1],
        foretold=foretell(*parameters, later) if later is not None else None,
    )


def _pairs_apart(estimates: Sequence[Estimate]) -> int:
    a = np.array([estimate.alpha for estimate in estimates])
    b = np.array([estimate.beta for estimate in estimates])
    return int((statistics.greater_matrix(a, b) >= SURE).sum())


def _top_ten(estimates: Sequence[Estimate]) -> TopTen | None:
    """Of equal rates the one of more people goes first, which is the best that a raw ranking can do."""
    if len(estimates) <= TOP:
        return None
    by_estimate = estimates[:TOP]
    by_rate = sorted(estimates, key=lambda e: (-e.raw, -e.n, e.provider))[:TOP]
    kept = {e.provider for e in by_estimate} & {e.provider for e in by_rate}
    return TopTen(
        changed=TOP - len(kept),
        first_changed=by_estimate[0].provider != by_rate[0].provider,
        people=sum(e.n for e in by_estimate) / TOP,
        people_raw=sum(e.n for e in by_rate) / TOP,
    )
