"""What decisions on the providers of a service rest on: its rule book, and its legal regime."""

from datetime import datetime, time
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from registry.catalogue.legal_regimes.commands import Confirmation, confirm_regime, set_regime
from registry.catalogue.legal_regimes.loading import RegimeProblem, read_regime, regime_document, templates
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import Words
from registry.catalogue.rule_books.commands import publish_rule_book
from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import Point, PointKind
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound
from web.api.deciding import carry_out
from web.api.providers import Texts
from web.api.providers_changes import Changed
from web.schema import ApiModel, IdempotencyKey, Line, Prose, Whole
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]
ADMINISTRATORS: Final = frozenset({Role.ORGANISER_ADMINISTRATOR})
SCOPE: Final = "catalogue:write"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PointIn(ApiModel):
    """A criterion, which is looked at before an approval, or a term, which is accepted."""

    code: str = Field(pattern="^[a-z][a-z0-9_]{1,39}$", examples=["stand_in"])
    kind: Literal["criterion", "term"] = Field(examples=["criterion"])
    fi: Prose = Field(examples=["Palveluntuottaja osoittaa, kuka valmentaa, jos valmentaja on estynyt."])
    sv: Prose = Field(examples=["Tjänsteproducenten visar vem som coachar om coachen är förhindrad."])
    en: Prose = Field(examples=["The provider shows who coaches when a coach is away."])
    legal_basis: Line | None = Field(default=None, examples=[None])


class NewRuleBook(ApiModel):
    """The next version of a service's rule book."""

    version: str = Field(pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,29}$", examples=["2027-1"])
    points: list[PointIn] = Field(min_length=1, max_length=60)


class PointOut(ApiModel):
    """A point of a rule book."""

    code: str = Field(examples=["stand_in"])
    kind: Literal["criterion", "term"]
    text: Texts
    legal_basis: str | None = Field(examples=["1233/2006 5 §"])


class RuleBookOut(ApiModel):
    """A published rule book."""

    id: UUID
    version: str = Field(examples=["2026-1"])
    published_at: datetime
    points: list[PointOut]


class RegimeIn(ApiModel):
    """A template by its code, or a whole document in the form of the templates."""

    template: Literal["service_voucher_act", "employment_services_act"] | None = Field(
        default=None, examples=["employment_services_act"]
    )
    document: dict[str, Any] | None = Field(default=None, examples=[None])


class RegimeOut(ApiModel):
    """The legal regime of a service, and whether its organiser stands by it."""

    version: int = Field(examples=[1])
    digest: Digest
    confirmed: bool = Field(examples=[True])
    confirmed_at: datetime | None
    decide_within_days: int = Field(examples=[20])
    hearing_days: int = Field(examples=[10])
    document: dict[str, Any] = Field(examples=[{"code": "employment_services_act"}])


class PlaceIn(ApiModel):
    """Where something is sent; what is not there at closing time on the last day is late."""

    name: Line = Field(examples=["Oulun kaupungin kirjaamo"])
    email: Line = Field(examples=["kirjaamo@example.fi"])
    postal_address: Prose = Field(examples=["PL 1, 90015 Oulu"])
    closes: time = Field(examples=["16:15:00"])

    def office(self) -> Office:
        return Office(self.name, self.email, self.postal_address, self.closes)


class ConfirmationIn(ApiModel):
    """That the organiser stands by the regime as it was read. `settled`: the places of the open points, from 0 on."""

    digest: Digest = Field(examples=["0" * 64])
    settled: list[Whole] = Field(max_length=100, examples=[[0, 1, 2, 3, 4]])
    office: PlaceIn
    court: PlaceIn
    decide_within_days: Whole = Field(default=20, ge=1, le=120, examples=[20])
    hearing_days: Whole = Field(default=10, ge=5, le=60, examples=[10])


@get("/api/v1/services/{service_id:uuid}/rule-book", who=PUBLIC, tags=["catalogue"])
async def get_rule_book(request: AnyRequest, service_id: FromPath[UUID]) -> RuleBookOut:
    """The rule book in force."""
    async with services(request).database.transaction() as session:
        book = await rule_book_of(session, service_id)
    if book is None:
        raise NotFound("rule_book.unknown")
    return RuleBookOut(
        id=book.id,
        version=book.version,
        published_at=book.published_at,
        points=[
            PointOut(
                code=point.code,
                kind=str(point.kind),
                text=Texts(fi=point.text.fi, sv=point.text.sv, en=point.text.en),
                legal_basis=point.legal_basis,
            )
            for point in book.points
        ],
    )


@post("/api/v1/services/{service_id:uuid}/rule-books", who=ADMINISTRATORS, scope=SCOPE, tags=["catalogue"])
async def post_rule_book(
    request: AnyRequest,
    service_id: FromPath[UUID],
    data: JSONBody[NewRuleBook],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Publish the next version; new applications are made on it at once."""
    points = [
        Point(one.code, PointKind(one.kind), Words(one.fi, one.sv, one.en), one.legal_basis)
        for one in data.points
    ]
    subject = {"service_id": service_id}
    return await carry_out(
        request, "rule_book.publish", publish_rule_book, subject, data, version=data.version, points=points
    )


@get("/api/v1/services/{service_id:uuid}/regime", who=PUBLIC, tags=["catalogue"])
async def get_regime(request: AnyRequest, service_id: FromPath[UUID]) -> RegimeOut:
    """On what law the service's decisions rest, and how one appeals against them."""
    async with services(request).database.transaction() as session:
        found = await regime_in_force(session, service_id)
    if found is None:
        raise NotFound("regime.unknown")
    return RegimeOut(
        version=found.version,
        digest=found.digest,
        confirmed=found.confirmed,
        confirmed_at=found.confirmed_at if found.confirmed else None,
        decide_within_days=found.decide_within_days,
        hearing_days=found.hearing_days,
        document=regime_document(found.regime),
    )


@post("/api/v1/services/{service_id:uuid}/regime", who=ADMINISTRATORS, scope=SCOPE, tags=["catalogue"])
async def post_regime(
    request: AnyRequest,
    service_id: FromPath[UUID],
    data: JSONBody[RegimeIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Give the service a legal regime. Nothing is decided under it before it is confirmed."""
    if (data.template is None) == (data.document is None):
        raise Invalid("request.invalid", errors={"template": "field.not_a_choice"})
    try:
        regime = templates()[data.template] if data.template else read_regime(data.document or {})
    except RegimeProblem as problem:
        raise Invalid(
            "request.invalid", errors={"document": "regime.unreadable"}, problem=str(problem)
        ) from None
    subject = {"service_id": service_id}
    return await carry_out(request, "regime.set", set_regime, subject, data, regime=regime)


@post(
    "/api/v1/services/{service_id:uuid}/regime/confirmation",
    who=ADMINISTRATORS,
    scope=SCOPE,
    tags=["catalogue"],
)
async def post_confirmation(
    request: AnyRequest,
    service_id: FromPath[UUID],
    data: JSONBody[ConfirmationIn],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Confirm the regime that has this digest, every open point settled."""
    confirmation = Confirmation(
        digest=data.digest,
        settled=frozenset(data.settled),
        office=data.office.office(),
        court=data.court.office(),
        decide_within_days=data.decide_within_days,
        hearing_days=data.hearing_days,
    )
    subject = {"service_id": service_id}
    return await carry_out(
        request, "regime.confirm", confirm_regime, subject, data, confirmation=confirmation
    )


ROUTES: list[Any] = [
    get_rule_book,
    post_rule_book,
    get_regime,
    post_regime,
    post_confirmation,
]
