"""Redemptions to settle: a voucher with plenty of value that was shown to its provider, drawn on at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from registry.ledger.commands import lock_budget_line, post, take
from registry.settlement.commands import (
    approve_statement,
    close_month,
    pay_statement,
    receive_invoice,
)
from registry.settlement.queries import StatementView, statement_view, statements
from registry.settlement.rules import line_reference
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.identifiers import new_voucher_number, uuid7
from registry.shared.money import Money
from registry.shared.period import local_date
from registry.vouchers.commands import RedemptionLine, redeem, reverse
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.redemption.writing import Redeemed
from tests.builders import World, add_account

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
IN_SEPTEMBER = datetime(2026, 9, 10, 9, tzinfo=UTC)
IN_OCTOBER = datetime(2026, 10, 10, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 9, tzinfo=UTC)
EARLY = datetime(2026, 1, 2, 9, tzinfo=UTC)
LATER = datetime(2027, 6, 1, 9, tzinfo=UTC)


async def show_voucher(
    database: Database,
    world: World,
    *,
    provider: int = 0,
    value_cents: int = 20_000_00,
    early: datetime = EARLY,
    **columns: Any,
) -> UUID:
    """A voucher granted, chosen, confirmed and presented early in the year; the id to redeem with."""
    provider_id = world.providers[provider]
    voucher_id, assignment_id, presentation_id = uuid7(), uuid7(), uuid7()
    async with database.transaction(world.sight) as session:
        line_id = columns.pop("budget_line_id", world.budget_line_id)
        client_id = columns.pop("client_id", world.client_id)
        take(await lock_budget_line(session, budget_line_id=line_id), value_cents)
        values: dict[str, Any] = {
            "own_share_allowed": False,
            "unit_price_ceiling_cents": 1_000_00,
        } | columns
        session.add(
            Voucher(
                id=voucher_id,
                number=new_voucher_number(),
                organiser_id=world.organiser_id,
                client_id=client_id,
                service_id=world.service_id,
                budget_line_id=line_id,
                terms_id=world.terms_id,
                granted_at=early,
                state="chosen",
                rule_book_version="2026-1",
                valid_from=early,
                valid_until=LATER,
                claim_until=LATER,
                confirm_within_days=5,
                reservation_days=400,
                granted_cents=value_cents,
                available_cents=value_cents,
                provider_id=provider_id,
                assignment_id=assignment_id,
                chosen_at=early,
                **values,
            )
        )
        await session.flush()
        session.add(
            Assignment(
                id=assignment_id,
                organiser_id=world.organiser_id,
                voucher_id=voucher_id,
                client_id=client_id,
                provider_id=provider_id,
                admission_id=world.admissions[provider],
                state="confirmed",
                agreed_unit_price_cents=2_000_00,
                vat_rate_bp=2550,
                chosen_at=early,
                channel="self",
                answer_due_at=LATER,
                answered_at=early,
            )
        )
        await session.flush()
        session.add(
            Presentation(
                id=presentation_id,
                organiser_id=world.organiser_id,
                voucher_id=voucher_id,
                provider_id=provider_id,
                assignment_id=assignment_id,
                presented_at=early,
            )
        )
        post(
            session,
            "grant",
            organiser_id=world.organiser_id,
            at=early,
            amount_cents=value_cents,
            from_id=line_id,
            to_id=voucher_id,
            voucher_id=voucher_id,
        )
    return presentation_id


async def redeem_at(
    database: Database, world: World, shown: UUID, cents: int, at: datetime, *, provider: int = 0
) -> UUID:
    """One redemption of `cents`, captured at `at`."""
    actor = world.provider_actor(provider)
    async with database.transaction(actor.sight) as session:
        line = RedemptionLine(shown, units=100, unit_price_cents=cents, service_date=local_date(at))
        (answer,) = await redeem(session, actor=actor, now=at, lines=[line])
        assert isinstance(answer, Redeemed), answer
        return answer.id


async def reverse_at(
    database: Database, world: World, redemption_id: UUID, at: datetime, *, provider: int = 0
) -> UUID:
    actor = world.provider_actor(provider)
    async with database.transaction(actor.sight) as session:
        reversal = await reverse(
            session, actor=actor, now=at, redemption_id=redemption_id, reason="väärä päivä"
        )
        return reversal.id


async def close(database: Database, world: World, month: date, *, now: datetime = LATER) -> Any:
    officer = world[Role.FINANCE_OFFICER]
    async with database.transaction(officer.sight) as session:
        return await close_month(session, actor=officer, now=now, month=month)


async def view(
    database: Database, world: World, statement_id: UUID, *, by: Actor | None = None
) -> StatementView:
    async with database.transaction((by or world[Role.FINANCE_OFFICER]).sight) as session:
        found = await statement_view(session, statement_id=statement_id)
    assert found is not None
    return found


async def only_statement(database: Database, world: World, month: date, *, provider: int = 0) -> UUID:
    actor = world.provider_actor(provider)
    async with database.transaction(actor.sight) as session:
        rows, _ = await statements(session, organisers=actor.sight.organisers, month=month)
    (row,) = rows
    return row.id


def invoice_csv(
    lines: Sequence[tuple[UUID | str, int]], *, number: str = "1001", day: str = "2026-11-02"
) -> bytes:
    """An invoice file: (redemption, cents) per line."""
    rows = ["invoice_number;invoice_date;reference;amount;text"]
    for redemption, cents in lines:
        reference = line_reference(redemption) if isinstance(redemption, UUID) else redemption
        rows.append(f"{number};{day};{reference};{str(Money(cents)).replace('.', ',')};")
    return "\n".join(rows).encode()


async def send_invoice(
    database: Database, world: World, statement_id: UUID, content: bytes, *, by: Actor | None = None
) -> Any:
    actor = by or world.provider_actor()
    async with database.transaction(actor.sight) as session:
        return await receive_invoice(
            session, actor=actor, now=LATER, statement_id=statement_id, file_name="lasku.csv", content=content
        )


async def approve(database: Database, world: World, statement_id: UUID, *, by: Actor | None = None) -> Any:
    actor = by or world[Role.FINANCE_OFFICER]
    async with database.transaction(actor.sight) as session:
        return await approve_statement(session, actor=actor, now=LATER, statement_id=statement_id)


async def second_officer(database: Database, world: World) -> Actor:
    """The second pair of eyes."""
    async with database.transaction(world.sight) as session:
        actor, world.grants["second_officer"] = await add_account(
            session, "Toinen", Role.FINANCE_OFFICER, organiser_id=world.organiser_id, sight=world.sight
        )
    world.actors["second_officer"] = actor
    return actor


async def pay(database: Database, world: World, statement_id: UUID, *, by: Actor) -> Any:
    async with database.transaction(by.sight) as session:
        return await pay_statement(session, actor=by, now=LATER, statement_id=statement_id)


@dataclass
class Settled:
    """A closed October of one provider with two redemptions."""

    world: World
    shown: UUID
    redemptions: list[UUID]
    statement_id: UUID


async def closed_october(database: Database, world: World) -> Settled:
    shown = await show_voucher(database, world)
    made = [await redeem_at(database, world, shown, cents, IN_OCTOBER) for cents in (60_00, 45_50)]
    await close(database, world, OCTOBER)
    return Settled(world, shown, made, await only_statement(database, world, OCTOBER))
