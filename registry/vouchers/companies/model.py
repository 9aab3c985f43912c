"""De minimis aid to companies: the ceiling as data, what a company declares, and what it was granted here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.ledger.model import BOOKS
from registry.shared.database import Base
from registry.shared.protection import CLIENT_OF_VOUCHER, organisers_rows, published


class DeMinimisRule(Base):
    """A ceiling on aid to one company, and over how many rolling years it counts. The newest that is in force applies; a
    change of the law is a new row."""

    __tablename__ = "de_minimis_rule"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    regulation: Mapped[str]
    """As certificates cite it: (EU) 2023/2831."""
    ceiling_cents: Mapped[int]
    years: Mapped[int]
    in_force_from: Mapped[date]
    in_force_through: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("ceiling_cents > 0 AND years BETWEEN 1 AND 10", name="positive"),
        CheckConstraint("in_force_through >= in_force_from", name="in_force"),
        {"info": published(append_only=True, keeps="as long as any grant refers to it")},
    )


class AidDeclaration(Base):
    """What aid a company says that it has had from anyone, in the single undertaking that it belongs to. A later one
    replaces it; none is changed."""

    __tablename__ = "aid_declaration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    aid: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """[{granted_on, granter, cents}]; empty when there was none, which is said too. Aid of this organiser's own vouchers
    is left out of it: the system knows that itself."""
    declared_at: Mapped[datetime]
    declared_by: Mapped[UUID | None]
    """The representative, or the case worker who has the signed form."""

    __table_args__ = (
        CheckConstraint("jsonb_typeof(aid) = 'array'", name="a_list"),
        {"info": organisers_rows(client="client_id", append_only=True, keeps=BOOKS)},
    )


class AidGranted(Base):
    """Aid that a voucher is to a company: it counts from the day of the grant, whether the voucher is used or not."""

    __tablename__ = "aid_granted"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("de_minimis_rule.id"))
    declaration_id: Mapped[UUID] = mapped_column(ForeignKey("aid_declaration.id"))
    cents: Mapped[int]
    before_cents: Mapped[int]
    """All other aid in the rolling years before it, declared and granted here."""
    ceiling_cents: Mapped[int]
    granted_on: Mapped[date]

    __table_args__ = (
        CheckConstraint("cents > 0 AND before_cents >= 0", name="positive"),
        CheckConstraint("before_cents + cents <= ceiling_cents", name="within_ceiling"),
        {"info": organisers_rows(client=CLIENT_OF_VOUCHER, append_only=True, keeps=BOOKS)},
    )
