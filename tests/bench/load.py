"""Callers in a process of their own, so that measuring does not slow what is measured.

Reads one JSON job from standard input, prints one JSON answer: rate, p50 and p99 in milliseconds, statuses.
"""

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import orjson
import uvloop

from registry.trial.caller import Caller


async def _caller(
    job: dict[str, Any], number: int, until: float, times: list[float], seen: Counter[int]
) -> None:
    caller = Caller("127.0.0.1", job["port"], token=job.get("token"), cookie=job.get("cookie"))
    requests: list[dict[str, Any]] = job["requests"]
    turn = number
    while (began := time.perf_counter()) < until:
        request = requests[turn % len(requests)]
        if job.get("lines"):
            reply = await caller.post(
                job["path"], _batch(job, requests, number, turn), key=f"{number}-{turn}"
            )
        elif "body" in request:
            reply = await caller.post(request["path"], request["body"], key=f"{job['run']}-{number}-{turn}")
        else:
            reply = await caller.get(request["path"])
        times.append(time.perf_counter() - began)
        seen[reply.status] += 1
        turn += job["callers"]
    await caller.close()


def _batch(job: dict[str, Any], requests: list[dict[str, Any]], number: int, turn: int) -> dict[str, Any]:
    """So many requests as lines of one, each with its key; no two batches in flight start at the same line."""
    count = job["lines"]
    lines = [requests[(turn * count + n) % len(requests)]["body"] for n in range(count)]
    return {"lines": [line | {"key": f"{job['run']}-{number}-{turn}-{n}"} for n, line in enumerate(lines)]}


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Keep `callers` callers busy for `seconds`, each with its own connection."""
    times: list[float] = []
    seen: Counter[int] = Counter()
    began = time.perf_counter()
    until = began + job["seconds"]
    await asyncio.gather(*(_caller(job, n, until, times, seen) for n in range(job["callers"])))
    elapsed = time.perf_counter() - began
    times.sort()
    return {
        "rate": len(times) / elapsed,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)] * 1000,
        "statuses": {str(status): count for status, count in seen.items()},
    }


if __name__ == "__main__":
    answer = uvloop.run(run(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(answer))
