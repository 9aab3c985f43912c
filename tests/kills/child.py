"""Redeems, closes, pays and matches in a process of its own, to be killed in the middle.

Reads a job a line; forks for each, so that a job costs no start of Python; says `ready`, then each answer once it is
committed and not before, and `ended` when the process is gone, however it went.
"""

import asyncio
import os
import random
import sys
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from registry.settlement.bank.commands import approve_batch, import_bank_file, make_batch, match_open
from registry.settlement.bank.model import PaymentBatch, PaymentOrder
from registry.settlement.commands import close_month
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database
from registry.shared.errors import Refused
from registry.shared.idempotency import Replay, field_digests
from registry.shared.settings import Keys
from registry.vouchers.offline.receiving import receive
from registry.vouchers.offline.rules import KeptVisit
from registry.vouchers.redemption.commands import Call, redeem_once
from registry.vouchers.redemption.writing import RedemptionLine
from tests.registry.settlement.bank.camt_files import File, camt
from tests.registry.settlement.bank.paying import debit


def say(*words: object) -> None:
    print(*words, flush=True)


def actor_of(job: dict[str, Any]) -> Actor:
    provider = UUID(job["provider"]) if job.get("provider") else None
    sight = Sight(organisers=(UUID(job["organiser"]),), provider=provider)
    return Actor(kind="account", id=UUID(job["account"]), role=Role(job["role"]), sight=sight)


def calls_of(job: dict[str, Any]) -> list[Call]:
    day, actor = date.fromisoformat(job["day"]), actor_of(job)
    calls = []
    for key in job["keys"]:
        line = RedemptionLine(UUID(job["presentation"]), 10, 60_00, day)
        fields = field_digests(
            "kill", {"presentation": job["presentation"]}, b"a key of the tests, 32 bytes long"
        )
        calls.append(Call(actor, key, fields, line))
    return calls


async def redeem(database: Database, job: dict[str, Any]) -> None:
    """In commits of a few lines each, some of them overlapping, as a batch and its repeat would be."""
    calls, at = calls_of(job), 0
    while at < len(calls):
        together = calls[max(0, at - 2) : at + random.randint(1, 12)]
        outcomes = await redeem_once(database, calls=together, now=datetime.fromisoformat(job["now"]))
        for call, outcome in zip(together, outcomes, strict=True):
            if not isinstance(outcome, Replay) or outcome.status != 200:
                raise SystemExit(f"not carried out: {outcome}")
            say("yes", call.key, outcome.response["id"])
        at = calls.index(together[-1]) + 1


async def close(database: Database, job: dict[str, Any]) -> None:
    actor, now = actor_of(job), datetime.fromisoformat(job["now"])
    async with database.transaction(actor.sight) as session:
        closed = await close_month(session, actor=actor, now=now, month=date.fromisoformat(job["day"]))
    say("yes", job["day"], closed.total_cents)


async def offline(database: Database, job: dict[str, Any]) -> None:
    """As a device that sends what it kept, a few visits at a time; the place of a visit is its key here."""
    now, day = datetime.fromisoformat(job["now"]), date.fromisoformat(job["day"])
    visits = [
        KeptVisit(
            id=UUID(one), place=place, number=job["number"], secret="", service_date=day, units=10 + place,
            unit_price_cents=None, taken_at=now,
        )
        for place, one in enumerate(job["keys"], start=1)
    ]  # fmt: skip
    for start in range(0, len(visits), 7):
        answers = await receive(
            database, actor=actor_of(job), now=now, keys=Keys(b"a key of the tests, 32 bytes long"),
            device_id=UUID(job["device"]), sent_at=now, taken=len(visits), visits=visits[start : start + 7],
        )  # fmt: skip
        for answer in answers:
            if answer.visit is None or answer.visit.redemption_id is None:
                raise SystemExit(f"not recorded: {answer}")
            say("yes", answer.id, answer.visit.redemption_id)


async def pay(database: Database, job: dict[str, Any]) -> None:
    """A finance officer's way from what is owed to what the bank has booked; begun anew it takes up where it stands."""
    maker, now = actor_of(job), datetime.fromisoformat(job["now"])
    sender = replace(maker, id=UUID(job["sender"]))

    async def act(actor: Actor, command: Any, **arguments: Any) -> Any:
        async with database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=now, **arguments)

    try:
        say("yes", "made", await act(maker, make_batch, execute_on=date.fromisoformat(job["day"])))
    except Refused as refused:
        if refused.code != "payment_batch.empty":
            raise
    async with database.transaction(maker.sight) as session:
        batches = await session.scalars(select(PaymentBatch.id).where(PaymentBatch.state == "drafted"))
    for batch_id in batches.all():
        await act(sender, approve_batch, batch_id=batch_id)
        say("yes", f"approved:{batch_id}", "yes")
    async with database.transaction(maker.sight) as session:
        orders = (await session.scalars(select(PaymentOrder).order_by(PaymentOrder.id))).all()
    for order in orders:
        content = camt(File("053", 8, (debit(order),), statement_id=f"S-{order.id.hex[-12:]}"))
        await act(maker, import_bank_file, file_name="tiliote.xml", content=content)
        say("yes", f"booked:{order.id}", order.amount_cents)


async def match(database: Database, job: dict[str, Any]) -> None:
    actor, now = actor_of(job), datetime.fromisoformat(job["now"])
    async with database.transaction(actor.sight) as session:
        run = await match_open(session, actor=actor, now=now)
    say("yes", "matched", run.matched)


JOBS: Final = {"redeem": redeem, "close": close, "offline": offline, "pay": pay, "match": match}


async def work(job: dict[str, Any]) -> None:
    database = Database(job["url"], pool_size=4)
    async with database.transaction() as session:
        await session.connection()
    say("ready", os.getpid())
    await JOBS[job["do"]](database, job)
    await database.close()


def main() -> None:
    pid = 0
    for line in sys.stdin:
        if pid:  # only now, so that its number is nobody else's while somebody may still mean to kill it
            os.waitpid(pid, 0)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                asyncio.run(work(orjson.loads(line)))
                code = 0
            finally:
                os._exit(code)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        say("ended", ended.si_status if ended else 0)


if __name__ == "__main__":
    main()
