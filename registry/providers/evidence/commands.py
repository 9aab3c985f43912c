"""Papers come in, are shared with organisers, are looked at by their officers, and every look at a file is recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.people.duties import require_office
from registry.providers.commands.doors import require_officer
from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.providers.evidence.rules import VERDICTS
from registry.providers.files.rules import shown_name
from registry.providers.files.store import StoredFile
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage


@dataclass(frozen=True, slots=True)
class NewPaper:
    """What is said of a paper when its file comes in."""

    kind: str
    issued_on: date
    valid_until: date | None = None


async def check_paper(session: AsyncSession, *, actor: Actor, now: datetime, paper: NewPaper) -> None:
    """Whether the paper can come in at all, asked before its file is kept. Raises Invalid, naming fields."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    errors: dict[str, str] = {}
    if paper.kind not in {str(kind) for kind in EvidenceKind}:
        errors["kind"] = "field.not_a_choice"
    if paper.issued_on > local_date(now):
        errors["issued_on"] = "evidence.issued_later"
    if paper.valid_until is not None and paper.valid_until < paper.issued_on:
        errors["valid_until"] = "evidence.ends_before_it_begins"
    if errors:
        raise Invalid("evidence.invalid", errors=errors)


async def add_paper(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    paper: NewPaper,
    stored: StoredFile,
    file_name: str | None,
) -> UUID:
    """Enter a paper whose file lies in the store. One of the same kind that nobody was shown yet makes room for it."""
    await check_paper(session, actor=actor, now=now, paper=paper)
    provider_id = actor.provider_id
    await session.execute(
        update(EvidencePaper)
        .where(
            EvidencePaper.provider_id == provider_id,
            EvidencePaper.kind == paper.kind,
            EvidencePaper.withdrawn_at.is_(None),
            ~select(EvidenceShare.paper_id).where(EvidenceShare.paper_id == EvidencePaper.id).exists(),
        )
        .values(withdrawn_at=now)
    )
    row = EvidencePaper(
        id=uuid7(),
        provider_id=provider_id,
        kind=paper.kind,
        issued_on=paper.issued_on,
        valid_until=paper.valid_until,
        digest=stored.digest,
        file_kind=str(stored.kind),
        file_name=shown_name(file_name, stored.kind),
        size=stored.size,
        uploaded_by=actor.id,
        uploaded_at=now,
    )
    session.add(row)
    _record(session, actor, now, "evidence.added", row, None, digest=stored.digest, issued_on=paper.issued_on)
    await session.flush()
    return row.id


async def withdraw_paper(session: AsyncSession, *, actor: Actor, now: datetime, paper_id: UUID) -> None:
    """Take back a paper that no organiser has been shown; what was shown stays on the files of those."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    paper = await locked_paper(session, paper_id)
    if paper.provider_id != actor.provider_id:
        raise NotFound("evidence.unknown")
    shared = await session.scalar(
        select(EvidenceShare.paper_id).where(EvidenceShare.paper_id == paper_id).limit(1)
    )
    if shared is not None:
        raise Refused("evidence.shared_already")
    if paper.withdrawn_at is None:
        paper.withdrawn_at = now
        _record(session, actor, now, "evidence.withdrawn", paper, None)


async def check_evidence(
    session: AsyncSession, *, actor: Actor, now: datetime, paper_id: UUID, verdict: str, note: str = ""
) -> UUID:
    """An officer has looked at a paper for the own organiser, and takes it or not; then with a reason."""
    require_officer(actor)
    errors: dict[str, str] = {}
    if verdict not in VERDICTS:
        errors["verdict"] = "field.not_a_choice"
    said = passage("note", note, longest=1000, required=verdict == "not_accepted") or None
    if errors:
        raise Invalid("evidence.invalid", errors=errors)
    share = await session.scalar(
        select(EvidenceShare)
        .where(EvidenceShare.paper_id == paper_id, EvidenceShare.organiser_id == actor.organiser_id)
        .with_for_update()
    )
    if share is None:
        raise NotFound("evidence.unknown")
    row = EvidenceCheck(
        id=uuid7(),
        paper_id=paper_id,
        organiser_id=share.organiser_id,
        provider_id=share.provider_id,
        verdict=verdict,
        note=said,
        checked_by=actor.id,
        checked_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="evidence.checked",
        subject_kind="evidence",
        subject_id=paper_id,
        organiser_id=share.organiser_id,
        facts={"provider": share.provider_id, "verdict": verdict},
    )
    await session.flush()
    return row.id


async def read_paper(session: AsyncSession, *, actor: Actor, now: datetime, paper_id: UUID) -> EvidencePaper:
    """The paper whose file is about to be handed out, to its provider's office or to an officer whom it was shown. Who
    had it is recorded."""
    paper = await session.get(EvidencePaper, paper_id)
    organiser_id: UUID | None = None
    if paper is None:
        raise NotFound("evidence.unknown")
    if actor.role == Role.PROVIDER_USER:
        await require_office(session, actor)
        if paper.provider_id != actor.provider_id:
            raise NotFound("evidence.unknown")
    else:
        require_officer(actor)
        organiser_id = await session.scalar(
            select(EvidenceShare.organiser_id).where(
                EvidenceShare.paper_id == paper_id, EvidenceShare.organiser_id == actor.organiser_id
            )
        )
        if organiser_id is None:
            raise NotFound("evidence.unknown")
    _record(session, actor, now, "evidence.file_read", paper, organiser_id)
    return paper


async def locked_paper(session: AsyncSession, paper_id: UUID) -> EvidencePaper:
    paper: EvidencePaper | None = await session.scalar(
        select(EvidencePaper).where(EvidencePaper.id == paper_id).with_for_update()
    )
    if paper is None:
        raise NotFound("evidence.unknown")
    return paper


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    action: str,
    paper: EvidencePaper,
    organiser_id: UUID | None,
    **facts: object,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="evidence",
        subject_id=paper.id,
        organiser_id=organiser_id,
        facts={"provider": paper.provider_id, "kind": paper.kind, **facts},
    )
