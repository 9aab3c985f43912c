"""Invariants of vouchers, picks, presentations and redemptions."""

from typing import Final

from registry.checks.invariant import Invariant, states
from registry.vouchers.rules import OPEN_STATES, STANDING

_OPEN: Final = states(OPEN_STATES)
_STANDING: Final = states(STANDING)

_PRICE: Final = "round({unit}::numeric * r.units / 100)"

VOUCHERS: Final = (
    Invariant(
        "vouchers: granted = available + reserved + captured + returned",
        "vouchers",
        """SELECT id, granted_cents = available_cents + reserved_cents + captured_cents + returned_cents
              AND least(available_cents, reserved_cents, captured_cents, returned_cents) >= 0 AS ok
           FROM voucher""",
    ),
    Invariant(
        "vouchers: units add up likewise",
        "vouchers in units",
        """SELECT id, units_granted = units_available + units_reserved + units_captured + units_returned
              AND least(units_available, units_reserved, units_captured, units_returned) >= 0 AS ok
           FROM voucher WHERE units_granted IS NOT NULL""",
    ),
    Invariant(
        "vouchers: captured and reserved are the sums of their redemptions",
        "vouchers",
        """SELECT v.id, v.captured_cents = coalesce(r.captured, 0) AND v.reserved_cents = coalesce(r.reserved, 0)
              AND (v.units_granted IS NULL OR (v.units_captured = coalesce(r.captured_units, 0)
                AND v.units_reserved = coalesce(r.reserved_units, 0))) AS ok
           FROM voucher v LEFT JOIN (
             SELECT voucher_id, sum(value_cents) FILTER (WHERE state = 'captured') AS captured,
               sum(value_cents) FILTER (WHERE state = 'reserved') AS reserved,
               sum(units) FILTER (WHERE state = 'captured') AS captured_units,
               sum(units) FILTER (WHERE state = 'reserved') AS reserved_units
             FROM redemption GROUP BY voucher_id) r ON r.voucher_id = v.id""",
    ),
    Invariant(
        "vouchers: refused, cancelled and expired ones hold nothing",
        "ended vouchers",
        """SELECT id, available_cents = 0 AND reserved_cents = 0 AND committed_cents = 0 AND ended_at IS NOT NULL
              AND coalesce(units_available, 0) = 0 AND coalesce(units_reserved, 0) = 0 AS ok
           FROM voucher WHERE state IN ('refused', 'cancelled', 'expired')""",
    ),
    Invariant(
        "vouchers: validity goes on by the days that were added, each time from where it stood",
        "lengthened vouchers",
        """SELECT v.id, v.valid_until = e.stands AND e.chained AS ok FROM voucher v JOIN (
             SELECT voucher_id, max(valid_until_after) AS stands,
               bool_and(earlier IS NULL OR earlier = valid_until_before) AS chained
             FROM (SELECT voucher_id, valid_until_before, valid_until_after,
                 lag(valid_until_after) OVER (PARTITION BY voucher_id ORDER BY valid_until_after) AS earlier
               FROM (SELECT voucher_id, valid_until_before, valid_until_after FROM voucher_extension
                     UNION ALL SELECT voucher_id, valid_until_before, valid_until_after FROM voucher_change
                     WHERE kind = 'extended') added) steps GROUP BY voucher_id) e ON e.voucher_id = v.id""",
    ),
    Invariant(
        "picks: the voucher names the one that stands, and none once it has ended",
        "vouchers",
        f"""SELECT v.id, CASE
              WHEN v.state = 'granted' THEN a.id IS NULL AND v.provider_id IS NULL
              WHEN v.state = 'chosen' THEN a.id = v.assignment_id AND a.provider_id = v.provider_id
              WHEN v.state = 'in_use' OR (v.state = 'used_up' AND v.ended_at IS NULL) THEN
                a.id = v.assignment_id AND a.provider_id = v.provider_id AND a.state = 'confirmed'
              ELSE a.id IS NULL END AS ok
           FROM voucher v LEFT JOIN assignment a ON a.voucher_id = v.id AND a.state IN ({_STANDING})""",  # noqa: S608
    ),
    Invariant(
        "picks: a provider's places taken are its standing picks",
        "admissions",
        f"""SELECT m.id, m.taken = count(a.id) AND m.taken <= m.places AS ok
           FROM admission m LEFT JOIN assignment a ON a.admission_id = m.id AND a.state IN ({_STANDING})
           GROUP BY m.id""",  # noqa: S608
    ),
    Invariant(
        "picks: of the voucher's own service, client and organiser",
        "picks",
        """SELECT a.id, m.service_id = v.service_id AND m.provider_id = a.provider_id AND a.client_id = v.client_id
              AND a.organiser_id = v.organiser_id AND m.organiser_id = v.organiser_id AS ok
           FROM assignment a JOIN voucher v ON v.id = a.voucher_id JOIN admission m ON m.id = a.admission_id""",
    ),
    Invariant(
        "presentations: alive only while their pick stands confirmed",
        "presentations",
        """SELECT p.id, (p.ended_at IS NOT NULL OR (a.state = 'confirmed' AND v.assignment_id = p.assignment_id))
              AND a.voucher_id = p.voucher_id AND a.provider_id = p.provider_id AS ok
           FROM presentation p JOIN assignment a ON a.id = p.assignment_id JOIN voucher v ON v.id = p.voucher_id""",
    ),
    Invariant(
        "presentations: a voucher in use was shown to its provider",
        "vouchers in use",
        """SELECT v.id, p.id IS NOT NULL AND p.ended_at IS NULL AS ok
           FROM voucher v LEFT JOIN presentation p ON p.assignment_id = v.assignment_id
           WHERE v.state = 'in_use'""",
    ),
    Invariant(
        "redemptions: price = value + own share = net + VAT, as its units and unit price make it",
        "redemptions",
        f"""SELECT r.id, r.price_cents = r.value_cents + r.own_share_cents AND r.price_cents = r.net_cents + r.vat_cents
              AND r.price_cents = {_PRICE.format(unit="r.unit_price_cents")}
              AND r.net_cents = round(r.price_cents::numeric * 10000 / (10000 + r.vat_rate_bp)) AS ok
           FROM redemption r""",  # noqa: S608
    ),
    Invariant(
        "redemptions: own share only where the voucher allows it, value never above the ceiling",
        "redemptions",
        f"""SELECT r.id, r.own_share_allowed = v.own_share_allowed AND (v.own_share_allowed OR r.own_share_cents = 0)
              AND r.value_cents <= {_PRICE.format(unit="least(r.unit_price_cents, v.unit_price_ceiling_cents)")} AS ok
           FROM redemption r JOIN voucher v ON v.id = r.voucher_id""",  # noqa: S608
    ),
    Invariant(
        "redemptions: by the provider that was shown the voucher, at no more than the agreed price",
        "redemptions",
        """SELECT r.id, p.voucher_id = r.voucher_id AND p.provider_id = r.provider_id
              AND r.organiser_id = v.organiser_id
              AND (v.by_results OR r.unit_price_cents <= a.agreed_unit_price_cents) AS ok
           FROM redemption r JOIN presentation p ON p.id = r.presentation_id
             JOIN assignment a ON a.id = p.assignment_id JOIN voucher v ON v.id = r.voucher_id""",
    ),
    Invariant(
        "redemptions: of a service given while the voucher was valid",
        "redemptions",
        """SELECT r.id, r.service_date >= (v.valid_from AT TIME ZONE 'Europe/Helsinki')::date
              AND r.service_date <= ((v.valid_until - interval '1 second') AT TIME ZONE 'Europe/Helsinki')::date
              AND coalesce(c.claimed_at, r.created_at) < v.claim_until AS ok
           FROM redemption r JOIN voucher v ON v.id = r.voucher_id
             LEFT JOIN milestone_claim c ON c.redemption_id = r.id""",
    ),
    Invariant(
        "redemptions: none is reserved on a voucher that has ended",
        "reservations",
        f"""SELECT r.id, v.state IN ({_OPEN}) AS ok
           FROM redemption r JOIN voucher v ON v.id = r.voucher_id WHERE r.state = 'reserved'""",  # noqa: S608
    ),
    Invariant(
        "reversals: each reversed redemption has exactly one, of its whole value",
        "reversed redemptions",
        """SELECT coalesce(r.id, e.redemption_id) AS id, e.how_many = 1 AND r.state = 'reversed'
              AND e.value_cents = r.value_cents AND e.voucher_id = r.voucher_id AND e.provider_id = r.provider_id
              AND e.organiser_id = r.organiser_id AS ok
           FROM (SELECT * FROM redemption WHERE state = 'reversed') r
           FULL JOIN (SELECT redemption_id, count(*) AS how_many, min(value_cents) AS value_cents,
               (array_agg(voucher_id))[1] AS voucher_id, (array_agg(provider_id))[1] AS provider_id,
               (array_agg(organiser_id))[1] AS organiser_id
             FROM reversal GROUP BY redemption_id) e ON e.redemption_id = r.id""",
    ),
)
