"""Disputing lines of statements, reading what became of it, answering and taking back, with a token."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.settlement.disputes.commands import (
    LONGEST,
    answer_dispute,
    dispute_line,
    withdraw_dispute,
)
from registry.settlement.disputes.queries import DisputedLine, dispute_of, disputes_of, is_statement
from registry.settlement.statement_csv import shown_reference
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from web.api.settlement import PARTIES
from web.api.settlement_changes import FINANCE, only_once
from web.idempotency import Answer
from web.schema import ApiModel, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

PROVIDER: Final = frozenset({Role.PROVIDER_USER})


class DisputeIn(ApiModel):
    """What is wrong with a line; the organiser reads it."""

    reason: Annotated[Prose, Field(max_length=LONGEST)] = Field(examples=["There were two hours, not one."])


class DisputeOut(ApiModel):
    """A dispute that waits for an answer. The rest of the statement goes on meanwhile: look at its `waiting_lines` before
    you invoice it."""

    id: UUID
    statement_id: UUID
    line_id: UUID


@post(
    "/api/v1/statements/{statement_id:uuid}/lines/{line_id:uuid}/dispute",
    who=PROVIDER,
    scope="settlement:write",
    tags=["settlement"],
)
async def post_dispute(
    request: AnyRequest,
    statement_id: FromPath[UUID],
    line_id: FromPath[UUID],
    data: JSONBody[DisputeIn],
    idempotency_key: IdempotencyKey = None,
) -> DisputeOut:
    """Dispute a line of a statement, named by its id or its redemption’s, with the reason. Only the line waits, and where
    no invoice has it, so does its money: it is taken off this statement and comes back on a later one."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        made = await dispute_line(
            session, actor=actor, now=now, statement_id=statement_id, line_id=line_id, reason=data.reason
        )
        return {"id": str(made), "statement_id": str(statement_id), "line_id": str(line_id)}

    body = {"statement": str(statement_id), "line": str(line_id), "reason": data.reason}
    return DisputeOut(**await only_once(request, "line.dispute", body, run))


class DisputeDetail(ApiModel):
    """What a provider says of a line, how it was answered, and where the line’s money is."""

    id: UUID
    statement_id: UUID
    line_id: UUID
    reference: str = Field(examples=["7F3A-91BC-02D4"])
    service_date: date
    amount_cents: int = Field(examples=[6000])
    reason: str = Field(examples=["There were two hours, not one."])
    raised_at: datetime
    outcome: Literal["upheld", "rejected", "withdrawn"] | None = Field(description="null while it waits")
    answer: str | None
    decided_at: datetime | None
    money_waits: bool = Field(
        description="The line was taken off its statement, and comes back on a later one when it has been answered"
    )
    back_on_statement: str | None = Field(
        examples=["OULU-2026-11-0001"], description="Number of that statement"
    )
    reversed: bool = Field(
        description="The charge was reversed; where the line comes back, so does its reversal"
    )


class AnswerIn(ApiModel):
    """What was found, and why; the provider reads it."""

    outcome: Literal["rejected", "reversed", "upheld"] = Field(
        description="The line is right; the provider is right and the charge is reversed now; the provider is right, and"
        " what is missing or wrong is recorded anew"
    )
    answer: Annotated[Prose, Field(max_length=LONGEST)] = Field(examples=["The calendar says one hour."])


def _detail(line: DisputedLine) -> DisputeDetail:
    shared = [
        name
        for name in DisputeDetail.model_fields
        if name not in ("id", "reference", "reversed", "back_on_statement")
    ]
    return DisputeDetail(
        id=line.dispute_id,
        reference=shown_reference(line.reference),
        back_on_statement=line.back_on[1] if line.back_on else None,
        reversed=line.was_reversed,
        **{name: getattr(line, name) for name in shared},
    )


async def _dispute(request: AnyRequest, dispute_id: UUID) -> DisputeDetail:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        found = await dispute_of(session, dispute_id=dispute_id)
    if found is None:
        raise NotFound("dispute.unknown")
    return _detail(found)


@get(
    "/api/v1/statements/{statement_id:uuid}/disputes",
    who=PARTIES,
    scope="settlement:read",
    tags=["settlement"],
)
async def get_disputes(request: AnyRequest, statement_id: FromPath[UUID]) -> Page[DisputeDetail]:
    """The statement’s disputes, those that wait first."""
    async with services(request).database.transaction(signed_in(request).sight) as session:
        if not await is_statement(session, statement_id=statement_id):
            raise NotFound("statement.unknown")
        found = await disputes_of(session, statement_id=statement_id)
    return Page(items=[_detail(line) for line in found])


@get("/api/v1/disputes/{dispute_id:uuid}", who=PARTIES, scope="settlement:read", tags=["settlement"])
async def get_dispute(request: AnyRequest, dispute_id: FromPath[UUID]) -> DisputeDetail:
    """One dispute."""
    return await _dispute(request, dispute_id)


@post(
    "/api/v1/disputes/{dispute_id:uuid}/answer",
    who=FINANCE,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_answer(
    request: AnyRequest,
    dispute_id: FromPath[UUID],
    data: JSONBody[AnswerIn],
    idempotency_key: IdempotencyKey = None,
) -> DisputeDetail:
    """Answer a dispute. A line that waited comes back on the next statement, a reversal with it."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await answer_dispute(
            session, actor=actor, now=now, dispute_id=dispute_id, outcome=data.outcome, answer=data.answer
        )
        return {"id": str(dispute_id)}

    body = {"dispute": str(dispute_id), "outcome": data.outcome, "answer": data.answer}
    await only_once(request, "line.answer", body, run)
    return await _dispute(request, dispute_id)


@post(
    "/api/v1/disputes/{dispute_id:uuid}/withdrawal",
    who=PROVIDER,
    scope="settlement:write",
    tags=["settlement"],
    status_code=200,
)
async def post_withdrawal(
    request: AnyRequest, dispute_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> DisputeDetail:
    """Take a dispute back. A line that waited comes back on the next statement as it was."""
    actor, now = signed_in(request), services(request).now()

    async def run(session: AsyncSession) -> Answer:
        await withdraw_dispute(session, actor=actor, now=now, dispute_id=dispute_id)
        return {"id": str(dispute_id)}

    await only_once(request, "line.withdraw", {"dispute": str(dispute_id)}, run)
    return await _dispute(request, dispute_id)


ROUTES: list[Any] = [post_dispute, get_disputes, get_dispute, post_answer, post_withdrawal]
