"""Invariants of what is published about quality."""

from typing import Final

from registry.checks.invariant import Invariant
from registry.quality.rules import FEWEST

_COUNTS: Final = """
SELECT r.organiser_id, f.service_id, f.provider_id, f.measure, f.n, f.k, f.unknown, f.days
  FROM release_figure f JOIN release r ON r.id = f.release_id WHERE f.n IS NOT NULL
UNION ALL
SELECT organiser_id, service_id, provider_id, measure, n, k, NULL, NULL FROM private_figure
"""

QUALITY: Final = (
    Invariant(
        "figures: none from fewer than five people",
        "figures",
        f"""SELECT provider_id AS id, n >= {FEWEST} AND coalesce(k, 0) <= n AS ok FROM ({_COUNTS}) c""",  # noqa: S608
    ),
    Invariant(
        "figures: no two releases, public or not, tell of one to four people by subtraction",
        "figures' different counts",
        f"""SELECT provider_id AS id, ways = 1 AND (before IS NULL OR n - before >= {FEWEST}) AS ok FROM (
             SELECT provider_id, n, count(DISTINCT (k, unknown, days)) AS ways,
               lag(n) OVER (PARTITION BY organiser_id, service_id, provider_id, measure ORDER BY n) AS before
             FROM ({_COUNTS}) c GROUP BY organiser_id, service_id, provider_id, measure, n) different""",  # noqa: S608
    ),
    Invariant(
        "releases: public only after the days in which errors can be pointed out",
        "releases",
        # by the first method a release was public at once
        """SELECT id, method = '1' OR public_from >= released_at + interval '10 days' AS ok FROM release""",
    ),
    Invariant(
        "comments: each came out with a release of its organiser, after it was approved",
        "published comments",
        """SELECT p.id, r.organiser_id = p.organiser_id AND (q.review_id IS NULL OR (c.provider_id = p.provider_id
              AND c.service_id = p.service_id AND c.moment = p.moment AND c.state IN ('published', 'withdrawn'))) AS ok
           FROM published_comment p LEFT JOIN release r ON r.id = p.release_id
             LEFT JOIN comment_publication q ON q.comment_id = p.id
             LEFT JOIN review_comment c ON c.review_id = q.review_id""",
    ),
    Invariant(
        "intake facts: fixed before the voucher's first choice",
        "intake facts",
        """SELECT i.voucher_id AS id, i.client_id = v.client_id AND i.organiser_id = v.organiser_id
              AND i.service_id = v.service_id AND (a.chosen_at IS NULL OR i.recorded_at <= a.chosen_at) AS ok
           FROM intake i LEFT JOIN voucher v ON v.id = i.voucher_id
             LEFT JOIN (SELECT voucher_id, min(chosen_at) AS chosen_at FROM assignment GROUP BY voucher_id) a
               ON a.voucher_id = i.voucher_id""",
    ),
    Invariant(
        "findings: published as they were heard, after an answer or its time",
        "published findings",
        """SELECT p.id, f.state = 'published' AND p.provider_id = f.provider_id AND p.statement = f.statement
              AND p.answer IS NOT DISTINCT FROM f.heard
              AND (f.heard_at <= f.decided_at OR p.published_on > f.hearing_until) AS ok
           FROM published_finding p LEFT JOIN oversight_finding f ON f.id = p.id""",
    ),
)
