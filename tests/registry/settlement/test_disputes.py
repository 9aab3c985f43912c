"""A disputed line waits as a case; the statement around it is invoiced, approved and paid. (What becomes of its money:
test_lines_that_wait.)"""

from uuid import UUID

import pytest
from sqlalchemy import select

from registry.cases.commands import close_case, close_moot
from registry.cases.model import Case
from registry.settlement.disputes.commands import answer_dispute, dispute_line, withdraw_dispute
from registry.settlement.disputes.queries import disputes_of
from registry.settlement.disputes.unanswered import open_unanswered_disputes
from registry.settlement.rules import StatementState
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.outbox import OutboxMessage
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    LATER,
    Settled,
    approve,
    closed_october,
    invoice_csv,
    pay,
    second_officer,
    send_invoice,
    view,
)


async def dispute(database: Database, october: Settled, place: int = 0, provider: int = 0) -> UUID:
    actor = october.world.provider_actor(provider)
    async with database.transaction(actor.sight) as session:
        return await dispute_line(
            session,
            actor=actor,
            now=LATER,
            statement_id=october.statement_id,
            line_id=october.redemptions[place],
            reason="Tunteja oli kaksi.",
        )


async def cases(database: Database, world: World) -> list[tuple[str, bool]]:
    async with database.transaction(world.sight) as session:
        found = await session.execute(select(Case.kind, Case.closed_at))
        return [(kind, closed is None) for kind, closed in found]


async def test_a_line_that_is_invoiced_already_waits_as_a_case_alone(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    content = invoice_csv([(r, c) for r, c in zip(october.redemptions, (60_00, 45_50), strict=True)])
    await send_invoice(database, world, october.statement_id, content)
    waiting = await dispute(database, october)
    with pytest.raises(Refused, match=r"dispute\.waiting_already"):
        await dispute(database, october)
    await approve(database, world, october.statement_id)
    await pay(database, world, october.statement_id, by=await second_officer(database, world))
    assert (await view(database, world, october.statement_id)).row.state == StatementState.PAID
    assert await cases(database, world) == [("line_disputed", True)]

    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        await answer_dispute(
            session, actor=officer, now=LATER, dispute_id=waiting, outcome="upheld", answer="Olet oikeassa."
        )
        (shown,) = await disputes_of(session, statement_id=october.statement_id)
        told = await session.scalars(select(OutboxMessage.template))
        assert "line_dispute.answered" in told.all()
    assert (shown.outcome, shown.reason, shown.amount_cents) == ("upheld", "Tunteja oli kaksi.", 60_00)
    assert await cases(database, world) == [("line_disputed", False)]
    async with database.transaction(officer.sight) as session:
        with pytest.raises(Refused, match=r"dispute\.decided"):
            await answer_dispute(
                session,
                actor=officer,
                now=LATER,
                dispute_id=waiting,
                outcome="rejected",
                answer="Ei sittenkään.",
            )
    await dispute(database, october)  # the line may be disputed anew


async def test_the_provider_can_take_its_dispute_back(database: Database) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    waiting = await dispute(database, october, 1)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await withdraw_dispute(session, actor=actor, now=LATER, dispute_id=waiting)
    assert await cases(database, world) == [("line_disputed", False)]


async def test_a_line_is_disputed_by_its_own_provider_alone_and_answered_by_finance(
    database: Database,
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    with pytest.raises(NotFound):
        await dispute(database, october, provider=1)
    waiting = await dispute(database, october)
    actor, other = world.provider_actor(), world.provider_actor(1)
    async with database.transaction(actor.sight) as session:
        with pytest.raises(Forbidden):
            await answer_dispute(
                session, actor=actor, now=LATER, dispute_id=waiting, outcome="upheld", answer="Niin on."
            )
    async with database.transaction(other.sight) as session:
        with pytest.raises(NotFound):
            await withdraw_dispute(session, actor=other, now=LATER, dispute_id=waiting)
        assert await disputes_of(session, statement_id=october.statement_id) == []


async def test_its_case_is_closed_by_answering_alone_and_comes_again_if_it_was_closed_without(
    database: Database,
) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    waiting = await dispute(database, october)
    officer, worker = world[Role.FINANCE_OFFICER], system(world.organiser_id)

    async def look() -> int:
        async with database.transaction(worker.sight) as session:
            return await open_unanswered_disputes(session, actor=worker, now=LATER, limit=10)

    async with database.transaction(officer.sight) as session:
        case = (await session.scalars(select(Case))).one()
        with pytest.raises(Refused, match=r"case\.decide_first"):
            await close_case(session, actor=officer, now=LATER, case_id=case.id, resolution="Ei mitään.")
    assert await look() == 0
    async with database.transaction(officer.sight) as session:  # as it could be once
        await close_moot(session, actor=officer, now=LATER, case_ids=[case.id], why="x")
    assert [await look() for _ in range(2)] == [1, 0]
    async with database.transaction(officer.sight) as session:
        again = (await session.scalars(select(Case).where(Case.closed_at.is_(None)))).one()
        assert (again.kind, again.subject_id, again.role, again.facts) == (
            "line_disputed", waiting, "finance_officer", case.facts,
        )  # fmt: skip
        await answer_dispute(
            session, actor=officer, now=LATER, dispute_id=waiting, outcome="rejected", answer="Oikein."
        )
    assert [is_open for _, is_open in await cases(database, world)] == [False, False]
    assert await look() == 0
