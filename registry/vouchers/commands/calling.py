"""The client asks to be called: one case for the own case worker, however often it is asked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import NewCase, open_cases
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, call_by
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.errors import Invalid
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import single_line
from registry.vouchers.commands.unpicking import lock_voucher
from registry.vouchers.model import VoucherCase

CALL: Final = "call_wanted"
WISHES: Final = ("any", "morning", "midday", "afternoon")
"""When the client would like to be called: 8 to 11, 11 to 14, 14 to 16, or any of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """By when the client is called; `new` is false where a call was waiting already and only the wish was changed."""

    case_id: UUID
    due_on: date
    new: bool


async def ask_for_call(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    wish: str = "any",
    phone: str | None = None,
) -> Asked:
    """Ask to be called about a voucher; asking again changes the wish and never makes a second case. `phone` only
    where it is another number than the one on file, which stays where it is protected."""
    if wish not in WISHES:
        raise Invalid(errors={"wish": "field.not_a_choice"})
    voucher = await lock_voucher(session, voucher_id=voucher_id)
    number = single_line("phone", phone or "", longest=40, required=False)
    facts: dict[str, Any] = {"voucher": str(voucher.id), "wish": wish} | ({"phone": number} if number else {})
    owner_id = await session.scalar(select(Client.case_worker_id).where(Client.id == voucher.client_id))
    due = call_by(local_date(now))
    opened = await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(
                organiser_id=voucher.organiser_id,
                kind=CALL,
                subject_kind="client",
                subject_id=voucher.client_id,
                due_on=due,
                role=CASE_KINDS[CALL].role,
                owner_id=owner_id,
                client_id=voucher.client_id,
                voucher_id=voucher.id,
                facts=facts,
            )
        ],
    )
    case_id = opened.ids[CALL, voucher.client_id]
    if opened.new:
        session.add(VoucherCase(case_id=case_id, voucher_id=voucher.id, organiser_id=voucher.organiser_id))
        enqueue(
            session,
            now=now,
            client_id=voucher.client_id,
            organiser_id=voucher.organiser_id,
            template="call.wanted",
            facts={"voucher": str(voucher.id), "until": due.isoformat()},
        )
        return Asked(case_id, due, new=True)
    case = await session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    case.facts = facts
    return Asked(case_id, case.due_on, new=False)
