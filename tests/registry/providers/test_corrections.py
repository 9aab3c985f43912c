"""Decisions that are corrected without a request for review: what may become of what, and what has to come first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.cases.commands import close_case
from registry.providers.decisions.appeals import receive_appeal
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import (
    Correction,
    correct_decision,
    hear_before_correction,
)
from registry.providers.decisions.corrections.requests import (
    ask_for_correction,
    correction_requests,
    corrections_waiting,
    refuse_correction,
)
from registry.providers.decisions.corrections.rules import (
    Consent,
    CorrectionGround,
    last_day_to_correct,
    may_correct,
    possible_outcomes,
)
from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.model import DecisionDocument, DecisionRecord
from registry.providers.decisions.queries import decision_detail
from registry.providers.decisions.queue import queue_counts
from registry.providers.decisions.rules import DecisionKind, Mark
from registry.providers.keeping.rules import Clients
from registry.providers.model import Admission, Application
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.errors import Accepted, Forbidden, NotFound, Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.period import local_date
from registry.shared.working_days import working_days_after
from tests.builders import NOW
from tests.registry.providers.deciding import LAW, NOTE, Desk, another_officer
from tests.registry.providers.test_deciding import IN_TIME, as_provider, refused, start

LATER = datetime(2027, 1, 11, 10, 0, tzinfo=UTC)
DUE = working_days_after(local_date(LATER), 10)
AFTER = LATER + timedelta(days=30)
WRONG = "Tutkintotodistus kuuluu toiselle henkilölle."
TAKEN_BACK = {"qualified": Marked(Mark.NOT_MET, WRONG)}


# --- rules ------------------------------------------------------------------------------------------------------------


def allowed(ground: CorrectionGround, now: DecisionKind, to: DecisionKind, consent: Consent | None) -> bool:
    verdict = may_correct(
        ground=ground,
        now=now,
        to=to,
        consent=consent,
        decided_on=date(2026, 12, 7),
        began_on=date(2027, 1, 1),
    )
    return isinstance(verdict, Accepted)


def test_every_decision_becomes_itself_its_better_or_its_worse_and_nothing_else() -> None:
    """A slip of the pen changes nothing that was decided; a right is taken back with consent alone, and never because
    something new has come to light."""
    may = {
        (DecisionKind.REJECTED, DecisionKind.APPROVED),
        (DecisionKind.SUSPENDED, DecisionKind.REINSTATED),
        (DecisionKind.REMOVED, DecisionKind.REINSTATED),
        (DecisionKind.CHANGE_REJECTED, DecisionKind.CHANGED),
        (DecisionKind.APPROVED, DecisionKind.REJECTED),
    }
    for ground, now, to in product(CorrectionGround, DecisionKind, DecisionKind):
        worse = (now, to) == (DecisionKind.APPROVED, DecisionKind.REJECTED)
        with_consent = now is to or ((now, to) in may and ground is not CorrectionGround.CLERICAL)
        if worse and ground is CorrectionGround.NEW_EVIDENCE:
            with_consent = False
        without = with_consent and (not worse or ground is CorrectionGround.COURT)
        assert allowed(ground, now, to, Consent.GIVEN) is with_consent, (ground, now, to)
        assert allowed(ground, now, to, None) is without, (ground, now, to)
    assert {(now, to) for now in DecisionKind for to in possible_outcomes(now)[1:]} == may


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (date(2026, 12, 7), date(2031, 12, 7)),
        (date(2028, 2, 29), date(2033, 2, 28)),
        (date(2026, 12, 31), date(2031, 12, 31)),
    ],
)
def test_five_years_to_the_day(decided: date, last: date) -> None:
    assert last_day_to_correct(decided) == last
    for day, code in ((last, None), (last + timedelta(days=1), "correction.too_old")):
        verdict = may_correct(
            ground=CorrectionGround.LAW,
            now=DecisionKind.REJECTED,
            to=DecisionKind.APPROVED,
            consent=None,
            decided_on=decided,
            began_on=day,
        )
        assert getattr(verdict, "code", None) == code


# --- in other words, and to the better --------------------------------------------------------------------------------


async def test_a_slip_is_put_right_in_a_decision_of_its_own_and_the_first_stays(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    admission_id = await desk.approved(application_id)
    async with database.transaction(world.sight) as session:
        first = await session.scalar(select(DecisionRecord))
        assert first
        before = await session.get_one(DecisionDocument, first.id)
    slip = Correction(CorrectionGround.CLERICAL, "Oikea sivutoimipiste on Kempele.")
    changed = replace(slip, marks={"qualified": Marked(Mark.NOT_APPLICABLE)})
    facts = await refused(
        "correction.clerical_changes_finding",
        desk.do(correct_decision, now=LATER, decision_id=first.id, correction=changed),
    )
    assert facts == {"first": "qualified"}
    second_id = await desk.do(correct_decision, now=LATER, decision_id=first.id, correction=slip)
    async with database.transaction(actor.sight) as session:
        second = await decision_detail(session, second_id)
        old = await decision_detail(session, first.id)
        kept = await session.get_one(DecisionDocument, first.id)
        admission = await session.get_one(Admission, admission_id)
    async with database.transaction(world.sight) as session:
        told = await session.scalars(
            select(OutboxMessage).where(OutboxMessage.template == "decision.corrected")
        )
        messages = list(told)
    assert (second.kind, second.correction, second.replaces) == ("approved", "clerical", first.id)
    assert (old.replaced_by, kept.content) == (second_id, before.content)
    assert (admission.state, admission.decision_id) == ("active", second_id)
    said = second.text.plain_text
    assert f"Päätöksessä {first.reference} on ilmeinen kirjoitus- tai laskuvirhe" in said
    assert "51–53 §" in said
    assert "Kempele" in said
    # a period of its own: 11 January, notice on the 14th, 14 days
    assert (second.sent_on, second.last_day) == (date(2027, 1, 11), date(2027, 1, 28))
    assert [one.facts["decision"] for one in messages] == [str(second_id)]
    await refused(
        "decision.replaced", desk.do(correct_decision, now=LATER, decision_id=first.id, correction=slip)
    )
    # and against the corrected one a review may be asked for
    assert await as_provider(
        database, actor, receive_appeal, now=LATER, decision_id=second_id, text="Vielä väärin."
    )


async def test_a_rejection_that_rested_on_an_error_becomes_an_approval(database: Database) -> None:
    """By the officer who made it: this is no review."""
    world, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    right = Correction(
        CorrectionGround.EVIDENCE,
        "Todistus oli toimitettu ajoissa.",
        outcome=DecisionKind.APPROVED,
        marks={"qualified": Marked(Mark.MET)},
    )
    await refused(
        "checklist.open",
        desk.do(correct_decision, now=LATER, decision_id=first_id, correction=replace(right, marks={})),
    )
    second_id = await desk.do(correct_decision, now=LATER, decision_id=first_id, correction=right)
    async with database.transaction(world.sight) as session:
        application = await session.get_one(Application, application_id)
        admission = await session.scalar(select(Admission).where(Admission.provider_id == actor.provider_id))
        second = await decision_detail(session, second_id)
    assert application.state == "approved"
    assert admission
    assert (admission.state, admission.decision_id) == ("active", second_id)
    assert "selvästi virheelliseen tai puutteelliseen selvitykseen" in second.text.plain_text
    assert "50, 52 ja 53 §" in second.text.plain_text


async def test_a_suspension_is_taken_back_where_the_law_was_applied_wrongly(database: Database) -> None:
    world, _, _, desk = await start(database)
    first_id = await desk.suspended(world.admissions[0], Clients.FINISH)
    wrong = Correction(CorrectionGround.LAW, "Ehto ei koske tätä tuottajaa.", outcome=DecisionKind.REINSTATED)
    await desk.do(correct_decision, now=LATER, decision_id=first_id, correction=wrong)
    async with database.transaction(world.sight) as session:
        assert (await session.get_one(Admission, world.admissions[0])).state == "active"


# --- because the provider asks ------------------------------------------------------------------------------------------


async def asked(database: Database, actor: Actor, decision_id: UUID) -> list[Any]:
    async with database.transaction(actor.sight) as session:
        return await correction_requests(session, sight=actor.sight, decision_id=decision_id)


async def test_a_provider_points_out_an_error_and_is_answered_or_it_is_corrected(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    ask = {"now": LATER, "decision_id": first_id, "words": "Y-tunnus on väärin."}
    stranger = world.provider_actor(1)
    with pytest.raises(NotFound):
        await as_provider(database, stranger, ask_for_correction, **ask)
    with pytest.raises(Forbidden):
        await desk.do(ask_for_correction, **ask)
    late = ask | {"now": LATER.replace(year=2032)}
    await refused("correction.too_old", as_provider(database, actor, ask_for_correction, **late))
    case_id = await as_provider(database, actor, ask_for_correction, **ask)
    await refused("correction.asked_already", as_provider(database, actor, ask_for_correction, **ask))
    (waits,) = await asked(database, actor, first_id)
    assert (waits.words, waits.answer, waits.due_on) == ("Y-tunnus on väärin.", None, date(2027, 1, 25))
    assert await asked(database, stranger, first_id) == []
    async with database.transaction(desk.officer.sight) as session:
        (row,) = await corrections_waiting(session)
        counts = await queue_counts(session, organiser_id=world.organiser_id, today=local_date(LATER))
    assert (row.decision_id, row.asked_at, counts.appeals) == (first_id, LATER, 1)
    # nobody marks it as done without an answer, and the answer comes from whom nothing disqualifies
    await refused("case.decide_first", desk.do(close_case, case_id=case_id, resolution="Tehty."))
    answer = {"now": LATER, "decision_id": first_id, "reasons": "Tunnus on oikein."}
    other = Desk(database, world, await another_officer(database, world))
    await refused("impartiality.not_declared", other.do(refuse_correction, **answer))
    await desk.do(refuse_correction, **answer)
    await refused("correction.not_asked", desk.do(refuse_correction, **answer))
    (answered,) = await asked(database, actor, first_id)
    assert (answered.answer, answered.closed_at) == ("Tunnus on oikein.", LATER)
    # once more, and this time there is something in it
    await as_provider(database, actor, ask_for_correction, **ask | {"words": "Kunta on väärin."})
    slip = Correction(
        CorrectionGround.CLERICAL, "Kunta on korjattu.", legal_basis=LAW,
        marks={"qualified": Marked(Mark.NOT_MET, NOTE)},
    )  # fmt: skip
    await desk.do(correct_decision, now=LATER, decision_id=first_id, correction=slip)
    newest, _ = await asked(database, actor, first_id)
    assert (newest.words, newest.answer, newest.closed_at) == ("Kunta on väärin.", None, LATER)
    await refused("decision.replaced", as_provider(database, actor, ask_for_correction, **ask))
    async with database.transaction(world.sight) as session:
        told = list(await session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.created_at)))
    assert (told.count("decision.correction_refused"), told.count("decision.corrected")) == (1, 1)


# --- to the worse -----------------------------------------------------------------------------------------------------


async def approved(database: Database) -> tuple[Any, Actor, UUID, Desk, UUID]:
    world, actor, application_id, desk = await start(database)
    await desk.approved(application_id)
    async with database.transaction(world.sight) as session:
        first_id = await session.scalar(select(DecisionRecord.id))
    assert first_id
    return world, actor, application_id, desk, first_id


def against(**said: Any) -> Correction:
    return Correction(
        CorrectionGround.EVIDENCE,
        "Päätös perustui väärään todistukseen.",
        outcome=DecisionKind.REJECTED,
        legal_basis=LAW,
        marks=TAKEN_BACK,
        **said,
    )


async def hear(desk: Desk, decision_id: UUID) -> UUID:
    made: UUID = await desk.do(
        hear_before_correction,
        now=LATER,
        decision_id=decision_id,
        text=WRONG,
        due_on=DUE,
        points=["qualified"],
    )
    return made


async def test_a_right_is_taken_back_only_after_a_hearing_and_with_consent(database: Database) -> None:
    world, actor, application_id, desk, first_id = await approved(database)
    correcting = {"now": AFTER, "decision_id": first_id, "correction": against()}
    await refused("correction.consent_missing", desk.do(correct_decision, **correcting))
    own = correcting | {"correction": against(own_conduct=True)}
    await refused("hearing.missing", desk.do(correct_decision, **own))
    hearing_id = await hear(desk, first_id)
    await refused("hearing.not_over", desk.do(correct_decision, **own | {"now": LATER}))
    await as_provider(
        database, actor, answer_hearing, now=LATER, hearing_id=hearing_id, text="Emme suostu.", consents=False
    )
    await refused("correction.consent_missing", desk.do(correct_decision, **correcting))
    again = await hear(desk, first_id)
    await as_provider(
        database, actor, answer_hearing, now=LATER, hearing_id=again, text="Niin se on.", consents=True
    )
    without = replace(against(), marks={})
    await refused(
        "checklist.nothing_against", desk.do(correct_decision, **correcting | {"correction": without})
    )
    second_id = await desk.do(correct_decision, **correcting)
    async with database.transaction(world.sight) as session:
        application = await session.get_one(Application, application_id)
        admission = await session.scalar(select(Admission).where(Admission.provider_id == actor.provider_id))
        second = await decision_detail(session, second_id)
    assert admission
    assert (application.state, admission.state, admission.clients_may) == (
        "rejected",
        "removed",
        "choose_again",
    )
    assert (second.kind, second.consent) == ("rejected", "given")
    assert "on suostunut korjaamiseen" in second.text.plain_text
    assert WRONG in second.text.plain_text


async def test_an_obvious_error_of_ones_own_making_needs_no_consent(database: Database) -> None:
    world, _, _, desk, first_id = await approved(database)
    await hear(desk, first_id)
    second_id = await desk.do(
        correct_decision, now=AFTER, decision_id=first_id, correction=against(own_conduct=True)
    )
    async with database.transaction(world.sight) as session:
        second = await decision_detail(session, second_id)
    assert second.consent == "own_conduct"
    assert "omasta menettelystä" in second.text.plain_text


async def test_what_waits_for_a_review_is_not_corrected_past_it(database: Database) -> None:
    _, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    await as_provider(database, actor, receive_appeal, now=IN_TIME, decision_id=first_id, text="Oikaisua.")
    same = Correction(
        CorrectionGround.CLERICAL,
        "Kirjoitusvirhe.",
        legal_basis=LAW,
        marks={"qualified": Marked(Mark.NOT_MET, NOTE)},
    )
    await refused(
        "correction.appeal_waits", desk.do(correct_decision, now=LATER, decision_id=first_id, correction=same)
    )


async def test_consent_is_asked_only_where_it_matters(database: Database) -> None:
    _, actor, application_id, desk = await start(database)
    hearing_id = await desk.hear(application_id)
    with pytest.raises(Refused, match=r"hearing\.consent_not_asked"):
        await as_provider(
            database, actor, answer_hearing, now=NOW, hearing_id=hearing_id, text="Kyllä.", consents=True
        )


async def test_the_database_knows_no_consent_to_what_nobody_asked(database: Database) -> None:
    world, _, application_id, desk = await start(database)
    await desk.hear(application_id)
    with pytest.raises(DBAPIError, match="ck_hearing_consents"):
        async with database.transaction(world.sight) as session:
            await session.execute(text("UPDATE hearing SET consents = true, closed_at = now()"))
