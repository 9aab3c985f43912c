"""Papers that a provider shows: certificates, insurances, extracts. Each is the provider's and serves every organiser
that it is shared with; each organiser looks at it for itself."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.providers.evidence.rules import VERDICTS
from registry.providers.files.rules import FileKind
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, providers_rows

KEPT: Final = "while in the register, then as the file of the application that it went with"


class EvidencePaper(Base):
    """A paper, and the digest under which its file lies in the store."""

    __tablename__ = "evidence_paper"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    kind: Mapped[str]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day for which the paper itself says that it holds, as an insurance does."""
    digest: Mapped[str]
    file_kind: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int]
    uploaded_by: Mapped[UUID | None]
    uploaded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """The provider took it back before anybody had it, or put another in its place."""

    __table_args__ = (
        CheckConstraint(one_of("kind", EvidenceKind), name="kind"),
        CheckConstraint(one_of("file_kind", FileKind), name="file_kind"),
        CheckConstraint("valid_until IS NULL OR valid_until >= issued_on", name="term"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        Index("ix_evidence_paper_provider", "provider_id", "kind"),
        {
            "info": providers_rows(
                known_to="EXISTS (SELECT FROM evidence_share s WHERE s.paper_id = id)", keeps=KEPT
            )
        },
    )


class EvidenceShare(Base):
    """An organiser that was shown a paper, and until when the paper could be submitted there."""

    __tablename__ = "evidence_share"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("evidence_paper.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"), primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    shared_by: Mapped[UUID | None]
    shared_at: Mapped[datetime]
    good_until: Mapped[date]
    """The last day on which it was young enough, by the organiser's own regime."""

    __table_args__ = (
        Index("ix_evidence_share_provider", "provider_id", "organiser_id"),
        {"info": organisers_rows(provider="provider_id", keeps=KEPT)},
    )


class EvidenceCheck(Base):
    """An officer looked at a paper. A later look stands beside the earlier one; the newest counts."""

    __tablename__ = "evidence_check"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("evidence_paper.id"))
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    verdict: Mapped[str]
    note: Mapped[str | None]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("verdict", VERDICTS), name="verdict"),
        CheckConstraint("verdict <> 'not_accepted' OR length(note) > 0", name="reason"),
        Index("ix_evidence_check_paper", "paper_id", "organiser_id", text("checked_at DESC")),
        {"info": organisers_rows(provider="provider_id", append_only=True, keeps=KEPT)},
    )
