"""Asking the company register for a person: within a limit, outside of every transaction, and keeping what it said."""

from typing import Any

from litestar import Request

from registry.people.commands import consume_rate_limit
from registry.providers.company_register.lookups import (
    LIMIT,
    WINDOW,
    KnownFacts,
    is_fresh,
    keep_answer,
    known_facts,
)
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


async def ask_register(request: AnyRequest, business_id: str) -> KnownFacts | None:
    """What is known of this business id, asked anew unless that was done just before. `business_id` has its right form
    and check digit. Raises TooManyAttempts."""
    held, actor = services(request), signed_in(request)
    now = held.now()
    async with held.database.transaction() as session:
        known = await known_facts(session, business_id=business_id)
        if is_fresh(known, now=now):
            return known
    async with held.database.transaction() as session:  # an attempt counts, whatever becomes of it
        await consume_rate_limit(
            session, bucket=f"company_lookup:{actor.id}", limit=LIMIT, window=WINDOW, now=now
        )
    async with held.register(held.settings) as register:
        outcome = await register.look_up(business_id)
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
