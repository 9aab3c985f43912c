"""An error in a decision: a provider's system asks that it is put right, an officer's answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.decisions.corrections.requests import (
    ask_for_correction,
    correction_requests,
    refuse_correction,
)
from registry.providers.decisions.queries import decision_detail
from web.api.deciding import carry_out
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class ErrorIn(ApiModel):
    """What is wrong with a decision, and what it should say (Administrative Procedure Act §§ 50-53)."""

    text: Prose = Field(examples=["Päätöksessä on väärä toimipiste, oikea on Kempele."])


class AnswerIn(ApiModel):
    """Why a decision is not corrected."""

    text: Prose = Field(examples=["Toimipiste on päätöksessä niin kuin se oli hakemuksessa."])


class ErrorOut(ApiModel):
    """A request that an error is corrected, and what became of it."""

    asked_at: datetime
    text: str
    due_on: date = Field(description="By when it is answered")
    closed_at: datetime | None
    answer: str | None = Field(
        description="Why it was not corrected; closed without it, another decision has taken the place of this one"
    )


@get("/api/v1/decisions/{decision_id:uuid}/correction-requests", who=BOTH, scope=SCOPE, tags=["deciding"])
async def list_correction_requests(request: AnyRequest, decision_id: FromPath[UUID]) -> Page[ErrorOut]:
    """What was asked of a decision, the latest first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        await decision_detail(session, decision_id)
        rows = await correction_requests(session, sight=actor.sight, decision_id=decision_id)
    return Page(
        items=[
            ErrorOut(
                asked_at=row.asked_at, text=row.words, due_on=row.due_on, closed_at=row.closed_at, answer=row.answer
            )
            for row in rows
        ]
    )  # fmt: skip


@post(
    "/api/v1/decisions/{decision_id:uuid}/correction-requests", who=PROVIDER, scope=SCOPE, tags=["deciding"]
)
async def post_correction_request(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[ErrorIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Ask that an error is corrected. The decision holds meanwhile, and the time to ask for its review runs on."""
    subject = {"decision_id": decision_id}
    return await carry_out(request, "correction.ask", ask_for_correction, subject, data, words=data.text)


@post("/api/v1/decisions/{decision_id:uuid}/correction-refusal", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_correction_refusal(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[AnswerIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Answer a request: the decision stays, and why. To correct it, post a correction."""
    subject = {"decision_id": decision_id}
    return await carry_out(request, "correction.refuse", refuse_correction, subject, data, reasons=data.text)


ROUTES: list[Any] = [list_correction_requests, post_correction_request, post_correction_refusal]
