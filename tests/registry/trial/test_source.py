"""What the trial reads out of the folder, and what it makes of the fields of study."""

from collections import Counter
from pathlib import Path

import pytest

from registry.trial import made_up
from registry.trial.errors import TrialError
from registry.trial.source import FIELDS, OTHER, OUTCOMES, UNSTATED, OutcomeCount, read_source
from tests.registry.trial.synthetic import write_folder


def test_services_follow_from_the_fields_in_which_providers_have_outcomes(tmp_path: Path) -> None:
    source = read_source(write_folder(tmp_path))
    assert {service.code: service.approved for service in source.services} == {
        "fields-51": 4,
        "fields-11": 5,
        OTHER: 2,
        UNSTATED: 5,
    }
    assert source.services_of["3"] == ["fields-11", "fields-51"]
    assert source.services_of["8"] == [OTHER], "two providers are no choice of their own"
    assert source.services_of["14"] == [UNSTATED]
    assert source.states == {"active": 14, "suspended": 2, "submitted": 1}
    assert source.without_field == 5


def test_outcomes_are_whole_people_and_missing_ones_are_left_out(tmp_path: Path) -> None:
    source = read_source(write_folder(tmp_path))
    assert [count for count in source.outcomes if count.provider == "1"] == [
        OutcomeCount("1", "513801", 6, 20, 15),
        OutcomeCount("1", "513801", 12, 12, 7),
    ]
    assert [count.month for count in source.outcomes if count.provider == "2"] == [6]
    assert source.outcomes_elsewhere == 1
    assert not [count for count in source.outcomes if count.provider == "999"]


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    write_folder(tmp_path)
    text = (tmp_path / OUTCOMES).read_text()
    (tmp_path / OUTCOMES).write_text(text.replace("0.75", "0.77"))
    with pytest.raises(TrialError, match=r"0\.77 of 20\.0 is no number of people"):
        read_source(tmp_path)
    (tmp_path / OUTCOMES).write_text(text.replace("0.75", "most"))
    with pytest.raises(TrialError, match="provider 1, field 513801"):
        read_source(tmp_path)
    (tmp_path / OUTCOMES).write_text(text.replace("cipcode", "code"))
    with pytest.raises(TrialError, match="lacks the columns cipcode"):
        read_source(tmp_path)
    (tmp_path / FIELDS).unlink()
    with pytest.raises(TrialError, match=f"has no file {FIELDS}"):
        read_source(tmp_path)


def test_the_first_line_says_what_is_made_up(tmp_path: Path) -> None:
    line = made_up.sentence(read_source(write_folder(tmp_path)), 10_000)
    assert "\n" not in line
    for thing in ("services from groups of the fields of study", "prices", "10,000 clients"):
        assert thing in line.partition("Made up:")[2]


def test_vouchers_are_spread_over_services_as_approved_providers_are(tmp_path: Path) -> None:
    source = read_source(write_folder(tmp_path))
    wanted = made_up.services_wanted(source.services, 160)
    assert Counter(wanted) == {"fields-51": 40, "fields-11": 50, OTHER: 20, UNSTATED: 50}
    assert len(set(wanted[:8])) == 4, "interleaved, so that a small trial has all of them"


@pytest.mark.parametrize("place", range(len(made_up.KINDS)))
def test_prices_are_above_the_ceiling_only_where_the_client_may_pay_the_rest(place: int) -> None:
    terms = made_up.terms_of(place)
    prices = [made_up.price_of(str(number), "service", terms) for number in range(500)]
    assert len(set(prices)) > 300
    assert (max(prices) > terms.unit_price_ceiling_cents) == terms.own_share_allowed


async def test_the_real_folder_has_what_its_description_says(shared_data: Path) -> None:
    source = read_source(shared_data)
    assert source.states == {"active": 465, "suspended": 1_407, "submitted": 81}
    assert (source.outcome_rows, source.fields) == (1_565, 263)
    assert len(source.services) > 20
    assert all(service.approved >= 3 for service in source.services)
