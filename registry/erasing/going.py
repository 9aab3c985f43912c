"""What is done with what may go. The audit trail stays: it holds ids, codes and numbers, and nobody's words or name."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Go = Callable[[AsyncSession, Sequence[UUID], datetime], Awaitable[list[str]]]
"""Do it; returns the digests of files to be taken out of the store once it is committed."""


async def _run(session: AsyncSession, ids: Sequence[UUID], *statements: str) -> None:
    for statement in statements:
        await session.execute(text(statement), {"ids": list(ids)})


async def clients(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    """The name, contact and identity go, and what of a client is more than a number: where it lives, what it needs, how
    old it is. Its own account can no longer be signed in with, unless it has another role too; a guardian's stays."""
    await _run(
        session,
        ids,
        "DELETE FROM client_person WHERE client_id = ANY (:ids)",
        "UPDATE client SET municipality_code = NULL, accessibility = '{}', age_band = NULL, service_languages = '{}',"
        " case_worker_id = NULL WHERE id = ANY (:ids)",
    )
    await session.execute(
        text(
            "UPDATE account a SET display_name = '', email = NULL, disabled_at = coalesce(a.disabled_at, :now)"
            " WHERE EXISTS (SELECT FROM role_grant g WHERE g.account_id = a.id AND g.client_id = ANY (:ids)"
            "  AND NOT g.guardian)"
            " AND NOT EXISTS (SELECT FROM role_grant g WHERE g.account_id = a.id AND g.ended_at IS NULL"
            "  AND (g.client_id = ANY (:ids)) IS NOT TRUE)"
        ),
        {"ids": list(ids), "now": now},
    )
    return await _results(session, ids)


_THEIR_FILES: Final = text(
    "SELECT c.file_digest FROM milestone_claim c JOIN voucher v ON v.id = c.voucher_id"
    " WHERE v.client_id = ANY (:ids) AND c.file_digest IS NOT NULL"
)


async def _results(session: AsyncSession, ids: Sequence[UUID]) -> list[str]:
    """What providers wrote and sent as proof of these clients' results. That a result was claimed and paid stays, as
    accounts do. Returns the digests of files that nothing else holds."""
    digests = list(await session.scalars(_THEIR_FILES, {"ids": list(ids)}))
    await _run(
        session,
        ids,
        "UPDATE milestone_claim SET words = '-', file_digest = NULL, file_name = NULL"
        " WHERE voucher_id IN (SELECT id FROM voucher WHERE client_id = ANY (:ids))",
    )
    return await _nowhere_else(session, digests)


async def accounts(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    """The name and the address go, and nobody is let in by them any more. The account stays, for events name it. Whoever
    is given a role at this moment keeps it: both hold the account's row, and the second looks again."""
    await _run(
        session,
        ids,
        "SELECT FROM account WHERE id = ANY (:ids) ORDER BY id FOR UPDATE",
        "DELETE FROM mailed_link l WHERE l.account_id = ANY (:ids)"
        " AND NOT EXISTS (SELECT FROM role_grant g WHERE g.account_id = l.account_id)",
    )
    await session.execute(
        text(
            "UPDATE account a SET display_name = '', email = NULL, disabled_at = coalesce(a.disabled_at, :now)"
            " WHERE a.id = ANY (:ids) AND NOT EXISTS (SELECT FROM role_grant g WHERE g.account_id = a.id)"
        ),
        {"ids": list(ids), "now": now},
    )
    return []


async def cases(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    await _run(
        session,
        ids,
        "DELETE FROM voucher_case WHERE case_id = ANY (:ids)",
        "DELETE FROM case_file WHERE id = ANY (:ids)",
    )
    return []


async def _said_about(session: AsyncSession, ids: Sequence[UUID]) -> list[str]:
    """What was written about a matter goes: declarations, what was sent against decisions, with files, the decisions'
    texts. That there was a decision, of which day and with which digest, stays; its hearing stays without words, and
    without names. Returns the digests of files that nothing else holds."""
    appeals = (
        "SELECT p.id FROM appeal p JOIN decision d ON d.id = p.decision_id WHERE d.subject_id = ANY (:ids)"
    )
    gone = (
        f"DELETE FROM attachment WHERE appeal_id IN ({appeals})"  # noqa: S608 - constants
        " OR hearing_id IN (SELECT id FROM hearing WHERE subject_id = ANY (:ids)) RETURNING digest"
    )
    digests = list(await session.scalars(text(gone), {"ids": list(ids)}))
    await _run(
        session,
        ids,
        f"DELETE FROM impartiality_declaration WHERE subject_id = ANY (:ids) OR subject_id IN ({appeals})",  # noqa: S608
        "DELETE FROM court_appeal c USING decision d WHERE d.id = c.decision_id AND d.subject_id = ANY (:ids)",
        "DELETE FROM appeal p USING decision d WHERE d.id = p.decision_id AND d.subject_id = ANY (:ids)",
        "DELETE FROM decision_document t USING decision d WHERE d.id = t.decision_id AND d.subject_id = ANY (:ids)",
        # that it was answered stays: its events say so too
        "UPDATE hearing SET text = '-', answer = CASE WHEN answer IS NULL THEN NULL ELSE '-' END, answered_by = NULL"
        " WHERE subject_id = ANY (:ids)",
    )
    return await _nowhere_else(session, digests)


async def _nowhere_else(session: AsyncSession, digests: Sequence[str]) -> list[str]:
    """A file that a paper, an attachment or the proof of a result still has stays in the store."""
    return list(
        await session.scalars(
            text(
                "SELECT DISTINCT digest FROM unnest(CAST(:digests AS text[])) AS gone (digest) WHERE NOT EXISTS"
                " (SELECT FROM evidence_paper e WHERE e.digest = gone.digest AND e.file_name <> '')"
                " AND NOT EXISTS (SELECT FROM attachment a WHERE a.digest = gone.digest)"
                " AND NOT EXISTS (SELECT FROM milestone_claim m WHERE m.file_digest = gone.digest)"
            ),
            {"digests": list(digests)},
        )
    )


async def applications(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    """The offer, questions and answers, notes, and all that was said about it."""
    digests = await _said_about(session, ids)
    await _run(
        session,
        ids,
        "DELETE FROM application_message WHERE application_id = ANY (:ids)",
        "DELETE FROM checklist_mark WHERE application_id = ANY (:ids)",
        "DELETE FROM application WHERE id = ANY (:ids)",
    )
    return digests


async def admissions(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    """The approval itself stays, for vouchers were granted on it; what was asked and said about it goes."""
    digests = await _said_about(session, ids)
    await _run(
        session,
        ids,
        "DELETE FROM admission_change WHERE admission_id = ANY (:ids)",
        "UPDATE admission SET state_reason = NULL WHERE id = ANY (:ids)",
    )
    return digests


async def inspections(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    await _run(session, ids, "DELETE FROM inspection WHERE id = ANY (:ids)")
    return []


async def papers(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> list[str]:
    """A paper that nobody has looked at goes whole; of one that was checked, which stands for ever, the file and its name
    go. A file that another paper still has stays in the store."""
    held = text("SELECT DISTINCT digest FROM evidence_paper WHERE id = ANY (:ids)")
    digests = list(await session.scalars(held, {"ids": list(ids)}))
    await _run(
        session,
        ids,
        "DELETE FROM evidence_share s WHERE s.paper_id = ANY (:ids) AND NOT EXISTS (SELECT FROM evidence_check c"
        " WHERE c.paper_id = s.paper_id)",
        "DELETE FROM evidence_paper e WHERE e.id = ANY (:ids) AND NOT EXISTS (SELECT FROM evidence_check c"
        " WHERE c.paper_id = e.id)",
        "UPDATE evidence_paper SET file_name = '', uploaded_by = NULL WHERE id = ANY (:ids)",
    )
    return await _nowhere_else(session, digests)


GO: Final[dict[str, Go]] = {
    "client_names": clients,
    "unused_accounts": accounts,
    "closed_cases": cases,
    "rejected_applications": applications,
    "ended_approvals": applications,
    "ended_admissions": admissions,
    "held_inspections": inspections,
    "evidence_files": papers,
}
