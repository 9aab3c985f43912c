"""Inspections and what is to be put right, by the systems of organisers and providers."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.keeping.correcting import report_correction, require_correction, settle_correction
from registry.providers.keeping.inspections import cancel_inspection, hold_inspection, plan_inspection
from registry.providers.keeping.oversight_queries import (
    CorrectiveRow,
    InspectionRow,
    corrective_of,
    correctives,
    inspection_of,
    inspections,
    told_to,
)
from registry.providers.keeping.rules import CorrectiveState
from registry.shared.actor import Role
from registry.shared.database import see
from web.api.deciding import carry_out
from web.api.providers_changes import BOTH, OFFICER, PROVIDER, SCOPE, Changed
from web.schema import ApiModel, Flag, IdempotencyKey, Page, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class InspectionIn(ApiModel):
    """An inspection that is planned."""

    provider_id: UUID = Field(examples=["01a20451-109c-7655-9786-751bd32dc8c6"])
    service_id: UUID | None = Field(default=None, examples=[None])
    planned_on: date = Field(examples=["2026-12-15"])
    subject: Prose = Field(examples=["Toimitilojen esteettömyys."])
    announced: Flag = Field(
        default=True, examples=[True], description="Whether the provider is told beforehand"
    )


class ReportIn(ApiModel):
    """What was found."""

    held_on: date = Field(examples=["2026-11-20"])
    report: Prose = Field(examples=["Tilat ovat esteettömät."])


class InspectionOut(ApiModel):
    """An inspection. A provider sees those that were announced, and all that were held."""

    id: UUID
    provider_id: UUID
    state: str = Field(examples=["planned"])
    planned_on: date
    held_on: date | None
    subject: str
    announced: bool
    report: str | None


class RequirementIn(ApiModel):
    """What the provider has to put right, and by when."""

    text: Prose = Field(examples=["Hanki sijainen valmentajalle."])
    due_on: date = Field(examples=["2026-12-18"])


class CorrectiveOut(ApiModel):
    """What has to be put right, and how far it has come."""

    id: UUID
    provider_id: UUID
    inspection_id: UUID | None
    state: str = Field(examples=["open"])
    text: str
    due_on: date
    made_at: datetime
    report: str | None = Field(description="What the provider says that it has done")
    reported_at: datetime | None
    settled_at: datetime | None
    settled_words: str | None


class DoneIn(ApiModel):
    """What the provider has done."""

    text: Prose = Field(examples=["Sijainen on nimetty."])


class SettlementIn(ApiModel):
    """What the officer makes of it. `not_met` may set another day instead of ending it."""

    outcome: Literal["met", "not_met", "dropped"] = Field(examples=["met"])
    text: Prose = Field(examples=["Korjattu."])
    due_on: date | None = Field(default=None, examples=[None], description="`not_met`: another day")


def _inspection(row: InspectionRow) -> InspectionOut:
    return InspectionOut(
        id=row.id,
        provider_id=row.provider_id,
        state=row.state,
        planned_on=row.planned_on,
        held_on=row.held_on,
        subject=row.subject,
        announced=row.announced,
        report=row.report,
    )


def _corrective(row: CorrectiveRow) -> CorrectiveOut:
    return CorrectiveOut(
        id=row.id,
        provider_id=row.provider_id,
        inspection_id=row.inspection_id,
        state=row.state,
        text=row.text,
        due_on=row.due_on,
        made_at=row.made_at,
        report=row.report,
        reported_at=row.reported_at,
        settled_at=row.settled_at,
        settled_words=row.settled_words,
    )


@get("/api/v1/inspections", who=BOTH, scope=SCOPE, tags=["oversight"])
async def list_inspections(request: AnyRequest) -> Page[InspectionOut]:
    """The planned first. A provider sees its own that were announced or held."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        if actor.role is Role.PROVIDER_USER:
            await see(session, replace(actor.sight, provider=None))
            rows = await inspections(session, told_to(actor.provider_id))
        else:
            rows = await inspections(session)
    return Page(items=[_inspection(row) for row in rows])


@post("/api/v1/inspections", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_inspection(
    request: AnyRequest, data: JSONBody[InspectionIn], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Plan an inspection; answers with its id."""
    # what it is about is named as the command's argument is, and as what the request is about
    plan = partial(plan_inspection, subject=data.subject)
    return await carry_out(
        request, "inspection.plan", plan, {"provider_id": data.provider_id}, data,
        service_id=data.service_id, planned_on=data.planned_on, announced=data.announced,
    )  # fmt: skip


@get("/api/v1/inspections/{inspection_id:uuid}", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def get_inspection(request: AnyRequest, inspection_id: FromPath[UUID]) -> InspectionOut:
    """One inspection."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _inspection(await inspection_of(session, inspection_id))


@post("/api/v1/inspections/{inspection_id:uuid}/report", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_report(
    request: AnyRequest,
    inspection_id: FromPath[UUID],
    data: JSONBody[ReportIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say that it was held and what was found; the provider is told."""
    subject = {"inspection_id": inspection_id}
    return await carry_out(
        request, "inspection.hold", hold_inspection, subject, data, held_on=data.held_on, report=data.report
    )


@post("/api/v1/inspections/{inspection_id:uuid}/cancellation", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_inspection_cancellation(
    request: AnyRequest, inspection_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Call an inspection off."""
    return await carry_out(
        request, "inspection.cancel", cancel_inspection, {"inspection_id": inspection_id}, None
    )


@post("/api/v1/inspections/{inspection_id:uuid}/requirements", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_requirement(
    request: AnyRequest,
    inspection_id: FromPath[UUID],
    data: JSONBody[RequirementIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Require that something is put right; answers with its id. The provider is told."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        found = await inspection_of(session, inspection_id)
    subject = {"inspection_id": inspection_id, "provider_id": found.provider_id}
    return await carry_out(
        request, "corrective.require", require_correction, subject, data, text=data.text, due_on=data.due_on
    )


@get("/api/v1/requirements", who=BOTH, scope=SCOPE, tags=["oversight"])
async def list_requirements(request: AnyRequest) -> Page[CorrectiveOut]:
    """What is to be put right, the open first, by its day."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return Page(items=[_corrective(row) for row in await correctives(session)])


@get("/api/v1/requirements/{corrective_id:uuid}", who=BOTH, scope=SCOPE, tags=["oversight"])
async def get_requirement(request: AnyRequest, corrective_id: FromPath[UUID]) -> CorrectiveOut:
    """One thing that is to be put right."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _corrective(await corrective_of(session, corrective_id))


@post("/api/v1/requirements/{corrective_id:uuid}/report", who=PROVIDER, scope=SCOPE, tags=["oversight"])
async def post_done(
    request: AnyRequest,
    corrective_id: FromPath[UUID],
    data: JSONBody[DoneIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say what was done."""
    subject = {"corrective_id": corrective_id}
    return await carry_out(request, "corrective.report", report_correction, subject, data, words=data.text)


@post("/api/v1/requirements/{corrective_id:uuid}/settlement", who=OFFICER, scope=SCOPE, tags=["oversight"])
async def post_settlement(
    request: AnyRequest,
    corrective_id: FromPath[UUID],
    data: JSONBody[SettlementIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say whether it was put right; the provider is told."""
    return await carry_out(
        request, "corrective.settle", settle_correction, {"corrective_id": corrective_id}, data,
        outcome=CorrectiveState(data.outcome), words=data.text, due_on=data.due_on,
    )  # fmt: skip


ROUTES: list[Any] = [
    list_inspections,
    post_inspection,
    get_inspection,
    post_report,
    post_inspection_cancellation,
    post_requirement,
    list_requirements,
    get_requirement,
    post_done,
    post_settlement,
]
