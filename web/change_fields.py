"""What of an approval a change can be about, in words."""

from typing import Final

from web.translations import N_

FIELDS: Final[dict[str, str]] = {
    "municipality_codes": N_("Municipalities"),
    "remote": N_("Remotely"),
    "languages": N_("Languages"),
    "accessibility": N_("Accessibility"),
    "method": N_("Way of working"),
    "unit_price_cents": N_("Price"),
    "vat_rate_bp": N_("VAT in the price"),
    "vat_category": N_("Kind of VAT"),
    "vat_reason": N_("Why there is no VAT"),
    "coach_first_name": N_("First name of the coach"),
    "coach_surname": N_("Surname of the coach"),
    "coach_qualification": N_("Qualification of the coach"),
    "coach_languages": N_("Languages of the coach"),
}
