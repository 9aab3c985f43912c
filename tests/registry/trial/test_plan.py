"""Everybody's fate in a trial: as often as was asked for, and the same in every run."""

from collections import Counter

from registry.trial.plan import Ending, Mistake, Race, stories


def test_fates_come_as_often_as_they_should() -> None:
    planned = list(stories(9_000))
    visits = [visit for story in planned for visit in story.visits]
    assert len(visits) == 12_000
    assert sum(visit.ending is not None for visit in visits) == 1_200, "one in ten in two phases"
    assert sum(visit.reversed for visit in visits) == 240, "one in fifty reversed"
    assert Counter(visit.race for visit in visits if visit.race) == dict.fromkeys(Race, 40), (
        "one in a hundred raced"
    )
    assert Counter(visit.mistake for visit in visits if visit.mistake) == dict.fromkeys(Mistake, 60)
    for fate in ("refuses", "declined", "wrong_code", "cancelled"):
        assert sum(getattr(story, fate) for story in planned) == 90
    assert [visit.number for visit in visits] == list(range(12_000))
    assert planned == list(stories(9_000))


def test_what_is_reversed_was_charged_and_what_is_raced_is_not_reversed() -> None:
    for story in stories(9_000):
        for visit in story.visits:
            if visit.reversed:
                assert visit.ending in (None, Ending.CAPTURED, Ending.IN_PART)
                assert visit.race is None
            if visit.race is not None:
                assert (visit.ending is None) == (visit.race is Race.REDEMPTIONS)


def test_a_small_trial_already_has_every_kind_of_ending() -> None:
    visits = [visit for story in stories(200) for visit in story.visits]
    assert {visit.ending for visit in visits} == {None, *Ending}
    assert {visit.mistake for visit in visits} == {None, *Mistake}
    assert {visit.race for visit in visits} == {None, *Race}
