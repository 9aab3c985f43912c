"""Reading a provider's accounts, masked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import Account
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.bank_accounts.rules import masked


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as pages show it."""

    id: UUID
    provider_id: UUID
    masked: str
    state: str
    requested_by: UUID | None
    requested_by_name: str
    requested_at: datetime
    decided_at: datetime | None


async def accounts_of(session: AsyncSession, *, provider_id: UUID) -> list[AccountRow]:
    """The account in force and the one that waits, newest first."""
    rows = await session.execute(
        select(BankAccount, Account.display_name)
        .outerjoin(Account, Account.id == BankAccount.requested_by)
        .where(BankAccount.provider_id == provider_id, BankAccount.state.in_(("requested", "in_force")))
        .order_by(BankAccount.requested_at.desc())
    )
    return [
        AccountRow(
            id=row.id,
            provider_id=row.provider_id,
            masked=masked(row.iban),
            state=row.state,
            requested_by=row.requested_by,
            requested_by_name=name or "",
            requested_at=row.requested_at,
            decided_at=row.decided_at,
        )
        for row, name in rows
    ]
