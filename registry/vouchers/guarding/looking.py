"""Looking for signs, over what is committed: never while somebody redeems."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.period import local_date
from registry.vouchers.guarding.model import RedemptionThreshold
from registry.vouchers.guarding.rules import LIMITS, ROUND_LEAST_VISITS, Seen, Sign

BACK: Final = timedelta(hours=36)
"""What was recorded since then is looked at: the job runs far oftener, and a day's halt of the worker loses nothing."""
_CLAIMED: Final = timedelta(days=100)
"""A visit is recorded within so long of another one of the same day."""


async def limits_of(session: AsyncSession, *, organiser_id: UUID) -> dict[Sign, int]:
    """The limits in force: what the organiser has set, else the usual ones."""
    rows = await session.execute(
        select(RedemptionThreshold.sign, RedemptionThreshold.value)
        .where(RedemptionThreshold.organiser_id == organiser_id, RedemptionThreshold.state == "approved")
        .order_by(RedemptionThreshold.decided_at, RedemptionThreshold.id)
    )
    return {sign: limit.default for sign, limit in LIMITS.items()} | {
        Sign(sign): value for sign, value in rows
    }


_TOUCHED: Final = """
WITH touched AS MATERIALIZED (
  SELECT DISTINCT provider_id, service_date FROM redemption
  WHERE organiser_id = :organiser AND captured_at >= :since)
"""
_LOOKS: Final[Mapping[str, str]] = {
    "days": f"""{_TOUCHED}
        SELECT r.provider_id, r.service_date::text AS subject, count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM redemption r JOIN touched t ON t.provider_id = r.provider_id AND t.service_date = r.service_date
        WHERE r.organiser_id = :organiser AND r.state = 'captured' AND r.created_at >= :claimed
        GROUP BY 1, 2 HAVING count(*) >= :day_number OR sum(r.value_cents) >= :day_value""",  # noqa: S608 - constant text
    "hours": """
        SELECT r.provider_id, to_char(date_trunc('hour', r.captured_at), 'YYYY-MM-DD"T"HH24:00"Z"') AS subject,
          count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM redemption r WHERE r.organiser_id = :organiser AND r.captured_at >= :since
        GROUP BY 1, 2 HAVING count(*) >= :hour_number""",
    "devices": """
        SELECT r.provider_id, e.actor_id::text || ' ' || to_char(date_trunc('hour', e.at), 'YYYY-MM-DD"T"HH24:00"Z"')
          AS subject, count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM audit_event e JOIN redemption r ON r.id = e.subject_id
        WHERE e.organiser_id = :organiser AND e.at >= :since AND e.action = 'redemption.captured'
          AND e.actor_kind = 'token'
        GROUP BY r.provider_id, e.actor_id, date_trunc('hour', e.at) HAVING count(*) >= :device_number""",
    "scans": """
        SELECT o.provider_id,
          o.device_id::text || ' ' || to_char(date_trunc('hour', o.taken_at), 'YYYY-MM-DD"T"HH24:00"Z"') AS subject,
          count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM offline_visit o JOIN redemption r ON r.id = o.redemption_id
        WHERE o.organiser_id = :organiser AND o.device_id IN (
          SELECT n.device_id FROM offline_visit n WHERE n.organiser_id = :organiser AND n.received_at >= :since)
          AND o.received_at >= :claimed
        GROUP BY o.provider_id, o.device_id, date_trunc('hour', o.taken_at) HAVING count(*) >= :scanned_hour""",
    "clocks": """
        SELECT o.provider_id, (o.received_at AT TIME ZONE 'Europe/Helsinki')::date::text AS subject, count(*) AS visits,
          sum(r.value_cents)::bigint AS cents, (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM offline_visit o JOIN redemption r ON r.id = o.redemption_id
        WHERE o.organiser_id = :organiser AND o.received_at >= :since AND o.clock_wrong
        GROUP BY 1, 2 HAVING count(*) >= :device_clock""",
    "persons": """
        SELECT r.provider_id, e.actor_id::text || ' ' || r.service_date AS subject, count(*) AS visits,
          sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM audit_event e JOIN redemption r ON r.id = e.subject_id
        WHERE e.organiser_id = :organiser AND e.at >= :since AND e.action = 'redemption.captured'
          AND e.actor_kind = 'account'
        GROUP BY r.provider_id, e.actor_id, r.service_date HAVING count(*) >= :person_day""",
    "nights": """
        SELECT r.provider_id,
          ((coalesce(o.taken_at, e.at) AT TIME ZONE 'Europe/Helsinki') - interval '6 hours')::date::text AS subject,
          count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM audit_event e JOIN redemption r ON r.id = e.subject_id
        LEFT JOIN offline_visit o ON o.redemption_id = r.id
        WHERE e.organiser_id = :organiser AND e.at >= :since AND e.action = 'redemption.captured'
          AND e.actor_kind = 'account'
          AND extract(hour FROM coalesce(o.taken_at, e.at) AT TIME ZONE 'Europe/Helsinki') IN (23, 0, 1, 2, 3, 4)
        GROUP BY 1, 2 HAVING count(*) >= :night""",
    "codes": """
        SELECT a.provider_id, CAST(:today AS text) AS subject, count(*) AS visits,
          count(DISTINCT a.number_digest) AS numbers
        FROM presentation_attempt a
        WHERE a.at >= :day_ago AND a.code = 'presentation.wrong_code'
          AND EXISTS (SELECT FROM admission d WHERE d.provider_id = a.provider_id AND d.organiser_id = :organiser)
        GROUP BY a.provider_id HAVING count(*) >= :wrong_codes""",
    "places": f"""{_TOUCHED}, met AS (
          SELECT v.client_id, r.service_date, count(DISTINCT r.provider_id) AS places,
            (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers,
            array_agg(DISTINCT r.provider_id) AS providers, sum(r.value_cents)::bigint AS cents
          FROM redemption r JOIN voucher v ON v.id = r.voucher_id
          WHERE r.organiser_id = :organiser AND r.state = 'captured' AND r.created_at >= :claimed
            AND r.service_date IN (SELECT service_date FROM touched)
          GROUP BY 1, 2 HAVING count(DISTINCT r.provider_id) >= :two_places)
        SELECT p.provider_id, met.service_date || ' ' || met.vouchers[1] AS subject, met.places AS visits, met.cents,
          met.vouchers
        FROM met CROSS JOIN LATERAL unnest(met.providers) p (provider_id)""",  # noqa: S608 - constant text
    "sums": """
        SELECT r.provider_id, CAST(:month AS text) AS subject, count(*) AS visits, sum(r.value_cents)::bigint AS cents,
          (100 * count(*) FILTER (WHERE r.price_cents % 10000 = 0 AND r.unit_price_cents % 10000 <> 0) / count(*))
            AS share, (array_agg(DISTINCT r.voucher_id::text))[1:10] AS vouchers
        FROM redemption r
        WHERE r.organiser_id = :organiser AND r.captured_at >= :month_ago AND r.state = 'captured'
        GROUP BY r.provider_id HAVING count(*) >= :least_visits
          AND 100 * count(*) FILTER (WHERE r.price_cents % 10000 = 0 AND r.unit_price_cents % 10000 <> 0)
            >= :round_sums * count(*)""",
}


async def look(session: AsyncSession, *, organiser_id: UUID, now: datetime) -> list[Seen]:
    """Every sign that reaches its limit at an organiser in sight, each question one query over an index."""
    limits = await limits_of(session, organiser_id=organiser_id)
    today = local_date(now)
    values: dict[str, Any] = {
        "organiser": organiser_id,
        "since": now - BACK,
        "claimed": now - _CLAIMED,
        "day_ago": now - timedelta(days=1),
        "month_ago": now - timedelta(days=30),
        "today": today.isoformat(),
        "least_visits": ROUND_LEAST_VISITS,
        "month": today.isoformat()[:7],
        **{str(sign): limit for sign, limit in limits.items()},
    }
    found: list[Seen] = []
    for name, query in _LOOKS.items():
        asked = {key: value for key, value in values.items() if f":{key}" in query}
        for row in await session.execute(text(query), asked):
            found.extend(_signs(name, row._mapping, limits))
    return found


_ONE: Final[Mapping[str, Sign]] = {
    "hours": Sign.HOUR_NUMBER,
    "devices": Sign.DEVICE_NUMBER,
    "scans": Sign.SCANNED_HOUR,
    "clocks": Sign.DEVICE_CLOCK,
    "persons": Sign.PERSON_DAY,
    "nights": Sign.NIGHT,
    "codes": Sign.WRONG_CODES,
    "places": Sign.TWO_PLACES,
}


def _signs(name: str, row: Mapping[Any, Any], limits: Mapping[Sign, int]) -> list[Seen]:
    facts: dict[str, Any] = {
        key: row[key]
        for key in ("visits", "cents", "numbers", "share", "vouchers")
        if row.get(key) is not None
    }
    if name == "days":
        seen = {Sign.DAY_NUMBER: row["visits"], Sign.DAY_VALUE: row["cents"]}
    elif name == "sums":
        seen = {Sign.ROUND_SUMS: row["share"]}
    else:
        seen = {_ONE[name]: row["visits"]}
    return [
        Seen(sign, row["provider_id"], row["subject"], count, limits[sign], facts)
        for sign, count in seen.items()
        if count >= limits[sign]
    ]
