"""Days to payment, as open data."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from pydantic import Field

from web.pages.payment_days import published_days
from web.schema import ApiModel, Page
from web.security import PUBLIC

AnyRequest = Request[Any, Any, Any]


class PaymentDaysOut(ApiModel):
    """How soon an authority paid a provider in the last twelve whole months."""

    organiser_id: UUID
    organiser: str = Field(examples=["oulu"])
    provider_id: UUID
    provider_name: str
    paid: int = Field(description="Statements that were paid", examples=[12])
    median_days: float = Field(description="From the invoice to the money", examples=[14.5])
    longest_days: int = Field(examples=[21])
    in_time: int = Field(description="Of them within 30 days", examples=[12])


@get("/api/v1/payment-days", who=PUBLIC, tags=["settlement"])
async def list_payment_days(request: AnyRequest) -> Page[PaymentDaysOut]:
    """Days to payment by authority and provider, without signing in."""
    return Page(
        items=[
            PaymentDaysOut(
                organiser_id=row.organiser_id,
                organiser=row.organiser_code,
                provider_id=row.provider_id,
                provider_name=row.provider_name,
                paid=row.paid,
                median_days=row.median_days,
                longest_days=row.longest_days,
                in_time=row.in_time,
            )
            for row in await published_days(request)
        ]
    )


ROUTES: list[Any] = [list_payment_days]
