"""On the way to a decision: declaration, checklist, hearing, approval and rejection, by an organiser's own system."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.decisions.attachments.queries import AttachmentRow
from registry.providers.decisions.checklist import Marked, save_checklist
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import answer_hearing, open_hearing
from registry.providers.decisions.people import declare_impartiality, read_ground
from registry.providers.decisions.queries import HearingView, hearing_view
from registry.providers.decisions.rules import Mark, Subject
from registry.providers.decisions.sheet import decision_sheet
from registry.shared.working_days import NoticeBy
from web.api.providers import Texts
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
Command = Callable[..., Awaitable[Any]]
Code = Literal[
    "none", "party", "represents", "benefit", "employment", "board", "directs", "other"
]  # as in rules.Ground; the codes of the paragraphs of Administrative Procedure Act § 28 (1)
Notice = Literal["electronic", "letter", "received"]
MaybeProse = Prose | Literal[""]


class DeclarationIn(ApiModel):
    """Whether anything disqualifies whoever handles the matter. `none`: nothing does."""

    ground: Code = Field(examples=["none"])
    note: MaybeProse = Field(default="", examples=[""])
    body_running: MaybeProse = Field(
        default="", examples=[""], description="Of the organiser's own unit: the body that runs it"
    )
    body_deciding: MaybeProse = Field(
        default="", examples=[""], description="Of the organiser's own unit: the other body, which decides"
    )


class MarkIn(ApiModel):
    """What is noted of one criterion; without a mark it is still open."""

    code: str = Field(min_length=1, max_length=40, examples=["qualification"])
    mark: Literal["met", "not_met", "not_applicable"] | None = Field(examples=["met"])
    note: MaybeProse = Field(default="", examples=["Tutkintotodistus 3.9.2026."])
    paper_id: UUID | None = Field(default=None, examples=[None], description="The paper that shows it")


class ChecklistIn(ApiModel):
    """Criteria with what is noted of them; one that is not named stays as it is."""

    marks: list[MarkIn] = Field(min_length=1, max_length=60)


class CriterionOut(ApiModel):
    """A criterion of the rule book, with what is noted of it so far."""

    code: str = Field(examples=["qualification"])
    text: Texts
    legal_basis: str | None = Field(examples=["1233/2006 5 §"])
    mark: str | None = Field(examples=["met"])
    note: str
    paper_id: UUID | None


class ChecklistOut(ApiModel):
    """The checklist of an application, and whether its service can decide."""

    rule_book_version: str = Field(examples=["2026-1"])
    regime: Literal["confirmed", "changed", "open", "missing"] = Field(examples=["confirmed"])
    declared: str | None = Field(
        examples=["none"], description="What the holder of this token has declared; null: nothing yet"
    )
    due_on: date
    criteria: list[CriterionOut]


class HearingIn(ApiModel):
    """What is about to be held against the applicant."""

    text: Prose = Field(examples=["Valmentajien koulutusta ei ole osoitettu."])
    points: list[str] = Field(min_length=1, max_length=60, examples=[["qualification"]])
    due_on: date = Field(examples=["2026-12-18"], description="The last day to answer, a working day")


class AttachmentOut(ApiModel):
    """A file with an answer or a request for review; its content is at `/api/v1/attachments/{id}/file`."""

    id: UUID
    file_name: str = Field(examples=["todistus.pdf"])
    size: int = Field(examples=[48213])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    added_at: datetime


def attachments_out(rows: Sequence[AttachmentRow]) -> list[AttachmentOut]:
    return [
        AttachmentOut(
            id=row.id, file_name=row.file_name, size=row.size, sha256=row.digest, added_at=row.added_at
        )
        for row in rows
    ]


class HearingOut(ApiModel):
    """A hearing and its answer."""

    id: UUID
    about: Literal["application", "admission", "appeal"]
    matter: UUID
    text: str
    points: list[str] = Field(examples=[["qualification"]])
    due_on: date
    opened_at: datetime
    answer: str | None
    closed_at: datetime | None
    correcting: UUID | None = Field(description="The decision whose correction it is about")
    consents: bool | None = Field(description="Whether the provider agrees to that correction")
    attachments: list[AttachmentOut]


class AnswerIn(ApiModel):
    """The provider's explanation."""

    text: Prose = Field(examples=["Todistus on liitteenä."])
    consents: bool | None = Field(
        default=None,
        examples=[None],
        description="Where a correction is asked about: whether you agree to it",
    )


class ApprovalIn(ApiModel):
    """A note to the applicant, and how the decision is sent."""

    text: MaybeProse = Field(default="", examples=[""])
    notice_by: Notice = Field(default="electronic", examples=["electronic"])


class RejectionIn(ApiModel):
    """What the rejection rests on; the reason for each criterion that is not met is in the checklist."""

    legal_basis: Prose = Field(examples=["Laki 1233/2006 5 §"])
    text: MaybeProse = Field(default="", examples=["Voitte hakea uudelleen."])
    notice_by: Notice = Field(default="electronic", examples=["electronic"])


async def carry_out(
    request: AnyRequest,
    operation: str,
    command: Command,
    subject: dict[str, Any],
    data: ApiModel | None,
    **values: Any,
) -> Changed:
    """One command, once; answers with the id that it returns, else with its subject's."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await command(session, actor=actor, now=held.now(), **subject, **values)
        return {"id": str(made or next(iter(subject.values())))}

    body = {name: str(value) for name, value in subject.items()}
    if data is not None:
        body |= data.model_dump(mode="json")
    return Changed(**await once(request, operation=operation, key=header_key(request), body=body, run=run))


@post("/api/v1/applications/{application_id:uuid}/declaration", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_declaration(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[DeclarationIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say whether anything disqualifies the token's maker. Needed before anything else is done with the application."""
    return await declare(request, Subject.APPLICATION, application_id, data)


async def declare(request: AnyRequest, about: Subject, subject_id: UUID, data: DeclarationIn) -> Changed:
    subject = {"subject_id": subject_id, "subject": about}
    return await carry_out(
        request, "impartiality.declare", declare_impartiality, subject, data,
        ground=read_ground(data.ground), note=data.note,
        body_running=data.body_running, body_deciding=data.body_deciding,
    )  # fmt: skip


@get("/api/v1/applications/{application_id:uuid}/checklist", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def get_checklist(request: AnyRequest, application_id: FromPath[UUID]) -> ChecklistOut:
    """Every criterion with what is noted of it."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        sheet = await decision_sheet(session, actor=actor, application_id=application_id, now=held.now())
    declared = sheet.declared
    criteria = []
    for point in sheet.criteria:
        noted = sheet.marks.get(point.code)
        criteria.append(
            CriterionOut(
                code=point.code,
                text=Texts(fi=point.text.fi, sv=point.text.sv, en=point.text.en),
                legal_basis=point.legal_basis,
                mark=noted.mark if noted else None,
                note=noted.note if noted else "",
                paper_id=noted.paper_id if noted else None,
            )
        )
    return ChecklistOut(
        rule_book_version=sheet.book_version,
        regime=sheet.regime,
        declared=None if declared is None else str(declared.ground or "none"),
        due_on=sheet.due_on,
        criteria=criteria,
    )


@post("/api/v1/applications/{application_id:uuid}/checklist", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_checklist(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[ChecklistIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Keep what is noted so far. Nothing is decided by it."""
    marks = {
        one.code: Marked(Mark(one.mark) if one.mark else None, one.note, one.paper_id) for one in data.marks
    }
    subject = {"application_id": application_id}
    return await carry_out(request, "checklist.save", save_checklist, subject, data, marks=marks)


@post("/api/v1/applications/{application_id:uuid}/hearing", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_hearing(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[HearingIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Hear the applicant; answers with the hearing's id."""
    subject = {"application_id": application_id}
    return await carry_out(
        request, "hearing.open", open_hearing, subject, data,
        text=data.text, points=data.points, due_on=data.due_on,
    )  # fmt: skip


def hearing_out(found: HearingView) -> HearingOut:
    return HearingOut(
        id=found.id,
        about=found.subject_kind,
        matter=found.subject_id,
        text=found.text,
        points=list(found.points),
        due_on=found.due_on,
        opened_at=found.opened_at,
        answer=found.answer,
        closed_at=found.closed_at,
        correcting=found.correcting_id,
        consents=found.consents,
        attachments=attachments_out(found.attachments),
    )


@get("/api/v1/hearings/{hearing_id:uuid}", who=BOTH, scope=SCOPE, tags=["deciding"])
async def get_hearing(request: AnyRequest, hearing_id: FromPath[UUID]) -> HearingOut:
    """What is held against the provider, and what it answered."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return hearing_out(await hearing_view(session, hearing_id))


@post("/api/v1/hearings/{hearing_id:uuid}/answer", who=PROVIDER, scope=SCOPE, tags=["deciding"])
async def post_answer(
    request: AnyRequest,
    hearing_id: FromPath[UUID],
    data: JSONBody[AnswerIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Explain oneself, once and by the last day."""
    subject = {"hearing_id": hearing_id}
    return await carry_out(
        request, "hearing.answer", answer_hearing, subject, data, text=data.text, consents=data.consents
    )


@post("/api/v1/applications/{application_id:uuid}/approval", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_approval(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[ApprovalIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Approve, once every criterion is met or does not apply; answers with the id of the admission."""
    subject = {"application_id": application_id}
    notice = NoticeBy(data.notice_by)
    return await carry_out(
        request, "application.approve", approve, subject, data, reason=data.text, notice_by=notice
    )


@post("/api/v1/applications/{application_id:uuid}/rejection", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_rejection(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[RejectionIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Reject after a hearing; answers with the id of the decision."""
    subject = {"application_id": application_id}
    return await carry_out(
        request, "application.reject", reject, subject, data,
        reason=data.text, legal_basis=data.legal_basis, notice_by=NoticeBy(data.notice_by),
    )  # fmt: skip


ROUTES: list[Any] = [
    post_declaration,
    get_checklist,
    post_checklist,
    post_hearing,
    get_hearing,
    post_answer,
    post_approval,
    post_rejection,
]
