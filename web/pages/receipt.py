"""After the pick: the receipt, with what happens next."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.choice.queries import own_voucher
from web.page import page, redirect
from web.pages.choice import CLIENT, own_base
from web.services import services, signed_in

AnyRequest = Request[Any, Any, Any]


@get("/my/vouchers/{voucher_id:uuid}/chosen", who=CLIENT, include_in_schema=False)
async def chosen(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The receipt: who was chosen, and what happens next."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
    if voucher.chosen is None:
        return redirect(f"{own_base(voucher_id)}/compare")
    return page(request, "choice/chosen.html", voucher=voucher, held=voucher.held, chosen=voucher.chosen)


ROUTES: list[Any] = [chosen]
