"""Invariants of the audit trail: nothing changed without an event, and no event was altered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.queries import COLUMNS, Event
from registry.checks.invariant import Invariant, steps
from registry.people.rules import REQUEST_TRANSITIONS
from registry.providers.bank_accounts.rules import BANK_ACCOUNT_TRANSITIONS
from registry.providers.decisions.court.rules import COURT_TRANSITIONS
from registry.providers.decisions.rules import APPEAL_TRANSITIONS
from registry.providers.keeping.rules import (
    CHANGE_CORRECTIONS,
    CHANGE_TRANSITIONS,
    CORRECTIVE_TRANSITIONS,
    INSPECTION_TRANSITIONS,
)
from registry.providers.oversight.rules import FINDING_TRANSITIONS
from registry.providers.rules import (
    ADMISSION_CORRECTIONS,
    ADMISSION_TRANSITIONS,
    APPLICATION_CORRECTIONS,
    APPLICATION_TRANSITIONS,
)
from registry.quality.complaints.rules import COMPLAINT_TRANSITIONS
from registry.settlement.bank.rules import BATCH_TRANSITIONS
from registry.settlement.claims.rules import CLAIM_TRANSITIONS as OWED_TRANSITIONS
from registry.settlement.rules import STATEMENT_TRANSITIONS
from registry.vouchers.results.rules import CLAIM_TRANSITIONS
from registry.vouchers.retroactive.rules import PROPOSAL_TRANSITIONS
from registry.vouchers.rules import (
    ASSIGNMENT_TRANSITIONS,
    REDEMPTION_TRANSITIONS,
    VOUCHER_TRANSITIONS,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose states are told by events."""

    kind: str
    """The events' subject_kind."""
    counted: str
    table: str
    state: str = "state"
    begins: str | None = None
    """The state before the first event, where making the row is told by another subject's event."""
    for_ever: bool = True
    """False where rows are erased before their events are."""


KEPT: Final = (
    Kept("voucher", "vouchers", "voucher"),
    Kept("redemption", "redemptions", "redemption"),
    Kept("assignment", "picks", "assignment", begins="asked"),
    Kept("milestone", "results", "milestone_claim"),
    Kept("retroactive_grant", "late grants", "retroactive_grant"),
    Kept("application", "applications", "application", for_ever=False),
    Kept("admission", "admissions", "admission"),
    Kept("bank_account", "bank accounts", "bank_account"),
    Kept("appeal", "requests for review", "appeal", for_ever=False),
    Kept("court_appeal", "appeals to courts", "court_appeal", for_ever=False),
    Kept("change", "changes", "admission_change", for_ever=False),
    Kept("inspection", "inspections", "inspection", for_ever=False),
    Kept("corrective", "corrections", "corrective_requirement", for_ever=False),
    Kept(
        "hearing",
        "hearings",
        "hearing",
        state="CASE WHEN closed_at IS NULL THEN 'open' WHEN answer IS NULL THEN 'passed' ELSE 'answered' END",
        for_ever=False,
    ),
    Kept("statement", "statements", "statement", begins="open"),
    Kept("payment_batch", "payment batches", "payment_batch"),
    Kept("claim", "claims on providers", "claim"),
    Kept("role_change", "role changes", "role_change_request", for_ever=False),
    Kept("complaint", "complaints", "complaint", for_ever=False),
    Kept("finding", "findings", "oversight_finding", for_ever=False),
    Kept(
        "case",
        "cases",
        "case_file",
        state="CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END",
        for_ever=False,
    ),
)


def complete(kept: Kept) -> Invariant:
    """The steps that the events tell of lead from nothing to the state that the row is in. Counted as a path: every
    state is entered as often as it is left, but for the one that the row is in. So a missing event, one too many
    and a change behind the events' back all show, and no clock has to be believed."""
    begun = (
        f"UNION ALL SELECT id, '{kept.begins}', 1 FROM {kept.table}"  # noqa: S608 - constants
        if kept.begins
        else ""
    )
    join = "FULL" if kept.for_ever else "LEFT"
    return Invariant(
        f"audit: events lead each of the {kept.counted} to the state it is in",
        kept.counted,
        f"""SELECT coalesce(x.id, e.id) AS id, e.unbalanced = 1 AND e.surplus = 1 AND e.state = x.state AS ok
           FROM (SELECT id, {kept.state} AS state FROM {kept.table}) x
           {join} JOIN (SELECT id, count(*) AS unbalanced, min(surplus) AS surplus, min(state) AS state FROM (
               SELECT id, state, sum(n) AS surplus FROM (
                 SELECT subject_id AS id, to_state AS state, 1 AS n FROM audit_event WHERE subject_kind = '{kept.kind}'
                 UNION ALL SELECT subject_id, from_state, -1 FROM audit_event WHERE subject_kind = '{kept.kind}'
                 {begun}) step
               WHERE state IS NOT NULL GROUP BY id, state HAVING sum(n) <> 0) ended
             GROUP BY id) e ON e.id = x.id""",  # noqa: S608
    )


def _with(
    table: Mapping[Any, frozenset[Any]], corrections: Mapping[Any, frozenset[Any]]
) -> Mapping[Any, Any]:
    """The steps that anybody may take, and those that the correction of a decision alone brings about."""
    return {before: afters | corrections.get(before, frozenset()) for before, afters in table.items()}


MACHINES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    kind: {str(before): frozenset(str(after) for after in afters) for before, afters in table.items()}
    for kind, table in (
        ("voucher", VOUCHER_TRANSITIONS),
        ("redemption", REDEMPTION_TRANSITIONS),
        ("assignment", ASSIGNMENT_TRANSITIONS),
        ("milestone", CLAIM_TRANSITIONS),
        ("retroactive_grant", PROPOSAL_TRANSITIONS),
        ("application", _with(APPLICATION_TRANSITIONS, APPLICATION_CORRECTIONS)),
        ("admission", _with(ADMISSION_TRANSITIONS, ADMISSION_CORRECTIONS)),
        ("appeal", APPEAL_TRANSITIONS),
        ("court_appeal", COURT_TRANSITIONS),
        ("change", _with(CHANGE_TRANSITIONS, CHANGE_CORRECTIONS)),
        ("inspection", INSPECTION_TRANSITIONS),
        ("corrective", CORRECTIVE_TRANSITIONS),
        ("bank_account", BANK_ACCOUNT_TRANSITIONS),
        ("statement", STATEMENT_TRANSITIONS),
        ("payment_batch", BATCH_TRANSITIONS),
        ("claim", OWED_TRANSITIONS),
        ("role_change", REQUEST_TRANSITIONS),
        ("complaint", COMPLAINT_TRANSITIONS),
        ("finding", FINDING_TRANSITIONS),
    )
}


def lawful() -> Invariant:
    """No event tells of a step that the rules do not know."""
    known = ", ".join(
        f"('{kind}', {pair[1:-1]})"
        for kind, table in MACHINES.items()
        for pair in steps(table).replace("), (", ")|(").split("|")
    )
    return Invariant(
        "audit: every step is one that the rules allow",
        "steps",
        f"""SELECT e.id, e.from_state IS NULL OR a.kind IS NOT NULL AS ok
           FROM audit_event e
             LEFT JOIN (VALUES {known}) a (kind, before, after)
               ON a.kind = e.subject_kind AND a.before = e.from_state AND a.after = e.to_state
           WHERE e.subject_kind IN ({", ".join(f"'{kind}'" for kind in MACHINES)}) AND e.to_state IS NOT NULL""",  # noqa: S608
    )


AUDIT: Final = (
    *(complete(kept) for kept in KEPT),
    lawful(),
    Invariant(
        "audit: every pick was recorded when it was made, with what it was made of",
        "picks",
        """SELECT a.id, e.how_many = 1 AND e.provider_id = a.provider_id::text AND e.voucher_id = a.voucher_id AS ok
           FROM assignment a LEFT JOIN (
             SELECT facts->>'assignment' AS assignment_id, count(*) AS how_many, min(facts->>'provider') AS provider_id,
               (array_agg(voucher_id))[1] AS voucher_id
             FROM audit_event WHERE action = 'voucher.chosen' GROUP BY 1) e ON e.assignment_id = a.id::text""",
    ),
    Invariant(
        "audit: grants, redemptions and reversals are recorded with their amounts",
        "amounts",
        """SELECT v.id, (e.facts->>'value_cents')::bigint = v.granted_cents - coalesce(m.cents, 0) AS ok
           FROM voucher v LEFT JOIN audit_event e ON e.subject_id = v.id AND e.action = 'voucher.granted'
             LEFT JOIN (SELECT voucher_id, sum(cents) AS cents FROM (
                 SELECT voucher_id, cents FROM voucher_change WHERE kind = 'raised'
                 UNION ALL SELECT voucher_id, cents FROM voucher_topup) later GROUP BY voucher_id) m
               ON m.voucher_id = v.id
           UNION ALL
           SELECT r.id, (e.facts->>'value_cents')::bigint = r.value_cents AS ok
           FROM redemption r LEFT JOIN audit_event e
             ON e.subject_id = r.id AND e.action = 'redemption.' || r.state""",
    ),
)


@dataclass(frozen=True, slots=True)
class Hashes:
    """How many events were hashed anew, and the ids of those that no longer fit."""

    examined: int
    broken: int
    offenders: list[str]


async def check_hashes(session: AsyncSession, *, most: int) -> Hashes:
    """Hash every event anew, in bounded memory."""
    examined, broken = 0, 0
    offenders: list[str] = []
    rows = await session.stream(select(*COLUMNS).execution_options(yield_per=2_000))
    async for row in rows:
        event = Event(**row._mapping)
        examined += 1
        if not event.intact:
            broken += 1
            if len(offenders) < most:
                offenders.append(str(event.id))
    return Hashes(examined, broken, offenders)
