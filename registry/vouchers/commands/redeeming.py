"""Redemption: a provider draws on vouchers that it was shown.

Takes many lines at once and costs a fixed number of round trips whatever their number: lock and read the vouchers
in id order, decide each line with `rules.draw`, write vouchers, redemptions, transfers and events in one statement.
A refused line touches nothing and never fails its neighbours. No row that an organiser or a budget shares is
written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.ledger.commands import transfer_values
from registry.shared.actor import Actor
from registry.shared.database import Direct, direct_of
from registry.shared.errors import Refusal
from registry.shared.identifiers import uuid7
from registry.shared.outbox import outbox_values
from registry.shared.period import local_date
from registry.shared.rows import as_document
from registry.vouchers.redemption.rules import (
    Draw,
    Drawn,
    Holding,
    draw,
    state_after_draw,
)
from registry.vouchers.rules import (
    RedemptionState,
    VoucherState,
)


@dataclass(frozen=True, slots=True)
class RedemptionLine:
    """One service event, redeemed at once or reserved for later."""

    presentation_id: UUID
    units: int
    """Hundredths of a unit."""
    unit_price_cents: int
    service_date: date
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A line that was carried out."""

    id: UUID
    voucher_id: UUID
    state: RedemptionState
    price_cents: int
    value_cents: int
    own_share_cents: int
    available_cents: int
    """What the voucher has left."""


_LOCK: Final = """
SELECT p.id AS presentation_id, v.id, v.organiser_id, v.client_id, v.state, v.own_share_allowed,
  v.unit_price_ceiling_cents, v.valid_from, v.valid_until, v.claim_until, v.reservation_days,
  v.available_cents, v.reserved_cents, v.captured_cents, v.units_available, v.units_reserved, v.units_captured,
  v.provider_id, v.first_used_at,
  v.assignment_id = p.assignment_id AS presented, a.state = 'confirmed' AS confirmed,
  a.agreed_unit_price_cents, a.vat_rate_bp,
  ad.state = 'active' AND (ad.valid_until IS NULL OR ad.valid_until > $2) AS admission_active
FROM presentation p
JOIN voucher v ON v.id = p.voucher_id
JOIN assignment a ON a.id = p.assignment_id
JOIN admission ad ON ad.id = a.admission_id
WHERE p.id = ANY ($1::uuid[])
ORDER BY v.id
FOR UPDATE OF v
"""
# What a wait for the lock made stale is not relied on: the voucher's own columns are read again after the wait, and
# a presentation of an older pick no longer equals the voucher's assignment.

_KNOWN: Final = "SELECT id FROM presentation WHERE id = ANY ($1::uuid[])"

_WRITE: Final = """
WITH sent AS MATERIALIZED (SELECT $1::text::jsonb AS rows),
redeemed AS (
  INSERT INTO redemption SELECT made.* FROM sent, jsonb_populate_recordset(NULL::redemption, rows->'redemptions') made
), moved AS (
  INSERT INTO transfer SELECT made.* FROM sent, jsonb_populate_recordset(NULL::transfer, rows->'transfers') made
), happened AS (
  INSERT INTO audit_event SELECT made.* FROM sent, jsonb_populate_recordset(NULL::audit_event, rows->'events') made
), told AS (
  INSERT INTO outbox SELECT made.* FROM sent, jsonb_populate_recordset(NULL::outbox, rows->'messages') made
)
UPDATE voucher SET state = new.state, available_cents = new.available_cents, reserved_cents = new.reserved_cents,
  captured_cents = new.captured_cents, units_available = new.units_available, units_reserved = new.units_reserved,
  units_captured = new.units_captured, first_used_at = coalesce(voucher.first_used_at, new.first_used_at),
  last_used_at = coalesce(new.last_used_at, voucher.last_used_at)
FROM sent, jsonb_populate_recordset(NULL::voucher, rows->'vouchers') new
WHERE voucher.id = new.id AND voucher.id = ANY ($2::uuid[])
"""
# The second condition says again what the first does, so that the plan goes by the index however few the vouchers.


async def redeem(
    session: AsyncSession | Direct, *, actor: Actor, now: datetime, lines: Sequence[RedemptionLine]
) -> list[Redeemed | Refusal]:
    """Redeem or reserve each line, answered in order. A presentation that this provider does not have answers
    `presentation.unknown`; one that died with its pick `presentation.ended`."""
    connection = await direct_of(session)
    today = local_date(now)
    wanted = list({line.presentation_id for line in lines})
    found = {
        row["presentation_id"]: _Account(row, now) for row in await connection.fetch(_LOCK, wanted, today)
    }
    shared = {account.voucher["id"]: account for account in found.values()}
    known: set[UUID] = set()
    if len(found) < len(wanted):
        known = {row["id"] for row in await connection.fetch(_KNOWN, wanted)}
    batch = _Batch(actor, now)
    answers: list[Redeemed | Refusal] = []
    for line in lines:
        account = found.get(line.presentation_id)
        if account is None:
            ended = line.presentation_id in known
            answers.append(Refusal("presentation.ended" if ended else "presentation.unknown"))
            continue
        answers.append(batch.take(line, account, shared[account.voucher["id"]], today))
    if batch.redemptions:
        await connection.execute(_WRITE, batch.as_json(), list(batch.vouchers))
    return answers


class _Account:
    """A locked voucher while a batch is decided: its balances move with each accepted line."""

    def __init__(self, row: Any, now: datetime) -> None:
        self.voucher: dict[str, Any] = dict(row)
        self.changed = False

    def holding(self, presented: "_Account") -> Holding:
        v = self.voucher
        return Holding(
            id=v["id"],
            state=VoucherState(v["state"]),
            own_share_allowed=v["own_share_allowed"],
            unit_price_ceiling_cents=v["unit_price_ceiling_cents"],
            claim_until=v["claim_until"],
            first_day=local_date(v["valid_from"]),
            last_day=local_date(v["valid_until"] - timedelta(seconds=1)),
            available_cents=v["available_cents"],
            units_available=v["units_available"],
            provider_id=v["provider_id"],
            presented=presented.voucher["presented"],
            confirmed=presented.voucher["confirmed"],
            agreed_unit_price_cents=presented.voucher["agreed_unit_price_cents"],
            vat_rate_bp=presented.voucher["vat_rate_bp"],
            admission_active=presented.voucher["admission_active"],
        )

    def move(self, drawn: Drawn, *, reserve: bool) -> tuple[VoucherState, VoucherState]:
        """Take the draw from the balances; (state before, state after)."""
        v, to = self.voucher, "reserved" if reserve else "captured"
        before = VoucherState(v["state"])
        v["available_cents"] -= drawn.value_cents
        v[f"{to}_cents"] += drawn.value_cents
        if v["units_available"] is not None:
            v["units_available"] -= drawn.units
            v[f"units_{to}"] += drawn.units
        after = state_after_draw(v["available_cents"], v["reserved_cents"], v["units_available"])
        v["state"] = str(after)
        self.changed = True
        return before, after


class _Batch:
    """The rows that accepted lines make, written together."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now = actor, now
        self.redemptions: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.vouchers: dict[UUID, dict[str, Any]] = {}
        self.messages: dict[UUID, dict[str, Any]] = {}
        """One to each client, however many lines were theirs."""

    def take(
        self, line: RedemptionLine, presented: _Account, account: _Account, today: date
    ) -> Redeemed | Refusal:
        asked = Draw(line.units, line.unit_price_cents, line.service_date)
        holding = account.holding(presented)
        drawn = draw(holding, asked, provider_id=self.actor.provider_id, now=self.now, today=today)
        if isinstance(drawn, Refusal):
            return drawn
        state = RedemptionState.RESERVED if line.reserve else RedemptionState.CAPTURED
        before, after = account.move(drawn, reserve=line.reserve)
        redemption_id = self._redemption(line, account.voucher, holding, drawn, state)
        self._transfer(account.voucher, redemption_id, drawn, reserve=line.reserve)
        self._events(account.voucher, redemption_id, drawn, state, before, after)
        self._voucher(account.voucher)
        if not line.reserve:
            self._message(account.voucher)
        return Redeemed(
            redemption_id,
            holding.id,
            state,
            drawn.price_cents,
            drawn.value_cents,
            drawn.own_share_cents,
            account.voucher["available_cents"],
        )

    def _redemption(
        self,
        line: RedemptionLine,
        voucher: dict[str, Any],
        holding: Holding,
        drawn: Drawn,
        state: RedemptionState,
    ) -> UUID:
        redemption_id = uuid7()
        until = min(self.now + timedelta(days=voucher["reservation_days"]), holding.claim_until)
        self.redemptions.append(
            {
                "id": redemption_id, "organiser_id": voucher["organiser_id"], "voucher_id": holding.id,
                "presentation_id": line.presentation_id, "provider_id": self.actor.provider_id, "state": str(state),
                "service_date": line.service_date, "units": drawn.units, "unit_price_cents": line.unit_price_cents,
                "price_cents": drawn.price_cents, "value_cents": drawn.value_cents,
                "own_share_cents": drawn.own_share_cents, "own_share_allowed": holding.own_share_allowed,
                "net_cents": drawn.net_cents, "vat_rate_bp": holding.vat_rate_bp, "vat_cents": drawn.vat_cents,
                "created_at": self.now, "reserved_until": until if line.reserve else None,
                "captured_at": None if line.reserve else self.now,
            }
        )  # fmt: skip
        return redemption_id

    def _transfer(self, voucher: dict[str, Any], redemption_id: UUID, drawn: Drawn, *, reserve: bool) -> None:
        self.transfers.append(
            transfer_values(
                "reserve" if reserve else "redeem", organiser_id=voucher["organiser_id"], at=self.now,
                amount_cents=drawn.value_cents, from_id=voucher["id"], to_id=voucher["id"],
                voucher_id=voucher["id"], reference_id=redemption_id,
            )
        )  # fmt: skip

    def _events(
        self, voucher: dict[str, Any], redemption_id: UUID, drawn: Drawn, state: RedemptionState,
        before: VoucherState, after: VoucherState,
    ) -> None:  # fmt: skip
        common = {"actor": self.actor, "now": self.now, "organiser_id": voucher["organiser_id"],
                  "voucher_id": voucher["id"]}  # fmt: skip
        facts = {"provider": self.actor.provider_id, "value_cents": drawn.value_cents, "units": drawn.units,
                 "own_share_cents": drawn.own_share_cents}  # fmt: skip
        self.events.append(
            event_values(action=f"redemption.{state}", subject_kind="redemption", subject_id=redemption_id,
                         to_state=str(state), facts=facts, **common)
        )  # fmt: skip
        if after is not before:
            self.events.append(
                event_values(action=f"voucher.{after}", subject_kind="voucher", subject_id=voucher["id"],
                             from_state=str(before), to_state=str(after), **common)
            )  # fmt: skip

    def _voucher(self, voucher: dict[str, Any]) -> None:
        columns = ("id", "state", "available_cents", "reserved_cents", "captured_cents", "units_available",
                   "units_reserved", "units_captured")  # fmt: skip
        self.vouchers[voucher["id"]] = {
            **{name: voucher[name] for name in columns}, "first_used_at": self.now, "last_used_at": self.now,
        }  # fmt: skip

    def _message(self, voucher: dict[str, Any]) -> None:
        """The client learns of every visit that is recorded, and so of one that never was."""
        self.messages[voucher["id"]] = outbox_values(
            now=self.now, client_id=voucher["client_id"], organiser_id=voucher["organiser_id"],
            template="redemption.recorded", facts={"voucher": str(voucher["id"])},
        )  # fmt: skip

    def as_json(self) -> str:
        rows = {
            "redemptions": self.redemptions,
            "transfers": self.transfers,
            "events": self.events,
            "vouchers": list(self.vouchers.values()),
            "messages": list(self.messages.values()),
        }
        return as_document(rows)
