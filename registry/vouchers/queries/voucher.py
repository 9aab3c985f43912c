"""One voucher as its page shows it: to the holder, to staff, and what was redeemed on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.model import AuditEvent
from registry.catalogue.model import Organiser, Service
from registry.catalogue.queries import Names
from registry.ledger.model import BudgetLine
from registry.people.model import Account, Client
from registry.providers.model import Provider
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.redemption.model import Redemption


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A voucher with the names that stand around it. Of its client only the id: who that is, is another question,
    and asking it is logged."""

    id: UUID
    number: str
    state: str
    secret_generation: int
    organiser_id: UUID
    organiser: Names
    organiser_phone: str
    organiser_email: str
    client_id: UUID
    case_worker_id: UUID | None
    case_worker: str | None
    service_id: UUID
    service: Names
    free_by_law: bool
    budget_line: str
    """Empty for the holder, who does not see the organiser's money."""
    in_plan: bool
    own_share_allowed: bool
    unit_name: str | None
    unit_price_ceiling_cents: int
    rule_book_version: str
    granted_at: datetime
    valid_from: datetime
    valid_until: datetime
    claim_until: datetime
    granted_cents: int
    available_cents: int
    reserved_cents: int
    captured_cents: int
    returned_cents: int
    units_granted: int | None
    units_available: int | None
    units_reserved: int | None
    units_captured: int | None
    chosen_at: datetime | None
    first_used_at: datetime | None
    last_used_at: datetime | None
    ended_at: datetime | None
    provider_id: UUID | None
    provider: str | None
    provider_phone: str | None
    provider_email: str | None
    provider_city: str | None
    assignment_state: str | None
    answer_due_at: datetime | None
    meeting_at: datetime | None
    """The first time that the provider proposed, and where."""
    meeting_place: str | None
    agreed_unit_price_cents: int | None

    @property
    def last_day(self) -> date:
        """The last day on which the service may be given."""
        return local_date(self.valid_until - timedelta(seconds=1))

    @property
    def answer_by(self) -> date | None:
        """The last day on which the provider may answer."""
        return local_date(self.answer_due_at - timedelta(seconds=1)) if self.answer_due_at else None

    @property
    def is_open(self) -> bool:
        return self.state in ("granted", "chosen", "in_use")


_OF_VOUCHER: Final = (
    "id", "number", "state", "secret_generation", "organiser_id", "client_id", "service_id", "in_plan",
    "own_share_allowed", "unit_name", "unit_price_ceiling_cents", "rule_book_version", "granted_at", "valid_from",
    "valid_until", "claim_until", "granted_cents", "available_cents", "reserved_cents", "captured_cents",
    "returned_cents", "units_granted", "units_available", "units_reserved", "units_captured", "chosen_at",
    "first_used_at", "last_used_at", "ended_at", "provider_id",
)  # fmt: skip


def _provider(provider: Provider | None) -> dict[str, Any]:
    return {
        "provider": provider.name if provider else None,
        "provider_phone": provider.phone if provider else None,
        "provider_email": provider.email if provider else None,
        "provider_city": provider.city if provider else None,
    }


def _pick(assignment: Assignment | None) -> dict[str, Any]:
    return {
        "assignment_state": assignment.state if assignment else None,
        "answer_due_at": assignment.answer_due_at if assignment else None,
        "meeting_at": assignment.first_meeting_at if assignment else None,
        "meeting_place": assignment.first_meeting_place if assignment else None,
        "agreed_unit_price_cents": assignment.agreed_unit_price_cents if assignment else None,
    }


async def voucher_view(session: AsyncSession, *, voucher_id: UUID) -> VoucherView:
    """The voucher, if it is in sight; one query."""
    row = (
        await session.execute(
            select(
                Voucher, Service, Organiser, Client.case_worker_id, Account.display_name, BudgetLine.code, Provider,
                Assignment,
            )
            .join(Service, Service.id == Voucher.service_id)
            .join(Organiser, Organiser.id == Voucher.organiser_id)
            .join(Client, Client.id == Voucher.client_id)
            .outerjoin(BudgetLine, BudgetLine.id == Voucher.budget_line_id)
            .outerjoin(Account, Account.id == Client.case_worker_id)
            .outerjoin(Provider, Provider.id == Voucher.provider_id)
            .outerjoin(Assignment, Assignment.id == Voucher.assignment_id)
            .where(Voucher.id == voucher_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("voucher.unknown")
    voucher, service, organiser, case_worker_id, case_worker, budget_line, provider, assignment = row
    return VoucherView(
        organiser=Names(organiser.name_fi, organiser.name_sv, organiser.name_en),
        organiser_phone=organiser.contact_phone,
        organiser_email=organiser.contact_email,
        case_worker_id=case_worker_id,
        case_worker=case_worker,
        service=Names(service.name_fi, service.name_sv, service.name_en),
        free_by_law=service.free_by_law,
        budget_line=budget_line or "",
        **_provider(provider),
        **_pick(assignment),
        **{name: getattr(voucher, name) for name in _OF_VOUCHER},
    )


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """A redemption or reservation."""

    id: UUID
    organiser_id: UUID
    voucher_id: UUID
    presentation_id: UUID
    provider_id: UUID
    state: str
    service_date: date
    units: int
    unit_price_cents: int
    price_cents: int
    value_cents: int
    own_share_cents: int
    net_cents: int
    vat_rate_bp: int
    vat_category: str | None
    vat_reason: str | None
    vat_cents: int
    created_at: datetime
    reserved_until: datetime | None
    captured_at: datetime | None
    ended_at: datetime | None
    activity: str | None
    attended: str | None
    group_size: int | None


OF_REDEMPTION: Final = tuple(getattr(Redemption, name) for name in RedemptionRow.__dataclass_fields__)


async def redemptions_of(session: AsyncSession, *, voucher_id: UUID, limit: int = 500) -> list[RedemptionRow]:
    """The redemptions of a voucher that are in sight, the latest day first."""
    rows = await session.execute(
        select(*OF_REDEMPTION)
        .where(Redemption.voucher_id == voucher_id)
        .order_by(Redemption.service_date.desc(), Redemption.id.desc())
        .limit(limit)
    )
    return [RedemptionRow(*row) for row in rows]


async def redemption_row(session: AsyncSession, *, redemption_id: UUID) -> RedemptionRow:
    """One redemption that is in sight."""
    row = (await session.execute(select(*OF_REDEMPTION).where(Redemption.id == redemption_id))).one_or_none()
    if row is None:
        raise NotFound("redemption.unknown")
    return RedemptionRow(*row)


async def redemption_page(
    session: AsyncSession,
    *,
    after: UUID | None,
    limit: int,
    presentation_id: UUID | None = None,
    voucher_id: UUID | None = None,
    states: Collection[str] = (),
) -> list[RedemptionRow]:
    """Redemptions in sight in order, those after the id `after`; one more than `limit`."""
    query = select(*OF_REDEMPTION).order_by(Redemption.id).limit(limit + 1)
    if after is not None:
        query = query.where(Redemption.id > after)
    if presentation_id is not None:
        query = query.where(Redemption.presentation_id == presentation_id)
    if voucher_id is not None:
        query = query.where(Redemption.voucher_id == voucher_id)
    if states:
        query = query.where(Redemption.state.in_(states))
    return [RedemptionRow(*row) for row in await session.execute(query)]


async def cancel_reason(session: AsyncSession, *, voucher_id: UUID) -> str | None:
    """The code of the reason for which the organiser cancelled the voucher, from the event that tells of it."""
    facts = await session.scalar(
        select(AuditEvent.facts).where(
            AuditEvent.subject_id == voucher_id, AuditEvent.action == "voucher.cancelled"
        )
    )
    return str(facts["reason"]) if facts and facts.get("reason") else None


async def account_names(session: AsyncSession, *, ids: Collection[UUID]) -> dict[UUID, str]:
    """Display names of accounts (clients have none here) and names of providers, by id: who did what."""
    if not ids:
        return {}
    accounts = await session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {account_id: name for account_id, name in accounts if name}


async def provider_names(session: AsyncSession, *, ids: Collection[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    return dict((await session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(ids)))).all())
