"""The public register: what is found, in what order, by how many queries; and what it keeps to itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from registry.providers.generated import load_generated
from registry.providers.model import Admission, Coach, Provider
from registry.providers.queries import (
    Search,
    admissions_of_service,
    count_providers,
    eligible_providers,
    filters,
    public_provider,
    search_providers,
    search_statement,
)
from registry.providers.rules import search_words, sort_key
from registry.shared.database import Database
from registry.shared.errors import NotFound
from registry.shared.identifiers import uuid7
from tests.builders import NOW, TODAY, World, add_provider, build_world


async def world_of(database: Database, *names: str, **admission: Any) -> World:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        for name in names:
            await add_named(session, world, name, **admission)
    return world


async def add_named(session: Any, world: World, name: str, **admission: Any) -> None:
    provider_id = await add_provider(session, world, name=name, **admission)
    await session.execute(
        update(Provider)
        .where(Provider.id == provider_id)
        .values(search_words=search_words(name, "Oulu"), sort_key=sort_key(name))
    )


async def found(database: Database, limit: int = 100, **conditions: Any) -> list[str]:
    async with database.transaction() as session:
        search = Search(**conditions)
        cards = await search_providers(session, search=search, on=TODAY, limit=limit)
        assert await count_providers(session, search=search, on=TODAY) == len(cards)
        return [card.name for card in cards]


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


FOUND = {
    "työpörssi": ["Oulun Työpörssi Oy"],
    "tyoporssi": ["Oulun Työpörssi Oy"],
    "TYÖPÖR": ["Oulun Työpörssi Oy"],
    "oy työpörssi oulun": ["Oulun Työpörssi Oy"],
    "åker": ["Åkerin Polku ry"],
    "aker pol": ["Åkerin Polku ry"],
    "oulu": ["Oulun Työpörssi Oy", "S.T.A.R. & Kumpp.", "Åkerin Polku ry"],
    "s.t.a.r": ["S.T.A.R. & Kumpp."],
    "kumpp s t": ["S.T.A.R. & Kumpp."],
    "örssi": [],
    "???": [],
    "   ": ["Oulun Työpörssi Oy", "S.T.A.R. & Kumpp.", "Åkerin Polku ry"],
    "' | !x & (:*": [],
}


async def test_words_in_any_order_by_their_beginning_accents_optional(database: Database) -> None:
    await world_of(database, "Åkerin Polku ry", "S.T.A.R. & Kumpp.", "Oulun Työpörssi Oy")
    assert {words: await found(database, words=words) for words in FOUND} == FOUND


async def test_numbers_and_foreign_letters_are_found_too(database: Database) -> None:
    await world_of(database, "4U Valmennus", "3rd Step 2.0 Oy", "Добро Oy", "1e5 Ky", "007 Oy")
    assert await found(database, words="4u") == ["4U Valmennus"]
    assert await found(database, words="3rd 2") == ["3rd Step 2.0 Oy"]
    assert await found(database, words="добр") == ["Добро Oy"]
    assert await found(database, words="1e") == ["1e5 Ky"]
    assert await found(database, words="00") == ["007 Oy"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60))
async def test_no_search_is_an_error(database: Database, words: str) -> None:
    async with database.transaction() as session:
        assert await search_providers(session, search=Search(words=words), on=TODAY, limit=5) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12),
    length=st.integers(1, 12),
)
async def test_every_name_is_found_by_its_beginning(database: Database, name: str, length: int) -> None:
    words = search_words(name)
    async with database.sessions() as session, session.begin():
        hit = await session.scalar(
            text("SELECT to_tsvector('simple', :words) @@ to_tsquery('simple', :query)"),
            {"words": words, "query": " & ".join(f"'{w[:length]}':*" for w in words.split()) or "'x'"},
        )
    assert hit or not words


async def test_filters_hold_of_one_and_the_same_admission(database: Database) -> None:
    world = await build_world(database, code="oulu", providers=0)
    other = await build_world(database, code="turku", providers=0)
    async with database.transaction(world.sight) as session:
        await add_named(session, world, "Aino", municipality_codes=["564"], languages=["fi"])
        await add_named(session, world, "Eino", municipality_codes=["244"], languages=["sv"])
        await add_named(session, world, "Etä", municipality_codes=[], remote=True, languages=["fi", "en"])
        await add_named(session, world, "Tauolla", state="suspended")
        await add_named(session, world, "Poissa", state="removed")
        await add_named(session, world, "Tuleva", valid_from=TODAY + timedelta(days=1))
        await add_named(session, world, "Mennyt", valid_until=TODAY)
        await add_named(session, other, "Turkulainen", municipality_codes=["853"])
    assert await found(database) == ["Aino", "Eino", "Etä", "Turkulainen"]
    assert await found(database, suspended_too=True) == ["Aino", "Eino", "Etä", "Tauolla", "Turkulainen"]
    assert await found(database, municipality="564") == ["Aino", "Etä"]
    assert await found(database, municipality="244", language="fi") == ["Etä"]
    assert await found(database, language="sv") == ["Eino"]
    assert await found(database, remote=True) == ["Etä"]
    assert await found(database, organiser="turku") == ["Turkulainen"]
    assert await found(database, organiser="turku", municipality="564") == []
    assert len(await found(database, service="nuorten-tyonhakuvalmennus")) == 4
    assert await found(database, service="uinti") == []
    assert await found(database, organiser="'; DROP TABLE provider; --") == []


async def test_pages_by_cursor_and_by_number_show_everyone_once(database: Database) -> None:
    names = [f"Nimi {n:02} Oy" for n in range(23)] + ["Sama Oy", "Sama Oy", "Sama Oy"]
    await world_of(database, *names)
    everyone: list[Any] = []
    after = None
    async with database.transaction() as session:
        while cards := await search_providers(session, search=Search(), on=TODAY, limit=5, after=after):
            everyone += cards
            after = (cards[-1].sort_key, cards[-1].id)
        numbered = [
            card.id
            for page in range(6)
            for card in await search_providers(session, search=Search(), on=TODAY, limit=5, offset=page * 5)
        ]
    assert [card.name for card in everyone] == sorted(names)
    assert [card.id for card in everyone] == numbered
    assert len(set(numbered)) == len(names)


async def test_the_list_takes_two_queries_and_a_page_four_whatever_their_length(database: Database) -> None:
    world = await world_of(database, *(f"Nimi {n} Oy" for n in range(30)))
    async with database.transaction() as session, counted(database) as few:
        await search_providers(session, search=Search(), on=TODAY, limit=2)
    async with database.transaction() as session, counted(database) as many:
        await search_providers(session, search=Search(words="nimi"), on=TODAY, limit=30)
    assert len(few) == len(many) == 2
    async with database.transaction() as session, counted(database) as one:
        await public_provider(session, provider_id=world.provider_id, on=TODAY)
    assert len(one) == 4
    async with database.transaction() as session, counted(database) as asked:
        await filters(session)
    assert len(asked) == 2


async def test_who_is_not_in_the_register_is_not_there_whatever_the_reason(database: Database) -> None:
    world = await build_world(database, providers=3)
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[0])
            .values(state="removed", state_reason="Syy")
        )
        await session.execute(
            update(Admission)
            .where(Admission.id == world.admissions[1])
            .values(state="suspended", state_reason="Syy")
        )
    for unknown in (world.providers[0], uuid7()):
        with pytest.raises(NotFound, match=r"provider\.not_in_register"):
            async with database.transaction() as session:
                await public_provider(session, provider_id=unknown, on=TODAY)
    async with database.transaction() as session:
        suspended = await public_provider(session, provider_id=world.providers[1], on=TODAY)
    assert [offer.choosable for offer in suspended.offers] == [False]
    assert "Syy" not in repr(suspended)


async def test_a_sole_traders_street_stays_out(database: Database) -> None:
    world = await build_world(database, providers=1)
    for form, street in (("company", "Kotikatu 1"), ("sole_trader", None)):
        async with database.transaction(world.sight) as session:
            await session.execute(
                update(Provider).values(form=form, street="Kotikatu 1", postal_code="90100")
            )
        async with database.transaction() as session:
            page = await public_provider(session, provider_id=world.provider_id, on=TODAY)
        assert page.street == street
        assert (page.postal_code is None) == (street is None)


async def test_coaches_who_left_are_not_shown(database: Database) -> None:
    world = await build_world(database, providers=1)
    async with database.transaction(world.sight) as session:
        for name, ended in (("Aino", None), ("Eino", NOW)):
            session.add(
                Coach(
                    id=uuid7(),
                    provider_id=world.provider_id,
                    first_name=name,
                    languages=["fi"],
                    statement={"fi": "Hei"},
                    created_at=NOW,
                    ended_at=ended,
                )
            )
    async with database.transaction() as session:
        page = await public_provider(session, provider_id=world.provider_id, on=TODAY)
    assert [coach.first_name for coach in page.words.coaches] == ["Aino"]


# --- who can be chosen ----------------------------------------------------------------------------------------------


async def test_what_the_database_calls_eligible_is_what_the_rule_does(database: Database) -> None:
    """The query and `rules.why_not` are two statements of one rule: they agree on every generated admission."""
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        await load_generated(
            session,
            organiser_id=world.organiser_id,
            service_ids=[world.service_id],
            count=300,
            seed=7,
            now=NOW,
        )
        await session.execute(text("UPDATE admission SET taken = places WHERE places % 5 = 0"))
        await session.execute(text("UPDATE admission SET valid_until = '2026-06-01' WHERE places % 7 = 0"))
    wanted: list[dict[str, Any]] = [
        {"municipality_code": "564", "languages": ["fi"], "accessibility": []},
        {"municipality_code": "244", "languages": ["sv", "ru"], "accessibility": ["step_free"]},
        {"municipality_code": None, "languages": [], "accessibility": ["quiet_space", "step_free"]},
        {"municipality_code": "853", "languages": ["xx"], "accessibility": []},
    ]
    async with database.transaction() as session:
        everyone = await admissions_of_service(session, service_id=world.service_id, on=TODAY)
        assert len(everyone) == 300
        seen = set()
        for want in wanted:
            async with counted(database) as sent:
                eligible = await eligible_providers(session, service_id=world.service_id, on=TODAY, **want)
            assert len(sent) == 1
            reasons = {a.provider_id: a.reasons_against(on=TODAY, **want) for a in everyone}
            assert eligible == {i for i, against in reasons.items() if not against}
            seen |= {reason for against in reasons.values() for reason in against}
    assert seen == {"not_active", "not_in_term", "elsewhere", "other_language", "accessibility", "full"}


async def test_a_start_that_has_passed_is_no_next_start(database: Database) -> None:
    world = await world_of(database, "Vanha Oy", next_start=TODAY - timedelta(days=1))
    async with database.transaction() as session:
        (facts,) = await admissions_of_service(session, service_id=world.service_id, on=TODAY)
        (card,) = await search_providers(session, search=Search(), on=TODAY, limit=5)
    assert facts.next_start is None
    assert card.offers[0].next_start is None
    assert facts.places_left == 10
    assert (facts.longitude, facts.latitude) == (25.47, 65.01)


# --- ten thousand ---------------------------------------------------------------------------------------------------


async def test_with_ten_thousand_providers_the_search_uses_its_indexes(
    database: Database, owner_url: str
) -> None:
    world = await build_world(database, providers=0)
    async with database.transaction(world.sight) as session:
        await load_generated(
            session,
            organiser_id=world.organiser_id,
            service_ids=[world.service_id],
            count=10_000,
            seed=1,
            now=NOW,
        )
    owner = create_async_engine(owner_url, isolation_level="AUTOCOMMIT")
    async with owner.connect() as connection:
        await connection.execute(text("ANALYZE"))
    await owner.dispose()

    async def plan(search: Search, **how: Any) -> str:
        statement = search_statement(search, on=TODAY, limit=20, **how)
        sql = statement.compile(database.engine.sync_engine, compile_kwargs={"literal_binds": True})
        async with database.transaction() as session:
            rows = await session.execute(text("EXPLAIN " + str(sql).replace(":*", r"\:*")))
            return "\n".join(row[0] for row in rows)

    by_words = await plan(Search(words="aallon valmen 12"))
    assert "ix_provider_search" in by_words
    assert "Seq Scan on provider" not in by_words
    plain = await plan(Search(), after=("m", uuid7()))
    assert "ix_provider_sort" in plain
    assert "Sort" not in plain
    async with database.transaction() as session:
        cards = await search_providers(session, search=Search(words="aallon valm"), on=TODAY, limit=20)
    assert cards
    assert all(card.name.startswith("Aallon Valmennus") for card in cards)
