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
from registry.quality.rules import Moment
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Redemption, Voucher
from registry.vouchers.rules import OPEN_STATES, RedemptionState


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
class OwnVoucher:
    """A voucher of the client who looks."""

    held: Holding
    chosen: Chosen | None
    to_review: tuple[tuple[UUID, str], ...]
    """Providers (id, name) that gave a service on it and have not been reviewed yet."""

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
    to_review = await _to_review(session, [row[0].id for row in rows])
    return [
        OwnVoucher(
            held=holding_of(row),
            chosen=_chosen(row[-2], row[-1]),
            to_review=tuple(to_review.get(row[0].id, ())),
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


async def _to_review(
    session: AsyncSession, voucher_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[UUID, str]]]:
    rows = await session.execute(
        select(Redemption.voucher_id, Provider.id, Provider.name)
        .distinct()
        .join(Provider, Provider.id == Redemption.provider_id)
        .outerjoin(
            Review,
            (Review.voucher_id == Redemption.voucher_id)
            & (Review.provider_id == Redemption.provider_id)
            & (Review.moment == Moment.AFTER),
        )
        .where(
            Redemption.voucher_id.in_(voucher_ids),
            Redemption.state == RedemptionState.CAPTURED,
            Review.id.is_(None),
        )
        .order_by(Provider.name)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for voucher_id, provider_id, name in rows:
        found.setdefault(voucher_id, []).append((provider_id, name))
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
