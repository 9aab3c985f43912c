"""Terms and papers that run out, rule books to accept, stale places: each reminder once, also after a pause."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.cases.model import Case
from registry.catalogue.rule_books.model import RuleBook
from registry.catalogue.rule_books.queries import rule_book_of
from registry.providers.commands import change_capacity
from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.providers.keeping.accepting import accept_rule_book, change_round
from registry.providers.keeping.capacity import remind_stale
from registry.providers.keeping.counting import counts_until
from registry.providers.keeping.lapsing import ending_of, lapse_ended, remind_ending
from registry.providers.keeping.model import RuleBookRound, ServiceKeeping
from registry.providers.keeping.rule_books import end_rounds, open_rounds, remind_rounds
from registry.providers.keeping.rules import KeepingTerms, again_kept, reminder_due
from registry.providers.keeping.terms import set_keeping_terms
from registry.providers.model import Admission
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import DomainError, Invalid
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage
from registry.shared.working_days import months_after
from tests.builders import NOW, TODAY, World, build_world

END = TODAY + timedelta(days=60)


def at(day: date) -> datetime:
    return NOW + (day - TODAY)


def before(days: int) -> datetime:
    return at(END - timedelta(days=days))


async def job(database: Database, world: World, command: Any, now: datetime) -> int:
    actor = system(world.organiser_id)
    async with database.transaction(actor.sight) as session:
        done: int = await command(session, actor=actor, now=now, limit=100)
    return done


async def told(database: Database, world: World) -> list[str]:
    async with database.transaction(world.sight) as session:
        return list(
            await session.scalars(
                select(OutboxMessage.template).order_by(OutboxMessage.created_at, OutboxMessage.id)
            )
        )


async def state(database: Database, admission_id: UUID) -> str:
    async with database.transaction() as session:
        return (await session.get_one(Admission, admission_id)).state


@pytest.mark.parametrize(
    ("left", "sent", "step"),
    [
        (31, (), None),
        (30, (), 30),
        (29, (30,), None),
        (29, (), 30),  # the worker was down on the day
        (14, (30,), 14),
        (10, (30,), 14),
        (2, (), 3),  # down for a month: one reminder, not three
        (2, (3,), None),
        (10, (14,), None),
        (0, (), None),
    ],
)
def test_each_reminder_goes_out_once(left: int, sent: tuple[int, ...], step: int | None) -> None:
    assert reminder_due(ends=TODAY + timedelta(days=left), today=TODAY, sent=sent) == step


async def test_a_term_is_reminded_of_three_times_and_then_ends(database: Database) -> None:
    world = await build_world(database, providers=2)
    async with database.transaction() as session:
        await session.execute(
            update(Admission).where(Admission.id == world.admissions[0]).values(valid_until=END)
        )
    sent = [
        await job(database, world, remind_ending, before(days)) for days in (31, 30, 30, 29, 14, 13, 2, 1)
    ]
    assert sent == [0, 1, 0, 0, 1, 0, 1, 0]
    assert await job(database, world, lapse_ended, before(1)) == 0
    assert await job(database, world, lapse_ended, before(0)) == 1
    assert await job(database, world, lapse_ended, before(0)) == 0
    assert [await state(database, one) for one in world.admissions] == ["lapsed", "active"]
    assert await told(database, world) == ["admission.ending"] * 3 + ["admission.lapsed"]


async def paper(
    database: Database, world: World, kind: str, until: date | None, *, verdict: str | None = None
) -> None:
    async with database.transaction() as session:
        row = EvidencePaper(
            id=uuid7(), provider_id=world.provider_id, kind=kind, issued_on=TODAY - timedelta(days=10),
            valid_until=until, digest="0" * 64, file_kind="pdf", file_name="x.pdf", size=1, uploaded_at=NOW,
        )  # fmt: skip
        session.add(row)
        await session.flush()
    async with database.transaction(world.sight) as session:
        session.add(
            EvidenceShare(
                paper_id=row.id, organiser_id=world.organiser_id, provider_id=world.provider_id,
                shared_at=NOW, good_until=TODAY,
            )
        )  # fmt: skip
        await session.flush()
        if verdict:
            session.add(
                EvidenceCheck(
                    id=uuid7(), paper_id=row.id, organiser_id=world.organiser_id, provider_id=world.provider_id,
                    verdict=verdict, note="Huomautus", checked_at=NOW,
                )
            )  # fmt: skip


async def test_a_paper_that_runs_out_ends_the_approval_unless_a_younger_one_holds(database: Database) -> None:
    world = await build_world(database, providers=1)
    last = END - timedelta(days=1)
    await paper(database, world, "liability_insurance", last, verdict="accepted")
    await paper(database, world, "tax_debt", None)  # has no end of its own
    assert await job(database, world, remind_ending, before(14)) == 1
    await paper(database, world, "liability_insurance", END + timedelta(days=300), verdict="not_accepted")
    assert await job(database, world, remind_ending, before(3)) == 1  # what was turned down holds nothing
    await paper(database, world, "liability_insurance", END + timedelta(days=300))
    assert await job(database, world, lapse_ended, before(0)) == 0
    assert await job(database, world, lapse_ended, at(END + timedelta(days=301))) == 1
    async with database.transaction(world.sight) as session:
        facts = (
            await session.scalars(
                select(OutboxMessage.facts).where(OutboxMessage.template == "admission.lapsed")
            )
        ).all()
    assert [one["why"] for one in facts] == ["liability_insurance"]


# --- rule books -----------------------------------------------------------------------------------------------------


async def newer(database: Database, world: World, *, afterwards: str = "suspend") -> list[str]:
    """A new version is published, and put before the approved; the codes of its points."""
    async with database.transaction(world.sight) as session:
        book = await rule_book_of(session, world.service_id)
        assert book is not None
        old = await session.scalar(select(RuleBook))
        assert old is not None
        session.add(
            ServiceKeeping(
                service_id=world.service_id, price_notice_days=30, accept_within_days=60,
                afterwards=afterwards, changed_at=NOW,
            )
        )  # fmt: skip
        session.add(
            RuleBook(
                id=uuid7(), service_id=world.service_id, version="2027-1", points=old.points,
                published_at=NOW + timedelta(hours=1),
            )
        )  # fmt: skip
    assert await job(database, world, open_rounds, NOW) == 1
    assert await job(database, world, open_rounds, NOW) == 0
    return [point.code for point in book.points]


async def accept(database: Database, world: World, index: int, points: list[str]) -> None:
    actor = world.provider_actor(index)
    async with database.transaction(actor.sight) as session:
        await accept_rule_book(
            session,
            actor=actor,
            now=NOW,
            admission_id=world.admissions[index],
            version="2027-1",
            points=points,
        )


async def test_a_new_rule_book_is_accepted_point_by_point_or_an_officer_hears(database: Database) -> None:
    world = await build_world(database, providers=2)
    points = await newer(database, world)
    with pytest.raises(Invalid) as lacking:
        await accept(database, world, 0, points[1:])
    assert set(lacking.value.errors) == {f"point_{points[0]}"}
    await accept(database, world, 0, points)
    sent = [await job(database, world, remind_rounds, before(days)) for days in (60, 29, 13, 13, 2)]
    assert sent == [0, 1, 1, 0, 1]
    assert await job(database, world, end_rounds, before(0)) == 0  # the last day is theirs
    assert await job(database, world, end_rounds, before(-1)) == 1
    assert await job(database, world, end_rounds, before(-1)) == 0
    async with database.transaction(world.sight) as session:
        cases = (await session.execute(select(Case.kind, Case.subject_id))).all()
    assert [tuple(case) for case in cases] == [("rule_book_not_accepted", world.admissions[1])]
    assert [await state(database, one) for one in world.admissions] == ["active", "active"]
    # late is better than never
    await accept(database, world, 1, points)


async def test_where_the_rule_book_says_so_they_lapse(database: Database) -> None:
    world = await build_world(database, providers=3)
    points = await newer(database, world, afterwards="lapse")
    await accept(database, world, 1, points)
    while await job(database, world, end_rounds, before(-1)):
        pass
    assert [await state(database, one) for one in world.admissions] == ["lapsed", "active", "lapsed"]


async def test_more_time_is_given_never_taken(database: Database) -> None:
    world = await build_world(database, providers=1)
    await newer(database, world)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(world.sight) as session:
        row = await session.scalar(select(RuleBookRound))
        assert row is not None
        with pytest.raises(DomainError, match=r"rule_book\.only_later"):
            await change_round(
                session, actor=officer, now=NOW, round_id=row.id, until=END - timedelta(days=1)
            )
        await change_round(session, actor=officer, now=NOW, round_id=row.id, until=END + timedelta(days=9))
    assert await job(database, world, end_rounds, before(-5)) == 0
    assert await job(database, world, remind_rounds, before(20)) == 1


# --- free places ----------------------------------------------------------------------------------------------------


async def test_stale_places_are_asked_about_once_until_they_are_confirmed(database: Database) -> None:
    world = await build_world(database, providers=1)
    actor = world.provider_actor()

    async def stale(days: int) -> int:
        return await job(database, world, remind_stale, NOW + timedelta(days=days))

    assert [await stale(13), await stale(14), await stale(20)] == [0, 1, 0]
    async with database.transaction(actor.sight) as session:
        await change_capacity(
            session, actor=actor, now=NOW + timedelta(days=20), admission_id=world.admissions[0], places=10,
            next_start=None,
        )  # fmt: skip
    assert [await stale(33), await stale(34), await stale(35)] == [0, 1, 0]


# --- papers that are asked for again ----------------------------------------------------------------------------------


async def ask_again(database: Database, world: World, now: datetime, **months: int) -> None:
    actor = world[Role.ORGANISER_ADMINISTRATOR]
    async with database.transaction(actor.sight) as session:
        await set_keeping_terms(
            session,
            actor=actor,
            now=now,
            service_id=world.service_id,
            terms=KeepingTerms(papers_again=months),
        )


async def test_a_paper_is_asked_for_again_after_its_months_and_ends_the_approval(database: Database) -> None:
    world = await build_world(database, providers=2)
    await paper(database, world, "tax_debt", None)  # given ten days ago
    await ask_again(database, world, NOW, tax_debt=3, pension_insurance=3)
    gone = months_after(TODAY - timedelta(days=10), 3) + timedelta(days=1)
    async with database.transaction(world.provider_actor().sight) as session:
        until = await counts_until(session, provider_id=world.provider_id)
        ending = await ending_of(session, provider_id=world.provider_id, today=gone - timedelta(days=30))
    assert list(until.values()) == [gone - timedelta(days=1)]
    assert {one: (end.day, end.why) for one, end in ending.items()} == {
        world.admissions[0]: (gone, "tax_debt")
    }
    sent = [
        await job(database, world, remind_ending, at(gone - timedelta(days=days)))
        for days in (31, 30, 14, 14, 3)
    ]
    assert sent == [0, 1, 1, 0, 1]
    assert await job(database, world, lapse_ended, at(gone - timedelta(days=1))) == 0
    assert await job(database, world, lapse_ended, at(gone)) == 1
    assert [await state(database, one) for one in world.admissions] == ["lapsed", "active"], "none was shown"


async def test_a_newer_paper_goes_on_and_its_own_last_day_still_counts(database: Database) -> None:
    world = await build_world(database, providers=1)
    await paper(database, world, "liability_insurance", TODAY + timedelta(days=20))
    await ask_again(database, world, NOW, liability_insurance=12)
    assert await job(database, world, lapse_ended, at(TODAY + timedelta(days=20))) == 0
    await paper(database, world, "liability_insurance", None)
    assert await job(database, world, lapse_ended, at(TODAY + timedelta(days=21))) == 0
    assert await job(database, world, lapse_ended, at(TODAY + timedelta(days=400))) == 1


async def test_nobody_loses_an_approval_to_what_was_not_told_thirty_days_before(database: Database) -> None:
    world = await build_world(database, providers=1)
    await paper(database, world, "tax_debt", None)
    later = at(TODAY + timedelta(days=300))  # the paper is older by far
    await ask_again(database, world, later, tax_debt=3)
    for days, sent, ended in ((0, 0, 0), (1, 1, 0), (30, 1, 0), (31, 0, 1)):
        on = later + timedelta(days=days)
        assert await job(database, world, remind_ending, on) == sent, days
        assert await job(database, world, lapse_ended, on) == ended, days


async def test_what_is_asked_again_is_sensible_and_a_longer_time_moves_nothing(database: Database) -> None:
    world = await build_world(database, providers=1)
    for months in ({"tax_debt": 0}, {"tax_debt": 61}, {"passport": 3}):
        with pytest.raises(Invalid) as wrong:
            await ask_again(database, world, NOW, **months)
        assert list(wrong.value.errors.values()) == ["keeping.again_range"]
    since = {"tax_debt": {"months": 6, "since": "2026-01-01"}}
    assert again_kept(since, {"tax_debt": 12}, today=TODAY)["tax_debt"]["since"] == "2026-01-01"
    assert again_kept(since, {"tax_debt": 3}, today=TODAY)["tax_debt"]["since"] == TODAY.isoformat()
    assert again_kept(since, {}, today=TODAY) == {}
