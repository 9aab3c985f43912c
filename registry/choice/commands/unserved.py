"""Vouchers that nobody can serve: that is the organiser's to solve, so each gets a case at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.people.model import Client
from registry.shared.actor import Actor, Role
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.vouchers.model import VoucherCase

DAYS_TO_FIND_A_PROVIDER: Final = 3
"""Within how many days somebody takes up a client whom nobody can serve."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """A voucher without anybody to choose."""

    voucher_id: UUID
    organiser_id: UUID
    client_id: UUID


async def open_unserved_cases(
    session: AsyncSession, unserved: Sequence[Unserved], *, actor: Actor, now: datetime
) -> None:
    """Open the cases as a set. The vouchers were frozen just now, so none can have such a case already."""
    if not unserved:
        return
    owners = await session.execute(
        select(Client.id, Client.case_worker_id).where(Client.id.in_({u.client_id for u in unserved}))
    )
    owner_of = {row.id: row.case_worker_id for row in owners}
    due_on = local_date(now) + timedelta(days=DAYS_TO_FIND_A_PROVIDER)
    cases: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "organiser_id": u.organiser_id,
            "kind": "no_eligible_provider",
            "subject_kind": "voucher",
            "subject_id": u.voucher_id,
            "client_id": u.client_id,
            "role": str(Role.CASE_WORKER),
            "owner_id": owner_of[u.client_id],
            "due_on": due_on,
            "facts": {},
            "opened_at": now,
        }
        for u in unserved
    ]
    links = [
        {"case_id": case["id"], "voucher_id": case["subject_id"], "organiser_id": case["organiser_id"]}
        for case in cases
    ]
    await session.execute(insert(Case), cases)
    await session.execute(insert(VoucherCase), links)
    await session.execute(insert(AuditEvent), [_opened(case, actor, now) for case in cases])


def _opened(case: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    return event_values(
        actor=actor,
        now=now,
        action="case.opened",
        subject_kind="case",
        subject_id=case["id"],
        organiser_id=case["organiser_id"],
        voucher_id=case["subject_id"],
        to_state="open",
        facts={
            "kind": case["kind"],
            "about": case["subject_kind"],
            "about_id": case["subject_id"],
            "due_on": case["due_on"],
        },
    )
