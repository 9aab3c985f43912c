"""Vouchers that nobody can serve, or nobody in the client's own national language: that is the organiser's to solve, so
each gets a case at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import NewCase, open_cases
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.period import local_date
from registry.vouchers.model import VoucherCase

NOBODY: Final = "no_eligible_provider"
NOT_IN_LANGUAGE: Final = "no_provider_in_language"


def unserved_kind(*, eligible: int, language_missing: bool) -> str | None:
    """The kind of case, None when there is somebody to choose. Where only the language is missing, that is the case:
    it says what has to be found."""
    if language_missing:
        return NOT_IN_LANGUAGE
    return NOBODY if eligible == 0 else None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A voucher without anybody to choose, or without anybody in the client's language."""

    voucher_id: UUID
    organiser_id: UUID
    client_id: UUID
    kind: str


async def open_unserved_cases(
    session: AsyncSession, unserved: Sequence[Unserved], *, actor: Actor, now: datetime
) -> None:
    """Open the cases as a set. A voucher gets one of a kind in its life: how a closed one was solved, the case worker
    knows, who sees the same list as the client."""
    had = await _had(session, unserved)
    unserved = [one for one in unserved if (one.kind, one.voucher_id) not in had]
    if not unserved:
        return
    owners = await session.execute(
        select(Client.id, Client.case_worker_id).where(Client.id.in_({one.client_id for one in unserved}))
    )
    owner_of = {row.id: row.case_worker_id for row in owners}
    opened = await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(
                organiser_id=one.organiser_id,
                kind=one.kind,
                subject_kind="voucher",
                subject_id=one.voucher_id,
                due_on=due_on(one.kind, local_date(now)),
                role=CASE_KINDS[one.kind].role,
                owner_id=owner_of[one.client_id],
                client_id=one.client_id,
                voucher_id=one.voucher_id,
            )
            for one in unserved
        ],
    )
    links = [
        {
            "case_id": opened.ids[one.kind, one.voucher_id],
            "voucher_id": one.voucher_id,
            "organiser_id": one.organiser_id,
        }
        for one in unserved
    ]
    await session.execute(insert(VoucherCase).on_conflict_do_nothing(), links)


async def _had(session: AsyncSession, unserved: Sequence[Unserved]) -> set[tuple[str, UUID]]:
    """(kind, voucher) of the cases that were opened before, closed or not."""
    if not unserved:
        return set()
    rows = await session.execute(
        select(Case.kind, Case.subject_id).where(
            Case.kind.in_((NOBODY, NOT_IN_LANGUAGE)),
            Case.subject_id.in_({one.voucher_id for one in unserved}),
        )
    )
    return {(kind, voucher_id) for kind, voucher_id in rows}
