"""Changes to applications and offers, by the systems of providers and organisers."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.commands import (
    ask_for_information,
    change_capacity,
    give_information,
    withdraw_application,
)
from registry.providers.rules import MAX_PLACES, MAX_UNIT_PRICE_CENTS, Offer
from registry.shared.actor import Role
from registry.shared.vat import VAT_NAMES
from web.idempotency import Answer, header_key, once
from web.schema import (
    ApiModel,
    Flag,
    IdempotencyKey,
    Line,
    Prose,
    VatKind,
    VatRate,
    VatReason,
    Whole,
)
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})
BOTH: Final = PROVIDER | OFFICER
SCOPE: Final = "register:write"

Municipality = Annotated[str, Field(pattern="^[0-9]{3}$", examples=["564"])]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$", examples=["fi"])]
Places = Annotated[Whole, Field(ge=0, le=MAX_PLACES, examples=[6])]


class OfferIn(ApiModel):
    """What a provider offers. Prices with VAT, in cents; the VAT rate in basis points."""

    unit_price_cents: Whole = Field(gt=0, le=MAX_UNIT_PRICE_CENTS, examples=[5550])
    vat_rate_bp: VatRate
    vat_category: VatKind | None = None
    vat_reason: VatReason | None = None
    municipalities: list[Municipality] = Field(max_length=400, examples=[["564", "244"]])
    remote: Flag = False
    languages: list[LanguageCode] = Field(min_length=1, max_length=50, examples=[["fi", "sv"]])
    accessibility: list[
        Literal["step_free", "quiet_space", "sign_language", "induction_loop", "plain_language"]
    ] = Field(default=[], max_length=10, examples=[["step_free"]])
    method: Literal["one_to_one", "group", "mixed"] = Field(examples=["one_to_one"])
    places: Places
    next_start: date | None = Field(default=None, examples=["2026-12-01"])
    first_talk_free: Flag = False
    same_coach: Flag | None = Field(
        default=None, description="Whether one person works with the client from beginning to end"
    )
    experience: list[
        Literal[
            "first_job", "studies_unfinished", "long_unemployed", "new_in_finland", "health", "learning",
            "family_leave", "over_50",
        ]
    ] = Field(default=[], max_length=10, examples=[["first_job"]], description="With whom it has worked")  # fmt: skip
    rule_book_version: Line = Field(examples=["2026-1"], description="The version that the provider accepts")

    def offer(self) -> Offer:
        return Offer(
            unit_price_cents=self.unit_price_cents,
            vat_rate_bp=self.vat_rate_bp,
            vat_category=self.vat_category,
            vat_reason=self.vat_reason,
            municipality_codes=tuple(dict.fromkeys(self.municipalities)),
            remote=self.remote,
            languages=tuple(dict.fromkeys(self.languages)),
            accessibility=tuple(dict.fromkeys(self.accessibility)),
            method=self.method,
            places=self.places,
            next_start=self.next_start,
            first_talk_free=self.first_talk_free,
            rule_book_version=self.rule_book_version,
            same_coach=self.same_coach,
            experience=tuple(dict.fromkeys(self.experience)),
        )


class Said(ApiModel):
    """A question, or the reasons of a decision."""

    text: Prose = Field(examples=["Kokemusta nuorten valmennuksesta ei ole osoitettu."])


class Information(ApiModel):
    """An answer, with the whole offer as it now is where it changed."""

    text: Prose = Field(examples=["Valmentajia on kaksi."])
    offer: OfferIn | None = None


class Capacity(ApiModel):
    """Places and next start of one service."""

    places: Places
    next_start: date | None = Field(default=None, examples=["2026-12-01"])


class Changed(ApiModel):
    """The id of what was made or changed."""

    id: UUID


Command = Callable[..., Awaitable[Any]]


async def _carry_out(
    request: AnyRequest, operation: str, command: Command, subject: dict[str, UUID], **values: Any
) -> Changed:
    """One command, once; answers with the id that the command returns, else with its subject's."""
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await command(session, actor=actor, now=held.now(), **subject, **values)
        return {"id": str(made or next(iter(subject.values())))}

    body = {name: str(value) for name, value in subject.items()}
    body |= {name: _plain(value) for name, value in values.items()}
    made = await once(request, operation=operation, key=header_key(request), body=body, run=run)
    return Changed(**made)


def _plain(value: Any) -> Any:
    if isinstance(
        value, Offer
    ):  # what was not said is left out: a key from before it was asked is the same still
        said = value.document()
        return {name: each for name, each in said.items() if each is not None or name not in VAT_NAMES}
    return value.isoformat() if isinstance(value, date) else value


@post("/api/v1/applications/{application_id:uuid}/information", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_information(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[Information],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Answer what was asked."""
    offer = data.offer.offer() if data.offer else None
    subject = {"application_id": application_id}
    return await _carry_out(
        request, "application.answer", give_information, subject, text=data.text, offer=offer
    )


@post("/api/v1/applications/{application_id:uuid}/withdrawal", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_withdrawal(
    request: AnyRequest, application_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """Take an application back."""
    return await _carry_out(
        request, "application.withdraw", withdraw_application, {"application_id": application_id}
    )


@post("/api/v1/applications/{application_id:uuid}/question", who=OFFICER, scope=SCOPE, tags=["providers"])
async def post_question(
    request: AnyRequest,
    application_id: FromPath[UUID],
    data: JSONBody[Said],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Ask the applicant for more information."""
    subject = {"application_id": application_id}
    return await _carry_out(request, "application.ask", ask_for_information, subject, text=data.text)


@post("/api/v1/admissions/{admission_id:uuid}/capacity", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_capacity(
    request: AnyRequest,
    admission_id: FromPath[UUID],
    data: JSONBody[Capacity],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Say how many places there are and when the next start is."""
    subject = {"admission_id": admission_id}
    return await _carry_out(
        request,
        "admission.capacity",
        change_capacity,
        subject,
        places=data.places,
        next_start=data.next_start,
    )


ROUTES: list[Any] = [
    post_information,
    post_withdrawal,
    post_question,
    post_capacity,
]
