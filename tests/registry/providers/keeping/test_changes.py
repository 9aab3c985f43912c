"""Changes of an approval: what goes at once, what waits for an officer, and how it is decided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from registry.checks.audit import lawful
from registry.checks.deciding import DECIDING
from registry.checks.keeping import KEEPING
from registry.checks.run import examine
from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal
from registry.providers.decisions.corrections.commands import Correction, correct_decision
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.queries import decision_detail
from registry.providers.decisions.rules import AppealState, Subject
from registry.providers.keeping.changes import Asked, ask_for_change, close_changes_of_left, withdraw_change
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.model import AdmissionChange
from registry.providers.keeping.queries import changes_waiting
from registry.providers.keeping.rules import (
    CHANGE_CORRECTIONS,
    CHANGE_TRANSITIONS,
    CORRECTIVE_TRANSITIONS,
    INSPECTION_TRANSITIONS,
    ChangeState,
    CorrectiveState,
    InspectionState,
    correct_change,
    move_change,
    move_corrective,
    move_inspection,
    needs_decision,
)
from registry.providers.keeping.standing import withdraw_admission
from registry.providers.model import Admission
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.errors import ACCEPTED, DomainError, Invalid, NotFound
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.providers.deciding import LAW, Desk, another_officer

BEFORE = {
    "municipality_codes": ["564", "244"],
    "remote": False,
    "languages": ["fi"],
    "accessibility": [],
    "method": "one_to_one",
    "unit_price_cents": 60_00,
    "vat_rate_bp": 2550,
}


@pytest.mark.parametrize(
    ("states", "transitions", "move"),
    [
        (ChangeState, CHANGE_TRANSITIONS, move_change),
        (InspectionState, INSPECTION_TRANSITIONS, move_inspection),
        (CorrectiveState, CORRECTIVE_TRANSITIONS, move_corrective),
    ],
)
def test_every_pair_of_states(states: Any, transitions: Any, move: Any) -> None:
    assert set(transitions) == set(states)
    for before in states:
        for after in states:
            assert (move(before, after) is ACCEPTED) == (after in transitions[before]), (before, after)


def test_a_correction_grants_what_was_not_and_takes_no_other_step() -> None:
    for before in ChangeState:
        for after in ChangeState:
            may = (before, after) == (ChangeState.REJECTED, ChangeState.APPROVED)
            assert (correct_change(before, after) is ACCEPTED) == may, (before, after)
            assert may == (after in CHANGE_CORRECTIONS.get(before, ()))


@pytest.mark.parametrize(
    ("changed", "decided"),
    [
        ({"municipality_codes": ["564"]}, False),
        ({"municipality_codes": ["564", "244", "853"]}, True),
        ({"languages": ["fi", "sv"]}, True),
        ({"accessibility": ["step_free"]}, True),
        ({"method": "group"}, True),
        ({"remote": True}, True),
        ({"unit_price_cents": 40_00}, False),
        ({"unit_price_cents": 65_00}, False),
        ({"unit_price_cents": 65_01}, True),
        ({"vat_rate_bp": 0}, False),
    ],
)
def test_what_an_officer_decides(changed: dict[str, Any], decided: bool) -> None:
    assert (needs_decision(BEFORE, changed, ceiling_cents=65_00) == set(changed)) is decided


async def ask(database: Database, world: World, index: int = 0, **asked: Any) -> Asked:
    actor = world.provider_actor(index)
    price_from = asked.pop("price_from", None)
    async with database.transaction(actor.sight) as session:
        return await ask_for_change(
            session, actor=actor, now=NOW, admission_id=world.admissions[0], asked=asked,
            price_from=price_from, words="Uusi valmentaja.",
        )  # fmt: skip


async def told(database: Database, world: World, decision_id: UUID) -> dict[str, str]:
    """What a decision says that was decided, item by item."""
    async with database.transaction(world.provider_actor().sight) as session:
        text = (await decision_detail(session, decision_id)).text
    return {item.label: item.text for item in text.sections[1].items}


async def admission(database: Database, world: World) -> Admission:
    async with database.transaction() as session:
        return await session.get_one(Admission, world.admissions[0])


async def test_a_part_holds_at_once_and_the_rest_waits_once(database: Database) -> None:
    world = await build_world(database)
    made = await ask(
        database, world, municipality_codes=["564", "853"], languages=["fi"], unit_price_cents=50_00
    )
    assert made.at_once
    assert made.waiting
    row = await admission(database, world)
    assert (row.unit_price_cents, row.municipality_codes) == (50_00, ["564", "244"])
    with pytest.raises(DomainError, match=r"change\.open_already"):
        await ask(database, world, remote=True)
    assert (await ask(database, world, unit_price_cents=45_00)).at_once  # what goes at once waits for nobody
    async with database.transaction(world.sight) as session:
        (waits,) = await changes_waiting(session)
    assert (waits.id, waits.asked) == (made.waiting, {"municipality_codes": ["564", "853"]})
    assert waits.municipalities["853"] == "Turku"


async def test_a_change_is_granted_with_a_decision(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    made = await ask(database, world, municipality_codes=["564", "853"], languages=["fi", "sv"])
    assert made.waiting
    with pytest.raises(DomainError, match=r"impartiality\.not_declared"):
        await desk.do(decide_change, change_id=made.waiting, granted=True, reason="")
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    decision_id = await desk.do(decide_change, change_id=made.waiting, granted=True, reason="")
    row = await admission(database, world)
    assert (row.municipality_codes, row.languages) == (["564", "853"], ["fi", "sv"])
    async with database.transaction(world.sight) as session:
        decision = await session.get_one(DecisionRecord, decision_id)
        change = await session.get_one(AdmissionChange, made.waiting)
    assert (decision.kind, decision.subject_id, change.decision_id) == ("changed", row.id, decision_id)
    said = await told(database, world, decision_id)
    assert said == {
        "Kunnat": "Ennen päätöstä: Kempele ja Oulu\nPäätöksen jälkeen: Oulu ja Turku\nLisäystä: Turku\nJää pois: Kempele",
        "Palvelun kielet": "Ennen päätöstä: suomi\nPäätöksen jälkeen: ruotsi ja suomi\nLisäystä: ruotsi",
        "Mitä palveluntuottaja sanoi pyynnöstään": "Uusi valmentaja.",
    }
    async with database.transaction(world.sight) as session:
        text = (await decision_detail(session, decision_id)).text
    assert "45 § 2 momentti" in text.sections[2].paragraphs[0], "no heading stands alone"
    # what comes later does not rewrite it, and a correction of a slip says again what was decided
    await ask(database, world, municipality_codes=["564"], languages=["fi"])
    assert await told(database, world, decision_id) == said
    slip = Correction(CorrectionGround.CLERICAL, "Nimessä oli kirjoitusvirhe.")
    assert (
        await told(database, world, await desk.do(correct_decision, decision_id=decision_id, correction=slip))
        == said
    )
    with pytest.raises(DomainError, match=r"change\.decided_already"):
        await desk.do(decide_change, change_id=made.waiting, granted=True, reason="")


async def test_a_change_is_not_granted_without_a_reason_and_the_law(database: Database) -> None:
    world = await build_world(database)
    desk = Desk(database, world)
    made = await ask(database, world, method="group")
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    for lacking in ({"reason": "", "legal_basis": LAW}, {"reason": "Ei.", "legal_basis": ""}):
        with pytest.raises(Invalid):
            await desk.do(decide_change, change_id=made.waiting, granted=False, **lacking)
    decision_id = await desk.do(
        decide_change, change_id=made.waiting, granted=False, reason="Ei tiloja.", legal_basis=LAW
    )
    said = await told(database, world, decision_id)
    assert said["Työtapa"] == "On voimassa: kahden kesken\nPyydettiin, ei hyväksytty: ryhmässä"
    assert (await admission(database, world)).method == "one_to_one"
    assert (await ask(database, world, method="mixed")).waiting


async def test_a_change_that_was_not_granted_is_granted_on_review_into_what_holds_by_then(
    database: Database,
) -> None:
    """By somebody else; the first decision stays in the file, and nothing is undone that came about since."""
    world = await build_world(database)
    actor, desk = world.provider_actor(), Desk(database, world)
    made = await ask(database, world, municipality_codes=["564", "244", "853"])
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    first_id = await desk.do(
        decide_change, change_id=made.waiting, granted=False, reason="Ei tiloja.", legal_basis=LAW
    )
    # in other words first: the request for review is of the decision that is in force
    slip = Correction(CorrectionGround.CLERICAL, "Kirjoitusvirhe.", legal_basis=LAW)
    second_id = await desk.do(correct_decision, decision_id=first_id, correction=slip)
    assert "Pyydettiin, ei hyväksytty" in (await told(database, world, second_id))["Kunnat"]
    assert (await ask(database, world, municipality_codes=["564"])).at_once
    async with database.transaction(actor.sight) as session:
        appeal_id = await receive_appeal(
            session, actor=actor, now=NOW, decision_id=second_id, text="Tilat ovat Turussa."
        )
    other = Desk(database, world, await another_officer(database, world))
    await other.declare(appeal_id, Subject.APPEAL)
    verdict = Verdict(AppealState.UPHELD, "Tilat on osoitettu.")
    third_id = await other.do(decide_appeal, appeal_id=appeal_id, verdict=verdict)
    assert (await admission(database, world)).municipality_codes == ["564", "853"]
    assert (await told(database, world, third_id))["Kunnat"] == (
        "Ennen päätöstä: Oulu\nPäätöksen jälkeen: Oulu ja Turku\nLisäystä: Turku"
    )
    async with database.transaction(world.sight) as session:
        change = await session.get_one(AdmissionChange, made.waiting)
        third = await session.get_one(DecisionRecord, third_id)
        for invariant in (*KEEPING, *DECIDING, lawful()):
            assert (await examine(session, invariant)).ok, invariant.name
    assert (change.state, change.decision_id) == ("approved", third_id)
    assert (third.kind, third.replaces) == ("changed", second_id)


async def test_a_price_above_the_ceiling_waits_and_keeps_its_notice(database: Database) -> None:
    """The officer's time does not count as notice to the clients."""
    world = await build_world(database, terms={"own_share_allowed": True})
    desk, later = Desk(database, world), NOW + timedelta(days=20)
    made = await ask(database, world, unit_price_cents=70_00, price_from=TODAY + timedelta(days=30))
    assert not made.at_once
    await desk.declare(world.admissions[0], Subject.ADMISSION)
    decision_id = await desk.do(decide_change, now=later, change_id=made.waiting, granted=True, reason="")
    said = await told(database, world, decision_id)
    assert said["Yksikköhinta veroineen"].split("\n") == [
        "Ennen päätöstä: 60,00\N{NO-BREAK SPACE}€", "Päätöksen jälkeen: 70,00\N{NO-BREAK SPACE}€",
    ]  # fmt: skip
    assert "voimassa 11.1.2027 alkaen. Sitä pyydettiin 22.12.2026 alkaen." in said["Hinnan ensimmäinen päivä"]
    async with database.transaction(world.sight) as session:
        change = await session.get_one(AdmissionChange, made.waiting)
    assert change.price_from == TODAY + timedelta(days=50)
    assert (await admission(database, world)).unit_price_cents == 60_00


async def test_what_the_terms_do_not_allow_is_refused_and_nothing_is_nothing(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(Invalid) as wrong:
        await ask(database, world, unit_price_cents=61_00, languages=[], municipality_codes=["999"])
    assert set(wrong.value.errors) == {"unit_price", "languages", "municipality_codes"}
    with pytest.raises(DomainError, match=r"change\.nothing"):
        await ask(database, world, municipality_codes=["244", "564"])
    with pytest.raises(NotFound):
        await ask(database, world, 1, remote=True)


async def test_who_leaves_or_thinks_again_leaves_nothing_to_decide(database: Database) -> None:
    world = await build_world(database)
    actor = world.provider_actor()
    made = await ask(database, world, remote=True)
    assert made.waiting
    async with database.transaction(actor.sight) as session:
        await withdraw_change(session, actor=actor, now=NOW, change_id=made.waiting)
    made = await ask(database, world, remote=True)
    async with database.transaction(actor.sight) as session:
        await withdraw_admission(session, actor=actor, now=NOW, admission_id=world.admissions[0])
    worker = system(world.organiser_id)
    async with database.transaction(worker.sight) as session:
        assert await close_changes_of_left(session, actor=worker, now=NOW, limit=10) == 1
    async with database.transaction(world.sight) as session:
        assert await changes_waiting(session) == []
    with pytest.raises(DomainError):
        await Desk(database, world).do(decide_change, change_id=made.waiting, granted=True, reason="")
