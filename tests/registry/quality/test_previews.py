"""A release before the public sees it: who sees what, objections, withdrawal."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.cases.model import Case
from registry.quality.preview.commands import answer_objection, make_objection, withdraw_release
from registry.quality.preview.queries import all_releases, objections, own_preview, own_public
from registry.quality.preview.rules import last_day_to_object, public_from
from registry.quality.queries import current_release, documents, release_name, releases
from registry.quality.releases import verify_release
from registry.quality.rules import HEADLINE
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.outbox import OutboxMessage
from tests.builders import NOW, World, build_world
from tests.registry.quality.test_releases import LATER, publish, report, shown

SOON = NOW + timedelta(days=3)


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database, providers=3)
    await report(database, made, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
    return made


@pytest.mark.parametrize(
    ("released_at", "public"),
    [
        (datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 12, 2, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 21, 59, tzinfo=UTC), datetime(2026, 12, 2, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 22, 0, tzinfo=UTC), datetime(2026, 12, 3, 22, tzinfo=UTC)),
        # over the change of the clock
        (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 30, 22, tzinfo=UTC)),
    ],
)
def test_ten_whole_days_in_finland(released_at: datetime, public: datetime) -> None:
    assert public_from(released_at) == public
    assert (last_day_to_object(public) - released_at.date()).days in (10, 11)


async def test_the_public_sees_a_release_when_its_preview_is_over(database: Database, world: World) -> None:
    release_id = await publish(database, world)
    public = public_from(NOW)
    just_before = public - timedelta(seconds=1)
    async with database.transaction() as session:
        for now, seen in ((NOW, False), (just_before, False), (public, True)):
            assert (await current_release(session, world.organiser_id, now=now) is not None) is seen
            assert bool(await releases(session, now=now)) is seen
            assert (await documents(session, release_id, now=now) is not None) is seen
            assert (await release_name(session, release_id, now=now) is not None) is seen
    assert (await shown(database, world, just_before)).release is None
    assert (await shown(database, world, public)).figure(world.provider_id, HEADLINE).n == 20


async def test_an_older_release_stays_while_a_newer_is_in_preview(database: Database, world: World) -> None:
    await publish(database, world)
    await publish(database, world, now=LATER)
    found = await shown(database, world, LATER + timedelta(days=1))
    assert found.release is not None
    assert found.release.number == 1


async def test_each_provider_is_told_and_sees_its_own_figures_alone(database: Database, world: World) -> None:
    await publish(database, world)
    async with database.transaction(world.sight) as session:
        told = (
            await session.scalars(select(OutboxMessage).where(OutboxMessage.template == "release.preview"))
        ).all()
    assert {message.provider_id for message in told} == set(world.providers)
    assert told[0].facts["until"] == "2026-12-02"
    for place, people in ((0, 20), (1, 15), (2, None)):
        actor = world.provider_actor(place)
        async with database.transaction(actor.sight) as session:
            (own,) = await own_preview(session, actor.provider_id, now=SOON)
            assert await own_public(session, actor.provider_id, now=SOON) == []
            assert await own_preview(session, actor.provider_id, now=LATER) == []
            (public,) = await own_public(session, actor.provider_id, now=LATER)
        assert own.release == public.release
        evidence = own.services[world.service_id]
        assert {provider for provider, _ in evidence.figures} == {actor.provider_id}
        assert evidence.figure(actor.provider_id, HEADLINE).n == people


async def object_to(database: Database, world: World, release_id: UUID, *, place: int = 0, now: datetime = SOON,
                    words: str = "Kaksi asiakasta puuttuu.") -> UUID:  # fmt: skip
    actor = world.provider_actor(place)
    async with database.transaction(actor.sight) as session:
        return await make_objection(
            session,
            actor=actor,
            now=now,
            release_id=release_id,
            service_id=world.service_id,
            words=words,
        )


async def test_an_error_is_pointed_out_and_answered(database: Database, world: World) -> None:
    release_id = await publish(database, world)
    objection_id = await object_to(database, world, release_id)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        case = await session.scalar(select(Case).where(Case.subject_id == objection_id))
        assert case is not None
        assert (case.kind, case.role, case.closed_at) == ("release_objection", "register_officer", None)
        assert case.due_on <= last_day_to_object(public_from(NOW))
    async with database.transaction(world.provider_actor(1).sight) as session:
        assert await objections(session, release_id=release_id) == [], "not another provider's to read"
    async with database.transaction(officer.sight) as session:
        await answer_objection(
            session, actor=officer, now=SOON, objection_id=objection_id, answer="Korjattu seuraavaan."
        )
    async with database.transaction(officer.sight) as session:
        (closed,) = await session.scalars(select(Case).where(Case.subject_id == objection_id))
        assert closed.closed_at == SOON
        facts = await session.scalars(text("SELECT facts::text FROM audit_event"))
        for fact in facts:
            assert "asiakasta" not in fact
            assert "Korjattu" not in fact
        with pytest.raises(Refused, match=r"objection\.answered_already"):
            await answer_objection(
                session, actor=officer, now=SOON, objection_id=objection_id, answer="Toinen vastaus."
            )
    async with database.transaction(world.provider_actor(0).sight) as session:
        (own,) = await objections(session, provider_id=world.provider_id)
    assert (own.words, own.answer, own.release_number) == (
        "Kaksi asiakasta puuttuu.", "Korjattu seuraavaan.", 1,
    )  # fmt: skip


async def test_who_may_not_object(database: Database, world: World) -> None:
    release_id = await publish(database, world)
    with pytest.raises(Refused, match=r"release\.public_already"):
        await object_to(database, world, release_id, now=public_from(NOW))
    with pytest.raises(Invalid):
        await object_to(database, world, release_id, words=" ")
    turku = await build_world(database, code="turku")
    with pytest.raises(NotFound):
        await object_to(database, turku, release_id)


async def test_a_withdrawn_release_gives_way_to_the_one_before(database: Database, world: World) -> None:
    await publish(database, world)
    await report(database, world, {0: {"study_place": 5}})
    second = await publish(database, world, now=LATER)
    much_later = LATER + timedelta(days=20)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await withdraw_release(
            session, actor=officer, now=much_later, release_id=second, reason="Väärä jakso."
        )
    found = await shown(database, world, much_later)
    assert found.release is not None
    assert found.release.number == 1
    async with database.transaction() as session:
        assert await documents(session, second, now=much_later) is None
        named = await release_name(session, second, now=much_later)
        assert named is not None
        assert named.withdrawn_because == "Väärä jakso."
        assert (await verify_release(session, release_id=second)).holds
    async with database.transaction(world.sight) as session:
        assert [release.number for release in await all_releases(session, world.organiser_id)] == [2, 1]
    with pytest.raises(Refused, match=r"release\.withdrawn_already"):
        async with database.transaction(officer.sight) as session:
            await withdraw_release(
                session, actor=officer, now=much_later, release_id=second, reason="Uudestaan."
            )
    with pytest.raises(Refused, match=r"release\.withdrawn_already"):
        await object_to(database, world, second, now=LATER + timedelta(days=1))


async def test_what_was_withdrawn_still_counts_against_subtraction(database: Database, world: World) -> None:
    """The provider saw 25 in the preview; 22 would tell it of three people."""
    first = await publish(database, world)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await withdraw_release(session, actor=officer, now=SOON, release_id=first, reason="Väärä jakso.")
    await report(database, world, {0: {"study_place": 3}, 1: {"study_place": 5}})
    await publish(database, world, now=SOON)
    found = await shown(database, world, SOON + timedelta(days=12))
    assert found.figure(world.providers[0], HEADLINE).n == 20
    assert found.figure(world.providers[1], HEADLINE).n == 20


async def test_another_organisers_release_is_not_for_withdrawing(database: Database, world: World) -> None:
    release_id = await publish(database, world)
    turku = await build_world(database, code="turku")
    officer = turku[Role.REGISTER_OFFICER]
    with pytest.raises(NotFound):
        async with database.transaction(officer.sight) as session:
            await withdraw_release(session, actor=officer, now=SOON, release_id=release_id, reason="x")
