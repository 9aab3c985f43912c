"""Each invariant is broken in a copy, behind the application's back, and exactly its line fails.

A break switches off triggers, foreign keys and constraints as only an owner can, changes one thing, and is
rolled back after the checks have run in the same transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from registry.checks.catalogue import differences
from registry.checks.run import HASHES, INVARIANTS, RELEASES, SHORTLISTS, check, examine
from registry.shared.database import Database
from tests.conftest import TEST_KEYS, as_application
from tests.databases import copied, dropped, with_database
from tests.registry.checks.breaking import as_owner
from tests.registry.checks.breaks import BALANCES, BREAKS, CATALOGUE_BREAKS, LINE_VOUCHERS, OPEN_UP, ZERO
from tests.registry.checks.full import full_world


@pytest.fixture(scope="module")
async def full(owner_server: str, template: str) -> AsyncIterator[str]:
    """A database in which everything has happened, as its owner; the tests of this file leave it as it is."""
    name = await copied(owner_server, template)
    url = with_database(owner_server, name)
    database = Database(as_application(url))
    await full_world(database, TEST_KEYS)
    await database.close()
    yield url
    await dropped(owner_server, name)


@asynccontextmanager
async def broken(url: str, *statements: str) -> AsyncIterator[AsyncSession]:
    """The database as it is after the statements, until the block ends."""
    engine = create_async_engine(url)
    try:
        async with AsyncSession(engine) as session:
            for statement in statements:
                await session.execute(text(statement.replace(":", "\\:")))
            yield session
            await session.rollback()
    finally:
        await engine.dispose()


async def failing(session: AsyncSession) -> set[str]:
    findings = [await examine(session, invariant) for invariant in INVARIANTS]
    return {finding.name for finding in findings if not finding.ok}


async def test_all_is_well_and_nothing_is_vacuous(full: str) -> None:
    database = Database(as_application(full))
    findings = [finding async for finding in check(database, TEST_KEYS)]
    await database.close()
    assert [finding.line() for finding in findings if not finding.ok] == []
    assert [finding.name for finding in findings if finding.examined == 0] == []
    assert len({finding.name for finding in findings}) == len(findings)


@pytest.fixture(scope="module")
async def open_to_harm(owner_server: str, full: str) -> AsyncIterator[AsyncSession]:
    """A copy without what protects it, for harm that each test takes back. Its own copy, because taking the protection
    away locks every table until the last of them is done."""
    copy = await copied(owner_server, urlsplit(full).path[1:])
    async with broken(with_database(owner_server, copy), *OPEN_UP) as session:
        yield session
    await dropped(owner_server, copy)


async def test_opening_up_alone_breaks_nothing(open_to_harm: AsyncSession) -> None:
    assert await failing(open_to_harm) == set()


@pytest.mark.parametrize(("lines", "harm"), BREAKS, ids=[str(n) for n in range(len(BREAKS))])
async def test_exactly_the_broken_line_fails(open_to_harm: AsyncSession, lines: set[str], harm: str) -> None:
    async with open_to_harm.begin_nested() as harmed:
        await open_to_harm.execute(text(harm.replace(":", "\\:")))
        assert await failing(open_to_harm) == lines
        await harmed.rollback()


def test_every_invariant_is_broken_once() -> None:
    """But one: a transfer is a single row with both its accounts, so the sum over all of them cannot be anything
    but zero."""
    assert {line for lines, _ in BREAKS for line in lines} | {ZERO} == {i.name for i in INVARIANTS}


@pytest.mark.parametrize(("line", "harm"), CATALOGUE_BREAKS)
async def test_protection_taken_away_is_noticed(full: str, line: str, harm: str) -> None:
    async with broken(full, *harm.split("; ")) as session:
        found = [aspect for aspect in await differences(session) if aspect.differences]
    assert len(found) == 1, found
    assert line in found[0].name


async def test_what_only_committed_harm_shows(owner_server: str, full: str) -> None:
    """The whole check on a real copy: an altered event, money moved past the ledger, a figure and an order of somebody's
    own making."""
    copy = await copied(owner_server, urlsplit(full).path[1:])
    url = with_database(owner_server, copy)
    try:
        await as_owner(
            url,
            "ALTER TABLE audit_event DISABLE TRIGGER USER",
            "UPDATE audit_event SET actor_role = 'auditor' WHERE action = 'voucher.cancelled'",
            "ALTER TABLE audit_event ENABLE TRIGGER USER",
            "UPDATE voucher SET available_cents = available_cents - 1, returned_cents = returned_cents + 1"
            " WHERE id = (SELECT id FROM voucher WHERE state = 'granted' LIMIT 1)",
            "ALTER TABLE release_figure DISABLE TRIGGER USER",
            "UPDATE release_figure SET estimate = estimate - 1, low = low - 1"
            " WHERE release_id = (SELECT id FROM release WHERE number = 2) AND estimate IS NOT NULL",
            "ALTER TABLE release_figure ENABLE TRIGGER USER",
            "ALTER TABLE shortlist DISABLE TRIGGER USER",
            "UPDATE shortlist SET provider_ids = ARRAY[provider_ids[2], provider_ids[1]]"
            " WHERE voucher_id = (SELECT voucher_id FROM shortlist WHERE cardinality(provider_ids) = 2 LIMIT 1)",
            "ALTER TABLE shortlist ENABLE TRIGGER USER",
        )
        database = Database(as_application(url))
        failed = {finding.name: finding async for finding in check(database, TEST_KEYS) if not finding.ok}
        await database.close()
    finally:
        await dropped(owner_server, copy)
    assert set(failed) == {HASHES, BALANCES, LINE_VOUCHERS, RELEASES, SHORTLISTS}
    assert (failed[RELEASES].broken, failed[RELEASES].examined) == (1, 2)
    assert failed[SHORTLISTS].broken == 1
    assert failed[HASHES].broken == 1
    assert failed[HASHES].line().startswith("FAIL  audit: every event fits its hash   1 of ")
    assert len(failed[BALANCES].offenders) == 1
