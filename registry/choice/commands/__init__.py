"""Everything that changes a choice, by the name of what is done."""

from registry.choice.commands.freezing import commit_period, commit_periods, freeze_shortlists
from registry.choice.commands.picking import Proposal, pick, proposal
from registry.choice.commands.refusing import REASONS, refuse
from registry.choice.commands.renewing import Renewed, renew_voucher
from registry.choice.commands.unserved import Unserved, open_unserved_cases, unserved_kind

__all__ = [
    "REASONS",
    "Proposal",
    "Renewed",
    "Unserved",
    "commit_period",
    "commit_periods",
    "freeze_shortlists",
    "open_unserved_cases",
    "pick",
    "proposal",
    "refuse",
    "renew_voucher",
    "unserved_kind",
]
