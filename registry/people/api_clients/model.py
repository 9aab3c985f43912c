"""Systems that sign in by themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import organisers_rows


class ApiClient(Base):
    """A system of a provider. Of its secrets only hashes are kept; during a change two of them work. The access tokens
    that it gets are rows of `api_token` that name it."""

    __tablename__ = "api_client"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    secret_made_at: Mapped[datetime]
    old_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(organiser_id IS NULL) <> (provider_id IS NULL)", name="one_owner"),
        CheckConstraint("(old_secret_hash IS NULL) = (old_secret_until IS NULL)", name="old_secret_ends"),
        CheckConstraint("cardinality(scopes) > 0", name="some_scope"),
        Index("ix_api_client_owner", "organiser_id", "provider_id"),
        {
            "info": organisers_rows(
                nullable=True, provider="provider_id", keeps="2 years after it was revoked"
            )
        },
    )
