"""On the way to a decision: declaration, checklist, hearing, approval and rejection, by an organiser's own system."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.decisions.checklist import Marked, save_checklist
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.people import declare_impartiality, read_ground
from registry.providers.decisions.rules import Mark, Subject
from registry.providers.decisions.sheet import decision_sheet
from registry.shared.working_days import NoticeBy
from web.api.providers import Texts
from web.api.providers_changes import OFFICER, SCOPE, Changed
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
    post_approval,
    post_rejection,
]
