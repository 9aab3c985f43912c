"""Choices left unanswered, by group: no group that could single anybody out."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.people.model import ClientPerson
from registry.quality.lapses.queries import lapses_by_group
from registry.quality.lapses.rules import NOT_KNOWN, REST, Group, shown_groups
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW, add_client, build_world
from tests.registry.vouchers.steps import Steps

counts = st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.dictionaries(st.sampled_from("abcdefg"), counts))
def test_no_shown_group_is_small_and_nothing_is_had_by_subtraction(
    groups: dict[str, tuple[int, int]],
) -> None:
    shown = shown_groups(groups)
    people = sum(n for n, _ in groups.values())
    assert all(group.people >= 5 for group in shown)
    assert sum(group.people for group in shown) == (people if people >= 5 else 0)
    assert [group.code for group in shown].count(REST) <= 1


def test_small_groups_stand_together_and_take_the_smallest_of_the_others_along() -> None:
    assert shown_groups({"a": (9, 1), "b": (6, 2), "c": (1, 1)}) == [Group("a", 9, 1), Group(REST, 7, 3)]
    assert shown_groups({"a": (9, 1), "b": (3, 2), "c": (3, 0)}) == [Group("a", 9, 1), Group(REST, 6, 2)]
    assert shown_groups({"a": (4, 1)}) == []


async def silent_and_answered(steps: Steps) -> None:
    """Six people of Oulu, two of whom get no answer; one of Kempele and one protected, both answered."""
    for number in range(8):
        place = "244" if number == 6 else "564"
        async with steps.database.transaction(steps.world.sight) as session:
            client_id = await add_client(
                session, steps.world, municipality_code=place, age_band="20_24" if number < 5 else "25_29"
            )
            if number == 7:
                (await session.get_one(ClientPerson, client_id)).protected = True
        voucher_id = await steps.grant(client_id=client_id)
        assignment_id = await steps.choose(voucher_id, client_id=client_id)
        if number >= 2:
            await steps.confirm(assignment_id)
    steps.now = NOW + timedelta(days=7)
    await steps.tick()


async def test_people_are_counted_by_age_language_and_municipality(database: Database, keys: Keys) -> None:
    steps = Steps(database, await build_world(database), keys)
    await silent_and_answered(steps)
    async with database.transaction(steps.world.sight) as session:
        found = await lapses_by_group(
            session, organiser_id=steps.world.organiser_id, since=NOW, until=NOW + timedelta(days=1)
        )
        earlier = await lapses_by_group(
            session, organiser_id=steps.world.organiser_id, since=NOW - timedelta(days=9), until=NOW
        )
    assert found["language"] == [Group("fi", 8, 2)]
    assert found["age"] == [Group(REST, 8, 2)], "the second band is of three people alone"
    assert found["municipality"] == [Group(REST, 8, 2)]
    assert NOT_KNOWN not in str(found)
    assert earlier == {"age": [], "language": [], "municipality": []}
