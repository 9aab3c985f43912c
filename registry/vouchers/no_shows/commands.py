"""Noting that a client did not come, and the client's word against it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import close_about, open_case
from registry.cases.rules import CASE_KINDS, due_on
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.database import as_organiser
from registry.shared.errors import NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.no_shows.model import NoShow
from registry.vouchers.no_shows.rules import may_record
from registry.vouchers.rules import AssignmentState

CONTESTED: Final = "correction_wanted"


async def record_no_show(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    agreed_for: date,
    presentation_id: UUID | None = None,
    assignment_id: UUID | None = None,
) -> UUID:
    """A provider notes that its own client did not come on a day: one who has shown the voucher, or one that it has
    confirmed and who never came to show it. The client is told and may contest it; no charge follows, and no chooser
    ever sees it."""
    pick = await _pick(session, actor, presentation_id, assignment_id)
    require(
        may_record(
            agreed_for=agreed_for,
            chosen_on=local_date(pick.chosen_at),
            today=local_date(now),
            standing=pick.state == AssignmentState.CONFIRMED,
        )
    )
    voucher = await session.get_one(Voucher, pick.voucher_id)
    made = NoShow(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        service_id=voucher.service_id,
        provider_id=pick.provider_id,
        voucher_id=voucher.id,
        client_id=voucher.client_id,
        agreed_for=agreed_for,
        recorded_at=now,
        recorded_by=actor.id,
    )
    session.add(made)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Refused("no_show.recorded_already") from error
    enqueue(
        session,
        now=now,
        client_id=voucher.client_id,
        organiser_id=voucher.organiser_id,
        template="no_show.recorded",
        facts={"voucher": str(voucher.id)},
    )
    _tell(session, made, actor=actor, now=now, action="no_show.recorded")
    return made.id


async def _pick(
    session: AsyncSession, actor: Actor, presentation_id: UUID | None, assignment_id: UUID | None
) -> Assignment:
    if presentation_id is not None:
        assignment_id = await session.scalar(
            select(Presentation.assignment_id).where(
                Presentation.id == presentation_id, Presentation.provider_id == actor.provider_id
            )
        )
    pick = await session.scalar(
        select(Assignment).where(Assignment.id == assignment_id, Assignment.provider_id == actor.provider_id)
    )
    if pick is None:
        raise NotFound("presentation.unknown" if presentation_id else "choice.unknown")
    return pick


async def contest_no_show(session: AsyncSession, *, actor: Actor, now: datetime, no_show_id: UUID) -> None:
    """The client says that it is not so: a case for the case worker, who can take the note away."""
    found = await session.get(NoShow, no_show_id)
    if found is None or found.client_id != actor.client_id:
        raise NotFound("no_show.unknown")
    sight = replace(actor.sight, organisers=(found.organiser_id,))
    async with as_organiser(session, sight):
        owner_id = await session.scalar(select(Client.case_worker_id).where(Client.id == found.client_id))
        await open_case(
            session,
            actor=actor,
            now=now,
            organiser_id=found.organiser_id,
            kind=CONTESTED,
            subject_kind="no_show",
            subject_id=found.id,
            due_on=due_on(CONTESTED, local_date(now)),
            role=CASE_KINDS[CONTESTED].role,
            owner_id=owner_id,
            client_id=found.client_id,
        )
    _tell(session, found, actor=actor, now=now, action="no_show.contested")


async def remove_no_show(session: AsyncSession, *, actor: Actor, now: datetime, no_show_id: UUID) -> UUID:
    """Take a note away that was wrong: the provider its own, or the organiser's staff. Returns the voucher's id."""
    found = await session.get(NoShow, no_show_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("no_show.unknown")
    _tell(session, found, actor=actor, now=now, action="no_show.removed")
    enqueue(
        session,
        now=now,
        client_id=found.client_id,
        organiser_id=found.organiser_id,
        template="no_show.removed",
        facts={"voucher": str(found.voucher_id)},
    )
    await session.delete(found)
    async with as_organiser(session, actor.sight):
        await close_about(session, actor=actor, now=now, subject_id=no_show_id, why="no_show.removed")
    return found.voucher_id


def _tell(session: AsyncSession, row: NoShow, *, actor: Actor, now: datetime, action: str) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="no_show",
        subject_id=row.id,
        organiser_id=row.organiser_id,
        voucher_id=row.voucher_id,
        facts={"provider": row.provider_id, "agreed_for": row.agreed_for},
    )
