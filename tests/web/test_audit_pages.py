"""The auditor's search and event pages, the API beside them, and events as sentences."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from registry.audit.model import AuditEvent
from registry.audit.queries import COLUMNS, Event, timeline
from registry.audit.rules import document_hash
from registry.people.model import ReadLog
from registry.providers.keeping.model import RetentionRun
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher
from tests.builders import NOW, TODAY, World, build_world
from tests.registry.checks.breaking import as_owner
from tests.registry.checks.full import full_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, sign_in
from web.event_details import DETAILS
from web.event_texts import TITLES
from web.events import shown, voucher_timeline
from web.translations import use_language

ROOT = Path(__file__).parent.parent.parent


def recorded_actions() -> Iterator[str]:
    """Every action that stands as a literal in the code that records events."""
    for path in (ROOT / "registry").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "action"
                and isinstance(node.value, ast.Constant)
            ):
                yield str(node.value.value)


def test_every_action_that_the_code_records_has_a_sentence() -> None:
    actions = {action for action in recorded_actions() if "." in action}
    assert len(actions) > 40
    assert sorted(actions - set(TITLES)) == []
    assert sorted(set(DETAILS) - set(TITLES)) == []


async def test_every_event_of_a_full_life_reads_as_a_sentence(database: Database, keys: Keys) -> None:
    world = await full_world(database, keys)
    auditor = world[Role.AUDITOR]
    async with database.transaction(auditor.sight) as session:
        rows = await session.execute(select(*COLUMNS).where(AuditEvent.action.not_like("test.%")))
        events = [Event(**row._mapping) for row in rows]
        for language in ("fi", "sv", "en"):
            with use_language(language):
                lines = await shown(session, events, viewer=auditor)
            for event, line in zip(events, lines, strict=True):
                if event.facts:  # what tests wrote by hand has none
                    assert event.action not in line.title, event.action
                    nothing_to_say = event.facts.get("returned_cents") == 0
                    assert event.action not in DETAILS or line.text or nothing_to_say, event.action
                assert "%(" not in f"{line.title}{line.text}"
                assert line.who


async def test_events_of_an_older_kind_still_read(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    voucher_id = await Steps(database, world, keys).grant()
    async with database.transaction(world.sight) as session:
        (event,) = await timeline(session, voucher_id=voucher_id)
    from dataclasses import replace

    async with database.transaction(world.sight) as session:
        for facts in (
            {},
            {"value_cents": "much"},
            {"value_cents": 1, "valid_until": "soon"},
            {"provider": "x"},
        ):
            (line,) = await shown(session, [replace(event, facts=facts)], viewer=world[Role.AUDITOR])
            assert line.title
            assert line.text is None
        (other,) = await shown(session, [replace(event, action="voucher.sold")], viewer=world[Role.AUDITOR])
        assert "voucher.sold" in other.title


async def test_a_timeline_shows_each_viewer_what_is_theirs(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    steps = Steps(database, world, keys)
    voucher_id = await steps.grant()
    await steps.decline(await steps.choose(voucher_id, 1), 1)
    await steps.confirm(await steps.choose(voucher_id, 0), 0)
    shown_id = await steps.present(voucher_id)
    await steps.redeem(shown_id)

    async def seen(who: Any) -> list[Any]:
        async with database.transaction(who.sight) as session:
            with use_language("en"):
                return await voucher_timeline(session, voucher_id=voucher_id, viewer=who)

    staff, client = await seen(world[Role.CASE_WORKER]), await seen(world[Role.CLIENT])
    assert [line.title for line in staff] == [line.title for line in client]
    assert len(staff) == 9
    assert staff[0].when >= staff[-1].when
    granted = [line.who for line in (staff[-1], client[-1])]
    assert granted == ["You", "Case worker"]
    assert {"Tarjoaja 1 (Provider)", "Tarjoaja 2 (Provider)"} < {line.who for line in staff}
    assert not any("Tarjoaja" in line.who for line in client)
    assert await seen(world.provider_actor(0)) == []


@pytest.fixture
async def seen_by_auditor(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> tuple[httpx.AsyncClient, World]:
    world = await full_world(database, keys)
    await sign_in(site, database, world, Role.AUDITOR)
    site.cookies.set("language", "en")
    return site, world


async def test_the_search_pages_through_everything(seen_by_auditor: tuple[httpx.AsyncClient, World]) -> None:
    site, _ = seen_by_auditor
    path, events = "/audit", []
    while path:
        answer = await site.get(path)
        assert answer.status_code == 200
        events += re.findall(r'href="/audit/events/([0-9a-f-]+)"', answer.text)
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert len(events) == len(set(events)) > 100


async def test_a_voucher_s_number_finds_its_events_and_the_reading_is_logged(
    seen_by_auditor: tuple[httpx.AsyncClient, World], database: Database
) -> None:
    site, world = seen_by_auditor
    async with database.transaction(world.sight) as session:
        voucher = (await session.scalars(select(Voucher).where(Voucher.state == "cancelled"))).one()
    answer = await site.get("/audit", params={"about": voucher.number.lower()})
    assert "The voucher was cancelled" in answer.text
    assert "The voucher expired" not in answer.text
    async with database.transaction(world.sight) as session:
        logged = await session.execute(select(ReadLog.client_id, ReadLog.what, ReadLog.reason))
        assert logged.all() == [(voucher.client_id, "audit", "audit")]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"about": "nonsense"}, "Give a voucher&#39;s number or an id."),
        ({"about": "0000-0000-0000"}, "There is no voucher with this number."),
        ({"from": "2026-12-02", "to": "2026-12-01"}, "The last day is before the first day."),
        ({"from": "yesterday"}, "Give the date as day, month and year."),
        ({"actor": "x"}, "Choose one of the options."),
        ({"action": "'; DROP TABLE voucher"}, "Choose one of the options."),
        ({"about": "x" * 5000}, "too long"),
        ({"after": "bm9uc2Vuc2U"}, "Something is missing or wrong"),
    ],
)
async def test_a_search_that_makes_no_sense_says_why(
    site: httpx.AsyncClient, database: Database, query: dict[str, str], sentence: str
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.AUDITOR)
    site.cookies.set("language", "en")
    answer = await site.get("/audit", params=query)
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_an_event_s_page_tells_whether_it_was_altered(
    seen_by_auditor: tuple[httpx.AsyncClient, World], database: Database, owner_url: str
) -> None:
    site, world = seen_by_auditor
    async with database.transaction(world.sight) as session:
        event_id = await session.scalar(select(AuditEvent.id).where(AuditEvent.action == "voucher.cancelled"))
    page = await site.get(f"/audit/events/{event_id}")
    assert page.status_code == 200
    assert "The event fits the hash" in page.text
    assert "case_worker (Case worker)" in page.text
    await as_owner(
        owner_url,
        "ALTER TABLE audit_event DISABLE TRIGGER USER",
        f"UPDATE audit_event SET to_state = 'granted' WHERE id = '{event_id}'",
    )
    altered = await site.get(f"/audit/events/{event_id}")
    assert "Somebody changed it past the service" in altered.text


async def test_another_organiser_s_event_is_unknown(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    mine, theirs = await build_world(database, code="oulu"), await build_world(database, code="turku")
    voucher_id = await Steps(database, theirs, keys).grant()
    async with database.transaction(theirs.sight) as session:
        (event,) = await timeline(session, voucher_id=voucher_id)
    await sign_in(site, database, mine, Role.AUDITOR)
    assert (await site.get(f"/audit/events/{event.id}")).status_code == 404
    assert str(event.id) not in (await site.get("/audit")).text


async def test_the_api_gives_the_documents_that_were_hashed(
    site: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    world = await full_world(database, keys)
    token = await api_token(database, world, Role.AUDITOR, scopes=["audit:read"])
    site.headers["Authorization"] = f"Bearer {token}"
    found: list[dict[str, Any]] = []
    following: str | None = None
    while True:
        params = {"limit": 40} | ({"cursor": following} if following else {})
        answer = await site.get("/api/v1/audit/events", params=params)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        following = answer.json()["next"]
        if following is None:
            break
    assert len(found) > 100
    for item in found:
        assert document_hash(item["event"]).hex() == item["sha256"]
        assert item["intact"]
    one = (await site.get(f"/api/v1/audit/events/{found[3]['event']['id']}")).json()
    assert one == found[3]
    granted = await site.get("/api/v1/audit/events", params={"action": "voucher.granted"})
    assert {item["event"]["action"] for item in granted.json()["items"]} == {"voucher.granted"}


@pytest.mark.parametrize(
    "query",
    [
        {"subject": "x"},
        {"cursor": "x"},
        {"cursor": "W10"},
        {"limit": "0"},
        {"limit": "9999"},
        {"from": "2026-11-22T00:00:00"},
        {"from": "tomorrow"},
        {"action": "a" * 200},
    ],
)
async def test_the_api_names_what_is_wrong_with_a_question(
    site: httpx.AsyncClient, database: Database, query: dict[str, str]
) -> None:
    world = await build_world(database)
    token = await api_token(database, world, Role.AUDITOR, scopes=["audit:read"])
    answer = await site.get(
        "/api/v1/audit/events", params=query, headers={"Authorization": f"Bearer {token}"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_token_without_the_scope_reads_nothing(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    token = await api_token(database, world, Role.AUDITOR, scopes=["vouchers:read"])
    answer = await site.get("/api/v1/audit/events", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "door.scope_missing")


async def test_an_auditor_sees_what_goes_by_which_rule_and_what_has_gone(
    site: httpx.AsyncClient, database: Database
) -> None:
    """Looking changes nothing, and counting is asked for."""
    world = await build_world(database)
    await sign_in(site, database, world, Role.AUDITOR)
    site.cookies.set("language", "en")
    bare = await site.get("/audit/retention")
    assert "Files of rejected and withdrawn applications" in bare.text
    assert "sign_in_session" in bare.text
    assert "Would go today" not in bare.text
    counted = await site.get("/audit/retention", params={"today": "yes"})
    assert "Would go today" in counted.text
    assert "only the command `registry retention --dry-run` counts it" in counted.text
    assert "Nothing has gone yet" in counted.text
    async with database.transaction() as session:
        session.add(
            RetentionRun(
                id=uuid7(), rule="closed_cases", on_day=TODAY, batches=1, deleted=1234, pseudonymised=0,
                begun_at=NOW, ended_at=NOW,
            )
        )  # fmt: skip
    assert "1,234" in (await site.get("/audit/retention")).text
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    assert (await site.get("/audit/retention")).status_code == 403
