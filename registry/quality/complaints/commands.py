"""Making a complaint, and deciding it in words that the client reads."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.quality.complaints.model import Complaint
from registry.quality.complaints.rules import ABOUT, ComplaintState, may_become
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage
from registry.vouchers.model import Assignment, Voucher

MADE: Final = "complaint_made"


async def file_complaint(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    provider_id: UUID,
    about: str,
    words: str,
) -> UUID:
    """A client complains of a provider that was chosen with the client's own voucher: a case for the register officer.
    One at a time per voucher and provider, so that what is being looked into is on the list once."""
    text = passage("words", words)
    if about not in ABOUT:
        raise Invalid("field.not_a_choice", errors={"about": "field.not_a_choice"})
    voucher = await session.scalar(select(Voucher).where(Voucher.id == voucher_id))
    if voucher is None or voucher.client_id != actor.client_id:
        raise NotFound("voucher.unknown")
    chosen = exists().where(Assignment.voucher_id == voucher_id, Assignment.provider_id == provider_id)
    if not await session.scalar(select(chosen)):
        raise NotFound("provider.unknown")
    open_already = exists().where(
        Complaint.voucher_id == voucher_id,
        Complaint.provider_id == provider_id,
        Complaint.state == ComplaintState.OPEN,
    )
    if await session.scalar(select(open_already)):
        raise Refused("complaint.open_already")
    complaint = Complaint(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        service_id=voucher.service_id,
        provider_id=provider_id,
        voucher_id=voucher_id,
        client_id=voucher.client_id,
        about=about,
        words=text,
        state=str(ComplaintState.OPEN),
        submitted_at=now,
    )
    session.add(complaint)
    await session.flush()
    async with as_organiser(session, replace(actor.sight, organisers=(voucher.organiser_id,))):
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=voucher.organiser_id,
            kind=MADE,
            subject_kind="complaint",
            subject_id=complaint.id,
            due_on=due_on(MADE, local_date(now)),
            role=CASE_KINDS[MADE].role,
            client_id=voucher.client_id,
        )
    _tell(session, complaint, actor=actor, now=now, action="complaint.made", before=None)
    return complaint.id


async def withdraw_complaint(
    session: AsyncSession, *, actor: Actor, now: datetime, complaint_id: UUID
) -> None:
    """The client takes the complaint back; it then counts for nothing."""
    complaint = await _locked(session, complaint_id)
    if complaint.client_id != actor.client_id:
        raise NotFound("complaint.unknown")
    before = complaint.state
    require(may_become(ComplaintState(before), ComplaintState.WITHDRAWN))
    complaint.state, complaint.decided_at, complaint.decided_by = str(ComplaintState.WITHDRAWN), now, actor.id
    async with as_organiser(session, replace(actor.sight, organisers=(complaint.organiser_id,))):
        await close_about(session, actor=actor, now=now, subject_id=complaint_id, why="complaint.withdrawn")
    _tell(session, complaint, actor=actor, now=now, action="complaint.withdrawn", before=before)


async def decide_complaint(
    session: AsyncSession, *, actor: Actor, now: datetime, complaint_id: UUID, upheld: bool, findings: str
) -> None:
    """The officer decides, after hearing the provider, and says in words what was found: the client reads them. An
    upheld complaint counts in the provider's figures from the next release on. Both are told; the provider only how it
    ended and for which service, for the client's words and name are not its to read."""
    text = passage("findings", findings)
    complaint = await _locked(session, complaint_id)
    wanted = ComplaintState.UPHELD if upheld else ComplaintState.NOT_UPHELD
    before = complaint.state
    require(may_become(ComplaintState(before), wanted))
    complaint.state, complaint.findings = str(wanted), text
    complaint.decided_at, complaint.decided_by = now, actor.id
    await close_about(session, actor=actor, now=now, subject_id=complaint_id, why="complaint.decided")
    enqueue(
        session,
        now=now,
        client_id=complaint.client_id,
        organiser_id=complaint.organiser_id,
        template="complaint.decided",
        facts={"complaint": str(complaint_id)},
    )
    enqueue(
        session,
        now=now,
        provider_id=complaint.provider_id,
        organiser_id=complaint.organiser_id,
        template="complaint.upheld" if upheld else "complaint.not_upheld",
    )
    _tell(session, complaint, actor=actor, now=now, action="complaint.decided", before=before)


async def _locked(session: AsyncSession, complaint_id: UUID) -> Complaint:
    found = await session.get(Complaint, complaint_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("complaint.unknown")
    return found


def _tell(
    session: AsyncSession, row: Complaint, *, actor: Actor, now: datetime, action: str, before: str | None
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="complaint",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        voucher_id=row.voucher_id,
        from_state=before,
        to_state=row.state,
        facts={"provider": row.provider_id, "about": row.about},
    )
