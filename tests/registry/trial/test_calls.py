"""Judging answers: what the plan does not foresee never passes unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from registry.trial.calls import MOST_UNEXPECTED, Call, Desk, Meter
from registry.trial.errors import TrialError, Unexpected

CALL = Call("POST things", "/api/v1/things", "token", "key", {"a": 1})


@asynccontextmanager
async def answering(answers: Iterable[tuple[int, str]]) -> AsyncIterator[Desk]:
    """A desk at a server that gives these answers, (status, JSON), one after the other."""
    left = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            await reader.readexactly(length)
            status, body = next(left)
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: application/problem+json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    desk = Desk(server.sockets[0].getsockname()[1], Meter())
    try:
        yield desk
    finally:
        await desk.close()
        server.close()


async def test_what_must_succeed_and_is_refused_is_unexpected() -> None:
    async with answering([(201, '{"id": 1}'), (409, '{"code": "voucher.used_up"}')]) as desk:
        assert await desk.done(CALL) == {"id": 1}
        with pytest.raises(Unexpected, match="answered 409"):
            await desk.done(CALL)
        assert desk.meter.refusals == {(409, "voucher.used_up"): 1}
        assert len(desk.meter.seconds["POST things"]) == 2


@pytest.mark.parametrize("second", [(201, '{"id": 2}'), (200, '{"id": 1}'), (409, '{"code": "x"}')])
async def test_a_repeated_request_must_get_the_first_answer(second: tuple[int, str]) -> None:
    async with answering([(201, '{"id": 1}'), (201, '{"id": 1}')]) as desk:
        assert await desk.done(CALL, repeated=True) == {"id": 1}
    async with answering([(201, '{"id": 1}'), second]) as desk:
        with pytest.raises(Unexpected, match="repeated with its key"):
            await desk.done(CALL, repeated=True)


@pytest.mark.parametrize(
    "answer", [(201, "{}"), (409, '{"code": "other"}'), (500, '{"code": "wanted"}'), (503, "")]
)
async def test_what_must_be_refused_must_be_refused_with_its_code(answer: tuple[int, str]) -> None:
    async with answering([(409, '{"code": "wanted"}'), answer]) as desk:
        await desk.refused(CALL, {"wanted"})
        with pytest.raises(Unexpected, match="expected wanted"):
            await desk.refused(CALL, {"wanted"})


def test_too_much_that_is_unexpected_ends_the_trial() -> None:
    meter = Meter()
    for number in range(MOST_UNEXPECTED - 1):
        meter.note(str(number))
    with pytest.raises(TrialError):
        meter.note("one more")
