"""Matching everything invoiced for a statement, and letting the result decide its state."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.commands import NewCase, close_moot, open_cases
from registry.cases.model import Case
from registry.cases.rules import CASE_KINDS, due_on
from registry.settlement.commands.statements import become, tell
from registry.settlement.commands.sums import sums_of
from registry.settlement.model import Invoice, InvoiceLine, Statement
from registry.settlement.rules import PAIRED, Item, Matching, StatementState, match
from registry.settlement.selfbilling.model import SelfBillingConsent
from registry.shared.actor import Actor
from registry.shared.database import as_organiser, direct_of
from registry.shared.period import local_date
from registry.shared.rows import insert_rows

S = StatementState
CASE_KIND: Final = "statement_disputed"


Lines = Sequence[Mapping[str, Any]]
"""New invoice lines, as columns, not matched yet."""


async def reconcile(
    session: AsyncSession, actor: Actor, now: datetime, new: Mapping[Statement, Lines], *, tells: bool = True
) -> None:
    """Match all lines of all standing invoices of invoiced statements, each with its new lines, and let the result
    decide its state. What is disputed is a message to the provider, unless every invoice was made here and its consent to
    that still stands, for then what is missing is made here too. `tells`: not where the same transaction
    matches once more. A fixed number of queries, however many statements."""
    stated = await _stated(session, new)
    before = await _before(session, new)
    written: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    disputed: list[Statement] = []
    matched: list[UUID] = []
    for statement, new_lines in new.items():
        items = [Item(line.id, line.reference, line.amount_cents) for line in before[statement.id]]
        items += [Item(line["id"], line["reference"], line["amount_cents"]) for line in new_lines]
        matching = match(stated[statement.id], items)
        cents = {item.id: item.amount_cents for item in stated[statement.id]}
        written += [{**line, **_outcome(matching, cents, line["id"])} for line in new_lines]
        changed += [
            {"id": line.id, **_outcome(matching, cents, line.id)}
            for line in before[statement.id]
            if (line.match, line.statement_line_id)
            != (str(matching.invoiced[line.id]), matching.pairs.get(line.id))
        ]
        _decide(session, actor, now, statement, matching, sum(item.amount_cents for item in items))
        if matching.exceptions:
            disputed.append(statement)
        else:
            matched.append(statement.id)
    await session.flush()
    await insert_rows(await direct_of(session), InvoiceLine, written)
    if changed:
        await session.execute(update(InvoiceLine), changed)
    made_here = [
        each for each in disputed if not new[each] and all(line.self_billed for line in before[each.id])
    ]
    made_on = await _consenting(session, made_here) if made_here else set()
    for statement in disputed if tells else []:
        if statement.id not in made_on:
            tell(session, statement, now, "statement.disputed")
    # the provider's own invoice opens the case, or finds one that stands, or leaves nothing of it to do; it sees none
    async with as_organiser(session, actor.sight):
        await open_cases(session, actor=actor, now=now, cases=[_case(each, now) for each in disputed])
        await _close_cases(session, actor, now, matched, "statement.matched")


_STATED: Final = """
SELECT statement_id, id, reference, amount_cents FROM statement_line
WHERE statement_id = ANY ($1::uuid[]) ORDER BY statement_id, position
"""


async def _stated(session: AsyncSession, statements: Iterable[Statement]) -> dict[UUID, list[Item]]:
    found: dict[UUID, list[Item]] = {each.id: [] for each in statements}
    for statement_id, *line in await (await direct_of(session)).fetch(_STATED, list(found)):
        found[statement_id].append(Item(*line))
    return found


async def _before(session: AsyncSession, statements: Iterable[Statement]) -> dict[UUID, list[Any]]:
    """The lines of the invoices that stand."""
    found: dict[UUID, list[Any]] = {each.id: [] for each in statements}
    for line in await session.execute(
        select(
            InvoiceLine.statement_id,
            InvoiceLine.id,
            InvoiceLine.reference,
            InvoiceLine.amount_cents,
            InvoiceLine.match,
            InvoiceLine.statement_line_id,
            Invoice.self_billed,
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.statement_id.in_(found), Invoice.rejected_at.is_(None))
        .order_by(Invoice.received_at, Invoice.id, InvoiceLine.file_line)
    ):
        found[line.statement_id].append(line)
    return found


async def _consenting(session: AsyncSession, statements: Iterable[Statement]) -> set[UUID]:
    """Those whose provider's consent to self-billing stands."""
    return set(
        await session.scalars(
            select(Statement.id)
            .join(
                SelfBillingConsent,
                (SelfBillingConsent.organiser_id == Statement.organiser_id)
                & (SelfBillingConsent.provider_id == Statement.provider_id),
            )
            .where(Statement.id.in_([each.id for each in statements]), SelfBillingConsent.ended_at.is_(None))
        )
    )


def _outcome(matching: Matching, stated_cents: Mapping[UUID, int], line_id: UUID) -> dict[str, Any]:
    paired = matching.pairs.get(line_id)
    return {
        "match": str(matching.invoiced[line_id]),
        "statement_line_id": paired,
        "stated_cents": stated_cents[paired] if paired else None,
    }


def _decide(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    statement: Statement,
    matching: Matching,
    invoiced_cents: int,
) -> None:
    """Matched or disputed."""
    statement.invoiced_cents = invoiced_cents
    statement.exceptions = matching.exceptions
    lone = [result for result in matching.invoiced.values() if result not in PAIRED]
    counts = Counter([*matching.stated.values(), *lone])
    facts = {str(kind): number for kind, number in sorted(counts.items())}
    facts["difference_cents"] = invoiced_cents - statement.total_cents
    if not matching.exceptions:
        become(session, statement, S.MATCHED, actor, now, "statement.matched", **facts)
        return
    become(session, statement, S.DISPUTED, actor, now, "statement.disputed", **facts)


def _case(statement: Statement, now: datetime) -> NewCase:
    """What is disputed is a case for the finance officer."""
    return NewCase(
        organiser_id=statement.organiser_id,
        kind=CASE_KIND,
        subject_kind="statement",
        subject_id=statement.id,
        due_on=due_on(CASE_KIND, local_date(now)),
        role=CASE_KINDS[CASE_KIND].role,
        facts={"number": statement.number, "exceptions": statement.exceptions},
    )


async def match_if_nothing_is_left(
    session: AsyncSession, actor: Actor, now: datetime, statement: Statement
) -> None:
    """As at closing: a statement that no invoice stands for, and whose lines all cancel each other out, is matched."""
    if statement.state != S.CLOSED:
        return
    sums = (await sums_of(session, [statement.id]))[statement.id]
    if sums.cancelled_out:
        become(session, statement, S.MATCHED, actor, now, "statement.matched", difference_cents=0)


async def close_case_of(
    session: AsyncSession, actor: Actor, now: datetime, statement: Statement, why: str
) -> None:
    async with as_organiser(session, actor.sight):
        await _close_cases(session, actor, now, [statement.id], why)


async def _close_cases(
    session: AsyncSession, actor: Actor, now: datetime, statement_ids: Sequence[UUID], why: str
) -> None:
    if not statement_ids:
        return
    cases = await session.scalars(
        select(Case.id).where(
            Case.kind == CASE_KIND, Case.subject_id.in_(statement_ids), Case.closed_at.is_(None)
        )
    )
    await close_moot(session, actor=actor, now=now, case_ids=cases.all(), why=why)
