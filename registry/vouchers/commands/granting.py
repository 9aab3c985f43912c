"""Granting: money leaves a budget line and becomes a person's right to a service.

One command for one voucher and for ten thousand: a fixed number of statements, whatever the number, and one
line's refusal does not touch the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service, VoucherTerms
from registry.ledger.model import BudgetLine
from registry.ledger.rules import may_grant
from registry.people.model import Client
from registry.shared.actor import Actor
from registry.shared.errors import Refusal
from registry.shared.identifiers import driver_uuid7, new_voucher_number
from registry.shared.period import end_of_day, local_date, start_of_day, valid_until
from registry.vouchers.allowances.rules import next_topup, to_come
from registry.vouchers.commands.writing_grants import write_grants
from registry.vouchers.companies.aid import aid_of
from registry.vouchers.model import Voucher
from registry.vouchers.rules import OPEN_STATES, GrantedValue, VoucherState, grant_value


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """What a case worker asks for: by default what the service's terms say, at most that much."""

    client_id: UUID
    service_id: UUID
    budget_line_id: UUID
    value_cents: int | None = None
    """For a voucher in euros; less than or equal to the terms' value."""
    units: int | None = None
    """For a voucher in units, in hundredths; less than or equal to the terms' units."""
    validity_days: int | None = None
    in_plan: bool = False
    despite_like: bool = False
    """Grant although a like voucher is open: said knowingly, after the warning."""
    renews_id: UUID | None = None
    """The older voucher that this one goes on from (`renewing`)."""
    events_from: date | None = None
    """Events from this day on can be claimed: only of a proposal that a second person approved (`retroactive`)."""
    retroactive_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A voucher that was granted."""

    id: UUID
    number: str
    client_id: UUID
    value_cents: int


Decided = tuple[GrantedValue, VoucherTerms, int]
"""With what is set aside for the months to come."""


async def grant(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    orders: Sequence[GrantOrder],
    dry_run: bool = False,
) -> list[Granted | Refusal]:
    """Grant a voucher per order, answered in order. Locks the clients (so that two case workers cannot both miss
    the other's like voucher) and then the budget lines, each in id order; a line gives until it is short. A dry run
    decides the same and writes nothing."""
    clients = await _locked_clients(session, orders)
    terms = await _current_terms(session, orders)
    like = await _like_open(session, orders)
    lines = await _locked_lines(session, orders)
    aid = await aid_of(session, clients=_aided(orders, terms), on=local_date(now))
    vouchers: list[dict[str, Any]] = []
    answers: list[Granted | Refusal] = []
    for order in orders:
        decided = _decide(order, clients, terms, like, lines, now=now)
        if not isinstance(decided, Refusal) and decided[1].de_minimis:
            within = aid.take(order.client_id, decided[0].value_cents)
            decided = within if isinstance(within, Refusal) else decided
        if isinstance(decided, Refusal):
            answers.append(decided)
            continue
        line = lines[order.budget_line_id]
        voucher = _voucher(order, *decided, actor=actor, now=now, organiser_id=line.organiser_id)
        line.granted_cents += voucher["granted_cents"] + voucher["committed_cents"]
        like.add((order.client_id, order.service_id))
        vouchers.append(voucher)
        if decided[1].de_minimis:
            aid.belongs_to(voucher["id"], voucher["organiser_id"])
        answers.append(Granted(voucher["id"], voucher["number"], order.client_id, voucher["granted_cents"]))
    if dry_run:
        session.expire_all()  # what was counted on the lines is forgotten, not written
    elif vouchers:
        await write_grants(session, vouchers, actor=actor, now=now)
        session.add_all(aid.rows)
    return answers


def _aided(orders: Sequence[GrantOrder], terms: dict[UUID, tuple[Service, VoucherTerms]]) -> set[UUID]:
    """The clients whose voucher would be de minimis aid."""
    return {
        order.client_id
        for order in orders
        if order.service_id in terms and terms[order.service_id][1].de_minimis
    }


def _any_of(ids: Iterable[UUID]) -> Any:
    """One parameter, however many ids: a batch may hold more than a statement may have parameters."""
    return any_(literal(list(ids), ARRAY(Uuid())))


async def _locked_clients(session: AsyncSession, orders: Sequence[GrantOrder]) -> dict[UUID, Any]:
    """Organiser and kind of each."""
    rows = await session.execute(
        select(Client.id, Client.organiser_id, Client.kind)
        .where(Client.id == _any_of({order.client_id for order in orders}))
        .order_by(Client.id)
        .with_for_update(key_share=True)
    )
    return {client.id: client for client in rows}


async def _current_terms(
    session: AsyncSession, orders: Sequence[GrantOrder]
) -> dict[UUID, tuple[Service, VoucherTerms]]:
    rows = await session.execute(
        select(Service, VoucherTerms)
        .join(VoucherTerms, VoucherTerms.service_id == Service.id)
        .where(Service.id.in_({order.service_id for order in orders}))
        .order_by(VoucherTerms.version)
    )
    return {service.id: (service, terms) for service, terms in rows}


async def _like_open(session: AsyncSession, orders: Sequence[GrantOrder]) -> set[tuple[UUID, UUID]]:
    rows = await session.execute(
        select(Voucher.client_id, Voucher.service_id).where(
            Voucher.client_id == _any_of({order.client_id for order in orders}),
            Voucher.state.in_(OPEN_STATES),
        )
    )
    return {(client_id, service_id) for client_id, service_id in rows}


async def _locked_lines(session: AsyncSession, orders: Sequence[GrantOrder]) -> dict[UUID, BudgetLine]:
    rows = await session.scalars(
        select(BudgetLine)
        .where(BudgetLine.id.in_({order.budget_line_id for order in orders}))
        .order_by(BudgetLine.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {line.id: line for line in rows}


def _decide(
    order: GrantOrder,
    clients: dict[UUID, Any],
    terms: dict[UUID, tuple[Service, VoucherTerms]],
    like: set[tuple[UUID, UUID]],
    lines: dict[UUID, BudgetLine],
    *,
    now: datetime,
) -> Decided | Refusal:
    client, found, line = (
        clients.get(order.client_id),
        terms.get(order.service_id),
        lines.get(order.budget_line_id),
    )
    if client is None:
        return Refusal("client.unknown")
    if found is None or not found[0].active:
        return Refusal("service.unknown")
    if line is None or not line.active:
        return Refusal("budget_line.unknown")
    service, current = found
    if len({client.organiser_id, service.organiser_id, line.organiser_id}) != 1:
        return Refusal("grant.other_organiser")
    if service.audience != client.kind:
        return Refusal("grant.other_audience", {"audience": service.audience})
    if (order.client_id, order.service_id) in like and not order.despite_like:
        return Refusal("grant.like_open")
    value = grant_value(
        terms_value_cents=current.value_cents,
        terms_units=current.units,
        ceiling_cents=current.unit_price_ceiling_cents,
        terms_validity_days=current.validity_days,
        value_cents=order.value_cents,
        units=order.units,
        validity_days=order.validity_days,
        by_results=current.kind == "results",
    )
    if isinstance(value, Refusal):
        return value
    aside = _months_to_come(order, value, current, now)
    enough = may_grant(
        allocated_cents=line.allocated_cents,
        granted_cents=line.granted_cents,
        wanted_cents=value.value_cents + aside,
    )
    return enough if isinstance(enough, Refusal) else (value, current, aside)


def _months_to_come(order: GrantOrder, value: GrantedValue, terms: VoucherTerms, now: datetime) -> int:
    """What an allowance brings after its first month; nothing of another kind."""
    if terms.kind != "allowance" or terms.months is None:
        return 0
    return to_come(
        order.events_from or local_date(now),
        cents=value.value_cents,
        had=1,
        months=terms.months,
        valid_until=valid_until(now, value.validity_days),
    )


def _voucher(
    order: GrantOrder,
    value: GrantedValue,
    terms: VoucherTerms,
    committed_cents: int,
    *,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
) -> dict[str, Any]:
    """The row, with a copy of the terms: nothing is ever recomputed from today's settings."""
    until = valid_until(now, value.validity_days)
    first_day = order.events_from or local_date(now)
    months = terms.months if terms.kind == "allowance" else None
    return {
        "id": driver_uuid7(),
        "number": new_voucher_number(),
        "organiser_id": organiser_id,
        "client_id": order.client_id,
        "service_id": order.service_id,
        "budget_line_id": order.budget_line_id,
        "terms_id": terms.id,
        "granted_by": actor.id,
        "granted_at": now,
        "state": str(VoucherState.GRANTED),
        "secret_generation": 1,
        "in_plan": order.in_plan,
        "own_share_allowed": terms.own_share_allowed,
        "unit_price_ceiling_cents": terms.unit_price_ceiling_cents,
        "rule_book_version": terms.rule_book_version,
        "valid_from": start_of_day(first_day) if order.events_from else now,
        "valid_until": until,
        "claim_until": end_of_day(
            local_date(until - timedelta(seconds=1)) + timedelta(days=terms.claim_window_days)
        ),
        "confirm_within_days": terms.confirm_within_days,
        "reservation_days": terms.reservation_days,
        "granted_cents": value.value_cents,
        "available_cents": value.value_cents,
        "reserved_cents": 0,
        "captured_cents": 0,
        "returned_cents": 0,
        "unit_name": terms.unit_name,
        "units_granted": value.units,
        "units_available": value.units,
        "units_reserved": 0 if value.units is not None else None,
        "units_captured": 0 if value.units is not None else None,
        "units_returned": 0 if value.units is not None else None,
        "by_results": terms.kind == "results",
        "allowance_cents": value.value_cents if months else None,
        "allowance_months": months,
        "carry_over": terms.carry_over if months else None,
        "months_had": 1 if months else None,
        "next_topup_at": next_topup(first_day, had=1, months=months, valid_until=until) if months else None,
        "committed_cents": committed_cents,
        "renews_id": order.renews_id,
        "retroactive_id": order.retroactive_id,
    }
