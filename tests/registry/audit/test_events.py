"""Reading events: a voucher's timeline, the auditor's search, and the canonical form."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from registry.audit.commands import event_values, record
from registry.audit.model import AuditEvent
from registry.audit.queries import Cursor, Search, event, history, search, timeline, timelines
from registry.audit.rules import document_hash, moment, plain
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, World, build_world


async def write(database: Database, world: World, *events: dict[str, Any]) -> list[UUID]:
    """Events of the world's organiser; each names only what matters to its test."""
    usual: dict[str, Any] = {
        "actor": world[Role.CASE_WORKER],
        "now": NOW,
        "action": "test.happened",
        "subject_kind": "test",
        "organiser_id": world.organiser_id,
    }
    rows = [event_values(**(usual | {"subject_id": uuid7()} | given_values)) for given_values in events]
    async with database.transaction(world.sight) as session:
        await session.execute(insert(AuditEvent), rows)
    return [row["id"] for row in rows]


async def test_a_stored_event_still_fits_its_hash(database: Database) -> None:
    world = await build_world(database)
    facts = {
        "cents": 10**12,
        "day": NOW.date(),
        "ids": {uuid7()},
        "none": None,
        "yes": True,
        "text": "ä€𝄞\u0000".replace("\u0000", ""),
        "deep": {"b": [1, 2], "a": []},
    }
    (event_id,) = await write(database, world, {"facts": facts, "from_state": "a", "to_state": "b"})
    async with database.transaction(world.sight) as session:
        found = await event(session, event_id=event_id)
    assert found is not None
    assert found.intact
    assert found.facts["day"] == "2026-11-22"


async def test_an_event_that_was_altered_no_longer_fits(database: Database, owner_url: str) -> None:
    from tests.registry.checks.breaking import as_owner

    world = await build_world(database)
    (event_id,) = await write(database, world, {"facts": {"cents": 1}})
    await as_owner(
        owner_url,
        "ALTER TABLE audit_event DISABLE TRIGGER USER",
        "UPDATE audit_event SET facts = '{\"cents\": 2}'",
    )
    async with database.transaction(world.sight) as session:
        found = await event(session, event_id=event_id)
    assert found is not None
    assert not found.intact


async def test_a_voucher_s_timeline_has_all_that_belongs_to_it_in_order(database: Database) -> None:
    world = await build_world(database)
    mine, other = uuid7(), uuid7()
    await write(
        database,
        world,
        {"subject_kind": "voucher", "subject_id": mine, "voucher_id": mine, "action": "one"},
        {"subject_kind": "redemption", "voucher_id": mine, "action": "two"},
        {"subject_kind": "voucher", "subject_id": mine, "action": "zero", "now": NOW - timedelta(days=1)},
        {"subject_kind": "voucher", "subject_id": other, "voucher_id": other, "action": "other"},
    )
    async with database.transaction(world.sight) as session:
        assert [e.action for e in await timeline(session, voucher_id=mine)] == ["zero", "one", "two"]
        both = await timelines(session, voucher_ids=[mine, other, uuid7()])
        assert [len(events) for events in both.values()] == [3, 1, 0]
        assert [e.action for e in await history(session, subject_id=other)] == ["other"]


async def test_the_search_finds_each_event_once_over_all_pages(database: Database) -> None:
    world = await build_world(database)
    # many events of one moment: the place in the list must not rest on time alone
    ids = await write(database, world, *({"now": NOW + timedelta(seconds=n // 10)} for n in range(57)))
    async with database.transaction(world.sight) as session:
        found: list[UUID] = []
        after: Cursor | None = None
        while True:
            events, after = await search(
                session, organiser_ids=[world.organiser_id], wanted=Search(), after=after, limit=10
            )
            found += [e.id for e in events]
            if after is None:
                break
    assert found == ids[::-1]


async def test_the_search_narrows_by_what_it_is_asked(database: Database) -> None:
    world = await build_world(database)
    voucher, auditor = uuid7(), world[Role.AUDITOR]
    await write(
        database,
        world,
        {"action": "voucher.granted", "voucher_id": voucher},
        {"action": "voucher.expired", "subject_id": voucher},
        {"action": "voucherish.thing", "actor": auditor},
        {"action": "case.opened", "now": NOW + timedelta(days=1)},
    )
    expected = {
        Search(subject_id=voucher): {"voucher.granted", "voucher.expired"},
        Search(action="voucher."): {"voucher.granted", "voucher.expired"},
        Search(action="voucher.granted"): {"voucher.granted"},
        Search(action="voucher_"): set(),
        Search(actor_id=auditor.id): {"voucherish.thing"},
        Search(since=NOW + timedelta(days=1)): {"case.opened"},
        Search(until=NOW): set(),
        Search(until=NOW + timedelta(days=1), action="case."): set(),
    }
    async with database.transaction(world.sight) as session:
        for wanted, actions in expected.items():
            events, _ = await search(session, organiser_ids=[world.organiser_id], wanted=wanted)
            assert {e.action for e in events} == actions, wanted


async def test_another_organiser_s_events_stay_out_of_sight(database: Database) -> None:
    mine = await build_world(database, code="oulu")
    theirs = await build_world(database, code="turku")
    (event_id,) = await write(database, theirs, {"action": "secret"})
    async with database.transaction(mine.sight) as session:
        assert await event(session, event_id=event_id) is None
        both = [mine.organiser_id, theirs.organiser_id]
        assert (await search(session, organiser_ids=both, wanted=Search())) == ([], None)


async def test_no_event_can_be_changed_or_taken_out_by_the_application(database: Database) -> None:
    world = await build_world(database)
    await write(database, world, {})
    for statement in (
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with database.transaction(world.sight) as session:
                await session.execute(text(statement))


async def test_an_event_is_written_with_its_change_or_not_at_all(database: Database) -> None:
    world = await build_world(database)
    subject = uuid7()

    async def fails_half_way() -> None:
        async with database.transaction(world.sight) as session:
            record(
                session,
                actor=system(world.organiser_id),
                now=NOW,
                action="x",
                subject_kind="test",
                subject_id=subject,
                organiser_id=world.organiser_id,
            )
            await session.flush()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await fails_half_way()
    async with database.transaction(world.sight) as session:
        assert await history(session, subject_id=subject) == []


def test_moments_are_utc_and_of_one_width() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"


@given(st.dictionaries(st.text(max_size=5), st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none()))
def test_the_hash_does_not_depend_on_the_order_of_keys(facts: dict[str, Any]) -> None:
    backwards = dict(reversed(facts.items()))
    assert document_hash(plain(facts)) == document_hash(plain(backwards))
