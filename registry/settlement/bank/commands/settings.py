"""How an organiser pays: proposed by one finance officer, put in force by another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import bic

from registry.audit.commands import record
from registry.providers.bank_accounts.rules import read_iban
from registry.settlement.bank.model import PaymentSetting
from registry.settlement.bank.rules import MOST_TOLERANCE_CENTS, Route, may_second
from registry.settlement.claims.rules import CLAIM_DAYS, FEWEST_DAYS, MOST_DAYS
from registry.settlement.commands.paying import person_behind
from registry.settlement.commands.statements import finance_only
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7

LONGEST_NAME = 70


async def propose_setting(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    route: Route,
    debtor_name: str = "",
    debtor_iban: str = "",
    debtor_bic: str = "",
    tolerance_cents: int = 0,
    claim_days: int = CLAIM_DAYS,
) -> UUID:
    """Propose how to pay; what waited before is taken back. It changes nothing until another officer confirms it.

    Raises Invalid with a code for each field.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    name, code = " ".join(debtor_name.split()), "".join(debtor_bic.split()).upper()
    number = read_iban(debtor_iban) if debtor_iban.strip() else ""
    errors = {}
    if (route is Route.BANK_FILE and not number) or number is None:
        errors["debtor_iban"] = "bank_account.iban_wrong"
    if route is Route.BANK_FILE and not 0 < len(name) <= LONGEST_NAME:
        errors["debtor_name"] = "payment_setting.name"
    if code and not bic.is_valid(code):
        errors["debtor_bic"] = "payment_setting.bic"
    if not 0 <= tolerance_cents <= MOST_TOLERANCE_CENTS:
        errors["tolerance_cents"] = "payment_setting.tolerance"
    if not FEWEST_DAYS <= claim_days <= MOST_DAYS:
        errors["claim_days"] = "payment_setting.claim_days"
    if errors:
        raise Invalid("payment_setting.invalid", errors=errors)
    for waiting in await _open(session, actor.organiser_id):
        if waiting.confirmed_at is None:
            waiting.ended_at = now
    await session.flush()
    setting = PaymentSetting(
        id=uuid7(),
        organiser_id=actor.organiser_id,
        route=str(route),
        debtor_name=name,
        debtor_iban=number or "",
        debtor_bic=code,
        tolerance_cents=tolerance_cents,
        claim_days=claim_days,
        proposed_by=person_id,
        proposed_at=now,
    )
    session.add(setting)
    _record(session, actor, now, setting, "payment_setting.proposed", "proposed")
    await session.flush()
    return setting.id


async def confirm_setting(session: AsyncSession, *, actor: Actor, now: datetime, setting_id: UUID) -> None:
    """Put a proposed setting in force; the one before it ends.

    Raises Refused: payment_setting.not_waiting, payment_batch.same_person.
    """
    finance_only(actor)
    person_id = await person_behind(session, actor)
    rows = {row.id: row for row in await _open(session, actor.organiser_id)}
    setting = rows.get(setting_id)
    if setting is None:
        known = await session.scalar(select(PaymentSetting.id).where(PaymentSetting.id == setting_id))
        if known is None:
            raise NotFound("payment_setting.unknown")
        raise Refused("payment_setting.not_waiting")
    if setting.confirmed_at is not None:
        raise Refused("payment_setting.not_waiting")
    require(may_second(first=setting.proposed_by, second=person_id))
    for row in rows.values():
        if row.confirmed_at is not None:
            row.ended_at = now
    await session.flush()  # the old one makes room before the new one takes its place
    setting.confirmed_by, setting.confirmed_at = person_id, now
    _record(session, actor, now, setting, "payment_setting.confirmed", "in_force")
    await session.flush()


async def setting_in_force(session: AsyncSession, organiser_id: UUID) -> PaymentSetting | None:
    """None where nothing was ever set: then the accounting system pays."""
    found: PaymentSetting | None = await session.scalar(
        select(PaymentSetting).where(
            PaymentSetting.organiser_id == organiser_id,
            PaymentSetting.confirmed_at.is_not(None),
            PaymentSetting.ended_at.is_(None),
        )
    )
    return found


async def _open(session: AsyncSession, organiser_id: UUID) -> list[PaymentSetting]:
    rows = await session.scalars(
        select(PaymentSetting)
        .where(PaymentSetting.organiser_id == organiser_id, PaymentSetting.ended_at.is_(None))
        .order_by(PaymentSetting.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _record(
    session: AsyncSession, actor: Actor, now: datetime, setting: PaymentSetting, action: str, to_state: str
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="payment_setting",
        subject_id=setting.id,
        organiser_id=setting.organiser_id,
        to_state=to_state,
        facts={
            "route": setting.route,
            "account_ends": setting.debtor_iban[-4:],
            "tolerance_cents": setting.tolerance_cents,
            "claim_days": setting.claim_days,
        },
    )
