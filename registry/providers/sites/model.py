"""Where a provider gives its services: branches of a chain, or the one office of an association."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base
from registry.shared.protection import REGISTERED_AT, providers_rows


class Site(Base):
    """A place with a door. Not published as it is: a sole trader's may be a home."""

    __tablename__ = "site"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    name: Mapped[str]
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    municipality_code: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    accessibility: Mapped[list[str]]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        {"info": providers_rows(known_to=REGISTERED_AT, keeps="while in use, then with the applications")},
    )
