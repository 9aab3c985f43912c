"""Published figures, as pages show them: always those of a named release that is public at the time.

A release is public once the days in which providers may point out errors are over, unless it was withdrawn. What
providers and staff see before that is in registry/quality/preview.
"""

from registry.quality.queries.figures import (
    NOTHING_PUBLISHED,
    Estimated,
    Evidence,
    Figure,
    blank,
    column,
    estimated,
    evidence,
    evidence_of_provider,
    figure_of,
    own_figures,
)
from registry.quality.queries.naming import (
    ReleaseName,
    ServiceName,
    categories,
    current_release,
    documents,
    is_public,
    named_releases,
    release_name,
    releases,
    services_of,
)

__all__ = [
    "NOTHING_PUBLISHED",
    "Estimated",
    "Evidence",
    "Figure",
    "ReleaseName",
    "ServiceName",
    "blank",
    "categories",
    "column",
    "current_release",
    "documents",
    "estimated",
    "evidence",
    "evidence_of_provider",
    "figure_of",
    "is_public",
    "named_releases",
    "own_figures",
    "release_name",
    "releases",
    "services_of",
]
