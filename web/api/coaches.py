"""A provider's coaches, by its own system."""

from typing import Any, Final, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.coaches.commands import ask_for_approval, end_coach, save_coach
from registry.providers.sites.queries import coaches_of
from registry.shared.actor import Role
from web.api.drafts import LanguageCode
from web.api.providers_changes import Changed, _carry_out
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, IdempotencyKey, Line, Prose
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
SCOPE: Final = "register:write"


class CoachIn(ApiModel):
    """A coach. Surname and qualification are for the authorities; the first name and the words are public."""

    first_name: Line = Field(examples=["Aino"])
    surname: Line = Field(examples=["Esimerkki"])
    qualification: Line = Field(examples=["Yhteisöpedagogi (AMK)"])
    languages: list[LanguageCode] = Field(min_length=1, max_length=50, examples=[["fi", "sv"]])
    statement: dict[Literal["fi", "sv", "en"], Prose] = Field(
        default={}, examples=[{"fi": "Kuuntelen ensin."}], description="The coach's own words"
    )


class CoachOut(ApiModel):
    """A coach with its id."""

    id: UUID
    first_name: str = Field(examples=["Aino"])
    surname: str = Field(examples=["Esimerkki"])
    qualification: str = Field(examples=["Yhteisöpedagogi (AMK)"])
    languages: list[str] = Field(examples=[["fi", "sv"]])


class CoachSaved(ApiModel):
    """A coach, and the changes that officers have yet to decide on because of it: one for each approval."""

    id: UUID
    waiting: list[UUID]


@get("/api/v1/coaches", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def list_coaches(request: AnyRequest) -> list[CoachOut]:
    """The provider's coaches, with what stays inside."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await coaches_of(session, provider_id=actor.provider_id)
    return [
        CoachOut(
            id=row.id,
            first_name=row.first_name,
            surname=row.surname,
            qualification=row.qualification,
            languages=list(row.languages),
        )
        for row in rows
    ]


async def _save(request: AnyRequest, operation: str, coach_id: UUID | None, data: CoachIn) -> CoachSaved:
    held, actor = services(request), signed_in(request)

    async def run(session: AsyncSession) -> Answer:
        made = await save_coach(
            session,
            actor=actor,
            now=held.now(),
            coach_id=coach_id,
            first_name=data.first_name,
            languages=tuple(dict.fromkeys(data.languages)),
            statement={str(language): words for language, words in data.statement.items()},
            surname=data.surname,
            qualification=data.qualification,
        )
        return {"id": str(made.id), "waiting": [str(one) for one in made.waiting]}

    body = data.model_dump(mode="json") | ({"coach": str(coach_id)} if coach_id else {})
    done = await once(request, operation=operation, key=header_key(request), body=body, run=run)
    return CoachSaved(**done)


@post("/api/v1/coaches", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_coach(
    request: AnyRequest, data: JSONBody[CoachIn], idempotency_key: IdempotencyKey = None
) -> CoachSaved:
    """Add a coach. While the provider is in the register, clients see the coach under an approval once its officer has
    granted it."""
    return await _save(request, "coach.add", None, data)


@post("/api/v1/coaches/{coach_id:uuid}", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_coach_change(
    request: AnyRequest,
    coach_id: FromPath[UUID],
    data: JSONBody[CoachIn],
    idempotency_key: IdempotencyKey = None,
) -> CoachSaved:
    """Change a coach. Own words and what is no longer so hold at once; another name or qualification and a new language
    wait for the officer of each approval."""
    return await _save(request, "coach.change", coach_id, data)


@post("/api/v1/coaches/{coach_id:uuid}/end", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_coach_end(
    request: AnyRequest, coach_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Changed:
    """The coach no longer works there: gone from all pages at once."""
    return await _carry_out(request, "coach.end", end_coach, {"coach_id": coach_id})


@post(
    "/api/v1/coaches/{coach_id:uuid}/admissions/{admission_id:uuid}",
    who=PROVIDER,
    scope=SCOPE,
    tags=["providers"],
)
async def post_coach_admission(
    request: AnyRequest,
    coach_id: FromPath[UUID],
    admission_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Changed:
    """Ask that a coach may serve under one more approval; answers with the id of the change that waits."""
    subject = {"coach_id": coach_id, "admission_id": admission_id}
    return await _carry_out(request, "coach.ask", ask_for_approval, subject)


ROUTES: list[Any] = [list_coaches, post_coach, post_coach_change, post_coach_end, post_coach_admission]
