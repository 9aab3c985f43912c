"""Messages behind sign-in, and the demonstration's mailbox."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from registry.messages.delivery import deliver
from registry.messages.mail import KeepingMailer
from registry.messages.model import Message
from registry.messages.texts import NEUTRAL, neutral
from registry.quality.comments.rules import CommentState
from registry.quality.complaints.rules import ComplaintState
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue
from registry.shared.settings import Settings
from tests.builders import NOW, World, build_world
from tests.web.client import sign_in
from web.message_texts import OTHER, TEMPLATES, message_text
from web.translations import use_language

ROOT = Path(__file__).parent.parent.parent


async def send(
    database: Database, world: World, template: str, recipient: dict[str, Any], minutes: int = 0, **facts: Any
) -> None:
    at = NOW + timedelta(minutes=minutes)
    async with database.transaction(world.sight) as session:
        enqueue(session, now=at, template=template, organiser_id=world.organiser_id, facts=facts, **recipient)
    while await deliver(
        database,
        actor=system(world.organiser_id),
        mailer=KeepingMailer(),
        base_url="http://x.invalid",
        now=at,
    ):
        pass


def test_every_template_that_the_code_sends_has_words() -> None:
    sent: set[str] = set()
    for path in (ROOT / "registry").rglob("*.py"):
        source = path.read_text()
        sent |= set(re.findall(r'template="([a-z_.]+)"', source))
        sent |= set(re.findall(r'"template": "([a-z_.]+)"', source))
        sent |= set(re.findall(r'tell\(session, statement, now, "([a-z_.]+)"', source))
    decided = (CommentState.APPROVED, CommentState.REJECTED)
    sent |= {f"{what}.{state}" for what in ("comment", "comment_answer") for state in decided}
    sent |= {f"complaint.{state}" for state in (ComplaintState.UPHELD, ComplaintState.NOT_UPHELD)}
    assert len(sent) > 6
    assert sorted(sent - TEMPLATES) == []


FACTS = {
    "voucher": str(uuid7()),
    "statement": str(uuid7()),
    "finding": str(uuid7()),
    "complaint": str(uuid7()),
    "provider": str(uuid7()),
    "reason": "health",
    "last_day": "2026-12-24",
    "until": "2026-12-24",
    "month": "2026-10",
}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_words_never_show_their_seams(language: str) -> None:
    with use_language(language):
        for template in TEMPLATES:
            text = message_text(template, FACTS)
            assert text.title != message_text("none", {}).title
            for part in (text.title, text.body, text.href or "", text.action or ""):
                assert "%(" not in part
                assert "{" not in part
            assert (text.href is None) == (text.action is None)


_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LINK = re.compile(rf"(/([a-z-]+|{_ID}))+(#[a-z]+)?")


def test_no_subject_and_no_link_tells_of_anybody() -> None:
    """Whatever happened to whom, the mail is the same and leads to the same door; links behind it hold ids alone."""
    said = dict.fromkeys(FACTS, "Matti Meikäläinen 7KQ4-M2XD-9FA1 Uraohjaus")
    for language in ("fi", "sv", "en"):
        mail = neutral(language, "https://x.invalid/")
        assert (mail.subject, mail.body.count("https://")) == (NEUTRAL[language].subject, 1)
        assert "https://x.invalid/sign-in" in mail.body
        assert not set(re.findall(r"[{%][a-z(]", mail.subject + mail.body)), (
            "nothing is filled in but the door"
        )
        with use_language(language):
            for template in TEMPLATES:
                assert not re.search(r"\d|%", message_text(template, {}).title)
                for facts in (FACTS, said):
                    href = message_text(template, facts).href
                    assert href is None or _LINK.fullmatch(href), href
                    assert href is None or "?" not in href


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("unheard.of", {}),
        ("voucher.expiring", {}),
        ("statement.closed", {"statement": str(uuid7())}),
    ],
)
def test_a_message_that_lacks_something_still_reads(template: str, facts: dict[str, str]) -> None:
    with use_language("en"):
        text = message_text(template, facts)
    assert (text.title, text.href) == (OTHER.title, None)


@pytest.mark.parametrize("facts", [{}, {"voucher": "../admin"}, {"voucher": ""}])
def test_a_message_whose_page_is_unknown_is_read_without_a_link(facts: dict[str, str]) -> None:
    with use_language("en"):
        text = message_text("voucher.granted", facts)
    assert (text.title, text.href, text.action) == ("You have been granted a service voucher", None, None)


async def test_a_person_reads_their_own_messages_and_nobody_else_s(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    voucher_id = str(uuid7())
    await send(database, world, "voucher.granted", {"client_id": world.client_id}, voucher=voucher_id)
    await send(database, world, "choice.asked", {"provider_id": world.provider_id}, minutes=1)
    site.cookies.set("language", "en")
    await sign_in(site, database, world, Role.CLIENT)
    mine = await site.get("/messages")
    assert "You have been granted a service voucher" in mine.text
    assert f'href="/my/vouchers/{voucher_id}"' in mine.text
    assert "A client has chosen you" not in mine.text
    await sign_in(site, database, world, Role.PROVIDER_USER)
    theirs = await site.get("/messages")
    assert "A client has chosen you" in theirs.text
    assert "granted" not in theirs.text
    await sign_in(site, database, world, "provider_user:1")
    assert "No messages" in (await site.get("/messages")).text


async def test_a_message_is_new_once(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await send(database, world, "voucher.expired", {"client_id": world.client_id}, voucher=str(uuid7()))
    await sign_in(site, database, world, Role.CLIENT)
    site.cookies.set("language", "en")
    assert ">New<" in (await site.get("/messages")).text.replace("</span>New", ">New")
    assert ">New<" not in (await site.get("/messages")).text.replace("</span>New", ">New")
    async with database.transaction(world.sight) as session:
        assert (await session.scalars(select(Message.read_at))).all() == [NOW]


async def test_many_messages_come_page_by_page(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    for minute in range(45):
        await send(
            database, world, "voucher.granted", {"client_id": world.client_id}, minute, voucher=str(uuid7())
        )
    await sign_in(site, database, world, Role.CLIENT)
    path, links = "/messages", []
    while path:
        answer = await site.get(path)
        links += re.findall(r'href="/my/vouchers/([0-9a-f-]+)"', answer.text)
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        path = following.group(1) if following else ""
    assert len(links) == len(set(links)) == 45


async def test_the_mailbox_shows_the_mail_as_it_went_out(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await send(database, world, "voucher.granted", {"client_id": world.client_id}, voucher=str(uuid7()))
    answer = await site.get("/demo/mailbox")
    assert answer.status_code == 200
    assert "Sinulle on uusi viesti" in answer.text
    assert "http://x.invalid/sign-in" in answer.text
    assert (await site.get("/demo/mailbox", params={"after": "x"})).status_code == 422


class TestOutsideTheDemonstration:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(demo=False, database_url=None)

    async def test_there_is_no_mailbox(self, site: httpx.AsyncClient) -> None:
        assert (await site.get("/demo/mailbox")).status_code == 404
