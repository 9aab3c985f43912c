"""A hundred thousand vouchers drawn: nobody is favoured for its name, id, size, age or place in the import, and every
order of the providers comes equally often. Seeded: the same draws each time, none of them luck.

Only the pure draw is run, for the rest of a shortlist (who is eligible) has no order; ids are made the ways that ids
come about here, in order of time, so that age and import order are in them as they would be.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random
from uuid import UUID, uuid5

import pytest
from scipy.stats import chisquare, norm

from registry.choice.rules import arrange, period_key, seed

VOUCHERS = 100_000
FIRST = 3
KEY = period_key(b"a key for the simulation, 32 bytes", UUID(int=9), 2026)
SERVICE = UUID(int=7)
UNLIKELY = 0.001


@dataclass(frozen=True)
class Firm:
    id: UUID
    name: str
    places: int
    years: int
    row: int
    """Place in the file that it was imported from."""


def firms() -> list[Firm]:
    """Twelve that differ in everything that could be favoured; the ids of the first six grow with time, as ours do."""
    rng = Random(20261122)
    names = rng.sample(
        (
            "Aatos",
            "Aamu",
            "Helka",
            "Ilma",
            "Kaiku",
            "Onni",
            "Pilvi",
            "Sampo",
            "Tuuli",
            "Utu",
            "Ylva",
            "Öylätti",
        ),
        12,
    )
    sizes = rng.sample([1, 2, 3, 5, 8, 12, 20, 40, 80, 200, 500, 1000], 12)
    ages = rng.sample(range(1, 60), 12)
    rows = rng.sample(range(12), 12)
    ids = [
        UUID(int=(0x01A2_0000_0000 + 1_000 * n) << 80 | rng.getrandbits(62) | 7 << 76 | 1 << 63)
        for n in range(6)
    ]
    ids += [uuid5(UUID(int=1), name) for name in names[6:]]
    return [Firm(*facts) for facts in zip(ids, names, sizes, ages, rows, strict=True)]


FIRMS = firms()


@pytest.fixture(scope="module")
def drawn() -> list[tuple[UUID, ...]]:
    """The whole order that each of the vouchers got."""
    rng = Random(1)
    offers = [(firm.id, None) for firm in sorted(FIRMS, key=lambda firm: firm.row)]
    return [
        arrange(seed(KEY, UUID(int=rng.getrandbits(128)), SERVICE), offers, FIRST).order
        for _ in range(VOUCHERS)
    ]


@pytest.mark.parametrize(
    "rank",
    [
        pytest.param(lambda firm: firm.name, id="name"),
        pytest.param(lambda firm: firm.id, id="id"),
        pytest.param(lambda firm: firm.places, id="size"),
        pytest.param(lambda firm: firm.years, id="age"),
        pytest.param(lambda firm: firm.row, id="import order"),
    ],
)
def test_nobody_is_favoured(drawn: list[tuple[UUID, ...]], rank: Callable[[Firm], object]) -> None:
    """The mean rank, by the trait, of those in the first view is the mean of all: a z-test, since the three of a view
    are drawn without replacement (variance of their sum: 3 · (12 − 3) / (12 − 1) · (12² − 1) / 12)."""
    ranked = {firm.id: place for place, firm in enumerate(sorted(FIRMS, key=rank))}  # type: ignore[arg-type]
    total = sum(ranked[provider] for order in drawn for provider in order[:FIRST])
    size = len(FIRMS)
    mean = VOUCHERS * FIRST * (size - 1) / 2
    variance = VOUCHERS * FIRST * (size - FIRST) / (size - 1) * (size**2 - 1) / 12
    assert 2 * norm.sf(abs(total - mean) / variance**0.5) > UNLIKELY


def test_everybody_stands_equally_often_in_every_place(drawn: list[tuple[UUID, ...]]) -> None:
    for place in range(len(FIRMS)):
        seats = Counter(order[place] for order in drawn)
        assert chisquare([seats[firm.id] for firm in FIRMS]).pvalue > UNLIKELY


def test_every_order_comes_equally_often(drawn: list[tuple[UUID, ...]]) -> None:
    """Of the first five firms, in the order in which they stand: all 120 permutations."""
    some = {firm.id for firm in FIRMS[:5]}
    orders: Counter[Sequence[UUID]] = Counter(tuple(p for p in order if p in some) for order in drawn)
    assert len(orders) == 120 == len(list(permutations(some)))
    assert chisquare(list(orders.values())).pvalue > UNLIKELY


def test_clients_who_register_one_after_another_are_not_alike() -> None:
    """Ids of clients grow with time; neighbours must not get neighbouring orders (chi squared over pairs)."""
    offers = [(firm.id, None) for firm in FIRMS[:4]]
    firsts = [arrange(seed(KEY, UUID(int=1_000 + n), SERVICE), offers, 1).order[0] for n in range(20_000)]
    pairs = Counter(zip(firsts[::2], firsts[1::2], strict=True))
    assert len(pairs) == 16
    assert chisquare(list(pairs.values())).pvalue > UNLIKELY
