"""Reading the register: who can be chosen, what the public sees, and the desks of providers and officers."""

from registry.providers.queries.admissions import (
    AdmissionRow,
    OpenService,
    ProviderDesk,
    admission_of,
    admissions_of_organiser,
    provider_desk,
    services_to_apply_for,
    ties_of,
)
from registry.providers.queries.applications import (
    ApplicationDetail,
    ApplicationRow,
    ProviderFacts,
    application_detail,
    application_queue,
    count_by_state,
    decided_applications,
    municipalities_named,
)
from registry.providers.queries.choosable import (
    AdmissionFacts,
    admission_of_service,
    admissions_of_service,
    eligible_providers,
)
from registry.providers.queries.offers import ServiceOffer
from registry.providers.queries.own_words import CoachWords, OwnWords, own_words
from registry.providers.queries.public import ProviderCard, PublicProvider, public_provider, search_providers
from registry.providers.queries.searching import Filters, Search, count_providers, filters, search_statement

__all__ = [
    "AdmissionFacts",
    "AdmissionRow",
    "ApplicationDetail",
    "ApplicationRow",
    "CoachWords",
    "Filters",
    "OpenService",
    "OwnWords",
    "ProviderCard",
    "ProviderDesk",
    "ProviderFacts",
    "PublicProvider",
    "Search",
    "ServiceOffer",
    "admission_of",
    "admission_of_service",
    "admissions_of_organiser",
    "admissions_of_service",
    "application_detail",
    "application_queue",
    "count_by_state",
    "count_providers",
    "decided_applications",
    "eligible_providers",
    "filters",
    "municipalities_named",
    "own_words",
    "provider_desk",
    "public_provider",
    "search_providers",
    "search_statement",
    "services_to_apply_for",
    "ties_of",
]
