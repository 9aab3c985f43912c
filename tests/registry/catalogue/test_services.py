"""Organisers, services, terms and budget lines through their commands."""

import asyncio
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from registry.audit.model import AuditEvent
from registry.catalogue.commands import (
    change_budget_line,
    change_service,
    create_budget_line,
    create_organiser,
    create_service,
    publish_terms,
)
from registry.catalogue.model import Organiser, VoucherTerms
from registry.catalogue.queries import budget_lines, service, services, terms_history
from registry.ledger.model import BudgetLine
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import NOW, World, add_area, build_world
from tests.registry.catalogue.test_rules import EUROS, HOURS

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR


async def add_service(database: Database, actor: Actor, **more: Any) -> UUID:
    values: dict[str, Any] = {
        "code": "yrityspalvelu",
        "name_fi": "Kehittämispalvelu",
        "name_sv": "Utvecklingstjänst",
        "name_en": "Development service",
        "audience": "company",
        "free_by_law": False,
    }
    async with database.transaction(actor.sight) as session:
        return await create_service(session, actor=actor, now=NOW, **(values | more))


async def publish(database: Database, actor: Actor, service_id: UUID, terms: Any) -> UUID:
    async with database.transaction(actor.sight) as session:
        return await publish_terms(session, actor=actor, now=NOW, service_id=service_id, terms=terms)


async def test_a_service_has_no_terms_until_some_are_published(database: Database) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]
    service_id = await add_service(database, actor)
    async with database.transaction() as session:
        before = await service(session, service_id=service_id)
    assert before is not None
    assert (before.terms, before.names["sv"], before.descriptions["en"]) == (None, "Utvecklingstjänst", "")
    await publish(database, actor, service_id, EUROS)
    await publish(database, actor, service_id, replace(EUROS, own_share_allowed=True))
    async with database.transaction() as session:
        after = await service(session, service_id=service_id)
        history = await terms_history(session, service_id=service_id)
        listed = await services(session, organiser_id=world.organiser_id)
    assert after is not None
    assert after.terms is not None
    assert (after.terms.version, after.terms.own_share_allowed) == (2, True)
    assert [terms.version for terms in history] == [2, 1]
    assert {row.code: row.terms and row.terms.version for row in listed} == {
        "nuorten-tyonhakuvalmennus": 1,
        "yrityspalvelu": 2,
    }


async def test_terms_in_units_are_stored_with_their_value(database: Database) -> None:
    world = await build_world(database, providers=0)
    service_id = await add_service(database, world[ADMINISTRATOR])
    terms_id = await publish(database, world[ADMINISTRATOR], service_id, HOURS)
    async with database.transaction() as session:
        row = await session.get_one(VoucherTerms, terms_id)
    assert {field: getattr(row, field) for field in asdict(HOURS)} == asdict(HOURS) | {"value_cents": 600_00}


async def test_terms_that_change_nothing_or_break_a_rule_are_refused(database: Database) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]
    service_id = await add_service(database, actor, free_by_law=True)
    await publish(database, actor, service_id, HOURS)
    with pytest.raises(Refused, match=r"terms.unchanged"):
        await publish(database, actor, service_id, HOURS)
    with pytest.raises(Refused, match=r"terms.own_share_on_free_service"):
        await publish(database, actor, service_id, replace(HOURS, own_share_allowed=True))
    with pytest.raises(Invalid) as refused:
        await publish(database, actor, service_id, replace(HOURS, units=0, validity_days=10**18))
    assert set(refused.value.errors) == {"units", "validity_days"}


async def test_versions_published_at_once_get_numbers_of_their_own(database: Database) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]
    service_id = await add_service(database, actor)
    drafts = [replace(EUROS, value_cents=cents) for cents in range(1_000_00, 1_008_00, 1_00)]
    await asyncio.gather(*(publish(database, actor, service_id, draft) for draft in drafts))
    async with database.transaction() as session:
        history = await terms_history(session, service_id=service_id)
    assert [terms.version for terms in history] == list(range(8, 0, -1))


async def test_a_service_becomes_free_by_law_only_without_an_own_share(database: Database) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]
    service_id = await add_service(database, actor)
    await publish(database, actor, service_id, replace(EUROS, own_share_allowed=True))

    async def make_free() -> None:
        async with database.transaction(actor.sight) as session:
            await change_service(session, actor=actor, now=NOW, service_id=service_id, free_by_law=True)

    with pytest.raises(Refused, match=r"terms.own_share_on_free_service"):
        await make_free()
    await publish(database, actor, service_id, EUROS)
    await make_free()
    async with database.transaction() as session:
        found = await service(session, service_id=service_id)
    assert found is not None
    assert found.free_by_law


async def test_a_changed_service_tells_which_fields_and_the_same_again_tells_nothing(
    database: Database,
) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]
    for _ in range(2):
        async with database.transaction(actor.sight) as session:
            await change_service(
                session,
                actor=actor,
                now=NOW,
                service_id=world.service_id,
                name_en="Coaching",
                description_fi="  Rivi 1\r\nRivi 2 ",
                active=False,
            )
    async with database.transaction(world.sight) as session:
        (event,) = await session.scalars(select(AuditEvent).where(AuditEvent.action == "service.changed"))
        found = await service(session, service_id=world.service_id)
    assert event.facts["changed"] == ["active", "description_fi", "name_en"]
    assert (event.from_state, event.to_state) == ("active", "closed")
    assert found is not None
    assert found.descriptions["fi"] == "Rivi 1\nRivi 2"


async def test_another_organisers_service_cannot_be_touched(database: Database) -> None:
    mine, theirs = (
        await build_world(database, providers=0),
        await build_world(database, code="turku", providers=0),
    )
    actor = mine[ADMINISTRATOR]
    with pytest.raises(NotFound):
        await publish(database, actor, theirs.service_id, EUROS)
    async with database.transaction(actor.sight) as session:
        with pytest.raises(NotFound):
            await change_service(session, actor=actor, now=NOW, service_id=theirs.service_id, active=False)
        with pytest.raises(NotFound):
            await change_budget_line(
                session, actor=actor, now=NOW, budget_line_id=theirs.budget_line_id, allocated_cents=1
            )


async def test_a_service_needs_a_code_names_and_an_audience(database: Database) -> None:
    world = await build_world(database, providers=0)
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"code": "Ä"}, {"code"}),
        ({"audience": "everyone"}, {"audience"}),
        ({"name_fi": "", "name_sv": " ", "name_en": "x" * 201}, {"name_fi", "name_sv", "name_en"}),
        ({"name_fi": "a\x00b", "description_en": "x" * 5000}, {"name_fi", "description_en"}),
    ]
    for wrong, fields in cases:
        with pytest.raises(Invalid) as refused:
            await add_service(database, world[ADMINISTRATOR], **wrong)
        assert set(refused.value.errors) == fields
    await add_service(database, world[ADMINISTRATOR])
    with pytest.raises(Refused, match=r"service.code_taken"):
        await add_service(database, world[ADMINISTRATOR])


async def change_line(database: Database, world: World, **changed: Any) -> None:
    async with database.transaction(world.sight) as session:
        await change_budget_line(
            session,
            actor=world[ADMINISTRATOR],
            now=NOW,
            budget_line_id=world.budget_line_id,
            **changed,
        )


async def test_a_budget_line_moves_but_not_below_what_is_granted(database: Database) -> None:
    world = await build_world(database, providers=0, allocated_cents=1_000_00)
    async with database.transaction(world.sight) as session:
        await session.execute(update(BudgetLine).values(granted_cents=400_00))
    await change_line(database, world, allocated_cents=400_00)
    with pytest.raises(Refused, match=r"budget.below_granted") as refused:
        await change_line(database, world, allocated_cents=399_99)
    assert refused.value.facts == {"granted_cents": 400_00, "allocated_cents": 399_99}
    with pytest.raises(Refused, match=r"budget.allocation_range"):
        await change_line(database, world, allocated_cents=10**18)
    await change_line(database, world, name="Setelit", active=False)
    async with database.transaction(world.sight) as session:
        (line,) = await budget_lines(session, organiser_id=world.organiser_id)
        facts = (
            await session.scalars(
                select(AuditEvent.facts)
                .where(AuditEvent.action == "budget_line.changed")
                .order_by(AuditEvent.id)
            )
        ).all()
    assert (line.left_cents, line.name, line.active) == (0, "Setelit", False)
    assert facts[0] == {"from_allocated_cents": 1_000_00, "to_allocated_cents": 400_00, "renamed": False}
    assert len(facts) == 2


async def test_a_budget_line_is_made_once_per_code(database: Database) -> None:
    world = await build_world(database, providers=0)
    actor = world[ADMINISTRATOR]

    async def make(**more: Any) -> UUID:
        values: dict[str, Any] = {
            "code": "2027",
            "name": "Setelit",
            "year": 2027,
            "allocated_cents": 5_000_00,
        }
        async with database.transaction(actor.sight) as session:
            return await create_budget_line(session, actor=actor, now=NOW, **(values | more))

    await make()
    with pytest.raises(Refused, match=r"budget_line.code_taken"):
        await make()
    for wrong, field in (({"year": 1}, "year"), ({"code": ""}, "code"), ({"name": "\x07"}, "name")):
        with pytest.raises(Invalid) as refused:
            await make(**wrong)
        assert list(refused.value.errors) == [field]
    with pytest.raises(Refused, match=r"budget.allocation_range"):
        await make(code="x", allocated_cents=-1)


async def test_only_the_system_takes_an_organiser_in(database: Database) -> None:
    world = await build_world(database, providers=0)
    values: dict[str, Any] = {
        "code": "tampere",
        "kind": "employment_area",
        "name_fi": "Tampereen seutu",
        "name_sv": "Tammerforsregionen",
        "name_en": "Tampere region",
        "contact_email": "te@example.invalid",
        "employment_area_code": "20",
    }
    async with database.transaction() as session:
        await add_area(session)
        organiser_id = await create_organiser(session, actor=system(), now=NOW, **values)
        await create_service(
            session,
            actor=system(),
            now=NOW,
            code="valmennus",
            name_fi="Valmennus",
            name_sv="Träning",
            name_en="Coaching",
            audience="person",
            free_by_law=True,
            organiser_id=organiser_id,
        )
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({}, Refused, "organiser.code_taken"),
        ({"code": "x", "employment_area_code": "46"}, Invalid, "code.malformed"),
        ({"code": "aland", "employment_area_code": "46"}, Refused, "organiser.area_autonomous"),
        ({"code": "nowhere", "employment_area_code": "99"}, Invalid, "area.unknown"),
    ]
    for more, error, code in wrong:
        async with database.transaction() as session:
            with pytest.raises(error, match=code):
                await create_organiser(session, actor=system(), now=NOW, **(values | more))
    async with database.transaction(world.sight) as session:
        with pytest.raises(Forbidden):
            await create_organiser(
                session, actor=world[ADMINISTRATOR], now=NOW, **(values | {"code": "mine"})
            )
        assert await session.scalar(select(func.count()).select_from(Organiser)) == 2


async def test_published_terms_cannot_be_altered(database: Database) -> None:
    await build_world(database, providers=0)
    with pytest.raises(Exception, match="permission denied"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE voucher_terms SET value_cents = 1"))
