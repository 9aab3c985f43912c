"""Keeping what the company register said. The register is asked outside of every transaction; what it answered is kept
in one of its own, so that it is still there when the applicant comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.company_register.client import Found, NotFound, Outcome
from registry.providers.company_register.model import CompanyLookup
from registry.providers.company_register.rules import CompanyFacts, Register, Standing
from registry.providers.model import Provider
from registry.shared.identifiers import uuid7

FRESH: Final = timedelta(hours=1)
"""An answer so young is not asked for again."""
LIMIT: Final = 10
WINDOW: Final = timedelta(hours=1)
"""Lookups of one person: a public register is not to be walked through us."""

STATED: Final = (Register.PREPAYMENT, Register.VAT, Register.EMPLOYER)
"""What an applicant states of itself where the register cannot be asked."""

_FACTS: Final = TypeAdapter(CompanyFacts)


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What is known of an organisation, and how: found in the register, or only stated."""

    asked_at: datetime
    outcome: str
    reason: str | None
    source: str
    facts: CompanyFacts | None
    stated: Mapping[str, bool]
    """Register → whether the applicant says that it is in it."""

    @property
    def verified(self) -> bool:
        return self.facts is not None

    @property
    def employer(self) -> bool | None:
        """Whether it has employees; None where neither the register nor the applicant says."""
        if self.facts is not None:
            standing = self.facts.registers[Register.EMPLOYER]
            return None if standing is Standing.UNCLEAR else standing is Standing.IN_FORCE
        return self.stated.get(Register.EMPLOYER)


def keep_answer(
    session: AsyncSession, *, now: datetime, business_id: str, outcome: Outcome, source: str
) -> None:
    """Keep an answer of the register, or the reason why there was none."""
    found = outcome.facts if isinstance(outcome, Found) else None
    reason = None if isinstance(outcome, Found | NotFound) else str(outcome.reason)
    session.add(
        CompanyLookup(
            id=uuid7(),
            business_id=business_id,
            asked_at=now,
            outcome="found" if found else "unreachable" if reason else "not_found",
            reason=reason,
            source=source,
            facts=_FACTS.dump_python(found, mode="json") if found else None,
        )
    )


def keep_statement(
    session: AsyncSession, *, now: datetime, business_id: str, registers: Mapping[str, bool]
) -> None:
    """Keep what the applicant says of its registrations."""
    session.add(
        CompanyLookup(
            id=uuid7(),
            business_id=business_id,
            asked_at=now,
            outcome="stated",
            source="applicant",
            facts={str(name): bool(registers.get(name)) for name in STATED},
        )
    )


async def known_facts(session: AsyncSession, *, business_id: str) -> KnownFacts | None:
    """The newest answer of the register, with what the applicant stated; None where it was never asked."""
    rows = (
        await session.scalars(
            select(CompanyLookup)
            .where(CompanyLookup.business_id == business_id)
            .order_by(CompanyLookup.asked_at.desc(), CompanyLookup.id.desc())
            .limit(20)
        )
    ).all()
    stated = next((row.facts for row in rows if row.outcome == "stated"), None)
    answer = next((row for row in rows if row.outcome != "stated"), None)
    if answer is None:
        return None
    return KnownFacts(
        asked_at=answer.asked_at,
        outcome=answer.outcome,
        reason=answer.reason,
        source=answer.source,
        facts=read_facts(answer.facts) if answer.facts else None,
        stated=stated or {},
    )


async def facts_behind(session: AsyncSession, *, provider_id: UUID) -> KnownFacts | None:
    """What is known of a provider's organisation; None where the register was never asked."""
    identity = await session.scalar(select(Provider.identity_value).where(Provider.id == provider_id))
    return await known_facts(session, business_id=identity) if identity else None


def read_facts(document: Mapping[str, Any]) -> CompanyFacts:
    """Back from what is kept."""
    return _FACTS.validate_python(document)


def is_fresh(known: KnownFacts | None, *, now: datetime) -> bool:
    return known is not None and known.verified and now - known.asked_at < FRESH


def ceased_on(known: KnownFacts | None) -> date | None:
    return known.facts.ceased_on if known and known.facts else None
