"""How the demonstration's register officers suspend: after a hearing, with reasons, and with a word about the clients."""

from typing import Any
from uuid import UUID

from registry.demo.deciding import LAW
from registry.demo.stage import Stage
from registry.providers.decisions.hearings import earliest_due
from registry.providers.decisions.people import declare_impartiality
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import hear_admitted, suspend_admission
from registry.providers.model import Admission
from registry.shared.actor import Actor


async def hear_before_suspending(
    stage: Stage, officer: Actor, admission_id: UUID, facts: dict[str, Any]
) -> None:
    """Tell the provider what has been heard of it; it does not answer."""
    async with stage.database.transaction(officer.sight) as session:
        await declare_impartiality(
            session,
            actor=officer,
            now=stage.now,
            subject=Subject.ADMISSION,
            subject_id=admission_id,
            ground=None,
        )
        admission = await session.get_one(Admission, admission_id)
        await hear_admitted(
            session,
            actor=officer,
            now=stage.now,
            admission_id=admission_id,
            text=facts["held_against"],
            due_on=await earliest_due(session, service_id=admission.service_id, now=stage.now),
        )


async def suspend_after_hearing(
    stage: Stage, officer: Actor, admission_id: UUID, facts: dict[str, Any]
) -> None:
    """Nobody new; whose coaching has begun goes on with it."""
    async with stage.database.transaction(officer.sight) as session:
        await suspend_admission(
            session,
            actor=officer,
            now=stage.now,
            admission_id=admission_id,
            reason=facts["leaves_reason"],
            legal_basis=LAW,
            clients_may=Clients.FINISH,
        )
