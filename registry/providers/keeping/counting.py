"""For how long a paper counts under an approval: until its own last day, or until its service asks for a newer one."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.providers.keeping.model import ServiceKeeping
from registry.providers.keeping.rules import AGAIN_NOTICE_DAYS, IN_REGISTER
from registry.providers.model import Admission


def last_day(paper: Any) -> ColumnElement[date | None]:
    """The last day on which the paper counts, in a query that has `service_keeping` of the approval's service; NULL where
    it has no end. A newer one is asked for so many months after it was given, and never sooner than a notice after that
    was set or the approval began: what was good enough for the decision does not end it the same night. In a query that
    has `admission` too. `paper`: the columns of evidence_paper, under whatever name."""
    asked = ServiceKeeping.papers_again[paper.kind]
    months = cast(asked["months"].astext, Integer)
    given = cast(paper.issued_on + func.make_interval(0, months), Date)
    told = cast(asked["since"].astext, Date) + AGAIN_NOTICE_DAYS
    begun = cast(func.timezone("Europe/Helsinki", Admission.created_at), Date) + AGAIN_NOTICE_DAYS
    again = case((months.is_not(None), func.greatest(given, told, begun)))
    return cast(func.least(paper.valid_until, again), Date)


def taken() -> ColumnElement[bool]:
    """Whether the organiser's newest look at the paper was not against it."""
    latest = (
        select(EvidenceCheck.verdict)
        .where(
            EvidenceCheck.paper_id == EvidencePaper.id,
            EvidenceCheck.organiser_id == EvidenceShare.organiser_id,
        )
        .order_by(EvidenceCheck.checked_at.desc(), EvidenceCheck.id.desc())
        .limit(1)
        .correlate(EvidencePaper, EvidenceShare)
        .scalar_subquery()
    )
    return func.coalesce(latest, "accepted") == "accepted"


Papers = Mapping[UUID, Mapping[str, date | None]]
"""Admission → kind of paper → its last day; None where it has no end."""


async def papers_until(session: AsyncSession, admissions: Sequence[Admission]) -> Papers:
    """Of a kind of paper the one that counts the longest, among those that the organiser was shown and has not turned
    down."""
    rows = await session.execute(
        select(
            Admission.id,
            EvidencePaper.kind,
            func.max(last_day(EvidencePaper)),
            func.bool_or(last_day(EvidencePaper).is_(None)),
        )
        .join(EvidencePaper, EvidencePaper.provider_id == Admission.provider_id)
        .join(
            EvidenceShare,
            and_(
                EvidenceShare.paper_id == EvidencePaper.id,
                EvidenceShare.organiser_id == Admission.organiser_id,
            ),
        )
        .outerjoin(ServiceKeeping, ServiceKeeping.service_id == Admission.service_id)
        .where(
            Admission.id.in_([admission.id for admission in admissions]),
            EvidencePaper.withdrawn_at.is_(None),
            taken(),
        )
        .group_by(Admission.id, EvidencePaper.kind)
    )
    found: dict[UUID, dict[str, date | None]] = {}
    for admission_id, kind, last, endless in rows:
        found.setdefault(admission_id, {})[kind] = None if endless else last
    return found


async def counts_until(session: AsyncSession, *, provider_id: UUID) -> dict[tuple[UUID, UUID], date]:
    """(paper, organiser) → the last day on which the paper counts under the provider's approvals there; left out where it
    has no end."""
    rows = await session.execute(
        select(EvidencePaper.id, EvidenceShare.organiser_id, func.min(last_day(EvidencePaper)))
        .join(EvidenceShare, EvidenceShare.paper_id == EvidencePaper.id)
        .join(
            Admission,
            and_(
                Admission.provider_id == EvidencePaper.provider_id,
                Admission.organiser_id == EvidenceShare.organiser_id,
                Admission.state.in_(IN_REGISTER),
            ),
        )
        .outerjoin(ServiceKeeping, ServiceKeeping.service_id == Admission.service_id)
        .where(EvidencePaper.provider_id == provider_id, EvidencePaper.withdrawn_at.is_(None))
        .group_by(EvidencePaper.id, EvidenceShare.organiser_id)
    )
    return {(paper_id, organiser_id): last for paper_id, organiser_id, last in rows if last is not None}
