"""How the demonstration's register officers decide: by the checklist, and against somebody only after a hearing."""

from typing import Any
from uuid import UUID

from registry.demo.agenda import Story, at_work
from registry.demo.rules_of_services import criteria
from registry.demo.stage import Stage
from registry.providers.decisions.checklist import Marked, save_checklist
from registry.providers.decisions.corrections.commands import Correction, correct_decision
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import earliest_due, open_hearing
from registry.providers.decisions.people import declare_impartiality
from registry.providers.decisions.rules import Mark, Subject
from registry.providers.model import Application
from registry.shared.actor import Actor

LAW = "Sääntökirjan vaatimukset, joihin järjestäjä on sitonut hyväksymisen (laki 1233/2006, 5 §)"


async def approve_by_checklist(
    stage: Stage, officer: Actor, application_id: UUID, service: str, *, own_unit: bool
) -> UUID:
    """Declare, look at every criterion, and approve; the admission's id."""
    async with stage.database.transaction(officer.sight) as session:
        await declare_impartiality(
            session,
            actor=officer,
            now=stage.now,
            subject=Subject.APPLICATION,
            subject_id=application_id,
            ground=None,
            body_running="Työllisyyspalvelut" if own_unit else "",
            body_deciding="Konsernipalvelut" if own_unit else "",
        )
        await save_checklist(
            session,
            actor=officer,
            now=stage.now,
            application_id=application_id,
            marks={code: Marked(Mark.MET) for code in criteria(service)},
        )
        return await approve(session, actor=officer, now=stage.now, application_id=application_id)


async def reject_after_hearing(
    stage: Stage, officer: Actor, application_id: UUID, facts: dict[str, Any], service: str
) -> Story:
    """Hear the applicant on what seems to be missing; it does not answer, and the application is rejected. A week later
    the officer sees a slip of the pen in the decision, and corrects it."""
    yield at_work(stage.agenda.days_ago(facts["days_ago"] - 2, 14))
    failed = facts["not_met"]
    async with stage.database.transaction(officer.sight) as session:
        await declare_impartiality(
            session,
            actor=officer,
            now=stage.now,
            subject=Subject.APPLICATION,
            subject_id=application_id,
            ground=None,
        )
        marks = {code: Marked(Mark.MET) for code in criteria(service)}
        marks[failed] = Marked(Mark.NOT_MET, facts["note"])
        await save_checklist(
            session, actor=officer, now=stage.now, application_id=application_id, marks=marks
        )
        application = await session.get_one(Application, application_id)
        await open_hearing(
            session,
            actor=officer,
            now=stage.now,
            application_id=application_id,
            text=facts["held_against"],
            points=[failed],
            due_on=await earliest_due(session, service_id=application.service_id, now=stage.now),
        )
    yield at_work(stage.agenda.days_ago(facts["days_ago"] - 26, 14))
    async with stage.database.transaction(officer.sight) as session:
        decision_id = await reject(
            session,
            actor=officer,
            now=stage.now,
            application_id=application_id,
            reason=facts["reason"],
            legal_basis=LAW,
        )
    yield at_work(stage.agenda.days_ago(facts["days_ago"] - 33, 9))
    async with stage.database.transaction(officer.sight) as session:
        await correct_decision(
            session,
            actor=officer,
            now=stage.now,
            decision_id=decision_id,
            correction=Correction(
                CorrectionGround.CLERICAL,
                facts["corrected_reason"],
                legal_basis=LAW,
                marks={failed: Marked(Mark.NOT_MET, facts["corrected_note"])},
            ),
        )
