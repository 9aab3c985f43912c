"""What the open register has said, change by change, so that others can keep a copy of it.

`docs/decisions/0050-the-change-feed-is-written-by-one-hand.md` tells why the positions have no holes.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.changes.rules import KINDS
from registry.shared.database import Base, one_of
from registry.shared.protection import published


class RegisterChange(Base):
    """A change of one approval's row in the open register. `entry` is the whole row as it then was, so that applying
    the newest change of each approval gives the register; none when the approval left."""

    __tablename__ = "register_change"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … in the order of commits: given by the one writer under a lock that it holds until it has committed."""
    at: Mapped[datetime]
    kind: Mapped[str]
    admission_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    changed: Mapped[list[str]]
    """Which columns say something else than before; empty for the first and the last change of an approval."""
    entry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("(kind = 'left') = (entry IS NULL)", name="left_says_nothing"),
        Index("ix_register_change_admission", "admission_id", "position"),
        {"info": published(keeps="90 days after a newer change of the same approval")},
    )


class RegisterEntry(Base):
    """What the feed has last said of an approval that stands, to tell what is new."""

    __tablename__ = "register_entry"

    admission_id: Mapped[UUID] = mapped_column(primary_key=True)
    stamp: Mapped[int]
    """Digest of all that the row is made of; where it is the same, nothing needs to be read."""
    entry: Mapped[dict[str, Any]]

    __table_args__ = ({"info": published(keeps="while in the register")},)
