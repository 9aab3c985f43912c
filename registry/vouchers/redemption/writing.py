"""What a batch of accepted redemptions does to the vouchers, and the rows that it leaves: all of them are written in one
statement, whatever their number. No row that an organiser or a budget shares is among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate, chain
from typing import Any, Final
from uuid import UUID

import orjson

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.ledger.commands import transfer_values
from registry.ledger.model import Transfer
from registry.shared.actor import Actor
from registry.shared.database import Direct
from registry.shared.errors import Refusal
from registry.shared.idempotency import IdempotencyRecord
from registry.shared.identifiers import driver_uuid7
from registry.shared.outbox import OutboxMessage, outbox_values
from registry.shared.period import local_date
from registry.shared.rows import Columns, Row
from registry.shared.vat import Vat, vat_on
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.redemption.rules import UNTOLD, Draw, Drawn, Event, Holding, draw, state_after_draw
from registry.vouchers.rules import RedemptionState, VoucherState


@dataclass(frozen=True, slots=True)
class RedemptionLine:
    """One service event, redeemed at once or reserved for later."""

    presentation_id: UUID
    units: int
    """Hundredths of a unit."""
    unit_price_cents: int
    service_date: date
    reserve: bool = False
    event: Event = UNTOLD


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

    def document(self) -> dict[str, Any]:
        """As the API answers, and as it is kept with the key."""
        return {
            "id": str(self.id),
            "voucher": str(self.voucher_id),
            "state": str(self.state),
            "price_cents": self.price_cents,
            "value_cents": self.value_cents,
            "own_share_cents": self.own_share_cents,
            "available_cents": self.available_cents,
        }


_BALANCES: Final = (
    "id", "state", "available_cents", "reserved_cents", "captured_cents", "units_available", "units_reserved",
    "units_captured",
)  # fmt: skip


@cache
def _write() -> tuple[str, list[Columns]]:
    """The statement, and the columns of each table in the order of its parameters."""
    tables = [
        Columns(Redemption, same=("created_at",), without=("ended_at", "end_reason")),
        Columns(Transfer, same=("at",)),
        Columns(AuditEvent, same=("at",)),
        Columns(
            OutboxMessage, ("id", "client_id", "organiser_id", "facts"),
            same=("template", "created_at", "due_at", "attempts"),
        ),
        Columns(IdempotencyRecord, same=("created_at",)),
        Columns(Voucher, _BALANCES),
    ]  # fmt: skip
    firsts = list(accumulate(map(len, tables), initial=1))
    inserts = (f"{c.table.name}_rows AS ({c.insert(first)})" for c, first in zip(tables[:-1], firsts))  # noqa: B905
    ids, now = f"${firsts[-2]}::text::uuid[]", f"${firsts[-1]}::timestamptz"
    statement = f"""
    WITH {", ".join(inserts)}
    UPDATE voucher SET state = given.state, available_cents = given.available_cents,
      reserved_cents = given.reserved_cents, captured_cents = given.captured_cents,
      units_available = given.units_available, units_reserved = given.units_reserved,
      units_captured = given.units_captured, first_used_at = coalesce(voucher.first_used_at, {now}),
      last_used_at = {now}
    FROM {tables[-1].given(firsts[-2])}
    WHERE voucher.id = given.id AND voucher.id = ANY ({ids})
    """  # noqa: S608 - names of the models' own columns
    # The second condition says again what the first does, so that the plan goes by the index however few the vouchers.
    return statement, tables


class Account:
    """A locked voucher while a batch is decided: its balances move with each accepted line."""

    def __init__(self, row: Any) -> None:
        self.voucher: dict[str, Any] = dict(row)

    def vat_on(self, day: date) -> Vat:
        """The VAT in the price that was agreed, on the day of a service."""
        v = self.voucher
        kept = v["vat_prices"]
        return vat_on(
            day,
            agreed=Vat(v["vat_rate_bp"], v["vat_category"], v["vat_reason"]),
            agreed_on=local_date(v["chosen_at"]),
            prices=[(date.fromisoformat(first), Vat(*vat)) for first, *vat in orjson.loads(kept)]
            if kept
            else (),
        )

    def holding(self, presented: "Account", vat: Vat) -> Holding:
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
            vat_rate_bp=vat.rate_bp,
            admission_active=presented.voucher["admission_active"],
            by_results=v["by_results"],
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
        after = state_after_draw(
            v["available_cents"], v["reserved_cents"], v["units_available"], more_to_come=v["more_to_come"]
        )
        v["state"] = str(after)
        return before, after


class Batch:
    """The rows that accepted lines make, written together."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, local_date(now)
        self.redemptions: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.vouchers: dict[UUID, dict[str, Any]] = {}
        self.messages: dict[UUID, dict[str, Any]] = {}
        """One to each client, however many lines were theirs."""
        self.answers: list[dict[str, Any]] = []

    def take(
        self, actor: Actor, line: RedemptionLine, presented: Account, account: Account
    ) -> Redeemed | Refusal:
        """Decide one line, and note the rows of one that is accepted. `presented` holds what belongs to the line's
        presentation, `account` the balances that all lines of its voucher share."""
        asked = Draw(line.units, line.unit_price_cents, line.service_date)
        vat = presented.vat_on(line.service_date)
        holding = account.holding(presented, vat)
        drawn = draw(holding, asked, provider_id=actor.provider_id, now=self.now, today=self.today)
        if isinstance(drawn, Refusal):
            return drawn
        state = RedemptionState.RESERVED if line.reserve else RedemptionState.CAPTURED
        before, after = account.move(drawn, reserve=line.reserve)
        redemption_id = self._redemption(actor, line, account.voucher, holding, drawn, vat, state)
        self._transfer(account.voucher, redemption_id, drawn, reserve=line.reserve)
        self._events(actor, account.voucher, redemption_id, drawn, state, before, after)
        self.vouchers[account.voucher["id"]] = account.voucher
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
        actor: Actor,
        line: RedemptionLine,
        voucher: dict[str, Any],
        holding: Holding,
        drawn: Drawn,
        vat: Vat,
        state: RedemptionState,
    ) -> UUID:
        redemption_id = driver_uuid7()
        until = min(self.now + timedelta(days=voucher["reservation_days"]), holding.claim_until)
        self.redemptions.append(
            {
                "id": redemption_id, "organiser_id": voucher["organiser_id"], "voucher_id": holding.id,
                "presentation_id": line.presentation_id, "provider_id": actor.provider_id, "state": str(state),
                "service_date": line.service_date, "units": drawn.units, "unit_price_cents": line.unit_price_cents,
                "price_cents": drawn.price_cents, "value_cents": drawn.value_cents,
                "own_share_cents": drawn.own_share_cents, "own_share_allowed": holding.own_share_allowed,
                "net_cents": drawn.net_cents, "vat_rate_bp": vat.rate_bp, "vat_category": vat.category,
                "vat_reason": vat.reason, "vat_cents": drawn.vat_cents,
                "created_at": self.now, "reserved_until": until if line.reserve else None,
                "captured_at": None if line.reserve else self.now, **line.event.told(),
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
        self, actor: Actor, voucher: dict[str, Any], redemption_id: UUID, drawn: Drawn, state: RedemptionState,
        before: VoucherState, after: VoucherState,
    ) -> None:  # fmt: skip
        common = {"actor": actor, "now": self.now, "organiser_id": voucher["organiser_id"],
                  "voucher_id": voucher["id"]}  # fmt: skip
        facts = {"provider": actor.provider_id, "value_cents": drawn.value_cents, "units": drawn.units,
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

    def _message(self, voucher: dict[str, Any]) -> None:
        """The client learns of every visit that is recorded, and so of one that never was."""
        self.messages[voucher["id"]] = outbox_values(
            now=self.now, client_id=voucher["client_id"], organiser_id=voucher["organiser_id"],
            template="redemption.recorded", facts={"voucher": str(voucher["id"])},
        )  # fmt: skip

    def answer(self, actor_id: UUID, key: str, fields: Mapping[str, str], status: int, response: Any) -> None:
        """Note what a key was answered, to be kept with what it did."""
        self.answers.append(
            {"actor_id": actor_id, "key": key, "fields": fields, "status": status, "response": response,
             "created_at": self.now}
        )  # fmt: skip

    async def write(self, connection: Direct) -> None:
        """Everything at once. Keys go in sorted order: two batches that hold the same ones would else wait for each
        other for ever."""
        if not (self.redemptions or self.answers):
            return
        statement, tables = _write()
        answers = sorted(self.answers, key=lambda row: (row["actor_id"], row["key"]))
        rows: list[Sequence[Row]] = [
            self.redemptions, self.transfers, self.events, list(self.messages.values()), answers,
            list(self.vouchers.values()),
        ]  # fmt: skip
        values = [columns.values(each) for columns, each in zip(tables, rows, strict=True)]
        await connection.execute(statement, *chain.from_iterable(values), self.now)
