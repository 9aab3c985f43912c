"""Every request that moves money or state is carried out once, however often it is sent.

The key is claimed in the same transaction as the change: a second request with the key waits on the unique
index until the first has committed, and then answers as it did. A refusal is an answer too.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from registry.shared.canonical import canonical_json
from registry.shared.database import Base, Direct, direct_of
from registry.shared.errors import Invalid
from registry.shared.protection import internal


class IdempotencyRecord(Base):
    """A key that an actor used, what it was used for, and the answer."""

    __tablename__ = "idempotency_record"

    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    """Field name → keyed digest of its value: enough to name the field that differs, and no personal data."""
    status: Mapped[int | None]
    response: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]

    __table_args__ = ({"info": internal(keeps="as long as the record it made")},)


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that the key got the first time."""

    status: int
    response: dict[str, Any]


def field_digests(operation: str, body: Mapping[str, Any], digest_key: bytes) -> dict[str, str]:
    """A keyed digest per field of the body, with the operation as a field of its own."""
    digests = {name: _digest(digest_key, canonical_json(value)) for name, value in body.items()}
    return {"operation": _digest(digest_key, canonical_json(operation)), **digests}


@lru_cache(maxsize=4_096)
def _digest(digest_key: bytes, value: bytes) -> str:
    """Kept for a while: most fields of most requests hold one of a few values, the day, the price, the number of
    units."""
    return hmac.digest(digest_key, value, "sha256").hex()[:32]


def check_key(key: str) -> str:
    """Keys are 1 to 100 printable ASCII characters, so that they fit an index and a header."""
    if not key or len(key) > 100 or not key.isascii() or not key.isprintable():
        raise Invalid("idempotency.key_malformed", errors={"Idempotency-Key": "idempotency.key_malformed"})
    return key


def differing_field(first: Mapping[str, str], second: Mapping[str, str]) -> str | None:
    """The first field, in alphabetical order, that is not the same in both."""
    return next((f for f in sorted({*first, *second}) if first.get(f) != second.get(f)), None)


_CLAIM: Final = """
INSERT INTO idempotency_record (actor_id, key, fields, created_at) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT DO NOTHING RETURNING true
"""
_READ: Final = """
SELECT fields::text, status, response::text FROM idempotency_record WHERE actor_id = $1 AND key = $2
"""
_SETTLE: Final = """
UPDATE idempotency_record SET status = $3, response = $4::text::jsonb WHERE actor_id = $1 AND key = $2
"""


_ANSWERS: Final = """
SELECT asked.actor_id, asked.key, known.fields, known.status, known.response
FROM unnest($1::uuid[], $2::text[]) AS asked(actor_id, key), LATERAL (
  SELECT fields::text, status, response::text FROM idempotency_record
  WHERE actor_id = asked.actor_id AND key = asked.key LIMIT 1
) AS known
"""
"""One look into the index for each key, whatever the planner believes: a plan that was made while the table was empty
reads all of it, and a busy connection keeps its plan while millions of keys come."""

Known = tuple[Mapping[str, str], Replay | None]
"""The digests of what a key was used for, and the answer that it got."""


async def answers_of(
    connection: Direct, *, names: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Known]:
    """What keys, each of its actor, were answered before, in one round trip: for commands that take many lines and
    insert the keys with the answers, where the unique index lets one of two win."""
    rows = await connection.fetch(_ANSWERS, [actor for actor, _ in names], [key for _, key in names])
    return {(row["actor_id"], row["key"]): (orjson.loads(row["fields"]), _replay(row)) for row in rows}


def _replay(record: Any) -> Replay | None:
    if record["status"] is None or record["response"] is None:
        return None
    return Replay(status=record["status"], response=orjson.loads(record["response"]))


def same_request(known: Known, fields: Mapping[str, str]) -> Replay | Invalid:
    """The answer of the key's first request, or what is wrong with this one: it names the field that differs."""
    first, replay = known
    differs = differing_field(first, fields)
    if differs is not None:
        return Invalid("idempotency.key_reused", errors={differs: "idempotency.key_reused"}, field=differs)
    return replay or Invalid("idempotency.no_answer")


async def claim(
    session: AsyncSession | Direct, *, actor_id: UUID, key: str, fields: Mapping[str, str], now: datetime
) -> Replay | None:
    """Claim the key for this transaction, waiting for one in flight. None: it is ours, go on and `settle` it.

    Raises Invalid naming the field that differs when the key was used for another body.
    """
    connection = await direct_of(session)
    if await connection.fetchval(_CLAIM, actor_id, key, orjson.dumps(dict(fields)).decode(), now):
        return None
    record = await connection.fetchrow(_READ, actor_id, key)
    if record is None:  # the conflict was with a committed row, and these are never deleted
        raise Invalid("idempotency.no_answer")
    answer = same_request((orjson.loads(record["fields"]), _replay(record)), fields)
    if isinstance(answer, Invalid):
        raise answer
    return answer


async def settle(
    session: AsyncSession | Direct, *, actor_id: UUID, key: str, status: int, response: Mapping[str, Any]
) -> None:
    """Keep the answer with the key, in the transaction that made the change."""
    connection = await direct_of(session)
    await connection.execute(_SETTLE, actor_id, key, status, orjson.dumps(dict(response)).decode())
