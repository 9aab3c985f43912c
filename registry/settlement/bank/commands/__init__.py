"""How to pay, payment batches, bank files, and what matched."""

from registry.settlement.bank.commands.batches import approve_batch, make_batch, withdraw_batch
from registry.settlement.bank.commands.importing import Imported, import_bank_file
from registry.settlement.bank.commands.matches import (
    MatchRun,
    match_by_hand,
    match_open,
    set_aside,
    undo_match,
)
from registry.settlement.bank.commands.paid_status import take_paid_status
from registry.settlement.bank.commands.returns import fail_order
from registry.settlement.bank.commands.settings import confirm_setting, propose_setting

__all__ = [
    "Imported",
    "MatchRun",
    "approve_batch",
    "confirm_setting",
    "fail_order",
    "import_bank_file",
    "make_batch",
    "match_by_hand",
    "match_open",
    "propose_setting",
    "set_aside",
    "take_paid_status",
    "undo_match",
    "withdraw_batch",
]
