"""After the pick: the receipt, what may go into a calendar, and a first time that the provider proposes."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from registry.providers.model import Provider
from registry.quality.complaints.commands import file_complaint
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from registry.vouchers import commands
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps
from tests.web.client import api_token, hidden, post_form, sign_in
from web.documents.calendar import Entry, calendar_file
from web.message_texts import TEMPLATES, message_text
from web.pages import voucher_code as voucher_code_pages


@pytest.fixture
async def steps(database: Database, keys: Keys) -> Steps:
    return Steps(database, await build_world(database), keys)


def unfolded(made: bytes) -> list[str]:
    """The lines of a calendar file, put together again as RFC 5545 says, after checking how they were cut."""
    assert made.endswith(b"\r\n")
    lines = made.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() for line in lines), "no character is cut in two"
    assert b"\n" not in made.replace(b"\r\n", b"")
    return b"\r\n".join(lines).decode().replace("\r\n ", "").split("\r\n")


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\n"), max_size=300))
def test_any_text_comes_out_of_a_calendar_as_it_went_in(words: str) -> None:
    lines = unfolded(calendar_file([Entry(uuid7(), "t", words, TODAY)], made_at=NOW))
    (text,) = [line.removeprefix("DESCRIPTION:") for line in lines if line.startswith("DESCRIPTION:")]
    back = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)
    assert back == words


def test_a_day_and_an_hour_in_a_calendar() -> None:
    day, hour = uuid7(), uuid7()
    lines = unfolded(
        calendar_file(
            [
                Entry(day, "Katso viestisi", "x", date(2026, 12, 31)),
                Entry(hour, "Tapaaminen", "x", datetime(2026, 12, 31, 22, 30, tzinfo=UTC)),
            ],
            made_at=NOW,
        )
    )
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for line in (
        f"UID:{day}",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        f"UID:{hour}",
        "DTSTART:20261231T223000Z",
        "DTEND:20261231T233000Z",
        "DTSTAMP:20261122T090000Z",
    ):
        assert line in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2


async def calendar_of(site: httpx.AsyncClient, voucher_id: UUID) -> list[str]:
    answer = await site.get(f"/my/vouchers/{voucher_id}/calendar")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="kalenteri.ics"'
    assert answer.headers["cache-control"] == "no-store"
    return unfolded(answer.content)


async def test_the_receipt_has_the_code_the_contact_and_what_happens_next(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            update(Provider)
            .where(Provider.id == steps.world.provider_id)
            .values(phone="040 123 4567", email="hei@valmennus.invalid", website="https://valmennus.invalid")
        )
    voucher_id = await steps.grant()
    await steps.choose(voucher_id)
    await sign_in(site, database, steps.world, Role.CLIENT)
    receipt = await site.get(f"/my/vouchers/{voucher_id}/chosen")
    number, secret = await steps.code(voucher_id)
    for text in (
        "tel:0401234567",
        "mailto:hei@valmennus.invalid",
        "https://valmennus.invalid",
        "<svg",
        f"{number[:4]}-{number[4:8]}-{number[8:]}",
        f"{secret[:4]}-{secret[4:8]}",
        f"/vouchers/{voucher_id}/pdf",
        f"/my/vouchers/{voucher_id}/calendar",
        "pe 27.11.",
        "20. helmikuuta 2027",
    ):
        assert text in receipt.text, text


async def test_the_calendar_says_when_and_not_what(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    await sign_in(site, database, steps.world, Role.CLIENT)
    first = await calendar_of(site, voucher_id)
    assert "DTSTART;VALUE=DATE:20261127" in first
    await steps.confirm(assignment_id)
    assert (await site.get(f"/my/vouchers/{voucher_id}/calendar")).status_code == 404, "nothing to remember"

    await sign_in(site, database, steps.world, Role.PROVIDER_USER)
    path = f"/provider/requests/{assignment_id}/meeting"
    form = await site.get(path)
    sent = await post_form(
        site, path,
        {"idempotency_key": hidden(form, "idempotency_key"), "day": "2026-11-25", "time": "9:30",
         "place": "Valmennus 1 Oy, Torikatu 1"},
    )  # fmt: skip
    assert sent.headers["location"] == "/provider?done=proposed"

    await sign_in(site, database, steps.world, Role.CLIENT)
    receipt = await site.get(f"/my/vouchers/{voucher_id}/chosen")
    assert "Torikatu 1" in receipt.text
    assert "ke 25.11." in receipt.text
    meeting = await calendar_of(site, voucher_id)
    assert "DTSTART:20261125T073000Z" in meeting
    for lines in (first, meeting):
        whole = "\n".join(lines)
        for secret in (
            "Valmennus",
            "Torikatu",
            "valmennus",
            "seteli",
            "työllisyys",
            "Asiakas",
            str(voucher_id)[:8],
        ):
            assert secret not in whole
    uids = [[line for line in lines if line.startswith("UID:")] for lines in (first, meeting)]
    assert uids[0] != uids[1]
    again = await calendar_of(site, voucher_id)
    assert [line for line in again if line.startswith("UID:")] == uids[1], "the same entry keeps its id"


async def test_a_provider_confirms_with_a_time_and_errors_come_back_filled_in(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    assignment_id = await steps.choose(await steps.grant())
    await sign_in(site, database, steps.world, Role.PROVIDER_USER)
    path = f"/provider/requests/{assignment_id}/meeting"
    form = await site.get(path)
    assert "Asiakas Esimerkki" not in form.text, "not before it has confirmed"
    key = hidden(form, "idempotency_key")
    wrong = await post_form(site, path, {"idempotency_key": key, "day": "2026-11-25", "time": "25:99"})
    assert wrong.status_code == 422
    assert 'value="2026-11-25"' in wrong.text
    late = await post_form(site, path, {"idempotency_key": key, "day": "2027-03-01", "time": "10:00"})
    assert late.status_code == 409
    assert "20.2.2027" in late.text
    fresh = hidden(late, "idempotency_key")
    answers = [
        await post_form(site, path, {"idempotency_key": fresh, "day": "2026-11-25", "time": "10.00"})
        for _ in range(2)
    ]
    assert answers[0].headers["location"] == "/provider?done=confirmed"
    assert answers[1].status_code == 303
    assignment = await steps.assignment(assignment_id)
    assert (assignment.state, assignment.first_meeting_at) == (
        "confirmed",
        datetime(2026, 11, 25, 8, 0, tzinfo=UTC),
    )


async def test_another_provider_cannot_propose_a_time(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    assignment_id = await steps.choose(await steps.grant())
    await sign_in(site, database, steps.world, "provider_user:1")
    assert (await site.get(f"/provider/requests/{assignment_id}/meeting")).status_code == 409


async def test_a_providers_own_system_proposes_a_time(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    assignment_id = await steps.choose(await steps.grant())
    token = await api_token(
        database, steps.world, Role.PROVIDER_USER, scopes=["choices:write", "vouchers:read"]
    )
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}
    path, body = f"/api/v1/assignments/{assignment_id}/first-meeting", {"at": "2026-11-25T10:00:00+02:00"}
    early = await site.post(path, json=body, headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "choice.not_confirmed")
    await steps.confirm(assignment_id)
    made = await site.post(path, json=body, headers=headers | {"Idempotency-Key": "b"})
    assert made.status_code == 200, made.text
    listed = await site.get("/api/v1/assignments", headers=headers)
    assert listed.json()["items"][0]["first_meeting_at"] == "2026-11-25T08:00:00Z"


async def test_a_message_leads_to_where_the_voucher_is_now(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id = await steps.grant()
    await sign_in(site, database, steps.world, Role.CLIENT)
    own = f"/my/vouchers/{voucher_id}"

    async def leads() -> str:
        return str((await site.get(own)).headers["location"])

    assert await leads() == f"{own}/compare"
    await steps.confirm(await steps.choose(voucher_id))
    assert await leads() == f"{own}/chosen"
    await steps.present(voucher_id)
    assert await leads() == f"/vouchers/{voucher_id}"
    await steps.refuse(voucher_id)
    assert await leads() == f"/vouchers/{voucher_id}"


async def test_every_link_of_a_clients_message_opens(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    voucher_id, shown = await steps.opened()
    await steps.redeem(shown)
    client = steps.world[Role.CLIENT]
    async with database.transaction(client.sight) as session:
        complaint_id = await file_complaint(
            session, actor=client, now=NOW, voucher_id=voucher_id, provider_id=steps.world.provider_id,
            about="other", words="x",
        )  # fmt: skip
    await sign_in(site, database, steps.world, Role.CLIENT)
    facts = {
        "voucher": str(voucher_id),
        "provider": str(steps.world.provider_id),
        "complaint": str(complaint_id),
        "last_day": "2026-12-01",
        "until": "2026-12-01",
        "reason": "x",
    }
    hrefs = {message_text(template, facts).href for template in TEMPLATES}
    own = {href for href in hrefs if href and href.startswith("/my")}
    assert {f"/my/vouchers/{voucher_id}", f"/my/complaints/{complaint_id}"} < own
    for href in own:
        answer = await site.get(href, follow_redirects=True)
        assert answer.status_code == 200, href


def test_nothing_but_an_id_stands_in_a_link() -> None:
    at = NOW + timedelta(days=1)
    facts = {"voucher": "Matti Meikäläinen", "statement": "7KQ4-M2XD-9FA1", "last_day": at.date().isoformat()}
    for template in TEMPLATES:
        href = message_text(template, facts).href or ""
        assert "Matti" not in href
        assert "7KQ4" not in href


async def test_the_day_of_the_answer_is_the_same_for_all_who_read_it(
    site: httpx.AsyncClient, database: Database, steps: Steps
) -> None:
    """It is the last one on which the provider may answer, not the midnight after it."""
    voucher_id = await steps.grant()
    await steps.choose(voucher_id)
    for who, path in (
        (Role.PROVIDER_USER, "/provider"),
        (Role.CLIENT, f"/my/vouchers/{voucher_id}/chosen"),
        (Role.CLIENT, f"/vouchers/{voucher_id}"),
        (Role.CASE_WORKER, f"/vouchers/{voucher_id}"),
    ):
        await sign_in(site, database, steps.world, who)
        read = await site.get(path)
        assert "pe 27.11." in read.text, path
        assert "28.11." not in read.text, path


async def test_the_paper_names_the_meeting_and_whom_to_call(
    site: httpx.AsyncClient, database: Database, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher_id = await steps.grant()
    assignment_id = await steps.choose(voucher_id)
    async with database.transaction(steps.world.sight) as session:
        await session.execute(
            update(Provider).where(Provider.id == steps.world.provider_id).values(phone="040 123 4567")
        )
    actor = steps.world.provider_actor()
    async with database.transaction(actor.sight) as session:
        await commands.confirm(
            session, actor=actor, now=NOW, assignment_id=assignment_id, meeting_at=NOW + timedelta(days=3),
            place="Torikatu 1",
        )  # fmt: skip
    told: list[Any] = []

    def made(facts: Any) -> bytes:
        told.append(facts)
        return b"%PDF"

    monkeypatch.setattr(voucher_code_pages, "voucher_pdf", made)
    await sign_in(site, database, steps.world, Role.CLIENT)
    assert (await site.get(f"/vouchers/{voucher_id}/pdf")).content == b"%PDF"
    assert ("Palveluntuottaja", "Valmennus 1 Oy, 040 123 4567") in told[0]["facts"]
    assert ("Ehdotettu ensimmäinen aika", "25.11.2026 klo 11.00, Torikatu 1") in told[0]["facts"]
    home = await site.get("/my")
    assert "25.11.2026 klo 11.00" in home.text
    assert f"/my/vouchers/{voucher_id}/chosen" in home.text
