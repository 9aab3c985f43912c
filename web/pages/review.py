"""A client's review of a provider where the voucher was used."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.queries import own_voucher
from registry.providers.model import Provider
from registry.quality.commands import COMMENT_LENGTH, submit_review
from registry.quality.rules import ASPECTS, Moment
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


async def _form_page(
    request: AnyRequest, voucher_id: UUID, provider_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        voucher = await own_voucher(session, voucher_id=voucher_id)
        provider = await session.get(Provider, provider_id)
    if provider is None:
        raise NotFound("provider.unknown")
    path = f"{own_base(voucher_id)}/review/{provider_id}"
    return page(
        request,
        "choice/review.html",
        status=status,
        get_path=path,
        action=path,
        held=voucher.held,
        name=provider.name,
        waiting=any(waits == provider_id for waits, _ in voucher.to_review),
        questions=[(aspect, gettext(QUESTIONS[aspect])) for aspect in ASPECTS],
        scores=SCORES,
        longest=COMMENT_LENGTH,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}", who=CLIENT, include_in_schema=False)
async def reviewing(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """Five questions and a free word."""
    return await _form_page(request, voucher_id, provider_id, Form())


@post("/my/vouchers/{voucher_id:uuid}/review/{provider_id:uuid}", who=CLIENT, include_in_schema=False)
async def review(
    request: AnyRequest, voucher_id: FromPath[UUID], provider_id: FromPath[UUID]
) -> Response[str]:
    """Take in the review; it is final."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    scores = {aspect: form.choice(aspect, SCORES) for aspect in ASPECTS}
    comment = form.text("comment", longest=COMMENT_LENGTH, required=False, lines=True)
    if not form.ok:
        return await _form_page(request, voucher_id, provider_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        review_id = await submit_review(
            session,
            actor=actor,
            now=held.now(),
            voucher_id=voucher_id,
            provider_id=provider_id,
            moment=Moment.AFTER,
            scores={aspect: int(score) for aspect, score in scores.items()},
            comment=comment,
        )
        return {"review": str(review_id)}

    body = {"voucher": str(voucher_id), "provider": str(provider_id), "comment": comment, **scores}
    try:
        await once(request, operation="review.submit", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _form_page(request, voucher_id, provider_id, form, 409)
    return redirect("/my?done=reviewed")


ROUTES: list[Any] = [reviewing, review]
