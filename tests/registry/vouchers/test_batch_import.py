"""A file of orders: read strictly, every reason per row, resolved in a few queries."""

import csv
import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from registry.people.identity import identity_hash
from registry.people.model import ClientPerson
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.batch_import import COLUMNS, MAX_ROWS, Row, read_rows, resolve
from registry.vouchers.commands import GrantOrder, grant
from registry.vouchers.sent_table import decode
from tests.builders import NOW, World, add_client, build_world

IDENTITY = "010203A9057"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "batch.empty"),
        (b"identity;service;budget_line\n", "batch.empty"),
        (b"\n\n \n", "batch.empty"),
        ("identity;service;budget_line\nMäki;a;b\n".encode("latin-1"), "batch.not_text"),
        ("identity;service;budget_line\nx;a;b\n".encode("utf-16"), "batch.not_text"),
        (b"identity;service;budget_line\nx\x00;a;b\n", "batch.not_text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "batch.not_text"),
        (b'identity;service;budget_line\n"x;a;b\n', "batch.not_csv"),
        (b'identity;service;budget_line\n"x"y;a;b\n', "batch.not_csv"),
        (b"identity;service\nx;a\n", "batch.columns_missing"),
        (b"service;budget_line\na;b\n", "batch.columns_missing"),
        (b"identity;service;budget_line;price\nx;a;b;1\n", "batch.columns_unknown"),
        (b"identity;service;service;budget_line\nx;a;a;b\n", "batch.columns_twice"),
        (b"x" * 5_000_001, "batch.too_large"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rows(decode(content))
    assert refused.value.code == code
    assert refused.value.errors == {"file": code}


def test_a_broken_line_is_named_by_its_number() -> None:
    with pytest.raises(Invalid) as refused:
        read_rows('identity;service;budget_line\nx;a;b\n"y"z;a;b\n')
    assert refused.value.facts["line"] == 3


def test_too_many_rows() -> None:
    with pytest.raises(Invalid, match="too_many_rows"):
        read_rows("identity,service,budget_line\n" + "x,a,b\n" * (MAX_ROWS + 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_spreadsheets_csv_is_read(delimiter: str, end: str, mark: str) -> None:
    names = ["identity", "service", "budget_line", "value", "in_plan"]
    values = [IDENTITY, "coaching", "2026-P", "1 234,50", "kyllä"]
    quoted = [f'"{value}"' for value in values]
    text = mark + end.join([delimiter.join(names), delimiter.join(quoted), ""])
    (row,) = read_rows(decode(text.encode()))
    assert row == Row(
        line=2, identity=IDENTITY, service="coaching", budget_line="2026-P", value_cents=1234_50, in_plan=True
    )


def test_lines_are_those_of_the_file() -> None:
    rows = read_rows('identity,service,budget_line\n\nx,"a\nb",c\ny,a,c\n')
    assert [row.line for row in rows] == [4, 5]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"identity": ""}, {"row.client_missing"}),
        ({"client_id": str(uuid7())}, {"row.client_twice"}),
        ({"identity": "", "client_id": "7"}, {"row.client_id_malformed"}),
        ({"service": " ", "budget_line": ""}, {"row.service_missing", "row.budget_line_missing"}),
        ({"value": "ten"}, {"row.value_malformed"}),
        ({"value": "1e3"}, {"row.value_malformed"}),
        ({"units": "-1"}, {"row.units_malformed"}),
        ({"units": "1,255"}, {"row.units_malformed"}),
        ({"units": "NaN"}, {"row.units_malformed"}),
        ({"units": "9" * 30}, {"row.units_malformed"}),
        ({"units": "9e999999"}, {"row.units_malformed"}),
        ({"months_unemployed": "0" * 6 + "9" * 5_000}, {"row.months_malformed"}),
        ({"validity_days": "1.5"}, {"row.validity_malformed"}),
        ({"in_plan": "maybe", "despite_like": "2"}, {"row.in_plan_malformed", "row.like_open_malformed"}),
    ],
)
def test_every_reason_of_a_row_is_told(values: dict[str, str], errors: set[str]) -> None:
    columns = dict.fromkeys(COLUMNS, "") | {"identity": IDENTITY, "service": "a", "budget_line": "b"}
    columns |= values
    (row,) = read_rows(";".join(columns) + "\n" + ";".join(columns.values()) + "\n")
    assert set(row.errors) == errors


def test_a_row_with_more_values_than_columns() -> None:
    (row,) = read_rows("identity,service,budget_line\nx,a,b,c\n")
    assert row.errors == ("row.columns_too_many",)


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_reader_fail_otherwise(lines: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["identity", "service", "budget_line"], *lines])
    with suppress(Invalid):  # and nothing else
        rows = read_rows(decode(written.getvalue().encode("utf-8", "surrogatepass")))
        assert all(isinstance(row, Row) for row in rows)


async def _resolve(database: Database, world: World, keys: Keys, rows: list[Row]) -> Any:
    async with database.transaction(world.sight) as session:
        return await resolve(session, organiser_id=world.organiser_id, keys=keys, rows=rows, fictional=True)


async def _with_identity(database: Database, world: World, keys: Keys) -> None:
    async with database.transaction(world.sight) as session:
        person = await session.get_one(ClientPerson, world.client_id)
        person.identity_hash = identity_hash(keys, kind="person", code=IDENTITY)


async def test_rows_become_orders_by_identity_and_codes(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    await _with_identity(database, world, keys)
    service, line = "nuorten-tyonhakuvalmennus", "2026-P"
    found = await _resolve(
        database, world, keys,
        [
            Row(2, identity=IDENTITY.lower(), service=service, budget_line=line, units=5_00, in_plan=True),
            Row(3, client_id=world.client_id, service=service, budget_line=line),
            Row(4, identity=IDENTITY[:-1] + "X", service="unknown", budget_line="unknown"),
            Row(5, client_id=uuid7(), service=service, budget_line=line),
        ],
    )  # fmt: skip
    assert found[0].order == GrantOrder(
        world.client_id, world.service_id, world.budget_line_id, units=5_00, in_plan=True
    )
    assert found[1].order == GrantOrder(world.client_id, world.service_id, world.budget_line_id)
    assert {r.code for r in found[2].refusals} == {
        "row.identity_malformed", "row.service_unknown", "row.budget_line_unknown",
    }  # fmt: skip
    assert [r.code for r in found[3].refusals] == ["row.client_unknown"]


async def test_another_organisers_client_is_unknown(database: Database, keys: Keys) -> None:
    world, other = await build_world(database), await build_world(database, code="turku")
    rows = [Row(2, client_id=other.client_id, service="nuorten-tyonhakuvalmennus", budget_line="2026-P")]
    (found,) = await _resolve(database, world, keys, rows)
    assert [r.code for r in found.refusals] == ["row.client_unknown"]


async def test_the_number_of_queries_does_not_grow_with_the_rows(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        clients = [await add_client(session, world) for _ in range(40)]
    rows = [
        Row(i, client_id=client, service="nuorten-tyonhakuvalmennus", budget_line="2026-P")
        for i, client in enumerate(clients)
    ]
    counts = []
    for some in (rows[:1], rows):
        statements: list[str] = []

        def note(*given: Any, kept: list[str] = statements) -> None:
            kept.append(given[2])

        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        try:
            assert all(row.order for row in await _resolve(database, world, keys, some))
        finally:
            event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5


async def test_a_dry_run_decides_the_same_and_writes_nothing(database: Database, keys: Keys) -> None:
    world = await build_world(database, allocated_cents=1000_00)
    actor = world[Role.CASE_WORKER]
    async with database.transaction(world.sight) as session:
        second = await add_client(session, world)
    orders = [
        GrantOrder(client_id, world.service_id, world.budget_line_id)
        for client_id in (world.client_id, second, second)
    ]
    async with database.transaction(actor.sight) as session:
        tried = await grant(session, actor=actor, now=NOW, orders=orders, dry_run=True)
    async with database.transaction(actor.sight) as session:
        done = await grant(session, actor=actor, now=NOW, orders=orders)
    assert [getattr(answer, "code", "granted") for answer in tried] == [
        getattr(answer, "code", "granted") for answer in done
    ] == ["granted", "budget.short", "budget.short"]  # fmt: skip
