"""Applications that were decided: one approved, one rejected and corrected after a review, one whose review came too
late, one that is being heard."""

from dataclasses import replace
from datetime import UTC, datetime

from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal, withdraw_appeal
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.deciding import reject
from registry.providers.decisions.hearings import answer_hearing
from registry.providers.decisions.rules import AppealState, Mark, Subject
from registry.shared.database import Database
from tests.builders import NOW, World
from tests.registry.providers.deciding import HEARD, LAW, Desk, another_officer
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
