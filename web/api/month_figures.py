"""A month in figures, for machines: what the finance officer is shown."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from pydantic import Field

from registry.settlement.reports.month import BudgetFigures
from web.api.settlement import READERS, MonthText
from web.pages.month_figures import figures_of
from web.schema import ApiModel
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


class NamesOut(ApiModel):
    """A name in three languages."""

    fi: str
    sv: str
    en: str


class BudgetOut(ApiModel):
    """A budget line at the end of the month, with VAT: left = allocated - granted + released - committed."""

    code: str = Field(examples=["2026-P"])
    name: str
    year: int = Field(examples=[2026])
    allocated_cents: int = Field(examples=[5000000])
    granted_cents: int = Field(examples=[1800000])
    used_cents: int = Field(examples=[640000])
    released_cents: int = Field(description="Came back, or went on to the next year's line", examples=[60000])
    open_cents: int = Field(description="Granted, and neither used nor released", examples=[1100000])
    committed_cents: int = Field(
        description="Set aside for the months to come of allowances, and not granted yet", examples=[90000]
    )
    left_cents: int = Field(examples=[3170000])
    forecast_cents: int = Field(
        description="What will have been used at the year's end if the last three months' rate goes on",
        examples=[2100000],
    )
    used_by_month_cents: list[int] = Field(
        description="From January to the month", examples=[[0, 320000, 320000]]
    )


class UnitCostOut(ApiModel):
    """What a unit of a service cost at a provider in the month, with VAT and own share."""

    service: NamesOut
    provider_name: str
    own_production: bool
    visits: int = Field(examples=[14])
    units: int = Field(description="Hundredths", examples=[2100])
    price_cents: int = Field(examples=[126000])
    unit_cents: int | None = Field(description="null where nothing is left after reversals", examples=[6000])


class BalanceOut(ApiModel):
    """An account of the ledger over the month: debit is what came to it, credit what left it."""

    account: str = Field(examples=["available"])
    opening_cents: int
    debit_cents: int
    credit_cents: int
    closing_cents: int


class VatOut(ApiModel):
    """What the month's statements have at one rate, or without VAT in one category."""

    rate_bp: int = Field(examples=[2550])
    category: str | None = Field(
        description="S at a rate, E exempt, AE reverse charge, Z at 0 %, O outside VAT; null: not kept",
        examples=["S"],
    )
    lines: int = Field(examples=[14])
    net_cents: int = Field(examples=[100398])
    vat_cents: int = Field(description="Rounded line by line", examples=[25602])
    counted_once_cents: int = Field(
        description="As invoices count it: once for each statement, from the sum of its lines",
        examples=[25601],
    )


class FiguresOut(ApiModel):
    """Everything of a month, from the ledger itself. All accounts of the trial balance together are zero."""

    month: MonthText
    budget_lines: list[BudgetOut]
    unit_costs: list[UnitCostOut]
    vat: list[VatOut] = Field(description="Of the month's statements; empty while the month is open")
    trial_balance: list[BalanceOut]


def _budget(line: BudgetFigures) -> BudgetOut:
    copied = {name: getattr(line, name) for name in BudgetOut.model_fields if name != "used_by_month_cents"}
    return BudgetOut(**copied, used_by_month_cents=list(line.used_by_month))


@get("/api/v1/months/{month:str}/figures", who=READERS, scope="settlement:read", tags=["settlement"])
async def get_figures(request: AnyRequest, month: FromPath[str]) -> FiguresOut:
    """A month's budget lines, unit costs and trial balance; of the current month what there is by now."""
    figures = await figures_of(services(request), signed_in(request), month)
    return FiguresOut(
        month=f"{figures.month:%Y-%m}",
        budget_lines=[_budget(line) for line in figures.budget],
        unit_costs=[
            UnitCostOut(
                service=NamesOut.model_validate(dict(one.service_name)),
                provider_name=one.provider_name,
                own_production=one.own_production,
                visits=one.visits,
                units=one.units,
                price_cents=one.cents,
                unit_cents=one.unit_cents,
            )
            for one in figures.units
        ],
        vat=[VatOut(**{name: getattr(one, name) for name in VatOut.model_fields}) for one in figures.vat],
        trial_balance=[
            BalanceOut(**{name: getattr(one, name) for name in BalanceOut.model_fields})
            for one in figures.trial
        ],
    )


ROUTES: list[Any] = [get_figures]
