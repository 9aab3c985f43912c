"""Clients, and the log of who read their data."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from registry.audit.model import AuditEvent
from registry.people.commands import NewClient, change_client, create_client, log_read
from registry.people.model import Account, Client, ClientPerson, ReadLog, RoleGrant
from registry.people.queries import client_with_identity, demo_people, reads_of
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world

IDENTITY = "010203A9013"


async def make(database: Database, world: World, keys: Keys, **more: Any) -> NewClient:
    values: dict[str, Any] = {
        "kind": "person",
        "name": "Aino Esimerkki",
        "email": "aino@example.fi",
        "identity": IDENTITY,
        "municipality_code": "564",
        "case_worker_id": world[Role.CASE_WORKER].id,
        "fictional": True,
    }
    async with database.transaction(world.sight) as session:
        return await create_client(
            session,
            actor=world[Role.CASE_WORKER],
            now=NOW,
            keys=keys,
            organiser_id=world.organiser_id,
            **(values | more),
        )


async def test_a_client_can_sign_in_and_is_a_pseudonym_elsewhere(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    made = await make(database, world, keys)
    async with database.transaction(world.sight) as session:
        client = await session.get_one(Client, made.client_id)
        person = await session.get_one(ClientPerson, made.client_id)
        account = await session.get_one(Account, made.account_id)
        grant = await session.get_one(RoleGrant, made.role_grant_id)
        events = (await session.execute(text("SELECT e::text FROM audit_event e"))).scalars().all()
    assert client.age_band == "20_24"
    assert (person.name, account.display_name) == ("Aino Esimerkki", "")
    assert IDENTITY.encode() not in (person.identity_encrypted or b"")
    assert (grant.role, grant.client_id, grant.organiser_id) == ("client", made.client_id, world.organiser_id)
    assert events
    assert not [event for event in events if "Aino" in event or IDENTITY in event or "aino@" in event]


async def test_a_client_is_found_by_identity_at_its_own_organiser_only(
    database: Database, keys: Keys
) -> None:
    mine, theirs = await build_world(database), await build_world(database, code="turku")
    made = await make(database, mine, keys)
    for world, expected in ((mine, made.client_id), (theirs, None)):
        async with database.transaction(world.sight) as session:
            found = await client_with_identity(
                session,
                keys=keys,
                organiser_id=world.organiser_id,
                kind="person",
                identity=IDENTITY.lower(),
                fictional=True,
            )
        assert found == expected
    await make(database, theirs, keys)


async def test_one_person_is_a_client_once(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    made = await make(database, world, keys)
    with pytest.raises(Refused, match=r"client.known_already") as refused:
        await make(database, world, keys)
    assert refused.value.facts == {"client_id": made.client_id}


async def test_added_by_two_at_once_one_of_them_stays(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    outcomes = await asyncio.gather(*(make(database, world, keys) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, NewClient) for outcome in outcomes) == 1
    assert all(isinstance(outcome, (NewClient, Refused, IntegrityError)) for outcome in outcomes)
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(ClientPerson)) == 2


async def test_wrong_values_name_their_field(database: Database, keys: Keys) -> None:
    world = await build_world(database, providers=0)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"kind": "robot"}, "kind"),
        ({"language": "xx"}, "language"),
        ({"municipality_code": "999"}, "municipality_code"),
        ({"identity": "010203A9014"}, "identity"),
        ({"fictional": False}, "identity"),
        ({"kind": "company"}, "identity"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"identity": None, "age_band": "old"}, "age_band"),
        ({"service_languages": ["fi; drop table"]}, "service_languages"),
        ({"accessibility": ["x"] * 21}, "accessibility"),
    ]
    for wrong, field in cases:
        with pytest.raises(Invalid) as refused:
            await make(database, world, keys, **wrong)
        assert list(refused.value.errors) == [field], wrong


async def test_a_change_is_told_without_its_text(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    made = await make(database, world, keys)
    actor = world[Role.CASE_WORKER]
    async with database.transaction(world.sight) as session:
        await change_client(
            session,
            actor=actor,
            now=NOW,
            client_id=made.client_id,
            name="Aino Toinen",
            language="fi",
            service_languages=["ar", "fi"],
        )
    async with database.transaction(world.sight) as session:
        facts = await session.scalar(select(AuditEvent.facts).where(AuditEvent.action == "client.changed"))
        client = await session.get_one(Client, made.client_id)
    assert facts == {"changed": ["name", "service_languages"]}
    assert client.service_languages == ["ar", "fi"]


async def test_a_change_of_another_organisers_client_finds_nobody(database: Database, keys: Keys) -> None:
    mine, theirs = await build_world(database), await build_world(database, code="turku")
    made = await make(database, mine, keys)
    async with database.transaction(theirs.sight) as session:
        with pytest.raises(NotFound):
            await change_client(
                session, actor=theirs[Role.CASE_WORKER], now=NOW, client_id=made.client_id, name="X"
            )


async def test_a_client_sees_who_read_its_data_and_nobody_elses(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    other = await make(database, world, keys)
    for client_id in (world.client_id, other.client_id):
        async with database.transaction(world.sight) as session:
            log_read(
                session,
                actor=world[Role.CASE_WORKER],
                now=NOW,
                client_id=client_id,
                organiser_id=world.organiser_id,
                what="voucher",
                reason="own_caseload",
            )
    async with database.transaction(world[Role.CLIENT].sight) as session:
        (read,) = await reads_of(session, client_id=world.client_id)
        assert (read.who, read.role, read.what, read.reason) == (
            "case_worker", "case_worker", "voucher", "own_caseload",
        )  # fmt: skip
        assert await session.scalar(select(func.count()).select_from(ReadLog)) == 1
        assert await reads_of(session, client_id=other.client_id) == []


async def test_a_read_without_a_reason_is_refused(database: Database) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        with pytest.raises(Refused, match=r"read.no_reason"):
            log_read(
                session,
                actor=world[Role.CASE_WORKER],
                now=NOW,
                client_id=world.client_id,
                organiser_id=world.organiser_id,
                what="voucher",
                reason="curious",
            )


async def test_the_demonstration_lists_everyone_by_role(database: Database) -> None:
    mine, _ = await build_world(database), await build_world(database, code="turku")
    async with database.transaction() as session:
        people = await demo_people(session)
    assert len(people) == 2 * (5 + 1 + 3)
    clients = [person for person in people if person.role == Role.CLIENT]
    assert [person.name for person in clients] == ["Asiakas Esimerkki"] * 2
    assert [person.organiser_code for person in clients] == ["oulu", "turku"]
    assert {person.provider_id for person in people if person.role == Role.PROVIDER_USER} > set(
        mine.providers
    )
