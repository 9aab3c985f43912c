"""What the open company register says of a company, as facts, and what in them a person has to look at.

What the register does not say is None or UNCLEAR, never a guess: an applicant can type a missing address, but a wrong
name or a registration that has ended would end in a wrong decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Register(StrEnum):
    """`registeredEntries[].register` of the answer, by our names."""

    TRADE = "trade"
    FOUNDATIONS = "foundations"
    ASSOCIATIONS = "associations"
    TAX = "tax"
    PREPAYMENT = "prepayment"
    VAT = "vat"
    EMPLOYER = "employer"
    INSURANCE = "insurance"


class Standing(StrEnum):
    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    UNCLEAR = "unclear"
    """The answer says nothing of it, or something that we cannot read: a person has to look."""


class SituationKind(StrEnum):
    BANKRUPTCY = "bankruptcy"
    LIQUIDATION = "liquidation"
    RESTRUCTURING = "restructuring"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    street: str | None
    postal_code: str | None
    city: str | None
    municipality_code: str | None


@dataclass(frozen=True, slots=True)
class Situation:
    """A special situation that is not over. `code` is the register's own, kept because a new one may come."""

    kind: SituationKind
    code: str
    since: date | None


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What the register says of one company today."""

    business_id: str
    name: str | None
    form: str
    """One of the provider forms; "unknown" where the register's code is none that we know."""
    form_code: str | None
    visiting: Address | None
    postal: Address | None
    registers: Mapping[Register, Standing]
    """Every register, each with its standing."""
    situations: tuple[Situation, ...] | None
    """None where the answer does not say; empty where it says that there are none."""
    ceased_on: date | None

    @property
    def municipality_code(self) -> str | None:
        """Where the company is: of its visiting address, else of a postal address that is a street, not a box."""
        if self.visiting and self.visiting.municipality_code:
            return self.visiting.municipality_code
        return self.postal.municipality_code if self.postal and self.postal.street else None


def concerns(facts: CompanyFacts) -> frozenset[str]:
    """What speaks against admitting the company, or keeping it, as codes. Each is for a person to look at: nothing
    here decides."""
    found = {f"company.{situation.kind}" for situation in facts.situations or ()}
    if facts.situations is None:
        found.add("company.situations_unclear")
    if facts.ceased_on is not None:
        found.add("company.ceased")
    prepayment = facts.registers[Register.PREPAYMENT]
    if prepayment is not Standing.IN_FORCE:
        found.add(f"company.prepayment_{prepayment}")
    return frozenset(found)


def new_concerns(*, before: CompanyFacts, now: CompanyFacts) -> frozenset[str]:
    """What has come since the facts that were last looked at: a nightly check raises a task for these alone."""
    return concerns(now) - concerns(before)
