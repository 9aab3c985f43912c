"""State machines over all pairs, what an offer may be, and how names are searched and sorted."""

import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.providers.rules import (
    ADMISSION_TRANSITIONS,
    APPLICATION_TRANSITIONS,
    AdmissionState,
    ApplicationState,
    Offer,
    OfferLimits,
    address_shown,
    move_admission,
    move_application,
    offer_errors,
    places_fit,
    prefix_query,
    query_words,
    search_words,
    sort_key,
    start_to_come,
    why_not,
)
from registry.shared.errors import ACCEPTED, Refusal

TODAY = date(2026, 11, 22)
OFFER = Offer(
    unit_price_cents=60_00,
    vat_rate_bp=2550,
    municipality_codes=("564",),
    remote=False,
    languages=("fi",),
    accessibility=("step_free",),
    method="one_to_one",
    places=5,
    next_start=TODAY,
    first_talk_free=True,
    rule_book_version="2026-1",
)
LIMITS = OfferLimits(
    unit_price_ceiling_cents=60_00,
    own_share_allowed=False,
    rule_book_version="2026-1",
    municipalities={"564", "244"},
)


@pytest.mark.parametrize("to", ApplicationState)
@pytest.mark.parametrize("now", ApplicationState)
def test_every_pair_of_application_states(now: ApplicationState, to: ApplicationState) -> None:
    decision = move_application(now, to)
    if to in APPLICATION_TRANSITIONS[now]:
        assert decision is ACCEPTED
    else:
        ended = now in {ApplicationState.APPROVED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN}
        assert isinstance(decision, Refusal)
        assert decision.code == ("application.decided_already" if ended else "application.wrong_state")


@pytest.mark.parametrize("to", AdmissionState)
@pytest.mark.parametrize("now", AdmissionState)
def test_every_pair_of_admission_states(now: AdmissionState, to: AdmissionState) -> None:
    decision = move_admission(now, to)
    if to in ADMISSION_TRANSITIONS[now]:
        assert decision is ACCEPTED
    else:
        standing = now in {AdmissionState.ACTIVE, AdmissionState.SUSPENDED}
        assert isinstance(decision, Refusal)
        assert decision.code == ("admission.wrong_state" if standing else "admission.ended_already")


def test_only_what_design_names_is_possible() -> None:
    """draft → submitted ↔ more information; → hearing → approved | rejected; withdrawn until decided."""
    assert APPLICATION_TRANSITIONS.keys() == set(ApplicationState)
    assert ApplicationState.APPROVED not in APPLICATION_TRANSITIONS[ApplicationState.MORE_INFORMATION]
    assert ApplicationState.APPROVED not in APPLICATION_TRANSITIONS[ApplicationState.DRAFT]
    assert ADMISSION_TRANSITIONS.keys() == set(AdmissionState)
    for left in (AdmissionState.REMOVED, AdmissionState.WITHDRAWN, AdmissionState.LAPSED):
        assert ADMISSION_TRANSITIONS[left] == frozenset()


def test_an_offer_that_fits_has_no_errors() -> None:
    assert offer_errors(OFFER, LIMITS, earliest_start=TODAY) == {}
    assert Offer.read(OFFER.document()) == OFFER


def test_an_offer_from_before_it_was_asked_says_nothing_of_the_coach() -> None:
    old = {
        name: value for name, value in OFFER.document().items() if name not in ("same_coach", "experience")
    }
    read = Offer.read(old)
    assert (read.same_coach, read.experience) == (None, ())


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"unit_price_cents": 60_01}, "unit_price", "offer.price_above_ceiling"),
        ({"unit_price_cents": 0}, "unit_price", "offer.price_out_of_range"),
        ({"unit_price_cents": 10_000_01_00}, "unit_price", "offer.price_out_of_range"),
        ({"vat_rate_bp": 2400}, "vat_rate_bp", "offer.vat_rate_unknown"),
        ({"municipality_codes": ()}, "municipality_codes", "offer.serves_nowhere"),
        ({"municipality_codes": ("999",)}, "municipality_codes", "offer.municipality_unknown"),
        ({"languages": ()}, "languages", "offer.language_missing"),
        ({"languages": ("klingon",)}, "languages", "offer.language_unknown"),
        ({"accessibility": ("lift",)}, "accessibility", "offer.accessibility_unknown"),
        ({"method": "magic"}, "method", "offer.method_unknown"),
        ({"experience": ("astronauts",)}, "experience", "offer.experience_unknown"),
        ({"places": -1}, "places", "offer.places_out_of_range"),
        ({"places": 10_001}, "places", "offer.places_out_of_range"),
        ({"next_start": TODAY - timedelta(days=1)}, "next_start", "offer.next_start_past"),
        ({"rule_book_version": "2025-9"}, "rule_book_version", "offer.rule_book_not_accepted"),
    ],
)
def test_what_an_offer_may_not_be(change: dict[str, object], field: str, code: str) -> None:
    offer = replace(OFFER, **change)  # type: ignore[arg-type]
    assert offer_errors(offer, LIMITS, earliest_start=TODAY) == {field: code}


def test_a_price_above_the_ceiling_is_an_own_share_where_that_is_allowed() -> None:
    offer = replace(OFFER, unit_price_cents=75_00)
    assert offer_errors(offer, replace(LIMITS, own_share_allowed=True), earliest_start=TODAY) == {}


def test_serving_remotely_only_is_serving() -> None:
    assert offer_errors(replace(OFFER, municipality_codes=(), remote=True), LIMITS, earliest_start=None) == {}


@given(places=st.integers(0, 50), taken=st.integers(0, 50))
def test_places_never_go_under_those_taken(places: int, taken: int) -> None:
    assert (places_fit(places=places, taken=taken) is ACCEPTED) == (taken <= places)


def test_every_reason_against_a_choice_is_told() -> None:
    reasons = why_not(
        state="suspended",
        valid_from=TODAY + timedelta(days=1),
        valid_until=None,
        places=1,
        taken=1,
        municipality_codes=["244"],
        remote=False,
        languages=["sv"],
        accessibility=[],
        on=TODAY,
        wanted_municipality="564",
        wanted_languages=["fi"],
        wanted_accessibility=["step_free"],
    )
    assert reasons == ("not_active", "not_in_term", "elsewhere", "other_language", "accessibility", "full")


# --- searching ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Työpörssi Åbo Ab", "tyoporssi abo ab"),
        ("  Väli   lyöntejä\n", "vali lyonteja"),
        ("S.T.A.R. & Co.", "s t a r co"),
        ("Straße Łódź Æther Øl", "strasse lodz aether ol"),
        ("Ｆｕｌｌ ﬁ", "full fi"),
        ("İstanbul", "istanbul"),
        ("Добро Пожаловать", "добро пожаловать"),
        ("_a_b_", "a b"),
        ("???", ""),
    ],
)
def test_words_are_lower_case_and_without_accents(text: str, words: str) -> None:
    assert search_words(text) == words


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = search_words(text)
    assert search_words(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text())
def test_composed_and_decomposed_spellings_are_the_same(text: str) -> None:
    assert search_words(unicodedata.normalize("NFD", text)) == search_words(
        unicodedata.normalize("NFC", text)
    )


@given(st.text())
def test_nothing_typed_can_be_an_operator(text: str) -> None:
    words = query_words(text)
    assert len(words) <= 12
    assert all(word.replace(" ", "").isalnum() or not word.isascii() for word in words)
    assert not set("'\\&|!():*<>") & set("".join(words))
    assert prefix_query(words).count("':*") == len(words)


@given(st.lists(st.sampled_from(["Åkeri", "Työ", "polku", "Öljy", "Oy"]), min_size=1, max_size=4))
def test_each_word_of_a_name_is_a_word_of_its_search(parts: list[str]) -> None:
    found = search_words(*parts).split()
    assert all(word in found for word in query_words(" ".join(reversed(parts))))


def test_names_sort_as_finnish_does() -> None:
    names = ["Öljy", "Zeta", "Ääni", "Åkeri", "alpha", "Älyä", "Beta", "éclair", "Ømega"]
    assert sorted(names, key=sort_key) == [
        "alpha",
        "Beta",
        "éclair",
        "Zeta",
        "Åkeri",
        "Älyä",
        "Ääni",
        "Öljy",
        "Ømega",
    ]


def test_a_start_that_has_passed_is_none() -> None:
    assert start_to_come(TODAY, TODAY) == TODAY
    assert start_to_come(TODAY - timedelta(days=1), TODAY) is None
    assert start_to_come(None, TODAY) is None


@pytest.mark.parametrize(
    ("form", "shown"), [("sole_trader", None), ("company", "Kotikatu 1"), ("unknown", "Kotikatu 1")]
)
def test_the_public_does_not_read_where_a_sole_trader_lives(form: str, shown: str | None) -> None:
    assert address_shown(form, "Kotikatu 1", "90100") == (shown, shown and "90100")
