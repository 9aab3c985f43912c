"""An account number is asked for by one person and put in force by another: someone else of the provider's office, or a
register officer of an organiser that the provider applies to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.audit.model import AuditEvent
from registry.people.duties import require_office
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.bank_accounts.rules import BankAccountState, may_decide_account, read_iban
from registry.shared.actor import Actor, Role
from registry.shared.database import as_organiser
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.outbox import enqueue


async def request_account(session: AsyncSession, *, actor: Actor, now: datetime, iban: str) -> UUID:
    """Ask that the provider be paid to this account. The one in force stays so until another person has confirmed the
    new one. Only a person may ask: a token has no second pair of eyes."""
    if actor.role != Role.PROVIDER_USER or actor.kind != "account":
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    number = read_iban(iban)
    if number is None:
        raise Invalid("bank_account.invalid", errors={"iban": "bank_account.iban_wrong"})
    same = await session.scalar(
        select(BankAccount.id).where(
            BankAccount.provider_id == actor.provider_id,
            BankAccount.state == str(BankAccountState.IN_FORCE),
            BankAccount.iban == number,
        )
    )
    if same is not None:
        raise Refused("bank_account.in_force_already")
    made: UUID | None = await session.scalar(
        insert(BankAccount)
        .values(
            id=uuid7(),
            provider_id=actor.provider_id,
            iban=number,
            state=str(BankAccountState.REQUESTED),
            requested_by=actor.id,
            requested_at=now,
        )
        .on_conflict_do_nothing()
        .returning(BankAccount.id)
    )
    if made is None:
        raise Refused("bank_account.waiting_already")
    _record(session, actor, now, made, actor.provider_id, None, BankAccountState.REQUESTED, number)
    return made


async def decide_account(
    session: AsyncSession, *, actor: Actor, now: datetime, account_id: UUID, to: BankAccountState
) -> None:
    """Put the account in force, refuse it, or take one's own request back. What was in force before ends."""
    if actor.kind != "account" or actor.role not in (Role.PROVIDER_USER, Role.REGISTER_OFFICER):
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)
    asked = await session.get(BankAccount, account_id)
    if asked is None:
        raise NotFound("bank_account.unknown")
    rows = {
        row.id: row
        for row in await session.scalars(
            select(BankAccount)
            .where(
                BankAccount.provider_id == asked.provider_id,
                BankAccount.state.in_(("requested", "in_force")) | (BankAccount.id == account_id),
            )
            .order_by(BankAccount.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    row = rows[account_id]
    before = BankAccountState(row.state)
    require(may_decide_account(state=before, to=to, requested_by=row.requested_by, decider=actor.id))
    if to is BankAccountState.IN_FORCE and actor.role is Role.PROVIDER_USER:
        await _require_own_person(session, actor, row)
    for old in rows.values():
        if to is BankAccountState.IN_FORCE and old.state == BankAccountState.IN_FORCE:
            old.state, old.ended_at = str(BankAccountState.REPLACED), now
            _record(
                session, actor, now, old.id, old.provider_id, BankAccountState.IN_FORCE,
                BankAccountState.REPLACED, old.iban,
            )  # fmt: skip
    await session.flush()  # the old one makes room before the new one takes its place
    row.state, row.decided_by, row.decided_at = str(to), actor.id, now
    _record(session, actor, now, row.id, row.provider_id, before, to, row.iban)
    if to is not BankAccountState.WITHDRAWN:
        # whoever acts for the provider learns of it, for the one who asked may not have been who they said
        enqueue(session, now=now, template=f"bank_account.{to}", provider_id=row.provider_id, facts={})


async def _require_own_person(session: AsyncSession, actor: Actor, account: BankAccount) -> None:
    """The second pair of eyes is not one that the first has made, nor made the first: whoever adds a colleague, or makes
    a link that signs one in, can be that colleague, and would say alone what two have to say."""
    pair = (actor.id, account.requested_by)
    async with as_organiser(session, actor.sight):
        made = await session.scalar(
            select(AuditEvent.id)
            .where(
                AuditEvent.action.in_(("role.granted", "sign_in_link.created")),
                AuditEvent.subject_id.in_(pair),
                AuditEvent.actor_id.in_(pair),
                AuditEvent.actor_id != AuditEvent.subject_id,
            )
            .limit(1)
        )
    if made is not None:
        raise Refused("bank_account.colleague_of_asker")


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    account_id: UUID,
    provider_id: UUID,
    before: BankAccountState | None,
    after: BankAccountState,
    iban: str,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=f"bank_account.{after}",
        subject_kind="bank_account",
        subject_id=account_id,
        organiser_id=None,
        from_state=str(before) if before else None,
        to_state=str(after),
        facts={"provider": provider_id, "country": iban[:2], "ends": iban[-4:]},
    )
