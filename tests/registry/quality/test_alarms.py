"""Each sign is seen where it was put, and not in an innocent twin of it; an alarm is raised once and decided once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sqlalchemy import func, select, text

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.jobs import JOBS
from registry.quality import sources
from registry.quality.alarms.chance import binomial_tail, normal_tail, one_in, poisson_tail
from registry.quality.alarms.commands import decide_alarm, raise_alarms
from registry.quality.alarms.model import Alarm, ReviewOrigin
from registry.quality.alarms.queries import AlarmView, alarm, alarms, earlier_alarms
from registry.quality.alarms.rules import (
    ALARM_TRANSITIONS,
    ORIGIN_DAYS,
    THRESHOLDS,
    AlarmKind,
    AlarmState,
    Intake,
    Reviews,
    Standing,
    easy_intake,
    may_decide,
    one_place,
    redeemed_for_review,
    review_burst,
    scores_without_outcomes,
)
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes
from registry.quality.outcomes.rules import status_day
from registry.quality.preview.rules import PREVIEW_DAYS
from registry.retention import LIVES, delete_old
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Accepted, Invalid, NotFound, Refused
from registry.shared.period import local_date
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.quality.alarming import EASY, HARD, Served, ago, happened
from tests.registry.quality.test_releases import publish, report

# --- chance -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 400), st.floats(0.01, 300))
def test_poisson_tail_is_scipys(count: int, mean: float) -> None:
    assert poisson_tail(count, mean) == pytest.approx(stats.poisson.sf(count - 1, mean), rel=1e-9, abs=1e-300)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.001, 0.999))
def test_binomial_tail_is_scipys(count: int, of: int, share: float) -> None:
    expected = stats.binom.sf(count - 1, of, share)
    assert binomial_tail(count, of, share) == pytest.approx(expected, rel=1e-8, abs=1e-290)


@given(st.floats(-8, 30))
def test_normal_tail_is_scipys(z: float) -> None:
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)


def test_probabilities_are_told_as_once_in_so_many() -> None:
    assert [one_in(p) for p in (0.5, 1e-4, 0.0)] == [2, 10_000, 10**9]


# --- thresholds ---------------------------------------------------------------------------------------------------


def test_every_kind_has_a_threshold_with_its_reason() -> None:
    assert set(THRESHOLDS) == set(AlarmKind)
    assert all(limit.reason and limit.least >= 5 and limit.rare <= 1e-4 for limit in THRESHOLDS.values())
    assert THRESHOLDS[AlarmKind.ONE_PLACE].days <= ORIGIN_DAYS, "nothing older is there to be looked at"


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("wanted", AlarmState)
def test_an_alarm_is_decided_once(state: AlarmState, wanted: AlarmState) -> None:
    decision = may_decide(state, wanted)
    assert isinstance(decision, Accepted) is (wanted in ALARM_TRANSITIONS[state])
    assert isinstance(decision, Accepted) is (state is AlarmState.OPEN and wanted is not AlarmState.OPEN)


def test_few_of_anything_raise_nothing() -> None:
    assert review_burst(Reviews(found=7, before=0, ended=0, answering=0.0)) is None
    assert review_burst(Reviews(found=9, before=0, ended=0, answering=0.0)) is not None
    assert one_place(5, 5, 0, 500) is None
    assert one_place(6, 6, 0, 500) is not None
    assert redeemed_for_review(7, 7, 500, 0) is None
    assert redeemed_for_review(8, 8, 500, 0) is not None
    few, some = Standing(19, 19, 0.5, 20.0), Standing(60, 60, 0.5, 20.0)
    assert scores_without_outcomes(few, Standing(0, 60, 0.5, 20.0)) is None
    assert scores_without_outcomes(some, Standing(0, 60, 0.5, 20.0)) is not None
    everyone = Intake(1_000, 500.0, 260.0)
    assert easy_intake(Intake(19, 15.0, 12.0), everyone) is None
    assert easy_intake(Intake(40, 32.0, 26.0), everyone) is not None


def test_good_scores_or_weak_outcomes_alone_are_no_sign() -> None:
    good, usual, weak = (Standing(k, 60, 0.5, 20.0) for k in (58, 30, 3))
    assert scores_without_outcomes(good, weak) is not None
    assert scores_without_outcomes(good, usual) is None
    assert scores_without_outcomes(usual, weak) is None
    assert scores_without_outcomes(weak, good) is None


def test_where_providers_differ_much_a_distance_is_no_sign() -> None:
    assert scores_without_outcomes(Standing(55, 60, 0.5, 1.0), Standing(5, 60, 0.5, 1.0)) is None


def test_slightly_easier_is_no_sign_however_many_they_are() -> None:
    others = Intake(100_000, 50_000.0, 25_500.0)
    assert easy_intake(Intake(10_000, 5_300.0, 2_900.0), others) is None


# --- in the database ----------------------------------------------------------------------------------------------


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=4)


async def look(database: Database, world: World, now: datetime = NOW) -> list[AlarmView]:
    """Run the worker's job until nothing is left, and read what there is then."""
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        while await raise_alarms(session, actor=actor, now=now, limit=200):
            pass
        found, _ = await alarms(session, limit=100)
    return found


def kinds(found: list[AlarmView], world: World) -> list[tuple[str, int]]:
    return sorted((one.kind, world.providers.index(one.provider_id)) for one in found)


def steady(provider: int, how_many: int = 26) -> Iterator[Served]:
    """A review a week for half a year, each a few days after a visit that used the voucher up."""
    for week in range(how_many):
        last = ago(10 + 7 * week)
        yield Served(
            provider, [(last - timedelta(days=20), 300_00), (last, 300_00)], last + timedelta(days=2)
        )


async def test_a_burst_of_reviews_by_clients_of_long_ago(database: Database, world: World) -> None:
    await happened(database, world, [*steady(0), *steady(1)])
    old = [Served(0, [(ago(100 + n), 300_00)], ago(1 + n / 10)) for n in range(14)]
    await happened(database, world, old)
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id, found.period) == (
        "review_burst", world.provider_id, date(2026, 11, 15),
    )  # fmt: skip
    assert found.facts["reviews"] == 14
    assert found.facts["usual_hundredths"] <= 1_00
    assert found.facts["moment"] == "after"
    assert (found.facts["from"], found.facts["to"]) == ("2026-11-15", "2026-11-22")
    assert found.facts["one_in"] >= 100_000


async def test_a_group_that_ended_together_writes_together(database: Database, world: World) -> None:
    await happened(database, world, [*steady(0), *steady(1)])
    group = [Served(0, [(ago(60), 300_00), (ago(8 + n / 10), 300_00)], ago(1 + n / 10)) for n in range(14)]
    await happened(database, world, group)
    assert await look(database, world) == []


async def test_half_a_year_later_a_group_writes_together_again(database: Database, world: World) -> None:
    then = 182 + 10
    group = [
        Served(0, [(ago(then + n / 10), 600_00)], ago(1 + n / 10), moment="half_year") for n in range(14)
    ]
    await happened(database, world, group)
    assert await look(database, world) == []
    pushed = [Served(1, [(ago(300 + n), 600_00)], ago(1 + n / 10), moment="half_year") for n in range(14)]
    await happened(database, world, pushed)
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id) == ("review_burst", world.providers[1])
    assert found.facts["moment"] == "half_year"


async def test_tiny_visits_right_before_a_review(database: Database, world: World) -> None:
    usual = [
        Served(provider, [(ago(40 + n), 300_00), (ago(30 + n), 300_00)], ago(25 + n))
        for provider in (0, 1) for n in range(30)
    ]  # fmt: skip
    sham = [Served(0, [(ago(5 + 6 * n), 6_00)], ago(4 + 6 * n)) for n in range(10)]
    await happened(database, world, [*usual, *sham])
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id) == ("redeemed_for_review", world.provider_id)
    assert (found.facts["reviews"], found.facts["close"]) == (40, 10)
    assert (found.facts["others"], found.facts["others_close"]) == (30, 0)


async def test_a_service_of_short_visits_is_no_sign(database: Database, world: World) -> None:
    short = [
        Served(provider, [(ago(5 + 6 * n), 30_00)], ago(4 + 6 * n))
        for provider in (0, 1, 2)
        for n in range(12)
    ]
    await happened(database, world, short)
    assert await look(database, world) == []


async def test_a_tiny_last_visit_long_before_the_review_is_no_sign(database: Database, world: World) -> None:
    usual = [Served(1, [(ago(40 + n), 300_00)], ago(35 + n)) for n in range(30)]
    late = [Served(0, [(ago(14 + 6 * n), 6_00)], ago(4 + 6 * n)) for n in range(12)]
    await happened(database, world, [*usual, *late])
    assert await look(database, world) == []


async def test_many_reviews_from_one_place(database: Database, world: World) -> None:
    elsewhere = [
        Served(n % 4, [(ago(2 + n / 3), 600_00)], ago(1 + n / 3), place=f"home {n}") for n in range(36)
    ]
    office = [Served(2, [(ago(2 + n), 600_00)], ago(1 + n), place="office") for n in range(7)]
    await happened(database, world, [*elsewhere, *office])
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id) == ("one_place", world.providers[2])
    assert (found.facts["reviews"], found.facts["from_place"]) == (7, 7)
    assert (found.facts["elsewhere"], found.facts["all_elsewhere"]) == (9, 36)
    assert "office" not in str(found.facts)


async def test_a_joint_service_point_sends_reviews_of_everyone(database: Database, world: World) -> None:
    elsewhere = [
        Served(n % 4, [(ago(2 + n / 3), 600_00)], ago(1 + n / 3), place=f"home {n}") for n in range(36)
    ]
    joint = [Served(n % 4, [(ago(2 + n / 3), 600_00)], ago(1 + n / 3), place="library") for n in range(28)]
    await happened(database, world, [*elsewhere, *joint])
    assert await look(database, world) == []


async def test_scores_far_from_outcomes_are_asked_about_before_the_release_is_public(
    database: Database,
) -> None:
    world = await _rated(database, praised=60)
    worked = {place: {"open_job": 40, "none": 40} for place in range(1, 12)}
    await report(database, world, worked | {0: {"open_job": 6, "none": 74}})
    await publish(database, world)
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id, found.period) == (
        "scores_without_outcomes", world.provider_id, TODAY,
    )  # fmt: skip
    assert (found.facts["scores_k"], found.facts["scores_n"]) == (60, 60)
    assert (found.facts["outcomes_k"], found.facts["outcomes_n"]) == (6, 80)
    assert (found.facts["release"], found.facts["against"]) == (1, "usual")
    assert await look(database, world, NOW + timedelta(days=1)) == [found], "once per release"


async def test_praise_with_usual_outcomes_is_no_sign(database: Database) -> None:
    world = await _rated(database, praised=60)
    await report(database, world, {place: {"open_job": 40, "none": 40} for place in range(12)})
    await publish(database, world)
    assert await look(database, world) == []


async def _rated(database: Database, *, praised: int) -> World:
    """Twelve providers with sixty reviews each; half of the clients praise, at the first one so many."""
    world = await build_world(database, providers=12)
    people = [Served(place, [(ago(130 + n), 600_00)], ago(125 + n)) for place in range(12) for n in range(60)]
    vouchers = await happened(database, world, people)
    unhappy = [
        voucher_id
        for place, voucher_id in enumerate(vouchers)
        if place % 60 >= (praised if people[place].provider == 0 else 30)
    ]
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("UPDATE review SET usefulness = 3 WHERE voucher_id = ANY (:unhappy)"), {"unhappy": unhappy}
        )
        await session.execute(text("UPDATE admission SET valid_from = valid_from - 900"))
    return world


ELSEWHERE = {"area_unemployment": "12_plus"}
GROUPS = {
    ("higher", "under_8"): 38,
    ("higher", "12_plus"): 28,
    ("basic", "under_8"): 20,
    ("basic", "12_plus"): 6,
}
"""How many of forty found work, by education and by where they live."""


@pytest.fixture
def however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of fewer people than may be told of: quicker to write."""
    monkeypatch.setattr(sources, "FEWEST_TO_EXPECT", 1)


async def _modelled(database: Database, world: World) -> None:
    """A release whose model knows that the easy ones find work more often, and those in a good place too."""
    people = [
        Served(
            n % 2, [(ago(500 + n), 600_00)],
            facts=(EASY if education == "higher" else HARD) | {"area_unemployment": area},
        )
        for education, area in GROUPS for n in range(40)
    ]  # fmt: skip
    vouchers = await happened(database, world, people)
    good = [place % 40 < GROUPS[group] for group in GROUPS for place in range(40)]
    rows = [
        OutcomeRow(
            service_id=world.service_id,
            reference=str(voucher_id),
            month=6,
            category="open_job" if worked else "none",
            status_on=status_day(local_date(person.visits[0][0]), 6),
            voucher_id=voucher_id,
        )
        for person, voucher_id, worked in zip(people, vouchers, good, strict=True)
    ]
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        await session.execute(text("UPDATE admission SET valid_from = valid_from - 900"))
        await ensure_categories(session)
        await record_outcomes(session, actor=actor, now=NOW, organiser_id=world.organiser_id, rows=rows)
    await publish(database, world, now=NOW - timedelta(days=PREVIEW_DAYS + 2))


@pytest.mark.usefixtures("however_few")
async def test_intake_much_easier_than_that_of_the_others(database: Database, world: World) -> None:
    await _modelled(database, world)
    mixed = [
        Served(place, [(ago(20 + n), 600_00)], facts=ELSEWHERE | (EASY if n % 2 else HARD))
        for place in (1, 2) for n in range(40)
    ]  # fmt: skip
    picked = [Served(0, [(ago(20 + n), 600_00)], facts=ELSEWHERE | (EASY if n else HARD)) for n in range(40)]
    await happened(database, world, [*mixed, *picked])
    (found,) = await look(database, world)
    assert (found.kind, found.provider_id) == ("easy_intake", world.provider_id)
    assert (found.facts["people"], found.facts["others_people"]) == (40, 80)
    assert found.facts["expected"] - found.facts["others_expected"] > 1_000


@pytest.mark.usefixtures("however_few")
@pytest.mark.parametrize("innocent", ["few", "where they live"])
async def test_an_innocently_easy_intake_is_no_sign(database: Database, world: World, innocent: str) -> None:
    await _modelled(database, world)
    mixed = [
        Served(place, [(ago(20 + n), 600_00)], facts=ELSEWHERE | (EASY if n % 2 else HARD))
        for place in (1, 2) for n in range(40)
    ]  # fmt: skip
    if innocent == "few":
        own = [Served(0, [(ago(20 + n), 600_00)], facts=ELSEWHERE | EASY) for n in range(15)]
    else:
        own = [
            Served(
                0, [(ago(20 + n), 600_00)], facts=(EASY if n % 2 else HARD) | {"area_unemployment": "under_8"}
            )
            for n in range(40)
        ]
    await happened(database, world, [*mixed, *own])
    assert await look(database, world) == []


# --- raising and deciding -----------------------------------------------------------------------------------------


async def _burst(database: Database, world: World) -> None:
    await happened(database, world, [*steady(0), *steady(1)])
    await happened(database, world, [Served(0, [(ago(100 + n), 300_00)], ago(1 + n / 10)) for n in range(14)])


async def test_an_alarm_is_raised_once_with_a_case_for_the_officer(database: Database, world: World) -> None:
    await _burst(database, world)
    (first,) = await look(database, world)
    assert await look(database, world, NOW + timedelta(days=1)) == [first]
    async with database.transaction(world[Role.REGISTER_OFFICER].sight) as session:
        (case,) = (await session.scalars(select(Case))).all()
        events = (await session.scalars(select(AuditEvent.action))).all()
        assert await alarm(session, alarm_id=first.id) == first
        assert await earlier_alarms(session, first) == []
    assert (case.kind, case.subject_id, case.role) == ("quality_alarm", first.id, "register_officer")
    assert case.due_on == date(2026, 12, 6)
    assert events.count("alarm.raised") == 1
    other = await build_world(database, code="turku")
    async with database.transaction(other[Role.REGISTER_OFFICER].sight) as session:
        assert await alarms(session, limit=10) == ([], 0)
    async with database.transaction(world.provider_actor(0).sight) as session:
        assert await session.scalar(select(func.count()).select_from(Alarm)) == 0, "not the provider's to see"


async def test_the_officer_decides_with_a_note_and_the_case_is_done(database: Database, world: World) -> None:
    await _burst(database, world)
    (found,) = await look(database, world)
    officer = world[Role.REGISTER_OFFICER]

    async def decide(note: str, alarm_id: UUID = found.id, state: AlarmState = AlarmState.EXPLAINED) -> None:
        async with database.transaction(officer.sight) as session:
            await decide_alarm(session, actor=officer, now=NOW, alarm_id=alarm_id, state=state, note=note)

    with pytest.raises(Invalid):
        await decide("  ")
    with pytest.raises(NotFound, match=r"alarm\.unknown"):
        await decide("x", world.provider_id)
    with pytest.raises(Refused, match=r"alarm\.decided_already"):
        await decide("x", state=AlarmState.OPEN)
    await decide("Tuottaja muistutti vanhoja asiakkaitaan.")
    with pytest.raises(Refused, match=r"alarm\.decided_already"):
        await decide("Sittenkin.", state=AlarmState.CONFIRMED)
    async with database.transaction(officer.sight) as session:
        done = await alarm(session, alarm_id=found.id)
        assert done is not None
        assert (done.state, done.note) == ("explained", "Tuottaja muistutti vanhoja asiakkaitaan.")
        (case,) = (await session.scalars(select(Case))).all()
        assert case.closed_at == NOW
        (told,) = await session.scalars(select(AuditEvent).where(AuditEvent.action == "alarm.decided"))
        assert "muistutti" not in str(told.facts)
    assert kinds(await look(database, world, NOW + timedelta(days=3)), world) == [("review_burst", 0)]


async def test_what_was_explained_is_not_asked_again_but_something_new_is(
    database: Database, world: World
) -> None:
    await _burst(database, world)
    await look(database, world)
    later = NOW + timedelta(days=8)
    again = [Served(0, [(ago(150 + n), 300_00)], later - timedelta(days=1 + n / 10)) for n in range(14)]
    await happened(database, world, again)
    assert len(await look(database, world, NOW + timedelta(days=6))) == 1
    assert len(await look(database, world, later)) == 2


async def test_the_worker_looks_once_a_day(database: Database) -> None:
    (job,) = (job for job in JOBS if job.name == "raise_alarms")
    assert (job.every, job.per_organiser) == (timedelta(days=1), True)


async def test_where_reviews_came_from_is_forgotten_after_two_weeks(database: Database, world: World) -> None:
    await happened(
        database,
        world,
        [Served(0, [(ago(40), 600_00)], ago(days), place="x") for days in (13.9, 14.1, 20)],
    )
    assert "review_origin" in LIVES
    async with database.transaction(system(world.organiser_id).sight) as session:
        assert await delete_old(session, table="review_origin", now=NOW, limit=100) == 2
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(ReviewOrigin)) == 1
