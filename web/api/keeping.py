"""Prices, changes and rule books of an approval, by the systems of providers and organisers."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.providers.keeping.accepting import accept_rule_book
from registry.providers.keeping.changes import ask_for_change, withdraw_change
from registry.providers.keeping.deciding_changes import decide_change
from registry.providers.keeping.prices import set_price
from registry.providers.keeping.queries import ChangeRow, changes_of, changes_waiting
from registry.providers.queries import admission_of
from registry.providers.rules import MAX_UNIT_PRICE_CENTS
from registry.shared.errors import Invalid
from web.api.providers_changes import (
    BOTH,
    OFFICER,
    PROVIDER,
    SCOPE,
    Changed,
    LanguageCode,
    Municipality,
    _carry_out,
)
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Flag, IdempotencyKey, Line, Prose, VatKind, VatRate, VatReason, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class Price(ApiModel):
    """A price of one unit with VAT, and the first day on which it holds."""

    unit_price_cents: Whole = Field(gt=0, le=MAX_UNIT_PRICE_CENTS, examples=[5550])
    vat_rate_bp: VatRate
    vat_category: VatKind | None = None
    vat_reason: VatReason | None = None
    valid_from: date = Field(examples=["2027-01-01"])


class ChangeIn(ApiModel):
    """What of the approval is to be otherwise; what is left out stays."""

    municipalities: list[Municipality] | None = Field(default=None, max_length=400, examples=[["564", "244"]])
    remote: Flag | None = None
    languages: list[LanguageCode] | None = Field(default=None, max_length=50, examples=[["fi", "sv"]])
    accessibility: (
        list[Literal["step_free", "quiet_space", "sign_language", "induction_loop", "plain_language"]] | None
    ) = Field(default=None, max_length=10, examples=[["step_free"]])
    method: Literal["one_to_one", "group", "mixed"] | None = Field(default=None, examples=["group"])
    unit_price_cents: Whole | None = Field(default=None, gt=0, le=MAX_UNIT_PRICE_CENTS, examples=[5550])
    vat_rate_bp: VatRate | None = None
    vat_category: VatKind | None = None
    vat_reason: VatReason | None = None
    price_from: date | None = Field(default=None, examples=["2027-01-01"])
    text: Prose | Literal[""] = Field(default="", examples=["Uusi valmentaja aloitti."])


class AskedOut(ApiModel):
    """The change that holds at once, and the one that waits for an officer, as far as there are any."""

    at_once: UUID | None
    waiting: UUID | None


class Verdict(ApiModel):
    """Whether the change is granted; where it is not, why and by what law."""

    granted: Flag = Field(examples=[True])
    text: Prose | Literal[""] = Field(default="", examples=[""])
    legal_basis: Prose | Literal[""] = Field(default="", examples=[""])


class Accepted(ApiModel):
    """A version of the rule book, and every one of its points."""

    version: Line = Field(examples=["2027-1"])
    points: list[Line] = Field(max_length=60, examples=[["registered", "qualified"]])


class ChangeOut(ApiModel):
    """A change that was asked for."""

    id: UUID
    admission_id: UUID
    provider_id: UUID
    provider: str = Field(examples=["Esimerkkivalmennus Oy"])
    coach_id: UUID | None = Field(description="Whom it is about, where it is about a coach")
    state: str = Field(examples=["submitted"])
    before: dict[str, Any] = Field(examples=[{"method": "one_to_one"}])
    asked: dict[str, Any] = Field(examples=[{"method": "group"}])
    price_from: date | None
    submitted_at: datetime
    due_on: date
    decided_at: datetime | None
    reason: str | None
    decision_id: UUID | None


def _change(row: ChangeRow) -> ChangeOut:
    return ChangeOut(
        id=row.id,
        admission_id=row.admission_id,
        provider_id=row.provider_id,
        provider=row.provider_name,
        coach_id=row.coach_id,
        state=row.state,
        before=row.before,
        asked=row.asked,
        price_from=row.price_from,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        decided_at=row.decided_at,
        reason=row.reason,
        decision_id=row.decision_id,
    )


@post("/api/v1/admissions/{admission_id:uuid}/prices", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_price(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Price],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Set a price within the service's ceiling: a lower one from today on, a higher one after its notice."""
    subject = {"admission_id": admission_id}
    return await _carry_out(request, "price.set", set_price, subject, **data.model_dump(exclude_none=True))


@post("/api/v1/admissions/{admission_id:uuid}/changes", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_change(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[ChangeIn],
    idempotency_key: IdempotencyKey = None,
) -> AskedOut:
    """Ask for a change of the approval. What needs no examining holds at once; the rest waits for an officer."""
    held, actor = services(request), signed_in(request)
    asked = data.model_dump(exclude={"price_from", "text"}, exclude_none=True)
    if "municipalities" in asked:
        asked["municipality_codes"] = asked.pop("municipalities")
    if not asked:
        raise Invalid("change.nothing")

    async def run(session: Any) -> Answer:
        made = await ask_for_change(
            session,
            actor=actor,
            now=held.now(),
            admission_id=admission_id,
            asked=asked,
            price_from=data.price_from,
            words=data.text,
        )
        return {
            "at_once": str(made.at_once) if made.at_once else None,
            "waiting": str(made.waiting) if made.waiting else None,
        }

    body = data.model_dump(mode="json") | {"admission": str(admission_id)}
    done = await once(request, operation="change.ask", key=header_key(request), body=body, run=run)
    return AskedOut(**done)


@get("/api/v1/admissions/{admission_id:uuid}/changes", who=BOTH, scope=SCOPE, tags=["providers"])
async def list_changes_of(request: AnyRequest, admission_id: FromPath[UUID]) -> list[ChangeOut]:
    """The changes of one approval, the latest first."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        whose = {"provider_id": actor.sight.provider} if actor.sight.provider else {}
        await admission_of(
            session,
            admission_id=admission_id,
            **(whose or {"organiser_id": actor.organiser_id}),
        )
        return [_change(row) for row in await changes_of(session, admission_id)]


@get("/api/v1/changes", who=OFFICER, scope=SCOPE, tags=["providers"])
async def list_changes(request: AnyRequest) -> list[ChangeOut]:
    """The changes that wait for a decision, those due first at the head."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return [_change(row) for row in await changes_waiting(session)]


@post("/api/v1/changes/{change_id:uuid}/withdrawal", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_withdrawal(
    request: AnyRequest, change_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Take a change back that still waits."""
    return await _carry_out(request, "change.withdraw", withdraw_change, {"change_id": change_id})


@post("/api/v1/changes/{change_id:uuid}/decision", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_decision(
    request: AnyRequest,
    change_id: FromPath[UUID],
    data: JSONBody[Verdict],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Grant a change or do not; answers with the decision's id."""
    return await _carry_out(
        request, "change.decide", decide_change, {"change_id": change_id},
        granted=data.granted, reason=data.text, legal_basis=data.legal_basis,
    )  # fmt: skip


@post("/api/v1/admissions/{admission_id:uuid}/rule-book", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_acceptance(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Accepted],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Accept the newest rule book, point by point."""
    subject = {"admission_id": admission_id}
    return await _carry_out(
        request, "rule_book.accept", accept_rule_book, subject, version=data.version, points=data.points
    )


ROUTES: list[Any] = [
    post_price,
    post_change,
    list_changes_of,
    list_changes,
    post_withdrawal,
    post_decision,
    post_acceptance,
]
