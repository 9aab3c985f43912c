"""What a machine sends to grant a voucher, and many of them at once."""

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from litestar import Request, post
from litestar.params import JSONBody
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.rules import MOST_MONTHS
from registry.shared.actor import Role
from registry.vouchers.batch_import import Row
from web.granting import BATCH, grant_rows
from web.idempotency import Answer, header_key, once
from web.schema import ApiModel, Cents, Flag, Hundredths, IdempotencyKey, Line, Whole
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
CASE_WORKERS: Final = frozenset({Role.CASE_WORKER})
MOST_ROWS: Final = 10_000
Education = Literal["basic", "secondary", "higher", "not_known"]


class OrderIn(ApiModel):
    """Who gets what from where. Value, units and validity are left out to mean what the service's terms say; less is
    allowed, more is not."""

    client_id: UUID | None = Field(default=None, description="Either this or `identity`")
    identity: Annotated[Line, Field(max_length=20)] | None = Field(
        default=None,
        description="Identity code or business id of the client, in place of `client_id`",
        examples=["010203A9057"],
    )
    service: Annotated[Line, Field(max_length=50)] = Field(
        description="Code of the service", examples=["nuorten-tyonhakuvalmennus"]
    )
    budget_line: Annotated[Line, Field(max_length=50)] = Field(
        description="Code of the budget line", examples=["2026-P"]
    )
    value_cents: Cents | None = Field(default=None, description="For a voucher in euros", examples=[None])
    units: Hundredths | None = Field(
        default=None, description="Hundredths, for a voucher in hours or sessions", examples=[1000]
    )
    validity_days: Annotated[Whole, Field(ge=1, le=1095)] | None = Field(default=None, examples=[90])
    in_plan: Flag = Field(default=False, description="The service is part of the client's plan")
    despite_like: Flag = Field(default=False, description="Grant although a like voucher is open")

    @model_validator(mode="after")
    def _one_client(self) -> Self:
        if (self.client_id is None) == (self.identity is None):
            raise ValueError("either client_id or identity")
        return self


class GrantIn(OrderIn):
    """A voucher to grant."""

    months_unemployed: Annotated[Whole, Field(ge=0, le=MOST_MONTHS)] | None = Field(
        default=None,
        description="How long the client has been unemployed: fixed now, so that results can be compared fairly later",
        examples=[7],
    )
    education: Education | None = Field(
        default=None, description="With `months_unemployed`", examples=["secondary"]
    )

    @model_validator(mode="after")
    def _education_with_months(self) -> Self:
        if self.education is not None and self.months_unemployed is None:
            raise ValueError("education without months_unemployed")
        return self


class BatchIn(ApiModel):
    """Many vouchers at once. One row's refusal does not touch the others; a budget line gives until it is short."""

    rows: Annotated[list[GrantIn], Field(min_length=1, max_length=MOST_ROWS)]
    dry_run: Flag = Field(default=False, description="Decide the same and write nothing")


class RefusalOut(ApiModel):
    """Why a row was not granted."""

    code: str = Field(examples=["grant.like_open"])
    facts: dict[str, Any] = Field(examples=[{"left_cents": 1500, "wanted_cents": 60000}])


class BatchRowOut(ApiModel):
    """What became of a row: a voucher, or every reason why not."""

    line: int = Field(description="Its place among the rows, from 1", examples=[1])
    client_id: UUID | None
    voucher_id: UUID | None
    number: str | None
    value_cents: int
    refusals: list[RefusalOut]


class BatchOut(ApiModel):
    """The report of a batch, row by row in the order in which they were sent."""

    dry_run: bool
    granted: int = Field(examples=[1])
    refused: int = Field(examples=[0])
    value_cents: int = Field(
        description="Granted from the budget: of an allowance the first month, the others are set aside beside it",
        examples=[60000],
    )
    rows: list[BatchRowOut]


def row_of(line: int, data: OrderIn) -> Row:
    told = data if isinstance(data, GrantIn) else None
    return Row(
        line=line,
        client_id=data.client_id,
        identity=data.identity or "",
        service=data.service,
        budget_line=data.budget_line,
        value_cents=data.value_cents,
        units=data.units,
        validity_days=data.validity_days,
        in_plan=data.in_plan,
        despite_like=data.despite_like,
        months_unemployed=told.months_unemployed if told else None,
        education=(told.education if told else None) or "",
    )


@post(
    "/api/v1/voucher-batches",
    who=CASE_WORKERS,
    scope="vouchers:grant",
    tags=["vouchers"],
    status_code=200,
)
async def post_batch(
    request: AnyRequest, data: JSONBody[BatchIn], idempotency_key: IdempotencyKey = None
) -> BatchOut:
    """Grant many vouchers. Good rows are granted and each bad one answers every reason; the same key answers the same
    report. With `dry_run` nothing is written and the key is not used up."""
    held, actor = services(request), signed_in(request)
    rows = [row_of(line, row) for line, row in enumerate(data.rows, start=1)]

    async def run(session: AsyncSession) -> Answer:
        return await grant_rows(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            rows=rows,
            fictional=held.settings.demo,
            dry_run=data.dry_run,
        )

    key = header_key(request)
    if data.dry_run:
        async with held.database.transaction(actor.sight) as session:
            return _batch(await run(session))
    body = data.model_dump(mode="json")
    return _batch(await once(request, operation=BATCH, key=key, body=body, run=run))


def _batch(report: Answer) -> BatchOut:
    return BatchOut(**{name: report[name] for name in BatchOut.model_fields})


ROUTES: list[Any] = [post_batch]
