"""Granting as pages and the API do it: the vouchers and their frozen shortlists in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.commands import freeze_shortlists
from registry.quality.intake.commands import record_intakes
from registry.quality.intake.rules import IntakeFacts
from registry.shared.actor import Actor
from registry.shared.errors import Refusal
from registry.shared.settings import Keys
from registry.vouchers.batch_import import Row, resolve
from registry.vouchers.commands import Granted, GrantOrder, grant
from registry.vouchers.retroactive.commands import decide_retroactive

BATCH: Final = "voucher.batch"
"""The operation's name, and the mark by which a batch's answer is known when it is read again."""


async def grant_vouchers(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    orders: Sequence[GrantOrder],
    facts: Sequence[IntakeFacts | None],
) -> list[Granted | Refusal]:
    """Grant, and fix at once who can be chosen with each voucher, and what was known of each client before."""
    answers = await grant(session, actor=actor, now=now, orders=orders)
    granted = [answer.id for answer in answers if isinstance(answer, Granted)]
    if granted:
        known = {
            answer.id: given
            for answer, given in zip(answers, facts, strict=True)
            if isinstance(answer, Granted) and given is not None
        }
        await record_intakes(session, actor=actor, now=now, facts=known)
        await freeze_shortlists(session, actor=actor, now=now, keys=keys, voucher_ids=granted)
    return answers


async def decide_late(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys, proposal_id: UUID, approve: bool
) -> Granted | None:
    """Decide on a late grant; where it is approved, fix at once who can be chosen with the voucher."""
    granted = await decide_retroactive(
        session, actor=actor, now=now, proposal_id=proposal_id, approve=approve
    )
    if granted is not None:
        await freeze_shortlists(session, actor=actor, now=now, keys=keys, voucher_ids=[granted.id])
    return granted


def facts_of(months_unemployed: int | None, education: str) -> IntakeFacts | None:
    """What was said of the client; nothing where the months were left out."""
    if months_unemployed is None:
        return None
    return IntakeFacts(months_unemployed, education or "not_known")


async def grant_rows(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    rows: Sequence[Row],
    fictional: bool,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Grant the good rows of a batch; the report of every row as JSON values, in the order of the rows."""
    resolved = await resolve(
        session, organiser_id=actor.organiser_id, keys=keys, rows=rows, fictional=fictional
    )
    good = [(row, found.order) for row, found in zip(rows, resolved, strict=True) if found.order is not None]
    orders = [order for _, order in good]
    if dry_run:
        answers = await grant(session, actor=actor, now=now, orders=orders, dry_run=True)
    else:
        facts = [facts_of(row.months_unemployed, row.education) for row, _ in good]
        answers = await grant_vouchers(session, actor=actor, now=now, keys=keys, orders=orders, facts=facts)
    told = iter(answers)
    report = []
    for row in resolved:
        answer = next(told) if row.order is not None else None
        report.append(_line(row.line, answer, row.refusals, dry_run=dry_run))
    granted = [line for line in report if not line["refusals"]]
    return {
        "operation": BATCH,
        "dry_run": dry_run,
        "rows": report,
        "granted": len(granted),
        "refused": len(report) - len(granted),
        "value_cents": sum(line["value_cents"] for line in granted),
    }


def _line(
    line: int, answer: Granted | Refusal | None, refusals: Sequence[Refusal], *, dry_run: bool
) -> dict[str, Any]:
    if isinstance(answer, Granted):
        return {
            "line": line,
            "client_id": str(answer.client_id),
            "voucher_id": None if dry_run else str(answer.id),
            "number": None if dry_run else answer.number,
            "value_cents": answer.value_cents,
            "refusals": [],
        }
    why = [answer] if isinstance(answer, Refusal) else refusals
    return {
        "line": line,
        "client_id": None,
        "voucher_id": None,
        "number": None,
        "value_cents": 0,
        "refusals": [{"code": refusal.code, "facts": _plain(refusal.facts)} for refusal in why],
    }


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, (bool, int, str)) else str(value)
        for name, value in facts.items()
    }
