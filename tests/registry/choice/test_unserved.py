"""Nobody to choose, or nobody in the client's Finnish or Swedish: the organiser gets a case, once, and is not rid of it
by a provider in another language."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from registry.cases.commands import close_case
from registry.cases.model import Case
from registry.choice.rules import Seeker, language_missing
from registry.people.model import Client
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys
from tests.builders import NOW
from tests.registry.choice.test_choice import change, granted, ids, show, world_of
from tests.registry.vouchers.steps import Steps

OPEN, LANGUAGE, FULL = (), ("other_language",), ("full",)


@pytest.mark.parametrize(
    ("mine", "found", "missing"),
    [
        ({"sv"}, [({"fi"}, LANGUAGE)], True),
        ({"sv"}, [({"fi"}, LANGUAGE), ({"sv"}, OPEN)], False),
        ({"sv"}, [({"fi"}, LANGUAGE), ({"sv"}, FULL)], True),
        ({"sv", "en"}, [({"en"}, OPEN)], True),
        ({"sv", "fi"}, [({"fi"}, OPEN)], False),
        ({"ar"}, [({"fi"}, LANGUAGE)], False),
        (set(), [({"fi"}, OPEN)], False),
        ({"sv"}, [({"sv"}, FULL)], False),
        ({"sv"}, [({"fi"}, ("other_language", "full"))], False),
        ({"sv"}, [], False),
    ],
)
def test_a_national_language_is_missing_when_only_the_language_is(
    mine: set[str], found: list[tuple[set[str], tuple[str, ...]]], missing: bool
) -> None:
    seeker = Seeker("person", "564", frozenset(mine), frozenset(), "person", 60_00, False)
    assert language_missing(seeker, found) is missing


async def cases(steps: Steps) -> list[tuple[str, UUID, UUID | None]]:
    async with steps.database.transaction(steps.world.sight) as session:
        rows = await session.scalars(select(Case).order_by(Case.id))
        return [(row.kind, row.subject_id, row.owner_id) for row in rows]


async def speaks(steps: Steps, *languages: str) -> None:
    async with steps.database.transaction(steps.world.sight) as session:
        await session.execute(update(Client).values(service_languages=list(languages)))


async def test_nobody_in_the_clients_language_is_a_case_from_the_grant_on(
    database: Database, keys: Keys
) -> None:
    steps = await world_of(database, keys)
    await speaks(steps, "sv")
    voucher_id = await granted(steps)
    owner = steps.world[Role.CASE_WORKER].id
    assert await cases(steps) == [("no_provider_in_language", voucher_id, owner)]
    compared = await show(steps, voucher_id)
    assert (compared.options, compared.language_missing) == ((), True)
    assert len(await cases(steps)) == 1, "looking again opens no other"
    assert await steps.unfit() == []


async def test_another_language_does_not_make_up_for_the_national_one(database: Database, keys: Keys) -> None:
    steps = await world_of(database, keys)
    for index in range(5):
        await change(steps, index, languages=["en"])
    await speaks(steps, "fi", "en")
    voucher_id = await granted(steps)
    compared = await show(steps, voucher_id)
    assert (len(compared.options), compared.language_missing) == (3, True)
    assert [kind for kind, _, _ in await cases(steps)] == ["no_provider_in_language"]


@pytest.mark.parametrize(
    ("columns", "kind"),
    [({"languages": ["sv"]}, "no_provider_in_language"), ({"places": 0}, "no_eligible_provider")],
)
async def test_who_is_left_alone_after_the_grant_gets_the_case_when_looking_and_only_once(
    database: Database, keys: Keys, columns: dict[str, Any], kind: str
) -> None:
    steps = await world_of(database, keys)
    voucher_id = await granted(steps)
    assert await cases(steps) == []
    for index in range(5):
        await change(steps, index, **columns)
    assert ids(await show(steps, voucher_id)) == []
    assert [found for found, _, _ in await cases(steps)] == [kind]
    worker = steps.world[Role.CASE_WORKER]
    async with database.transaction(worker.sight) as session:
        case_id = (await session.scalars(select(Case.id))).one()
        await close_case(session, actor=worker, now=NOW, case_id=case_id, resolution="Etäpalvelu löytyi.")
    await show(steps, voucher_id)
    assert len(await cases(steps)) == 1
    assert await steps.unfit() == []
