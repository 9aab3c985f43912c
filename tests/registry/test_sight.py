"""What a provider's and a client's session see when a query has no filter at all: in every table of an organiser their
own rows, each of them, and no other."""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from registry.catalogue.model import Organiser
from registry.choice.showing import show_comparison
from registry.quality.commands import submit_review
from registry.quality.rules import ASPECTS, Moment
from registry.schema import tables
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import APP_ROLE, Database, see
from registry.shared.identifiers import uuid7
from registry.shared.protection import policy
from registry.vouchers.commands import ask_for_call
from tests.builders import NOW, World, add_account, add_client
from tests.conftest import TEST_KEYS, as_application
from tests.databases import administer, with_database
from tests.registry.checks.breaks import OPEN_UP
from tests.registry.checks.full import full_world
from tests.registry.vouchers.steps import Steps

ITS: Final = "provider_id = :provider"
THEIRS: Final = "client_id = :client"
OF_VOUCHER: Final = "voucher_id IN (SELECT id FROM voucher WHERE client_id = :client)"
ADDRESSED: Final = "account_id = :account"
ANYBODYS: Final = "true"

PROVIDER_SEES: Final = {
    "admission_change": ITS,
    "api_client": ITS,
    "api_token": ITS,
    "appeal": ITS,
    "application": ITS,
    "application_draft": ITS,
    "application_message": ITS,
    "assignment": ITS,
    "attachment": ITS,
    "bank_account": ITS,
    "claim": ITS,
    "claim_receipt": ITS,
    "claimed_statement": ITS,
    "coach_detail": ITS,
    "comment_answer": ITS,
    "corrective_requirement": ITS,
    "court_appeal": ITS,
    "decision": ITS,
    "decision_document": ITS,
    "hearing": ITS,
    "evidence_check": ITS,
    "evidence_paper": ITS,
    "evidence_share": ITS,
    "invoice": ITS,
    "invoice_file": ITS,
    "invoice_line": ITS,
    "line_dispute": ITS,
    "message": ADDRESSED,
    # which months are closed, and no more: it decides on which statement a redemption will stand
    "month_close": ANYBODYS,
    # which years are closed: whoever writes a transfer has to meet the lock
    "year_close": ANYBODYS,
    "milestone_claim": ITS,
    "no_show": ITS,
    "oversight_finding": ITS,
    "paid_statement": ITS,
    "payment": ITS,
    "offline_device": ITS,
    "offline_visit": ITS,
    "presentation": ITS,
    "private_figure": ITS,
    "redemption": ITS,
    "redemption_hold": ITS,
    "release_objection": ITS,
    "reversal": ITS,
    "role_grant": ITS,
    "self_billing_consent": ITS,
    "rule_book_acceptance": ITS,
    # which version is to be accepted, and by when, is the same for everybody
    "rule_book_round": ANYBODYS,
    "site": ITS,
    "statement": ITS,
    "statement_line": ITS,
    "voucher": ITS,
    "webhook_attempt": ITS,
    "webhook_delivery": ITS,
    "webhook_endpoint": ITS,
}
CLIENT_SEES: Final = {
    "aid_declaration": THEIRS,
    "aid_granted": OF_VOUCHER,
    "assignment": THEIRS,
    "audit_event": OF_VOUCHER,
    "case_file": THEIRS,
    "client": "id = :client",
    "client_person": THEIRS,
    "comment_publication": THEIRS,
    "comparison_shown": THEIRS,
    "complaint": THEIRS,
    "intake": THEIRS,
    "message": ADDRESSED,
    "milestone_claim": OF_VOUCHER,
    "no_show": THEIRS,
    "offline_visit": "number IN (SELECT number FROM voucher WHERE client_id = :client)",
    "outcome": THEIRS,
    "presentation": OF_VOUCHER,
    "read_log": THEIRS,
    "redemption": OF_VOUCHER,
    "reminder": OF_VOUCHER,
    "reversal": OF_VOUCHER,
    "review": THEIRS,
    "review_comment": THEIRS,
    "role_grant": THEIRS,
    "shortlist": THEIRS,
    "voucher": THEIRS,
    "voucher_case": OF_VOUCHER,
    "visit_answer": THEIRS,
    "voucher_change": OF_VOUCHER,
    "voucher_decision": OF_VOUCHER,
    "voucher_extension": OF_VOUCHER,
    "voucher_topup": OF_VOUCHER,
    "year_close": ANYBODYS,
}
"""Table → the rows that are the session's own, said here a second time. Of a table that is not named, none are."""

PUBLIC: Final = {
    "admission",
    "choice_period",
    "published_comment",
    "published_finding",
    "release",
    "release_withdrawal",
    "service",
}
"""Tables of an organiser that the public register reads: everybody sees all of them."""

BOUND: Final = sorted(name for name, table in tables().tables.items() if policy(table) is not None)
LATER: Final = NOW + timedelta(days=81)
SOME: Final[dict[type, Any]] = {
    str: "x",
    int: 1,
    float: 0.5,
    bool: False,
    bytes: b"x",
    datetime: LATER,
    date: LATER.date(),
    time: time(16),
    object: {},
    list: [],
}
"""Something for a column of each type."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A session. Its sight spans all organisers, so that nothing but being one provider or client narrows it."""

    sight: Sight
    sees: dict[str, str]
    voucher_id: UUID | None = None
    """One of the client's."""

    def own(self, table: str) -> str:
        return self.sees.get(table, "false")

    @property
    def ids(self) -> dict[str, UUID | None]:
        return {"provider": self.sight.provider, "client": self.sight.client, "account": self.sight.account}


@dataclass(frozen=True, slots=True)
class Peopled:
    """A database in which two providers and two clients have rows in every table of an organiser."""

    url: str
    viewers: tuple[Viewer, ...]

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[AsyncSession]:
        """A transaction that nothing binds, and of which nothing stays."""
        engine = create_async_engine(self.url)
        try:
            async with AsyncSession(engine) as session:
                yield session
                await session.rollback()
        finally:
            await engine.dispose()


@pytest.fixture(scope="module")
async def peopled(owner_server: str, template: str) -> AsyncIterator[Peopled]:
    """Two organisers, and what the commands leave behind in a year of two clients at two providers; then a row of each
    of the four in every table, so that none goes unlooked at."""
    name = f"registry_sight_{secrets.token_hex(6)}"
    await administer(owner_server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    url = with_database(owner_server, name)
    database = Database(as_application(url))
    world = await full_world(database, TEST_KEYS)
    clients = world[Role.CLIENT], await _another_client(database, world)
    vouchers = [await _life(database, world, client, number) for number, client in enumerate(clients)]
    async with database.transaction() as session:
        everywhere = Sight(organisers=tuple(await session.scalars(select(Organiser.id))))
    await database.close()
    providers = (
        Viewer(replace(everywhere, provider=actor.provider_id, account=actor.id), PROVIDER_SEES)
        for actor in map(world.provider_actor, range(2))
    )
    holders = (
        Viewer(replace(everywhere, client=actor.client_id, account=actor.id), CLIENT_SEES, voucher_id)
        for actor, voucher_id in zip(clients, vouchers, strict=True)
    )
    made = Peopled(url, (*providers, *holders))
    await _fill(url, world, made.viewers)
    yield made
    await administer(owner_server, f"DROP DATABASE {name} WITH (FORCE)")


async def _another_client(database: Database, world: World) -> Actor:
    async with database.transaction(world.sight) as session:
        client_id = await add_client(session, world, case_worker_id=world[Role.CASE_WORKER].id)
        actor, _ = await add_account(
            session, "", Role.CLIENT, organiser_id=world.organiser_id, client_id=client_id,
            sight=replace(world.sight, client=client_id),
        )  # fmt: skip
    return actor


async def _life(database: Database, world: World, client: Actor, number: int) -> UUID:
    """One client at one provider; the voucher."""
    steps = Steps(database, world, TEST_KEYS, now=LATER)
    voucher_id, shown = await steps.opened(number, client_id=client.client_id)
    await steps.reverse((await steps.redeem(shown, day=LATER.date(), provider=number)).id, number)
    await steps.redeem(shown, day=LATER.date(), provider=number)
    async with database.transaction(client.sight) as session:
        await ask_for_call(session, actor=client, now=LATER, voucher_id=voucher_id)
        await show_comparison(
            session, actor=client, now=LATER, keys=TEST_KEYS, voucher_id=voucher_id, channel="self"
        )
        await submit_review(
            session, over=True, actor=client, now=LATER, voucher_id=voucher_id, provider_id=world.providers[number],
            moment=Moment.AFTER, scores=dict.fromkeys(ASPECTS, 8),
        )  # fmt: skip
    return voucher_id


async def _fill(url: str, world: World, viewers: Iterable[Viewer]) -> None:
    """A row of each viewer in every bound table, past every constraint: whose it is, is all that is asked of it."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in OPEN_UP:
            await connection.execute(text(statement))
        for viewer in viewers:
            whose = {
                "organiser_id": world.organiser_id, "provider_id": viewer.sight.provider,
                "client_id": viewer.sight.client, "account_id": viewer.sight.account,
                "voucher_id": viewer.voucher_id,
            }  # fmt: skip
            for name in BOUND:
                table = tables().tables[name]
                row = {
                    column.name: whose.get(column.name) or _something(column)
                    for column in table.c
                    if column.name in whose or not (column.nullable or column.server_default)
                }
                await connection.execute(insert(table).values(row).on_conflict_do_nothing())
            await connection.execute(
                text(
                    "UPDATE offline_visit o SET number = v.number FROM voucher v"
                    " WHERE v.id = :voucher AND o.account_id = :account"
                ),
                {"voucher": viewer.voucher_id, "account": viewer.sight.account},
            )
    await engine.dispose()


def _something(column: Column[Any]) -> Any:
    kind = column.type.python_type
    return uuid7() if kind is UUID else SOME[kind]


async def _places(session: AsyncSession, table: str, where: str = "true", **ids: UUID | None) -> set[str]:
    """Where in the table the rows are that a query finds."""
    values = {name: value for name, value in ids.items() if f":{name}" in where}
    return set(await session.scalars(text(f"SELECT ctid::text FROM {table} WHERE {where}"), values))


async def _seen(session: AsyncSession, viewer: Viewer, table: str) -> set[str]:
    """The same, as the application in this viewer's session and without any filter."""
    await session.execute(text(f"SET LOCAL ROLE {APP_ROLE}"))
    await see(session, viewer.sight)
    found = await _places(session, table)
    await session.execute(text("RESET ROLE"))
    return found


async def test_a_query_without_a_filter_finds_the_sessions_own_rows_and_no_others(peopled: Peopled) -> None:
    async with peopled.as_owner() as session:
        for viewer in peopled.viewers:
            for table in BOUND:
                own = await _places(session, table, viewer.own(table), **viewer.ids)
                assert (table, await _seen(session, viewer, table)) == (table, own)
                assert own or table not in viewer.sees, table


async def test_no_table_is_looked_at_in_vain(peopled: Peopled) -> None:
    """Each has rows that are not the session's, and they show as soon as its policy is gone."""
    async with peopled.as_owner() as session:
        for table in BOUND:
            await session.execute(text(f"ALTER POLICY {table}_in_sight ON {table} USING (true)"))
        for viewer in peopled.viewers:
            for table in BOUND:
                own = await _places(session, table, viewer.own(table), **viewer.ids)
                assert own < await _seen(session, viewer, table) or viewer.own(table) == ANYBODYS, table


async def test_messages_are_nobodys_without_an_account(peopled: Peopled) -> None:
    async with peopled.as_owner() as session:
        for viewer in peopled.viewers:
            nameless = replace(viewer, sight=replace(viewer.sight, account=None))
            assert await _seen(session, nameless, "message") == set()


def test_every_table_of_an_organiser_is_bound_or_public() -> None:
    of_organisers = {name for name, table in tables().tables.items() if "organiser_id" in table.c}
    assert of_organisers - set(BOUND) == PUBLIC
