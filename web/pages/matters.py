"""What matters to the one who chooses: asked before the comparison, whose rows it orders.

It travels in the address and is kept nowhere. So it works without scripts, "back" goes back to it, and it is gone when
the page is closed: what somebody looks for says something about their life, no one needs to know it afterwards, and
since it moves no provider it could not change what the record of the comparison has to prove.
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.choice.showing import look_at_choice
from registry.shared.actor import Role
from registry.shared.errors import Refused
from registry.vouchers.queries import voucher_line
from web.choice_addresses import base_of, compare_of
from web.choice_rows import MOST, in_order_asked, matters_options
from web.page import page
from web.pages.clients import why_page
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]


def picked(request: AnyRequest) -> list[str]:
    """What the address says that matters, in the order in which it is asked."""
    return in_order_asked(request.query_params.getall("matters", []))


def as_query(matters: list[str]) -> str:
    """The same for the next address, empty when nothing was picked."""
    return urlencode([("matters", code) for code in matters])


def with_query(matters: list[str]) -> str:
    """As the end of an address that has no query yet."""
    return f"?{as_query(matters)}" if matters else ""


async def why_or_raise(request: AnyRequest, refused: Refused, voucher_id: UUID, target: str) -> Response[str]:
    """Staff who look outside their own caseload give their reason first; any other refusal stands."""
    if refused.code != "read.no_reason":
        raise refused
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await voucher_line(session, voucher_id=voucher_id)
    return why_page(request, voucher.client_id, target)


async def matters_page(request: AnyRequest, voucher_id: UUID, status: int = 200) -> Response[str]:
    """The question, with what was ticked before; too many are sent back with how many to leave out."""
    held, actor = services(request), signed_in(request)
    here = f"{base_of(actor, voucher_id)}/matters"
    try:
        async with held.database.transaction(actor.sight) as session:
            voucher, _ = await look_at_choice(session, actor=actor, now=held.now(), voucher_id=voucher_id)
    except Refused as refused:
        return await why_or_raise(request, refused, voucher_id, here)
    ticked = picked(request)
    errors = {}
    if len(ticked) > MOST:
        errors["matters"] = gettext("Choose at most three: leave out %(num)s.", num=len(ticked) - MOST)
    return page(
        request,
        "choice/matters.html",
        status=status,
        get_path=here,
        held=voucher,
        options=matters_options(voucher.audience),
        ticked=ticked,
        errors=errors,
        compare=compare_of(actor, voucher_id),
        back="/my" if actor.role is Role.CLIENT else base_of(actor, voucher_id),
        for_client=actor.role is Role.CLIENT,
    )


@get("/my/vouchers/{voucher_id:uuid}/matters", who=frozenset({Role.CLIENT}), include_in_schema=False)
async def matters_own(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """What matters to you?"""
    return await matters_page(request, voucher_id)


@get("/vouchers/{voucher_id:uuid}/matters", who=frozenset({Role.CASE_WORKER}), include_in_schema=False)
async def matters_with_client(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The same, asked at the counter or on the phone."""
    return await matters_page(request, voucher_id)


ROUTES: list[Any] = [matters_own, matters_with_client]
