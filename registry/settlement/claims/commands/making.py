"""Claiming credits from the provider that owes them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.settlement.bank.commands.settings import setting_in_force
from registry.settlement.claims.commands.settling import note, tell_of_claim
from registry.settlement.claims.model import Claim, ClaimedStatement
from registry.settlement.claims.queries.owed import Standing, standing_of
from registry.settlement.claims.rules import ClaimState, claim_number, claim_reference
from registry.settlement.commands.paying import person_behind
from registry.settlement.commands.statements import finance_only, lock_statements
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date, start_of_day

MOST_STATEMENTS = 100


async def make_claim(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_ids: Collection[UUID]
) -> UUID:
    """Claim credits of one provider: approved, taken along by no payment, and none that a coming payment would take. The
    sum, the account to pay into and the day are those of this moment. From now on no payment nets them.

    Raises Refused: claim.nothing, claim.other_provider, claim.not_a_credit, claim.netted, claim.claimed_already,
    claim.to_be_netted, claim.no_account, settlement.person_unknown.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    wanted = frozenset(statement_ids)
    if not 1 <= len(wanted) <= MOST_STATEMENTS:
        raise Refused("claim.nothing")
    # locked as a payment locks them: whoever comes second sees what the first has done
    statements = await lock_statements(session, wanted)
    if len(statements) < len(wanted):
        raise NotFound("statement.unknown")
    (provider_id, *others) = {statement.provider_id for statement in statements.values()}
    if others:
        raise Refused("claim.other_provider")
    standing = await standing_of(session, organiser_id=actor.organiser_id, now=now, statement_ids=wanted)
    for statement in statements.values():
        found = standing[statement.id]
        if found is not Standing.CLAIMABLE:
            raise Refused(f"claim.{found}", number=statement.number)
    setting = await setting_in_force(session, actor.organiser_id)
    if setting is None or not setting.debtor_iban:
        raise Refused("claim.no_account")
    organiser = await session.get_one(Organiser, actor.organiser_id)
    year, ordinal = await _next(session, actor.organiser_id, now)
    claim = Claim(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        provider_id=provider_id,
        number=claim_number(organiser.code, year, ordinal),
        reference=claim_reference(year, ordinal),
        state=str(ClaimState.CLAIMED),
        amount_cents=-sum(statement.total_cents for statement in statements.values()),
        received_cents=0,
        written_off_cents=0,
        due_on=local_date(now) + timedelta(days=setting.claim_days),
        payee_name=setting.debtor_name or organiser.name_fi,
        payee_iban=setting.debtor_iban,
        made_at=now,
        made_by=person_id,
    )
    session.add(claim)
    await session.flush()
    await session.execute(
        insert(ClaimedStatement),
        [
            {
                "claim_id": claim.id,
                "statement_id": statement.id,
                "organiser_id": claim.organiser_id,
                "provider_id": provider_id,
                "amount_cents": -statement.total_cents,
                "standing": True,
            }
            for statement in sorted(statements.values(), key=lambda one: one.id)
        ],
    )
    note(
        session,
        claim=claim,
        actor=actor,
        now=now,
        action="claim.made",
        before=None,
        amount_cents=claim.amount_cents,
        statements=len(statements),
        due_on=claim.due_on.isoformat(),
    )
    tell_of_claim(session, claim, now, "claim.made")
    await session.flush()
    return claim.id


async def _next(session: AsyncSession, organiser_id: UUID, now: datetime) -> tuple[int, int]:
    """The year and the number in it; one claim at a time, or two would get the same."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('claims of ' || :organiser, 0))"),
        {"organiser": str(organiser_id)},
    )
    today = local_date(now)
    made = await session.scalar(
        select(func.count()).where(
            Claim.organiser_id == organiser_id, Claim.made_at >= start_of_day(today.replace(month=1, day=1))
        )
    )
    return today.year, (made or 0) + 1
