"""Oversight findings: nothing is published of a provider that was not heard."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.cases.model import Case
from registry.providers.oversight.commands import (
    answer_hearing,
    change_finding,
    drop_finding,
    open_finding,
    publish_finding,
    send_to_hearing,
)
from registry.providers.oversight.queries import findings, published_findings
from registry.providers.oversight.rules import (
    FINDING_TRANSITIONS,
    HEARING_DAYS,
    FindingState,
    may_publish,
    move_finding,
)
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Accepted, Invalid, NotFound, Refusal, Refused
from registry.shared.outbox import OutboxMessage
from tests.builders import NOW, TODAY, World, build_world

WORDS = {"fi": "Tilat eivät olleet esteettömät.", "sv": "Lokalerna var inte tillgängliga."}
LATER = NOW + timedelta(days=HEARING_DAYS + 1)


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=2)


async def draft(database: Database, world: World, **changes: object) -> UUID:
    officer = world[Role.REGISTER_OFFICER]
    values: dict[str, object] = {
        "provider_id": world.provider_id, "service_id": world.service_id, "found_on": TODAY, "statement": WORDS,
    }  # fmt: skip
    async with database.transaction(officer.sight) as session:
        return await open_finding(session, actor=officer, now=NOW, **(values | changes))  # type: ignore[arg-type]


async def heard(database: Database, world: World) -> UUID:
    """A finding that its provider is heard about since NOW."""
    officer = world[Role.REGISTER_OFFICER]
    finding_id = await draft(database, world)
    async with database.transaction(officer.sight) as session:
        await send_to_hearing(session, actor=officer, now=NOW, finding_id=finding_id)
    return finding_id


@pytest.mark.parametrize("pair", list(product(FindingState, FindingState)))
def test_states_follow_the_table(pair: tuple[FindingState, FindingState]) -> None:
    state, wanted = pair
    assert isinstance(move_finding(state, wanted), Accepted) is (wanted in FINDING_TRANSITIONS[state])


@pytest.mark.parametrize(
    ("state", "answered", "days", "allowed"),
    [
        (FindingState.HEARING, False, 14, False),
        (FindingState.HEARING, False, 15, True),
        (FindingState.HEARING, True, 0, True),
        (FindingState.DRAFT, True, 15, False),
        (FindingState.DROPPED, True, 15, False),
        (FindingState.PUBLISHED, True, 15, False),
    ],
)
def test_published_only_after_an_answer_or_its_time(
    state: FindingState, answered: bool, days: int, allowed: bool
) -> None:
    until = date(2026, 12, 6)
    today = until - timedelta(days=14 - days)
    found = may_publish(state=state, heard=answered, hearing_until=until, today=today)
    assert isinstance(found, Accepted if allowed else Refusal)


async def test_it_is_heard_answered_and_published(database: Database, world: World) -> None:
    finding_id = await heard(database, world)
    officer, provider = world[Role.REGISTER_OFFICER], world.provider_actor(0)
    async with database.transaction(officer.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == finding_id))
        assert (case.kind, case.owner_id, case.due_on) == (
            "finding_heard", officer.id, TODAY + timedelta(days=HEARING_DAYS + 1),
        )  # fmt: skip
        with pytest.raises(Refused, match=r"finding\.not_heard_yet"):
            await publish_finding(session, actor=officer, now=NOW, finding_id=finding_id)
        with pytest.raises(Refused, match=r"finding\.not_now"):
            await change_finding(
                session, actor=officer, now=NOW, finding_id=finding_id, found_on=TODAY, statement=WORDS
            )
    async with database.transaction(provider.sight) as session:
        (own,) = await findings(session, heard_provider=provider.provider_id)
        assert own.statement == WORDS
        await answer_hearing(session, actor=provider, now=NOW, finding_id=finding_id, words="Ramppi on nyt.")
        with pytest.raises(Refused, match=r"finding\.answered_already"):
            await answer_hearing(session, actor=provider, now=NOW, finding_id=finding_id, words="Ja hissi.")
    async with database.transaction() as session:
        assert await published_findings(session, world.provider_id) == []
    async with database.transaction(officer.sight) as session:
        await publish_finding(session, actor=officer, now=NOW, finding_id=finding_id)
    async with database.transaction(officer.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == finding_id))
        assert case.closed_at == NOW
        told = (await session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id))).all()
        assert told == ["finding.hearing", "finding.published"]
        trail = (await session.scalars(text("SELECT facts::text FROM audit_event"))).all()
        assert not [facts for facts in trail if "Ramppi" in facts or "esteettömät" in facts]
    async with database.transaction() as session:
        (public,) = await published_findings(session, world.provider_id)
        assert await published_findings(session, world.providers[1]) == []
    assert (public.found_on, public.published_on, public.answer) == (TODAY, TODAY, "Ramppi on nyt.")
    assert (public.words("sv"), public.words("en")) == (WORDS["sv"], WORDS["fi"])


async def test_silence_is_no_veto(database: Database, world: World) -> None:
    finding_id = await heard(database, world)
    officer = world[Role.REGISTER_OFFICER]
    async with database.transaction(officer.sight) as session:
        await publish_finding(session, actor=officer, now=LATER, finding_id=finding_id)
    async with database.transaction() as session:
        (public,) = await published_findings(session, world.provider_id)
    assert public.answer is None


async def test_a_draft_is_the_officers_own_and_can_be_changed_and_dropped(
    database: Database, world: World
) -> None:
    finding_id = await draft(database, world)
    officer, provider = world[Role.REGISTER_OFFICER], world.provider_actor(0)
    async with database.transaction(provider.sight) as session:
        assert await findings(session, heard_provider=provider.provider_id) == []
        with pytest.raises(NotFound):
            await answer_hearing(session, actor=provider, now=NOW, finding_id=finding_id, words="Mitä?")
    async with database.transaction(officer.sight) as session:
        await change_finding(
            session,
            actor=officer,
            now=NOW,
            finding_id=finding_id,
            found_on=TODAY - timedelta(days=3),
            statement={"fi": "Tilat olivat esteettömät.", "sv": "", "xx": "?"},
        )
        (changed,) = await findings(session, finding_id=finding_id)
        assert changed.statement == {"fi": "Tilat olivat esteettömät."}
        await drop_finding(session, actor=officer, now=NOW, finding_id=finding_id)
        assert (await session.scalars(select(OutboxMessage))).all() == [], "it never heard of it"
        with pytest.raises(Refused, match=r"finding\.not_now"):
            await publish_finding(session, actor=officer, now=LATER, finding_id=finding_id)


async def test_a_dropped_hearing_is_told(database: Database, world: World) -> None:
    finding_id = await heard(database, world)
    officer, provider = world[Role.REGISTER_OFFICER], world.provider_actor(0)
    async with database.transaction(officer.sight) as session:
        await drop_finding(session, actor=officer, now=NOW, finding_id=finding_id)
        told = (await session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id))).all()
        assert told == ["finding.hearing", "finding.dropped"]
    async with database.transaction(provider.sight) as session:
        (own,) = await findings(session, heard_provider=provider.provider_id)
        assert own.state == "dropped"
        with pytest.raises(Refused, match=r"finding\.not_now"):
            await answer_hearing(session, actor=provider, now=NOW, finding_id=finding_id, words="Hyvä.")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"statement": {"fi": " "}}, Invalid),
        ({"statement": {"xx": "Sanoja"}}, Invalid),
        ({"found_on": TODAY + timedelta(days=1)}, Invalid),
        ({"provider_id": UUID(int=1)}, NotFound),
        ({"service_id": UUID(int=1)}, NotFound),
    ],
)
async def test_what_no_finding_can_be(
    database: Database, world: World, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await draft(database, world, **changes)


async def test_another_provider_and_another_organiser_know_nothing_of_it(
    database: Database, world: World
) -> None:
    finding_id = await heard(database, world)
    turku = await build_world(database, code="turku")
    stranger, officer = world.provider_actor(1), turku[Role.REGISTER_OFFICER]
    async with database.transaction(stranger.sight) as session:
        assert await findings(session) == []
        with pytest.raises(NotFound):
            await answer_hearing(session, actor=stranger, now=NOW, finding_id=finding_id, words="Niin.")
    async with database.transaction(officer.sight) as session:
        with pytest.raises(NotFound):
            await publish_finding(session, actor=officer, now=LATER, finding_id=finding_id)


async def test_the_database_publishes_nothing_without_a_hearing(database: Database, world: World) -> None:
    finding_id = await draft(database, world)
    with pytest.raises(IntegrityError, match="heard_first"):
        async with database.transaction(world.sight) as session:
            await session.execute(
                text("UPDATE oversight_finding SET state = 'published', decided_at = now() WHERE id = :id"),
                {"id": finding_id},
            )
