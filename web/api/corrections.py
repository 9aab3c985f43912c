"""Correcting a decision, and what a court has made of one."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import (
    Correction,
    correct_decision,
    hear_before_correction,
)
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.rules import DecisionKind, Mark
from registry.shared.working_days import NoticeBy
from web.api.deciding import MarkIn, MaybeProse, Notice, carry_out
from web.api.providers_changes import OFFICER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Prose

AnyRequest = Request[Any, Any, Any]
GroundCode = Literal["evidence", "law", "procedure", "new_evidence", "clerical", "court"]
OutcomeCode = Literal["approved", "reinstated", "rejected"]


class CorrectionHearingIn(ApiModel):
    """What is about to be taken back. The provider is asked whether it agrees."""

    text: Prose = Field(examples=["Tutkintotodistus kuuluu toiselle henkilölle."])
    points: list[str] = Field(default=[], max_length=60, examples=[["qualification"]])
    due_on: date = Field(examples=["2027-01-25"], description="The last day to answer, a working day")


class CorrectionIn(ApiModel):
    """How a decision is corrected (Administrative Procedure Act §§ 50-53)."""

    ground: GroundCode = Field(examples=["clerical"])
    outcome: OutcomeCode | None = Field(
        default=None, examples=[None], description="What is decided instead; null: the same, in other words"
    )
    reasons: Prose = Field(examples=["Oikea toimipiste on Kempele."])
    legal_basis: MaybeProse = Field(default="", examples=[""])
    marks: list[MarkIn] = Field(
        default=[], max_length=60, description="Criteria of which something else is found now"
    )
    own_conduct: bool = Field(
        default=False,
        examples=[False],
        description="The error is obvious and the provider's own doing, so that it need not agree",
    )
    notice_by: Notice = Field(default="electronic", examples=["electronic"])


@post("/api/v1/decisions/{decision_id:uuid}/correction-hearing", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_correction_hearing(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[CorrectionHearingIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Hear the provider before a correction to its disadvantage; answers with the hearing's id."""
    return await carry_out(
        request, "correction.hear", hear_before_correction, {"decision_id": decision_id}, data,
        text=data.text, points=data.points, due_on=data.due_on,
    )  # fmt: skip


@post("/api/v1/decisions/{decision_id:uuid}/correction", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_correction(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[CorrectionIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Correct a decision that is wrong; answers with the id of the one that takes its place. The first stays."""
    correction = Correction(
        ground=CorrectionGround(data.ground),
        reasons=data.reasons,
        outcome=DecisionKind(data.outcome) if data.outcome else None,
        legal_basis=data.legal_basis,
        marks={one.code: Marked(Mark(one.mark) if one.mark else None, one.note) for one in data.marks},
        own_conduct=data.own_conduct,
        notice_by=NoticeBy(data.notice_by),
    )
    subject = {"decision_id": decision_id}
    return await carry_out(
        request, "decision.correct", correct_decision, subject, data, correction=correction
    )


ROUTES: list[Any] = [post_correction_hearing, post_correction]
