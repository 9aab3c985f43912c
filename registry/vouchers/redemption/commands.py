"""Redemption: a provider draws on vouchers that it was shown.

Takes many lines at once, of any number of providers, and costs a fixed number of round trips whatever their number:
lock and read the vouchers in id order, read what their keys were answered before, decide each line with `rules.draw`,
write all rows in one statement. A refused line touches nothing and never fails its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.rules import plain
from registry.shared.actor import Actor, Sight
from registry.shared.database import Database, Direct, direct_of
from registry.shared.errors import Refusal
from registry.shared.idempotency import Replay, answers_of, same_request
from registry.vouchers.redemption.writing import Account, Batch, Redeemed, RedemptionLine

_LOCK: Final = """
SELECT p.id AS presentation_id, p.provider_id AS asked_by, v.id, v.organiser_id, v.client_id, v.state,
  v.own_share_allowed, v.unit_price_ceiling_cents, v.valid_from, v.valid_until, v.claim_until, v.reservation_days,
  v.available_cents, v.reserved_cents, v.captured_cents, v.units_available, v.units_reserved, v.units_captured,
  v.provider_id, v.first_used_at, v.by_results, v.next_topup_at IS NOT NULL AS more_to_come,
  v.assignment_id = p.assignment_id AS presented, a.state = 'confirmed' AS confirmed,
  a.agreed_unit_price_cents, a.vat_rate_bp, a.vat_category, a.vat_reason, a.chosen_at,
  CASE WHEN ad.vat_since IS NOT NULL THEN coalesce(
    (SELECT jsonb_agg(jsonb_build_array(ap.valid_from, ap.vat_rate_bp, ap.vat_category, ap.vat_reason))
       FROM admission_price ap WHERE ap.admission_id = ad.id AND ap.current_since IS NOT NULL),
    jsonb_build_array(jsonb_build_array(ad.vat_since, ad.vat_rate_bp, ad.vat_category, ad.vat_reason)))::text
  END AS vat_prices,
  (ad.state = 'active' AND (ad.valid_until IS NULL OR ad.valid_until > $3))
    OR (ad.state <> 'active' AND ad.clients_may = 'finish' AND v.state = 'in_use') AS admission_active
FROM presentation p
JOIN voucher v ON v.id = p.voucher_id
JOIN assignment a ON a.id = p.assignment_id
JOIN admission ad ON ad.id = a.admission_id
WHERE p.id = ANY ($1::uuid[]) AND p.provider_id = ANY ($2::uuid[])
ORDER BY v.id
FOR UPDATE OF v
"""
# What a wait for the lock made stale is not relied on: the voucher's own columns are read again after the wait, and
# a presentation of an older pick no longer equals the voucher's assignment.

_KNOWN: Final = """
SELECT id, provider_id FROM presentation WHERE id = ANY ($1::uuid[]) AND provider_id = ANY ($2::uuid[])
"""


async def redeem(
    session: AsyncSession | Direct, *, actor: Actor, now: datetime, lines: Sequence[RedemptionLine]
) -> list[Redeemed | Refusal]:
    """Redeem or reserve each line, answered in order. A presentation that this provider does not have answers
    `presentation.unknown`; one that died with its pick `presentation.ended`."""
    connection = await direct_of(session)
    batch = Batch(now)
    accounts = await _lock(connection, [(actor, line) for line in lines], batch)
    answers = [accounts.take(batch, actor, line) for line in lines]
    await batch.write(connection)
    return answers


class _Accounts:
    """The locked vouchers of a batch, by the presentation and the provider that it was made to."""

    def __init__(self, rows: Sequence[Any], known: Sequence[Any]) -> None:
        self._presented = {(row["presentation_id"], row["asked_by"]): Account(row) for row in rows}
        self._balances = {account.voucher["id"]: account for account in self._presented.values()}
        self._known = {(row["id"], row["provider_id"]) for row in known}

    def take(self, batch: Batch, actor: Actor, line: RedemptionLine) -> Redeemed | Refusal:
        """Only the provider that a voucher was shown to finds it here, whoever else shares the transaction."""
        asked = (line.presentation_id, actor.provider_id)
        presented = self._presented.get(asked)
        if presented is None:
            return Refusal("presentation.ended" if asked in self._known else "presentation.unknown")
        return batch.take(actor, line, presented, self._balances[presented.voucher["id"]])


async def _lock(connection: Direct, asked: Sequence[tuple[Actor, RedemptionLine]], batch: Batch) -> _Accounts:
    presentations = list({line.presentation_id for _, line in asked})
    providers = list({actor.provider_id for actor, _ in asked})
    rows = await connection.fetch(_LOCK, presentations, providers, batch.today)
    known: list[Any] = []
    if len(rows) < len(presentations):
        known = await connection.fetch(_KNOWN, presentations, providers)
    return _Accounts(rows, known)


# --- once for each key --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A line that is to be carried out once, however often it is sent."""

    actor: Actor
    key: str
    fields: Mapping[str, str]
    """Keyed digests of what was sent (`idempotency.field_digests`)."""
    line: RedemptionLine
    of_provider: bool = False
    """The key is the provider's: whichever of its people sends the line again, it is the same line."""
    keeps_refusal: bool = True
    """A refusal is the answer for ever. Of a line of a file it is not: the same file is sent again once what stood in
    its way is mended."""

    @property
    def name(self) -> tuple[UUID, str]:
        if self.of_provider:
            return self.actor.provider_id, self.key
        if self.actor.id is None:
            raise LookupError("only people and machines send requests")
        return self.actor.id, self.key


Outcome = Replay | Exception
"""What the call is answered, now and whenever it is sent again; or why it is not answered."""


async def redeem_once(database: Database, *, calls: Sequence[Call], now: datetime) -> list[Outcome]:
    """Carry out calls of any number of providers and organisers in one commit, and answer each in order.

    What becomes of one is no other's affair: a refusal is an answer and is kept with its key; when the database fails
    the commit, or anything in it is broken, each call is run again by itself. Where the database cannot be reached
    everyone is told so: whether the commit arrived, the same key asks again.
    """
    try:
        return await _commit(database, calls, now)
    except (OSError, asyncpg.InterfaceError, SQLAlchemyError) as error:
        return [error for _ in calls]
    except Exception as error:
        if len(calls) > 1:
            return [(await redeem_once(database, calls=[call], now=now))[0] for call in calls]
        if isinstance(
            error, asyncpg.UniqueViolationError
        ):  # the same key was in flight elsewhere: now it is known
            return await _again(database, calls, now)
        return [error]


async def _again(database: Database, calls: Sequence[Call], now: datetime) -> list[Outcome]:
    try:
        return await _commit(database, calls, now)
    except Exception as error:
        return [error for _ in calls]


async def _commit(database: Database, calls: Sequence[Call], now: datetime) -> list[Outcome]:
    batch = Batch(now)
    async with database.direct(_sight(calls)) as connection:
        accounts = await _lock(connection, [(call.actor, call.line) for call in calls], batch)
        # Read after the lock: whoever held the voucher for the same key has committed its answer.
        before = await answers_of(connection, names=[call.name for call in calls])
        outcomes = [_answer(call, batch, accounts, before) for call in calls]
        await batch.write(connection)
    return outcomes


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a call would be answered, and whether it was carried out before."""

    outcome: Outcome
    before: bool


async def rehearse(database: Database, *, calls: Sequence[Call], now: datetime) -> list[Rehearsed]:
    """Decide calls as `redeem_once` would, one after the other, and write nothing."""
    batch = Batch(now)
    async with database.direct(_sight(calls)) as connection:
        accounts = await _lock(connection, [(call.actor, call.line) for call in calls], batch)
        before = await answers_of(connection, names=[call.name for call in calls])
        known = set(before)
        return [Rehearsed(_answer(call, batch, accounts, before), call.name in known) for call in calls]


def _sight(calls: Sequence[Call]) -> Sight:
    """All organisers that any of them may see. Several providers' rows cannot be seen through the one narrowing that a
    transaction has, so there each line finds its own by its provider's id (`_Accounts.take`)."""
    sights = [call.actor.sight for call in calls]
    if len({sight.provider for sight in sights}) == 1:
        return replace(sights[0], organisers=_organisers(sights))
    return Sight(organisers=_organisers(sights))


def _organisers(sights: Sequence[Sight]) -> tuple[UUID, ...]:
    return tuple({organiser: None for sight in sights for organiser in sight.organisers})


def _answer(call: Call, batch: Batch, accounts: _Accounts, before: dict[tuple[UUID, str], Any]) -> Outcome:
    """The first call of a key is carried out; every later one, also of this commit, is answered as it was."""
    first = before.get(call.name)
    if first is not None:
        return same_request(first, call.fields)
    made = accounts.take(batch, call.actor, call.line)
    if isinstance(made, Refusal):
        facts = {name: plain(value) for name, value in made.facts.items()}
        replay = Replay(409, {"code": made.code, "facts": facts})
        if not call.keeps_refusal:
            return replay
    else:
        replay = Replay(200, made.document())
    actor_id, key = call.name
    batch.answer(actor_id, key, call.fields, replay.status, replay.response)
    before[call.name] = (call.fields, replay)
    return replay
