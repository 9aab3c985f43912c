"""Everything that changes a choice, by the name of what is done."""

from registry.choice.commands.freezing import commit_period, commit_periods, freeze_shortlists
from registry.choice.commands.picking import Proposal, pick, proposal
from registry.choice.commands.refusing import REASONS, refuse

__all__ = [
    "REASONS",
    "Proposal",
    "commit_period",
    "commit_periods",
    "freeze_shortlists",
    "pick",
    "proposal",
    "refuse",
]
