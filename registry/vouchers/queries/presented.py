"""Vouchers that a provider was shown, through its own id for each. Nothing here lets a provider find a voucher that it
was not chosen for or was not shown."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.catalogue.queries import Names
from registry.people.model import ClientPerson
from registry.providers.model import Admission
from registry.shared.actor import Actor
from registry.shared.database import see
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.queries.contacts import Contact, contact_of, see_clients
from registry.vouchers.queries.voucher import OF_REDEMPTION, RedemptionRow, redemptions_of
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import AssignmentState


@dataclass(frozen=True, slots=True)
class PresentedVoucher:
    """A voucher that was shown to this provider, through the provider's own id for it."""

    presentation_id: UUID
    voucher_id: UUID
    presented_at: datetime
    ended_at: datetime | None
    """Set when the client has changed the choice: then only the provider's own redemptions are left to see."""
    organiser_id: UUID
    client_id: UUID
    contact: Contact | None
    number: str
    state: str
    service: Names
    own_share_allowed: bool
    unit_name: str | None
    unit_price_ceiling_cents: int
    agreed_unit_price_cents: int
    granted_cents: int
    available_cents: int
    reserved_cents: int
    captured_cents: int
    returned_cents: int
    units_available: int | None
    units_reserved: int | None
    units_captured: int | None
    units_granted: int | None
    valid_from: datetime
    valid_until: datetime
    claim_until: datetime
    reservation_days: int
    by_results: bool = False
    redemptions: tuple[RedemptionRow, ...] = ()

    @property
    def last_day(self) -> date:
        return local_date(self.valid_until - timedelta(seconds=1))

    @property
    def first_day(self) -> date:
        return local_date(self.valid_from)


_OF_VOUCHER: Final = (
    "number", "state", "own_share_allowed", "unit_name", "unit_price_ceiling_cents", "granted_cents",
    "available_cents", "reserved_cents", "captured_cents", "returned_cents", "units_available", "units_reserved",
    "units_captured", "units_granted", "valid_from", "valid_until", "claim_until", "reservation_days",
    "by_results",
)  # fmt: skip


def _presented() -> Select[*tuple[Any, ...]]:
    return (
        select(Presentation, Voucher, Assignment, Service, ClientPerson)
        .join(Voucher, Voucher.id == Presentation.voucher_id)
        .join(Assignment, Assignment.id == Presentation.assignment_id)
        .join(Service, Service.id == Voucher.service_id)
        .outerjoin(
            ClientPerson,
            and_(
                ClientPerson.client_id == Assignment.client_id, Assignment.state == AssignmentState.CONFIRMED
            ),
        )
    )


async def presented_voucher(
    session: AsyncSession, *, actor: Actor, presentation_id: UUID, redemptions: bool = True
) -> PresentedVoucher:
    """The voucher behind one of the provider's presentations, with its own redemptions on it."""
    # The voucher itself leaves the provider's sight when the choice changes, the presentation does not; so the pick of
    # rows is by the presentation, which must be this provider's.
    await see_clients(session, actor)
    row = (
        await session.execute(
            _presented()
            .where(Presentation.id == presentation_id, Presentation.provider_id == actor.provider_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    await see(session, actor.sight)
    if row is None:
        raise NotFound("presentation.unknown")
    made = _presented_voucher(*row)
    if not redemptions:
        return made
    mine = await redemptions_of(session, voucher_id=made.voucher_id)
    return replace(made, redemptions=tuple(mine))


def _presented_voucher(
    presentation: Presentation,
    voucher: Voucher,
    assignment: Assignment,
    service: Service,
    person: ClientPerson | None,
) -> PresentedVoucher:
    over = presentation.ended_at is not None
    hidden: dict[str, Any] = {}
    if over and voucher.provider_id != presentation.provider_id:
        # what became of the voucher at another provider is no business of this one
        hidden = {"state": "ended", "available_cents": 0, "reserved_cents": 0, "captured_cents": 0, "returned_cents": 0,
                  "units_available": None, "units_reserved": None, "units_captured": None}  # fmt: skip
    return PresentedVoucher(
        presentation_id=presentation.id,
        voucher_id=presentation.voucher_id,
        presented_at=presentation.presented_at,
        ended_at=presentation.ended_at,
        organiser_id=presentation.organiser_id,
        client_id=assignment.client_id,
        contact=contact_of(person) if person is not None and not over else None,
        service=Names(service.name_fi, service.name_sv, service.name_en),
        agreed_unit_price_cents=assignment.agreed_unit_price_cents,
        **({name: getattr(voucher, name) for name in _OF_VOUCHER} | hidden),
    )


async def presentation_page(
    session: AsyncSession, *, actor: Actor, after: UUID | None, limit: int
) -> list[PresentedVoucher]:
    """The provider's standing presentations in order, one more than `limit`; without names and redemptions."""
    query = (
        select(Presentation, Voucher, Assignment, Service)
        .join(Voucher, Voucher.id == Presentation.voucher_id)
        .join(Assignment, Assignment.id == Presentation.assignment_id)
        .join(Service, Service.id == Voucher.service_id)
        .where(Presentation.provider_id == actor.provider_id, Presentation.ended_at.is_(None))
        .order_by(Presentation.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Presentation.id > after)
    return [_presented_voucher(*row, person=None) for row in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class ListedRedemption:
    """A redemption in a list of the provider's own: by voucher number, without a name."""

    redemption: RedemptionRow
    number: str | None
    """None once the voucher has gone to another provider."""
    service: Names


async def provider_redemptions(
    session: AsyncSession, *, actor: Actor, before: UUID | None = None, limit: int = 50
) -> list[ListedRedemption]:
    """The provider's redemptions, newest first, one more than `limit`."""
    query = (
        select(*OF_REDEMPTION, Voucher.number, Service.name_fi, Service.name_sv, Service.name_en)
        # the service by the admission that was chosen: that stays in sight when a voucher leaves
        .join(Presentation, Presentation.id == Redemption.presentation_id)
        .join(Assignment, Assignment.id == Presentation.assignment_id)
        .join(Admission, Admission.id == Assignment.admission_id)
        .join(Service, Service.id == Admission.service_id)
        .outerjoin(Voucher, Voucher.id == Redemption.voucher_id)
        .where(Redemption.provider_id == actor.provider_id)
        .order_by(Redemption.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Redemption.id < before)
    return [
        ListedRedemption(RedemptionRow(*columns), number, Names(fi, sv, en))
        for *columns, number, fi, sv, en in await session.execute(query)
    ]
