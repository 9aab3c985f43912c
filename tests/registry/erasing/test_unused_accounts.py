"""Accounts that somebody made and that never got a role: nameless after so many months, and no other with them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.erasing.running import carry_out, plan
from registry.people.commands import grant_role
from registry.people.joining.commands import Joining
from registry.people.model import Account
from registry.providers.files.store import FileStore
from registry.providers.representing.commands import ask_to_represent, decide_representation
from registry.providers.representing.model import Representation
from registry.shared.actor import Role, Sight, system
from registry.shared.database import Database
from registry.shared.period import local_date
from registry.shared.retention_rules import unused_account_before, unused_account_until
from tests.builders import NOW, World, build_world

RULE = "unused_accounts"


@pytest.mark.parametrize("months", [1, 12, 13])
@pytest.mark.parametrize(
    "today", [date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 31), date(2028, 2, 29), date(2028, 12, 31)]
)
def test_the_day_on_the_list_parts_what_goes_from_what_stays(today: date, months: int) -> None:
    """Also where the month before has no such day."""
    before = unused_account_before(today, months=months)
    days = [before + timedelta(days=n) for n in range(-5, 6)]
    assert [day < before for day in days] == [
        unused_account_until(day, months=months) < today for day in days
    ]


async def asks(database: Database, world: World, number: int) -> UUID:
    """Somebody has asked to act for an organisation; the request's id."""
    async with database.transaction() as session:
        return await ask_to_represent(
            session,
            now=NOW,
            joining=Joining(f"a{number}@example.invalid", f"Uusi {number}", "fi"),
            organiser_id=world.organiser_id,
            business_id="2331972-7",
            name="Aivan Uusi Oy",
            form="company",
            municipality_code="564",
            words="Olen toimitusjohtaja.",
        )


async def refuse(database: Database, world: World, request_id: UUID) -> None:
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await decide_representation(
            session,
            actor=officer,
            now=NOW + timedelta(days=3),
            representation_id=request_id,
            accepted=False,
            reason="Ei osoitettu.",
        )


async def test_who_never_got_a_role_is_made_nameless_a_year_after_the_answer(
    database: Database, tmp_path: Path
) -> None:
    world, other = await build_world(database), await build_world(database, code="turku")
    gone, helped, waits = [await asks(database, world, number) for number in range(3)]
    for request_id in (gone, helped):
        await refuse(database, world, request_id)
    async with database.transaction(world.sight) as session:
        account = {row.id: row.account_id for row in await session.scalars(select(Representation))}
    async with database.transaction(other.sight) as session:
        await grant_role(
            session, actor=system(other.organiser_id), now=NOW, account_id=account[helped],
            role=Role.CASE_WORKER, organiser_id=other.organiser_id,
        )  # fmt: skip

    async def found(day: date, sight: Sight | None = None, months: int = 12) -> int | None:
        at = datetime(day.year, day.month, day.day, 10, 0, tzinfo=UTC)
        lines = plan(database, now=at, account_months=months, sight=sight)
        return {line.rule.name: line.count async for line in lines}.get(RULE)

    answered = local_date(NOW + timedelta(days=3))
    last = unused_account_until(answered, months=12)
    day_after = last + timedelta(days=1)
    assert (last.year, last.month, last.day) == (answered.year + 1, answered.month, answered.day)
    assert await found(last) == 0
    assert await found(day_after) == 1
    assert await found(day_after, months=13) == 0, "the installation's own setting"
    # accounts are everybody's: an auditor who sees one authority is told nothing of them, not even how many
    assert await found(day_after, sight=world[Role.AUDITOR].sight) is None

    late = datetime(day_after.year, day_after.month, day_after.day, 10, 0, tzinfo=UTC)
    for expected in (1, 0):
        lines = carry_out(database, FileStore(tmp_path / "evidence"), now=late)
        assert [line.count async for line in lines if line.rule.name == RULE] == [expected]
    async with database.transaction(world.sight) as session:
        left = {
            request_id: await session.get_one(Account, account_id)
            for request_id, account_id in account.items()
        }
        told = await session.scalars(
            select(AuditEvent.facts).where(AuditEvent.action == "retention.pseudonymised")
        )
        assert [facts["ids"] for facts in told if facts["rule"] == RULE] == [[str(account[gone])]]
        named = await session.scalar(
            select(AuditEvent.id).where(
                AuditEvent.subject_id == account[gone], AuditEvent.action == "account.created"
            )
        )
    assert named is not None, "the trail names the account, which is why it stays"
    assert (left[gone].display_name, left[gone].email) == ("", None)
    assert left[gone].disabled_at == late
    assert (left[helped].display_name, left[helped].disabled_at) == ("Uusi 1", None)
    assert (left[waits].display_name, left[waits].disabled_at) == ("Uusi 2", None)
