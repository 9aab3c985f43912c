"""The versions of the method: the old one to the byte, and what the present one says of whom."""

from random import Random
from typing import Any

import pytest

from registry.quality.computation import Cells, canonical, cells_document, count_of, digest, figures_document
from registry.quality.methods import METHODS
from registry.quality.methods.second import rounded_kappa, rounded_mean
from registry.quality.rates import Coefficients
from registry.quality.rules import METHOD, Blank, Count, Kind


def cells_of(method: str) -> dict[str, Any]:
    """The cells of three services with 2, 14 and 60 providers, and the odd ones."""
    draw = Random(1)
    services: dict[str, Any] = {}
    for service, providers in (("s0", 2), ("s1", 14), ("s2", 60)):
        services[service] = {"first_meeting": {"p00": [7, 12], "p01": "too_new"}}
        for measure in ("outcome_6", "review_after_welcome", "completion"):
            column: dict[str, Any] = {}
            for p in range(providers):
                n, level = draw.randint(5, 60), draw.betavariate(12, 8)
                column[f"p{p:02}"] = [n, sum(draw.random() < level for _ in range(n)), draw.randint(0, 3)]
            column["q0"] = "too_few"
            services[service][measure] = column
    services["s0"]["outcome_3"] = {"p00": [9, 9, 0], "p01": [6, 6, 1]}
    services["s0"]["outcome_12"] = {"p00": [9, 4, 0]}
    return {
        "as_of": "2026-11-22",
        "counting": {"open_job": "good"},
        "method": method,
        "organiser": "o",
        "services": services,
    }


@pytest.mark.parametrize(
    ("method", "sha256"),
    [
        ("1", "d46386bffe230393a8e7ffe7829e0dfe0119312326232b7bb990fac50a3f1b8a"),
        ("2", "bbef07803c775540dde3ac42b1902ac3389fb4d8a2fd700ce4e53b45c754da54"),
    ],
)
def test_a_method_gives_the_same_bytes_for_ever(method: str, sha256: str) -> None:
    """The hashes were taken when each method was the present one. A change that moves one needs a new version."""
    assert digest(canonical(figures_document(cells_of(method)))) == sha256


def test_new_releases_are_made_by_the_newest_method() -> None:
    assert max(METHODS, key=int) == METHOD


def test_an_unknown_method_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="1, 2, not 7"):
        figures_document(cells_of("7"))


def test_the_methods_agree_on_what_they_share() -> None:
    """The prior is the same optimum, so an estimate moves by no more than its rounding."""
    before, now = figures_document(cells_of("1"))["services"], figures_document(cells_of("2"))["services"]
    for service, measures in before.items():
        for code, measure in measures.items():
            for provider, figure in measure["providers"].items():
                for name, value in figure.items():
                    other = now[service][code]["providers"][provider][name]
                    assert other == value or abs(other - value) <= 3, (service, code, provider, name)


def test_observed_stands_beside_expected_where_the_clients_are_known() -> None:
    cells: Cells = {
        ("s", "outcome_6"): {
            "hard cases": Count(n=40, k=18, unknown=1, expected=14_00, variance=8_70),
            "easy cases": Count(n=40, k=26, unknown=0, expected=30_10, variance=7_10),
            "not known": Count(n=40, k=26),
            "small": Blank.TOO_FEW,
        }
    }
    document = cells_document(organiser_id="o", as_of="2026-11-22", counting={}, cells=cells)
    found = figures_document(document)["services"]["s"]["outcome_6"]["providers"]
    hard, easy = found["hard cases"], found["easy cases"]
    assert (hard["expected"], hard["ratio"]) == (3500, 12857)
    assert hard["ratio_low"] < 12857 < hard["ratio_high"]
    assert hard["estimate"] < easy["estimate"], "a lower share of clients"
    assert hard["ratio"] > easy["ratio"], "and yet more than was to be expected"
    assert "expected" not in found["not known"]
    assert found["small"] == {"blank": "too_few"}


def test_a_cell_comes_back_as_it_went_in() -> None:
    for kind, cell in (
        (Kind.SHARE, Count(n=40, k=18, unknown=1, expected=14_00, variance=8_70)),
        (Kind.SHARE, Count(n=40, k=18, unknown=1)),
        (Kind.DAYS, Count(n=7, days=12)),
    ):
        code = "outcome_6" if kind is Kind.SHARE else "first_meeting"
        document = cells_document(
            organiser_id="o", as_of="2026-11-22", counting={}, cells={("s", code): {"p": cell}}
        )
        assert count_of(kind, document["services"]["s"][code]["p"]) == cell


def test_an_expected_count_without_its_variance_is_no_count() -> None:
    with pytest.raises(ValueError, match="variance"):
        Count(n=5, k=3, expected=2_50)


def test_coefficients_are_frozen_beside_the_cells_and_change_no_figure() -> None:
    cells = {("s", "outcome_6"): {"p": Count(n=40, k=18), "q": Count(n=30, k=18)}}

    def document(intercept: float) -> dict[str, Any]:
        fitted = Coefficients(intercept, {"education": {"basic": -0.4321}})
        return cells_document(
            organiser_id="o", as_of="2026-11-22", counting={}, cells=cells,
            coefficients={("s", "outcome_6"): fitted},
        )  # fmt: skip

    one, other = document(0.25), document(0.75)
    assert one["coefficients"]["s"]["outcome_6"] == {
        "bands": {"education": {"basic": -4321}},
        "intercept": 2500,
    }
    assert digest(canonical(one)) != digest(canonical(other))
    assert figures_document(one)["services"] == figures_document(other)["services"]


def test_a_sole_provider_has_neither_a_usual_level_nor_a_funnel() -> None:
    found = figures_document(cells_of("2"))["services"]["s0"]["outcome_12"]
    assert (found["usual"], found["funnel"]) == (None, None)
    assert "funnel" not in found["providers"]["p00"]


def test_a_published_mean_leaves_room_for_a_surprise() -> None:
    assert rounded_mean(1 - 1e-9) == 0.999999
    assert rounded_mean(1e-9) == 0.000001
    assert rounded_mean(0.61234567) == 0.612346


def test_a_published_kappa_has_four_digits_and_no_more_than_thousandths() -> None:
    assert [rounded_kappa(k) for k in (1_048_576.0, 19.97051, 0.2533144, 0.00097)] == [
        1_049_000,
        19.97,
        0.253,
        0.001,
    ]
