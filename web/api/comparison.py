"""The comparison by machine: the providers side by side, looked through as on the page."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from pydantic import Field

from registry.choice.queries import Comparison, Looking, Option
from registry.choice.queries.looking import PER_PAGE, SOON_DAYS
from registry.choice.showing import show_comparison
from registry.quality.queries import Figure
from registry.quality.rules import MEASURES
from registry.shared.actor import Role
from registry.shared.errors import Invalid
from web.choice_rows import MOST, in_order_asked, rows
from web.schema import ApiModel
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

Everyone = Annotated[bool, QueryParameter(description="Everyone who can be chosen, not the first view alone")]
Matters = Annotated[
    list[Literal["soon", "near", "language", "online", "one_person", "experience"]] | None,
    QueryParameter(
        description="What matters to the client, at most three, each once: it comes first among the rows shown of every"
        " provider, and moves or hides no provider",
        max_items=MOST,
    ),
]
Language = Annotated[
    str | None,
    QueryParameter(description="Only those who give the service in this language", pattern="^[a-z]{2}$"),
]
Online = Annotated[bool, QueryParameter(description="Only those with whom one can take part online")]
Here = Annotated[bool, QueryParameter(description="Only those who come to the client's municipality")]
Soon = Annotated[bool, QueryParameter(description=f"Only those who can begin within {SOON_DAYS} days")]
FreeTalk = Annotated[bool, QueryParameter(description="Only those whose first talk is free")]
Order = Annotated[
    Literal["drawn", "near", "soon", "outcome", "reviews"],
    QueryParameter(
        description="`drawn` by lot for this client; `outcome` and `reviews` by the shrunken estimate, where"
        " `no_clear_difference_to_next` names whom the evidence cannot tell apart"
    ),
]
PageNumber = Annotated[int, QueryParameter(description=f"{PER_PAGE} providers a page", ge=1, le=10_000)]


class FigureOut(ApiModel):
    """A figure of the release, or the reason for its blank. Shares are fractions of one."""

    measure: str = Field(examples=["outcome_6"])
    blank: Literal["too_few", "too_new", "not_collected", "under_review"] | None
    n: int | None = Field(examples=[42])
    k: int | None = Field(examples=[29])
    days: int | None = Field(examples=[None])
    estimate: float | None = Field(examples=[0.6731])
    low: float | None = Field(examples=[0.5644])
    high: float | None = Field(examples=[0.7742])
    usual: float | None = Field(examples=[0.6012])


class OptionOut(ApiModel):
    """A provider as the client sees it."""

    admission_id: UUID = Field(description="What a choice names")
    provider_id: UUID
    name: str
    own_production: bool
    unit_price_cents: int = Field(examples=[6000])
    own_share_cents: int = Field(examples=[0], description="What the client pays per unit itself")
    languages: list[str] = Field(examples=[["fi", "sv"]])
    languages_verified: list[str] = Field(
        examples=[["fi"]],
        description="Those whose skill an officer has seen proof of; the others are claimed",
    )
    accessibility: list[str]
    method: str = Field(examples=["one_to_one"])
    remote: bool
    in_municipality: bool
    distance_km: int | None = Field(
        examples=[12], description="Straight line between the centres of two municipalities"
    )
    next_start: str | None = Field(examples=["2026-12-01"])
    first_talk_free: bool
    same_coach: bool | None = Field(
        examples=[True], description="The provider's own statement: one person from beginning to end"
    )
    experience: list[str] = Field(examples=[["first_job"]], description="The provider's own statement")
    chosen_now: bool
    no_clear_difference_to_next: bool = Field(
        default=False,
        description="In an order by a figure: the evidence cannot tell it apart from the next one",
    )
    reasons: list[str] = Field(
        examples=[[]], description="Why it can be chosen only knowingly, or not at all"
    )
    figures: list[FigureOut]


class RowOut(ApiModel):
    """One thing that is told of every provider."""

    name: str = Field(examples=["start"])
    matters: bool = Field(description="The client said that it matters")
    first_view: bool = Field(description="Shown at once; the others under “More”")


class ComparisonOut(ApiModel):
    """The options side by side, in the order that was drawn for this client unless another was asked for."""

    shown_id: UUID = Field(description="The record of what was shown; send it with the choice")
    voucher_id: UUID
    eligible: int = Field(examples=[7])
    found: int = Field(examples=[7], description="How many of them the filters let through")
    pages: int = Field(examples=[1])
    rows: list[RowOut] = Field(
        description="What is shown of every provider, in the order in which this client is shown it"
    )
    options: list[OptionOut]
    nearest: list[OptionOut] = Field(description="Offered besides, when fewer than the shortlist's size fit")
    out_for: dict[str, int] = Field(
        examples=[{"elsewhere": 2}],
        description="How many are out for which reason, where fewer than the shortlist's size fit",
    )
    release_id: UUID | None = Field(description="The release that the figures are from")
    clear_differences: list[tuple[UUID, UUID]] = Field(
        description="(better, worse): the pairs that the evidence can tell apart"
    )


def _figure(figure: Figure) -> FigureOut:
    return FigureOut(
        measure=figure.measure,
        blank=figure.blank,
        n=figure.n,
        k=figure.k,
        days=figure.days,
        estimate=figure.estimate,
        low=figure.low,
        high=figure.high,
        usual=figure.usual,
    )


def _option(option: Option, undecided: Collection[UUID] = ()) -> OptionOut:
    offer = option.offer
    return OptionOut(
        admission_id=offer.admission_id,
        provider_id=offer.provider_id,
        name=offer.provider_name,
        own_production=offer.own_production,
        unit_price_cents=offer.unit_price_cents,
        own_share_cents=option.own_share_cents,
        languages=list(offer.languages),
        languages_verified=[code for code in offer.languages if code in offer.languages_verified],
        accessibility=list(offer.accessibility),
        method=offer.method,
        remote=offer.remote,
        in_municipality=option.comes_here,
        distance_km=option.distance_km,
        next_start=offer.next_start.isoformat() if offer.next_start else None,
        first_talk_free=offer.first_talk_free,
        same_coach=offer.same_coach,
        experience=list(offer.experience),
        chosen_now=option.chosen_now,
        no_clear_difference_to_next=option.provider_id in undecided,
        reasons=list(option.reasons),
        figures=[_figure(option.figures[measure]) for measure in MEASURES],
    )


def _comparison(compared: Comparison, shown_id: UUID, matters: Sequence[str]) -> ComparisonOut:
    first, more = rows(matters, own_share=compared.holding.own_share_allowed)
    return ComparisonOut(
        shown_id=shown_id,
        voucher_id=compared.holding.id,
        eligible=compared.eligible,
        found=compared.found,
        pages=compared.pages,
        rows=[
            *(RowOut(name=row.name, matters=row.matters, first_view=True) for row in first),
            *(RowOut(name=row.name, matters=row.matters, first_view=False) for row in more),
        ],
        options=[_option(option, compared.undecided) for option in compared.options],
        nearest=[_option(option) for option in compared.nearest],
        out_for=dict(compared.out_for),
        release_id=compared.release.id if compared.release else None,
        clear_differences=list(compared.clear),
    )


@get(
    "/api/v1/vouchers/{voucher_id:uuid}/comparison",
    who=CASE_WORKER,
    scope="vouchers:read",
    tags=["choice"],
)
async def get_comparison(
    request: AnyRequest,
    voucher_id: FromPath[UUID],
    everyone: Everyone = False,
    matters: Matters = None,
    language: Language = None,
    online: Online = False,
    here: Here = False,
    soon: Soon = False,
    free_talk: FreeTalk = False,
    order: Order = "drawn",
    page: PageNumber = 1,
) -> ComparisonOut:
    """The providers side by side, as the client would see them. What was shown is recorded, and so is the read.

    The filters, the order and the page are those of the list of everyone: they want `everyone`. What matters is recorded
    nowhere.
    """
    held, actor = services(request), signed_in(request)
    looking = Looking(
        language=language or "",
        online=online,
        here=here,
        soon=soon,
        free_talk=free_talk,
        order=order,
        page=page,
    )
    if looking != Looking() and not everyone:
        raise Invalid("request.invalid", errors={"everyone": "field.required"})
    async with held.database.transaction(actor.sight) as session:
        compared, shown_id = await show_comparison(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            voucher_id=voucher_id,
            channel="api",
            widened=everyone,
            looking=looking,
        )
    return _comparison(compared, shown_id, in_order_asked(matters or ()))


ROUTES: list[Any] = [get_comparison]
