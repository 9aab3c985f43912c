"""How long rows live, as data: each table says it in its `keeps`, and this does it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.messages.model import MAIL_KEPT_DAYS
from registry.messages.webhooks.model import LOG_DAYS
from registry.providers.changes.rules import CHANGES_DAYS
from registry.quality.alarms.rules import ORIGIN_DAYS

YEAR: Final = timedelta(days=365)
_SERVICE_ENDED: Final = (
    "(SELECT coalesce(v.ended_at, v.claim_until) FROM voucher v WHERE v.id = {table}.voucher_id)"
)


_NEWER: Final = (
    "(SELECT min(n.at) FROM register_change n"
    " WHERE n.admission_id = register_change.admission_id AND n.position > register_change.position)"
)


def _after_service(table: str) -> str:
    return _SERVICE_ENDED.format(table=table)


LIVES: Final[Mapping[str, tuple[str, timedelta]]] = {
    "sign_in_session": ("least(coalesce(ended_at, expires_at), expires_at)", timedelta(days=30)),
    "sign_in_link": ("expires_at", timedelta(days=30)),
    "mailed_link": ("expires_at", timedelta(days=30)),
    # one that waits stays: its case asks for an answer until there is one
    "representation": ("decided_at", 2 * YEAR),
    "rate_limit": ("window_start", timedelta(days=1)),
    "outbox": ("coalesce(delivered_at, failed_at)", timedelta(days=90)),
    "mail_sent": ("sent_at", timedelta(days=MAIL_KEPT_DAYS)),
    "message": ("sent_at", timedelta(days=730)),
    # access tokens that systems got for an hour; tokens made by hand stay, for their trail names them
    "api_token": ("CASE WHEN api_client_id IS NOT NULL THEN expires_at END", timedelta(days=1)),
    "api_client": ("revoked_at", 2 * YEAR),
    "webhook_attempt": ("at", timedelta(days=LOG_DAYS)),
    "webhook_delivery": ("created_at", timedelta(days=LOG_DAYS)),
    "webhook_endpoint": ("ended_at", 2 * YEAR),
    # a newer change of the same approval says all that is needed to keep a copy
    "register_change": (_NEWER, timedelta(days=CHANGES_DAYS)),
    "application_draft": ("changed_at", YEAR / 2),
    "review_origin": ("at", timedelta(days=ORIGIN_DAYS)),
    "feedback": ("received_at", YEAR),
    # of the evidence only what is published remains: counts of five people or more
    "outcome": (f"coalesce({_after_service('outcome')}, status_on::timestamptz)", 3 * YEAR),
    "intake": (_after_service("intake"), 3 * YEAR),
    "complaint": (f"greatest(decided_at, {_after_service('complaint')})", 3 * YEAR),
    "quality_alarm": ("decided_at", 3 * YEAR),
    "redemption_alarm": ("decided_at", 3 * YEAR),
    "offline_visit": ("received_at", 3 * YEAR),
    "offline_device": ("coalesce(last_sent_at, added_at)", 4 * YEAR),
    "release_objection": ("answered_at", 3 * YEAR),
    "published_finding": ("published_on::timestamptz", 3 * YEAR),
    "oversight_finding": ("decided_at", 10 * YEAR),
    "admission_reminder": ("sent_at", 2 * YEAR),
    "corrective_requirement": ("settled_at", 10 * YEAR),
    "retention_run": ("begun_at", 10 * YEAR),
}
"""Table → (the moment from which it counts, how long after that the row is deleted)."""

SELDOM: Final = frozenset(
    {
        *("application_draft", "outcome", "intake", "complaint", "quality_alarm", "redemption_alarm"),
        *("release_objection", "published_finding", "oversight_finding"),
        *("offline_visit", "offline_device", "representation"),
        *("admission_reminder", "corrective_requirement", "retention_run"),
    }
)
"""Tables that live for years: once a day is soon enough, and looking for old rows reads much."""


def over_before(table: str, now: datetime) -> datetime:
    """What counts from before this moment has had its time."""
    return now - LIVES[table][1]


async def count_old(session: AsyncSession, *, table: str, now: datetime) -> int:
    """How many rows in sight have had their time."""
    since, _ = LIVES[table]
    found = await session.scalar(
        text(f"SELECT count(*) FROM {table} WHERE {since} < :before"),  # noqa: S608 - names from LIVES alone
        {"before": over_before(table, now)},
    )
    return int(found or 0)


async def delete_old(session: AsyncSession, *, table: str, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of `table` whose time is over; rows that somebody holds are left for the next turn."""
    since, _ = LIVES[table]
    found = await session.execute(
        text(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608 - names from LIVES alone
            f"SELECT ctid FROM {table} WHERE {since} < :before LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING 1"
        ),
        {"before": over_before(table, now), "limit": limit},
    )
    return len(found.all())
