"""A case worker's caseload: who has not chosen, not started, stalled, or is about to lose a voucher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.cases.queries import CaseView, cases_due
from registry.people.model import Account, Client, ClientPerson, RoleGrant
from registry.shared.actor import Role
from registry.vouchers.queries.lines import VoucherLine, open_vouchers_of
from registry.vouchers.rules import VoucherState

STALLED_AFTER: Final = timedelta(days=30)
EXPIRING_WITHIN: Final = timedelta(days=14)

GROUPS: Final = ("not_chosen", "not_started", "stalled", "expiring")


@dataclass(frozen=True, slots=True)
class Caseload:
    """Vouchers by what is to be done about them; one voucher may be in several groups."""

    groups: Mapping[str, Sequence[VoucherLine]]
    cases: Sequence[tuple[CaseView, str | None]]
    """Open cases, due first, with the client's name."""
    clients: int
    open_vouchers: int


def groups_of(line: VoucherLine, now: datetime) -> tuple[str, ...]:
    """What a case worker has to look at about an open voucher."""
    found: list[str] = []
    if line.state == VoucherState.GRANTED:
        found.append("not_chosen")
    elif line.state == VoucherState.CHOSEN:
        found.append("not_started")
    elif _last_sign_of_life(line) <= now - STALLED_AFTER:
        found.append("stalled")
    if line.available_cents > 0 and line.valid_until <= now + EXPIRING_WITHIN:
        found.append("expiring")
    return tuple(found)


def _last_sign_of_life(line: VoucherLine) -> datetime:
    """The last redemption; on a voucher that was shown and never redeemed, the choice."""
    return line.last_used_at or line.chosen_at or line.granted_at


async def caseload(session: AsyncSession, *, case_worker_id: UUID, now: datetime) -> Caseload:
    """Everything on the caseload page, in a fixed number of queries."""
    lines = await open_vouchers_of(session, case_worker_id=case_worker_id)
    groups: dict[str, list[VoucherLine]] = {group: [] for group in GROUPS}
    for line in lines:
        for group in groups_of(line, now):
            groups[group].append(line)
    groups["expiring"].sort(key=lambda line: line.valid_until)
    groups["stalled"].sort(key=_last_sign_of_life)
    cases = await cases_due(session, case_worker_id)
    names = await client_names(session, {case.client_id for case in cases if case.client_id})
    clients = await session.scalar(
        select(func.count()).select_from(Client).where(Client.case_worker_id == case_worker_id)
    )
    with_names = [(case, names.get(case.client_id) if case.client_id else None) for case in cases]
    return Caseload(groups=groups, cases=with_names, clients=clients or 0, open_vouchers=len(lines))


async def client_names(session: AsyncSession, client_ids: set[UUID]) -> dict[UUID, str]:
    """Names of clients; the caller logs the reading."""
    if not client_ids:
        return {}
    rows = await session.execute(
        select(ClientPerson.client_id, ClientPerson.name).where(ClientPerson.client_id.in_(client_ids))
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Colleague:
    """A case worker of the same organiser."""

    id: UUID
    name: str


async def colleagues(session: AsyncSession, *, organiser_id: UUID, but: UUID | None) -> list[Colleague]:
    """The other case workers, by name: somebody stands in for them when they are away."""
    rows = await session.execute(
        select(Account.id, Account.display_name)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.organiser_id == organiser_id,
            RoleGrant.role == str(Role.CASE_WORKER),
            RoleGrant.ended_at.is_(None),
            Account.id != but,
        )
        .order_by(func.lower(Account.display_name), Account.id)
    )
    return [Colleague(*row) for row in rows]
