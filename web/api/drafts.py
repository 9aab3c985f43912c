"""Applying by a provider's own system: one draft for several services, its papers, and sending it."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.params import Body
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.drafts import rules
from registry.providers.drafts.commands import change_answers, discard_draft, start_draft, submit_draft
from registry.providers.drafts.queries import DraftState, draft_state
from registry.providers.rules import MAX_PLACES, MAX_UNIT_PRICE_CENTS
from registry.shared.actor import Role
from registry.shared.period import local_date
from web.draft_words import why
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Cents, Flag, IdempotencyKey, Line, VatKind, VatRate, VatReason, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
SCOPE: Final = "register:write"
Municipality = Annotated[str, Field(pattern="^[0-9]{3}$", examples=["564"])]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$", examples=["fi"])]


class PriceIn(ApiModel):
    """A unit's price with VAT, in cents; the rate in basis points."""

    unit_price_cents: Whole = Field(gt=0, le=MAX_UNIT_PRICE_CENTS, examples=[5550])
    vat_rate_bp: VatRate
    vat_category: VatKind | None = None
    vat_reason: VatReason | None = None
    start: date | None = Field(
        default=None, examples=["2027-01-01"], description="The day from which it holds"
    )


class CapacityIn(ApiModel):
    """Places and next start."""

    places: Whole = Field(ge=0, le=MAX_PLACES, examples=[6])
    next_start: date | None = Field(default=None, examples=["2027-01-15"])


class AcceptedIn(ApiModel):
    """The points of one version of the rule book that the provider accepts, by their codes."""

    version: Line = Field(examples=["2026-1"])
    points: list[Line] = Field(default=[], max_length=100, examples=[["qualified", "first_meeting"]])


class ServiceIn(ApiModel):
    """What is answered for one service."""

    service_id: UUID
    price: PriceIn | None = None
    capacity: CapacityIn | None = None
    accepted: AcceptedIn | None = None


class WhereIn(ApiModel):
    """Municipalities served on the spot, and whether remotely."""

    municipalities: list[Municipality] = Field(max_length=400, examples=[["564", "244"]])
    remote: Flag = False


class WayIn(ApiModel):
    """How the provider works with a client."""

    method: Literal["one_to_one", "group", "mixed"] = Field(examples=["one_to_one"])
    first_talk_free: Flag = False
    same_coach: Flag | None = None
    experience: list[
        Literal[
            "first_job", "studies_unfinished", "long_unemployed", "new_in_finland", "health", "learning",
            "family_leave", "over_50",
        ]
    ] = Field(default=[], max_length=10, examples=[["first_job"]])  # fmt: skip


class InsuranceIn(ApiModel):
    """The liability insurance, as the policy says it."""

    insurer: Line = Field(examples=["Esimerkkivakuutus Oy"])
    sum_cents: Cents = Field(examples=[50_000_000])
    valid_until: date = Field(examples=["2027-06-30"])


class DraftIn(ApiModel):
    """All answers at once, whole or not: what is left out is not answered yet. `version` is the one last read."""

    version: Whole = Field(ge=1, examples=[3])
    services: list[ServiceIn] = Field(default=[], max_length=rules.MOST_SERVICES)
    where: WhereIn | None = None
    sites: list[UUID] = Field(default=[], max_length=200)
    languages: list[LanguageCode] = Field(default=[], max_length=50, examples=[["fi", "sv"]])
    accessibility: (
        list[Literal["step_free", "quiet_space", "sign_language", "induction_loop", "plain_language"]] | None
    ) = Field(default=None, max_length=10, examples=[["step_free"]])
    way: WayIn | None = None
    coaches: list[UUID] = Field(default=[], max_length=200)
    insurance: InsuranceIn | None = None
    employer: Flag | None = Field(default=None, description="Where the company register does not say")

    def answers(self) -> rules.Answers:
        return rules.Answers(
            services={one.service_id: _service(one) for one in self.services},
            where=rules.Where(tuple(dict.fromkeys(self.where.municipalities)), self.where.remote)
            if self.where
            else None,
            sites=tuple(dict.fromkeys(self.sites)),
            languages=tuple(dict.fromkeys(self.languages)),
            accessibility=None if self.accessibility is None else tuple(dict.fromkeys(self.accessibility)),
            way=rules.Way(
                self.way.method, self.way.first_talk_free, self.way.same_coach, tuple(self.way.experience)
            )
            if self.way
            else None,
            coaches=tuple(dict.fromkeys(self.coaches)),
            insurance=rules.Insurance(
                self.insurance.insurer, self.insurance.sum_cents, self.insurance.valid_until
            )
            if self.insurance
            else None,
            employer=self.employer,
        )


def _service(one: ServiceIn) -> rules.ServiceAnswers:
    return rules.ServiceAnswers(
        accepted=rules.Accepted(one.accepted.version, tuple(dict.fromkeys(one.accepted.points)))
        if one.accepted
        else None,
        price=rules.Price(
            one.price.unit_price_cents,
            one.price.vat_rate_bp,
            one.price.start,
            one.price.vat_category,
            one.price.vat_reason,
        )
        if one.price
        else None,
        capacity=rules.Capacity(one.capacity.places, one.capacity.next_start) if one.capacity else None,
    )


class MissingOut(ApiModel):
    """A part that keeps the application from being sent."""

    part: str = Field(examples=["price"])
    service_id: UUID | None
    code: str = Field(examples=["draft.unanswered"])
    detail: str = Field(examples=["This has not been answered yet."])


class AskedOut(ApiModel):
    """A paper that is asked, and how old it may be."""

    kind: str = Field(examples=["tax_debt"])
    max_age_months: int = Field(examples=[3])


class PointsOut(ApiModel):
    """The rule book of a service in the draft: its version and the codes of its points."""

    service_id: UUID
    version: str = Field(examples=["2026-1"])
    points: list[str] = Field(examples=[["qualified", "first_meeting"]])


class DraftOut(ApiModel):
    """The draft: what is missing, what is asked, and the version to send with the next change."""

    id: UUID
    version: int = Field(examples=[4])
    changed_at: datetime
    services: list[UUID]
    missing: list[MissingOut]
    papers_asked: list[AskedOut]
    rule_books: list[PointsOut]


class SentIn(ApiModel):
    """The version of the answers that is sent. Sending declares that they are true."""

    version: Whole = Field(ge=1, examples=[4])


class SentOut(ApiModel):
    """The applications that were made, one for each service."""

    applications: list[UUID]


class Made(ApiModel):
    """The id of what was made."""

    id: UUID


class VersionOut(ApiModel):
    """The draft's new version."""

    version: int = Field(examples=[4])


def _out(state: DraftState) -> DraftOut:
    return DraftOut(
        id=state.id,
        version=state.version,
        changed_at=state.changed_at,
        services=list(state.answers.services),
        missing=[
            MissingOut(part=str(part), service_id=service_id, code=refusal.code, detail=why(refusal))
            for (part, service_id), refusal in state.missing.items()
        ],
        papers_asked=[AskedOut(kind=str(one.kind), max_age_months=one.max_age_months) for one in state.asked],
        rule_books=[
            PointsOut(
                service_id=one.id,
                version=one.rule_book_version,
                points=[point.code for point in one.book.points] if one.book else [],
            )
            for one in state.services.values()
        ],
    )


@get("/api/v1/application-draft", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def show_draft(request: AnyRequest) -> DraftOut:
    """The provider's open draft, with all that is missing."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return _out(await draft_state(session, provider_id=actor.provider_id, today=local_date(held.now())))


@post("/api/v1/application-draft", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_draft(request: AnyRequest, idempotency_key: IdempotencyKey = None) -> Made:
    """Begin an application, or go on with the one that has been begun."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        return {"id": str(await start_draft(session, actor=actor, now=held.now()))}

    made = await once(request, operation="draft.start", key=header_key(request), body={}, run=run)
    return Made(**made)


@put("/api/v1/application-draft", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def put_draft(
    request: AnyRequest, data: Annotated[DraftIn, Body()], idempotency_key: IdempotencyKey = None
) -> VersionOut:
    """Replace all answers; refused where somebody has changed one since `version`."""
    held, actor = services(request), signed_in(request)
    answers = data.answers()

    async def run(session: AsyncSession) -> Answer:
        version = await change_answers(
            session, actor=actor, now=held.now(), change=lambda _: answers, version=data.version
        )
        return {"version": version}

    body = data.model_dump(mode="json")
    made = await once(request, operation="draft.change", key=header_key(request), body=body, run=run)
    return VersionOut(**made)


@delete("/api/v1/application-draft", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def delete_draft(request: AnyRequest, idempotency_key: IdempotencyKey = None) -> None:
    """Throw the draft away. Papers, sites and coaches stay."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        await discard_draft(session, actor=actor, now=held.now())
        return {}

    await once(request, operation="draft.discard", key=header_key(request), body={}, run=run)


@post("/api/v1/application-draft/submission", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_submission(
    request: AnyRequest, data: Annotated[SentIn, Body()], idempotency_key: IdempotencyKey = None
) -> SentOut:
    """Send the application: one for each service, all or none, with the papers that each organiser asks for."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await submit_draft(session, actor=actor, now=held.now(), version=data.version)
        return {"applications": [str(one) for one in made]}

    body = data.model_dump(mode="json")
    made = await once(request, operation="draft.submit", key=header_key(request), body=body, run=run)
    return SentOut(**made)


ROUTES: list[Any] = [
    show_draft,
    post_draft,
    put_draft,
    delete_draft,
    post_submission,
]
