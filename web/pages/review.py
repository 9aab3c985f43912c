"""A client's review of a provider where the voucher was used: when the service is over, and once more half a year
later."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.queries import OwnVoucher, Used, own_voucher
from registry.quality.alarms.origins import note_origin
from registry.quality.commands import COMMENT_LENGTH, submit_review
from registry.quality.rules import ASPECTS, FEWEST, Moment
from registry.shared.errors import Invalid, NotFound, Refused
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.pages.choice import CLIENT, own_base
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

QUESTIONS: Final = {
    "welcome": N_("Did you feel welcome?"),
    "coaching": N_("Was the guidance good?"),
    "usefulness": N_("Was it useful to you?"),
    "contact": N_("Was it easy to reach them?"),
    "timing": N_("Was it the right service at the right time?"),
}
SCORES: Final = [str(score) for score in range(11)]
OVER: Final = "over"
GOES_ON: Final = "review.service_goes_on"
"""The refusal that belongs to the tick."""


def _path(voucher_id: UUID, provider_id: UUID, moment: Moment) -> str:
    path = f"{own_base(voucher_id)}/review/{provider_id}"
    return path if moment is Moment.AFTER else f"{path}/later"


async def _used(request: AnyRequest, voucher_id: UUID, provider_id: UUID) -> tuple[OwnVoucher, Used]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
    used = next((used for used in voucher.used if used.provider_id == provider_id), None)
    if used is None:
        raise NotFound("review.nothing_redeemed")
    return voucher, used


def _waits(voucher: OwnVoucher, used: Used, moment: Moment, now: datetime) -> bool:
    """There is something to answer."""
    waiting = voucher.to_review if moment is Moment.AFTER else voucher.to_review_again(now)
    return any(provider_id == used.provider_id for provider_id, _ in waiting)


def _form_page(
    request: AnyRequest, voucher: OwnVoucher, used: Used, moment: Moment, form: Form, status: int = 200
) -> Response[str]:
    path = _path(voucher.held.id, used.provider_id, moment)
    return page(
        request,
        "choice/review.html",
        status=status,
        get_path=path,
        action=path,
        held=voucher.held,
        name=used.name,
        later=moment is Moment.HALF_YEAR,
        waiting=_waits(voucher, used, moment, services(request).now()),
        goes_on=moment is Moment.AFTER and voucher.goes_on(used.provider_id),
        questions=[(aspect, gettext(QUESTIONS[aspect])) for aspect in ASPECTS],
        scores=SCORES,
        fewest=FEWEST,
        longest=COMMENT_LENGTH,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


async def _take_in(request: AnyRequest, voucher_id: UUID, provider_id: UUID, moment: Moment) -> Response[str]:
    """The review is final. Whatever is wrong with it, what was written comes back."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    voucher, used = await _used(request, voucher_id, provider_id)
    scores = {aspect: form.choice(aspect, SCORES) for aspect in ASPECTS}
    comment = form.text("comment", longest=COMMENT_LENGTH, required=False, lines=True)
    if not form.ok:
        return _form_page(request, voucher, used, moment, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        now = held.now()
        review_id = await submit_review(
            session,
            actor=actor,
            now=now,
            voucher_id=voucher_id,
            provider_id=provider_id,
            moment=moment,
            scores={aspect: int(score) for aspect, score in scores.items()},
            comment=comment,
            over=form.ticked(OVER),
        )
        if request.client is not None:
            address = request.client.host
            await note_origin(session, keys=held.keys, now=now, review_id=review_id, address=address)
        return {"review": str(review_id)}

    body = {"voucher": str(voucher_id), "provider": str(provider_id), "comment": comment, **scores}
    if moment is Moment.HALF_YEAR:
        body["moment"] = str(moment)
    try:
        await once(request, operation="review.submit", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        if error.code == GOES_ON:
            form.fail(OVER, error.code)
        else:
            form.blame(error)
        return _form_page(request, voucher, used, moment, form, 422 if OVER in form.errors else 409)
    return redirect("/my?done=reviewed")


@get("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}", who=CLIENT, include_in_schema=False)
async def reviewing(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """Five questions and a free word, when the service is over."""
    return _form_page(request, *await _used(request, voucher_id, provider_id), Moment.AFTER, Form())


@post("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}", who=CLIENT, include_in_schema=False)
async def review(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """Take it in."""
    return await _take_in(request, voucher_id, provider_id, Moment.AFTER)


@get("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}/later", who=CLIENT, include_in_schema=False)
async def reviewing_later(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """The same questions, half a year after the last visit."""
    return _form_page(request, *await _used(request, voucher_id, provider_id), Moment.HALF_YEAR, Form())


@post("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}/later", who=CLIENT, include_in_schema=False)
async def review_later(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """Take it in."""
    return await _take_in(request, voucher_id, provider_id, Moment.HALF_YEAR)


ROUTES: list[Any] = [reviewing, review, reviewing_later, review_later]
