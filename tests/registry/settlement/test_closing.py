"""Closing a month: every redemption on exactly one statement, whoever closes and whatever happens meanwhile."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from registry.audit.model import AuditEvent
from registry.settlement.commands import close_month
from registry.settlement.model import MonthClose, Statement, StatementLine
from registry.settlement.queries import month_statements, months, statement_view, unstated
from registry.settlement.rules import StatementState
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Refused
from registry.shared.money import vat_split
from registry.shared.outbox import OutboxMessage
from registry.shared.period import local_date, month_of, next_month
from registry.vouchers.commands import RedemptionLine, capture, redeem
from registry.vouchers.redemption.model import Redemption, Reversal
from registry.vouchers.redemption.writing import Redeemed
from tests.builders import World, build_world
from tests.registry.settlement.builders import (
    IN_NOVEMBER,
    IN_OCTOBER,
    IN_SEPTEMBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    close,
    closed_october,
    only_statement,
    redeem_at,
    reverse_at,
    show_voucher,
    view,
)


async def _count(database: Database, world: World, model: type) -> int:
    async with database.transaction(world.sight) as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_closed_month_is_a_statement_per_provider(database: Database) -> None:
    world = await build_world(database)
    first, second = await show_voucher(database, world), await show_voucher(database, world, provider=1)
    for cents in (60_00, 45_50, 1):
        await redeem_at(database, world, first, cents, IN_OCTOBER)
    await redeem_at(database, world, second, 33_33, IN_OCTOBER, provider=1)
    await redeem_at(database, world, second, 99_00, IN_NOVEMBER, provider=1)

    closed = await close(database, world, OCTOBER)
    assert (closed.statements, closed.lines, closed.total_cents, closed.first) == (2, 4, 138_84, True)
    async with database.transaction(world.sight) as session:
        rows = await month_statements(session, organiser_id=world.organiser_id, month=OCTOBER)
    assert [(r.provider_name, r.total_cents, r.line_count, r.state) for r in rows] == [
        ("Valmennus 1 Oy", 105_51, 3, StatementState.CLOSED),
        ("Valmennus 2 Oy", 33_33, 1, StatementState.CLOSED),
    ]
    assert sorted(r.number for r in rows) == ["OULU-2026-10-0001", "OULU-2026-10-0002"]
    shown = await view(database, world, rows[0].id)
    assert [line.position for line in shown.lines] == [1, 2, 3]
    assert [line.match for line in shown.lines] == [None] * 3
    for line in shown.lines:
        assert (line.net_cents, line.vat_cents) == vat_split(line.amount_cents, 2550)
    assert shown.row.net_cents + shown.row.vat_cents == 105_51
    assert [(v.rate_bp, v.total_cents) for v in shown.vat] == [(2550, 105_51)]


async def test_a_month_without_redemptions_of_its_own_closes_empty(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(Refused) as early:
        await close(database, world, OCTOBER)
    assert early.value.code == "settlement.nothing_to_close"
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 10_00, IN_SEPTEMBER)
    await close(database, world, SEPTEMBER)
    closed = await close(database, world, OCTOBER)
    assert (closed.statements, closed.lines, closed.total_cents) == (0, 0, 0)


async def test_only_a_month_that_has_ended_is_closed(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 10_00, IN_OCTOBER)
    with pytest.raises(Refused) as refused:
        await close(database, world, OCTOBER, now=datetime(2026, 10, 31, 21, 59, tzinfo=UTC))
    assert (refused.value.code, refused.value.facts) == (
        "settlement.month_not_ended",
        {"ends_on": "2026-11-01"},
    )
    assert await _count(database, world, MonthClose) == 0


async def test_the_edge_of_a_month_is_midnight_in_finland(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    last = await redeem_at(
        database, world, shown, 1_00, datetime(2026, 10, 31, 21, 59, 59, 999_999, tzinfo=UTC)
    )
    first = await redeem_at(database, world, shown, 2_00, datetime(2026, 10, 31, 22, 0, tzinfo=UTC))
    await close(database, world, OCTOBER)
    await close(database, world, NOVEMBER)
    for month, redemption in ((OCTOBER, last), (NOVEMBER, first)):
        found = await view(database, world, await only_statement(database, world, month))
        assert [line.redemption_id for line in found.lines] == [redemption]
        assert not found.lines[0].late


async def test_months_are_closed_in_their_order(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 1_00, IN_SEPTEMBER)
    await redeem_at(database, world, shown, 2_00, IN_OCTOBER)
    with pytest.raises(Refused) as refused:
        await close(database, world, OCTOBER)
    assert (refused.value.code, refused.value.facts) == (
        "settlement.earlier_month_open",
        {"month": "2026-09"},
    )
    await close(database, world, SEPTEMBER)
    assert (await close(database, world, OCTOBER)).total_cents == 2_00


async def test_closing_twice_changes_nothing(database: Database) -> None:
    world = await build_world(database)
    settled = await closed_october(database, world)
    counts = [
        await _count(database, world, model)
        for model in (Statement, StatementLine, AuditEvent, OutboxMessage)
    ]
    again = await close(database, world, date(2026, 10, 17))
    assert (again.month, again.statements, again.lines, again.total_cents) == (OCTOBER, 1, 2, 105_50)
    assert (again.closed_at, again.first) == (LATER, False)
    assert counts == [
        await _count(database, world, model)
        for model in (Statement, StatementLine, AuditEvent, OutboxMessage)
    ]
    # what is redeemed late stays off the closed month, and comes onto the next
    late = await redeem_at(database, world, settled.shown, 7_00, IN_OCTOBER)
    assert (await close(database, world, OCTOBER)).total_cents == 105_50
    await close(database, world, NOVEMBER)
    november = await view(database, world, await only_statement(database, world, NOVEMBER))
    assert [(line.redemption_id, line.late) for line in november.lines] == [(late, True)]


async def test_a_reversal_of_the_same_month_is_shown_and_nets_to_nothing(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    redemption = await redeem_at(database, world, shown, 60_00, IN_OCTOBER)
    await reverse_at(database, world, redemption, IN_OCTOBER.replace(day=20))
    await close(database, world, OCTOBER)
    found = await view(database, world, await only_statement(database, world, OCTOBER))
    assert [(line.amount_cents, line.reversal) for line in found.lines] == [(60_00, False), (-60_00, True)]
    assert (found.row.charges_cents, found.row.credits_cents, found.row.total_cents) == (60_00, 60_00, 0)
    assert found.row.state is StatementState.MATCHED  # there is nothing to invoice
    assert [str(line.match) for line in found.lines] == ["netted", "netted"]


async def test_a_reversal_of_a_stated_redemption_is_a_credit_on_the_next_statement(
    database: Database,
) -> None:
    world = await build_world(database)
    settled = await closed_october(database, world)
    await reverse_at(database, world, settled.redemptions[0], IN_NOVEMBER)
    await close(database, world, NOVEMBER)
    october = await view(database, world, settled.statement_id)
    november = await view(database, world, await only_statement(database, world, NOVEMBER))
    assert october.row.total_cents == 105_50
    assert november.row.total_cents == -60_00
    assert (november.row.net_cents, november.row.vat_cents) == (-47_81, -12_19)
    (credit,) = november.lines
    assert (credit.redemption_id, credit.reversal, credit.late) == (settled.redemptions[0], True, False)


async def test_what_was_reserved_and_captured_later_belongs_to_the_month_of_its_capture(
    database: Database,
) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        line = RedemptionLine(shown, 100, 50_00, local_date(IN_OCTOBER), reserve=True)
        (held,) = await redeem(session, actor=actor, now=IN_OCTOBER, lines=[line])
        assert isinstance(held, Redeemed)
    await redeem_at(database, world, shown, 1_00, IN_OCTOBER)
    assert (await close(database, world, OCTOBER)).total_cents == 1_00
    async with database.transaction(actor.sight) as session:
        await capture(session, actor=actor, now=IN_NOVEMBER, redemption_id=held.id)
    assert (await close(database, world, NOVEMBER)).total_cents == 50_00


async def test_each_statement_has_its_event_and_its_message(database: Database) -> None:
    world = await build_world(database)
    settled = await closed_october(database, world)
    async with database.transaction(world.sight) as session:
        event = (
            await session.scalars(select(AuditEvent).where(AuditEvent.subject_id == settled.statement_id))
        ).one()
        assert (event.action, event.from_state, event.to_state) == ("statement.closed", "open", "closed")
        assert event.facts["total_cents"] == 105_50
        assert await session.scalar(select(func.count()).where(AuditEvent.action == "month.closed")) == 1
        message = (
            await session.scalars(select(OutboxMessage).where(OutboxMessage.template == "statement.closed"))
        ).one()
    assert message.provider_id == world.provider_id


async def test_only_the_finance_officer_closes(database: Database) -> None:
    world = await build_world(database)
    for role in (Role.ORGANISER_ADMINISTRATOR, Role.CASE_WORKER, Role.AUDITOR, Role.PROVIDER_USER):
        with pytest.raises(Forbidden, match=r"settlement\.finance_only"):
            async with database.transaction(world[role].sight) as session:
                await close_month(session, actor=world[role], now=LATER, month=OCTOBER)


async def test_organisers_close_their_own_month_only(database: Database) -> None:
    here, there = await build_world(database), await build_world(database, code="turku")
    for world in (here, there):
        await redeem_at(database, world, await show_voucher(database, world), 10_00, IN_OCTOBER)
    await close(database, here, OCTOBER)
    assert await _count(database, here, Statement) == 1
    assert await _count(database, there, Statement) == 0
    statement_id = await only_statement(database, here, OCTOBER)
    async with database.transaction(there.sight) as session:
        assert await statement_view(session, statement_id=statement_id) is None
    async with database.transaction(here.provider_actor(1).sight) as session:
        assert await statement_view(session, statement_id=statement_id) is None


async def test_two_officers_closing_at_once_close_once(database: Database) -> None:
    world = await build_world(database)
    for provider in range(3):
        shown = await show_voucher(database, world, provider=provider)
        await redeem_at(database, world, shown, 10_00, IN_OCTOBER, provider=provider)
    answers = await asyncio.gather(*(close(database, world, OCTOBER) for _ in range(8)))
    assert sum(answer.first for answer in answers) == 1
    assert {(a.statements, a.lines, a.total_cents, a.closed_at) for a in answers} == {(3, 3, 30_00, LATER)}
    assert await _count(database, world, MonthClose) == 1
    assert await _count(database, world, StatementLine) == 3


async def test_neighbouring_months_closed_at_once_state_everything_once(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 10_00, IN_SEPTEMBER)
    await redeem_at(database, world, shown, 20_00, IN_OCTOBER)
    september = asyncio.create_task(close(database, world, SEPTEMBER))
    try:
        october = await close(database, world, OCTOBER)
    except Refused as refused:
        assert refused.code == "settlement.earlier_month_open"  # noqa: PT017
        await september
        october = await close(database, world, OCTOBER)
    assert ((await september).total_cents, october.total_cents) == (10_00, 20_00)


async def test_what_is_redeemed_while_a_month_is_closed_is_stated_exactly_once(database: Database) -> None:
    """Redemptions with an October moment commit before, during and after the closing of October."""
    world = await build_world(database)
    shown = [await show_voucher(database, world, provider=p) for p in (0, 1, 2) for _ in range(4)]
    whose = [p for p in (0, 1, 2) for _ in range(4)]
    for voucher, provider in zip(shown, whose, strict=True):
        await redeem_at(database, world, voucher, 5_00, IN_OCTOBER, provider=provider)
    begun = asyncio.Event()

    async def keep_redeeming(voucher: UUID, provider: int) -> None:
        for turn in range(6):
            made = await redeem_at(database, world, voucher, 10_00, IN_OCTOBER, provider=provider)
            if turn % 3 == 1:
                await reverse_at(database, world, made, IN_OCTOBER, provider=provider)
            if turn == 1:
                begun.set()

    async def close_meanwhile() -> None:
        await begun.wait()
        await asyncio.gather(close(database, world, OCTOBER), close(database, world, OCTOBER))

    await asyncio.gather(
        close_meanwhile(), *(keep_redeeming(v, p) for v, p in zip(shown, whose, strict=True))
    )
    await close(database, world, NOVEMBER)
    async with database.transaction(world.sight) as session:
        captured = set(
            await session.scalars(select(Redemption.id).where(Redemption.captured_at.is_not(None)))
        )
        reversed_ = set(await session.scalars(select(Reversal.id)))
        lines = (await session.execute(select(StatementLine.id, StatementLine.amount_cents))).all()
        totals = await session.scalar(select(func.sum(Statement.total_cents)))
        drawn = await session.scalar(
            select(func.sum(Redemption.value_cents)).where(Redemption.state == "captured")
        )
        october = await session.scalar(
            select(func.sum(Statement.line_count)).where(Statement.month == OCTOBER)
        )
    assert len(captured) == 12 * 7
    assert len(reversed_) == 12 * 2
    assert {line.id for line in lines} == captured | reversed_
    assert len(lines) == len(captured) + len(reversed_)
    assert totals == sum(line.amount_cents for line in lines) == drawn
    assert october is not None
    assert october >= 12  # what was there when closing began


async def test_a_redemption_that_commits_after_the_closing_is_late_on_the_next_statement(
    database: Database,
) -> None:
    world = await build_world(database)
    early, open_at_closing = await show_voucher(database, world), await show_voucher(database, world)
    await redeem_at(database, world, early, 10_00, IN_OCTOBER)
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        line = RedemptionLine(open_at_closing, 100, 20_00, local_date(IN_OCTOBER))
        (made,) = await redeem(session, actor=actor, now=IN_OCTOBER, lines=[line])
        assert isinstance(made, Redeemed)
        assert (await close(database, world, OCTOBER)).total_cents == 10_00
    await close(database, world, NOVEMBER)
    november = await view(database, world, await only_statement(database, world, NOVEMBER))
    assert [(found.redemption_id, found.late) for found in november.lines] == [(made.id, True)]


_moments = st.datetimes(datetime(2026, 7, 1), datetime(2026, 11, 20), timezones=st.just(UTC))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(_moments, st.integers(1, 500_00), st.booleans()), min_size=1, max_size=10),
    closed_after=st.integers(0, 10),
)
async def test_any_redemptions_closed_at_any_time_stand_on_the_month_that_the_rule_says(
    database: Database, events: list[tuple[datetime, int, bool]], closed_after: int
) -> None:
    """Some redemptions are committed after their months were closed; in the end each is stated once."""
    world = await build_world(database, code=f"o{datetime.now(UTC).timestamp():.6f}".replace(".", ""))
    shown = await show_voucher(database, world)

    async def commit(batch: list[tuple[datetime, int, bool]]) -> None:
        for at, cents, undone in batch:
            made = await redeem_at(database, world, shown, cents, at)
            if undone:
                await reverse_at(database, world, made, at)

    async def close_until(last: date) -> None:
        month = date(2026, 7, 1)
        while month <= last:
            with suppress(Refused):  # nothing was redeemed before it
                await close(database, world, month)
            month = next_month(month)

    await commit(events[:closed_after])
    await close_until(date(2026, 9, 1))
    await commit(events[closed_after:])
    await close_until(date(2026, 11, 1))
    async with database.transaction(world.sight) as session:
        assert await unstated(session, organisers=[world.organiser_id]) == []
        lines = (
            await session.execute(
                select(
                    StatementLine.at, StatementLine.late, StatementLine.amount_cents, Statement.month
                ).join(Statement, Statement.id == StatementLine.statement_id)
            )
        ).all()
    assert len(lines) == sum(2 if undone else 1 for _, _, undone in events)
    assert sum(line.amount_cents for line in lines) == sum(c for _, c, undone in events if not undone)
    for line in lines:
        own = month_of(local_date(line.at))
        assert line.month >= own
        assert line.late == (line.month > own)


async def test_months_show_what_is_closed_what_can_be_and_what_runs(database: Database) -> None:
    world = await build_world(database)
    shown = await show_voucher(database, world)
    await redeem_at(database, world, shown, 10_00, IN_SEPTEMBER)
    await close(database, world, SEPTEMBER)
    await redeem_at(database, world, shown, 1_00, IN_SEPTEMBER)  # late: will stand on October's
    await redeem_at(database, world, shown, 20_00, IN_OCTOBER)
    await redeem_at(database, world, shown, 30_00, IN_NOVEMBER)
    async with database.transaction(world.sight) as session:
        rows = await months(session, organiser_id=world.organiser_id, now=IN_NOVEMBER)
    assert [
        (r.month, r.closed_at is not None, r.closable, r.statements, r.open_lines, r.open_cents) for r in rows
    ] == [
        (NOVEMBER, False, False, 0, 1, 30_00),
        (OCTOBER, False, True, 0, 2, 21_00),
        (SEPTEMBER, True, False, 1, 0, 0),
    ]
