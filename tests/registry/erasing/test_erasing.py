"""What goes when its time is over, on the edges of the calendar; and that nothing under an accounting hold does."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.checks.run import check
from registry.erasing.rules import RULES, matter_may_go, over_before
from registry.erasing.running import carry_out, plan, runs
from registry.people.model import Account, Client, ClientPerson
from registry.providers.decisions.attachments.model import Attachment
from registry.providers.decisions.model import DecisionDocument, DecisionRecord, Hearing
from registry.providers.evidence.model import EvidenceCheck, EvidencePaper, EvidenceShare
from registry.providers.files.store import FileStore, StoreFailed
from registry.providers.keeping.model import RetentionRun
from registry.providers.model import Admission, Application
from registry.retention import LIVES
from registry.settlement.model import MonthClose, Statement
from registry.shared.actor import Role, Sight, system
from registry.shared.database import Database
from registry.shared.errors import Accepted
from registry.shared.identifiers import uuid7
from registry.vouchers.model import Voucher
from registry.vouchers.results.commands import EvidenceFile
from tests.builders import NOW, TODAY, World, add_client, build_world
from tests.conftest import TEST_KEYS
from tests.registry.checks.full_deciding import decided
from tests.registry.providers.deciding import HEARD, Desk
from tests.registry.providers.files.samples import pdf
from tests.registry.providers.test_applications import applied, newcomer
from tests.registry.vouchers.kinds.test_results import TERMS, Results
from tests.registry.vouchers.steps import Steps


def paper_of(number: int) -> bytes:
    """A file of its own for each number."""
    return pdf(b"<</Type/Note/Number %d>>" % number)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "evidence")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=UTC)


async def planned(database: Database, day: date, *, last_month: int = 12) -> dict[str, tuple[int, int]]:
    """Rule → (what may go, what accounts hold)."""
    return {
        line.rule.name: (line.count, line.held)
        async for line in plan(database, now=noon(day), last_month=last_month)
    }


async def done(database: Database, store: FileStore, day: date, *, limit: int = 200) -> dict[str, int]:
    return {
        line.rule.name: line.count
        async for line in carry_out(database, store, now=noon(day), limit=limit)
        if line.count
    }


@pytest.mark.parametrize(
    ("ended", "years", "last_entry", "today", "goes"),
    [
        (date(2026, 1, 1), 5, None, date(2031, 12, 31), False),
        (date(2026, 12, 31), 5, None, date(2032, 1, 1), True),
        # the accounts rest on it longer than its own time: 6 years from the end of the year of the financial year's end
        (date(2016, 5, 1), 5, date(2016, 5, 1), date(2022, 12, 31), False),
        (date(2016, 5, 1), 5, date(2016, 5, 1), date(2023, 12, 31), False),
        (date(2016, 5, 1), 5, date(2016, 5, 1), date(2024, 1, 1), True),
    ],
)
def test_a_matter_goes_when_its_time_and_that_of_the_accounts_are_over(
    ended: date, years: int, last_entry: date | None, today: date, goes: bool
) -> None:
    """The financial year that ends on 30.4.2017 holds its vouchers through 31.12.2023."""
    verdict = matter_may_go(ended, years=years, last_entry=last_entry, today=today, last_month=4)
    assert isinstance(verdict, Accepted) is goes


async def test_the_edges_of_a_financial_year_that_ends_in_april(database: Database) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS, now=datetime(2017, 4, 30, 9, 0, tzinfo=UTC))
    await steps.cancel(await steps.grant())

    async def due(day: date) -> tuple[tuple[int, int], int]:
        found = await planned(database, day, last_month=4)
        return found["accounting_vouchers"], found["accounting_books"][0]

    assert await due(date(2023, 12, 31)) == ((0, 1), 0)
    assert await due(date(2024, 1, 1)) == ((1, 0), 0)
    assert await due(date(2027, 4, 30)) == ((1, 0), 0)
    vouchers, books = await due(date(2027, 5, 1))
    assert vouchers == (1, 0)
    assert books > 0


async def test_a_client_becomes_nobody_and_the_vouchers_stay(database: Database, store: FileStore) -> None:
    world = await build_world(database)
    steps = Steps(database, world, TEST_KEYS)
    voucher_id, shown = await steps.opened(0)
    await steps.redeem(shown)
    async with database.transaction(world.sight) as session:
        other = await add_client(session, world)
    await steps.cancel(voucher_id)
    await steps.grant(client_id=other)  # still has one
    await work_off(database, world)
    assert (await planned(database, date(2028, 12, 31)))["client_names"][0] == 0
    assert (await planned(database, date(2029, 1, 1)))["client_names"][0] == 1
    async with database.transaction(world.sight) as session:
        assert await session.get(ClientPerson, world.client_id) is not None  # planning changes nothing
    assert (await done(database, store, date(2029, 1, 1)))["client_names"] == 1
    async with database.transaction(world.sight) as session:
        assert await session.get(ClientPerson, world.client_id) is None
        assert await session.get(ClientPerson, other) is not None
        client = await session.get_one(Client, world.client_id)
        voucher = await session.get_one(Voucher, voucher_id)
        account = await session.get_one(Account, world[Role.CLIENT].id)
    assert (client.municipality_code, client.accessibility, client.age_band) == (None, [], None)
    assert voucher.captured_cents == 60_00
    assert account.disabled_at is not None
    assert await steps.unfit() == []
    assert "client_names" not in await done(database, store, date(2029, 1, 1))


async def test_the_proof_of_a_result_goes_with_its_client(database: Database, store: FileStore) -> None:
    results = Results(database, await build_world(database, terms=TERMS), TEST_KEYS)
    voucher_id, shown = await results.opened(0)
    digest = store.put([paper_of(1)]).digest
    claim = await results.claim(
        shown, "completed", words="Aloitti kokkina", file=EvidenceFile(digest, "sopimus.pdf")
    )
    await results.decide(claim, reached=False, reason="not_reached")
    await results.cancel(voucher_id)
    await work_off(database, results.world)
    assert (await done(database, store, date(2029, 1, 1)))["client_names"] == 1
    (kept,) = await results.claims()
    assert (kept.words, kept.file_digest, kept.file_name, kept.state) == ("-", None, None, "refused")
    assert not store.has(digest)


async def work_off(database: Database, world: World) -> None:
    """Nobody has anything left to do."""
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE case_file SET closed_at = :at"), {"at": NOW})


async def test_a_rejected_applications_file_goes_after_the_regimes_years_and_the_decision_stays(
    database: Database, store: FileStore
) -> None:
    world = await build_world(database)
    application_id = await applied(database, world, await newcomer(database, world))
    standing = await applied(database, world, await newcomer(database, world))
    decision_id = await Desk(database, world).rejected(application_id)
    last = date(HEARD.year + 5, 12, 31)  # December 2026, the remedy's period included
    assert (await planned(database, last))["rejected_applications"] == (0, 0)
    assert (await done(database, store, last + timedelta(days=1)))["rejected_applications"] == 1
    async with database.transaction(world.sight) as session:
        assert (await session.scalars(select(Application.id))).all() == [standing]
        assert await session.get(DecisionDocument, decision_id) is None
        decision = await session.get_one(DecisionRecord, decision_id)
        hearing = await session.get_one(Hearing, decision.hearing_id)
        events = (
            await session.scalars(select(AuditEvent.facts).where(AuditEvent.action == "retention.deleted"))
        ).all()
    assert (decision.kind, hearing.text, hearing.answer) == ("rejected", "-", None)
    (facts,) = [facts for facts in events if facts["rule"] == "rejected_applications"]
    # what is left still adds up, decision by decision
    broken = [found.name async for found in check(database, TEST_KEYS) if not found.ok]
    assert broken == [
        "audit: events lead each of the admissions to the state it is in"
    ]  # the builder tells none
    assert facts["ids"] == [str(application_id)]


async def paper(database: Database, world: World, store: FileStore, content: bytes, **said: Any) -> UUID:
    stored = store.put([content])
    assert stored.digest == sha256(content).hexdigest()
    async with database.transaction() as session:
        row = EvidencePaper(
            id=uuid7(), provider_id=said.get("provider_id", world.provider_id), kind="tax_debt",
            issued_on=TODAY, digest=stored.digest, file_kind="pdf", file_name="todistus.pdf",
            size=len(content), uploaded_at=NOW,
        )  # fmt: skip
        session.add(row)
        await session.flush()
    async with database.transaction(world.sight) as session:
        session.add(
            EvidenceShare(
                paper_id=row.id, organiser_id=world.organiser_id, provider_id=row.provider_id, shared_at=NOW,
                good_until=TODAY,
            )
        )  # fmt: skip
        await session.flush()
        if said.get("checked"):
            session.add(
                EvidenceCheck(
                    id=uuid7(), paper_id=row.id, organiser_id=world.organiser_id, provider_id=row.provider_id,
                    verdict="accepted", checked_at=NOW,
                )
            )  # fmt: skip
    return row.id


async def test_papers_go_once_nothing_that_stands_refers_to_them(
    database: Database, store: FileStore
) -> None:
    world = await build_world(database, providers=2)
    gone = await paper(database, world, store, paper_of(1))
    checked = await paper(database, world, store, paper_of(2), checked=True)
    kept = await paper(database, world, store, paper_of(3), provider_id=world.providers[1])
    shared = await paper(database, world, store, paper_of(3))  # the same file, at both
    late = date(2032, 1, 1)
    assert (await planned(database, late))["evidence_files"] == (0, 0)  # both are in the register
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE admission SET state = 'withdrawn' WHERE provider_id = :id"),
            {"id": world.provider_id},
        )
    assert (await planned(database, date(2031, 12, 31)))["evidence_files"] == (0, 0)
    assert (await done(database, store, late))["evidence_files"] == 3
    async with database.transaction() as session:
        left = {row.id: row.file_name for row in await session.scalars(select(EvidencePaper))}
    assert left == {checked: "", kept: "todistus.pdf"}
    assert {gone, shared} & left.keys() == set()
    assert store.read(sha256(paper_of(3)).hexdigest()) == paper_of(3)  # the other provider's
    for content in (paper_of(1), paper_of(2)):
        with pytest.raises(StoreFailed):
            store.read(sha256(content).hexdigest())
    assert "evidence_files" not in await done(database, store, late)


async def test_what_accounts_rest_on_is_never_deleted(database: Database, store: FileStore) -> None:
    """A provider that was paid in 2027 keeps its papers through 2033, although their own time is over in 2031."""
    world = await build_world(database, providers=1)
    await paper(database, world, store, paper_of(1))
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE admission SET state = 'withdrawn'"))
        session.add(
            MonthClose(id=uuid7(), organiser_id=world.organiser_id, month=date(2027, 1, 1), closed_at=NOW)
        )
        await session.flush()
        session.add(
            Statement(
                id=uuid7(), organiser_id=world.organiser_id, provider_id=world.provider_id,
                month=date(2027, 1, 1), number="2027-01-1", reference="RF00", state="closed", line_count=1,
                charges_cents=100, credits_cents=0, total_cents=100, net_cents=100, vat_cents=0, closed_at=NOW,
            )
        )  # fmt: skip
    assert (await planned(database, date(2033, 12, 31)))["evidence_files"] == (0, 1)
    assert "evidence_files" not in await done(database, store, date(2033, 12, 31))
    assert (await done(database, store, date(2034, 1, 1)))["evidence_files"] == 1


async def test_a_run_goes_on_where_it_was_and_counts(database: Database, store: FileStore) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        for number in range(7):
            session.add(
                Case(
                    id=uuid7(), organiser_id=world.organiser_id, kind="call_wanted", subject_kind="voucher",
                    subject_id=uuid7(), role="case_worker", due_on=TODAY, facts={}, opened_at=NOW,
                    closed_at=None if number == 6 else NOW,
                )
            )  # fmt: skip
    day = date(2029, 1, 1)
    stopped = carry_out(database, store, now=noon(day), limit=2)
    async for line in stopped:
        if line.rule.name == "client_names":
            break  # somebody pulls the plug before the next rule
    assert (await done(database, store, day, limit=2))["closed_cases"] == 6
    assert "closed_cases" not in await done(database, store, day, limit=2)
    async with database.transaction(world.sight) as session:
        run = await session.scalar(select(RetentionRun).where(RetentionRun.rule == "closed_cases"))
        assert run is not None
        assert (await session.scalars(select(Case.closed_at))).all() == [None]
    assert (run.batches, run.deleted, run.pseudonymised) == (3, 6, 0)


async def test_the_dry_run_names_every_rule_and_every_table_with_its_day(database: Database) -> None:
    """Nobody has to read the code to know what goes from which day on."""
    await build_world(database)
    lines = {line.rule.name: line async for line in plan(database, now=noon(date(2031, 6, 15)), last_month=4)}
    assert set(lines) == set(RULES) | set(LIVES)
    assert {name: lines[name].before for name in RULES} == {
        "client_names": date(2029, 1, 1),
        "unused_accounts": date(2030, 6, 15),
        "closed_cases": date(2029, 1, 1),
        "rejected_applications": None,
        "ended_approvals": date(2021, 1, 1),
        "ended_admissions": date(2021, 1, 1),
        "held_inspections": date(2021, 1, 1),
        "evidence_files": date(2026, 1, 1),
        "accounting_vouchers": date(2025, 1, 1),
        "accounting_books": date(2021, 5, 1),
    }
    assert lines["sign_in_session"].before == date(2031, 5, 16)
    assert all(lines[table].rule.what for table in LIVES)
    on_the_edge = {name: over_before(RULES[name], today=date(2027, 4, 30), last_month=4) for name in RULES}
    the_day_after = {name: over_before(RULES[name], today=date(2027, 5, 1), last_month=4) for name in RULES}
    assert (on_the_edge["accounting_books"], the_day_after["accounting_books"]) == (
        date(2016, 5, 1),
        date(2017, 5, 1),
    )


async def test_the_file_of_an_approval_goes_ten_years_after_it_ended_and_the_approval_stays(
    database: Database, store: FileStore
) -> None:
    """With what was asked, said and attached about it; while it stands, nothing of it goes."""
    world = await build_world(database)
    await decided(database, world)
    async with database.transaction(world.sight) as session:
        (taken,) = await session.scalars(select(Attachment))
        await session.execute(text("UPDATE attachment SET digest = :digest"), {"digest": "0" * 64})
        first = await session.scalar(
            select(DecisionRecord).where(
                DecisionRecord.kind == "approved", DecisionRecord.provider_id == taken.provider_id
            )
        )
        assert first
    stored = store.put([paper_of(9)])
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE attachment SET digest = :digest"), {"digest": stored.digest})
    standing = await planned(database, date(2060, 1, 1))
    assert standing["ended_approvals"] == (0, 0), "theirs still stand, but for the one that was taken back"
    async with database.transaction(system(world.organiser_id).sight) as session:
        await session.execute(
            text(
                "UPDATE admission SET state = 'withdrawn', valid_until = '2027-03-01' WHERE state = 'active'"
            )
        )
    assert (await planned(database, date(2037, 12, 31)))["ended_approvals"] == (0, 0)
    due = (await planned(database, date(2038, 1, 1)))["ended_approvals"]
    gone = await done(database, store, date(2038, 1, 1))
    assert gone["ended_approvals"] == due[0] > 0
    assert "ended_approvals" not in await done(database, store, date(2038, 1, 1))
    async with database.transaction(world.sight) as session:
        assert (
            await session.scalars(select(Application.id).where(Application.state == "approved"))
        ).all() == []
        assert (await session.scalars(select(Attachment))).all() == []
        kept = await session.get_one(DecisionRecord, first.id)
        assert await session.get(DecisionDocument, kept.id) is None
        assert await session.scalar(select(Admission.id).where(Admission.decision_id == first.id)) is not None
    with pytest.raises(StoreFailed):
        store.read(stored.digest)


async def test_an_auditor_sees_of_a_plan_only_the_own_organisers(database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        session.add(
            Case(
                id=uuid7(), organiser_id=world.organiser_id, kind="call_wanted", subject_kind="voucher",
                subject_id=uuid7(), role="case_worker", due_on=TODAY, facts={}, opened_at=NOW, closed_at=NOW,
            )
        )  # fmt: skip

    async def seen(sight: Sight) -> int:
        return {
            line.rule.name: line.count
            async for line in plan(database, now=noon(date(2029, 1, 1)), sight=sight)
        }["closed_cases"]

    assert (await seen(world.sight), await seen(Sight(organisers=(uuid7(),)))) == (1, 0)


async def test_rows_that_go_by_their_age_go_in_a_run_too_and_it_is_told(
    database: Database, store: FileStore
) -> None:
    world = await build_world(database)
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO rate_limit (bucket, window_start, count)"
                " SELECT 'x' || n, :at, 1 FROM generate_series(1, 5) n"
            ),
            {"at": NOW},
        )
    day = (NOW + timedelta(days=2)).date()
    assert (await done(database, store, day, limit=2))["rate_limit"] == 5
    assert "rate_limit" not in await done(database, store, day, limit=2)
    async with database.transaction(world.sight) as session:
        told = [row for row in await runs(session) if row.rule == "rate_limit"]
    assert [(row.batches, row.deleted) for row in told] == [(3, 5)]
