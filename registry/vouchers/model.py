"""Vouchers, the pick of a provider and presentations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.database import Base, one_of
from registry.shared.protection import CLIENT_OF_VOUCHER, internal, organisers_rows
from registry.shared.vat import VAT_CHECK
from registry.vouchers.rules import AssignmentState, VoucherState

RECORDS = "6 years from the end of the calendar year in which the financial year ended"


class Voucher(Base):
    """A right to a service up to a value, with its terms frozen at grant.

    Always granted = available + reserved + captured + returned, in cents and in units: the database refuses
    any other row.
    """

    __tablename__ = "voucher"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    budget_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"))
    terms_id: Mapped[UUID]
    granted_by: Mapped[UUID | None]
    granted_at: Mapped[datetime]
    state: Mapped[str]
    secret_generation: Mapped[int] = mapped_column(default=1)
    in_plan: Mapped[bool] = mapped_column(default=False)
    """The service is part of the client's employment plan: refusing or changing it has consequences, and the page
    says so first."""

    # the terms, copied at grant
    own_share_allowed: Mapped[bool]
    unit_price_ceiling_cents: Mapped[int]
    rule_book_version: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    claim_until: Mapped[datetime]
    confirm_within_days: Mapped[int]
    reservation_days: Mapped[int]

    granted_cents: Mapped[int]
    available_cents: Mapped[int]
    reserved_cents: Mapped[int] = mapped_column(default=0)
    captured_cents: Mapped[int] = mapped_column(default=0)
    returned_cents: Mapped[int] = mapped_column(default=0)

    unit_name: Mapped[str | None]
    units_granted: Mapped[int | None]
    units_available: Mapped[int | None]
    units_reserved: Mapped[int | None]
    units_captured: Mapped[int | None]
    units_returned: Mapped[int | None]

    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    """The provider chosen now, and the assignment that says so."""
    assignment_id: Mapped[UUID | None]
    chosen_at: Mapped[datetime | None]
    first_used_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    by_results: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Paid by milestones alone."""
    allowance_cents: Mapped[int | None]
    """So much a month; `months_had` of at most `allowance_months` have come, and the next comes at `next_topup_at`."""
    allowance_months: Mapped[int | None]
    carry_over: Mapped[bool | None]
    months_had: Mapped[int | None]
    next_topup_at: Mapped[datetime | None]
    committed_cents: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Set aside on the voucher's budget line for the months to come, all of them. 0 of a voucher that was granted before
    months were set aside, until its line has room for them."""
    renews_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"))
    """The older voucher that this one goes on from."""
    retroactive_id: Mapped[UUID | None] = mapped_column(ForeignKey("retroactive_grant.id"))

    __table_args__ = (
        CheckConstraint(one_of("state", VoucherState), name="state"),
        CheckConstraint(
            "granted_cents = available_cents + reserved_cents + captured_cents + returned_cents",
            name="cents_add_up",
        ),
        CheckConstraint(
            "granted_cents > 0 AND available_cents >= 0 AND reserved_cents >= 0 AND captured_cents >= 0"
            " AND returned_cents >= 0",
            name="cents_not_negative",
        ),
        CheckConstraint(
            "(units_granted IS NULL AND units_available IS NULL AND units_reserved IS NULL"
            " AND units_captured IS NULL AND units_returned IS NULL AND unit_name IS NULL)"
            " OR (units_granted = units_available + units_reserved + units_captured + units_returned"
            " AND units_available >= 0 AND units_reserved >= 0 AND units_captured >= 0 AND units_returned >= 0)",
            name="units_add_up",
        ),
        CheckConstraint("valid_from < valid_until AND valid_until <= claim_until", name="validity"),
        CheckConstraint(
            "(allowance_cents IS NULL AND allowance_months IS NULL AND carry_over IS NULL AND months_had IS NULL"
            " AND next_topup_at IS NULL) OR (allowance_cents > 0 AND carry_over IS NOT NULL AND months_had >= 1"
            " AND months_had <= allowance_months AND (next_topup_at IS NULL OR (months_had < allowance_months"
            " AND ended_at IS NULL)))",
            name="allowance",
        ),
        CheckConstraint(
            "committed_cents = 0 OR (committed_cents > 0 AND allowance_cents IS NOT NULL AND ended_at IS NULL)",
            name="committed",
        ),
        CheckConstraint("retroactive_id IS NOT NULL OR valid_from >= granted_at", name="backdated_approved"),
        CheckConstraint("(provider_id IS NULL) = (assignment_id IS NULL)", name="chosen_whole"),
        CheckConstraint("state NOT IN ('granted') OR provider_id IS NULL", name="granted_unchosen"),
        CheckConstraint(
            "state NOT IN ('chosen', 'in_use') OR provider_id IS NOT NULL", name="chosen_provider"
        ),
        CheckConstraint(
            "state NOT IN ('refused', 'cancelled', 'expired')"
            " OR (available_cents = 0 AND reserved_cents = 0 AND ended_at IS NOT NULL)",
            name="ended_holds_nothing",
        ),
        UniqueConstraint("id", "own_share_allowed"),
        # the terms' own word on own share, which the law may forbid
        ForeignKeyConstraint(
            ["terms_id", "own_share_allowed"], ["voucher_terms.id", "voucher_terms.own_share_allowed"]
        ),
        # partial, for hardly any voucher has these, and all are granted in bulk
        Index("uq_voucher_renews", "renews_id", unique=True, postgresql_where=text("renews_id IS NOT NULL")),
        Index(
            "uq_voucher_retroactive",
            "retroactive_id",
            unique=True,
            postgresql_where=text("retroactive_id IS NOT NULL"),
        ),
        Index("ix_voucher_topup", "next_topup_at", postgresql_where=text("next_topup_at IS NOT NULL")),
        Index(
            "ix_voucher_expiry",
            "claim_until",
            postgresql_where=text("state IN ('granted', 'chosen', 'in_use')"),
        ),
        Index("ix_voucher_organiser", "organiser_id", "state"),
        Index("ix_voucher_provider", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        {"info": organisers_rows(provider="provider_id", client="client_id", keeps=RECORDS)},
    )


class Assignment(Base):
    """The client's pick of a provider: asked, then confirmed by the provider, until it ends. One stands at a time."""

    __tablename__ = "assignment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    client_id: Mapped[UUID]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    admission_id: Mapped[UUID] = mapped_column(ForeignKey("admission.id"))
    state: Mapped[str]
    agreed_unit_price_cents: Mapped[int]
    """The price that the client was shown; a redemption above it is refused."""
    vat_rate_bp: Mapped[int]
    """Of the day of the choice; what a service has is the law's and the provider's on its own day (`vat_on`)."""
    vat_category: Mapped[str | None]
    """S, E, AE, Z or O (`shared.vat`); None: from before it was asked."""
    vat_reason: Mapped[str | None]
    """Why there is no VAT in it, as an invoice has to say."""
    chosen_at: Mapped[datetime]
    chosen_by: Mapped[UUID | None]
    channel: Mapped[str]
    """self | counter | phone: a case worker records what the client says at the counter or on the phone."""
    said_by: Mapped[str | None]
    """Whom the case worker heard it from: client | guardian."""
    answer_due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    first_meeting_at: Mapped[datetime | None]
    """The first time that the provider proposed, and where, in its own words."""
    first_meeting_place: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    """changed | refused | expired | cancelled | declined | lapsed | provider_left"""

    __table_args__ = (
        CheckConstraint(one_of("state", AssignmentState), name="state"),
        CheckConstraint(VAT_CHECK, name="vat_category"),
        CheckConstraint("channel IN ('self', 'counter', 'phone')", name="channel"),
        CheckConstraint(
            "said_by IS NULL OR (said_by IN ('client', 'guardian') AND channel <> 'self')", name="said_by"
        ),
        CheckConstraint("first_meeting_place IS NULL OR first_meeting_at IS NOT NULL", name="first_meeting"),
        Index(
            "uq_assignment_standing",
            "voucher_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'confirmed')"),
        ),
        Index("ix_assignment_provider", "provider_id", "state"),
        Index("ix_assignment_due", "answer_due_at", postgresql_where=text("state = 'asked'")),
        {"info": organisers_rows(provider="provider_id", client="client_id", keeps=RECORDS)},
    )


class Presentation(Base):
    """The holder showed the voucher to the chosen provider: from now on the provider redeems with this id, which is
    bound to it and dies when the choice changes. So no provider keeps secrets."""

    __tablename__ = "presentation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), unique=True)
    presented_at: Mapped[datetime]
    presented_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_presentation_provider", "provider_id", "presented_at"),
        {"info": organisers_rows(provider="provider_id", client=CLIENT_OF_VOUCHER, keeps=RECORDS)},
    )


class PresentationAttempt(Base):
    """Every try at opening a voucher, right or wrong, kept even when the answer was no: trawling for unused
    vouchers is how a national scheme lost tens of millions."""

    __tablename__ = "presentation_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    provider_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    number_digest: Mapped[bytes] = mapped_column(LargeBinary)
    succeeded: Mapped[bool]
    code: Mapped[str]

    __table_args__ = (
        Index("ix_presentation_attempt_provider", "provider_id", "at"),
        Index("ix_presentation_attempt_number", "number_digest", "at"),
        {"info": internal(append_only=True, keeps="2 years")},
    )


class VoucherCase(Base):
    """Which cases concern which voucher (cases know nothing of vouchers)."""

    __tablename__ = "voucher_case"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    organiser_id: Mapped[UUID]

    __table_args__ = ({"info": organisers_rows(client=CLIENT_OF_VOUCHER, keeps="as long as the case")},)
