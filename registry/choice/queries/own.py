"""A client's own vouchers: where each stands, and what the client can do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.holding import HOLDINGS, Holding, holding_of
from registry.providers.model import Provider
from registry.quality.model import Review
from registry.quality.rules import Moment, may_review
from registry.shared.errors import ACCEPTED, NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import OPEN_STATES, RedemptionState, VoucherState, goes_on


@dataclass(frozen=True, slots=True)
class Chosen:
    """The provider chosen now, with the contact that the public register shows, and how far it has answered."""

    assignment_id: UUID
    provider_id: UUID
    name: str
    street: str | None
    postal_code: str | None
    city: str | None
    phone: str | None
    email: str | None
    website: str | None
    chosen_at: datetime
    confirmed_at: datetime | None
    meeting_at: datetime | None
    """The first time that the provider proposed, and where."""
    meeting_place: str | None
    answer_by: date
    """The last day on which the provider may answer."""
    agreed_unit_price_cents: int

    @property
    def confirmed(self) -> bool:
        return self.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class Used:
    """A provider that gave a service on the voucher, when it was last redeemed, and the moments reviewed already."""

    provider_id: UUID
    name: str
    last_at: datetime
    reviewed: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnVoucher:
    """A voucher of the client who looks."""

    held: Holding
    chosen: Chosen | None
    used: tuple[Used, ...]

    @property
    def to_review(self) -> tuple[tuple[UUID, str], ...]:
        """Providers (id, name) that have not been reviewed yet."""
        return tuple((used.provider_id, used.name) for used in self.used if Moment.AFTER not in used.reviewed)

    def to_review_again(self, now: datetime) -> tuple[tuple[UUID, str], ...]:
        """Providers that can be reviewed for the second time, half a year after the last visit."""
        return tuple(
            (used.provider_id, used.name)
            for used in self.used
            if Moment.HALF_YEAR not in used.reviewed
            and may_review(moment=Moment.HALF_YEAR, last_redeemed_at=used.last_at, now=now) is ACCEPTED
        )

    def goes_on(self, provider_id: UUID) -> bool:
        """The service at this provider may go on: whoever reviews it first says that it is over."""
        return goes_on(
            VoucherState(self.held.state),
            chosen_here=self.held.provider_id == provider_id,
            left_cents=self.held.available_cents + self.held.reserved_cents,
        )

    @property
    def open(self) -> bool:
        return self.held.state in OPEN_STATES

    @property
    def may_choose(self) -> bool:
        """Whether a provider can be picked or changed now."""
        return self.open and self.held.available_cents > 0 and self.held.reserved_cents == 0


async def own_vouchers(session: AsyncSession, *, client_id: UUID) -> list[OwnVoucher]:
    """All vouchers of a client, the newest first: two queries."""
    return await _own(session, Voucher.client_id == client_id)


async def own_voucher(session: AsyncSession, *, voucher_id: UUID) -> OwnVoucher:
    found = await _own(session, Voucher.id == voucher_id)
    if not found:
        raise NotFound("voucher.unknown")
    return found[0]


async def _own(session: AsyncSession, condition: Any) -> list[OwnVoucher]:
    rows = (
        await session.execute(
            HOLDINGS.add_columns(Provider, Assignment)
            .outerjoin(Assignment, Assignment.id == Voucher.assignment_id)
            .outerjoin(Provider, Provider.id == Voucher.provider_id)
            .where(condition)
            .order_by(Voucher.granted_at.desc(), Voucher.id)
        )
    ).all()
    used = await _used(session, [row[0].id for row in rows])
    return [
        OwnVoucher(
            held=holding_of(row),
            chosen=_chosen(row[-2], row[-1]),
            used=tuple(used.get(row[0].id, ())),
        )
        for row in rows
    ]


def _chosen(provider: Provider | None, assignment: Assignment | None) -> Chosen | None:
    if provider is None or assignment is None:
        return None
    return Chosen(
        assignment_id=assignment.id,
        provider_id=provider.id,
        name=provider.name,
        street=provider.street,
        postal_code=provider.postal_code,
        city=provider.city,
        phone=provider.phone,
        email=provider.email,
        website=provider.website,
        chosen_at=assignment.chosen_at,
        confirmed_at=assignment.answered_at,
        meeting_at=assignment.first_meeting_at,
        meeting_place=assignment.first_meeting_place,
        answer_by=local_date(assignment.answer_due_at - timedelta(seconds=1)),
        agreed_unit_price_cents=assignment.agreed_unit_price_cents,
    )


async def _used(session: AsyncSession, voucher_ids: Sequence[UUID]) -> dict[UUID, list[Used]]:
    rows = await session.execute(
        select(
            Redemption.voucher_id,
            Provider.id,
            Provider.name,
            func.max(Redemption.captured_at),
            func.array_agg(Review.moment.distinct()).filter(Review.moment.is_not(None)),
        )
        .join(Provider, Provider.id == Redemption.provider_id)
        .outerjoin(
            Review,
            (Review.voucher_id == Redemption.voucher_id) & (Review.provider_id == Redemption.provider_id),
        )
        .where(Redemption.voucher_id.in_(voucher_ids), Redemption.state == RedemptionState.CAPTURED)
        .group_by(Redemption.voucher_id, Provider.id, Provider.name)
        .order_by(Provider.name)
    )
    found: dict[UUID, list[Used]] = {}
    for voucher_id, provider_id, name, last_at, moments in rows:
        if last_at is None:  # what is captured says when
            continue
        found.setdefault(voucher_id, []).append(Used(provider_id, name, last_at, frozenset(moments or ())))
    return found


async def ever_chosen(session: AsyncSession, *, voucher_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of every provider that was chosen with the voucher, the last one first."""
    rows = await session.execute(
        select(Provider.id, Provider.name)
        .join(Assignment, Assignment.provider_id == Provider.id)
        .where(Assignment.voucher_id == voucher_id)
        .group_by(Provider.id, Provider.name)
        .order_by(func.max(Assignment.chosen_at).desc())
    )
    return [(provider_id, name) for provider_id, name in rows]
