"""What every change of a statement does: lock it, give it its next state, write the event, tell the provider."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.settlement.model import Statement
from registry.settlement.rules import StatementState, may_become
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, NotFound, require
from registry.shared.outbox import enqueue


def finance_only(actor: Actor) -> None:
    """Closing, rejecting, approving and paying are the finance officer's, whatever door they come through."""
    if actor.kind != "system" and actor.role is not Role.FINANCE_OFFICER:
        raise Forbidden("settlement.finance_only")


async def lock_statement(session: AsyncSession, statement_id: UUID) -> Statement:
    """The statement, if it is in sight, locked until the transaction ends."""
    statement = (await lock_statements(session, [statement_id])).get(statement_id)
    if statement is None:
        raise NotFound("statement.unknown")
    return statement


async def lock_statements(session: AsyncSession, statement_ids: Collection[UUID]) -> dict[UUID, Statement]:
    """Those that are in sight, locked in the order of their ids, so that two who want the same do not wait for each
    other for ever."""
    statements = await session.scalars(
        select(Statement)
        .where(Statement.id.in_(statement_ids))
        .order_by(Statement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {statement.id: statement for statement in statements}


def become(
    session: AsyncSession,
    statement: Statement,
    wanted: StatementState,
    actor: Actor,
    now: datetime,
    action: str,
    **facts: Any,
) -> None:
    """Give a locked statement its next state and write the event."""
    before = StatementState(statement.state)
    require(may_become(before, wanted))
    statement.state = str(wanted)
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="statement",
        subject_id=statement.id,
        organiser_id=statement.organiser_id,
        from_state=str(before),
        to_state=str(wanted),
        facts=facts,
    )


def tell(session: AsyncSession, statement: Statement, now: datetime, template: str, **facts: str) -> None:
    """A message to the provider's people."""
    enqueue(
        session,
        now=now,
        template=template,
        provider_id=statement.provider_id,
        organiser_id=statement.organiser_id,
        facts={"statement": str(statement.id), **facts},
    )
