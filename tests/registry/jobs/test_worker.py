"""The worker does what time asks for, once, whatever else goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.cases.commands import open_case
from registry.cases.model import Case
from registry.jobs import JOBS, SOON, Job, Worker, jobs_of
from registry.ledger.model import BudgetLine, Transfer
from registry.messages.mail import KeepingMailer
from registry.messages.model import Mail, Message
from registry.people.commands import begin_session
from registry.providers.model import Admission
from registry.providers.oversight.model import OversightFinding
from registry.quality.commands import submit_review
from registry.quality.comments.model import PublishedComment, ReviewComment
from registry.quality.model import Release
from registry.quality.releases import verify_release
from registry.quality.rules import ASPECTS, Moment
from registry.retention import LIVES
from registry.schema import tables
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.outbox import OutboxMessage
from registry.shared.protection import privileges
from registry.shared.settings import Keys
from registry.vouchers.commands import Granted, GrantOrder, choose, confirm, grant
from registry.vouchers.model import Voucher, VoucherCase
from tests.builders import NOW, World, add_client, build_world
from tests.conftest import TEST_KEYS
from tests.registry.checks.full_quality import quality_world
from tests.registry.vouchers.steps import Steps

LATER = NOW + timedelta(days=200)


def worker(database: Database, now: datetime = NOW, jobs: Any = JOBS) -> Worker:
    return Worker(
        database=database, mailer=KeepingMailer(), base_url="http://x.invalid", jobs=jobs, now=lambda: now
    )


async def granted(database: Database, world: World, count: int = 1) -> list[UUID]:
    async with database.transaction(world.sight) as session:
        clients = [world.client_id]
        clients += [await add_client(session, world, name=f"Asiakas {n}") for n in range(1, count)]
    async with database.transaction(world.sight) as session:
        answers = await grant(
            session,
            actor=world[Role.CASE_WORKER],
            now=NOW,
            orders=[GrantOrder(client, world.service_id, world.budget_line_id) for client in clients],
        )
    return [answer.id for answer in answers if isinstance(answer, Granted)]


async def count(database: Database, world: World, what: Any, *where: Any) -> int:
    async with database.transaction(world.sight) as session:
        return await session.scalar(select(func.count()).select_from(what).where(*where)) or 0


async def test_two_workers_at_once_never_do_a_thing_twice(database: Database) -> None:
    world = await build_world(database)
    vouchers = await granted(database, world, 60)
    few = [Job(job.name, limited(job.command, 7), SOON, job.per_organiser) for job in JOBS]
    turns = await asyncio.gather(*(worker(database, LATER, few).turn() for _ in range(4)))
    assert sum(turn.done.get("expire_vouchers", 0) for turn in turns) == len(vouchers) == 60
    assert [turn.failures for turn in turns] == [0] * 4
    assert await count(database, world, Voucher, Voucher.state == "expired") == 60
    assert await count(database, world, Transfer, Transfer.kind == "return") == 60
    assert await count(database, world, AuditEvent, AuditEvent.action == "voucher.expired") == 60
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(BudgetLine.granted_cents)) == 0
    # the one client who can sign in got both messages, each once
    templates = select(Message.template).where(Message.template.like("voucher.%")).order_by(Message.template)
    async with database.transaction(world.sight) as session:
        assert (await session.scalars(templates)).all() == ["voucher.expired", "voucher.granted"]


async def test_a_voucher_that_cannot_be_ended_stands_in_the_way_of_no_other(database: Database) -> None:
    """The place that the client holds was lost from the count, so giving it back would leave fewer than none."""
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    wrong, _ = await steps.opened()
    others = await granted(database, world, 20)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).values(taken=0))
    few = [Job(job.name, limited(job.command, 5), SOON, job.per_organiser) for job in JOBS]
    with structlog.testing.capture_logs() as logged:
        turn = await worker(database, LATER, few).turn()
    assert (turn.done["expire_vouchers"], turn.failures) == (len(others), 0)
    assert {line["voucher"] for line in logged if line["event"] == "voucher.not_ended"} == {str(wrong)}
    assert (await steps.voucher(wrong)).state == "in_use"
    assert await count(database, world, Voucher, Voucher.state == "expired") == len(others)
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(BudgetLine.granted_cents)) == 600_00
    async with database.transaction(world.sight) as session:
        await session.execute(update(Admission).where(Admission.id == world.admissions[0]).values(taken=1))
    assert (await worker(database, LATER).turn()).done["expire_vouchers"] == 1


def limited(command: Callable[..., Awaitable[int]], most: int) -> Any:
    """The command in batches of `most`, so that a small test has many of them."""

    async def run(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        return await command(session, actor=actor, now=now, limit=most)

    return run


async def test_a_job_that_fails_stops_neither_other_jobs_nor_other_organisers(database: Database) -> None:
    oulu = await build_world(database, code="oulu")
    turku = await build_world(database, code="turku")
    done: list[tuple[str, UUID]] = []

    async def one(name: str, session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        if name == "bad" and actor.organiser_id == oulu.organiser_id:
            raise RuntimeError("broken")
        fresh = (name, actor.organiser_id) not in done
        done.append((name, actor.organiser_id))
        return int(fresh)

    jobs = [Job(name, partial(one, name), SOON) for name in ("bad", "good")]
    turn = await worker(database, jobs=jobs).turn()
    assert turn.failures == 1
    assert turn.done == {"bad": 1, "good": 2}
    assert set(done) == {
        ("bad", turku.organiser_id),
        ("good", oulu.organiser_id),
        ("good", turku.organiser_id),
    }


async def test_a_failed_batch_leaves_nothing_behind(database: Database) -> None:
    world = await build_world(database)
    await granted(database, world)

    async def half(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        await session.execute(update(Voucher).values(secret_generation=99))
        raise RuntimeError("half way")

    turn = await worker(database, jobs=[Job("half", half, SOON)]).turn()
    assert turn.failures == 1
    assert await count(database, world, Voucher, Voucher.secret_generation == 1) == 1


async def test_a_job_waits_for_its_own_time(database: Database) -> None:
    await build_world(database)
    runs: list[datetime] = []
    clock = [NOW]

    async def note(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        runs.append(now)
        return 0

    running = worker(database, jobs=[Job("note", note, timedelta(minutes=1))])
    running.now = lambda: clock[0]
    for seconds in (0, 59, 60, 61, 120):
        clock[0] = NOW + timedelta(seconds=seconds)
        await running.turn()
    assert runs == [NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=120)]


async def test_stopping_ends_the_loop_between_batches(database: Database) -> None:
    await build_world(database)
    running = worker(database)
    batches = 0

    async def endless(session: AsyncSession, /, *, actor: Actor, now: datetime, limit: int) -> int:
        nonlocal batches
        batches += 1
        if batches == 3:
            running.stop()
        return 1

    running.jobs = [Job("endless", endless, SOON)]
    await asyncio.wait_for(running.run(wait=60), timeout=20)
    assert batches == 3


async def test_a_case_worker_has_a_case_two_weeks_before_a_voucher_ends(database: Database) -> None:
    world = await build_world(database)
    (voucher_id,) = await granted(database, world)
    last_day = NOW + timedelta(days=90)
    assert "open_expiring_cases" not in (await worker(database, last_day - timedelta(days=20)).turn()).done
    soon = last_day - timedelta(days=10)
    turns = await asyncio.gather(*(worker(database, soon).turn() for _ in range(3)))
    await worker(database, soon + timedelta(days=1)).turn()
    assert sum(turn.failures for turn in turns) == 0
    assert await count(database, world, VoucherCase, VoucherCase.voucher_id == voucher_id) == 1
    async with database.transaction(world.sight) as session:
        case = (await session.scalars(select(Case))).one()
    assert (case.kind, case.owner_id) == ("voucher_expiring", world[Role.CASE_WORKER].id)
    assert case.due_on.isoformat() == "2027-02-13"


async def test_a_holder_is_reminded_a_month_and_a_week_ahead_and_anew_after_an_extension(
    database: Database,
) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    (voucher_id,) = await granted(database, world)

    async def reminded(days: int) -> list[str]:
        """What the holder has been told by then: of which last day."""
        now = NOW + timedelta(days=days)
        turns = await asyncio.gather(*(worker(database, now).turn() for _ in range(2)))
        assert sum(turn.failures for turn in turns) == 0
        async with database.transaction(world.sight) as session:
            rows = await session.scalars(
                select(Message.facts).where(Message.template == "voucher.expiring").order_by(Message.id)
            )
            return [facts["last_day"] for facts in rows]

    assert await reminded(59) == []
    assert await reminded(61) == ["2027-02-20"]
    assert await reminded(70) == ["2027-02-20"]
    steps.now = NOW + timedelta(days=79)
    await steps.choose(voucher_id)
    assert await reminded(84) == ["2027-02-20"] * 2
    assert await reminded(85) == ["2027-02-20"] * 2, (
        "no answer: six days more, eleven days left, known of a month ahead"
    )
    assert await reminded(90) == [*["2027-02-20"] * 2, "2027-02-26"]
    assert await reminded(91) == [*["2027-02-20"] * 2, "2027-02-26"]


async def test_a_voucher_with_nothing_left_reminds_nobody(database: Database) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    _, shown = await steps.opened()
    await steps.redeem(shown, 10_00)
    turn = await worker(database, NOW + timedelta(days=88)).turn()
    assert "remind_expiring" not in turn.done


async def invitations(database: Database, world: World, days: int) -> list[str]:
    """Templates of the invitations that have been sent by that day."""
    turns = await asyncio.gather(*(worker(database, NOW + timedelta(days=days)).turn() for _ in range(2)))
    assert sum(turn.failures for turn in turns) == 0
    async with database.transaction(world.sight) as session:
        rows = await session.scalars(
            select(Message.template).where(Message.template.startswith("review.")).order_by(Message.id)
        )
        return list(rows)


async def test_a_client_is_invited_when_the_service_is_over_and_half_a_year_later(database: Database) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    _, shown = await steps.opened()
    await steps.redeem(shown, 9_00)
    assert await invitations(database, world, 1) == [], "an hour is left: the service goes on"
    steps.now = NOW + timedelta(days=2)
    await steps.redeem(shown, 1_00)
    assert await invitations(database, world, 3) == ["review.invited"]
    assert await invitations(database, world, 60) == ["review.invited"]
    assert await invitations(database, world, 182) == ["review.invited"]
    assert await invitations(database, world, 185) == ["review.invited", "review.invited_again"]
    assert await invitations(database, world, 200) == ["review.invited", "review.invited_again"]
    turn = await worker(database, NOW + timedelta(days=200)).turn()
    assert "invite_reviews" not in turn.done, "nobody is looked at again and again"


async def test_who_stops_coming_is_invited_after_a_month_and_who_has_answered_is_not(
    database: Database,
) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown, 1_00)
    assert await invitations(database, world, 29) == []
    client = world[Role.CLIENT]
    async with database.transaction(client.sight) as session:
        await submit_review(
            session, over=True, actor=client, now=NOW, voucher_id=voucher_id, provider_id=world.provider_id,
            moment=Moment.AFTER, scores=dict.fromkeys(ASPECTS, 8),
        )  # fmt: skip
    assert await invitations(database, world, 31) == []
    assert await invitations(database, world, 183) == ["review.invited_again"]


async def test_an_invitation_that_is_long_overdue_is_not_sent(database: Database) -> None:
    world = await build_world(database)
    _, shown = await (steps := Steps(database, world, TEST_KEYS)).opened()
    await steps.redeem(shown, 10_00)
    assert await invitations(database, world, 120) == []
    assert await invitations(database, world, 300) == []


async def test_cases_of_which_nothing_is_left_to_do_are_closed(database: Database) -> None:
    world = await build_world(database)
    (voucher_id,) = await granted(database, world)
    await worker(database, NOW + timedelta(days=85)).turn()
    async with database.transaction(world.sight) as session:
        await open_case(
            session,
            actor=system(world.organiser_id),
            now=NOW,
            organiser_id=world.organiser_id,
            kind="provider_silent",
            subject_kind="voucher",
            subject_id=voucher_id,
            due_on=NOW.date(),
            role=Role.CASE_WORKER,
            client_id=world.client_id,
        )
    now = NOW + timedelta(days=86)
    assert "close_moot_cases" not in (await worker(database, now).turn()).done
    async with database.transaction(world[Role.CLIENT].sight) as session:
        assignment = await choose(
            session,
            actor=world[Role.CLIENT],
            now=now,
            voucher_id=voucher_id,
            admission_id=world.admissions[0],
        )
    async with database.transaction(world.provider_actor().sight) as session:
        await confirm(session, actor=world.provider_actor(), now=now, assignment_id=assignment)
    assert (await worker(database, now).turn()).done["close_moot_cases"] == 1
    assert (
        await count(database, world, Case, Case.closed_at.is_not(None), Case.kind == "provider_silent") == 1
    )
    turn = await worker(database, LATER).turn()
    assert turn.done["expire_vouchers"] == 1
    assert (await worker(database, LATER).turn()).done.get("close_moot_cases", 0) + turn.done.get(
        "close_moot_cases", 0
    ) == 1
    assert await count(database, world, Case, Case.closed_at.is_(None)) == 0


async def test_what_has_had_its_time_is_deleted_and_nothing_else(database: Database) -> None:
    world = await build_world(database)
    await granted(database, world)
    async with database.transaction(world.sight) as session:
        await begin_session(session, role_grant_id=world.grants[Role.CLIENT], now=NOW, hours=8)
        await session.execute(
            text("INSERT INTO rate_limit (bucket, window_start, count) VALUES ('x', :at, 1)"), {"at": NOW}
        )
    await worker(database, NOW).turn()
    at = NOW + timedelta(days=29)
    done = (await worker(database, at).turn()).done
    assert done["delete_old_rate_limit"] == 1
    assert not {"delete_old_sign_in_session", "delete_old_mail_sent", "delete_old_outbox"} & set(done)
    done = (await worker(database, NOW + timedelta(days=60)).turn()).done
    assert done["delete_old_sign_in_session"] == 1
    assert done["delete_old_mail_sent"] == 4  # the client's, and three providers' whose places are stale
    assert await count(database, world, OutboxMessage) == 8
    assert await count(database, world, Mail) == 0
    # ninety days from each one's own delivery: the grant's on the first day, the reminders' on the twenty-ninth
    assert (await worker(database, NOW + timedelta(days=100)).turn()).done["delete_old_outbox"] == 2
    stale = OutboxMessage.template == "admission.capacity_stale"
    assert await count(database, world, OutboxMessage, OutboxMessage.template == "voucher.granted") == 0
    assert await count(database, world, OutboxMessage, stale) == 6
    assert (await worker(database, at + timedelta(days=91)).turn()).done["delete_old_outbox"] == 6
    assert await count(database, world, OutboxMessage, stale) == 0
    assert await count(database, world, Message, Message.template == "voucher.granted") == 1


def test_only_what_may_be_deleted_is_on_the_list() -> None:
    for table in LIVES:
        assert "DELETE" in privileges(tables().tables[table])


async def test_each_organiser_commits_to_its_key_once(database: Database, keys: Keys) -> None:
    await build_world(database)
    commit = jobs_of(keys)[-1:]
    assert (await worker(database, jobs=commit).turn()).done == {"commit_periods": 1}
    assert (await worker(database, jobs=commit).turn()).done == {}


async def test_evidence_lives_three_years_after_the_service_and_published_counts_for_ever(
    database: Database, keys: Keys
) -> None:
    """Persons' rows go; the release that was made of them still verifies."""
    world = await quality_world(database, keys)
    evidence = {
        "delete_old_outcome": 43, "delete_old_intake": 6, "delete_old_complaint": 1, "delete_old_reviews": 6,
        "delete_old_published_finding": 2,
    }  # fmt: skip
    ended = NOW + timedelta(days=90)  # the vouchers' last day
    deleting = [job for job in JOBS if job.name.startswith("delete_old")]
    done = (await worker(database, ended + timedelta(days=3 * 365 - 60), deleting).turn()).done
    assert {name: count for name, count in done.items() if name in evidence} == {
        "delete_old_outcome": 43, "delete_old_published_finding": 2,
    }  # fmt: skip
    done = (await worker(database, ended + timedelta(days=3 * 365 + 60), deleting).turn()).done
    assert {name: done[name] for name in evidence if name in done} == {
        "delete_old_intake": 6, "delete_old_complaint": 1, "delete_old_reviews": 6,
    }  # fmt: skip
    assert await count(database, world, ReviewComment) == 0
    assert await count(database, world, PublishedComment) == 6, "it names nobody and stays with its release"
    assert await count(database, world, OversightFinding) == 3
    async with database.transaction(world.sight) as session:
        for release_id in await session.scalars(select(Release.id)):
            assert (await verify_release(session, release_id=release_id)).holds
    done = (await worker(database, NOW + timedelta(days=3660 + 16), deleting).turn()).done
    assert done["delete_old_oversight_finding"] == 3
