"""Everything that changes a choice, by the name of what is done."""

from registry.choice.commands.freezing import commit_period, freeze_shortlists
from registry.choice.commands.picking import pick

__all__ = ["commit_period", "freeze_shortlists", "pick"]
