"""Every pair of states that a decision and what is sent against it may lead over, and several people at once."""

import asyncio
from itertools import product

import pytest
from sqlalchemy import func, select

from registry.providers.decisions.appeals import receive_appeal
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import Correction, correct_decision
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.model import DecisionRecord
from registry.providers.decisions.rules import AppealState, DecisionKind, Mark, move_appeal
from registry.providers.model import Admission
from registry.providers.rules import (
    AdmissionState,
    ApplicationState,
    correct_admission,
    correct_application,
    move_application,
)
from registry.shared.database import Database
from registry.shared.errors import Accepted, Refused
from tests.registry.providers.deciding import Desk, another_officer
from tests.registry.providers.test_deciding import IN_TIME, as_provider, start


@pytest.mark.parametrize("late", [True, False])
def test_every_pair_of_states_of_a_request_for_review(late: bool) -> None:
    """It is decided once; a late one is left unexamined or withdrawn, and one in time is always examined."""
    barred = {AppealState.UPHELD, AppealState.REJECTED} if late else {AppealState.NOT_EXAMINED}
    for now, to in product(AppealState, AppealState):
        may = now is AppealState.RECEIVED and to not in {AppealState.RECEIVED, *barred}
        assert isinstance(move_appeal(now, to, late=late), Accepted) is may, (now, to)


def test_every_pair_of_states_that_a_correction_may_lead_over() -> None:
    """And none that a decision of another kind may: what has been decided is changed by a correction alone."""
    applications = {
        (ApplicationState.REJECTED, ApplicationState.APPROVED),
        (ApplicationState.APPROVED, ApplicationState.REJECTED),
    }
    for now, to in product(ApplicationState, ApplicationState):
        assert isinstance(correct_application(now, to), Accepted) is ((now, to) in applications), (now, to)
        assert not ((now, to) in applications and isinstance(move_application(now, to), Accepted))
    admissions = {
        (AdmissionState.SUSPENDED, AdmissionState.ACTIVE),
        (AdmissionState.REMOVED, AdmissionState.ACTIVE),
    }
    for before, after in product(AdmissionState, AdmissionState):
        right = (before, after) in admissions
        assert isinstance(correct_admission(before, after), Accepted) is right, (before, after)


async def test_of_two_officers_who_correct_at_once_one_does(database: Database) -> None:
    """Either of them, or a provider who asks for a review at that moment: whoever is first."""
    world, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    other = Desk(database, world, await another_officer(database, world))
    await other.declare(application_id)
    right = Correction(
        CorrectionGround.EVIDENCE,
        "Todistus oli toimitettu.",
        outcome=DecisionKind.APPROVED,
        marks={"qualified": Marked(Mark.MET)},
    )
    answers = await asyncio.gather(
        desk.do(correct_decision, now=IN_TIME, decision_id=first_id, correction=right),
        other.do(correct_decision, now=IN_TIME, decision_id=first_id, correction=right),
        as_provider(database, actor, receive_appeal, now=IN_TIME, decision_id=first_id, text="Oikaiskaa."),
        return_exceptions=True,
    )
    lost = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(lost) == 2, answers
    assert {one.code for one in lost} <= {"decision.replaced", "correction.appeal_waits"}
    async with database.transaction(world.sight) as session:
        count = select(func.count()).where(DecisionRecord.subject_id == application_id)
        decisions = await session.scalar(count)
        admitted = await session.scalar(
            select(func.count()).where(Admission.provider_id == actor.provider_id)
        )
    assert (decisions, admitted) in {(2, 1), (1, 0)}
