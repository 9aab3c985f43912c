"""Reading decisions, hearings and appeals. Row-level security hides what is another's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import Account
from registry.providers.decisions.attachments.queries import (
    AttachmentRow,
    attachments_by_matter,
    attachments_of,
)
from registry.providers.decisions.document import DecisionText, read_text
from registry.providers.decisions.model import (
    Appeal,
    ChecklistMark,
    DecisionDocument,
    DecisionRecord,
    Hearing,
)
from registry.providers.decisions.remedies import goes_to_court
from registry.providers.model import Provider
from registry.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An appeal, with what is needed to list it."""

    id: UUID
    decision_id: UUID
    reference: str
    provider_id: UUID
    provider_name: str
    service_names: Names
    came_by: str
    arrived_at: datetime
    late: bool
    text: str
    state: str
    decided_at: datetime | None
    answer_id: UUID | None
    attachments: tuple[AttachmentRow, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as it went out, and what has become of it since."""

    id: UUID
    reference: str
    kind: str
    subject_kind: str
    subject_id: UUID
    organiser_id: UUID
    provider_id: UUID
    provider_name: str
    service_id: UUID
    service_names: Names
    language: str
    notice_by: str
    sent_on: date
    noticed_on: date
    last_day: date
    closes: time
    decided_by: str | None
    decider_id: UUID | None
    decided_at: datetime
    points: tuple[dict[str, str], ...]
    rule_book_version: str | None
    replaces: UUID | None
    replaced_by: UUID | None
    text: DecisionText
    appeals: tuple[AppealRow, ...]
    answers_appeal: UUID | None
    """The appeal that it decides."""
    to_court: bool
    """Whether what comes next against it is a court's."""
    correction: str | None
    consent: str | None

    @property
    def in_force(self) -> bool:
        return self.replaced_by is None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list."""

    id: UUID
    reference: str
    kind: str
    sent_on: date
    last_day: date
    replaces: UUID | None
    replaced_by: UUID | None


_later = aliased(DecisionRecord)
_REPLACED_BY = (
    select(_later.id).where(_later.replaces == DecisionRecord.id).correlate(DecisionRecord).scalar_subquery()
)


async def decision_detail(session: AsyncSession, decision_id: UUID) -> DecisionView:
    """One decision in sight, word for word. Raises NotFound also where its text has been erased in its time."""
    found = (
        await session.execute(
            select(DecisionRecord, DecisionDocument.content, Provider.name, Service, Account.display_name, _REPLACED_BY)
            .join(DecisionDocument, DecisionDocument.decision_id == DecisionRecord.id)
            .join(Provider, Provider.id == DecisionRecord.provider_id)
            .join(Service, Service.id == DecisionRecord.service_id)
            .outerjoin(Account, Account.id == DecisionRecord.decided_by)
            .where(DecisionRecord.id == decision_id)
        )
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("decision.unknown")
    row, content, provider_name, service, decided_by, replaced_by = found
    appeals = await _appeals(session, (Appeal.decision_id == row.id) | (Appeal.answer_id == row.id), limit=50)
    return DecisionView(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        organiser_id=row.organiser_id,
        provider_id=row.provider_id,
        provider_name=provider_name,
        service_id=row.service_id,
        service_names=Names(service.name_fi, service.name_sv, service.name_en),
        language=row.language,
        notice_by=row.notice_by,
        sent_on=row.sent_on,
        noticed_on=row.noticed_on,
        last_day=row.last_day,
        closes=row.closes,
        decided_by=decided_by,
        decider_id=row.decided_by,
        decided_at=row.decided_at,
        points=tuple(row.points),
        rule_book_version=row.rule_book_version,
        replaces=row.replaces,
        replaced_by=replaced_by,
        text=read_text(json.loads(content)),
        appeals=tuple(appeal for appeal in appeals if appeal.decision_id == row.id),
        answers_appeal=next((appeal.id for appeal in appeals if appeal.answer_id == row.id), None),
        to_court=await goes_to_court(session, row),
        correction=row.correction,
        consent=row.consent,
    )


async def decision_texts(session: AsyncSession, decision_ids: Sequence[UUID]) -> dict[UUID, DecisionText]:
    """The words of several decisions in sight."""
    if not decision_ids:
        return {}
    rows = await session.execute(
        select(DecisionDocument.decision_id, DecisionDocument.content).where(
            DecisionDocument.decision_id.in_(decision_ids)
        )
    )
    return {decision_id: read_text(json.loads(content)) for decision_id, content in rows}


async def decisions_of(session: AsyncSession, subject_id: UUID) -> list[DecisionRow]:
    """What has been decided on an application or an admission, the latest first."""
    rows = await session.execute(
        select(DecisionRecord, _REPLACED_BY)
        .where(DecisionRecord.subject_id == subject_id)
        .order_by(DecisionRecord.decided_at.desc(), DecisionRecord.id.desc())
    )
    return [
        DecisionRow(row.id, row.reference, row.kind, row.sent_on, row.last_day, row.replaces, replaced_by)
        for row, replaced_by in rows
    ]


async def _appeals(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> list[AppealRow]:
    rows = await session.execute(
        select(Appeal, DecisionRecord.reference, Provider.name, Service)
        .join(DecisionRecord, DecisionRecord.id == Appeal.decision_id)
        .join(Provider, Provider.id == Appeal.provider_id)
        .join(Service, Service.id == DecisionRecord.service_id)
        .where(*conditions)
        .order_by(Appeal.arrived_at, Appeal.id)
        .limit(limit)
    )
    found = rows.all()
    files = await attachments_by_matter(session, [row.id for row, *_ in found])
    return [
        AppealRow(
            id=row.id,
            attachments=tuple(files.get(row.id, ())),
            decision_id=row.decision_id,
            reference=reference,
            provider_id=row.provider_id,
            provider_name=name,
            service_names=Names(service.name_fi, service.name_sv, service.name_en),
            came_by=row.came_by,
            arrived_at=row.arrived_at,
            late=row.late,
            text=row.text,
            state=row.state,
            decided_at=row.decided_at,
            answer_id=row.answer_id,
        )
        for row, reference, name, service in found
    ]


async def appeals_waiting(session: AsyncSession, *, limit: int = 200) -> list[AppealRow]:
    """Appeals that are not decided, the one that has waited longest first."""
    return await _appeals(session, Appeal.state == "received", limit=limit)


async def count_appeals(session: AsyncSession) -> int:
    """How many appeals in sight wait."""
    found = await session.scalar(select(func.count()).select_from(Appeal).where(Appeal.state == "received"))
    return int(found or 0)


async def appeal_row(session: AsyncSession, appeal_id: UUID) -> AppealRow:
    found = await _appeals(session, Appeal.id == appeal_id, limit=1)
    if not found:
        raise NotFound("appeal.unknown")
    return found[0]


@dataclass(frozen=True, slots=True)
class HearingView:
    """What is held against a provider, and what it answered."""

    id: UUID
    provider_id: UUID
    subject_kind: str
    subject_id: UUID
    text: str
    points: tuple[str, ...]
    due_on: date
    opened_at: datetime
    answer: str | None
    closed_at: datetime | None
    correcting_id: UUID | None
    """The decision whose correction it is about; then it is asked whether the provider agrees."""
    consents: bool | None
    attachments: tuple[AttachmentRow, ...] = ()


def _hearing(row: Hearing, attachments: Sequence[AttachmentRow]) -> HearingView:
    return HearingView(
        id=row.id,
        provider_id=row.provider_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        text=row.text,
        points=tuple(row.points),
        due_on=row.due_on,
        opened_at=row.opened_at,
        answer=row.answer,
        closed_at=row.closed_at,
        correcting_id=row.correcting_id,
        consents=row.consents,
        attachments=tuple(attachments),
    )


async def hearing_view(session: AsyncSession, hearing_id: UUID) -> HearingView:
    row = await session.scalar(select(Hearing).where(Hearing.id == hearing_id))
    if row is None:
        raise NotFound("hearing.unknown")
    return _hearing(row, await attachments_of(session, hearing_id=row.id))


async def hearing_views(session: AsyncSession, subject_id: UUID) -> list[HearingView]:
    """Of a matter, the latest first."""
    rows = await session.scalars(
        select(Hearing)
        .where(Hearing.subject_id == subject_id)
        .order_by(Hearing.opened_at.desc(), Hearing.id.desc())
    )
    found = rows.all()
    files = await attachments_by_matter(session, [row.id for row in found])
    return [_hearing(row, files.get(row.id, ())) for row in found]


@dataclass(frozen=True, slots=True)
class MarkView:
    """What is noted of a criterion."""

    mark: str | None
    note: str
    paper_id: UUID | None
    noted_at: datetime


async def marks_of(session: AsyncSession, application_id: UUID) -> dict[str, MarkView]:
    """Code → what is noted of it."""
    rows = await session.scalars(select(ChecklistMark).where(ChecklistMark.application_id == application_id))
    return {row.code: MarkView(row.mark, row.note, row.paper_id, row.noted_at) for row in rows}
