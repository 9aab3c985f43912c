"""Reading consents to self-billing, and a self-billed invoice in its other forms."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.settlement.einvoices import invoice as einvoice
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.model import Invoice, InvoiceFile
from registry.settlement.selfbilling.model import SelfBillingConsent


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One organiser of a provider, and the consent that stands with it, if one does."""

    organiser_id: UUID
    organiser_name: Mapping[str, str]
    given_at: datetime | None
    vat_id: str | None
    untaxed_category: str | None
    untaxed_reason: str | None


async def consents_of(
    session: AsyncSession, *, provider_id: UUID, organisers: Collection[UUID]
) -> list[ConsentRow]:
    """Every organiser in sight with the standing consent of the provider."""
    found = await session.execute(
        select(
            Organiser,
            SelfBillingConsent.given_at,
            SelfBillingConsent.vat_id,
            SelfBillingConsent.untaxed_category,
            SelfBillingConsent.untaxed_reason,
        )
        .outerjoin(
            SelfBillingConsent,
            (SelfBillingConsent.organiser_id == Organiser.id)
            & (SelfBillingConsent.provider_id == provider_id)
            & SelfBillingConsent.ended_at.is_(None),
        )
        .where(Organiser.id.in_(organisers))
        .order_by(Organiser.name_fi)
    )
    return [
        ConsentRow(
            organiser.id,
            {"fi": organiser.name_fi, "sv": organiser.name_sv, "en": organiser.name_en},
            given_at,
            vat_id,
            category,
            reason,
        )
        for organiser, given_at, vat_id, category, reason in found
    ]


async def has_consent(session: AsyncSession, *, organiser_id: UUID, provider_id: UUID) -> bool:
    standing = select(SelfBillingConsent.id).where(
        SelfBillingConsent.organiser_id == organiser_id,
        SelfBillingConsent.provider_id == provider_id,
        SelfBillingConsent.ended_at.is_(None),
    )
    return await session.scalar(standing) is not None


async def self_billed(session: AsyncSession, *, invoice_id: UUID) -> einvoice.Invoice | None:
    """A self-billed invoice in sight, read out of the file that was kept."""
    content = await session.scalar(
        select(InvoiceFile.content)
        .join(Invoice, Invoice.id == InvoiceFile.invoice_id)
        .where(Invoice.id == invoice_id, Invoice.self_billed)
    )
    return read_einvoice(content)[0] if content is not None else None
