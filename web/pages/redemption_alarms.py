"""Alarms about redemptions at the finance officer's desk: read with their evidence, decided with a note; money held back
and let go; limits changed by two people."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.actor import Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.vouchers.guarding.commands import (
    LONGEST,
    ask_for_limit,
    decide_limit,
    decide_redemption_alarm,
    lift_hold,
    place_hold,
)
from registry.vouchers.guarding.queries import (
    GuardAlarm,
    guard_alarm,
    guard_alarms,
    limits_shown,
    standing_holds,
)
from registry.vouchers.guarding.rules import LIMITS, AlarmState, Sign, Unit
from web.amounts import typed_money
from web.errors import status_of
from web.forms import Form, read_form
from web.guard_words import amount_text, guard_evidence, guard_state, guard_text
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.redemption import flash
from web.services import services, signed_in
from web.translations import N_, gettext

AnyRequest = Request[Any, Any, Any]

PATH: Final = "/redemption-alarms"
FINANCE: Final = frozenset({Role.FINANCE_OFFICER})
READERS: Final = frozenset({Role.FINANCE_OFFICER, Role.AUDITOR})
PER_PAGE: Final = 50
DONE: Final = {
    "decided": N_("The alarm was decided, and its case is done."),
    "held": N_("The money is held. The provider has been told."),
    "lifted": N_("The hold was lifted. The provider has been told."),
    "asked": N_("The change waits for a colleague to approve it."),
    "approved": N_("The new limit is in force."),
    "rejected": N_("The change was rejected."),
    "withdrawn": N_("The change was taken back."),
}
DECISIONS: Final = ("approved", "rejected", "withdrawn")


def _row(found: GuardAlarm) -> dict[str, Any]:
    text, colour = guard_state(found.state)
    return {"alarm": found, "text": guard_text(found.sign), "state": text, "colour": colour}


@get(PATH, who=READERS, include_in_schema=False)
async def guard_list(request: AnyRequest, number: FromQuery[str] = "1") -> Response[str]:
    """What is held, and all alarms, the open ones first."""
    held, actor = services(request), signed_in(request)
    current = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    async with held.database.transaction(actor.sight) as session:
        found, total = await guard_alarms(session, limit=PER_PAGE, offset=(current - 1) * PER_PAGE)
        holds = await standing_holds(session)
    return page(
        request,
        "guarding/alarms.html",
        rows=[_row(one) for one in found],
        holds=holds,
        current=current,
        last=max(1, -(-total // PER_PAGE)),
    )


async def _page(
    request: AnyRequest, alarm_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await guard_alarm(session, alarm_id=alarm_id)
        if found is None:
            raise NotFound("redemption_alarm.unknown")
        holds = [hold for hold in await standing_holds(session) if hold.provider_id == found.provider_id]
    return page(
        request,
        "guarding/alarm.html",
        status=status,
        get_path=f"{PATH}/{alarm_id}",
        row=_row(found),
        alarm=found,
        evidence=guard_evidence(found.sign, found.seen, found.limit_then, found.facts),
        vouchers=found.facts.get("vouchers", []),
        vouchers_named=[
            (one, gettext("Voucher %(number)s", number=n))
            for n, one in enumerate(found.facts.get("vouchers", []), start=1)
        ],
        holds=holds,
        whole=any(hold.voucher_id is None for hold in holds),
        may_act=actor.role in FINANCE,
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        keys=(new_key(), new_key(), new_key()),
        flashes=flash(DONE, done),
    )


@get(PATH + "/{alarm_id:uuid}", who=READERS, include_in_schema=False)
async def guard_page(
    request: AnyRequest, alarm_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What was seen, against which limit, what may explain it, what is held, and what can be done."""
    return await _page(request, alarm_id, Form(), done=done)


@post(PATH + "/{alarm_id:uuid}", who=FINANCE, include_in_schema=False)
async def guard_decide(request: AnyRequest, alarm_id: FromPath[UUID]) -> Response[str]:
    """Explained or confirmed, with a note."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    state = form.choice("state", (str(AlarmState.EXPLAINED), str(AlarmState.CONFIRMED)))
    note = form.text("note", longest=LONGEST, lines=True)
    if not form.ok:
        return await _page(request, alarm_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await decide_redemption_alarm(
            session, actor=actor, now=held.now(), alarm_id=alarm_id, state=AlarmState(state), note=note
        )
        return {}

    body = {"alarm": str(alarm_id), "state": state, "note": note}
    return await _done(request, alarm_id, form, "redemption_alarm.decide", body, run, "decided")


@post(PATH + "/{alarm_id:uuid}/hold", who=FINANCE, include_in_schema=False)
async def guard_hold(request: AnyRequest, alarm_id: FromPath[UUID]) -> Response[str]:
    """Hold back the provider's money, all of it or that of one voucher, with the reason that it reads."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    voucher_id = form.identifier("voucher", required=False)
    reason = form.text("hold_reason", longest=LONGEST, lines=True)
    if not form.ok:
        return await _page(request, alarm_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        placed = await place_hold(
            session, actor=actor, now=held.now(), alarm_id=alarm_id, voucher_id=voucher_id, reason=reason
        )
        return {"hold": str(placed)}

    body = {"alarm": str(alarm_id), "voucher": str(voucher_id or ""), "reason": reason}
    return await _done(request, alarm_id, form, "redemption_hold.place", body, run, "held")


@post(PATH + "/{alarm_id:uuid}/holds/{hold_id:uuid}", who=FINANCE, include_in_schema=False)
async def guard_lift(request: AnyRequest, alarm_id: FromPath[UUID], hold_id: FromPath[UUID]) -> Response[str]:
    """Let go what was held, and say why."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason = form.text("lift_reason", longest=LONGEST, lines=True)
    if not form.ok:
        return await _page(request, alarm_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await lift_hold(session, actor=actor, now=held.now(), hold_id=hold_id, reason=reason)
        return {}

    body = {"hold": str(hold_id), "reason": reason}
    return await _done(request, alarm_id, form, "redemption_hold.lift", body, run, "lifted")


async def _done(
    request: AnyRequest, alarm_id: UUID, form: Form, operation: str, body: dict[str, Any], run: Any, done: str
) -> Response[str]:
    try:
        await once(request, operation=operation, key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, alarm_id, form, status_of(error))
    return redirect(f"{PATH}/{alarm_id}?done={done}")


# --- limits -------------------------------------------------------------------------------------------------------------


async def _limits_page(request: AnyRequest, form: Form, status: int = 200, done: str = "") -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        limits, asked = await limits_shown(session, organiser_id=actor.organiser_id)
    rows: list[dict[str, Any]] = [
        {
            "sign": str(sign),
            "text": guard_text(sign),
            "value": amount_text(sign, value),
            "usual": amount_text(sign, LIMITS[sign].default),
            "asked": asked.get(sign),
            "asked_value": amount_text(sign, asked[sign].value) if sign in asked else "",
            "mine": sign in asked and asked[sign].asked_by == actor.id,
        }
        for sign, value in limits.items()
    ]
    return page(
        request,
        "guarding/limits.html",
        status=status,
        get_path=f"{PATH}/limits",
        rows=rows,
        signs=[(row["sign"], row["text"].title) for row in rows if not row["asked"]],
        may_act=actor.role in FINANCE,
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=flash(DONE, done),
    )


@get(PATH + "/limits", who=READERS, include_in_schema=False)
async def guard_limits(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """From where on each sign counts, and what waits for a second pair of eyes."""
    return await _limits_page(request, Form(), done=done)


@post(PATH + "/limits", who=FINANCE, include_in_schema=False)
async def guard_ask_limit(request: AnyRequest) -> Response[str]:
    """Ask for another limit."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    typed = form.choice("sign", tuple(LIMITS))
    sign = Sign(typed) if typed else Sign.DAY_NUMBER
    cents = LIMITS[sign].unit is Unit.CENTS
    value = form.money("value") if cents else form.integer("value", least=1)
    if not form.ok:
        return await _limits_page(request, form, 422)

    async def run(session: AsyncSession) -> Answer:
        return {"id": str(await ask_for_limit(session, actor=actor, now=held.now(), sign=sign, value=value))}

    try:
        body = {"sign": str(sign), "value": value}
        await once(request, operation="threshold.ask", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        if error.code == "threshold.out_of_range":
            bounds = (LIMITS[sign].least, LIMITS[sign].most)
            least, most = (typed_money(one) if cents else one for one in bounds)
            form.fail("value", error.code, least=least, most=most)
        else:
            form.blame(error)
        return await _limits_page(request, form, status_of(error))
    return redirect(f"{PATH}/limits?done=asked")


@post(PATH + "/limits/{threshold_id:uuid}", who=FINANCE, include_in_schema=False)
async def guard_decide_limit(request: AnyRequest, threshold_id: FromPath[UUID]) -> Response[str]:
    """Approve or reject what a colleague asked for, or take back one's own."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    to_state = form.choice("to_state", DECISIONS)
    if not form.ok:
        return await _limits_page(request, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await decide_limit(session, actor=actor, now=held.now(), threshold_id=threshold_id, to_state=to_state)
        return {}

    try:
        body = {"threshold": str(threshold_id), "to_state": to_state}
        await once(request, operation="threshold.decide", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _limits_page(request, form, status_of(error))
    return redirect(f"{PATH}/limits?done={to_state}")


ROUTES: list[Any] = [
    guard_list,
    guard_page,
    guard_decide,
    guard_hold,
    guard_lift,
    guard_limits,
    guard_ask_limit,
    guard_decide_limit,
]
