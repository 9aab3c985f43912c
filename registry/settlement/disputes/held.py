"""What goes onto no statement for the time being, whether for the first time or coming back after a dispute."""

from typing import Final

NOT_HELD: Final = """NOT EXISTS (SELECT FROM visit_answer h WHERE h.redemption_id = r.id AND h.answer <> 'yes'
                          AND h.ruling IS NULL AND r.state = 'captured')
       AND NOT EXISTS (SELECT FROM redemption_hold q WHERE q.organiser_id = r.organiser_id
                          AND q.provider_id = r.provider_id AND coalesce(q.voucher_id, r.voucher_id) = r.voucher_id
                          AND q.lifted_at IS NULL AND r.state = 'captured')"""
"""Of a redemption `r`: its client does not dispute it, or somebody has ruled, and nobody holds its provider's or its
voucher's money. One that is reversed is not held: it meets its reversal."""
