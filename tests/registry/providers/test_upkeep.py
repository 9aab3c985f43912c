"""What a provider keeps up to date itself, and that it is its own."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from registry.audit.model import AuditEvent
from registry.providers.coaches.commands import end_coach, save_coach
from registry.providers.commands import (
    Profile,
    change_capacity,
    change_profile,
    state_facts,
)
from registry.providers.keeping.standing import withdraw_admission
from registry.providers.model import Admission, Coach, Provider
from registry.providers.queries import own_words, provider_desk
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import NOW, TODAY, World, build_world


async def capacity(
    database: Database, world: World, places: int, *, index: int = 0, admission: int = 0
) -> None:
    actor = world.provider_actor(index)
    async with database.transaction(actor.sight) as session:
        await change_capacity(
            session,
            actor=actor,
            now=NOW,
            admission_id=world.admissions[admission],
            places=places,
            next_start=TODAY + timedelta(days=3),
        )


async def test_places_follow_the_provider_but_not_under_those_taken(database: Database) -> None:
    world = await build_world(database)
    await capacity(database, world, 20)
    async with database.transaction() as session:
        await session.execute(text("UPDATE admission SET taken = 4"))
    await capacity(database, world, 4)
    with pytest.raises(Refused, match=r"admission\.places_below_taken") as refusal:
        await capacity(database, world, 3)
    assert refusal.value.facts == {"places": 3, "taken": 4}
    async with database.transaction() as session:
        admission = await session.get_one(Admission, world.admissions[0])
    assert (admission.places, admission.next_start) == (4, TODAY + timedelta(days=3))


async def test_what_a_provider_states_is_kept_in_the_order_of_the_list_and_recorded_once(
    database: Database,
) -> None:
    world = await build_world(database)
    actor = world.provider_actor()

    async def state(same_coach: bool | None, *experience: str) -> None:
        async with database.transaction(actor.sight) as session:
            await state_facts(
                session,
                actor=actor,
                now=NOW,
                admission_id=world.admissions[0],
                same_coach=same_coach,
                experience=experience,
            )

    with pytest.raises(Invalid):
        await state(True, "astronauts")
    for _ in range(2):
        await state(True, "health", "first_job")
    async with database.transaction(world.sight) as session:
        admission = await session.get_one(Admission, world.admissions[0])
        events = (
            await session.scalars(select(AuditEvent).where(AuditEvent.action == "admission.facts_stated"))
        ).all()
    assert (admission.same_coach, admission.experience) == (True, ["first_job", "health"])
    assert [event.facts for event in events] == [{"same_coach": True, "experience": ["first_job", "health"]}]


async def test_another_providers_places_are_not_there(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(NotFound, match=r"admission\.unknown"):
        await capacity(database, world, 5, index=1, admission=0)


async def test_a_place_taken_while_the_number_is_lowered_is_never_lost(database: Database) -> None:
    """Choosing takes a place under the row's lock; lowering waits for it, and then counts it."""
    world = await build_world(database)

    async def take() -> None:
        async with database.transaction() as session:
            await session.execute(
                text("UPDATE admission SET taken = taken + 1 WHERE id = :id"), {"id": world.admissions[0]}
            )

    answers = await asyncio.gather(
        *(take() for _ in range(5)), *(capacity(database, world, 2) for _ in range(3)), return_exceptions=True
    )
    async with database.transaction() as session:
        admission = await session.get_one(Admission, world.admissions[0])
    assert admission.taken <= admission.places
    assert any(answer is None for answer in answers)


@pytest.mark.parametrize(("places", "days"), [(-1, 1), (10_001, 1), (5, -1)])
async def test_capacity_without_sense_is_refused(database: Database, places: int, days: int) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    with pytest.raises(Invalid):
        async with database.transaction(actor.sight) as session:
            await change_capacity(
                session,
                actor=actor,
                now=NOW,
                admission_id=world.admissions[0],
                places=places,
                next_start=TODAY + timedelta(days=days),
            )


async def test_staff_do_not_keep_providers_offers(database: Database) -> None:
    world = await build_world(database)
    actor = world[Role.REGISTER_OFFICER]
    with pytest.raises(Forbidden):
        async with database.transaction(actor.sight) as session:
            await withdraw_admission(session, actor=actor, now=NOW, admission_id=world.admissions[0])


async def test_own_words_change_what_a_provider_is_found_by_and_are_not_in_the_audit_trail(
    database: Database,
) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    profile = Profile(
        introduction={"fi": "Löydämme työtä yhdessä.", "sv": "", "en": "We find work."},
        email="posti@esimerkki.invalid",
        website="esimerkki.invalid",
        city="Kempele",
        municipality_code="244",
    )
    for _ in range(2):
        async with database.transaction(actor.sight) as session:
            await change_profile(session, actor=actor, now=NOW, profile=profile)
    async with database.transaction(world.sight) as session:
        provider = await session.get_one(Provider, world.provider_id)
        events = (
            await session.scalars(select(AuditEvent).where(AuditEvent.action == "provider.profile_changed"))
        ).all()
    assert provider.introduction == {"fi": "Löydämme työtä yhdessä.", "en": "We find work."}
    assert provider.search_words == "valmennus 1 oy kempele loydamme tyota yhdessa we find work"
    assert provider.website == "https://esimerkki.invalid"
    assert len(events) == 1
    assert events[0].facts == {"changed": ["city", "email", "introduction", "municipality_code", "website"]}


async def test_what_is_wrong_with_a_profile_is_told_by_field(database: Database) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    profile = Profile(
        introduction={"fi": "x" * 2001},
        email="posti",
        website="ftp://x.invalid",
        phone="1\x07",
        municipality_code="999",
    )
    with pytest.raises(Invalid) as refusal:
        async with database.transaction(actor.sight) as session:
            await change_profile(session, actor=actor, now=NOW, profile=profile)
    assert refusal.value.errors.keys() == {
        "introduction_fi",
        "email",
        "website",
        "phone",
        "municipality_code",
    }


async def test_a_coach_is_added_changed_and_gone_with_name_and_words(database: Database) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    async with database.transaction() as session:  # who is in the register asks first
        await session.execute(text("UPDATE admission SET state = 'withdrawn'"))
    async with database.transaction(actor.sight) as session:
        saved = await save_coach(
            session,
            actor=actor,
            now=NOW,
            coach_id=None,
            first_name="Aino",
            languages=("fi",),
            statement={"fi": "Kuuntelen ensin."},
        )
    coach_id = saved.id
    async with database.transaction(actor.sight) as session:
        await save_coach(
            session,
            actor=actor,
            now=NOW,
            coach_id=coach_id,
            first_name="Aino",
            languages=("fi", "sv"),
            statement={"fi": "Kuuntelen.", "sv": "Jag lyssnar."},
        )
    async with database.transaction() as session:
        words = (await own_words(session, world.providers))[world.provider_id]
    assert [(c.first_name, c.languages, c.statement["sv"]) for c in words.coaches] == [
        ("Aino", ("fi", "sv"), "Jag lyssnar.")
    ]
    other = world.provider_actor(1)
    with pytest.raises(NotFound, match=r"coach\.unknown"):
        async with database.transaction(other.sight) as session:
            await end_coach(session, actor=other, now=NOW, coach_id=coach_id)
    async with database.transaction(actor.sight) as session:
        await end_coach(session, actor=actor, now=NOW, coach_id=coach_id)
    async with database.transaction(actor.sight) as session:
        assert (await provider_desk(session, provider_id=world.provider_id)).coaches == ()
        coach = await session.get_one(Coach, coach_id)
    assert (coach.first_name, coach.statement) == ("", {})


async def test_a_provider_may_leave_and_stays_gone(database: Database) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await withdraw_admission(session, actor=actor, now=NOW, admission_id=world.admissions[0])
    with pytest.raises(Refused, match=r"admission\.ended_already"):
        async with database.transaction(actor.sight) as session:
            await withdraw_admission(session, actor=actor, now=NOW, admission_id=world.admissions[0])
