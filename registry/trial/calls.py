"""Calls to the service that are measured and judged: every answer is either foreseen or noted as unexpected."""

import time
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from registry.trial.caller import Caller, Reply
from registry.trial.errors import TrialError, Unexpected

MOST_UNEXPECTED: Final = 50
"""After so many the trial stops: what follows would only be noise."""


@dataclass(slots=True)
class Meter:
    """What all callers together have seen."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By endpoint."""
    refusals: Counter[tuple[int, str]] = field(default_factory=Counter)
    """(status, code) → how often."""
    counts: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Keep something that the plan does not foresee."""
        self.unexpected.append(what)
        if len(self.unexpected) >= MOST_UNEXPECTED:
            raise TrialError(f"{MOST_UNEXPECTED} unexpected answers: the trial stops here.")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `endpoint` is the name under which it is measured."""

    endpoint: str
    path: str
    token: str
    key: str = ""
    body: Any = None


class Desk:
    """One of the callers, with a connection of its own."""

    def __init__(self, port: int, meter: Meter) -> None:
        self.port, self.meter = port, meter
        self._caller = Caller("127.0.0.1", port)

    async def send(self, call: Call) -> Reply:
        """Carry the call out; a call without a key is a GET."""
        began = time.perf_counter()
        if call.key:
            reply = await self._caller.post(call.path, call.body, key=call.key, token=call.token)
        else:
            reply = await self._caller.get(call.path, token=call.token)
        self.meter.seconds[call.endpoint].append(time.perf_counter() - began)
        if reply.status >= 400:
            self.meter.refusals[reply.status, code_of(reply)] += 1
        return reply

    async def done(self, call: Call, *, repeated: bool = False) -> Any:
        """The answer of a call that must succeed; `repeated` sends it again with the same key, and the second answer
        must be the first."""
        reply = await self.send(call)
        if not 200 <= reply.status < 300:
            raise Unexpected(_told(call, reply))
        if repeated:
            again = await self.send(call)
            self.meter.counts["requests repeated with their key"] += 1
            if (again.status, again.json()) != (reply.status, reply.json()):
                raise Unexpected(f"repeated with its key it answered otherwise: {_told(call, again)}")
        return reply.json()

    async def refused(self, call: Call, codes: Collection[str]) -> None:
        """A call that must be refused with one of these codes."""
        reply = await self.send(call)
        if reply.status < 400 or reply.status >= 500 or code_of(reply) not in codes:
            raise Unexpected(f"expected {' or '.join(sorted(codes))}: {_told(call, reply)}")

    async def close(self) -> None:
        await self._caller.close()


def code_of(reply: Reply) -> str:
    """The stable code of a problem document."""
    try:
        document = reply.json()
    except ValueError:
        return "no problem document"
    return str(document.get("code", "without a code")) if isinstance(document, dict) else "without a code"


def _told(call: Call, reply: Reply) -> str:
    said = reply.body[:300].decode(errors="replace")
    return f"{call.endpoint} ({call.path}) answered {reply.status}: {said}"
