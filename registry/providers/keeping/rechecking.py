"""Every night each Finnish company in the register is looked up again. What has come since the last answer, a bankruptcy,
a liquidation, a lost prepayment registration, becomes a case for every organiser that has the company in its register.

The register is asked outside of every transaction, a few companies in a turn, and left alone for as long as it asks to
be. What is still to be asked stands in the database, so that any worker goes on where another stopped.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.cases.commands import NewCase, open_cases
from registry.cases.rules import CASE_KINDS, due_on
from registry.providers.commands.registering import BUSINESS_ID
from registry.providers.company_register.client import Found, Outcome, Unreachable
from registry.providers.company_register.lookups import known_facts, read_facts
from registry.providers.company_register.rules import CompanyFacts, Register, Standing, concerns, new_concerns
from registry.providers.keeping.model import CompanyCheck
from registry.providers.keeping.rules import IN_REGISTER
from registry.providers.model import Admission, Provider
from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.period import HELSINKI, local_date

CASE: Final = "company_changed"
A_TURN: Final = 5
"""Companies in one turn of the worker: a turn takes some seconds, so the register hears from us about once a second."""
LEASE: Final = timedelta(minutes=15)
"""How long a company that is being asked about is nobody else's."""
FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=6)
NIGHT: Final = time(1, 0)
NIGHT_SECONDS: Final = 4 * 3600

ALARMING: Final = frozenset(
    {
        "company.bankruptcy",
        "company.liquidation",
        "company.ceased",
        "company.prepayment_not_in_force",
        "company.not_found",
    }
)
_FACTS: Final = TypeAdapter(CompanyFacts)


class Asks(Protocol):
    """The open company register, or something that stands for it."""

    async def look_up(self, business_id: str) -> Outcome: ...


@dataclass(slots=True)
class Rechecks:
    """A worker's share of the checks. It leaves the register alone for a while after it had no answer; another worker
    finds that out for itself."""

    register: Asks
    quiet_until: datetime | None = None

    async def turn(self, database: Database, *, actor: Actor, now: datetime) -> int:
        if self.quiet_until is not None and now < self.quiet_until:
            return 0
        done = await recheck_companies(database, actor=actor, register=self.register, now=now)
        self.quiet_until = now + done.pause if done.pause else None
        return done.asked


@dataclass(frozen=True, slots=True)
class Done:
    """How many companies were asked about, and for how long to be quiet after it."""

    asked: int
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A company to be asked about."""

    provider_id: UUID
    business_id: str


async def recheck_companies(
    database: Database, *, actor: Actor, register: Asks, now: datetime, limit: int = A_TURN
) -> Done:
    """Ask about up to `limit` companies whose time has come. The first one without an answer ends the turn, and the
    others of it are due again when the register has been left alone for long enough."""
    async with database.transaction(actor.sight) as session:
        due = await claim_due(session, now=now, limit=limit)
    for count, one in enumerate(due, start=1):
        outcome = await register.look_up(one.business_id)
        async with database.transaction(actor.sight) as session:
            await keep_recheck(session, actor=actor, now=now, provider_id=one.provider_id, outcome=outcome)
        if isinstance(outcome, Unreachable):
            pause = _pause(outcome, 0)
            async with database.transaction(actor.sight) as session:
                for other in due[count:]:
                    row = await session.get_one(CompanyCheck, other.provider_id, with_for_update=True)
                    row.next_at = now + pause
            return Done(count, pause)
    return Done(len(due))


async def claim_due(session: AsyncSession, *, now: datetime, limit: int) -> list[Due]:
    """Take companies whose time has come, so that no other worker asks about them meanwhile."""
    standing = (
        select(Admission.id)
        .where(Admission.provider_id == Provider.id, Admission.state.in_(IN_REGISTER))
        .correlate(Provider)
    )
    rows = (
        await session.execute(
            select(Provider.id, Provider.identity_value)
            .outerjoin(CompanyCheck, CompanyCheck.provider_id == Provider.id)
            .where(
                Provider.identity_scheme == BUSINESS_ID,
                standing.exists(),
                or_(CompanyCheck.provider_id.is_(None), CompanyCheck.next_at <= now),
            )
            .order_by(CompanyCheck.next_at.nulls_first(), Provider.id)
            .limit(limit)
            .with_for_update(of=Provider, skip_locked=True)
        )
    ).all()
    if rows:
        made = insert(CompanyCheck)
        await session.execute(
            made.on_conflict_do_update(
                index_elements=["provider_id"], set_={"next_at": made.excluded.next_at}
            ),
            [
                {
                    "provider_id": row.id,
                    "asked_at": now,
                    "outcome": "unreachable",
                    "concerns": [],
                    "failures": 0,
                    "next_at": now + LEASE,
                }
                for row in rows
            ],
        )
    return [Due(row.id, row.identity_value) for row in rows]


async def keep_recheck(
    session: AsyncSession, *, actor: Actor, now: datetime, provider_id: UUID, outcome: Outcome
) -> frozenset[str]:
    """Keep what the register said, with its time, and open cases about what is new; returns that. The actor sees every
    organiser."""
    row = await session.get_one(CompanyCheck, provider_id, with_for_update=True, populate_existing=True)
    row.asked_at = now
    if isinstance(outcome, Unreachable):
        row.reason = str(outcome.reason)
        row.next_at = now + _pause(outcome, row.failures)
        row.failures += 1
        if row.answered_at is None:
            row.outcome = "unreachable"
        return frozenset()
    facts = outcome.facts if isinstance(outcome, Found) else None
    new = await _new(session, row, facts)
    row.outcome, row.reason, row.failures = ("found" if facts else "not_found"), None, 0
    row.answered_at, row.next_at = now, _next_night(now, provider_id)
    row.facts = _FACTS.dump_python(facts, mode="json") if facts else None
    row.concerns = sorted(({*row.concerns} & _still(facts)) | new)
    if new:
        await _alarm(session, actor, now, provider_id, new)
    return new


async def _new(session: AsyncSession, row: CompanyCheck, facts: CompanyFacts | None) -> frozenset[str]:
    """What alarms and was not so at the last answer, at night or when it applied. Where there has been none, a missing
    prepayment registration has not been lost: an association may never have had one."""
    if row.answered_at is not None:
        before = read_facts(row.facts) if row.facts else None
    else:
        number = await session.scalar(select(Provider.identity_value).where(Provider.id == row.provider_id))
        known = await known_facts(session, business_id=number or "")
        before = known.facts if known else None
    if facts is None:
        return frozenset({"company.not_found"} if before is not None else ())
    if before is not None:
        lost = new_concerns(before=before, now=facts)
        had = before.registers[Register.PREPAYMENT] is Standing.IN_FORCE
    else:
        lost, had = _still(facts), False
    return frozenset(code for code in lost & ALARMING if had or code != "company.prepayment_not_in_force")


def _still(facts: CompanyFacts | None) -> frozenset[str]:
    if facts is None:
        return frozenset({"company.not_found"})
    return concerns(facts) & ALARMING


async def _alarm(
    session: AsyncSession, actor: Actor, now: datetime, provider_id: UUID, new: frozenset[str]
) -> None:
    """One case for each organiser, about its first admission of the provider."""
    firsts = (
        await session.execute(
            select(Admission.organiser_id, Admission.id)
            .ext(distinct_on(Admission.organiser_id))
            .where(Admission.provider_id == provider_id, Admission.state.in_(IN_REGISTER))
            .order_by(Admission.organiser_id, Admission.id)
        )
    ).all()
    facts: dict[str, Any] = {"provider": str(provider_id), "concerns": sorted(new)}
    await open_cases(
        session,
        actor=actor,
        now=now,
        cases=[
            NewCase(
                organiser_id=row.organiser_id,
                kind=CASE,
                subject_kind="admission",
                subject_id=row.id,
                due_on=due_on(CASE, local_date(now)),
                role=CASE_KINDS[CASE].role,
                facts=facts,
            )
            for row in firsts
        ],
    )
    for row in firsts:
        record(
            session,
            actor=actor,
            now=now,
            action="provider.company_changed",
            subject_kind="provider",
            subject_id=provider_id,
            organiser_id=row.organiser_id,
            facts={"concerns": sorted(new)},
        )


def _pause(outcome: Unreachable, failures: int) -> timedelta:
    """Twice as long each time, and never shorter than the register asked for."""
    own = min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures, 10)))
    return max(own, timedelta(seconds=min(outcome.retry_after or 0.0, 86_400.0)))


def _next_night(now: datetime, provider_id: UUID) -> datetime:
    """Some time of the next night, always the same for one company, so that the register is not asked for all at once."""
    tomorrow = local_date(now) + timedelta(days=1)
    begins = datetime.combine(tomorrow, NIGHT, tzinfo=HELSINKI).astimezone(now.tzinfo)
    return begins + timedelta(seconds=provider_id.int % NIGHT_SECONDS)
