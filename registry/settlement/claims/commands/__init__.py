"""Making claims, taking in what is paid for them, writing off and cancelling."""

from registry.settlement.claims.commands.ending import (
    cancel_claim,
    decide_write_off,
    propose_write_off,
)
from registry.settlement.claims.commands.making import make_claim
from registry.settlement.claims.commands.receiving import (
    receive_by_hand,
    receive_open,
    tell_receipt,
    undo_receipt,
)

__all__ = [
    "cancel_claim",
    "decide_write_off",
    "make_claim",
    "propose_write_off",
    "receive_by_hand",
    "receive_open",
    "tell_receipt",
    "undo_receipt",
]
