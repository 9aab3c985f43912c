"""Approvals that are kept: prices that changed, changes granted and not, a suspension that was lifted, a new rule book,
an inspection and what it led to."""

from datetime import timedelta

from registry.audit.commands import record
from registry.catalogue.rule_books.model import RuleBook
from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import point_document
from registry.providers.coaches.commands import save_coach
from registry.providers.decisions.rules import Subject
from registry.providers.keeping.accepting import accept_rule_book
from registry.providers.keeping.changes import ask_for_change, withdraw_change
from registry.providers.keeping.correcting import report_correction, require_correction, settle_correction
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.inspections import cancel_inspection, hold_inspection, plan_inspection
from registry.providers.keeping.prices import set_price
from registry.providers.keeping.rules import Clients, CorrectiveState
from registry.providers.keeping.standing import reactivate_admission
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import CRITERIA, NOW, TODAY, World, add_provider
from tests.registry.providers.deciding import HEARD, LAW, Desk


async def kept(database: Database, world: World) -> None:
    """Everything that keeping leaves behind, at a provider of its own."""
    async with database.transaction(world.sight) as session:
        await add_provider(session, world, name="Pysyvä Oy")
        record(
            session, actor=system(world.organiser_id), now=NOW, action="admission.granted",
            subject_kind="admission", subject_id=world.admissions[-1], organiser_id=world.organiser_id,
            to_state="active",
        )  # fmt: skip
    desk, index = Desk(database, world), len(world.providers) - 1
    actor, admission_id = world.provider_actor(index), world.admissions[index]
    async with database.transaction(actor.sight) as session:
        for cents, day in ((50_00, TODAY), (55_00, TODAY + timedelta(days=30))):
            await set_price(
                session, actor=actor, now=NOW, admission_id=admission_id, unit_price_cents=cents,
                vat_rate_bp=2550, valid_from=day,
            )  # fmt: skip
    await desk.declare(admission_id, Subject.ADMISSION)
    for asked, granted in (
        ({"remote": True}, True),
        ({"method": "group"}, False),
        ({"method": "mixed"}, None),
    ):
        async with database.transaction(actor.sight) as session:
            made = await ask_for_change(session, actor=actor, now=NOW, admission_id=admission_id, asked=asked)
            if granted is None and made.waiting:
                await withdraw_change(session, actor=actor, now=NOW, change_id=made.waiting)
        if granted is not None:
            await desk.do(
                decide_change, change_id=made.waiting, granted=granted, reason="Ei tiloja.", legal_basis=LAW
            )
    async with database.transaction(actor.sight) as session:
        await save_coach(
            session, actor=actor, now=NOW, coach_id=None, first_name="Uusi", languages=("fi",), statement={},
            surname="Valmentaja", qualification="Yhteisöpedagogi",
        )  # fmt: skip
    await desk.suspended(admission_id, Clients.FINISH)
    await desk.do(reactivate_admission, now=HEARD, admission_id=admission_id, reason="Selvitetty.")
    await _overseen(database, world, actor, desk)
    async with database.transaction(world.sight) as session:
        book = await rule_book_of(session, world.service_id)
        assert book is not None
        session.add(
            RuleBook(
                id=uuid7(), service_id=world.service_id, version="2027-1",
                points=[point_document(point) for point in book.points], published_at=NOW + timedelta(hours=1),
            )
        )  # fmt: skip
    async with database.transaction(actor.sight) as session:
        await accept_rule_book(
            session, actor=actor, now=NOW, admission_id=admission_id, version="2027-1",
            points=[*CRITERIA, "first_meeting"],
        )  # fmt: skip


async def _overseen(database: Database, world: World, actor: Actor, desk: Desk) -> None:
    officer = world[Role.REGISTER_OFFICER]
    assert officer == desk.officer
    values = {"provider_id": actor.provider_id, "planned_on": TODAY, "subject": "Kirjaukset"}
    inspection_id = await desk.do(plan_inspection, **values)
    await desk.do(cancel_inspection, inspection_id=await desk.do(plan_inspection, **values))
    await desk.do(hold_inspection, inspection_id=inspection_id, held_on=TODAY, report="Puutteita.")
    corrective_id = await desk.do(
        require_correction, provider_id=actor.provider_id, text="Korjatkaa.",
        due_on=TODAY + timedelta(days=7), inspection_id=inspection_id,
    )  # fmt: skip
    async with database.transaction(actor.sight) as session:
        await report_correction(session, actor=actor, now=NOW, corrective_id=corrective_id, words="Tehty.")
    await desk.do(
        settle_correction, corrective_id=corrective_id, outcome=CorrectiveState.MET, words="Kunnossa."
    )
