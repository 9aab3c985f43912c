"""Reviews and outcomes as they come in, and the releases that freeze what is published of them.

Reviews and outcomes are a person's data and live for a stated time; a release holds only counts of five people or
more, so it can be published and recomputed long after those persons' rows are gone.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.quality.rules import ASPECTS, FEWEST, MEASURES, MONTHS, Blank, CountsAs, Kind, Moment
from registry.shared.database import Base, one_of
from registry.shared.protection import organisers_rows, published

EVIDENCE: Final = "3 years after the service ended, then only the releases remain"


class Review(Base):
    """A client's scores and words on one provider, at one of two moments."""

    __tablename__ = "review"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"))
    client_id: Mapped[UUID]
    moment: Mapped[str]
    welcome: Mapped[int] = mapped_column(SmallInteger)
    coaching: Mapped[int] = mapped_column(SmallInteger)
    usefulness: Mapped[int] = mapped_column(SmallInteger)
    contact: Mapped[int] = mapped_column(SmallInteger)
    timing: Mapped[int] = mapped_column(SmallInteger)
    """Was it the right service at the right time?"""
    comment: Mapped[str | None]
    """The client's own words. Kept for moderation, published nowhere yet."""
    submitted_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("voucher_id", "provider_id", "moment"),
        CheckConstraint(one_of("moment", Moment), name="moment"),
        CheckConstraint(" AND ".join(f"{a} BETWEEN 0 AND 10" for a in ASPECTS), name="scores"),
        Index("ix_review_service", "service_id", "provider_id"),
        {"info": organisers_rows(client="client_id", keeps=EVIDENCE)},
    )


class OutcomeCategory(Base):
    """A status that an authority may report, and what it counts as: data, for the law and the services change."""

    __tablename__ = "outcome_category"

    code: Mapped[str] = mapped_column(primary_key=True)
    counts_as: Mapped[str]
    name_fi: Mapped[str]
    name_sv: Mapped[str]
    name_en: Mapped[str]

    __table_args__ = (
        CheckConstraint(one_of("counts_as", CountsAs), name="counts_as"),
        {"info": published(keeps="as long as any outcome has it")},
    )


class Outcome(Base):
    """What became of one client (or of `people` clients, where only counts are known) so many months after the
    service began, as the authority reports it."""

    __tablename__ = "outcome"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    """After a switch the provider who gave the larger part of the service."""
    reference: Mapped[str]
    """The authority's own pseudonym of the person or the counted group: reporting again corrects, never doubles."""
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"))
    client_id: Mapped[UUID | None]
    month: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[str] = mapped_column(ForeignKey("outcome_category.code"))
    people: Mapped[int] = mapped_column(default=1)
    status_on: Mapped[date]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organiser_id", "service_id", "reference", "month"),
        CheckConstraint(one_of("month", MONTHS), name="month"),
        CheckConstraint("people > 0 AND (voucher_id IS NULL OR people = 1)", name="people"),
        CheckConstraint("(voucher_id IS NULL) = (client_id IS NULL)", name="whose"),
        Index("ix_outcome_service", "service_id", "provider_id", "month"),
        {"info": organisers_rows(client="client_id", keeps=EVIDENCE)},
    )


class Release(Base):
    """Everything published about quality at one organiser at one time: the cells, their hash, the figures.

    The two documents are canonical JSON; the figures are a pure function of the cells and the method, so anybody
    can recompute them to the same bytes.
    """

    __tablename__ = "release"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    number: Mapped[int]
    method: Mapped[str]
    as_of: Mapped[date]
    cells: Mapped[str] = mapped_column(deferred=True)
    cells_sha256: Mapped[str]
    figures: Mapped[str] = mapped_column(deferred=True)
    """Fitted parameters per service and measure, and every figure."""
    figures_sha256: Mapped[str]
    released_at: Mapped[datetime]
    public_from: Mapped[datetime] = mapped_column(server_default=text("now()"))
    """Until then each provider sees its own figures, and nobody else any."""
    released_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("organiser_id", "number"),
        {"info": published(append_only=True, keeps="for ever: it names nobody")},
    )


class ReleaseFigure(Base):
    """One figure of a release, or its blank: the same as in the release's document, in rows for the pages."""

    __tablename__ = "release_figure"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), primary_key=True)
    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    blank: Mapped[str | None]
    n: Mapped[int | None]
    k: Mapped[int | None]
    unknown: Mapped[int | None]
    days: Mapped[int | None]
    estimate: Mapped[int | None]
    """Ten-thousandths, as all shares here."""
    low: Mapped[int | None]
    high: Mapped[int | None]
    usual: Mapped[int | None]
    """What one expects of a provider of this service; none where fewer than two providers have a figure."""
    if_unknown_bad: Mapped[int | None]
    if_unknown_good: Mapped[int | None]
    alpha: Mapped[float | None] = mapped_column(Double)
    beta: Mapped[float | None] = mapped_column(Double)
    """Parameters of the posterior, to compare two providers with."""
    expected: Mapped[int | None]
    """The share that was to be expected of just these clients, from what was known before the choice."""
    ratio: Mapped[int | None]
    """Observed over expected, ten-thousandths of one, with its interval."""
    ratio_low: Mapped[int | None]
    ratio_high: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(one_of("measure", MEASURES), name="measure"),
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint(f"blank IS NULL OR {one_of('blank', Blank)}", name="blank"),
        CheckConstraint("(blank IS NULL) = (n IS NOT NULL)", name="figure_or_blank"),
        CheckConstraint(f"n IS NULL OR n >= {FEWEST}", name="enough_people"),
        CheckConstraint(
            "(kind = 'share' AND blank IS NULL) = (estimate IS NOT NULL AND low IS NOT NULL AND high IS NOT NULL"
            " AND k IS NOT NULL AND alpha IS NOT NULL AND beta IS NOT NULL)",
            name="share_whole",
        ),
        CheckConstraint("(kind = 'days' AND blank IS NULL) = (days IS NOT NULL)", name="days_whole"),
        CheckConstraint("low <= estimate AND estimate <= high AND k <= n", name="in_order"),
        CheckConstraint(
            "num_nonnulls(expected, ratio, ratio_low, ratio_high) IN (0, 4) AND (expected IS NULL OR k IS NOT NULL)"
            " AND ratio_low <= ratio AND ratio <= ratio_high",
            name="expected_whole",
        ),
        Index("ix_release_figure_provider", "provider_id", text("release_id DESC")),
        {"info": published(append_only=True, keeps="as long as the release")},
    )


class ReleaseMeasure(Base):
    """What was fitted for one share of one service: the same as in the release's document, for pages that draw it."""

    __tablename__ = "release_measure"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"), primary_key=True)
    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    mean_millionths: Mapped[int]
    kappa_thousandths: Mapped[int]
    funnel_phi_thousandths: Mapped[int | None]
    """None where there is no funnel: by method 1, and where fewer than two providers have a figure."""
    funnel_kappa_thousandths: Mapped[int | None]
    """None also where chance alone explains how providers differ."""

    __table_args__ = (
        CheckConstraint(one_of("measure", MEASURES), name="measure"),
        CheckConstraint("mean_millionths BETWEEN 0 AND 1000000 AND kappa_thousandths > 0", name="prior"),
        CheckConstraint(
            "funnel_kappa_thousandths IS NULL OR funnel_phi_thousandths IS NOT NULL", name="funnel_whole"
        ),
        {"info": published(append_only=True, keeps="as long as the release")},
    )
