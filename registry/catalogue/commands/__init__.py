"""Changes to the catalogue: organisers, services and their terms, budget lines."""

from registry.catalogue.commands.budget import change_budget_line, create_budget_line
from registry.catalogue.commands.organisers import (
    create_organiser,
    set_representation_days,
    tell_business_id,
)
from registry.catalogue.commands.services import change_service, create_service, publish_terms

__all__ = [
    "change_budget_line",
    "change_service",
    "create_budget_line",
    "create_organiser",
    "create_service",
    "publish_terms",
    "set_representation_days",
    "tell_business_id",
]
