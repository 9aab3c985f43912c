"""The jobseeker's way: my vouchers, and the providers side by side. The pick itself is in `picking.py`.

A case worker goes the same way with the client at the counter or on the phone, on the same pages.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from registry.choice.queries import Comparison, own_vouchers
from registry.choice.showing import show_comparison
from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Refused
from registry.vouchers.queries import voucher_line
from web.page import page
from web.pages.clients import why_page
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import languages_text

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

DONE: Final = {
    "help": N_("Your request has been sent. Your case worker will get in touch within two days."),
    "refused": N_("You have refused the voucher. Your case worker will get in touch with you."),
    "reviewed": N_("Thank you. Your answers help others to choose."),
}


def own_base(voucher_id: UUID) -> str:
    """Where the client's own pages of a voucher are."""
    return f"/my/vouchers/{voucher_id}"


def staff_base(voucher_id: UUID) -> str:
    """Where the case worker's pages of the same voucher are."""
    return f"/vouchers/{voucher_id}"


def _flashes(done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


@get("/my", who=CLIENT, include_in_schema=False)
async def my(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The client's home: the vouchers, what each is and what comes next."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        vouchers = await own_vouchers(session, client_id=actor.client_id)
        log_read(
            session,
            actor=actor,
            now=held.now(),
            client_id=actor.client_id,
            organiser_id=actor.organiser_id,
            what="vouchers",
            reason="own_data",
        )
    return page(
        request,
        "choice/my.html",
        current=[voucher for voucher in vouchers if voucher.open],
        past=[voucher for voucher in vouchers if not voucher.open],
        flashes=_flashes(done),
    )


def _comparison_page(request: AnyRequest, compared: Comparison, shown_id: UUID, base: str) -> Response[str]:
    actor = signed_in(request)
    names = {option.provider_id: option.offer.provider_name for option in compared.options}
    return page(
        request,
        "choice/compare.html",
        compared=compared,
        shown_id=shown_id,
        held=compared.holding,
        base=base,
        compare_href=f"{base}/compare" if actor.role is Role.CLIENT else f"{base}/choose",
        for_client=actor.role is Role.CLIENT,
        clear=[(names[better], names[worse]) for better, worse in compared.clear],
        languages_text=languages_text,
    )


@get("/my/vouchers/{voucher_id:uuid}/compare", who=CLIENT, include_in_schema=False)
async def compare_own(
    request: AnyRequest, voucher_id: FromPath[UUID], everyone: FromQuery[bool] = False
) -> Response[str]:
    """The options side by side."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        compared, shown_id = await show_comparison(
            session,
            actor=actor,
            now=held.now(),
            keys=held.keys,
            voucher_id=voucher_id,
            channel="self",
            widened=everyone,
        )
    return _comparison_page(request, compared, shown_id, own_base(voucher_id))


@get("/vouchers/{voucher_id:uuid}/choose", who=CASE_WORKER, include_in_schema=False)
async def compare_with_client(
    request: AnyRequest, voucher_id: FromPath[UUID], everyone: FromQuery[bool] = False
) -> Response[str]:
    """The same comparison, looked at together with the client. Outside the own caseload the reason comes first."""
    held, actor = services(request), signed_in(request)
    try:
        async with held.database.transaction(actor.sight) as session:
            compared, shown_id = await show_comparison(
                session,
                actor=actor,
                now=held.now(),
                keys=held.keys,
                voucher_id=voucher_id,
                channel="counter",
                widened=everyone,
            )
    except Refused as refused:
        if refused.code != "read.no_reason":
            raise
        async with held.database.transaction(actor.sight) as session:
            voucher = await voucher_line(session, voucher_id=voucher_id)
        return why_page(request, voucher.client_id, f"{staff_base(voucher_id)}/choose")
    return _comparison_page(request, compared, shown_id, staff_base(voucher_id))


ROUTES: list[Any] = [my, compare_own, compare_with_client]
