"""Does redemptions and closings in a process of its own, to be killed in the middle.

Reads a job a line; forks for each, so that a job costs no start of Python; says `ready`, then each answer once it is
committed and not before, and `ended` when the process is gone, however it went.
"""

import asyncio
import os
import random
import sys
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from registry.settlement.commands import close_month
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database
from registry.shared.idempotency import Replay, field_digests
from registry.vouchers.redemption.commands import Call, redeem_once
from registry.vouchers.redemption.writing import RedemptionLine


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


async def work(job: dict[str, Any]) -> None:
    database = Database(job["url"], pool_size=4)
    async with database.transaction() as session:
        await session.connection()
    say("ready", os.getpid())
    await (close if job["do"] == "close" else redeem)(database, job)
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
