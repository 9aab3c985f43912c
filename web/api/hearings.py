"""Hearings: what is about to be held against a provider, its answer, and the files with it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.decisions.attachments.queries import AttachmentRow
from registry.providers.decisions.hearings import answer_hearing, open_hearing
from registry.providers.decisions.queries import HearingView, hearing_view
from web.api.deciding import carry_out
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.schema import ApiModel, IdempotencyKey, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


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


ROUTES: list[Any] = [post_hearing, get_hearing, post_answer]
