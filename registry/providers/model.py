"""Providers, their users, coaches and applications, and the admissions that make them choosable.

What the public register shows is readable without an organiser in sight (admissions, prices, coaches' public
words); applications belong to the organiser that decides them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from registry.providers.rules import (
    EXPERIENCE,
    METHODS,
    PROVIDER_FORMS,
    AdmissionState,
    ApplicationState,
    sort_key,
)
from registry.shared.database import Base, one_of
from registry.shared.protection import REGISTERED_AT, organisers_rows, providers_rows, published
from registry.shared.vat import VAT_CHECK

REGISTER = "while in the register, then 10 years"


def _sort_key_of_name(context: Any) -> str:
    return sort_key(context.get_current_parameters()["name"])


class Provider(Base):
    """An organisation that gives services. Its identity is (scheme, value): a Finnish business id, or the number
    of the register that it was imported from."""

    __tablename__ = "provider"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    identity_scheme: Mapped[str]
    """fi:business-id, us-nj:etpl, …"""
    identity_value: Mapped[str]
    name: Mapped[str]
    form: Mapped[str]
    company_group: Mapped[str | None]
    """Name of the group, when it belongs to one: a group takes one place in a first view."""
    own_production_of: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    """Set when it is the organiser's own unit; then it is labelled everywhere."""
    street: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    municipality_code: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    website: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    introduction: Mapped[dict[str, Any]]
    """Its own words by language: {"fi": "…", "sv": "…", "en": "…"}."""
    fictional: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    """The register it was imported from, and the digest of what that row said of the organisation, so that
    importing again changes nothing and what was edited here since stays as it is."""
    source_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    search_words: Mapped[str]
    """Name, city and own words without accents, lower case: written by `search_words()` with every change."""
    sort_key: Mapped[str] = mapped_column(default=_sort_key_of_name)
    """The name as Finnish sorts it; written by `rules.sort_key()` with every change of the name."""
    search_vector: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', search_words)", persisted=True), deferred=True
    )
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("identity_scheme", "identity_value"),
        CheckConstraint(one_of("form", PROVIDER_FORMS), name="form"),
        # read often and changed seldom: a list of pending entries would be searched from end to end each time
        Index(
            "ix_provider_search",
            "search_vector",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index("ix_provider_sort", "sort_key", "id"),
        {"info": published(keeps=REGISTER)},
    )


class Coach(Base):
    """A person who gives the service. Surnames stay inside; the public sees the first name and own words."""

    __tablename__ = "coach"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    first_name: Mapped[str]
    languages: Mapped[list[str]]
    statement: Mapped[dict[str, Any]]
    """Own words by language; shown marked as the coach's own."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = ({"info": published(keeps="while working for the provider")},)


class CoachDetail(Base):
    """What of a coach stays inside: the surname and the qualification, for the provider and for the officers of the
    organisers that it applies to. Apart from `coach`, which the public register reads."""

    __tablename__ = "coach_detail"

    coach_id: Mapped[UUID] = mapped_column(ForeignKey("coach.id"), primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    surname: Mapped[str]
    qualification: Mapped[str]
    changed_at: Mapped[datetime]

    __table_args__ = (
        {"info": providers_rows(known_to=REGISTERED_AT, keeps="while working for the provider")},
    )


class Application(Base):
    """A provider's application to one organiser's register for one service, and its decision."""

    __tablename__ = "application"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    state: Mapped[str]
    offer: Mapped[dict[str, Any]]
    """What is applied for: unit price, VAT rate, municipalities, remote, languages, accessibility, places, next
    start, method, rule-book version accepted. Becomes the admission's columns when approved."""
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What was said beside the offer: points of the rule book accepted, sites, coaches, the day from which the price
    holds, insurance. None of an application that an import or a set-up made."""
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    source_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the imported row that made it, if one did."""
    due_on: Mapped[date] = mapped_column(server_default=text("(CURRENT_DATE + 28)"))
    """The day by which it should be decided, from the working days that the organiser has set for the service."""
    before_records: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Decided before decisions were kept as records of their own."""
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("state", ApplicationState), name="state"),
        CheckConstraint("(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint("state <> 'rejected' OR length(decision_reason) > 0", name="rejection_has_reason"),
        Index(
            "uq_application_open",
            "provider_id",
            "service_id",
            unique=True,
            postgresql_where=text("state IN ('draft', 'submitted', 'more_information', 'hearing', 'heard')"),
        ),
        Index("ix_application_queue", "organiser_id", "state", "submitted_at"),
        Index("ix_application_due", "organiser_id", "due_on", "id"),
        # all that counting the queue asks, also what row-level security does: no row is read for it
        Index(
            "ix_application_open",
            "organiser_id",
            "state",
            "due_on",
            postgresql_include=["provider_id"],
            postgresql_where=text("submitted_at IS NOT NULL"),
        ),
        {"info": organisers_rows(provider="provider_id", keeps="2 years after the decision")},
    )


class ApplicationMessage(Base):
    """What the officer asked while the application was open, and what the applicant answered. The text may be
    personal: it is kept here and nowhere else."""

    __tablename__ = "application_message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"), index=True)
    organiser_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    kind: Mapped[str]
    """question | answer"""
    text: Mapped[str]
    written_by: Mapped[UUID | None]
    written_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('question', 'answer')", name="kind"),
        CheckConstraint("length(text) > 0", name="said"),
        {"info": organisers_rows(provider="provider_id", keeps="2 years after the decision")},
    )


class Admission(Base):
    """Provider × service × organiser: what makes a provider choosable, with the offer that clients see.

    `taken` counts the places that standing choices hold; the CHECK makes the last place go to one client only.
    """

    __tablename__ = "admission"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    state: Mapped[str]
    state_reason: Mapped[str | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """First day on which it no longer holds."""
    rule_book_version: Mapped[str]
    unit_price_cents: Mapped[int]
    """Price of one unit (hour, session) including VAT."""
    vat_rate_bp: Mapped[int]
    vat_category: Mapped[str | None]
    """S, E, AE, Z or O (`shared.vat`); None: from before it was asked."""
    vat_reason: Mapped[str | None]
    """Why there is no VAT in it, as an invoice has to say."""
    vat_since: Mapped[date | None]
    """The day on which the VAT in its price last became another; None: it is what it was when it was given."""
    municipality_codes: Mapped[list[str]]
    """Municipalities served on the spot."""
    remote: Mapped[bool]
    languages: Mapped[list[str]]
    languages_verified: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    """Of the languages those whose skill a register officer has seen proof of; the others are only claimed."""
    accessibility: Mapped[list[str]]
    method: Mapped[str]
    first_talk_free: Mapped[bool] = mapped_column(default=False)
    same_coach: Mapped[bool | None]
    """Whether one person works with the client from beginning to end, as the provider says; None: it has not said."""
    experience: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    """Whom it says it has experience of working with."""
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    next_start: Mapped[date | None]
    capacity_confirmed_at: Mapped[datetime | None]
    """When the provider last said that places and next start are right; none: not since it was admitted."""
    clients_may: Mapped[str | None]
    """Of one that is suspended or has left: whether clients whose service has begun may finish it, or choose again.
    None: they choose again once it has left, and stay while it is suspended."""
    source_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the imported row that made it, if one did."""
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decision.id"), index=True)
    """The decision that gave it; none where it was imported, or given before decisions were kept."""
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("state", AdmissionState), name="state"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint("taken BETWEEN 0 AND places", name="places"),
        CheckConstraint(
            "clients_may IS NULL OR clients_may IN ('finish', 'choose_again')", name="clients_may"
        ),
        CheckConstraint("unit_price_cents >= 0", name="price_not_negative"),
        CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name="vat_rate"),
        CheckConstraint(VAT_CHECK, name="vat_category"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="term"),
        CheckConstraint(f"experience <@ ARRAY[{', '.join(map(repr, EXPERIENCE))}]", name="experience"),
        Index(
            "uq_admission_standing",
            "provider_id",
            "service_id",
            unique=True,
            postgresql_where=text("state IN ('active', 'suspended')"),
        ),
        Index("ix_admission_service", "service_id", "state"),
        Index("ix_admission_municipalities", "municipality_codes", postgresql_using="gin"),
        {"info": published(keeps=REGISTER)},
    )
