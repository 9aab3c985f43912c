"""Decisions and requests for their review."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import AwareDatetime, Field

from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal, withdraw_appeal
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.queries import (
    AppealRow,
    appeal_row,
    appeals_waiting,
    decision_detail,
    decisions_of,
)
from registry.providers.decisions.rules import AppealState, Mark, Subject
from registry.shared.actor import Role
from registry.shared.working_days import NoticeBy
from web.api.deciding import (
    DeclarationIn,
    MarkIn,
    MaybeProse,
    Notice,
    carry_out,
    declare,
)
from web.api.hearings import AttachmentOut, attachments_out
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class ItemOut(ApiModel):
    """A line of a decision: what it is about, and what it says."""

    label: str = Field(examples=["Palveluntuottaja"])
    text: str


class SectionOut(ApiModel):
    """A part of a decision."""

    heading: str = Field(examples=["Perustelut"])
    paragraphs: list[str]
    items: list[ItemOut]


class AppealOut(ApiModel):
    """A request for review (oikaisuvaatimus)."""

    id: UUID
    decision_id: UUID
    came_by: str = Field(examples=["page"])
    arrived_at: datetime
    late: bool = Field(examples=[False])
    text: str
    state: str = Field(examples=["received"])
    decided_at: datetime | None
    answer_id: UUID | None = Field(description="The decision on it")
    attachments: list[AttachmentOut]


class DecisionOut(ApiModel):
    """A decision as it went out, word for word, in the applicant's language."""

    id: UUID
    reference: str = Field(examples=["2026-7F3A9C21"])
    kind: str = Field(examples=["rejected"])
    about: Literal["application", "admission"]
    matter: UUID
    provider_id: UUID
    service_id: UUID
    language: str = Field(examples=["fi"])
    notice_by: str = Field(examples=["electronic"])
    sent_on: date
    noticed_on: date
    last_day: date = Field(description="On which a request for review has to be there")
    replaces: UUID | None
    replaced_by: UUID | None
    correction: str | None = Field(
        examples=["clerical"], description="On what ground it corrects the one that it replaces"
    )
    consent: str | None = Field(
        examples=["given"], description="Why it may do so to the provider's disadvantage"
    )
    to_court: bool = Field(examples=[False], description="Whether a court is next, and no request for review")
    title: str = Field(examples=["Päätös: hakemus hylätään"])
    sections: list[SectionOut]
    appeals: list[AppealOut]


class DecisionLine(ApiModel):
    """A decision in a list."""

    id: UUID
    reference: str = Field(examples=["2026-7F3A9C21"])
    kind: str = Field(examples=["approved"])
    sent_on: date
    last_day: date
    replaces: UUID | None
    replaced_by: UUID | None


class AppealIn(ApiModel):
    """What is sent against a decision. The officer's system also says how and when it came."""

    text: Prose = Field(examples=["Todistus valmentajien koulutuksesta on liitteenä."])
    came_by: Literal["email", "letter", "in_person"] | None = Field(default=None, examples=["letter"])
    arrived_at: AwareDatetime | None = Field(default=None, examples=["2026-12-21T09:30:00+02:00"])


class VerdictIn(ApiModel):
    """How a request for review is decided."""

    outcome: Literal["upheld", "rejected", "not_examined"] = Field(examples=["upheld"])
    reasons: Prose = Field(examples=["Koulutus on osoitettu."])
    legal_basis: MaybeProse = Field(default="", examples=[""])
    marks: list[MarkIn] = Field(
        default=[], max_length=60, description="Upheld: what is now found of each criterion that was not met"
    )
    notice_by: Notice = Field(default="electronic", examples=["electronic"])


def _appeal(row: AppealRow) -> AppealOut:
    return AppealOut(
        id=row.id,
        decision_id=row.decision_id,
        came_by=row.came_by,
        arrived_at=row.arrived_at,
        late=row.late,
        text=row.text,
        state=row.state,
        decided_at=row.decided_at,
        answer_id=row.answer_id,
        attachments=attachments_out(row.attachments),
    )


@get("/api/v1/applications/{application_id:uuid}/decisions", who=BOTH, scope=SCOPE, tags=["deciding"])
async def list_decisions(request: AnyRequest, application_id: FromPath[UUID]) -> Page[DecisionLine]:
    """What has been decided on an application, the latest first."""
    return await decision_lines(request, application_id)


async def decision_lines(request: AnyRequest, subject_id: UUID) -> Page[DecisionLine]:
    """What has been decided on a matter in sight."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await decisions_of(session, subject_id)
    return Page(
        items=[
            DecisionLine(
                id=row.id,
                reference=row.reference,
                kind=row.kind,
                sent_on=row.sent_on,
                last_day=row.last_day,
                replaces=row.replaces,
                replaced_by=row.replaced_by,
            )
            for row in rows
        ]
    )


@get("/api/v1/decisions/{decision_id:uuid}", who=BOTH, scope=SCOPE, tags=["deciding"])
async def get_decision(request: AnyRequest, decision_id: FromPath[UUID]) -> DecisionOut:
    """One decision, with what was sent against it."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await decision_detail(session, decision_id)
    sections = [
        SectionOut(
            heading=section.heading,
            paragraphs=list(section.paragraphs),
            items=[ItemOut(label=item.label, text=item.text) for item in section.items],
        )
        for section in found.text.sections
    ]
    return DecisionOut(
        id=found.id,
        reference=found.reference,
        kind=found.kind,
        about=found.subject_kind,
        matter=found.subject_id,
        provider_id=found.provider_id,
        service_id=found.service_id,
        language=found.language,
        notice_by=found.notice_by,
        sent_on=found.sent_on,
        noticed_on=found.noticed_on,
        last_day=found.last_day,
        replaces=found.replaces,
        replaced_by=found.replaced_by,
        correction=found.correction,
        consent=found.consent,
        to_court=found.to_court,
        title=found.text.title,
        sections=sections,
        appeals=[_appeal(row) for row in found.appeals],
    )


@post("/api/v1/decisions/{decision_id:uuid}/appeals", who=BOTH, scope=SCOPE, tags=["deciding"])
async def post_appeal(
    request: AnyRequest,
    decision_id: FromPath[UUID],
    data: JSONBody[AppealIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Ask for a review; an officer's system enters one that came otherwise. A late one is received too."""
    values: dict[str, Any] = {"text": data.text}
    if signed_in(request).role is not Role.PROVIDER_USER:
        values |= {"came_by": data.came_by or "", "arrived_at": data.arrived_at}
    subject = {"decision_id": decision_id}
    return await carry_out(request, "appeal.receive", receive_appeal, subject, data, **values)


@get("/api/v1/appeals", who=BOTH, scope=SCOPE, tags=["deciding"])
async def list_appeals(request: AnyRequest) -> Page[AppealOut]:
    """Requests for review that wait, the longest first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await appeals_waiting(session)
    return Page(items=[_appeal(row) for row in rows])


@get("/api/v1/appeals/{appeal_id:uuid}", who=BOTH, scope=SCOPE, tags=["deciding"])
async def get_appeal(request: AnyRequest, appeal_id: FromPath[UUID]) -> AppealOut:
    """One request for review."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _appeal(await appeal_row(session, appeal_id))


@post("/api/v1/appeals/{appeal_id:uuid}/declaration", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_appeal_declaration(
    request: AnyRequest,
    appeal_id: FromPath[UUID],
    data: JSONBody[DeclarationIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say whether anything disqualifies the token's maker from the request for review."""
    return await declare(request, Subject.APPEAL, appeal_id, data)


@post("/api/v1/appeals/{appeal_id:uuid}/decision", who=OFFICER, scope=SCOPE, tags=["deciding"])
async def post_verdict(
    request: AnyRequest,
    appeal_id: FromPath[UUID],
    data: JSONBody[VerdictIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Decide a request for review, as another than made the decision; answers with the new decision's id."""
    marks = {one.code: Marked(Mark(one.mark) if one.mark else None, one.note) for one in data.marks}
    verdict = Verdict(
        AppealState(data.outcome), data.reasons, data.legal_basis, marks, NoticeBy(data.notice_by)
    )
    subject = {"appeal_id": appeal_id}
    return await carry_out(request, "appeal.decide", decide_appeal, subject, data, verdict=verdict)


@post("/api/v1/appeals/{appeal_id:uuid}/withdrawal", who=PROVIDER, scope=SCOPE, tags=["deciding"])
async def post_appeal_withdrawal(
    request: AnyRequest, appeal_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Take a request for review back."""
    return await carry_out(request, "appeal.withdraw", withdraw_appeal, {"appeal_id": appeal_id}, None)


ROUTES: list[Any] = [
    list_decisions,
    get_decision,
    post_appeal,
    list_appeals,
    get_appeal,
    post_appeal_declaration,
    post_verdict,
    post_appeal_withdrawal,
]
