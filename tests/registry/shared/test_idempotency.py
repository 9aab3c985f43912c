"""The same request, sent again: at once, later, in flight, with other content, in overlapping batches."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.database import Database
from registry.shared.errors import Invalid
from registry.shared.idempotency import Replay, check_key, claim, differing_field, field_digests, settle
from registry.shared.identifiers import uuid7
from tests.builders import NOW

KEY = b"k" * 32
ACTOR = uuid7()


def digests(**body: object) -> dict[str, str]:
    return field_digests("test", body, KEY)


async def send(database: Database, key: str, fields: dict[str, str], answer: int) -> Replay | None:
    async with database.transaction() as session:
        replay = await claim(session, actor_id=ACTOR, key=key, fields=fields, now=NOW)
        if replay is None:
            await settle(session, actor_id=ACTOR, key=key, status=200, response={"answer": answer})
        return replay


async def test_the_same_key_and_body_answers_as_the_first_did(database: Database) -> None:
    assert await send(database, "a", digests(amount=1), 7) is None
    assert await send(database, "a", digests(amount=1), 8) == Replay(200, {"answer": 7})


async def test_the_same_key_with_another_body_names_the_field(database: Database) -> None:
    await send(database, "a", digests(amount=1, unit="h"), 7)
    with pytest.raises(Invalid) as caught:
        await send(database, "a", digests(amount=2, unit="h"), 8)
    assert caught.value.errors == {"amount": "idempotency.key_reused"}
    with pytest.raises(Invalid) as caught:
        await send(database, "a", field_digests("other", {"amount": 1, "unit": "h"}, KEY), 8)
    assert caught.value.errors == {"operation": "idempotency.key_reused"}


async def test_another_actor_may_use_the_same_key(database: Database) -> None:
    await send(database, "a", digests(amount=1), 7)
    async with database.transaction() as session:
        assert await claim(session, actor_id=uuid7(), key="a", fields=digests(amount=2), now=NOW) is None


async def test_a_key_in_flight_waits_for_the_first_to_finish(database: Database) -> None:
    answers = await asyncio.gather(*(send(database, "a", digests(amount=1), i) for i in range(12)))
    firsts = [answer for answer in answers if answer is None]
    said = Counter(str(answer.response) for answer in answers if answer is not None)
    assert len(firsts) == 1
    assert len(said) == 1


async def test_a_key_whose_request_was_rolled_back_is_free(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await claim(session, actor_id=ACTOR, key="a", fields=digests(amount=1), now=NOW)
            raise RuntimeError
    assert await send(database, "a", digests(amount=2), 7) is None


async def test_overlapping_batches_in_sorted_order_do_not_deadlock(database: Database) -> None:
    async def batch(keys: list[str]) -> int:
        fresh = 0
        async with database.transaction() as session:
            for key in sorted(keys):
                if await claim(session, actor_id=ACTOR, key=key, fields=digests(amount=1), now=NOW) is None:
                    await settle(session, actor_id=ACTOR, key=key, status=200, response={})
                    fresh += 1
        return fresh

    keys = [f"{i:03d}" for i in range(30)]
    batches = [keys[:20], keys[10:][::-1], keys[5:25], keys[::-1]]
    assert sum(await asyncio.gather(*(batch(b) for b in batches))) == 30


@given(st.dictionaries(st.text(min_size=1), st.integers(-(2**53) + 1, 2**53 - 1)))
def test_the_order_of_fields_does_not_matter(body: dict[str, int]) -> None:
    turned = dict(reversed(body.items()))
    assert differing_field(digests(body=body), digests(body=turned)) is None


@pytest.mark.parametrize("key", ["", "x" * 101, "ä", "a\nb", "a\x00"])
def test_keys_that_fit_no_header(key: str) -> None:
    with pytest.raises(Invalid):
        check_key(key)
