"""Files that a provider adds to an answer in a hearing or to a request for review."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.decisions.model import FILE
from registry.providers.files.rules import FileKind
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows


class Attachment(Base):
    """A file in a matter, by the digest under which it lies in the store. It is never changed or taken back: whoever
    decides has read it."""

    __tablename__ = "attachment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    hearing_id: Mapped[UUID | None] = mapped_column(ForeignKey("hearing.id"))
    appeal_id: Mapped[UUID | None] = mapped_column(ForeignKey("appeal.id"))
    digest: Mapped[str]
    file_kind: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int]
    added_by: Mapped[UUID | None]
    added_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("num_nonnulls(hearing_id, appeal_id) = 1", name="of_one_matter"),
        CheckConstraint(one_of("file_kind", FileKind), name="file_kind"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_attachment_hearing", "hearing_id"),
        Index("ix_attachment_appeal", "appeal_id"),
        Index("ix_attachment_digest", "digest"),
        {"info": organisers_rows(provider="provider_id", keeps=FILE)},
    )
