"""The export: complete, in order, checkable by anyone, and in bounded memory."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from registry.audit.commands import event_values
from registry.audit.export import Fault, Verification, bounded_lines, export
from registry.audit.model import AuditEvent
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from tests.builders import NOW, World, build_world


async def write_many(database: Database, world: World, count: int) -> None:
    rows = [
        event_values(
            actor=system(world.organiser_id),
            now=NOW + timedelta(minutes=n),
            action="test.happened",
            subject_kind="test",
            subject_id=uuid7(),
            organiser_id=world.organiser_id,
            facts={"n": n, "text": "ö" * 200},
        )
        for n in range(count)
    ]
    async with database.transaction(world.sight) as session:
        await session.execute(insert(AuditEvent), rows)


def faults(lines: list[bytes]) -> list[Fault]:
    return list(Verification().check(lines))


@pytest.fixture
async def exported(database: Database, tmp_path: Path) -> list[bytes]:
    """The lines of an export of seven events."""
    world = await build_world(database)
    await write_many(database, world, 7)
    await export(database, organiser_id=world.organiser_id, file=tmp_path / "events.jsonl")
    return (tmp_path / "events.jsonl").read_bytes().splitlines(keepends=True)


async def test_an_export_verifies_and_both_sides_name_the_same_digest(
    database: Database, tmp_path: Path
) -> None:
    mine, theirs = await build_world(database, code="oulu"), await build_world(database, code="turku")
    await write_many(database, mine, 7)
    await write_many(database, theirs, 2)
    file = tmp_path / "events.jsonl"
    written = await export(database, organiser_id=mine.organiser_id, file=file)
    verification = Verification()
    assert list(verification.check(bounded_lines(file))) == []
    assert (
        (verification.events, verification.digest) == (written.events, written.digest) == (7, written.digest)
    )
    assert list(tmp_path.iterdir()) == [file]


async def test_the_period_is_half_open(database: Database, tmp_path: Path) -> None:
    world = await build_world(database)
    await write_many(database, world, 5)
    written = await export(
        database,
        organiser_id=world.organiser_id,
        file=tmp_path / "e",
        since=NOW + timedelta(minutes=1),
        until=NOW + timedelta(minutes=3),
    )
    assert written.events == 2


async def test_a_failed_export_leaves_no_file(database: Database, tmp_path: Path) -> None:
    world = await build_world(database)
    await database.close()
    broken = Database("postgresql+asyncpg://registry_app@127.0.0.1:1/none")
    with pytest.raises(OSError):  # noqa: PT011 - whichever the platform has for a closed port
        await export(broken, organiser_id=world.organiser_id, file=tmp_path / "e")
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_the_canonical_event_and_its_hash(exported: list[bytes]) -> None:
    read = json.loads(exported[3])
    assert set(read) == {"event", "sha256"}
    assert read["event"]["facts"]["n"] == 3
    assert list(read["event"]) == sorted(read["event"])


def test_a_changed_event_is_found(exported: list[bytes]) -> None:
    exported[2] = exported[2].replace(b'"n":2', b'"n":9')
    assert [(f.line, f.code) for f in faults(exported)] == [(3, "hash_differs")]


def test_a_changed_event_with_a_new_hash_changes_the_digest(exported: list[bytes]) -> None:
    """Whoever can alter an event can hash it anew: then only the digest of the whole tells."""
    whole, short = Verification(), Verification()
    assert list(whole.check(exported)) == []
    assert list(short.check(exported[:3] + exported[4:])) == []
    assert whole.digest != short.digest


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda line: b"not json\n", "not_json"),
        (lambda line: b"\xff\xfe\n", "not_json"),
        (lambda line: b"[" * 100_000 + b"\n", "not_json"),
        (lambda line: b'{"event": 1.5, "sha256": "x"}\n', "not_json"),
        (lambda line: b'{"event": NaN, "sha256": "x"}\n', "not_json"),
        (lambda line: b"x" * 1_000_001, "not_json"),
        (lambda line: b"null\n", "not_an_event"),
        (lambda line: b'{"event": {}, "sha256": ""}\n', "not_an_event"),
        (lambda line: line.replace(b'"n":3', b'"n":99999999999999999999'), "not_an_event"),
        (lambda line: line.replace(b'{"event"', b'{"also":1,"event"'), "not_an_event"),
        (lambda line: line.replace(b'{"action"', b'{"action":"other","action"'), "not_canonical"),
        (lambda line: line.replace(b'{"event"', b'{ "event"'), "not_canonical"),
    ],
)
def test_whatever_stands_in_a_line_is_named_and_the_rest_still_checked(
    exported: list[bytes], harm: Callable[[bytes], bytes], code: str
) -> None:
    exported[3] = harm(exported[3])
    assert [(f.line, f.code) for f in faults(exported)] == [(4, code)]


def test_a_doubled_and_a_moved_line_are_out_of_order(exported: list[bytes]) -> None:
    assert [f.code for f in faults([*exported, exported[-1]])] == ["out_of_order"]
    assert [f.code for f in faults([exported[1], exported[0], *exported[2:]])] == ["out_of_order"]


async def test_memory_does_not_grow_with_the_number_of_events(database: Database, tmp_path: Path) -> None:
    async def peak(count: int, code: str) -> int:
        world = await build_world(database, code=code)
        await write_many(database, world, count)
        await export(database, organiser_id=world.organiser_id, file=tmp_path / "warm")
        tracemalloc.start()
        await export(database, organiser_id=world.organiser_id, file=tmp_path / code)
        for _ in Verification().check(bounded_lines(tmp_path / code)):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert await peak(12_000, "turku") < 1.6 * await peak(3_000, "oulu")
