"""What the parts of an application, its papers and its company facts are called."""

from typing import Final
from uuid import UUID

from registry.catalogue.legal_regimes.rules import EvidenceKind
from registry.providers.company_register.lookups import KnownFacts
from registry.providers.company_register.rules import Register, Standing
from registry.providers.drafts.rules import OF_SERVICE, Part, Place
from registry.shared.errors import Refusal
from web.refusals import sentence
from web.translations import N_, gettext

PARTS: Final[dict[Part, str]] = {
    Part.ORGANISATION: N_("Facts of the organisation"),
    Part.SERVICES: N_("Services you apply for"),
    Part.WHERE: N_("Municipalities and remote service"),
    Part.SITES: N_("Sites"),
    Part.LANGUAGES: N_("Languages"),
    Part.ACCESSIBILITY: N_("Accessibility"),
    Part.WAY: N_("Way of working"),
    Part.COACHES: N_("Coaches"),
    Part.RULES: N_("Rule book"),
    Part.PRICE: N_("Price"),
    Part.CAPACITY: N_("Places and next start"),
    Part.INSURANCE: N_("Liability insurance"),
    Part.EVIDENCE: N_("Papers"),
    Part.BANK: N_("Bank account"),
}
KINDS: Final[dict[str, str]] = {
    EvidenceKind.TAX_DEBT: N_("Tax debt certificate or payment plan"),
    EvidenceKind.PENSION_INSURANCE: N_("Pension insurance certificate"),
    EvidenceKind.COLLECTIVE_AGREEMENT: N_("Collective agreement or main terms of employment"),
    EvidenceKind.ACCIDENT_INSURANCE: N_("Accident insurance certificate"),
    EvidenceKind.LIABILITY_INSURANCE: N_("Liability insurance certificate"),
    EvidenceKind.REGISTER_EXTRACT: N_("Trade register extract"),
}
REGISTERS: Final[dict[str, str]] = {
    Register.PREPAYMENT: N_("Prepayment register"),
    Register.VAT: N_("VAT register"),
    Register.EMPLOYER: N_("Employer register"),
}
STANDINGS: Final[dict[str, str]] = {
    Standing.IN_FORCE: N_("Registered"),
    Standing.NOT_IN_FORCE: N_("Not registered"),
    Standing.UNCLEAR: N_("The register does not say"),
}
REASONS: Final[dict[str, str]] = {
    "off": N_("The company register is not in use here."),
    "busy": N_("The company register has too many requests now."),
    "malformed": N_("The company register gave an answer that cannot be read."),
}
UNREACHABLE: Final = N_("The company register could not be reached.")


def part_label(part: Part) -> str:
    return gettext(PARTS[part])


def kind_label(kind: str) -> str:
    return gettext(KINDS[kind])


def reason_text(reason: str | None) -> str:
    """Why there is no answer of the register."""
    return gettext(REASONS.get(reason or "", UNREACHABLE))


def unverified_text(known: KnownFacts | None) -> str:
    """Why the facts of an organisation are only what it says itself; empty where the company register has said them."""
    if known is None:
        return gettext("The company register has not been asked.")
    if known.verified:
        return ""
    if known.outcome == "unreachable":
        return reason_text(known.reason)
    return gettext("The company register does not have this business id. Sole traders are not in it.")


def why(refusal: Refusal | None) -> str:
    """What is missing, in the reader's language."""
    return sentence(refusal.code, refusal.facts) if refusal else ""


def address(place: Place) -> str:
    """The page of a part."""
    part, service_id = place
    if part in OF_SERVICE:
        return f"{DRAFT}/for/{service_id}/{part}"
    return {
        Part.EVIDENCE: f"{DRAFT}/papers",
        Part.BANK: f"{DRAFT}/bank-account",
        Part.ORGANISATION: f"{DRAFT}/organisation",
    }.get(part, f"{DRAFT}/{part}")


DRAFT: Final = "/provider/offer/draft"


def of_service(place: Place) -> UUID | None:
    return place[1]
