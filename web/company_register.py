"""Asking the company register for a person: within a limit, outside of every transaction, and keeping what it said."""

from typing import Any

from litestar import Request

from registry.people.commands import consume_rate_limit
from registry.providers.company_register.client import Found, Outcome
from registry.providers.company_register.lookups import (
    LIMIT,
    WINDOW,
    KnownFacts,
    is_fresh,
    keep_answer,
    known_facts,
)
from registry.providers.company_register.rules import CompanyFacts
from registry.shared.errors import Invalid, TooManyAttempts
from registry.shared.identifiers import is_business_id
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def ask_register(request: AnyRequest, business_id: str) -> KnownFacts | None:
    """What is known of this business id, asked anew unless that was done just before. `business_id` has its right form
    and check digit. Raises TooManyAttempts."""
    held = services(request)
    now = held.now()
    async with held.database.transaction() as session:
        known = await known_facts(session, business_id=business_id)
        if is_fresh(known, now=now):
            return known
    outcome = await _asked(request, business_id)
    async with held.database.transaction() as session:
        keep_answer(
            session,
            now=held.now(),
            business_id=business_id,
            outcome=outcome,
            source=held.settings.company_register_url or "-",
        )
        await session.flush()
        return await known_facts(session, business_id=business_id)


async def _asked(request: AnyRequest, business_id: str) -> Outcome:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction() as session:  # an attempt counts, whatever becomes of it
        await consume_rate_limit(
            session, bucket=f"company_lookup:{actor.id}", limit=LIMIT, window=WINDOW, now=held.now()
        )
    async with held.register(held.settings) as register:
        return await register.look_up(business_id)


async def ask_about_client(request: AnyRequest, business_id: str) -> CompanyFacts | None:
    """What the register says of a company that is, or is to be, a client; None where it cannot be asked or does not have
    it (a sole trader is never in it). Nothing is kept with the business id: who is a client is nobody else's matter."""
    if not is_business_id(business_id):
        raise Invalid("identity.business_id_malformed", errors={"identity": "identity.business_id_malformed"})
    try:
        outcome = await _asked(request, business_id)
    except TooManyAttempts:
        return None
    return outcome.facts if isinstance(outcome, Found) else None


def is_same_company(facts: CompanyFacts | None, name: str) -> bool:
    """Whether the register has the company under this name. Raises Invalid where it has another company under the
    business id, or one that has ceased: aid would count for somebody else."""
    if facts is None:
        return False
    if facts.ceased_on is not None:
        raise Invalid("client.company_ceased", errors={"identity": "client.company_ceased"})
    if facts.name is None:
        return False
    if _plain(facts.name) != _plain(name):
        raise Invalid("client.company_other_name", errors={"name": "client.company_other_name"})
    return True


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
