"""What an application needs besides its answers, by a provider's own system: papers, sites."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.evidence.commands import NewPaper
from registry.providers.evidence.queries import own_papers
from registry.providers.sites.commands import SiteFacts, save_site
from registry.providers.sites.queries import sites_of
from registry.shared.actor import Role
from web.api.drafts import Made, Municipality
from web.idempotency import Answer, header_key, once
from web.pages.evidence import MOST_SENT, READERS, file_answer, receive_paper
from web.schema import ApiModel, IdempotencyKey, Line
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})
SCOPE: Final = "register:write"


class PaperOut(ApiModel):
    """A paper of the provider. `shared_with`: the organisers that were shown it, by id."""

    id: UUID
    kind: str = Field(examples=["tax_debt"])
    issued_on: date = Field(examples=["2026-11-01"])
    valid_until: date | None
    file_name: str = Field(examples=["verovelkatodistus.pdf"])
    size: int = Field(examples=[48213])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    shared_with: list[UUID]


@dataclass
class PaperIn:
    """A paper with its file, as multipart/form-data: PDF, PNG or JPEG of at most 10 MB."""

    kind: Literal[
        "tax_debt", "pension_insurance", "collective_agreement", "accident_insurance", "liability_insurance",
        "register_extract",
    ]  # fmt: skip
    issued_on: date
    file: UploadFile
    valid_until: date | None = None


class SiteIn(ApiModel):
    """A place where clients are met."""

    name: Line = Field(examples=["Oulu, keskusta"])
    street: Line = Field(examples=["Esimerkkikatu 2"])
    postal_code: Line = Field(max_length=10, examples=["90100"])
    city: Line = Field(examples=["Oulu"])
    municipality: Municipality
    accessibility: list[
        Literal["step_free", "quiet_space", "sign_language", "induction_loop", "plain_language"]
    ] = Field(default=[], max_length=10, examples=[["step_free"]])


class SiteOut(SiteIn):
    """A site with its id."""

    id: UUID


@get("/api/v1/evidence", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def list_evidence(request: AnyRequest) -> list[PaperOut]:
    """The provider's papers."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await own_papers(session, provider_id=actor.provider_id)
    return [
        PaperOut(
            id=row.id,
            kind=row.kind,
            issued_on=row.issued_on,
            valid_until=row.valid_until,
            file_name=row.file_name,
            size=row.size,
            sha256=row.digest,
            shared_with=[share.organiser_id for share in row.shares],
        )
        for row in rows
    ]


@post(
    "/api/v1/evidence",
    who=PROVIDER,
    scope=SCOPE,
    tags=["providers"],
    request_max_body_size=MOST_SENT,
)
async def post_evidence(
    request: AnyRequest,
    data: Annotated[PaperIn, Body(media_type=RequestEncodingType.MULTI_PART)],
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Add a paper. What the file is, its content says, not its name."""
    held, actor = services(request), signed_in(request)
    paper = NewPaper(data.kind, data.issued_on, data.valid_until)
    made = await receive_paper(request, held, actor, key=header_key(request), paper=paper, upload=data.file)
    return Made(id=made)


@get("/api/v1/evidence/{paper_id:uuid}/file", who=READERS, scope=SCOPE, tags=["providers"])
async def get_evidence_file(request: AnyRequest, paper_id: FromPath[UUID]) -> Response[bytes]:
    """The file, for the provider and for organisers that it was shown to; every look is recorded."""
    return await file_answer(request, paper_id)


@get("/api/v1/sites", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def list_sites(request: AnyRequest) -> list[SiteOut]:
    """The provider's sites in use."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await sites_of(session, provider_id=actor.provider_id)
    return [
        SiteOut(
            id=row.id,
            name=row.name,
            street=row.street,
            postal_code=row.postal_code,
            city=row.city,
            municipality=row.municipality_code,
            accessibility=list(row.accessibility),
        )
        for row in rows
    ]


@post("/api/v1/sites", who=PROVIDER, scope=SCOPE, tags=["providers"])
async def post_site(
    request: AnyRequest, data: Annotated[SiteIn, Body()], idempotency_key: IdempotencyKey = None
) -> Made:
    """Add a site."""
    held, actor = services(request), signed_in(request)
    facts = SiteFacts(
        data.name, data.street, data.postal_code, data.city, data.municipality, tuple(data.accessibility)
    )

    async def run(session: AsyncSession) -> Answer:
        return {"id": str(await save_site(session, actor=actor, now=held.now(), site_id=None, facts=facts))}

    body = data.model_dump(mode="json")
    return Made(**await once(request, operation="site.add", key=header_key(request), body=body, run=run))


ROUTES: list[Any] = [
    list_evidence,
    post_evidence,
    get_evidence_file,
    list_sites,
    post_site,
]
