"""What is published of one provider: the rows for its public page, and the same figures as files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.queries import PublicProvider, public_provider
from registry.quality.published.rows import FigureRow, ServiceEvidence, Standing, evidence_on
from registry.shared.period import local_date
from web.open_data.answers import table_answer
from web.security import PUBLIC
from web.services import services

AnyRequest = Request[Any, Any, Any]


def standings(found: PublicProvider) -> list[Standing]:
    """Each of the provider's standing approvals."""
    return [
        Standing(
            organiser_id=offer.organiser_id,
            organiser_code=offer.organiser_code,
            service_id=offer.service_id,
            service_code=offer.service_code,
            provider_id=found.id,
            provider_name=found.name,
            admitted_on=offer.valid_from,
        )
        for offer in found.offers
    ]


async def evidence_of(
    session: AsyncSession, found: PublicProvider, *, now: datetime
) -> dict[UUID, ServiceEvidence]:
    """Service → what the newest public release of its organiser says of the provider."""
    return await evidence_on(session, standings(found), now=now)


def rows_of(evidence: dict[UUID, ServiceEvidence]) -> Sequence[FigureRow]:
    """All of them in the order of the page: what it shows, and what the files hold."""
    return [row for service in evidence.values() for row in service.rows.values()]


async def _file(request: AnyRequest, provider_id: UUID, format_: str) -> Response[Any]:
    held = services(request)
    async with held.database.transaction() as session:
        found = await public_provider(session, provider_id=provider_id, on=local_date(held.now()))
        evidence = await evidence_of(session, found, now=held.now())
    facts = {"provider_id": str(found.id), "provider": found.name}
    return table_answer(request, f"evidence-{found.id}", format_, facts, rows_of(evidence))


@get("/providers/{provider_id:uuid}/evidence.csv", who=PUBLIC, include_in_schema=False)
async def evidence_csv(request: AnyRequest, provider_id: FromPath[UUID]) -> Response[Any]:
    """Exactly the figures of the provider's page."""
    return await _file(request, provider_id, "csv")


@get("/providers/{provider_id:uuid}/evidence.json", who=PUBLIC, include_in_schema=False)
async def evidence_json(request: AnyRequest, provider_id: FromPath[UUID]) -> Response[Any]:
    """The same as JSON."""
    return await _file(request, provider_id, "json")


ROUTES: list[Any] = [evidence_csv, evidence_json]
