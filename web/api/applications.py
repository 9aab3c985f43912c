"""Reading applications, by the systems of providers and organisers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.providers.queries import (
    ApplicationDetail,
    ApplicationRow,
    application_detail,
    application_queue,
)
from registry.providers.rules import ApplicationState
from registry.shared.errors import Invalid
from web.api.providers import Texts
from web.api.providers_changes import BOTH, SCOPE
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class ApplicationOut(ApiModel):
    """An application in the list."""

    id: UUID
    provider_id: UUID
    provider: str = Field(examples=["Esimerkkivalmennus Oy"])
    organiser_names: Texts
    service_names: Texts
    state: str = Field(examples=["submitted"])
    submitted_at: datetime | None
    decided_at: datetime | None


class MessageOut(ApiModel):
    """A question of the officer, or an answer."""

    kind: str = Field(examples=["question"])
    text: str
    at: datetime


class ApplicationDetailOut(ApiModel):
    """An application with its offer, its correspondence and its decision."""

    id: UUID
    provider_id: UUID
    provider: str
    service_id: UUID
    state: str = Field(examples=["more_information"])
    offer: dict[str, Any] = Field(examples=[{"unit_price_cents": 5550, "places": 6}])
    messages: list[MessageOut]
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str | None


def _row(row: ApplicationRow) -> ApplicationOut:
    return ApplicationOut(
        id=row.id,
        provider_id=row.provider_id,
        provider=row.provider_name,
        organiser_names=Texts.of(row.organiser_name),
        service_names=Texts.of(row.service_name),
        state=row.state,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
    )


def _detail(found: ApplicationDetail) -> ApplicationDetailOut:
    return ApplicationDetailOut(
        id=found.id,
        provider_id=found.provider.id,
        provider=found.provider.name,
        service_id=found.service_id,
        state=found.state,
        offer=found.offer.document(),
        messages=[MessageOut(kind=m.kind, text=m.text, at=m.at) for m in found.messages],
        submitted_at=found.submitted_at,
        decided_at=found.decided_at,
        decision_reason=found.decision_reason,
    )


@get("/api/v1/applications", who=BOTH, scope=SCOPE, tags=["providers"])
async def list_applications(
    request: AnyRequest,
    states: Annotated[
        list[ApplicationState] | None,
        QueryParameter(name="state", description="States; those not decided by default"),
    ] = None,
    after: Annotated[
        str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=300)
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Rows on a page")] = 50,
) -> Page[ApplicationOut]:
    """The organiser's or the provider's own applications, the one that has waited longest first."""
    position = read_cursor(after, str, UUID)
    actor = signed_in(request)
    wanted = (
        [str(state) for state in states] if states else ["submitted", "more_information", "hearing", "heard"]
    )
    async with services(request).database.transaction(actor.sight) as session:
        rows = await application_queue(
            session,
            states=wanted,
            limit=limit + 1,
            after=(_moment(position[0]), position[1]) if position else None,
        )
    last = rows[limit - 1] if len(rows) > limit else None
    place = cursor(last.submitted_at.isoformat(), str(last.id)) if last and last.submitted_at else None
    return Page(items=[_row(row) for row in rows[:limit]], next=place)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("request.invalid", errors={"cursor": "field.invalid"}) from error
    if at.tzinfo is None or not 1990 <= at.year <= 2100:
        raise Invalid("request.invalid", errors={"cursor": "field.invalid"})
    return at


@get("/api/v1/applications/{application_id:uuid}", who=BOTH, scope=SCOPE, tags=["providers"])
async def show_application(request: AnyRequest, application_id: FromPath[UUID]) -> ApplicationDetailOut:
    """One application."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return _detail(await application_detail(session, application_id))


ROUTES: list[Any] = [list_applications, show_application]
