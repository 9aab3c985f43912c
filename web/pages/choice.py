"""The jobseeker's way: my vouchers, and the providers side by side. The pick itself is in `picking.py`.

A case worker goes the same way with the client at the counter or on the phone, on the same pages.
"""

from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from registry.choice.queries import ORDERS, Comparison, Looking, own_vouchers
from registry.choice.showing import show_comparison
from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Refused
from registry.vouchers.companies.queries import is_company
from web.choice_addresses import base_of, compare_of
from web.choice_addresses import own_base as own_base
from web.choice_addresses import staff_base as staff_base
from web.choice_rows import MATTERS, MOST, rows
from web.choice_words import out_because, out_for
from web.page import page
from web.pages.matters import as_query, matters_page, picked, why_or_raise
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import language_name, languages_text

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

DONE: Final = {
    "refused": N_("You have refused the voucher. Your case worker will get in touch with you."),
    "reviewed": N_("Thank you. Your answers help others to choose."),
}

ORDER_TEXTS: Final = {
    "drawn": N_("As drawn by lot"),
    "near": N_("The nearest first"),
    "soon": N_("The soonest start first"),
    "outcome": N_("By results: work or a study place"),
    "reviews": N_("By reviews: good guidance"),
}
LAST_PAGE: Final = 10_000


def _flashes(done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


@get("/my", who=CLIENT, include_in_schema=False)
async def my(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The client's home: the vouchers, what each is and what comes next."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        vouchers = await own_vouchers(session, client_id=actor.client_id)
        company = await is_company(session, client_id=actor.client_id)
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
        company=company,
        flashes=_flashes(done),
    )


def _asked(request: AnyRequest) -> Looking:
    """What of everyone the reader asked to see; an order or a page that does not exist is left out."""
    said = request.query_params
    order = said.get("order", "drawn")
    return Looking(
        language=said.get("language", "")[:2],
        online="online" in said,
        here="here" in said,
        soon="soon" in said,
        free_talk="free_talk" in said,
        order=order if order in ORDERS else "drawn",
        page=_number(said.get("page", "1")),
        out_page=_number(said.get("out", "1")),
    )


def _number(typed: str) -> int:
    return min(int(typed), LAST_PAGE) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 1


async def _compare(request: AnyRequest, voucher_id: UUID, *, channel: str, widened: bool) -> Response[str]:
    """The options side by side, what matters to the chooser first; too many things that matter are asked again."""
    matters = picked(request)
    if len(matters) > MOST:
        return await matters_page(request, voucher_id, status=422)
    held, actor = services(request), signed_in(request)
    try:
        async with held.database.transaction(actor.sight) as session:
            compared, shown_id = await show_comparison(
                session,
                actor=actor,
                now=held.now(),
                keys=held.keys,
                voucher_id=voucher_id,
                channel=channel,
                widened=widened,
                looking=_asked(request),
            )
    except Refused as refused:
        return await why_or_raise(request, refused, voucher_id, compare_of(actor, voucher_id))
    return _comparison_page(request, compared, shown_id, matters)


def _comparison_page(
    request: AnyRequest, compared: Comparison, shown_id: UUID, matters: list[str]
) -> Response[str]:
    actor, holding = signed_in(request), compared.holding
    names = {option.provider_id: option.offer.provider_name for option in compared.options}
    first, more = rows(matters, own_share=holding.own_share_allowed)
    following = dict(pairwise(names))
    return page(
        request,
        "choice/compare.html",
        compared=compared,
        shown_id=shown_id,
        held=holding,
        base=base_of(actor, holding.id),
        compare_href=compare_of(actor, holding.id),
        matters=[(code, gettext(MATTERS[code])) for code in matters],
        matters_query=as_query(matters),
        rows=first,
        more=more,
        for_client=actor.role is Role.CLIENT,
        clear=[(names[better], names[worse]) for better, worse in compared.clear],
        no_clear_difference_to={
            one: names[after] for one, after in following.items() if one in compared.undecided
        },
        orders=[(code, gettext(ORDER_TEXTS[code])) for code in ORDERS],
        languages=[(code, _capital(language_name(code))) for code in compared.languages],
        page_href=_page_href(request),
        out_href=_page_href(request, "out"),
        out_for=out_for,
        out_because=out_because,
        languages_text=languages_text,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _page_href(request: AnyRequest, turned: str = "page") -> str:
    """This page's address with {page} in it, as the number of what is turned."""
    said = [(name, value) for name, value in request.query_params.multi_items() if name != turned]
    return f"{request.url.path}?{urlencode([*said, (turned, '')])}{{page}}"


@get("/my/vouchers/{voucher_id:uuid}/compare", who=CLIENT, include_in_schema=False)
async def compare_own(
    request: AnyRequest, voucher_id: FromPath[UUID], everyone: FromQuery[bool] = False
) -> Response[str]:
    """The options side by side."""
    return await _compare(request, voucher_id, channel="self", widened=everyone)


@get("/vouchers/{voucher_id:uuid}/choose", who=CASE_WORKER, include_in_schema=False)
async def compare_with_client(
    request: AnyRequest, voucher_id: FromPath[UUID], everyone: FromQuery[bool] = False
) -> Response[str]:
    """The same comparison, looked at together with the client. Outside the own caseload the reason comes first."""
    return await _compare(request, voucher_id, channel="counter", widened=everyone)


ROUTES: list[Any] = [my, compare_own, compare_with_client]
