"""Coaches of an approval: who is in the register asks for a new one, and an officer of each approval decides."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.catalogue.model import Organiser
from registry.providers.coaches.commands import Saved, ask_for_approval, end_coach, save_coach
from registry.providers.coaches.queries import coaches_under, not_under
from registry.providers.coaches.rules import CoachFacts, examined
from registry.providers.commands.applying import insert_application
from registry.providers.decisions.queries import decision_detail
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.queries import changes_waiting
from registry.providers.model import Admission, CoachDetail
from registry.providers.queries import own_words, provider_desk
from registry.shared.database import Database
from registry.shared.errors import DomainError, Invalid, NotFound, Refused
from tests.builders import NOW, World, build_world
from tests.registry.providers.deciding import LAW, Desk, another_officer
from tests.registry.providers.test_applications import OFFER

AINO = CoachFacts("Aino", "Salainen", "Yhteisöpedagogi", ("fi",))


async def save(
    database: Database,
    world: World,
    facts: CoachFacts = AINO,
    coach_id: UUID | None = None,
    also: tuple[UUID, ...] = (),
    now: datetime = NOW,
    **said: str,
) -> Saved:
    actor = world.provider_actor()
    actor = replace(actor, sight=replace(actor.sight, organisers=(*actor.sight.organisers, *also)))
    async with database.transaction(actor.sight) as session:
        return await save_coach(
            session, actor=actor, now=now, coach_id=coach_id, first_name=facts.first_name,
            surname=facts.surname, qualification=facts.qualification, languages=facts.languages,
            statement={"fi": "Kuuntelen ensin."} | said,
        )  # fmt: skip


async def shown(database: Database, world: World, service_id: UUID | None = None) -> list[tuple[str, ...]]:
    async with database.transaction() as session:
        words = (await own_words(session, [world.provider_id], service_id=service_id))[world.provider_id]
    return [(coach.first_name, *coach.languages) for coach in words.coaches]


async def decide(database: Database, world: World, change_id: UUID, *, granted: bool = True) -> None:
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    await desk.do(
        decide_change, change_id=change_id, granted=granted, reason="Ei osoitettu.", legal_basis=LAW
    )


def test_what_an_officer_looks_at() -> None:
    assert examined(AINO, AINO) == {}
    assert examined(AINO, replace(AINO, languages=("sv", "fi"))) == {"coach_languages": ["sv", "fi"]}
    assert examined(replace(AINO, languages=("fi", "sv")), AINO) == {}
    assert examined(AINO, replace(AINO, qualification="Lääkäri")) == {"coach_qualification": "Lääkäri"}
    assert examined(AINO, replace(AINO, first_name="Pekka", surname="Toinen")) == {
        "coach_first_name": "Pekka",
        "coach_surname": "Toinen",
    }
    assert examined(replace(AINO, surname=""), AINO) == {}, "a gap is filled in at once"


async def test_a_new_coach_is_seen_by_clients_once_an_officer_has_granted_it(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(Invalid) as unknown:
        await save(database, world, replace(AINO, surname="", qualification=""))
    assert unknown.value.errors == {"surname": "field.required", "qualification": "field.required"}
    made = await save(database, world)
    (change_id,) = made.waiting
    assert await shown(database, world) == []
    async with database.transaction(world.provider_actor().sight) as session:
        desk = await provider_desk(session, provider_id=world.provider_id)
        (lacks,) = (await not_under(session, provider_id=world.provider_id))[made.id]
    assert [coach.first_name for coach in desk.coaches] == ["Aino"]
    assert (lacks.admission_id, lacks.languages, lacks.waiting) == (world.admissions[0], None, True)
    async with database.transaction(world.sight) as session:
        (waits,) = await changes_waiting(session)
    assert (waits.id, waits.coach, waits.asked["coach"]) == (change_id, "Aino Salainen", "added")

    await decide(database, world, change_id)
    assert await shown(database, world) == [("Aino", "fi")]
    async with database.transaction(world.sight) as session:
        (under,) = await coaches_under(session, admission_id=world.admissions[0])
        decided = await session.get_one(AdmissionChange, change_id)
    assert (under.surname, under.qualification) == ("Salainen", "Yhteisöpedagogi")
    assert decided.decision_id is not None
    async with database.transaction(world.sight) as session:
        text = (await decision_detail(session, decided.decision_id)).text
    assert {item.label: item.text.split("\n")[-1] for item in text.sections[1].items} == {
        "Valmentaja Aino Salainen": "Päätöksen jälkeen: kuuluu hyväksyntään ja palvelee asiakkaita",
        "Valmentajan etunimi": "Päätöksen jälkeen: Aino",
        "Valmentajan sukunimi": "Päätöksen jälkeen: Salainen",
        "Valmentajan pätevyys": "Päätöksen jälkeen: Yhteisöpedagogi",
        "Valmentajan kielet": "Päätöksen jälkeen: suomi",
    }


async def test_a_coach_who_is_not_granted_stays_out_and_may_be_asked_for_again(database: Database) -> None:
    world = await build_world(database)
    made = await save(database, world)
    await decide(database, world, made.waiting[0], granted=False)
    assert await shown(database, world) == []
    assert (await save(database, world, coach_id=made.id, sv="Jag lyssnar.")).waiting == ()
    actor = world.provider_actor()
    arguments: dict[str, Any] = {"actor": actor, "now": NOW, "coach_id": made.id}
    with pytest.raises(NotFound, match=r"admission\.unknown"):
        async with database.transaction(actor.sight) as session:
            await ask_for_approval(session, admission_id=world.admissions[1], **arguments)
    async with database.transaction(actor.sight) as session:
        again = await ask_for_approval(session, admission_id=world.admissions[0], **arguments)
    with pytest.raises(DomainError, match=r"change\.open_already"):
        async with database.transaction(actor.sight) as session:
            await ask_for_approval(session, admission_id=world.admissions[0], **arguments)
    desk = Desk(database, world)
    await desk.do(decide_change, change_id=again, granted=True, reason="")
    assert await shown(database, world) == [("Aino", "fi")]


async def test_what_was_approved_holds_until_its_change_is_decided(database: Database) -> None:
    world = await build_world(database)
    made = await save(database, world)
    await decide(database, world, made.waiting[0])
    other = CoachFacts("Pekka", "Toinen", "Lääkäri", ("fi", "ar"))
    first = await save(database, world, other, made.id, fi="Uudet sanat.")
    wanted = replace(other, first_name="Aino", surname="Salainen")
    second = await save(database, world, wanted, made.id, fi="Uudet sanat.")
    assert await shown(database, world) == [("Aino", "fi")]
    async with database.transaction(world.sight) as session:
        detail = await session.get_one(CoachDetail, made.id)
        words = (await own_words(session, [world.provider_id]))[world.provider_id]
        (waits,) = await changes_waiting(session)
    assert detail.qualification == "Yhteisöpedagogi"
    assert words.coaches[0].statement == {"fi": "Uudet sanat."}, "own words are the coach's"
    assert waits.id == second.waiting[0]
    assert waits.asked == {
        "coach": "changed", "coach_qualification": "Lääkäri", "coach_languages": ["fi", "ar"],
    }  # fmt: skip
    desk = Desk(database, world)
    with pytest.raises(DomainError, match=r"change\.decided_already"):
        await desk.do(decide_change, change_id=first.waiting[0], granted=True, reason="")
    await desk.do(decide_change, change_id=waits.id, granted=True, reason="")
    assert await shown(database, world) == [("Aino", "fi", "ar")]
    assert (await save(database, world, replace(wanted, languages=("ar",)), made.id)).waiting == ()
    assert await shown(database, world) == [("Aino", "ar")], "a language fewer holds at once"


async def test_each_organiser_decides_for_its_own_clients(database: Database) -> None:
    world = await build_world(database)
    second = await build_world(database, code="toinen", providers=1)
    async with database.transaction() as session:
        await session.execute(
            update(Admission)
            .where(Admission.id == second.admissions[0])
            .values(provider_id=world.provider_id)
        )
    made = await save(database, world, also=(second.organiser_id,))
    assert len(made.waiting) == 2
    async with database.transaction(world.sight) as session:
        (here,) = await changes_waiting(session)
    await decide(database, world, here.id)
    assert await shown(database, world, world.service_id) == [("Aino", "fi")]
    assert await shown(database, world, second.service_id) == []
    assert await shown(database, world) == [("Aino", "fi")], "on the public page, for one of them"
    foreign = next(one for one in made.waiting if one != here.id)
    with pytest.raises(DomainError, match=r"(change|admission)\.unknown"):
        await Desk(database, world).do(decide_change, change_id=foreign, granted=True, reason="")


PEKKA = replace(AINO, first_name="Pekka", surname="Toinen")


class Two:
    """A provider that two organisers approved, and a coach whom both have granted."""

    def __init__(self, database: Database, here: World, there: World) -> None:
        self.database, self.here, self.there = database, here, there

    async def ask(self, facts: CoachFacts, coach_id: UUID | None = None) -> UUID:
        made = await save(self.database, self.here, facts, coach_id, also=(self.there.organiser_id,))
        assert len(made.waiting) == 2
        return made.id

    async def ask_again(self, coach_id: UUID) -> None:
        """The second organiser, after it refused."""
        actor = self.here.provider_actor()
        organisers = (*actor.sight.organisers, self.there.organiser_id)
        actor = replace(actor, sight=replace(actor.sight, organisers=organisers))
        async with self.database.transaction(actor.sight) as session:
            await ask_for_approval(
                session, actor=actor, now=NOW, coach_id=coach_id, admission_id=self.there.admissions[0]
            )

    async def say(self, world: World, *, granted: bool = True) -> None:
        async with self.database.transaction(world.sight) as session:
            (waits,) = await changes_waiting(session)
        desk = Desk(self.database, world)
        await desk.do(
            decide_change, change_id=waits.id, granted=granted, reason="Ei osoitettu.", legal_basis=LAW
        )

    async def seen(self) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """By the clients of each."""
        return (
            await shown(self.database, self.here, self.here.service_id),
            await shown(self.database, self.here, self.there.service_id),
        )


@pytest.fixture
async def two(database: Database) -> Two:
    here = await build_world(database)
    there = await build_world(database, code="toinen", providers=1)
    async with database.transaction() as session:
        await session.execute(
            update(Admission).where(Admission.id == there.admissions[0]).values(provider_id=here.provider_id)
        )
    for world in (here, there):
        await Desk(database, world).declare(world.admissions[0], Subject.ADMISSION)
    return Two(database, here, there)


async def granted_by_both(two: Two) -> UUID:
    coach_id = await two.ask(AINO)
    await two.say(two.here)
    await two.say(two.there)
    assert await two.seen() == ([("Aino", "fi")], [("Aino", "fi")])
    return coach_id


@pytest.mark.parametrize("changed", [PEKKA, replace(AINO, qualification="Lääkäri")])
async def test_another_name_or_qualification_holds_where_it_was_granted(
    two: Two, changed: CoachFacts
) -> None:
    coach_id = await granted_by_both(two)
    await two.ask(changed, coach_id)
    await two.say(two.here)
    new = [(changed.first_name, "fi")]
    assert await two.seen() == (new, []), "the others have not looked at this person"
    await two.say(two.there)
    assert await two.seen() == (new, new), "the second grant puts nobody outside again"


@pytest.mark.parametrize("refused_first", [False, True])
async def test_where_a_new_name_is_refused_the_coach_stays_outside(two: Two, refused_first: bool) -> None:
    coach_id = await granted_by_both(two)
    await two.ask(PEKKA, coach_id)
    if refused_first:
        await two.say(two.there, granted=False)
        assert await two.seen() == ([("Aino", "fi")], [("Aino", "fi")])
        await two.say(two.here)
    else:
        await two.say(two.here)
        await two.say(two.there, granted=False)
    assert await two.seen() == ([("Pekka", "fi")], [])
    await two.ask_again(coach_id)
    await two.say(two.there)
    assert await two.seen() == ([("Pekka", "fi")], [("Pekka", "fi")]), "the whole coach was looked at"


async def test_a_language_that_is_granted_brings_in_no_new_name(two: Two) -> None:
    coach_id = await granted_by_both(two)
    await two.ask(replace(AINO, languages=("fi", "sv")), coach_id)
    await two.say(two.here)
    await two.say(two.there, granted=False)
    await two.ask(replace(PEKKA, languages=("fi", "sv")), coach_id)
    await two.say(two.there, granted=False)
    await two.ask_again(coach_id)
    await two.say(two.here)
    with pytest.raises(Refused, match=r"change\.coach_outside_since"):
        await two.say(two.there)
    await two.say(two.there, granted=False)
    assert await two.seen() == ([("Pekka", "fi", "sv")], [])


async def test_a_language_that_only_another_organiser_looked_at_comes_in_with_no_other_grant(
    two: Two,
) -> None:
    coach_id = await granted_by_both(two)
    await two.ask(replace(AINO, languages=("fi", "sv")), coach_id)
    await two.say(two.here)
    await two.say(two.there, granted=False)
    await two.ask_again(coach_id)
    given_up = await save(two.database, two.here, AINO, coach_id, also=(two.there.organiser_id,))
    assert given_up.waiting == ()
    await two.say(two.there)
    assert await two.seen() == ([("Aino", "fi")], [("Aino", "fi")]), "nor does one that was given up"
    await two.ask(replace(AINO, languages=("fi", "sv")), coach_id)
    await two.say(two.here)
    await two.say(two.there, granted=False)
    changed = CoachFacts("Aino", "Salainen", "Lääkäri", ("fi", "sv"))
    await two.ask(changed, coach_id)
    await two.say(two.there)
    assert await two.seen() == ([], [("Aino", "fi")])
    await two.say(two.here)
    assert await two.seen() == ([("Aino", "fi", "sv")], [("Aino", "fi")])


async def test_a_coach_who_leaves_is_gone_at_once_and_from_every_file(database: Database) -> None:
    world = await build_world(database)
    made = await save(database, world)
    await decide(database, world, made.waiting[0])
    await save(database, world, replace(AINO, qualification="Lääkäri"), made.id)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await end_coach(session, actor=actor, now=NOW, coach_id=made.id)
    assert await shown(database, world) == []
    async with database.transaction(world.sight) as session:
        rows = (await session.scalars(select(AdmissionChange).order_by(AdmissionChange.id))).all()
        said = [(row.state, row.asked["coach"]) for row in rows]
        text = str([(row.asked, row.before) for row in rows])
    assert said == [("approved", "added"), ("withdrawn", "changed"), ("approved", "left")]
    assert not {"Salainen", "Aino", "Lääkäri", "Yhteisöpedagogi"} & set(text.replace("'", " ").split())


async def test_a_coach_whom_the_application_did_not_name_is_no_part_of_the_approval(
    database: Database,
) -> None:
    world = await build_world(database)
    async with database.transaction() as session:
        await session.execute(update(Admission).values(state="withdrawn"))
    named = await save(database, world)
    unnamed = await save(database, world, replace(AINO, first_name="Pekka"))
    assert (named.waiting, unnamed.waiting) == ((), ()), "no approval stands"
    actor = world.provider_actor()
    application_id = await world_application(database, world, named.id)
    await Desk(database, world, await another_officer(database, world)).approved(application_id)
    assert await shown(database, world) == [("Aino", "fi")]
    async with database.transaction(actor.sight) as session:
        lacks = await not_under(session, provider_id=world.provider_id)
    assert set(lacks) == {unnamed.id}


async def world_application(database: Database, world: World, coach_id: UUID) -> UUID:
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        return await insert_application(
            session, actor=actor, now=NOW, provider_id=world.provider_id, service_id=world.service_id,
            offer=OFFER, details={"coaches": [str(coach_id)]},
        )  # fmt: skip


async def test_the_sandbox_neither_decides_on_a_coach_nor_shows_one(database: Database) -> None:
    world = await build_world(database)
    place = await build_world(database, code="sandbox", providers=1)
    async with database.transaction() as session:
        await session.execute(
            update(Organiser).where(Organiser.id == place.organiser_id).values(sandbox=True)
        )
        await session.execute(
            update(Admission).where(Admission.id == place.admissions[0]).values(provider_id=world.provider_id)
        )
    made = await save(database, world, also=(place.organiser_id,))
    assert len(made.waiting) == 1
    assert await shown(database, world) == []
    async with database.transaction(world.provider_actor().sight) as session:
        (lacks,) = (await not_under(session, provider_id=world.provider_id))[made.id]
    assert lacks.admission_id == world.admissions[0]
