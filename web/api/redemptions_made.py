"""Redemptions as they are now, for those who made or pay them."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import ConfigDict

from registry.shared.actor import Role
from registry.vouchers.queries import RedemptionRow, redemption_page, redemption_row
from registry.vouchers.rules import RedemptionState
from web.api.redemptions import ActivityCode, AttendedCode, State
from web.schema import LARGEST_PAGE, ApiModel, Page, cursor, read_cursor
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]

READERS: Final = frozenset({Role.PROVIDER_USER, Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR})


class RedemptionOut(ApiModel):
    """A redemption as it is now."""

    model_config = ConfigDict(from_attributes=True, extra="ignore", frozen=True)

    id: UUID
    voucher_id: UUID
    presentation_id: UUID
    provider_id: UUID
    state: State
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
    activity: ActivityCode | None
    attended: AttendedCode | None
    group_size: int | None


@get("/api/v1/redemptions", who=READERS, scope="vouchers:read", tags=["redemptions"])
async def get_redemptions(
    request: AnyRequest,
    voucher: Annotated[UUID | None, QueryParameter(description="Only of this voucher")] = None,
    in_state: Annotated[
        RedemptionState | None, QueryParameter(name="state", description="Only in this state")
    ] = None,
    after: Annotated[str | None, QueryParameter(description="Cursor from `next`", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Page[RedemptionOut]:
    """Redemptions, oldest first: a provider's own, or the organiser's."""
    place = read_cursor(after, UUID)
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await redemption_page(
            session,
            after=place[0] if place else None,
            limit=limit,
            voucher_id=voucher,
            states=[in_state] if in_state else (),
        )
    return Page(
        items=[_out(row) for row in rows[:limit]],
        next=cursor(str(rows[limit - 1].id)) if len(rows) > limit else None,
    )


@get("/api/v1/redemptions/{redemption_id:uuid}", who=READERS, scope="vouchers:read", tags=["redemptions"])
async def get_redemption(request: AnyRequest, redemption_id: FromPath[UUID]) -> RedemptionOut:
    """One redemption."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return _out(await redemption_row(session, redemption_id=redemption_id))


def _out(row: RedemptionRow) -> RedemptionOut:
    return RedemptionOut.model_validate(row)


ROUTES: list[Any] = [get_redemptions, get_redemption]
