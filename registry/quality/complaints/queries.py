"""Complaints: the client's own, and those that the register officer decides."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.providers.model import Provider
from registry.quality.complaints.model import Complaint


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint with what was found; whom it is from, only as an id."""

    id: UUID
    organiser_id: UUID
    voucher_id: UUID
    client_id: UUID
    provider_id: UUID
    provider_name: str
    service: Names
    about: str
    words: str
    state: str
    findings: str | None
    submitted_at: datetime
    decided_at: datetime | None


async def complaints(
    session: AsyncSession, *, complaint_id: UUID | None = None, voucher_id: UUID | None = None
) -> list[ComplaintView]:
    """Those in sight (a client's own), newest first; one of them, or those of one voucher."""
    query = (
        select(Complaint, Provider.name, Service)
        .join(Provider, Provider.id == Complaint.provider_id)
        .join(Service, Service.id == Complaint.service_id)
        .order_by(Complaint.submitted_at.desc(), Complaint.id)
    )
    if complaint_id is not None:
        query = query.where(Complaint.id == complaint_id)
    if voucher_id is not None:
        query = query.where(Complaint.voucher_id == voucher_id)
    return [
        ComplaintView(
            id=row.id,
            organiser_id=row.organiser_id,
            voucher_id=row.voucher_id,
            client_id=row.client_id,
            provider_id=row.provider_id,
            provider_name=name,
            service=Names(service.name_fi, service.name_sv, service.name_en),
            about=row.about,
            words=row.words,
            state=row.state,
            findings=row.findings,
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
        )
        for row, name, service in await session.execute(query)
    ]
