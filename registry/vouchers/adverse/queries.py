"""Decisions against a voucher's holder, as they went out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_with
from registry.catalogue.legal_regimes.rules import Words
from registry.catalogue.model import Organiser, Service
from registry.people.model import ClientPerson
from registry.providers.decisions.document import DecisionText, read_text
from registry.shared.errors import NotFound
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.adverse.model import VoucherDecision
from registry.vouchers.adverse.paper import Paper, Worth, named, paper_text
from registry.vouchers.adverse.rules import AdverseKind, HeardHow, Hearing, reference_of
from registry.vouchers.model import Voucher


@dataclass(frozen=True, slots=True)
class Against:
    id: UUID
    voucher_id: UUID
    kind: str
    reason: str
    cents: int
    heard: str
    heard_on: date | None
    document: dict[str, Any]
    remedy_until: date
    issued_at: datetime


async def decisions_against(session: AsyncSession, *, voucher_id: UUID) -> list[Against]:
    """Those of a voucher in sight, the latest first."""
    columns = [getattr(VoucherDecision, name) for name in Against.__dataclass_fields__]
    rows = await session.execute(
        select(*columns).where(VoucherDecision.voucher_id == voucher_id).order_by(VoucherDecision.id.desc())
    )
    return [Against(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PaperView:
    """A decision on paper, and whose matter it is: showing it is reading that client's data."""

    text: DecisionText
    organiser: str
    client_id: UUID
    organiser_id: UUID


async def decision_paper(
    session: AsyncSession, *, voucher_id: UUID, decision_id: UUID, language: str, with_name: bool
) -> PaperView:
    """The decision as it went out. `with_name`: to whoever may know who holds the voucher; the caller logs the reading.
    One from before papers were kept is put together from what was written down of it."""
    found = (
        await session.execute(
            select(VoucherDecision, Voucher, Service, Organiser, ClientPerson.name)
            .join(Voucher, Voucher.id == VoucherDecision.voucher_id)
            .join(Service, Service.id == Voucher.service_id)
            .join(Organiser, Organiser.id == Voucher.organiser_id)
            .outerjoin(ClientPerson, ClientPerson.client_id == Voucher.client_id)
            .where(VoucherDecision.id == decision_id, VoucherDecision.voucher_id == voucher_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("decision.unknown")
    row, voucher, service, organiser, holder = found
    said = row.document[language if language in row.document else "fi"]
    if "paper" in said:
        text = read_text(said["paper"])
    else:
        regime = await regime_with(session, voucher.service_id, row.regime_digest)
        paper = Paper(
            reference=reference_of(row.id, row.issued_at),
            kind=AdverseKind(row.kind),
            number=grouped(voucher.number),
            organiser=Words(organiser.name_fi, organiser.name_sv, organiser.name_en),
            contact=(organiser.contact_phone, organiser.contact_email),
            decided_by="",
            service=Words(service.name_fi, service.name_sv, service.name_en),
            decided_on=local_date(row.issued_at),
            taken=Worth(row.cents),
            left=None,
            reason=row.reason,
            hearing=Hearing(HeardHow(row.heard), row.heard_on),
            basis=regime.basis if regime else (),
        )
        text = paper_text(paper, said, language if language in row.document else "fi")
    return PaperView(
        text=named(text, holder) if with_name and holder else text,
        organiser=Words(organiser.name_fi, organiser.name_sv, organiser.name_en).said_in(text.language),
        client_id=voucher.client_id,
        organiser_id=row.organiser_id,
    )
