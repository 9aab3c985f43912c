"""Who may be chosen and who is shown first: fair whatever a provider is called, or when and how often it came."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from math import comb
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from registry.choice.rules import (
    Offer,
    Seeker,
    arrange,
    commitment,
    count_reasons,
    exclusions,
    period_key,
    place,
    seed,
    straight_line_km,
)

ON = date(2026, 11, 22)
SEEKER = Seeker(
    kind="person",
    municipality_code="564",
    languages=frozenset({"fi", "en"}),
    accessibility=frozenset({"step_free"}),
    audience="person",
    unit_price_ceiling_cents=60_00,
    own_share_allowed=False,
)
OFFER = Offer(
    admission_id=UUID(int=1),
    provider_id=UUID(int=2),
    company_group=None,
    state="active",
    valid_from=ON - timedelta(days=10),
    valid_until=None,
    municipality_codes=frozenset({"564"}),
    remote=False,
    languages=frozenset({"fi"}),
    accessibility=frozenset({"step_free", "quiet_space"}),
    unit_price_cents=60_00,
    places=5,
    taken=4,
)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ()),
        ({"state": "suspended"}, ("not_active",)),
        ({"valid_from": ON + timedelta(days=1)}, ("not_in_term",)),
        ({"valid_until": ON}, ("not_in_term",)),
        ({"valid_until": ON + timedelta(days=1)}, ()),
        ({"municipality_codes": frozenset({"244"})}, ("elsewhere",)),
        ({"municipality_codes": frozenset(), "remote": True}, ()),
        ({"languages": frozenset({"sv"})}, ("other_language",)),
        ({"accessibility": frozenset({"quiet_space"})}, ("accessibility",)),
        ({"unit_price_cents": 60_01}, ("above_ceiling",)),
        ({"taken": 5}, ("full",)),
        ({"state": "suspended", "taken": 5}, ("not_active", "full")),
    ],
)
def test_each_exclusion_has_its_reason(change: dict[str, object], reasons: tuple[str, ...]) -> None:
    assert exclusions(replace(OFFER, **change), SEEKER, ON) == reasons  # type: ignore[arg-type]


def test_a_price_above_the_ceiling_is_fine_where_the_client_may_pay_the_rest() -> None:
    assert (
        exclusions(replace(OFFER, unit_price_cents=90_00), replace(SEEKER, own_share_allowed=True), ON) == ()
    )


def test_a_service_for_companies_is_not_for_persons() -> None:
    assert exclusions(OFFER, replace(SEEKER, audience="company"), ON) == ("other_audience",)


def test_an_unknown_municipality_is_served_remotely_only() -> None:
    unknown = replace(SEEKER, municipality_code=None)
    assert exclusions(OFFER, unknown, ON) == ("elsewhere",)
    assert exclusions(replace(OFFER, remote=True), unknown, ON) == ()


def test_reasons_are_counted_in_their_order() -> None:
    counted = count_reasons([("full",), (), ("elsewhere", "full")])
    assert list(counted.items()) == [("elsewhere", 1), ("full", 2)]


# --- the draw -----------------------------------------------------------------------------------------------------

KEY = period_key(b"k" * 32, UUID(int=9), 2026)
SERVICE = UUID(int=7)


def draw(client: int, offers: list[tuple[UUID, str | None]], size: int = 3) -> tuple[UUID, ...]:
    arranged = arrange(seed(KEY, UUID(int=client), SERVICE), offers, size)
    return arranged.order[: arranged.first]


def test_no_place_of_the_first_view_favours_anybody() -> None:
    """20,000 clients over ten providers whose ids run from oldest to newest: every provider stands equally often in
    each of the three places, as far as chance allows (chi squared, fixed seed)."""
    providers = [(UUID(int=1000 + i), None) for i in range(10)]
    seats = [Counter[UUID]() for _ in range(3)]
    for client in range(20_000):
        for seat, provider in zip(seats, draw(client, list(providers)), strict=True):
            seat[provider] += 1
    for seat in seats:
        assert chisquare([seat[provider] for provider, _ in providers]).pvalue > 0.001


def test_every_three_of_five_come_equally_often() -> None:
    providers = [(UUID(int=50 + i), None) for i in range(5)]
    views = Counter(frozenset(draw(client, list(providers))) for client in range(20_000))
    assert len(views) == comb(5, 3)
    assert chisquare(list(views.values())).pvalue > 0.001


def test_the_order_of_import_changes_nothing() -> None:
    providers: list[tuple[UUID, str | None]] = [(UUID(int=i), "a" if i % 3 else None) for i in range(12)]
    assert draw(5, providers) == draw(5, providers[::-1])


def test_a_company_group_takes_one_place_and_gains_nothing_by_registering_many_firms() -> None:
    chain = [(UUID(int=100 + i), "Ketju Oy" if i % 2 else "  KETJU oy ") for i in range(6)]
    alone = [(UUID(int=200 + i), None) for i in range(5)]
    seen = 0
    firms: Counter[UUID] = Counter()
    for client in range(12_000):
        view = draw(client, [*chain, *alone])
        of_chain = [provider for provider in view if provider.int < 200]
        assert len(of_chain) <= 1
        seen += len(of_chain)
        firms.update(of_chain)
    # six units (one chain, five alone) for three places: each is seen by half of the clients
    assert chisquare([seen, 12_000 - seen]).pvalue > 0.001
    assert chisquare([firms[provider] for provider, _ in chain]).pvalue > 0.001


@given(
    st.lists(
        st.tuples(st.uuids(), st.sampled_from([None, "", "x", "y"])), max_size=15, unique_by=lambda o: o[0]
    )
)
def test_everyone_eligible_is_in_the_order_once(offers: list[tuple[UUID, str | None]]) -> None:
    arranged = arrange(seed(KEY, UUID(int=1), SERVICE), offers, 3)
    assert sorted(arranged.order) == sorted(provider for provider, _ in offers)
    units = {group or provider for provider, group in offers}
    assert arranged.first == min(3, len(units))


def test_the_order_is_by_the_stated_formula_and_nothing_else() -> None:
    drawn = seed(KEY, UUID(int=1), SERVICE)
    providers = [UUID(int=i) for i in range(20)]
    arranged = arrange(drawn, [(p, None) for p in providers], 20)
    assert list(arranged.order) == sorted(providers, key=lambda p: place(drawn, p))


def test_each_year_organiser_client_and_service_draws_anew_but_a_voucher_does_not() -> None:
    drawn = seed(KEY, UUID(int=1), SERVICE)
    assert drawn == seed(KEY, UUID(int=1), SERVICE)
    assert drawn != seed(KEY, UUID(int=2), SERVICE)
    assert drawn != seed(KEY, UUID(int=1), UUID(int=8))
    keys = {period_key(b"k" * 32, UUID(int=o), year) for o in (1, 2) for year in (2026, 2027)}
    assert len(keys) == 4
    assert len({commitment(key) for key in keys}) == 4


def test_a_commitment_does_not_tell_its_key() -> None:
    assert KEY not in commitment(KEY)
    assert len(commitment(KEY)) == 32


@pytest.mark.parametrize(
    ("first", "second", "km"),
    [
        ((25.47, 65.01), (25.47, 65.01), 0),
        ((24.94, 60.17), (22.27, 60.45), 150),  # Helsinki, Turku
        ((0.0, 0.0), (0.0, 90.0), 10008),  # a quarter of a meridian
        ((179.9, 0.0), (-179.9, 0.0), 22),  # over the date line
    ],
)
def test_distance_is_along_the_sphere(
    first: tuple[float, float], second: tuple[float, float], km: int
) -> None:
    assert straight_line_km(*first, *second) == km
