"""Refusals about organisers, areas, services, terms and budget lines."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "area.unknown": N_("There is no such employment area."),
    "budget.allocation_range": N_("Give an amount from 0 to %(most)s."),
    "budget.below_granted": N_(
        "%(granted)s has been granted from this line, so %(allocated)s is too little."
    ),
    "budget_line.code_taken": N_("There is a budget line with the code %(taken)s already."),
    "code.malformed": N_("Use 2–50 lower-case letters a–z, digits and hyphens, such as youth-coaching."),
    "field.not_a_year": N_("Give the year with four digits."),
    "municipality.unknown": N_("There is no such municipality."),
    "organiser.area_autonomous": N_("Åland arranges its own services and cannot be an organiser here."),
    "organiser.code_taken": N_("There is an organiser with the code %(taken)s already."),
    "organiser.representation_days": N_("Say a number of days from 1 to %(most)s."),
    "organiser.system_only": N_("Organisers are added by whoever runs the service."),
    "organiser.unknown": N_("There is no such organiser."),
    "service.code_taken": N_("There is a service with the code %(taken)s already."),
    "service.unknown": N_("There is no such service."),
    "service.wrong": N_("Some of the information is missing or wrong."),
    "terms.wrong": N_("Some of the information is missing or wrong."),
    "terms.own_share_on_free_service": N_(
        "The law makes this service free for the client, so its terms cannot allow an own share."
    ),
    "terms.unchanged": N_("These terms are the same as version %(version)s, which is in force."),
    "terms.value_range": N_("The value of a voucher can be 0.01–100,000 euros."),
    "terms.value_not_units": N_("The value must be the number of units times the highest unit price."),
    "terms.units_on_euros": N_("A voucher in euros has no units."),
    "terms.units_range": N_("Give 0.01–1,000 units."),
    "terms.units_uneven": N_(
        "The number of units times the highest unit price must come out in whole cents."
    ),
    "terms.unit_price_ceiling_cents_range": N_("Give a unit price of 0.01–100,000 euros."),
    "terms.validity_days_range": N_("Give 1–1,095 days."),
    "terms.shortlist_size_range": N_("Give 1–10 providers."),
    "terms.claim_window_days_range": N_("Give 0–365 days."),
    "terms.confirm_within_days_range": N_("Give 1–60 days."),
    "terms.reservation_days_range": N_("Give 1–90 days."),
    "terms.rule_book_version_malformed": N_("Use letters, digits, dots and hyphens, such as 2026-1."),
}
