"""The provider's consent to have its invoices made by the organiser (VAT Act § 209 b: agreed beforehand)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.settlement.model import VOUCHERS
from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class SelfBillingConsent(Base):
    """Given by somebody of the provider, to one organiser, until it is taken back."""

    __tablename__ = "self_billing_consent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    vat_id: Mapped[str | None]
    """The provider's VAT number; None when it is not registered for VAT."""
    untaxed_category: Mapped[str]
    """What lines without VAT are: exempt (E), reverse charge (AE), zero-rated (Z) or outside VAT (O)."""
    untaxed_reason: Mapped[str]
    """Why, as the invoice has to say it."""
    given_at: Mapped[datetime]
    given_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("untaxed_category IN ('E', 'AE', 'Z', 'O')", name="untaxed_category"),
        CheckConstraint("untaxed_category = 'Z' OR untaxed_reason <> ''", name="untaxed_why"),
        Index(
            "uq_self_billing_consent_standing",
            "organiser_id",
            "provider_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"info": organisers_rows(provider="provider_id", keeps=VOUCHERS)},
    )
