"""Invariants of payment batches, bank statements and what matched: each cent between the ledger and the bank once."""

from typing import Final

from registry.checks.invariant import Invariant

_STANDING: Final = """(SELECT m.* FROM bank_match m WHERE m.undoes IS NULL
    AND NOT EXISTS (SELECT FROM bank_match u WHERE u.undoes = m.id)) m"""

BANK: Final = (
    Invariant(
        "batches: approved by another person than the one who made them, with a file, for the sum of their orders",
        "payment batches",
        """SELECT b.id, b.total_cents = o.total AND b.order_count = o.how_many
              AND (b.state = 'approved') = (f.batch_id IS NOT NULL)
              AND (b.state <> 'approved' OR b.decided_by <> b.made_by)
              AND f.sha256 IS NOT DISTINCT FROM encode(sha256(f.content), 'hex') AS ok
           FROM payment_batch b LEFT JOIN payment_file f ON f.batch_id = b.id
             LEFT JOIN (SELECT batch_id, sum(amount_cents) AS total, count(*) AS how_many FROM payment_order
               GROUP BY batch_id) o ON o.batch_id = b.id""",
    ),
    Invariant(
        "batches: what was sent to the bank is a payment in the books, once at a time and to the cent",
        "payment orders",
        """SELECT o.id, CASE WHEN o.state IN ('drafted', 'withdrawn') THEN o.payment_id IS NULL
                ELSE p.amount_cents = o.amount_cents AND s.statement_id = o.statement_id AND t.live <= 1
                  AND t.returned = t.back AND t.tries = t.out END AS ok
           FROM payment_order o LEFT JOIN payment p ON p.id = o.payment_id
             LEFT JOIN paid_statement s ON s.payment_id = o.payment_id AND s.statement_id = o.statement_id
             LEFT JOIN (SELECT o.payment_id, count(*) AS tries,
                 count(*) FILTER (WHERE o.state IN ('ordered', 'booked')) AS live,
                 count(*) FILTER (WHERE o.state = 'returned') AS returned, min(l.back) AS back, min(l.out) AS out
               FROM payment_order o LEFT JOIN (SELECT reference_id,
                   count(*) FILTER (WHERE kind = 'pay_returned') AS back,
                   count(*) FILTER (WHERE kind IN ('pay', 'pay_again')) AS out
                 FROM transfer WHERE kind IN ('pay', 'pay_again', 'pay_returned') GROUP BY reference_id) l
                 ON l.reference_id = o.payment_id
               WHERE o.payment_id IS NOT NULL GROUP BY o.payment_id) t ON t.payment_id = o.payment_id""",
    ),
    Invariant(
        "bank: what is matched of each booking and each order is the sum of its matches, and no more than it has",
        "bookings and orders",
        f"""SELECT b.id, b.matched_cents = coalesce(m.cents, 0) AND b.matched_cents <= abs(b.amount_cents) AS ok
           FROM bank_booking b LEFT JOIN (SELECT booking_id, sum(cents) AS cents FROM (
               SELECT booking_id, booking_cents AS cents FROM {_STANDING}
               UNION ALL SELECT booking_id, CASE WHEN undoes IS NULL THEN cents ELSE -cents END FROM claim_receipt) one
             GROUP BY booking_id) m ON m.booking_id = b.id
           UNION ALL
           SELECT o.id, o.matched_cents = coalesce(m.cents, 0) AND o.matched_cents <= o.amount_cents
              AND (o.state <> 'booked' OR o.matched_cents = o.amount_cents) AS ok
           FROM payment_order o LEFT JOIN (SELECT order_id, sum(order_cents) AS cents FROM {_STANDING}
             WHERE m.kind = 'paid' GROUP BY order_id) m ON m.order_id = o.id""",  # noqa: S608
    ),
    Invariant(
        "bank: statements are the sums of what they tell, and each movement was taken in once",
        "bank statements",
        """SELECT s.id, s.new_count = coalesce(b.how_many, 0)
              AND (s.kind = '054' OR s.closing_cents = s.opening_cents + s.moved_cents)
              AND (s.new_count < s.booking_count OR coalesce(b.cents, 0) = s.moved_cents) AS ok
           FROM bank_statement s LEFT JOIN (SELECT bank_statement_id, count(*) AS how_many, sum(amount_cents) AS cents
             FROM bank_booking GROUP BY bank_statement_id) b ON b.bank_statement_id = s.id
           UNION ALL
           SELECT (array_agg(id))[1], count(*) = 1 FROM bank_booking GROUP BY organiser_id, account, own_id""",
    ),
    Invariant(
        "bank: what is open on either side explains the whole difference between bank and books",
        "organisers that pay by file",
        """SELECT b.organiser_id AS id, b.moved - coalesce(l.paid, 0)
                = b.open_out - b.open_in - coalesce(o.not_booked, 0) AS ok
           FROM (SELECT organiser_id, -sum(amount_cents) AS moved,
                   coalesce(sum(-amount_cents - matched_cents) FILTER (WHERE amount_cents < 0), 0) AS open_out,
                   coalesce(sum(amount_cents - matched_cents) FILTER (WHERE amount_cents > 0), 0) AS open_in
                 FROM bank_booking GROUP BY organiser_id) b
             LEFT JOIN (SELECT organiser_id, sum(amount_cents - matched_cents) AS not_booked FROM payment_order
               WHERE state IN ('ordered', 'booked') GROUP BY organiser_id) o ON o.organiser_id = b.organiser_id
             LEFT JOIN (SELECT t.organiser_id, sum(CASE WHEN t.to_account = 'bank' THEN t.amount_cents
                   ELSE -t.amount_cents END) AS paid FROM transfer t
               WHERE t.kind IN ('difference_more', 'difference_less') OR t.kind IN ('pay', 'pay_again', 'pay_returned')
                 AND t.reference_id IN (SELECT payment_id FROM payment_order WHERE payment_id IS NOT NULL)
                 OR t.kind IN ('receive', 'receive_undone')
                   AND t.id IN (SELECT transfer_id FROM claim_receipt WHERE booking_id IS NOT NULL)
               GROUP BY t.organiser_id) l ON l.organiser_id = b.organiser_id""",
    ),
)
