"""The shortlist frozen at grant, what is shown, and the pick, on the real database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from registry.cases.model import Case
from registry.choice.commands import commit_period, commit_periods, freeze_shortlists, pick
from registry.choice.model import ChoicePeriod, ComparisonShown, Shortlist
from registry.choice.queries import Comparison
from registry.choice.rules import arrange, commitment, period_key, seed
from registry.choice.showing import show_comparison
from registry.choice.verification import verify_shortlist
from registry.people.commands import log_read
from registry.people.model import ReadLog
from registry.providers.model import Admission, Provider
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import DomainError
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, add_client, add_provider, build_world
from tests.registry.vouchers.steps import Steps


async def world_of(database: Database, keys: Keys, providers: int = 5, **kwargs: Any) -> Steps:
    return Steps(database, await build_world(database, providers=providers, **kwargs), keys)


async def granted(steps: Steps, **order: Any) -> UUID:
    """Grant and freeze, as the grant's page does."""
    voucher_id = await steps.grant(**order)
    await freeze(steps, voucher_id)
    return voucher_id


async def freeze(steps: Steps, *voucher_ids: UUID) -> int:
    actor = steps.world[Role.CASE_WORKER]
    async with steps.database.transaction(actor.sight) as session:
        return await freeze_shortlists(
            session, actor=actor, now=steps.now, keys=steps.keys, voucher_ids=voucher_ids
        )


async def shortlist(steps: Steps, voucher_id: UUID) -> Shortlist:
    async with steps.database.transaction(steps.world.sight) as session:
        return await session.get_one(Shortlist, voucher_id)


async def show(steps: Steps, voucher_id: UUID, who: Actor | None = None, **how: Any) -> Comparison:
    actor = who or steps.world[Role.CLIENT]
    async with steps.database.transaction(actor.sight) as session:
        compared, _ = await show_comparison(
            session,
            actor=actor,
            now=steps.now,
            keys=steps.keys,
            voucher_id=voucher_id,
            **({"channel": "self"} | how),
        )
    return compared


async def shown_id(steps: Steps, voucher_id: UUID) -> UUID:
    """The record of the latest comparison of the voucher."""
    await show(steps, voucher_id)
    async with steps.database.transaction(steps.world.sight) as session:
        found = await session.scalars(
            select(ComparisonShown.id)
            .where(ComparisonShown.voucher_id == voucher_id)
            .order_by(ComparisonShown.id.desc())
        )
        return found.first() or voucher_id


async def choose(steps: Steps, voucher_id: UUID, admission_id: UUID, **how: Any) -> UUID:
    actor = steps.world[Role.CLIENT]
    async with steps.database.transaction(actor.sight) as session:
        return await pick(
            session, actor=actor, now=steps.now, voucher_id=voucher_id, admission_id=admission_id, **how
        )


def ids(compared: Comparison) -> list[UUID]:
    return [option.provider_id for option in compared.options]


async def change(steps: Steps, index: int, **columns: Any) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(
            update(Admission).where(Admission.id == steps.world.admissions[index]).values(**columns)
        )


async def test_a_shortlist_is_what_its_recorded_inputs_give(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    frozen = await shortlist(steps, await granted(steps))
    key = period_key(keys.choice_seed, steps.world.organiser_id, frozen.year)
    arranged = arrange(
        seed(key, steps.world.client_id, steps.world.service_id),
        [(p, frozen.inputs["groups"].get(str(p))) for p in frozen.provider_ids],
        frozen.inputs["size"],
    )
    assert tuple(frozen.provider_ids) == arranged.order
    assert frozen.first == arranged.first == 3
    assert sorted(frozen.provider_ids) == sorted(steps.world.providers)
    assert frozen.commitment == commitment(key)
    async with database.transaction() as session:
        period = await session.get_one(ChoicePeriod, (steps.world.organiser_id, frozen.year))
    assert period.commitment == frozen.commitment


async def test_granting_again_does_not_roll_again_and_another_client_does(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys, providers=12)
    first, again = await granted(steps), await granted(steps)
    assert (await shortlist(steps, first)).provider_ids == (await shortlist(steps, again)).provider_ids
    async with database.transaction(steps.world.sight) as session:
        other = await add_client(session, steps.world)
    others = await shortlist(steps, await granted(steps, client_id=other))
    assert others.provider_ids != (await shortlist(steps, first)).provider_ids


async def test_freezing_is_done_once_and_stays(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    assert await freeze(steps, voucher_id) == 0
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(steps.world.sight) as session:
            await session.execute(text("UPDATE shortlist SET first = 1"))
    assert (await steps.actions(voucher_id)).count("shortlist.frozen") == 1
    assert await steps.unfit() == []


async def test_many_are_frozen_in_a_fixed_number_of_statements(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    async with database.transaction(steps.world.sight) as session:
        clients = [await add_client(session, steps.world) for _ in range(40)]
    vouchers = [await steps.grant(client_id=client) for client in clients]
    counts = [await statements(database, freeze(steps, *some)) for some in (vouchers[:2], vouchers[2:])]
    assert counts[0] >= counts[1], "the first call also commits to the period"


async def statements(database: Database, awaitable: Any) -> int:
    """How many statements it sends, begin and commit aside."""
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await awaitable
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("providers", [3, 12])
async def test_the_comparison_takes_few_queries_however_many_providers(
    database: Database, keys: Keys, providers: int
) -> None:
    steps = await world_of(database, keys, providers=providers)
    voucher_id = await granted(steps)
    assert await statements(database, show(steps, voucher_id, widened=True)) <= 10


async def test_what_was_shown_is_recorded_with_who_looked(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    first = await show(steps, voucher_id)
    everyone = await show(steps, voucher_id, widened=True)
    assert ids(first) == (await shortlist(steps, voucher_id)).provider_ids[:3]
    assert ids(everyone) == (await shortlist(steps, voucher_id)).provider_ids
    assert (first.eligible, everyone.eligible) == (5, 5)
    async with database.transaction(steps.world.sight) as session:
        rows = (await session.scalars(select(ComparisonShown).order_by(ComparisonShown.at))).all()
        reads = (await session.scalars(select(ReadLog.reason).where(ReadLog.what == "comparison"))).all()
    assert {(row.widened, tuple(row.provider_ids)) for row in rows} == {
        (False, tuple(ids(first))),
        (True, tuple(ids(everyone))),
    }
    assert set(reads) == {"own_data"}


async def test_a_case_worker_sees_the_same_list_and_others_must_say_why(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    mine = steps.world[Role.CASE_WORKER]
    assert ids(await show(steps, voucher_id, mine, channel="counter")) == ids(await show(steps, voucher_id))
    colleague = replace(mine, id=steps.world[Role.REGISTER_OFFICER].id)
    with pytest.raises(DomainError, match=r"read\.no_reason"):
        await show(steps, voucher_id, colleague, channel="counter")
    async with database.transaction(colleague.sight) as session:
        log_read(
            session,
            actor=colleague,
            now=NOW,
            client_id=steps.world.client_id,
            organiser_id=steps.world.organiser_id,
            what="comparison",
            reason="stated: sijaistan",
        )
    await show(steps, voucher_id, colleague, channel="counter")


async def test_no_provider_reads_what_a_client_needs_and_saw(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    await show(steps, await granted(steps))
    async with database.transaction(steps.world.provider_actor(0).sight) as session:
        for table in (Shortlist, ComparisonShown):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_voucher_from_before_gets_its_shortlist_when_it_is_first_looked_at(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys)
    voucher_id = await steps.grant()
    assert len(ids(await show(steps, voucher_id))) == 3
    assert len((await shortlist(steps, voucher_id)).provider_ids) == 5


async def test_who_leaves_is_replaced_by_the_next_and_who_comes_stands_after(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    frozen = (await shortlist(steps, voucher_id)).provider_ids
    await change(steps, steps.world.providers.index(frozen[1]), state="suspended")
    async with database.transaction(steps.world.sight) as session:
        late = [await add_provider(session, steps.world) for _ in range(2)]
    assert ids(await show(steps, voucher_id)) == [frozen[0], frozen[2], frozen[3]]
    everyone = ids(await show(steps, voucher_id, widened=True))
    assert everyone[:4] == [frozen[0], *frozen[2:]]
    assert sorted(everyone[4:]) == sorted(late)


async def test_a_group_is_not_shown_twice_even_when_a_place_falls_free(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys)
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            update(Provider).where(Provider.id.in_(steps.world.providers[:3])).values(company_group="Ketju")
        )
    voucher_id = await granted(steps)
    first = ids(await show(steps, voucher_id))
    assert len(first) == 3
    assert len(set(first) & set(steps.world.providers[:3])) == 1
    alone = next(p for p in first if p in steps.world.providers[3:])
    await change(steps, steps.world.providers.index(alone), state="suspended")
    assert len(ids(await show(steps, voucher_id))) == 2


async def test_too_few_says_why_and_offers_what_is_nearest(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys, providers=4)
    await change(steps, 1, municipality_codes=["244"])
    await change(steps, 2, taken=10, next_start=TODAY + timedelta(days=30))
    await change(steps, 3, languages=["sv"])
    voucher_id = await granted(steps)
    compared = await show(steps, voucher_id)
    assert ids(compared) == [steps.world.providers[0]]
    assert dict(compared.out_for) == {"elsewhere": 1, "other_language": 1, "full": 1}
    assert [o.provider_id for o in compared.nearest] == steps.world.providers[1:3]
    await choose(steps, voucher_id, steps.world.admissions[1], shown_id=await shown_id(steps, voucher_id))


async def test_nobody_to_choose_opens_a_case(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys, providers=1)
    await change(steps, 0, places=0)
    voucher_id = await granted(steps)
    async with database.transaction(steps.world.sight) as session:
        case = (await session.scalars(select(Case))).one()
    assert (case.kind, case.subject_id, case.owner_id) == (
        "no_eligible_provider",
        voucher_id,
        steps.world[Role.CASE_WORKER].id,
    )
    assert (await show(steps, voucher_id)).options == ()
    assert await steps.unfit() == []


async def refusal(awaitable: Any) -> str:
    with pytest.raises(DomainError) as error:
        await awaitable
    return error.value.code


async def test_a_pick_is_of_somebody_eligible_and_of_a_comparison_of_this_voucher(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys, providers=4)
    await change(steps, 1, languages=["sv"])
    await change(steps, 2, unit_price_cents=99_00)
    voucher_id, other = await granted(steps), await granted(steps)
    elsewhere = await shown_id(steps, other)
    admissions = steps.world.admissions
    assert await refusal(choose(steps, voucher_id, admissions[1])) == "choice.not_eligible"
    assert await refusal(choose(steps, voucher_id, admissions[2])) == "choice.not_eligible"
    assert await refusal(choose(steps, voucher_id, steps.world.client_id)) == "provider.unknown"
    assert (
        await refusal(choose(steps, voucher_id, admissions[0], shown_id=elsewhere)) == "choice.shown_unknown"
    )
    await choose(steps, voucher_id, admissions[0], shown_id=await shown_id(steps, voucher_id))
    assert await refusal(choose(steps, voucher_id, admissions[0])) == "choice.same_provider"


async def test_the_place_that_i_hold_is_free_to_me(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys, providers=3)
    await change(steps, 0, places=1)
    voucher_id = await granted(steps)
    await choose(steps, voucher_id, steps.world.admissions[0])
    compared = await show(steps, voucher_id)
    assert [o.chosen_now for o in compared.options].count(True) == 1


async def test_nothing_is_compared_when_there_is_nothing_to_choose(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    steps.now = NOW + timedelta(days=91)
    assert await refusal(show(steps, voucher_id)) == "voucher.expired"
    steps.now = NOW
    await steps.refuse(voucher_id)
    assert await refusal(show(steps, voucher_id)) == "voucher.refused"
    other = await build_world(database, code="turku")
    assert await refusal(show(steps, voucher_id, other[Role.CLIENT])) == "voucher.unknown"


async def test_a_shortlist_verifies_and_a_tampered_one_does_not(
    database: Database, keys: Keys, owner_url: str
) -> None:
    steps = await world_of(database, keys)
    number = (await steps.voucher(await granted(steps))).number

    async def verified(with_keys: Keys) -> tuple[bool, bool, bool]:
        async with database.transaction(steps.world.sight) as session:
            found = await verify_shortlist(session, keys=with_keys, number=number)
        assert found is not None
        return found.order_same, found.key_same, found.committed_before

    assert await verified(keys) == (True, True, True)
    assert await verified(Keys(b"another key of the same length, 32+")) == (False, False, True)
    engine = create_async_engine(owner_url)
    async with engine.begin() as owner:
        await owner.execute(text("ALTER TABLE shortlist DISABLE TRIGGER USER"))
        await owner.execute(text("UPDATE shortlist SET first = 2"))
    await engine.dispose()
    assert await verified(keys) == (False, True, True)
    async with database.transaction(steps.world.sight) as session:
        assert await verify_shortlist(session, keys=keys, number="NOSUCH") is None


async def test_the_worker_commits_to_the_coming_year_in_december(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    actor = system(steps.world.organiser_id)
    made = []
    for now in (NOW, NOW, NOW + timedelta(days=10), NOW + timedelta(days=11)):
        async with database.transaction(actor.sight) as session:
            made.append(await commit_periods(session, actor=actor, now=now, keys=keys))
    assert made == [1, 0, 1, 0]
    async with database.transaction() as session:
        assert set(await session.scalars(select(ChoicePeriod.year))) == {2026, 2027}


async def test_a_period_is_committed_to_once(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    actor = system(steps.world.organiser_id)
    async with database.transaction(actor.sight) as session:
        done = [
            await commit_period(
                session,
                actor=actor,
                now=NOW,
                keys=keys,
                organiser_id=steps.world.organiser_id,
                year=2027,
            )
            for _ in range(2)
        ]
    assert done == [True, False]
