"""The audit trail for machines: the same search as the auditor's page, with the documents that were hashed."""

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field
from typing_extensions import TypedDict

from registry.audit.queries import Cursor, Event, Search, event, search
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound
from web.pages.audit import log_voucher_read
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

After = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=200)
]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Events on a page")]
Subject = Annotated[
    UUID | None, QueryParameter(name="subject", description="What it is about; also all of a voucher")
]
By = Annotated[UUID | None, QueryParameter(name="actor", description="The account or token that did it")]
Action = Annotated[
    str | None,
    QueryParameter(
        name="action",
        description="A whole action (`voucher.granted`), or all on a subject (`voucher.`)",
        max_length=100,
        pattern="^[a-z_.]+$",
    ),
]
Since = Annotated[
    datetime | None, QueryParameter(name="from", description="From this moment, with its offset")
]
Until = Annotated[
    datetime | None, QueryParameter(name="to", description="Before this moment, with its offset")
]


class ActorOut(ApiModel):
    """Who did it."""

    kind: str = Field(examples=["account"], description="account | token | system")
    id: UUID | None
    role: str | None = Field(examples=["case_worker"])


class SubjectOut(ApiModel):
    """What it was done to."""

    kind: str = Field(examples=["voucher"])
    id: UUID


# by this form, because `from` is no name for an attribute
EventDocument = TypedDict(
    "EventDocument",
    {
        "id": UUID,
        "organiser": UUID | None,
        "at": Annotated[str, Field(examples=["2026-11-22T09:00:00.000000Z"])],
        "actor": ActorOut,
        "action": Annotated[str, Field(examples=["voucher.granted"])],
        "subject": SubjectOut,
        "voucher": UUID | None,
        "from": Annotated[str | None, Field(examples=[None])],
        "to": Annotated[str | None, Field(examples=["granted"])],
        "facts": dict[str, Any],
    },
)
"""An event. Its canonical JSON (RFC 8785) is what was hashed: `at` is UTC to the microsecond."""


class EventOut(ApiModel):
    """An event and the SHA-256 of its canonical JSON, as it was stored when it was written."""

    event: EventDocument
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    intact: bool = Field(description="Whether the event still fits its hash")


def _out(found: Event) -> EventOut:
    return EventOut(event=cast(EventDocument, found.document()), sha256=found.hash.hex(), intact=found.intact)


def _aware(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid("request.invalid", errors={name: "field.invalid"})
    return moment


@get("/api/v1/audit/events", who=frozenset({Role.AUDITOR}), scope="audit:read", tags=["audit"])
async def list_events(
    request: AnyRequest,
    subject: Subject = None,
    by: By = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[EventOut]:
    """Events of the organiser, newest first."""
    actor, held = signed_in(request), services(request)
    wanted = Search(
        subject_id=subject,
        actor_id=by,
        action=action,
        since=_aware("from", since),
        until=_aware("to", until),
    )
    place = read_cursor(after, datetime.fromisoformat, UUID)
    async with held.database.transaction(actor.sight) as session:
        events, following = await search(
            session,
            organiser_ids=actor.sight.organisers,
            wanted=wanted,
            after=Cursor(*place) if place else None,
            limit=limit,
        )
        if subject is not None:
            await log_voucher_read(session, actor=actor, now=held.now(), voucher_id=subject)
    return Page[EventOut](
        items=[_out(found) for found in events],
        next=cursor(following.at.isoformat(), str(following.id)) if following else None,
    )


@get(
    "/api/v1/audit/events/{event_id:uuid}",
    who=frozenset({Role.AUDITOR}),
    scope="audit:read",
    tags=["audit"],
)
async def read_event(request: AnyRequest, event_id: FromPath[UUID]) -> EventOut:
    """One event."""
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        found = await event(session, event_id=event_id)
        if found is None:
            raise NotFound("audit.unknown")
        if found.voucher_id is not None:
            await log_voucher_read(session, actor=actor, now=held.now(), voucher_id=found.voucher_id)
    return _out(found)


ROUTES: list[Any] = [list_events, read_event]
