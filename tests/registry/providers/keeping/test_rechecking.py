"""The nightly look at the company register: what is new becomes a case for each organiser, once; pauses are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.cases.model import Case
from registry.providers.commands.registering import BUSINESS_ID
from registry.providers.company_register.client import Found, NotFound, Outcome, Reason, Unreachable
from registry.providers.company_register.rules import (
    CompanyFacts,
    Register,
    Situation,
    SituationKind,
    Standing,
)
from registry.providers.keeping.model import CompanyCheck
from registry.providers.keeping.rechecking import FIRST_PAUSE, LEASE, Rechecks, claim_due, recheck_companies
from registry.providers.model import Admission, Provider
from registry.shared.actor import Sight, system
from registry.shared.database import Database
from tests.builders import NOW, World, build_world

NUMBERS = ("0112038-9", "1234567-1", "2084802-4")
FINE = CompanyFacts(
    business_id=NUMBERS[0], name="Esimerkki Oy", form="company", form_code="16", visiting=None, postal=None,
    registers=dict.fromkeys(Register, Standing.IN_FORCE), situations=(), ceased_on=None,
)  # fmt: skip
BANKRUPT = replace(FINE, situations=(Situation(SituationKind.BANKRUPTCY, "KONK", date(2026, 11, 1)),))
WITHOUT = replace(FINE, registers=dict(FINE.registers) | {Register.PREPAYMENT: Standing.NOT_IN_FORCE})


class Answers:
    """A register that answers what it was given, in order, and then goes on with the last."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []

    async def look_up(self, business_id: str) -> Outcome:
        self.asked.append(business_id)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


async def finnish(database: Database, providers: Sequence[UUID]) -> None:
    async with database.transaction() as session:
        for provider_id, number in zip(providers, NUMBERS, strict=False):
            await session.execute(
                update(Provider)
                .where(Provider.id == provider_id)
                .values(identity_scheme=BUSINESS_ID, identity_value=number)
            )


async def night(database: Database, world: World, register: Answers, count: int = 0) -> int:
    done = await recheck_companies(
        database, actor=system(world.organiser_id), register=register, now=NOW + timedelta(days=count)
    )
    return done.asked


async def cases(database: Database, *organisers: UUID) -> list[tuple[UUID, list[str]]]:
    async with database.transaction(Sight(organisers=organisers)) as session:
        found = await session.scalars(select(Case).where(Case.closed_at.is_(None)))
        return [(case.organiser_id, case.facts["concerns"]) for case in found]


async def test_what_is_new_since_the_last_answer_is_a_case_once(database: Database) -> None:
    world = await build_world(database, providers=2)  # the other one is in no company register
    await finnish(database, world.providers[:1])
    register = Answers(
        Found(FINE), Found(BANKRUPT), Found(BANKRUPT), Found(replace(BANKRUPT, registers=WITHOUT.registers))
    )
    assert await night(database, world, register) == 1
    assert await night(database, world, register) == 0  # not before the next night
    assert await cases(database, world.organiser_id) == []
    for count in (2, 4):
        await night(database, world, register, count)
        assert await cases(database, world.organiser_id) == [(world.organiser_id, ["company.bankruptcy"])]
    async with database.transaction() as session:
        row = await session.get_one(CompanyCheck, world.provider_id)
    assert (row.answered_at, row.concerns) == (NOW + timedelta(days=4), ["company.bankruptcy"])
    assert register.asked == [NUMBERS[0]] * 3


@pytest.mark.parametrize(
    ("first", "second", "concerns"),
    [
        (FINE, WITHOUT, ["company.prepayment_not_in_force"]),
        (WITHOUT, WITHOUT, None),  # it has never had one: an association
        (FINE, replace(FINE, ceased_on=date(2026, 11, 1)), ["company.ceased"]),
        (FINE, replace(FINE, situations=None), None),  # the answer does not say
        (FINE, None, ["company.not_found"]),
        (None, None, None),  # a sole trader is never there
    ],
)
async def test_what_alarms(
    database: Database, first: CompanyFacts | None, second: CompanyFacts | None, concerns: list[str] | None
) -> None:
    world = await build_world(database, providers=1)
    await finnish(database, world.providers)
    outcomes = [Found(facts) if facts else NotFound() for facts in (first, second)]
    register = Answers(*outcomes)
    await night(database, world, register)
    await night(database, world, register, 2)
    expected = [(world.organiser_id, concerns)] if concerns else []
    assert await cases(database, world.organiser_id) == expected


async def test_every_organiser_concerned_has_a_case(database: Database) -> None:
    oulu, turku = (
        await build_world(database, providers=1),
        await build_world(database, code="turku", providers=1),
    )
    await finnish(database, oulu.providers)
    async with database.transaction() as session:  # the same company in both registers, twice in one
        row = await session.get_one(Admission, turku.admissions[0])
        row.provider_id = oulu.provider_id
    everywhere = system(oulu.organiser_id, turku.organiser_id)
    await recheck_companies(database, actor=everywhere, register=Answers(Found(BANKRUPT)), now=NOW)
    found = await cases(database, oulu.organiser_id, turku.organiser_id)
    assert sorted(found) == sorted(
        (organiser, ["company.bankruptcy"]) for organiser in (oulu.organiser_id, turku.organiser_id)
    )


async def test_a_busy_register_is_left_alone_and_the_rest_comes_later(database: Database) -> None:
    world = await build_world(database, providers=3)
    await finnish(database, world.providers)
    register = Answers(Found(FINE), Unreachable(Reason.BUSY, 1800.0), Found(FINE))
    rechecks = Rechecks(register)
    worker = system(world.organiser_id)
    assert await rechecks.turn(database, actor=worker, now=NOW) == 2
    for minutes, asked in ((1, 0), (29, 0), (30, 2), (31, 0)):
        now = NOW + timedelta(minutes=minutes)
        assert await rechecks.turn(database, actor=worker, now=now) == asked, minutes
    assert sorted(set(register.asked)) == sorted(NUMBERS)
    async with database.transaction() as session:
        rows = (await session.scalars(select(CompanyCheck))).all()
    assert [row.failures for row in rows] == [0, 0, 0]
    assert all(row.answered_at for row in rows)


async def test_without_an_answer_what_was_known_stays_and_pauses_grow(database: Database) -> None:
    world = await build_world(database, providers=1)
    await finnish(database, world.providers)
    await night(database, world, Answers(Found(FINE)))
    register, at = Answers(Unreachable(Reason.TIMEOUT)), NOW + timedelta(days=2)
    pauses = []
    for _ in range(3):
        await recheck_companies(database, actor=system(world.organiser_id), register=register, now=at)
        async with database.transaction() as session:
            row = await session.get_one(CompanyCheck, world.provider_id)
        pauses.append(row.next_at - at)
        at = row.next_at
    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert (row.outcome, row.answered_at, row.reason) == ("found", NOW, "timeout")
    assert await cases(database, world.organiser_id) == []


async def test_no_two_workers_ask_about_one_company_and_who_falls_asleep_is_followed(
    database: Database,
) -> None:
    world = await build_world(database, providers=3)
    await finnish(database, world.providers)
    async with database.transaction() as one, database.transaction() as other:
        first = await claim_due(one, now=NOW, limit=2)
        second = await claim_due(other, now=NOW, limit=2)
    assert len(first) == 2
    assert {due.provider_id for due in first} & {due.provider_id for due in second} == set()
    async with database.transaction() as session:
        assert len(await claim_due(session, now=NOW + LEASE, limit=5)) == 3
