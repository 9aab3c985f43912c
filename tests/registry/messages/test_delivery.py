"""Messages leave the outbox once, reach everyone they are for, and a mail server's moods lose none of them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from registry.audit.model import AuditEvent
from registry.cases.model import Case
from registry.messages.delivery import deliver
from registry.messages.mail import KeepingMailer, Mailer, MailFailed, SmtpMailer, written
from registry.messages.model import Mail, Message
from registry.messages.rules import BACK_OFF, LEASE, MOST_ATTEMPTS
from registry.messages.texts import MailText
from registry.people.model import Account
from registry.shared.actor import Role, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage, enqueue
from tests.builders import NOW, World, add_account, build_world
from tests.registry.messages.smtp import mail_server

BASE = "https://registry.example"


async def leave(database: Database, world: World, **recipient: Any) -> None:
    async with database.transaction(world.sight) as session:
        enqueue(
            session,
            now=NOW,
            organiser_id=world.organiser_id,
            template="voucher.granted",
            facts={"voucher": str(uuid7())},
            **recipient,
        )


async def go(database: Database, world: World, mailer: Mailer, *, now: Any = NOW, limit: int = 50) -> int:
    return await deliver(
        database, actor=system(world.organiser_id), mailer=mailer, base_url=BASE, now=now, limit=limit
    )


async def all_of(database: Database, world: World, what: Any) -> list[Any]:
    async with database.transaction(world.sight) as session:
        return list(await session.scalars(select(what).order_by(what.id)))


async def until_idle(database: Database, world: World, mailer: Mailer, now: Any = NOW) -> None:
    while await go(database, world, mailer, now=now):
        pass


def case_worker(world: World) -> UUID:
    account_id = world[Role.CASE_WORKER].id
    assert account_id is not None
    return account_id


async def test_mail_says_nothing_but_that_there_is_a_message(database: Database) -> None:
    world = await build_world(database)
    await leave(database, world, client_id=world.client_id)
    async with mail_server() as postman:
        await until_idle(database, world, postman.mailer)
    (mail,) = postman.mails
    assert mail["Subject"] == "Sinulle on uusi viesti"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_content()
    assert f"{BASE}/sign-in" in body
    for telling in ("palveluseteli", "seteli", "voucher", "työllisyys", "asiakas", "oulu"):
        assert telling not in str(mail).lower().replace("asiakas@example.invalid", "")
    assert len(await all_of(database, world, Message)) == 1


async def test_mail_is_written_in_the_accounts_language(database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Account).where(Account.id == case_worker(world)).values(language="sv"))
    await leave(database, world, account_id=case_worker(world))
    async with mail_server() as postman:
        await until_idle(database, world, postman.mailer)
    assert [mail["Subject"] for mail in postman.mails] == ["Du har ett nytt meddelande"]


async def test_a_message_to_a_provider_reaches_each_of_its_people(database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await add_account(
            session,
            "Toinen",
            Role.PROVIDER_USER,
            provider_id=world.provider_id,
            sight=Sight(organisers=(world.organiser_id,), provider=world.provider_id),
        )
    await leave(database, world, provider_id=world.provider_id)
    await until_idle(database, world, KeepingMailer())
    messages = await all_of(database, world, Message)
    assert len({message.account_id for message in messages}) == len(messages) == 2
    assert len(await all_of(database, world, Mail)) == 2
    assert all(row.delivered_at == NOW for row in await all_of(database, world, OutboxMessage))


async def test_a_message_that_nobody_can_get_is_not_tried_for_ever(database: Database) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        await session.execute(update(Account).values(disabled_at=NOW))
    await leave(database, world, account_id=case_worker(world))
    await until_idle(database, world, KeepingMailer())
    assert [row.delivered_at for row in await all_of(database, world, OutboxMessage)] == [NOW]
    assert await all_of(database, world, Mail) == []


async def test_five_messages_at_once_are_one_mail(database: Database) -> None:
    world = await build_world(database)
    for _ in range(5):
        await leave(database, world, account_id=case_worker(world))
    async with mail_server() as postman:
        await until_idle(database, world, postman.mailer)
        assert len(postman.mails) == 1
    assert len(await all_of(database, world, Message)) == 5


async def test_a_server_that_is_away_costs_nothing_but_time(database: Database) -> None:
    world = await build_world(database)
    accounts = [case_worker(world), world[Role.AUDITOR].id]
    for account_id in accounts:
        await leave(database, world, account_id=account_id)
    async with mail_server() as postman:
        closed = SmtpMailer(host="127.0.0.1", port=postman.port, sender="x@registry.invalid", timeout=5.0)
    await until_idle(database, world, closed)
    rows = await all_of(database, world, OutboxMessage)
    assert [(row.attempts, row.last_error) for row in rows] == [(1, "smtp.connect"), (0, None)]
    assert {row.due_at for row in rows} == {NOW + BACK_OFF[0]}
    assert len(await all_of(database, world, Message)) == 2, "what is behind sign-in does not wait for mail"
    async with mail_server() as postman:
        await until_idle(database, world, postman.mailer, NOW + BACK_OFF[0])
        assert len(postman.mails) == 2
    assert len(await all_of(database, world, Message)) == 2


async def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(database: Database) -> None:
    world = await build_world(database)
    slow, gone = world[Role.CASE_WORKER].id, world[Role.AUDITOR].id
    async with database.transaction(world.sight) as session:
        for account_id, name in ((slow, "slow"), (gone, "gone")):
            await session.execute(
                update(Account).where(Account.id == account_id).values(email=f"{name}@x.invalid")
            )
    for account_id in (slow, gone):
        await leave(database, world, account_id=account_id)
    async with mail_server() as postman:
        postman.refuse_recipient = {
            "slow@x.invalid": "451 try later",
            "gone@x.invalid": "550 no such user here",
        }
        await until_idle(database, world, postman.mailer)
        rows = {row.account_id: row for row in await all_of(database, world, OutboxMessage)}
        assert (rows[slow].last_error, rows[slow].failed_at) == ("smtp.451", None)
        assert (rows[gone].last_error, rows[gone].failed_at) == ("smtp.550", NOW)
        (case,) = await all_of(database, world, Case)
        assert (case.kind, case.role, case.subject_id) == ("mail_failed", "organiser_administrator", gone)
        postman.refuse_recipient = {}
        await until_idle(database, world, postman.mailer, NOW + BACK_OFF[0])
        assert postman.recipients == ["slow@x.invalid"]


async def test_a_server_that_never_takes_it_is_given_up_with_one_case(database: Database) -> None:
    world = await build_world(database)
    await leave(database, world, account_id=case_worker(world))
    async with mail_server() as postman:
        postman.refuse_data = "451 full"
        now = NOW
        for _ in range(MOST_ATTEMPTS + 2):
            await until_idle(database, world, postman.mailer, now)
            now += max(BACK_OFF) + LEASE
    (row,) = await all_of(database, world, OutboxMessage)
    assert row.attempts == MOST_ATTEMPTS
    assert row.failed_at is not None
    assert len(await all_of(database, world, Case)) == 1
    events = [e.action for e in await all_of(database, world, AuditEvent)]
    assert sorted(events) == ["case.opened", "message.undeliverable"]


async def test_a_refused_sender_is_our_own_fault_and_is_tried_again(database: Database) -> None:
    world = await build_world(database)
    await leave(database, world, account_id=case_worker(world))
    async with mail_server() as postman:
        postman.refuse_sender = "550 who are you"
        await until_idle(database, world, postman.mailer)
    (row,) = await all_of(database, world, OutboxMessage)
    assert (row.last_error, row.failed_at) == ("smtp.550", None)


@pytest.mark.parametrize("address", ["no-at-sign", "a@b\nBcc: c@d.invalid", "", "a@", "@b.invalid"])
async def test_an_address_that_is_none_is_given_up_at_once_and_injects_nothing(address: str) -> None:
    async with mail_server() as postman:
        with pytest.raises(MailFailed) as failed:
            await postman.mailer.send(mail_id=uuid7(), address=address, text=MailText("s", "b\n"), now=NOW)
        assert failed.value.permanent
        assert postman.mails == []


def test_the_same_message_sent_twice_has_one_message_id() -> None:
    mail_id = uuid7()
    one, two = (
        written(sender="a@b.invalid", mail_id=mail_id, address="c@d.invalid", text=MailText("s", "b"), now=at)
        for at in (NOW, NOW + timedelta(minutes=1))
    )
    assert one["Message-ID"] == two["Message-ID"] == f"<{mail_id}@b.invalid>"


async def test_workers_at_once_send_each_message_once(database: Database) -> None:
    world = await build_world(database)
    for index in range(30):
        async with database.transaction(world.sight) as session:
            actor, _ = await add_account(
                session,
                f"{index}",
                Role.CASE_WORKER,
                organiser_id=world.organiser_id,
                sight=world.sight,
            )
        await leave(database, world, account_id=actor.id)
    async with mail_server() as postman:
        await asyncio.gather(*(go(database, world, postman.mailer, limit=4) for _ in range(12)))
        assert len(postman.recipients) == len(set(postman.recipients)) == 30


async def test_what_a_dead_worker_had_in_hand_is_taken_up_after_the_lease(database: Database) -> None:
    class Dies:
        hands_over = True

        async def send(self, **_: Any) -> None:
            raise RuntimeError("killed")

    world = await build_world(database)
    await leave(database, world, account_id=case_worker(world))
    with pytest.raises(RuntimeError, match="killed"):
        await go(database, world, Dies())
    async with mail_server() as postman:
        assert await go(database, world, postman.mailer, now=NOW + LEASE - timedelta(seconds=1)) == 0
        assert await go(database, world, postman.mailer, now=NOW + LEASE) == 1
        assert len(postman.mails) == 1
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(Message)) == 1
