"""Deciding on a change of an approval that has gone on changing since it was asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from registry.providers.coaches.commands import end_coach
from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal
from registry.providers.decisions.corrections.commands import Correction, correct_decision
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.rules import AppealState, Subject
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.prices import set_price
from registry.providers.keeping.queries import change_of
from registry.providers.keeping.wanted import change_by_now, wanted_of
from registry.providers.model import Admission
from registry.shared.database import Database
from registry.shared.errors import ACCEPTED, Refusal, Refused
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.deciding import LAW, Desk, another_officer
from tests.registry.providers.keeping.test_changes import admission, ask, told
from tests.registry.providers.keeping.test_coaches import AINO, decide, save, shown

LATER = NOW + timedelta(hours=1)


async def refused(desk: Desk, change_id: UUID | None) -> UUID:
    made: UUID = await desk.do(
        decide_change, change_id=change_id, granted=False, reason="Ei tiloja.", legal_basis=LAW
    )
    return made


async def upheld(desk: Desk, decision_id: UUID) -> UUID:
    """The provider asks for a review, and another officer finds for it; the new decision's id."""
    actor = desk.world.provider_actor()
    async with desk.database.transaction(actor.sight) as session:
        appeal_id = await receive_appeal(
            session, actor=actor, now=NOW, decision_id=decision_id, text="Tilat ovat."
        )
    other = Desk(desk.database, desk.world, await another_officer(desk.database, desk.world))
    await other.declare(appeal_id, Subject.APPEAL)
    verdict = Verdict(AppealState.UPHELD, "Tilat on osoitettu.")
    made: UUID = await other.do(decide_appeal, now=LATER, appeal_id=appeal_id, verdict=verdict)
    return made


async def looked(database: Database, world: World, change_id: UUID) -> tuple[dict[str, Any], Any]:
    """What the officer who decides is shown to come of it, and what stands against it."""
    async with database.transaction(world.sight) as session:
        change, may = await change_by_now(session, await change_of(session, change_id))
    return change.asked, may


async def test_what_the_provider_took_away_meanwhile_does_not_come_back(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    made = await ask(database, world, municipality_codes=["564", "244", "853"])
    assert made.waiting
    assert (await ask(database, world, municipality_codes=["564"])).at_once
    assert (await looked(database, world, made.waiting))[0] == {"municipality_codes": ["564", "853"]}
    decision_id = await desk.do(decide_change, change_id=made.waiting, granted=True, reason="")
    assert (await admission(database, world)).municipality_codes == ["564", "853"]
    assert (await told(database, world, decision_id))["Kunnat"] == (
        "Ennen päätöstä: Oulu\nPäätöksen jälkeen: Oulu ja Turku\nLisäystä: Turku"
    )


async def test_what_a_review_granted_meanwhile_stays(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    await ask(database, world, municipality_codes=["564"])
    first_id = await refused(desk, (await ask(database, world, municipality_codes=["564", "853"])).waiting)
    made = await ask(database, world, municipality_codes=["564", "244"])
    await upheld(desk, first_id)
    decision_id = await desk.do(decide_change, now=LATER, change_id=made.waiting, granted=True, reason="")
    assert (await admission(database, world)).municipality_codes == ["564", "853", "244"]
    said = (await told(database, world, decision_id))["Kunnat"]
    assert said.endswith("Lisäystä: Kempele")
    assert "Jää pois" not in said


async def test_a_single_value_that_was_changed_since_is_not_written_over(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    made = await ask(database, world, method="group", remote=True)
    assert made.waiting
    async with database.transaction() as session:
        await session.execute(update(Admission).values(method="mixed"))
    _, may = await looked(database, world, made.waiting)
    assert may == Refusal("change.changed_since", {"changed_fields": "method"})
    with pytest.raises(Refused, match=r"change\.changed_since") as stopped:
        await desk.do(decide_change, change_id=made.waiting, granted=True, reason="")
    assert stopped.value.facts == {"changed_fields": "method"}
    decision_id = await refused(desk, made.waiting)
    said = await told(database, world, decision_id)
    assert said["Työtapa"].split("\n") == [
        "On voimassa: osin kahden kesken, osin ryhmässä",
        "Pyydettiin, ei hyväksytty: ryhmässä",
        "Muuttunut pyynnön jälkeen. Pyydettäessä: kahden kesken",
    ]
    assert "Muuttunut" not in said["Palvelu etänä"]
    with pytest.raises(Refused, match=r"change\.changed_since"):
        await upheld(desk, decision_id)


@pytest.mark.parametrize("day", [0, 30])
async def test_a_price_that_was_set_or_announced_since_stays(database: Database, day: int) -> None:
    world = await build_world(
        database, terms={"own_share_allowed": True, "unit_price_ceiling_cents": 65_00, "value_cents": 650_00}
    )
    desk, actor = Desk(database, world), world.provider_actor()
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    made = await ask(database, world, unit_price_cents=70_00, price_from=TODAY + timedelta(days=30))
    assert made.waiting
    async with database.transaction(actor.sight) as session:
        await set_price(
            session, actor=actor, now=LATER, admission_id=world.admissions[0],
            unit_price_cents=63_00 if day else 55_00, vat_rate_bp=2550, valid_from=TODAY + timedelta(days=day),
        )  # fmt: skip
    with pytest.raises(Refused, match=r"change\.changed_since") as stopped:
        await desk.do(decide_change, now=LATER, change_id=made.waiting, granted=True, reason="")
    assert stopped.value.facts == {"changed_fields": "unit_price_cents"}
    said = (await told(database, world, await refused(desk, made.waiting)))["Yksikköhinta veroineen"]
    assert ("Pyynnön jälkeen ilmoitettu hinta: 63,00" if day else "Pyydettäessä: 60,00") in said


async def test_a_review_finds_the_change_of_a_decision_that_was_reworded_long_ago(
    database: Database,
) -> None:
    """Before corrections moved the link, a change named the first decision on it."""
    world = await build_world(database)
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    made = await ask(database, world, remote=True)
    first_id = await refused(desk, made.waiting)
    slip = Correction(CorrectionGround.CLERICAL, "Kirjoitusvirhe.", legal_basis=LAW)
    second_id = await desk.do(correct_decision, decision_id=first_id, correction=slip)
    async with database.transaction(world.sight) as session:
        await session.execute(update(AdmissionChange).values(decision_id=first_id))
    third_id = await upheld(desk, second_id)
    assert (await admission(database, world)).remote
    async with database.transaction(world.sight) as session:
        change = await session.get_one(AdmissionChange, made.waiting)
    assert (change.state, change.decision_id) == ("approved", third_id)


async def test_a_language_that_a_coach_gave_up_meanwhile_does_not_come_back(database: Database) -> None:
    world = await build_world(database)
    both = replace(AINO, languages=("fi", "sv"))
    made = await save(database, world, both)
    await decide(database, world, made.waiting[0])
    (waits,) = (await save(database, world, replace(both, languages=("fi", "sv", "ar")), made.id)).waiting
    assert (await save(database, world, AINO, made.id)).waiting == ()
    assert (await looked(database, world, waits))[0]["coach_languages"] == ["fi", "ar"]
    decision_id = await Desk(database, world).do(decide_change, change_id=waits, granted=True, reason="")
    assert await shown(database, world) == [("Aino", "fi", "ar")]
    assert (await told(database, world, decision_id))["Valmentajan kielet"] == (
        "Ennen päätöstä: suomi\nPäätöksen jälkeen: arabia ja suomi\nLisäystä: arabia"
    )


async def test_a_review_writes_over_nothing_of_a_coach_who_has_changed_or_left(database: Database) -> None:
    world = await build_world(database)
    desk, actor = Desk(database, world), world.provider_actor()
    made = await save(database, world)
    await decide(database, world, made.waiting[0])
    (first,) = (await save(database, world, replace(AINO, qualification="Lääkäri"), made.id)).waiting
    decision_id = await refused(desk, first)
    (second,) = (await save(database, world, replace(AINO, qualification="Opettaja"), made.id)).waiting
    await desk.do(decide_change, change_id=second, granted=True, reason="")
    with pytest.raises(Refused, match=r"change\.changed_since") as stopped:
        await upheld(desk, decision_id)
    assert stopped.value.facts == {"changed_fields": "coach_qualification"}
    async with database.transaction(actor.sight) as session:
        await end_coach(session, actor=actor, now=NOW, coach_id=made.id)
    async with database.transaction(world.sight) as session:
        change = await session.get_one(AdmissionChange, first)
        row = await session.get_one(Admission, world.admissions[0])
        assert (await wanted_of(session, row, change)).may == Refusal("change.coach_ended")


async def test_a_review_brings_in_a_coach_as_the_coach_was_shown_or_not_at_all(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    made = await save(database, world)
    decision_id = await refused(desk, made.waiting[0])
    # own words alone stand against nothing; another name does
    soon = NOW + timedelta(minutes=5)
    await save(database, world, AINO, made.id, now=soon, fi="Uudet sanat.")
    async with database.transaction(world.sight) as session:
        change = await session.get_one(AdmissionChange, made.waiting[0])
        row = await session.get_one(Admission, world.admissions[0])
        assert (await wanted_of(session, row, change)).may == ACCEPTED
    await save(database, world, replace(AINO, first_name="Pekka"), made.id, now=soon)
    with pytest.raises(Refused, match=r"change\.changed_since") as stopped:
        await upheld(desk, decision_id)
    assert stopped.value.facts == {"changed_fields": "coach_first_name"}
