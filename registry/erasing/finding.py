"""Finding what a rule is about. A query narrows it down; whether it may go, the calendar rules say one by one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.erasing.rules import (
    CASE_YEARS,
    DEFAULT_FILE_YEARS,
    ENDED_YEARS,
    PERSON_YEARS,
    account_may_go,
    matter_may_go,
)
from registry.shared.errors import Accepted
from registry.shared.period import local_date
from registry.shared.retention_rules import (
    UNUSED_ACCOUNT_MONTHS,
    accounting_books_until,
    accounting_vouchers_until,
    financial_year_end,
)


@dataclass(frozen=True, slots=True)
class When:
    """On which day the rules are asked, and with which month financial years end."""

    now: datetime
    last_month: int
    organisers: tuple[UUID, ...] = ()
    """Whose matters; the register's published tables know no sight."""
    account_months: int = UNUSED_ACCOUNT_MONTHS

    @property
    def today(self) -> date:
        return local_date(self.now)


@dataclass(frozen=True, slots=True)
class Found:
    """What may go, after which id to look on, and how many were passed over because accounts rest on them."""

    ids: tuple[UUID, ...]
    last: UUID | None
    held: int = 0


Find = Callable[..., Awaitable[Found]]
START: Final = UUID(int=0)

_CLIENTS: Final = """
SELECT c.id, max(coalesce(v.ended_at, v.claim_until, c.created_at)) AS ended, NULL::date AS entry, NULL::uuid AS service
FROM client c JOIN client_person p ON p.client_id = c.id LEFT JOIN voucher v ON v.client_id = c.id
WHERE c.id > :after AND NOT EXISTS (SELECT FROM case_file f WHERE f.client_id = c.id AND f.closed_at IS NULL)
GROUP BY c.id, c.created_at
HAVING bool_and(v.id IS NULL OR v.ended_at IS NOT NULL) AND max(coalesce(v.ended_at, c.created_at)) < :before
ORDER BY c.id LIMIT :limit
"""
_ACCOUNTS: Final = """
SELECT a.id, greatest(a.created_at,
  (SELECT max(greatest(r.asked_at, r.decided_at)) FROM representation r WHERE r.account_id = a.id),
  (SELECT max(l.created_at) FROM mailed_link l WHERE l.account_id = a.id)) AS ended
FROM account a
WHERE a.id > :after AND a.signs_in_by_mail AND a.email IS NOT NULL AND a.created_at < :before
  AND NOT EXISTS (SELECT FROM role_grant g WHERE g.account_id = a.id)
  AND NOT EXISTS (SELECT FROM role_change_request q WHERE q.account_id = a.id AND q.state = 'requested')
  AND NOT EXISTS (SELECT FROM representation r WHERE r.account_id = a.id AND r.state = 'asked')
ORDER BY a.id LIMIT :limit
"""
_CASES: Final = """
SELECT f.id, f.closed_at AS ended, NULL::date AS entry, NULL::uuid AS service FROM case_file f
WHERE f.id > :after AND f.closed_at < :before ORDER BY f.id LIMIT :limit
"""
_APPLICATIONS: Final = """
SELECT a.id, greatest(coalesce(a.decided_at, a.submitted_at, a.created_at),
    (SELECT max(d.last_day) FROM decision d WHERE d.subject_id = a.id)::timestamptz,
    (SELECT max(p.decided_at) FROM appeal p JOIN decision d ON d.id = p.decision_id WHERE d.subject_id = a.id),
    (SELECT max(c.settled_at) FROM court_appeal c JOIN decision d ON d.id = c.decision_id WHERE d.subject_id = a.id)
  ) AS ended,
  (SELECT max(s.month) FROM statement s JOIN decision d ON d.subject_id = a.id AND d.kind = 'approved'
    WHERE s.provider_id = a.provider_id AND s.organiser_id = a.organiser_id) AS entry, a.service_id AS service
FROM application a
WHERE a.id > :after AND a.state IN ('rejected', 'withdrawn') AND a.created_at < :before
  AND NOT EXISTS (SELECT FROM court_appeal c JOIN decision d ON d.id = c.decision_id
    WHERE d.subject_id = a.id AND c.state = 'pending')
  AND NOT EXISTS (SELECT FROM appeal p JOIN decision d ON d.id = p.decision_id
    WHERE d.subject_id = a.id AND p.state = 'received')
ORDER BY a.id LIMIT :limit
"""
_LEFT: Final = """(SELECT max(e.at) FROM audit_event e WHERE e.subject_id = {admission}.id
      AND e.subject_kind = 'admission' AND e.to_state IN ('removed', 'withdrawn', 'lapsed'))"""
_LAST_STATEMENT: Final = """(SELECT max(s.month) FROM statement s
    WHERE s.provider_id = {matter}.provider_id AND s.organiser_id = {matter}.organiser_id)"""
_LATEST_WORD: Final = """(SELECT max(d.last_day) FROM decision d WHERE d.subject_id = {matter}.id)::timestamptz,
    (SELECT max(c.settled_at) FROM court_appeal c JOIN decision d ON d.id = c.decision_id
      WHERE d.subject_id = {matter}.id)"""
_NOTHING_WAITS: Final = """NOT EXISTS (SELECT FROM appeal p JOIN decision d ON d.id = p.decision_id
    WHERE d.subject_id = {matter}.id AND p.state = 'received')
  AND NOT EXISTS (SELECT FROM court_appeal c JOIN decision d ON d.id = c.decision_id
    WHERE d.subject_id = {matter}.id AND c.state = 'pending')
  AND NOT EXISTS (SELECT FROM hearing h WHERE h.subject_id = {matter}.id AND h.closed_at IS NULL)"""
_APPROVED: Final = f"""
SELECT a.id, greatest(a.decided_at, {_LATEST_WORD.format(matter="a")},
    (SELECT max(coalesce({_LEFT.format(admission="m")}, m.valid_until::timestamptz, m.created_at)) FROM admission m
      WHERE m.provider_id = a.provider_id AND m.service_id = a.service_id)) AS ended,
  {_LAST_STATEMENT.format(matter="a")} AS entry, NULL::uuid AS service
FROM application a
WHERE a.id > :after AND a.state = 'approved' AND a.created_at < :before
  AND NOT EXISTS (SELECT FROM admission m WHERE m.provider_id = a.provider_id AND m.service_id = a.service_id
    AND m.state IN ('active', 'suspended'))
  AND {_NOTHING_WAITS.format(matter="a")}
ORDER BY a.id LIMIT :limit
"""  # noqa: S608 - constants
_ADMISSIONS: Final = f"""
SELECT m.id, greatest(m.created_at, {_LEFT.format(admission="m")}, m.valid_until::timestamptz,
    {_LATEST_WORD.format(matter="m")}) AS ended,
  {_LAST_STATEMENT.format(matter="m")} AS entry, NULL::uuid AS service
FROM admission m
WHERE m.id > :after AND m.state NOT IN ('active', 'suspended') AND m.created_at < :before
  AND m.organiser_id = ANY (:organisers)
  AND (EXISTS (SELECT FROM admission_change c WHERE c.admission_id = m.id)
    OR EXISTS (SELECT FROM hearing h WHERE h.subject_id = m.id AND h.text <> '-')
    OR EXISTS (SELECT FROM decision_document t JOIN decision d ON d.id = t.decision_id WHERE d.subject_id = m.id))
  AND {_NOTHING_WAITS.format(matter="m")}
ORDER BY m.id LIMIT :limit
"""  # noqa: S608 - constants
_INSPECTIONS: Final = f"""
SELECT i.id, i.changed_at AS ended, {_LAST_STATEMENT.format(matter="i")} AS entry, NULL::uuid AS service
FROM inspection i
WHERE i.id > :after AND i.state <> 'planned' AND i.changed_at < :before
  AND NOT EXISTS (SELECT FROM corrective_requirement c WHERE c.inspection_id = i.id)
ORDER BY i.id LIMIT :limit
"""  # noqa: S608 - constants
_PAPERS: Final = """
SELECT e.id, greatest(e.uploaded_at, e.withdrawn_at,
    (SELECT max(a.created_at) FROM admission a WHERE a.provider_id = e.provider_id),
    (SELECT max(coalesce(a.decided_at, a.created_at)) FROM application a WHERE a.provider_id = e.provider_id)) AS ended,
  (SELECT max(s.month) FROM statement s WHERE s.provider_id = e.provider_id) AS entry, NULL::uuid AS service
FROM evidence_paper e
WHERE e.id > :after AND e.file_name <> '' AND e.uploaded_at < :before
  AND NOT EXISTS (SELECT FROM admission a WHERE a.provider_id = e.provider_id AND a.state IN ('active', 'suspended'))
  AND NOT EXISTS (SELECT FROM application a WHERE a.provider_id = e.provider_id
    AND a.state NOT IN ('approved', 'rejected', 'withdrawn'))
ORDER BY e.id LIMIT :limit
"""


async def _matters(
    session: AsyncSession, query: str, when: When, *, after: UUID, limit: int, years: int | None
) -> Found:
    """`years`: None where the regime of the service says it. What was begun this year cannot be over."""
    rows = (
        await session.execute(
            text(query),
            {
                "after": after,
                "limit": limit,
                "before": datetime(when.today.year, 1, 1, tzinfo=when.now.tzinfo),
            }
            | ({"organisers": list(when.organisers)} if ":organisers" in query else {}),
        )
    ).all()
    ids, held = [], 0
    for row in rows:
        kept = years if years is not None else await _file_years(session, row.service)
        ended = local_date(row.ended)
        verdict = matter_may_go(
            ended, years=kept, last_entry=row.entry, today=when.today, last_month=when.last_month
        )
        if isinstance(verdict, Accepted):
            ids.append(row.id)
        held += getattr(verdict, "code", "") == "retention.accounting_hold"
    return Found(tuple(ids), rows[-1].id if len(rows) == limit else None, held)


async def _file_years(session: AsyncSession, service_id: UUID | None) -> int:
    found = await regime_in_force(session, service_id) if service_id else None
    return found.regime.rejected_file_years if found else DEFAULT_FILE_YEARS


async def clients(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Who has had no voucher for so long: the name goes, and the vouchers stay with a client that is nobody."""
    return await _matters(session, _CLIENTS, when, after=after, limit=limit, years=PERSON_YEARS)


async def accounts(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Who began alone and never got a role, and asks for nothing now. An account is the whole installation's, so
    this is asked in the sight of every organiser alone: a role out of sight is a role."""
    rows = (
        await session.execute(
            text(_ACCOUNTS),
            {"after": after, "limit": limit, "before": when.now - timedelta(days=27 * when.account_months)},
        )
    ).all()
    ids = tuple(
        row.id
        for row in rows
        if isinstance(
            account_may_go(local_date(row.ended), months=when.account_months, today=when.today), Accepted
        )
    )
    return Found(ids, rows[-1].id if len(rows) == limit else None)


async def cases(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    return await _matters(session, _CASES, when, after=after, limit=limit, years=CASE_YEARS)


async def applications(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """The remedy's period and an appeal included, and then for as long as the service's regime says."""
    return await _matters(session, _APPLICATIONS, when, after=after, limit=limit, years=None)


async def approvals(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Applications that led to approvals which have all ended; accounts of what was paid hold them."""
    return await _matters(session, _APPROVED, when, after=after, limit=limit, years=ENDED_YEARS)


async def admissions(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Approvals that have ended, with anything left that was said about them."""
    return await _matters(session, _ADMISSIONS, when, after=after, limit=limit, years=ENDED_YEARS)


async def inspections(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Held or called off, and nothing that had to be put right hangs on them any more."""
    return await _matters(session, _INSPECTIONS, when, after=after, limit=limit, years=ENDED_YEARS)


async def papers(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    """Papers to which nothing that stands refers: their provider is in no register and applies to none."""
    return await _matters(session, _PAPERS, when, after=after, limit=limit, years=DEFAULT_FILE_YEARS)


_VOUCHERS: Final = """
SELECT id, greatest(ended_at, last_used_at) AS at FROM voucher WHERE id > :after AND ended_at IS NOT NULL"""
_TRANSFERS: Final = "SELECT id, at FROM transfer WHERE id > :after"


async def _entries(
    session: AsyncSession, query: str, when: When, until: Any, *, after: UUID, limit: int
) -> Found:
    rows: Sequence[Any] = (
        await session.execute(text(f"{query} ORDER BY id LIMIT :limit"), {"after": after, "limit": limit})
    ).all()
    ids = tuple(
        row.id
        for row in rows
        if when.today > until(financial_year_end(local_date(row.at), last_month=when.last_month))
    )
    return Found(ids, rows[-1].id if len(rows) == limit else None, len(rows) - len(ids))


async def vouchers(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    return await _entries(session, _VOUCHERS, when, accounting_vouchers_until, after=after, limit=limit)


async def transfers(session: AsyncSession, when: When, *, after: UUID, limit: int) -> Found:
    return await _entries(session, _TRANSFERS, when, accounting_books_until, after=after, limit=limit)


FIND: Final[dict[str, Find]] = {
    "client_names": clients,
    "unused_accounts": accounts,
    "closed_cases": cases,
    "rejected_applications": applications,
    "ended_approvals": approvals,
    "ended_admissions": admissions,
    "held_inspections": inspections,
    "evidence_files": papers,
    "accounting_vouchers": vouchers,
    "accounting_books": transfers,
}
