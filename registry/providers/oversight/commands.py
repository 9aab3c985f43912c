"""A finding of the register officer: drafted, heard, then published as a dated statement of its own or dropped."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS
from registry.catalogue.model import Service
from registry.people.rules import LANGUAGES
from registry.providers.model import Admission
from registry.providers.oversight.model import OversightFinding, PublishedFinding
from registry.providers.oversight.rules import (
    HEARING_DAYS,
    FindingState,
    may_answer,
    may_publish,
    move_finding,
)
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage

HEARD: Final = "finding_heard"
LONGEST: Final = 2_000


async def open_finding(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    service_id: UUID | None,
    found_on: date,
    statement: Mapping[str, str],
) -> UUID:
    """Draft a finding on a provider of the officer's own register. `statement`: language → words, one at least."""
    known = exists().where(Admission.organiser_id == actor.organiser_id, Admission.provider_id == provider_id)
    if not await session.scalar(select(known)):
        raise NotFound("provider.unknown")
    if service_id is not None:
        service = await session.get(Service, service_id)
        if service is None or service.organiser_id != actor.organiser_id:
            raise NotFound("service.unknown")
    if actor.id is None:
        raise ValueError("a person finds")
    finding = OversightFinding(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        provider_id=provider_id,
        service_id=service_id,
        found_on=_day(found_on, now),
        statement=_statement(statement),
        state=str(FindingState.DRAFT),
        opened_at=now,
        opened_by=actor.id,
    )
    session.add(finding)
    await session.flush()
    _tell(session, finding, actor=actor, now=now, action="finding.drafted", before=None)
    return finding.id


async def change_finding(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    finding_id: UUID,
    found_on: date,
    statement: Mapping[str, str],
) -> None:
    """Change a draft. What the provider is heard about can no longer be changed: it would have been heard about
    something else."""
    finding = await _locked(session, finding_id)
    if finding.state != FindingState.DRAFT:
        raise Refused("finding.not_now", state=finding.state)
    finding.found_on, finding.statement = _day(found_on, now), _statement(statement)
    _tell(session, finding, actor=actor, now=now, action="finding.changed", before=finding.state)


def _day(found_on: date, now: datetime) -> date:
    if found_on > local_date(now):
        raise Invalid("finding.in_future", errors={"found_on": "finding.in_future"})
    return found_on


def _statement(statement: Mapping[str, str]) -> dict[str, str]:
    words = {
        language: passage(f"statement_{language}", text, longest=LONGEST, required=False)
        for language, text in statement.items()
        if language in LANGUAGES
    }
    kept = {language: text for language, text in words.items() if text}
    if not kept:
        raise Invalid("field.required", errors={"statement_fi": "field.required"})
    return kept


async def send_to_hearing(session: AsyncSession, *, actor: Actor, now: datetime, finding_id: UUID) -> None:
    """The provider may now read the draft and say its view. The case is the officer's reminder to decide when the
    time is over, whether it has answered or not."""
    finding = await _locked(session, finding_id)
    before = finding.state
    require(move_finding(FindingState(before), FindingState.HEARING))
    finding.state = str(FindingState.HEARING)
    finding.hearing_until = local_date(now) + timedelta(days=HEARING_DAYS)
    await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=finding.organiser_id,
        kind=HEARD,
        subject_kind="finding",
        subject_id=finding.id,
        due_on=finding.hearing_until + timedelta(days=1),
        role=CASE_KINDS[HEARD].role,
        owner_id=actor.id,
    )
    _message(session, finding, now=now, template="finding.hearing", until=finding.hearing_until.isoformat())
    _tell(session, finding, actor=actor, now=now, action="finding.hearing", before=before)


async def answer_hearing(
    session: AsyncSession, *, actor: Actor, now: datetime, finding_id: UUID, words: str
) -> None:
    """The provider says its view, once. It is published beside the statement, if that is published."""
    text = passage("words", words, longest=LONGEST)
    finding = await _locked(session, finding_id)
    if finding.provider_id != actor.provider_id or finding.state == FindingState.DRAFT:
        raise NotFound("finding.unknown")
    require(may_answer(state=FindingState(finding.state), answered=finding.heard_at is not None))
    finding.heard, finding.heard_at = text, now
    _tell(session, finding, actor=actor, now=now, action="finding.answered", before=finding.state)


async def publish_finding(session: AsyncSession, *, actor: Actor, now: datetime, finding_id: UUID) -> None:
    """Put the statement on the provider's public page, with its answer. It changes no other figure."""
    finding = await _locked(session, finding_id)
    require(
        may_publish(
            state=FindingState(finding.state),
            heard=finding.heard_at is not None,
            hearing_until=finding.hearing_until,
            today=local_date(now),
        )
    )
    await _decide(session, finding, FindingState.PUBLISHED, actor=actor, now=now)
    session.add(
        PublishedFinding(
            id=finding.id,
            organiser_id=finding.organiser_id,
            provider_id=finding.provider_id,
            service_id=finding.service_id,
            found_on=finding.found_on,
            published_on=local_date(now),
            statement=finding.statement,
            answer=finding.heard,
        )
    )


async def drop_finding(session: AsyncSession, *, actor: Actor, now: datetime, finding_id: UUID) -> None:
    """Nothing is published; a provider that was heard is told so."""
    finding = await _locked(session, finding_id)
    await _decide(session, finding, FindingState.DROPPED, actor=actor, now=now)


async def _decide(
    session: AsyncSession, finding: OversightFinding, wanted: FindingState, *, actor: Actor, now: datetime
) -> None:
    before = finding.state
    require(move_finding(FindingState(before), wanted))
    finding.state, finding.decided_at, finding.decided_by = str(wanted), now, actor.id
    await close_about(session, actor=actor, now=now, subject_id=finding.id, why=f"finding.{wanted}")
    if before != FindingState.DRAFT:
        _message(session, finding, now=now, template=f"finding.{wanted}")
    _tell(session, finding, actor=actor, now=now, action=f"finding.{wanted}", before=before)


async def _locked(session: AsyncSession, finding_id: UUID) -> OversightFinding:
    found = await session.get(OversightFinding, finding_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("finding.unknown")
    return found


def _message(
    session: AsyncSession, finding: OversightFinding, *, now: datetime, template: str, **facts: str
) -> None:
    enqueue(
        session,
        now=now,
        provider_id=finding.provider_id,
        organiser_id=finding.organiser_id,
        template=template,
        facts={"finding": str(finding.id), **facts},
    )


def _tell(
    session: AsyncSession,
    finding: OversightFinding,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    before: str | None,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="finding",
        subject_id=finding.id,
        organiser_id=finding.organiser_id,
        from_state=before,
        to_state=finding.state,
        facts={"provider": finding.provider_id, "service": finding.service_id},
    )
