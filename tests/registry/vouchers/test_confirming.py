"""The client's word on a recorded visit: it holds the amount, somebody rules, and the money follows."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.cases.commands import close_case, close_moot
from registry.cases.model import Case
from registry.checks.einvoices import EINVOICES
from registry.checks.run import examine
from registry.settlement.commands import close_month
from registry.settlement.queries import months
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, NotFound, Refused
from registry.shared.period import month_of
from registry.shared.settings import Keys
from registry.vouchers.confirming.commands import answer_visit, rule_on_visit
from registry.vouchers.confirming.queries import answered_in, looked_into, visit_of
from registry.vouchers.confirming.rules import Answer, Ruling, Standing, may_answer, may_rule, standing
from registry.vouchers.confirming.unruled import follow_disputed_visits
from registry.vouchers.rules import RedemptionState
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps


class Visits(Steps):
    """Steps of the client and of the finance officer."""

    async def answer(self, redemption_id: UUID, answer: Answer, words: str = "") -> None:
        actor = self.world[Role.CLIENT]
        async with self.database.transaction(actor.sight) as session:
            await answer_visit(
                session, actor=actor, now=self.now, redemption_id=redemption_id, answer=answer, words=words
            )

    async def rule(self, redemption_id: UUID, ruling: Ruling, role: Role = Role.FINANCE_OFFICER) -> None:
        actor = self.world[role]
        async with self.database.transaction(actor.sight) as session:
            await rule_on_visit(
                session, actor=actor, now=self.now, redemption_id=redemption_id, ruling=ruling,
                reason="Molempia on kuultu",
            )  # fmt: skip

    async def follow(self) -> int:
        actor = system(self.world.organiser_id)
        async with self.database.transaction(actor.sight) as session:
            return await follow_disputed_visits(session, actor=actor, now=self.now, limit=10)

    async def unasked(self) -> int:
        """Of how many visits that wait for a ruling nobody is asked for it."""
        (asked,) = [one for one in EINVOICES if one.name.startswith("disputed visits")]
        async with self.database.transaction(self.world.sight) as session:
            return (await examine(session, asked)).broken

    async def close(self, months_on: int = 1) -> int:
        """Close the month of today, so many months on; what is stated, in cents."""
        actor = self.world[Role.FINANCE_OFFICER]
        month = month_of(TODAY)
        for _ in range(months_on - 1):
            month = month_of(month + timedelta(days=32))
        self.now = max(self.now, NOW + timedelta(days=32 * months_on))
        async with self.database.transaction(actor.sight) as session:
            return (await close_month(session, actor=actor, now=self.now, month=month)).total_cents

    async def waiting(self) -> int:
        async with self.database.transaction(self.world.sight) as session:
            rows = await months(session, organiser_id=self.world.organiser_id, now=self.now)
            return sum(row.open_cents for row in rows)

    async def told(self) -> list[str]:
        async with self.database.transaction(self.world.sight) as session:
            rows = await session.scalars(
                text("SELECT template FROM outbox WHERE template LIKE 'visit.%' ORDER BY id")
            )
            return list(rows)


@pytest.fixture
async def visits(database: Database, keys: Keys) -> Visits:
    return Visits(database, await build_world(database), keys)


async def test_a_disputed_visit_goes_onto_no_statement_until_it_is_found_to_stand(visits: Visits) -> None:
    _, presentation_id = await visits.opened()
    right = await visits.redeem(presentation_id)
    wrong = await visits.redeem(presentation_id, 2_00)
    await visits.answer(right.id, Answer.YES)
    await visits.answer(wrong.id, Answer.NOT_THERE, "Olin töissä")
    assert await visits.open_cases() == ["visit_disputed"]
    assert await visits.waiting() == 60_00
    assert await visits.close() == 60_00
    await visits.rule(wrong.id, Ruling.STANDS)
    assert await visits.open_cases() == []
    assert await visits.waiting() == 120_00
    assert await visits.close(2) == 120_00
    assert await visits.told() == ["visit.disputed", "visit.stands_client", "visit.stands_provider"]
    assert await visits.unfit() == []


async def test_one_that_is_reversed_gives_the_value_back(visits: Visits) -> None:
    voucher_id, presentation_id = await visits.opened()
    made = await visits.redeem(presentation_id)
    await visits.answer(made.id, Answer.NO)
    await visits.rule(made.id, Ruling.REVERSED)
    assert (await visits.voucher(voucher_id)).captured_cents == 0
    assert (await visits.redemption(made.id)).state == "reversed"
    assert await visits.close() == 0
    for act in (visits.answer(made.id, Answer.YES), visits.rule(made.id, Ruling.STANDS)):
        with pytest.raises(Refused):
            await act
    assert await visits.unfit() == []


async def test_a_dispute_taken_back_is_held_no_longer(visits: Visits) -> None:
    _, presentation_id = await visits.opened()
    made = await visits.redeem(presentation_id)
    await visits.answer(made.id, Answer.NO)
    await visits.answer(made.id, Answer.NOT_THERE)
    await visits.answer(made.id, Answer.YES)
    assert (await visits.open_cases(), await visits.waiting()) == ([], 60_00)
    assert await visits.told() == ["visit.disputed", "visit.no_longer_disputed"]


async def test_its_case_is_closed_by_ruling_alone_and_comes_again_if_it_was_closed_without(
    visits: Visits,
) -> None:
    _, presentation_id = await visits.opened()
    made = await visits.redeem(presentation_id)
    await visits.answer(made.id, Answer.NO)
    officer = visits.world[Role.FINANCE_OFFICER]
    async with visits.database.transaction(officer.sight) as session:
        case = (await session.scalars(select(Case))).one()
        with pytest.raises(Refused, match=r"case\.decide_first"):
            await close_case(session, actor=officer, now=visits.now, case_id=case.id, resolution="Ei mitään.")
    assert await visits.follow() == 0
    async with visits.database.transaction(officer.sight) as session:  # as it could be once
        await close_moot(session, actor=officer, now=visits.now, case_ids=[case.id], why="x")
    assert await visits.unasked() == 1
    assert [await visits.follow() for _ in range(2)] == [1, 0]
    assert await visits.open_cases() == ["visit_disputed"]
    assert await visits.unasked() == 0
    await visits.rule(made.id, Ruling.STANDS)
    assert (await visits.open_cases(), await visits.follow()) == ([], 0)


async def test_a_visit_that_the_provider_reverses_itself_is_settled(visits: Visits) -> None:
    _, presentation_id = await visits.opened()
    made = await visits.redeem(presentation_id)
    await visits.answer(made.id, Answer.NO)
    await visits.reverse(made.id)
    assert [await visits.follow() for _ in range(2)] == [1, 0], "nothing waits, so there is nothing to decide"
    assert await visits.open_cases() == []
    await visits.rule(made.id, Ruling.REVERSED)
    assert await visits.close() == 0
    assert await visits.unfit() == []


async def test_who_may_do_what(visits: Visits) -> None:
    _, presentation_id = await visits.opened()
    made = await visits.redeem(presentation_id)
    await visits.answer(made.id, Answer.NO, "Kukaan ei tullut")
    for role in (Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR, Role.CLIENT):
        with pytest.raises(Forbidden):
            await visits.rule(made.id, Ruling.STANDS, role)
    provider, stranger = visits.world.provider_actor(), visits.world.provider_actor(1)
    async with visits.database.transaction(provider.sight) as session:
        looked = await looked_into(session, actor=provider, redemption_id=made.id)
        assert looked is not None
        assert looked.ruling is None
        assert (await visit_of(session, redemption_id=made.id)).words is None, (
            "the client's words stay with the officer"
        )
    async with visits.database.transaction(stranger.sight) as session:
        with pytest.raises(NotFound):
            await looked_into(session, actor=stranger, redemption_id=made.id)


async def test_the_months_figure_counts_what_was_found_wrong(visits: Visits) -> None:
    _, presentation_id = await visits.opened()
    made = [await visits.redeem(presentation_id) for _ in range(5)]
    await visits.answer(made[0].id, Answer.YES)
    await visits.answer(made[1].id, Answer.NO)
    await visits.answer(made[2].id, Answer.NO)
    await visits.rule(made[1].id, Ruling.REVERSED)
    for days, asked in ((6, 2), (8, 0)):
        async with visits.database.transaction(visits.world.sight) as session:
            found = await answered_in(session, month=month_of(TODAY), now=NOW + timedelta(days=days))
        assert (found.recorded, found.confirmed, found.disputed, found.reversed) == (5, 1, 1, 1)
        assert (found.asked, found.not_disputed, found.held_cents) == (asked, 2 - asked, 60_00)
        assert found.wrong_share == 0.5


def test_every_standing_and_what_may_be_done_in_it() -> None:
    week = timedelta(days=7)
    cases = {
        Standing.ASKED: (None, None, False, week - timedelta(seconds=1)),
        Standing.NOT_DISPUTED: (None, None, False, week),
        Standing.CONFIRMED: ("yes", None, False, week),
        Standing.DISPUTED: ("not_there", None, False, week),
        Standing.STANDS: ("no", "stands", False, week),
        Standing.REVERSED: ("no", None, True, week),
    }
    for expected, (answer, ruling, reversed_, later) in cases.items():
        found = standing(recorded_at=NOW, answer=answer, ruling=ruling, reversed_=reversed_, now=NOW + later)
        assert found is expected
    allowed = {
        state for state in RedemptionState if not hasattr(may_answer(state=state, ruling=None), "code")
    }
    assert allowed == {RedemptionState.CAPTURED}
    assert hasattr(may_answer(state=RedemptionState.CAPTURED, ruling="stands"), "code")
    ruled = {
        (a, r)
        for a in (None, *Answer)
        for r in (None, *Ruling)
        if not hasattr(may_rule(answer=a, ruling=r), "code")
    }
    assert ruled == {(Answer.NO, None), (Answer.NOT_THERE, None)}
