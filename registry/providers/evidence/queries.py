"""Reading papers: the provider's own list, and what an organiser has been shown."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.shared.period import local_date


@dataclass(frozen=True, slots=True)
class Check:
    """An officer's newest look at a paper, for one organiser."""

    organiser_id: UUID
    verdict: str
    note: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper with whom it was shown to and what came of it."""

    id: UUID
    kind: str
    issued_on: date
    valid_until: date | None
    digest: str
    file_kind: str
    file_name: str
    size: int
    uploaded_at: datetime
    uploaded_by: str
    shares: tuple["Shared", ...]

    @property
    def share(self) -> "Shared":
        """Where only one organiser was asked for."""
        return self.shares[0]


@dataclass(frozen=True, slots=True)
class Shared:
    """An organiser that was shown the paper."""

    organiser_id: UUID
    organiser_name: Names
    shared_at: datetime
    good_until: date
    check: Check | None

    @property
    def in_time(self) -> bool:
        return local_date(self.shared_at) <= self.good_until


async def papers_of(session: AsyncSession, provider_id: UUID, organiser_id: UUID, on: date) -> list[PaperRow]:
    """The papers of a provider that this organiser was shown, of each kind the newest first, with its officers' newest
    verdict. Papers whose own term has ended before `on` are there too: `valid_until` tells."""
    return await _papers(
        session,
        EvidencePaper.provider_id == provider_id,
        EvidencePaper.id.in_(
            select(EvidenceShare.paper_id).where(
                EvidenceShare.organiser_id == organiser_id, EvidenceShare.provider_id == provider_id
            )
        ),
        only=organiser_id,
    )


async def own_papers(session: AsyncSession, *, provider_id: UUID) -> list[PaperRow]:
    """All papers of a provider that it has not taken back, of each kind the newest first."""
    return await _papers(
        session, EvidencePaper.provider_id == provider_id, EvidencePaper.withdrawn_at.is_(None), only=None
    )


async def _papers(session: AsyncSession, *conditions: object, only: UUID | None) -> list[PaperRow]:
    rows = (
        await session.execute(
            select(EvidencePaper, Account.display_name)
            .outerjoin(Account, Account.id == EvidencePaper.uploaded_by)
            .where(*conditions)  # type: ignore[arg-type]
            .order_by(EvidencePaper.kind, EvidencePaper.issued_on.desc(), EvidencePaper.id.desc())
        )
    ).all()
    shares = await _shares(session, [paper.id for paper, _ in rows], only)
    return [
        PaperRow(
            id=paper.id,
            kind=paper.kind,
            issued_on=paper.issued_on,
            valid_until=paper.valid_until,
            digest=paper.digest,
            file_kind=paper.file_kind,
            file_name=paper.file_name,
            size=paper.size,
            uploaded_at=paper.uploaded_at,
            uploaded_by=name or "",
            shares=tuple(shares.get(paper.id, ())),
        )
        for paper, name in rows
    ]


async def _shares(
    session: AsyncSession, paper_ids: list[UUID], only: UUID | None
) -> dict[UUID, list[Shared]]:
    if not paper_ids:
        return {}
    checks: dict[tuple[UUID, UUID], Check] = {}
    for row, name in await session.execute(
        select(EvidenceCheck, Account.display_name)
        .outerjoin(Account, Account.id == EvidenceCheck.checked_by)
        .where(EvidenceCheck.paper_id.in_(paper_ids))
        .order_by(EvidenceCheck.checked_at, EvidenceCheck.id)
    ):
        checks[row.paper_id, row.organiser_id] = Check(
            row.organiser_id, row.verdict, row.note, name or "", row.checked_at
        )
    query = (
        select(EvidenceShare, Organiser)
        .join(Organiser, Organiser.id == EvidenceShare.organiser_id)
        .where(EvidenceShare.paper_id.in_(paper_ids))
        .order_by(EvidenceShare.shared_at, EvidenceShare.organiser_id)
    )
    if only is not None:
        query = query.where(EvidenceShare.organiser_id == only)
    found: dict[UUID, list[Shared]] = {}
    for share, organiser in await session.execute(query):
        found.setdefault(share.paper_id, []).append(
            Shared(
                organiser_id=organiser.id,
                organiser_name=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
                shared_at=share.shared_at,
                good_until=share.good_until,
                check=checks.get((share.paper_id, organiser.id)),
            )
        )
    return found
