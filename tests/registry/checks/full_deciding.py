"""Applications that were decided: one approved, one rejected and corrected after a review, one whose review came too
late, one that is being heard; decisions that were corrected, and one after a court."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal, withdraw_appeal
from registry.providers.decisions.attachments.commands import add_to_hearing
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import (
    Correction,
    correct_decision,
    hear_before_correction,
)
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.court.commands import enter_court_appeal, settle_court_appeal
from registry.providers.decisions.court.rules import CourtState
from registry.providers.decisions.deciding import reject
from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.rules import AppealState, DecisionKind, Mark, Subject
from registry.providers.files.rules import FileKind
from registry.providers.files.store import StoredFile
from registry.providers.model import Admission
from registry.shared.database import Database
from tests.builders import NOW, World
from tests.registry.providers.deciding import DUE, HEARD, LAW, Desk, another_officer
from tests.registry.providers.test_applications import applied, newcomer

IN_TIME = datetime(2026, 12, 28, 13, 59, tzinfo=UTC)
TOO_LATE = datetime(2026, 12, 28, 14, 1, tzinfo=UTC)


async def decided(database: Database, world: World) -> None:
    """Everything that deciding leaves behind."""
    desk = Desk(database, world)
    other = Desk(database, world, await another_officer(database, world))
    for name, arrived, verdict in (
        (
            "Oikaistava",
            IN_TIME,
            Verdict(AppealState.UPHELD, "Osoitettu.", marks={"qualified": Marked(Mark.MET)}),
        ),
        ("Hylättävä", IN_TIME, Verdict(AppealState.REJECTED, "Ei osoitettu.")),
        ("Myöhäinen", TOO_LATE, Verdict(AppealState.NOT_EXAMINED, "Myöhässä.")),
    ):
        actor = await newcomer(database, world, name)
        application_id = await applied(database, world, actor)
        decision_id = await desk.rejected(application_id)
        sight = replace(actor.sight, organisers=(world.organiser_id,))
        async with database.transaction(sight) as session:
            seen = replace(actor, sight=sight)
            appeal_id = await receive_appeal(
                session, actor=seen, now=arrived, decision_id=decision_id, text="Oikaiskaa."
            )
        await other.declare(appeal_id, Subject.APPEAL)
        await other.do(decide_appeal, now=arrived, appeal_id=appeal_id, verdict=verdict)
    await desk.approved(await applied(database, world, await newcomer(database, world, "Hyväksyttävä")))
    await desk.hear(await applied(database, world, await newcomer(database, world, "Kuultava")))
    await _answered(database, world, desk)
    await _put_right(database, world, desk)
    await _taken_back(database, world, desk)
    await _after_a_court(database, world, desk)


async def _answered(database: Database, world: World, desk: Desk) -> None:
    """One that answered, was rejected, asked for a review and thought better of it."""
    actor = await newcomer(database, world, "Vastaava")
    application_id = await applied(database, world, actor)
    hearing_id = await desk.hear(application_id)
    seen = replace(actor, sight=replace(actor.sight, organisers=(world.organiser_id,)))
    async with database.transaction(seen.sight) as session:
        await answer_hearing(session, actor=seen, now=NOW, hearing_id=hearing_id, text="Emme osaa sanoa.")
    decision_id = await desk.do(reject, now=HEARD, application_id=application_id, legal_basis=LAW)
    async with database.transaction(seen.sight) as session:
        appeal_id = await receive_appeal(
            session, actor=seen, now=IN_TIME, decision_id=decision_id, text="Oikaiskaa."
        )
        await withdraw_appeal(session, actor=seen, now=IN_TIME, appeal_id=appeal_id)


async def _put_right(database: Database, world: World, desk: Desk) -> None:
    """An approval with a slip of the pen."""
    first_id = await _approved(database, world, desk, "Kirjoitusvirhe")
    slip = Correction(CorrectionGround.CLERICAL, "Oikea toimipiste on Kempele.")
    await desk.do(correct_decision, now=HEARD, decision_id=first_id, correction=slip)


async def _approved(database: Database, world: World, desk: Desk, name: str) -> UUID:
    admission_id = await desk.approved(await applied(database, world, await newcomer(database, world, name)))
    async with database.transaction(world.sight) as session:
        return (await session.get_one(Admission, admission_id)).decision_id or admission_id


async def _taken_back(database: Database, world: World, desk: Desk) -> None:
    """An approval that should not have been given: its provider, with a paper, agrees that it goes."""
    actor = await newcomer(database, world, "Peruttava")
    admission_id = await desk.approved(await applied(database, world, actor))
    async with database.transaction(world.sight) as session:
        first_id = (await session.get_one(Admission, admission_id)).decision_id
    hearing_id = await desk.do(
        hear_before_correction,
        decision_id=first_id,
        text="Todistus on toisen.",
        due_on=DUE,
        points=["qualified"],
    )
    seen = replace(actor, sight=replace(actor.sight, organisers=(world.organiser_id,)))
    stored = StoredFile("ab" * 32, 700, FileKind.PDF)
    async with database.transaction(seen.sight) as session:
        await answer_hearing(
            session, actor=seen, now=NOW, hearing_id=hearing_id, text="Niin on.", consents=True
        )
        await add_to_hearing(
            session, actor=seen, now=NOW, hearing_id=hearing_id, stored=stored, file_name="selvitys.pdf"
        )
    worse = Correction(
        CorrectionGround.EVIDENCE,
        "Todistus oli toisen.",
        outcome=DecisionKind.REJECTED,
        legal_basis=LAW,
        marks={"qualified": Marked(Mark.NOT_MET, "Toisen todistus.")},
    )
    await desk.do(correct_decision, now=HEARD, decision_id=first_id, correction=worse)


async def _after_a_court(database: Database, world: World, desk: Desk) -> None:
    """A rejection that a court has sent back."""
    first_id = await desk.rejected(
        await applied(database, world, await newcomer(database, world, "Valittava"))
    )
    at_court = await desk.do(
        enter_court_appeal, now=IN_TIME, decision_id=first_id, court="Hallinto-oikeus", docket="1/26",
        filed_on=IN_TIME.date(),
    )  # fmt: skip
    await desk.do(
        settle_court_appeal, now=IN_TIME, court_appeal_id=at_court, outcome=CourtState.RETURNED,
        ruled_on=IN_TIME.date(), ruling="Palautetaan.",
    )  # fmt: skip
    again = Correction(
        CorrectionGround.COURT,
        "Tuomioistuin palautti asian.",
        outcome=DecisionKind.APPROVED,
        marks={"qualified": Marked(Mark.MET)},
    )
    await desk.do(correct_decision, now=IN_TIME, decision_id=first_id, correction=again)
