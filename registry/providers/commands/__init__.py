"""Changes to the register, by whose act they are."""

from registry.providers.commands.applying import (
    give_information,
    submit_application,
    withdraw_application,
)
from registry.providers.commands.deciding import (
    ask_for_information,
)
from registry.providers.commands.doors import act_for
from registry.providers.commands.registering import (
    BUSINESS_ID,
    FORMS_TO_CHOOSE,
    Organisation,
    register_organisation,
)
from registry.providers.commands.ties import Ties, state_ties
from registry.providers.commands.upkeep import (
    Profile,
    change_capacity,
    change_profile,
    state_facts,
)

__all__ = [
    "BUSINESS_ID",
    "FORMS_TO_CHOOSE",
    "Organisation",
    "Profile",
    "Ties",
    "act_for",
    "ask_for_information",
    "change_capacity",
    "change_profile",
    "give_information",
    "register_organisation",
    "state_facts",
    "state_ties",
    "submit_application",
    "withdraw_application",
]
