"""A voucher's page: for its holder with the code, for staff without it; and cancelling it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import log_read
from registry.shared.actor import Role
from registry.shared.errors import Invalid, Refused
from registry.shared.identifiers import grouped
from registry.shared.period import local_date
from registry.vouchers.adverse.queries import decisions_against
from registry.vouchers.allowances.queries import Allowance, allowance_of
from registry.vouchers.changing.queries import Change, changes_of
from registry.vouchers.changing.rules import ChangeKind
from registry.vouchers.commands import cancel
from registry.vouchers.companies.queries import aid_of_voucher
from registry.vouchers.confirming.queries import visits_of
from registry.vouchers.queries import (
    RedemptionRow,
    VoucherView,
    cancel_reason,
    client_names,
    provider_names,
    redemptions_of,
    voucher_view,
)
from registry.vouchers.reading import reason_to_read
from registry.vouchers.reasons import CANCEL_REASONS
from registry.vouchers.results.queries import MilestoneRow, milestone_rows
from web.amounts import unit_price_text, units_text, value_text
from web.change_words import REASON_TEXTS
from web.documents.qr import inline_svg, voucher_code
from web.errors import status_of
from web.events import Shown, voucher_timeline
from web.forms import Form, read_form
from web.hearing import hearing_body, hearing_choices, read_hearing
from web.idempotency import once
from web.kind_views import DecisionText, decision_texts, kind_facts
from web.page import new_key, page, redirect
from web.pages.clients import why_page
from web.pages.voucher_code import secret_of
from web.services import services, signed_in
from web.translations import N_, current_language, format_date, gettext
from web.visit_words import STANDING_TEXTS

AnyRequest = Request[Any, Any, Any]
CLIENT: Final = frozenset({Role.CLIENT})
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})
READERS: Final = frozenset({Role.CLIENT, Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR})

DONE: Final = {
    "visit_right": N_("Thank you. You said that the visit is right."),
    "visit_wrong": N_("Thank you. An official looks into it, and the visit is not paid meanwhile."),
    "granted": N_("The voucher was granted. The client has been told."),
    "renewed": N_("A new voucher was granted that goes on from the old one. The client has been told."),
    "milestone_decided": N_("Thank you. The provider has been told."),
    "raise": N_("The voucher has more value. The client has been told."),
    "lower": N_(
        "The voucher has less value. The client has been told, with the reason and how to ask for a correction."
    ),
    "extend": N_("The voucher has more days. The client has been told."),
    "new_code": N_("You have a new code. The old one works no more."),
    "cancelled": N_(
        "The voucher was cancelled. The client has been told, with the reason and how to ask for a correction."
    ),
}
CANCEL_TEXTS: Final[dict[str, str]] = {
    "client_asked": N_("The client asked for it"),
    "moved_away": N_("The client has moved to another area"),
    "no_longer_entitled": N_("The client is no longer entitled to the service"),
    "service_ended": N_("The service is no longer offered"),
    "granted_in_error": N_("The voucher was granted by mistake"),
}


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a voucher's page is made of."""

    view: VoucherView
    redemptions: list[RedemptionRow]
    providers: dict[UUID, str]
    history: list[Shown]
    client_name: str | None
    cancelled_because: str | None
    asked: dict[UUID, str]
    """What the holder has said, or may say, of each visit."""
    changes: list[Change]
    decisions: list[DecisionText]
    milestones: list[MilestoneRow]
    allowance: Allowance | None
    aid_id: UUID | None
    """Of a voucher that is aid to a company: what the certificate is of."""


async def _whole(session: AsyncSession, request: AnyRequest, voucher_id: UUID) -> _Whole | UUID:
    """The voucher with all around it, its reading logged; the client's id where a reason must be stated first."""
    actor, now = signed_in(request), services(request).now()
    view = await voucher_view(session, voucher_id=voucher_id)
    reason = await reason_to_read(
        session, actor=actor, now=now, client_id=view.client_id, case_worker_id=view.case_worker_id
    )
    if reason is None:
        return view.client_id
    log_read(
        session,
        actor=actor,
        now=now,
        client_id=view.client_id,
        organiser_id=view.organiser_id,
        what="voucher",
        reason=reason,
    )
    redemptions = await redemptions_of(session, voucher_id=voucher_id)
    providers = await provider_names(session, ids={redemption.provider_id for redemption in redemptions})
    names = await client_names(session, {view.client_id}) if actor.role is Role.CASE_WORKER else {}
    history = await voucher_timeline(session, voucher_id=voucher_id, viewer=actor)
    why = await cancel_reason(session, voucher_id=voucher_id) if view.state == "cancelled" else None
    asked: dict[UUID, str] = {}
    changes = await changes_of(session, voucher_id=voucher_id)
    if actor.role is Role.CLIENT and redemptions:
        visits = await visits_of(session, voucher_id=voucher_id)
        asked = {visit.redemption_id: gettext(STANDING_TEXTS[visit.standing(now)]) for visit in visits}
    return _Whole(
        view,
        redemptions,
        providers,
        history,
        names.get(view.client_id),
        why,
        asked,
        changes,
        decision_texts(await decisions_against(session, voucher_id=voucher_id), CANCEL_TEXTS),
        await milestone_rows(session, voucher_id=voucher_id),
        await allowance_of(session, voucher_id=voucher_id),
        await aid_of_voucher(session, voucher_id=voucher_id),
    )


def _facts(view: VoucherView, *, staff: bool, by_results: bool = False) -> list[tuple[str, str]]:
    """The voucher's terms in words, as (term, value)."""
    lang = current_language.get()
    facts = [
        (gettext("Valid until"), format_date(view.last_day, "long")),
        (gettext("Granted"), value_text(view.granted_cents, view.units_granted, view.unit_name)),
    ]
    if view.units_available is not None and view.is_open:
        facts.append((gettext("Left"), units_text(view.units_available, view.unit_name)))
    if view.agreed_unit_price_cents is not None and view.is_open and not by_results:
        facts.append((gettext("Agreed price"), unit_price_text(view.agreed_unit_price_cents, view.unit_name)))
    facts.append(
        (
            gettext("Own share"),
            gettext(
                "What the price is above %(ceiling)s",
                ceiling=unit_price_text(view.unit_price_ceiling_cents, view.unit_name),
            )
            if view.own_share_allowed
            else gettext("None: the service is free"),
        )
    )
    facts.append((gettext("Part of the plan"), gettext("Yes") if view.in_plan else gettext("No")))
    if staff:
        facts += [
            (gettext("Budget line"), view.budget_line),
            (gettext("Rule book"), view.rule_book_version),
            (gettext("Granted on"), format_date(view.granted_at)),
        ]
    facts.append((gettext("Granted by"), view.organiser[lang]))
    return facts


def _change_text(change: Change, unit_name: str | None) -> tuple[str, str]:
    """When, and what was changed by how much and why."""
    if change.valid_until_after is not None:
        day = format_date(local_date(change.valid_until_after - timedelta(seconds=1)), "long")
        what = gettext("Valid through %(day)s", day=day)
    else:
        sign = "+" if change.kind == ChangeKind.RAISED else "−"
        what = sign + value_text(change.cents or 0, change.units, unit_name)
    return format_date(change.recorded_at), f"{what}. {gettext(REASON_TEXTS[change.reason])}."


def _cancel_text(reason: str | None) -> str | None:
    """The reason in words; an older event may have one that is no code."""
    return gettext(CANCEL_TEXTS[reason]) if reason in CANCEL_TEXTS else None


@get("/vouchers/{voucher_id:uuid}", who=READERS, include_in_schema=False)
async def voucher(
    request: AnyRequest, voucher_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """The holder sees the code as often as wanted; staff see all but the code, other people's clients with a reason."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        whole = await _whole(session, request, voucher_id)
    if isinstance(whole, UUID):
        return why_page(request, whole, f"/vouchers/{voucher_id}")
    view, holder = whole.view, actor.role is Role.CLIENT
    data: dict[str, Any] = {
        "view": view,
        "service": view.service[current_language.get()],
        "organiser": view.organiser[current_language.get()],
        "number": grouped(view.number),
        "facts": _facts(view, staff=not holder, by_results=bool(whole.milestones)),
        "redemptions": whole.redemptions,
        "providers": whole.providers,
        "history": whole.history,
        "changes": [_change_text(change, view.unit_name) for change in whole.changes],
        "decisions": whole.decisions,
        "kind": kind_facts(
            whole.milestones, whole.allowance, decides=actor.role in (Role.CLIENT, Role.CASE_WORKER)
        ),
        "milestones": whole.milestones,
        "aid_id": whole.aid_id,
        "cancelled_because": _cancel_text(whole.cancelled_because),
        "flashes": [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else [],
    }
    if holder:
        data["asked"] = whole.asked
        if view.is_open:
            secret = secret_of(request, view)
            data["secret"] = grouped(secret)
            data["qr"] = inline_svg(voucher_code(view.number, secret), gettext("QR code of your voucher"))
        return page(request, "vouchers/holder.html", **data)
    may_act = actor.role is Role.CASE_WORKER and view.is_open
    data["may_renew"] = actor.role is Role.CASE_WORKER and view.state not in ("refused", "cancelled")
    return page(request, "vouchers/voucher.html", client_name=whole.client_name, may_act=may_act, **data)


@get("/vouchers/{voucher_id:uuid}/cancel", who=CASE_WORKER, include_in_schema=False)
async def cancel_page(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """The reason, and what the client will be told."""
    return await _cancel_page(request, voucher_id, Form())


async def _cancel_page(request: AnyRequest, voucher_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        whole = await _whole(session, request, voucher_id)
    if isinstance(whole, UUID):
        return why_page(request, whole, f"/vouchers/{voucher_id}/cancel")
    return page(
        request,
        "vouchers/cancel.html",
        status=status,
        get_path=f"/vouchers/{voucher_id}/cancel",
        view=whole.view,
        client_name=whole.client_name,
        number=grouped(whole.view.number),
        service=whole.view.service[current_language.get()],
        reasons=[(code, gettext(CANCEL_TEXTS[code])) for code in CANCEL_REASONS],
        hearings=hearing_choices(),
        filled=form,
        errors=form.errors,
        key=new_key(),
    )


@post("/vouchers/{voucher_id:uuid}/cancel", who=CASE_WORKER, include_in_schema=False)
async def cancel_voucher(request: AnyRequest, voucher_id: FromPath[UUID]) -> Response[str]:
    """Cancel what is left: an adverse act, so with a reason that the client is told together with the remedy."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    reason, hearing = form.choice("reason", CANCEL_REASONS), read_hearing(form)
    if not form.ok:
        return await _cancel_page(request, voucher_id, form, 422)

    async def run(session: AsyncSession) -> dict[str, Any]:
        await cancel(
            session, actor=actor, now=held.now(), voucher_id=voucher_id, reason=reason, hearing=hearing
        )
        return {}

    body = {"voucher": str(voucher_id), "reason": reason, **hearing_body(hearing)}
    try:
        await once(request, operation="voucher.cancel", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _cancel_page(request, voucher_id, form, status_of(error))
    return redirect(f"/vouchers/{voucher_id}?done=cancelled")


ROUTES: list[Any] = [voucher, cancel_page, cancel_voucher]
