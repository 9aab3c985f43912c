"""After a decision: correcting it, what a court has made of it, and files with what is said."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody
from pydantic import Field

from registry.providers.decisions.attachments.commands import add_to_appeal, add_to_hearing
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import (
    Correction,
    correct_decision,
    hear_before_correction,
)
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.court.commands import enter_court_appeal, settle_court_appeal
from registry.providers.decisions.court.queries import court_appeals_of
from registry.providers.decisions.court.rules import CourtState
from registry.providers.decisions.rules import DecisionKind, Mark, Subject
from registry.shared.working_days import NoticeBy
from web.api.deciding import DeclarationIn, MarkIn, MaybeProse, Notice, carry_out, declare
from web.api.decisions import DecisionLine, decision_lines
from web.api.drafts import Made
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.idempotency import header_key
from web.pages.attachments import attachment_answer, take
from web.pages.evidence import MOST_SENT
from web.schema import ApiModel, IdempotencyKey, Line, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
GroundCode = Literal["evidence", "law", "procedure", "new_evidence", "clerical", "court"]
OutcomeCode = Literal["approved", "reinstated", "rejected", "changed"]


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


@post("/api/v1/admissions/{admission_id:uuid}/declaration", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_admission_declaration(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[DeclarationIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say whether anything disqualifies the token's maker from what is decided on an approval."""
    return await declare(request, Subject.ADMISSION, admission_id, data)


@get("/api/v1/admissions/{admission_id:uuid}/decisions", who=BOTH, scope=SCOPE, tags=["deciding"])
async def list_admission_decisions(request: AnyRequest, admission_id: FromPath[UUID]) -> Page[DecisionLine]:
    """What has been decided on an approval, the latest first."""
    return await decision_lines(request, admission_id)


# --- courts -----------------------------------------------------------------------------------------------------------


class CourtAppealIn(ApiModel):
    """An appeal that a court has told of. Whether it came in time, the court says."""

    court: Line = Field(examples=["Pohjois-Suomen hallinto-oikeus"])
    docket: Line = Field(max_length=100, examples=["00123/27"])
    filed_on: date = Field(examples=["2027-01-04"])


class CourtRulingIn(ApiModel):
    """How the court ended it."""

    outcome: Literal["rejected", "not_examined", "withdrawn", "annulled", "changed", "returned"] = Field(
        examples=["returned"]
    )
    ruled_on: date = Field(examples=["2027-06-01"])
    ruling: Prose = Field(examples=["Asia palautetaan uudelleen käsiteltäväksi."])


class CourtAppealOut(CourtAppealIn):
    """An appeal to a court, as it stands."""

    id: UUID
    state: str = Field(examples=["pending"])
    ruled_on: date | None
    ruling: str
    followed_by: UUID | None = Field(description="The decision that was made because of it")


@get("/api/v1/decisions/{decision_id:uuid}/court-appeals", who=BOTH, scope=SCOPE, tags=["deciding"])
async def list_court_appeals(request: AnyRequest, decision_id: FromPath[UUID]) -> Page[CourtAppealOut]:
    """What courts have told of a decision, the latest first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await court_appeals_of(session, decision_id)
    return Page(
        items=[
            CourtAppealOut(
                id=row.id, court=row.court, docket=row.docket, filed_on=row.filed_on, state=row.state,
                ruled_on=row.ruled_on, ruling=row.ruling, followed_by=row.followed_by,
            )
            for row in rows
        ]
    )  # fmt: skip


@post("/api/v1/decisions/{decision_id:uuid}/court-appeals", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_court_appeal(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[CourtAppealIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Record an appeal that is before a court; answers with its id here."""
    return await carry_out(
        request, "court.enter", enter_court_appeal, {"decision_id": decision_id}, data,
        court=data.court, docket=data.docket, filed_on=data.filed_on,
    )  # fmt: skip


@post("/api/v1/court-appeals/{court_appeal_id:uuid}/ruling", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_court_ruling(
    request: AnyRequest,
    court_appeal_id: FromPath[UUID],
    data: JSONBody[CourtRulingIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Record what the court decided. Where it upset the decision, correct it on the ground `court` next."""
    return await carry_out(
        request, "court.settle", settle_court_appeal, {"court_appeal_id": court_appeal_id}, data,
        outcome=CourtState(data.outcome), ruled_on=data.ruled_on, ruling=data.ruling,
    )  # fmt: skip


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass
class AttachmentIn:
    """A file, as multipart/form-data: PDF, PNG or JPEG of at most 10 MB."""

    file: UploadFile


FileBody = Annotated[AttachmentIn, Body(media_type=RequestEncodingType.MULTI_PART)]


@post(
    "/api/v1/hearings/{hearing_id:uuid}/attachments",
    who=PROVIDER,
    scope=SCOPE,
    tags=["deciding"],
    request_max_body_size=MOST_SENT,
)
async def post_hearing_attachment(
    request: AnyRequest,
    hearing_id: FromPath[UUID],
    data: FileBody,
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Add a file to a hearing, before the answer or after it, until the decision."""
    key = header_key(request)
    made = await take(request, "hearing.attach", key, data.file, add_to_hearing, hearing_id=hearing_id)
    return Made(id=made)


@post(
    "/api/v1/appeals/{appeal_id:uuid}/attachments",
    who=BOTH,
    scope=SCOPE,
    tags=["deciding"],
    request_max_body_size=MOST_SENT,
)
async def post_appeal_attachment(
    request: AnyRequest,
    appeal_id: FromPath[UUID],
    data: FileBody,
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Add a file to a request for review that waits."""
    key = header_key(request)
    return Made(id=await take(request, "appeal.attach", key, data.file, add_to_appeal, appeal_id=appeal_id))


@get("/api/v1/attachments/{attachment_id:uuid}/file", who=BOTH, scope=SCOPE, tags=["deciding"])
async def get_attachment_file(request: AnyRequest, attachment_id: FromPath[UUID]) -> Response[bytes]:
    """The file, for its provider and the organiser whose matter it is; every look is recorded."""
    return await attachment_answer(request, attachment_id)


ROUTES: list[Any] = [
    post_correction_hearing,
    post_correction,
    post_admission_declaration,
    list_admission_decisions,
    list_court_appeals,
    post_court_appeal,
    post_court_ruling,
    post_hearing_attachment,
    post_appeal_attachment,
    get_attachment_file,
]
