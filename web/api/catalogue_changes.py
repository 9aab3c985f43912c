"""Changing services, terms and budget lines with an administrator's token."""

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.commands import (
    change_budget_line,
    create_budget_line,
    create_service,
    publish_terms,
)
from registry.catalogue.queries import budget_lines
from registry.catalogue.rules import CLAIM_WINDOW_DAYS, MOST_MONTHS, Terms
from registry.shared.actor import Actor, Role
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Cents, Flag, Hundredths, IdempotencyKey, Line, Page, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
ADMINISTRATORS: Final = frozenset({Role.ORGANISER_ADMINISTRATOR})

Code = Annotated[str, Field(min_length=2, max_length=50, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Description = Annotated[str, Field(max_length=4000)]


class BudgetLineOut(ApiModel):
    """A budget line: allocated, granted as vouchers (less what came back) and left, in cents."""

    id: UUID
    code: str = Field(examples=["2026-P"])
    name: str
    year: int = Field(examples=[2026])
    allocated_cents: int = Field(examples=[25000000])
    granted_cents: int = Field(
        description="Granted, or set aside for the months to come of allowances", examples=[6000000]
    )
    left_cents: int = Field(examples=[19000000])
    active: bool


class Made(ApiModel):
    """The id of what was made or changed."""

    id: UUID


class NewService(ApiModel):
    """A service of the token's organiser."""

    code: Code = Field(examples=["nuorten-tyonhakuvalmennus"])
    name_fi: Line = Field(examples=["Nuorten työnhakuvalmennus"])
    name_sv: Line = Field(examples=["Jobbsökarträning för unga"])
    name_en: Line = Field(examples=["Job-search coaching for young people"])
    description_fi: Description = ""
    description_sv: Description = ""
    description_en: Description = ""
    audience: Literal["person", "company"]
    free_by_law: Flag = Field(description="Then no terms can allow an own share")


class NewMilestone(ApiModel):
    """A result that is paid for, on what evidence and on whose word."""

    code: Literal["start", "half_way", "completed", "employed_3_months", "employed_6_months"]
    amount_cents: Cents = Field(examples=[30000])
    evidence: Literal["words", "file"] = "words"
    confirmer: Literal["client", "staff", "authority"]
    above_expected: Flag = False


class NewTerms(ApiModel):
    """The next version of a service's terms: `value_cents` for euros; `units` and `unit_name` for units; for an allowance
    `value_cents` a month, `months` and `carry_over`; `milestones` for results, the dearest of which is the ceiling."""

    kind: Literal["euros", "units", "allowance", "results"]
    value_cents: Cents | None = Field(default=None, examples=[None])
    units: Hundredths | None = Field(default=None, examples=[1000])
    unit_name: Literal["hour", "session"] | None = Field(default=None, examples=["hour"])
    unit_price_ceiling_cents: Cents = Field(examples=[6000])
    validity_days: Whole = Field(ge=1, le=1095, examples=[90])
    shortlist_size: Whole = Field(default=3, ge=1, le=10)
    own_share_allowed: Flag = False
    claim_window_days: Whole = Field(default=CLAIM_WINDOW_DAYS, ge=0, le=365)
    confirm_within_days: Whole = Field(default=5, ge=1, le=60)
    reservation_days: Whole = Field(default=14, ge=1, le=90)
    rule_book_version: str = Field(
        pattern="^[0-9A-Za-z][0-9A-Za-z._-]*$", min_length=1, max_length=30, examples=["2026-1"]
    )
    months: Annotated[Whole, Field(ge=1, le=MOST_MONTHS)] | None = Field(default=None, examples=[None])
    carry_over: Flag | None = Field(default=None, examples=[None])
    milestones: Annotated[list[NewMilestone], Field(max_length=5)] | None = Field(
        default=None, examples=[None]
    )
    expected_release_id: UUID | None = Field(default=None, examples=[None])
    expected_measure: Literal["outcome_3", "outcome_6", "outcome_12"] | None = Field(
        default=None, examples=[None]
    )
    retroactive_days: Whole = Field(default=0, ge=0, le=365)
    de_minimis: Flag = False


class NewBudgetLine(ApiModel):
    """A budget line of the token's organiser."""

    code: Annotated[str, Field(min_length=1, max_length=40)] = Field(examples=["2026-P"])
    name: Annotated[str, Field(min_length=1, max_length=100)] = Field(examples=["Service vouchers 2026"])
    year: Whole = Field(ge=2000, le=2100, examples=[2026])
    allocated_cents: Cents = Field(examples=[25000000])


class Allocation(ApiModel):
    """What a budget line shall have; never less than what has been granted from it."""

    allocated_cents: Cents = Field(examples=[30000000])


async def _made(making: Awaitable[UUID]) -> Answer:
    return {"id": str(await making)}


async def _change_line(
    session: AsyncSession, actor: Actor, now: datetime, budget_line_id: UUID, body: dict[str, Any]
) -> Answer:
    await change_budget_line(session, actor=actor, now=now, budget_line_id=budget_line_id, **body)
    return {"id": str(budget_line_id)}


@post("/api/v1/services", who=ADMINISTRATORS, scope="catalogue:write", tags=["catalogue"])
async def post_service(
    request: AnyRequest, data: JSONBody[NewService], idempotency_key: IdempotencyKey = None
) -> Made:
    """Add a service. Vouchers can be granted once it has terms."""
    actor, now, body = signed_in(request), services(request).now(), data.model_dump(mode="json")
    made = await once(
        request,
        operation="service.create",
        key=header_key(request),
        body=body,
        run=lambda session: _made(create_service(session, actor=actor, now=now, **body)),
    )
    return Made(**made)


@post(
    "/api/v1/services/{service_id:uuid}/terms",
    who=ADMINISTRATORS,
    scope="catalogue:write",
    tags=["catalogue"],
)
async def post_terms(
    request: AnyRequest,
    service_id: FromPath[UUID],
    data: JSONBody[NewTerms],
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Publish the next version of a service's terms. Vouchers granted earlier keep theirs."""
    actor, now, body = signed_in(request), services(request).now(), data.model_dump(mode="json")
    made = await once(
        request,
        operation="terms.publish",
        key=header_key(request),
        body={"service_id": str(service_id), **body},
        run=lambda session: _made(
            publish_terms(
                session,
                actor=actor,
                now=now,
                service_id=service_id,
                terms=Terms(**body | {"expected_release_id": data.expected_release_id}),
            )
        ),
    )
    return Made(**made)


@get("/api/v1/budget-lines", who=ADMINISTRATORS, scope="catalogue:write", tags=["catalogue"])
async def get_budget_lines(request: AnyRequest) -> Page[BudgetLineOut]:
    """The organiser's budget lines, newest year first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        rows = await budget_lines(session, organiser_id=actor.organiser_id)
    return Page(items=[BudgetLineOut(**asdict(row), left_cents=row.left_cents) for row in rows])


@post("/api/v1/budget-lines", who=ADMINISTRATORS, scope="catalogue:write", tags=["catalogue"])
async def post_budget_line(
    request: AnyRequest, data: JSONBody[NewBudgetLine], idempotency_key: IdempotencyKey = None
) -> Made:
    """Add a budget line."""
    actor, now, body = signed_in(request), services(request).now(), data.model_dump(mode="json")
    made = await once(
        request,
        operation="budget_line.create",
        key=header_key(request),
        body=body,
        run=lambda session: _made(create_budget_line(session, actor=actor, now=now, **body)),
    )
    return Made(**made)


@post(
    "/api/v1/budget-lines/{budget_line_id:uuid}/allocation",
    who=ADMINISTRATORS,
    scope="catalogue:write",
    tags=["catalogue"],
)
async def post_allocation(
    request: AnyRequest,
    budget_line_id: FromPath[UUID],
    data: JSONBody[Allocation],
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Raise or lower what a budget line has, never below what has been granted from it."""
    actor, now, body = signed_in(request), services(request).now(), data.model_dump(mode="json")
    made = await once(
        request,
        operation="budget_line.allocate",
        key=header_key(request),
        body={"budget_line_id": str(budget_line_id), **body},
        run=lambda session: _change_line(session, actor, now, budget_line_id, body),
    )
    return Made(**made)


ROUTES: list[Any] = [post_service, post_terms, get_budget_lines, post_budget_line, post_allocation]
