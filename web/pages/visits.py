"""Was this visit as it was recorded? The client's answer, and the finance officer's ruling on what is disputed."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.vouchers.confirming.commands import answer_visit, rule_on_visit
from registry.vouchers.confirming.queries import Visit, visit_of
from registry.vouchers.confirming.rules import LONGEST_WORDS, SILENT_AFTER, Answer, Ruling, Standing
from registry.vouchers.queries import voucher_view
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import once
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import N_, gettext
from web.visit_words import ANSWER_TEXTS, RULING_TEXTS, SAID_TEXTS, activity_text, attended_text

AnyRequest = Request[Any, Any, Any]

CLIENT: Final = frozenset({Role.CLIENT})
FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
DONE: Final = {"ruled": N_("You ruled on the visit. Both are told.")}


async def _asking_page(
    request: AnyRequest, redemption_id: UUID, form: Form, status: int = 200
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        visit = await visit_of(session, redemption_id=redemption_id)
        view = await voucher_view(session, voucher_id=visit.voucher_id)
        log_read(
            session, actor=actor, now=held.now(), client_id=visit.client_id, organiser_id=view.organiser_id,
            what="voucher", reason="own_data",
        )  # fmt: skip
    if visit.answer and not form.value("answer"):
        form.set("answer", visit.answer)
        form.set("words", visit.words or "")
    return page(
        request,
        "visits/ask.html",
        status=status,
        get_path=f"/my/visits/{redemption_id}",
        visit=visit,
        activity=activity_text(visit.activity),
        attended=attended_text(visit.attended, visit.group_size),
        standing=visit.standing(held.now()),
        organiser_phone=view.organiser_phone,
        answers=[(str(answer), gettext(text)) for answer, text in ANSWER_TEXTS.items()],
        days=SILENT_AFTER.days,
        longest=LONGEST_WORDS,
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@get("/my/visits/{redemption_id:uuid}", who=CLIENT, include_in_schema=False)
async def asking(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """What was recorded, and one question about it."""
    return await _asking_page(request, redemption_id, Form())


@post("/my/visits/{redemption_id:uuid}", who=CLIENT, include_in_schema=False)
async def answer(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """Yes, no, or "I was not there"."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    said = form.choice("answer", tuple(map(str, Answer)))
    words = form.text("words", longest=LONGEST_WORDS, lines=True, required=False)
    if not form.ok:
        return await _asking_page(request, redemption_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await answer_visit(
            session,
            actor=actor,
            now=held.now(),
            redemption_id=redemption_id,
            answer=Answer(said),
            words=words,
        )
        return {"voucher": str((await visit_of(session, redemption_id=redemption_id)).voucher_id)}

    body = {"redemption": str(redemption_id), "answer": said, "words": words}
    try:
        done = await once(request, operation="visit.answer", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _asking_page(request, redemption_id, form, status_of(error))
    return redirect(
        f"/vouchers/{done['voucher']}?done={'visit_right' if said == Answer.YES else 'visit_wrong'}"
    )


async def _ruling_page(
    request: AnyRequest, redemption_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        visit = await visit_of(session, redemption_id=redemption_id)
        if visit.answer is None:  # there is nothing here to look into
            raise NotFound("visit.unknown")
        log_read(
            session, actor=actor, now=held.now(), client_id=visit.client_id, organiser_id=actor.organiser_id,
            what="voucher", reason="visit_disputed",
        )  # fmt: skip
    return page(
        request,
        "visits/ruling.html",
        status=status,
        get_path=f"/visits/{redemption_id}",
        visit=visit,
        activity=activity_text(visit.activity),
        attended=attended_text(visit.attended, visit.group_size),
        said=gettext(SAID_TEXTS[Answer(visit.answer)]),
        ruled=gettext(RULING_TEXTS[Ruling(visit.ruling)]) if visit.ruling else None,
        disputed=_open(visit),
        rulings=[(str(ruling), gettext(text)) for ruling, text in RULING_TEXTS.items()],
        longest=LONGEST_WORDS,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    )


def _open(visit: Visit) -> bool:
    return visit.standing(visit.recorded_at) is Standing.DISPUTED


@get("/visits/{redemption_id:uuid}", who=FINANCE, include_in_schema=False)
async def disputed(
    request: AnyRequest, redemption_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What the provider recorded and what the client says of it, without a name."""
    return await _ruling_page(request, redemption_id, Form(), done=done)


@post("/visits/{redemption_id:uuid}", who=FINANCE, include_in_schema=False)
async def rule(request: AnyRequest, redemption_id: FromPath[UUID]) -> Response[str]:
    """It stands, or it is reversed; in words that both will read."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    ruling = form.choice("ruling", tuple(map(str, Ruling)))
    reason = form.text("reason", longest=LONGEST_WORDS, lines=True)
    if not form.ok:
        return await _ruling_page(request, redemption_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await rule_on_visit(
            session, actor=actor, now=held.now(), redemption_id=redemption_id, ruling=Ruling(ruling), reason=reason
        )  # fmt: skip
        return {}

    body = {"redemption": str(redemption_id), "ruling": ruling, "reason": reason}
    try:
        await once(request, operation="visit.rule", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _ruling_page(request, redemption_id, form, status_of(error))
    return redirect(f"/visits/{redemption_id}?done=ruled")


ROUTES: list[Any] = [asking, answer, disputed, rule]
