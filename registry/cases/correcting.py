"""A client asks for something on file to be put right: a task with an answer that the client reads."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import open_case
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage

KIND: Final = "correction_wanted"
SUBJECT: Final = "correction"

ITEMS: Final = (
    "name",
    "contact",
    "municipality",
    "language",
    "needs",
    "guardian",
    "voucher",
    "visit",
    "intake",
    "outcome",
    "looked",
    "other",
)
"""What the client says is wrong."""

MOST_OPEN: Final = 10
LONGEST: Final = 2_000


async def ask_for_correction(
    session: AsyncSession, *, actor: Actor, now: datetime, item: str, words: str
) -> UUID:
    """Ask for a correction; the case's id. Each request is a case of its own, for each gets its own answer; a handful at
    a time, so that one person cannot bury the others' cases."""
    text = passage("words", words, longest=LONGEST)
    if item not in ITEMS:
        raise Invalid(errors={"item": "field.not_a_choice"})
    client = await session.get(Client, actor.client_id)
    if client is None:
        raise NotFound("client.unknown")
    waiting = await session.scalar(
        select(func.count())
        .select_from(Case)
        .where(
            Case.client_id == client.id,
            Case.kind == KIND,
            Case.subject_kind == SUBJECT,
            Case.closed_at.is_(None),
        )
    )
    if (waiting or 0) >= MOST_OPEN:
        raise Refused("correction.too_many", most=MOST_OPEN)
    return await open_case(
        session,
        actor=actor,
        now=now,
        organiser_id=client.organiser_id,
        kind=KIND,
        subject_kind=SUBJECT,
        subject_id=uuid7(),
        due_on=due_on(KIND, local_date(now)),
        role=CASE_KINDS[KIND].role,
        owner_id=client.case_worker_id,
        client_id=client.id,
        facts={"item": item, "words": text},
    )
