"""The caseload: one page that shows whose matter needs a case worker now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post

from registry.people.rules import STATED
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from registry.shared.period import local_date
from registry.vouchers.queries import GROUPS, Caseload, VoucherLine, caseload, colleagues
from registry.vouchers.reading import log_listed
from web.case_texts import case_text
from web.forms import Form, read_form
from web.page import page
from web.services import services, signed_in
from web.translations import N_, current_language, format_date, format_money, gettext

AnyRequest = Request[Any, Any, Any]
CASE_WORKER: Final = frozenset({Role.CASE_WORKER})

SHOWN: Final = 25
"""Rows of a group before "all of them" is asked for."""

GROUP_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "not_chosen": (N_("Not chosen"), N_("The client has a voucher and has not chosen a provider.")),
    "not_started": (
        N_("Not started"),
        N_("A provider has been chosen, and the voucher has not been shown yet."),
    ),
    "stalled": (N_("Stalled"), N_("Nothing has been redeemed for 30 days.")),
    "expiring": (N_("About to expire"), N_("At most 14 days are left, and there is value on the voucher.")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A voucher in a group: who, what, and what tells how urgent it is."""

    voucher_id: UUID
    client_id: UUID
    name: str
    service: str
    about: str
    when: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group with as many of its lines as the page shows."""

    code: str
    title: str
    text: str
    count: int
    lines: list[Line]


def _line(code: str, voucher: VoucherLine) -> Line:
    lang = current_language.get()
    about = {
        "not_chosen": gettext("granted %(day)s", day=format_date(voucher.granted_at)),
        "not_started": _waiting(voucher),
        "stalled": _since(voucher),
        "expiring": gettext("%(amount)s left", amount=format_money(voucher.available_cents)),
    }[code]
    return Line(
        voucher_id=voucher.id,
        client_id=voucher.client_id,
        name=voucher.client_name or "",
        service=voucher.service[lang],
        about=about,
        when=gettext("until %(day)s", day=format_date(voucher.last_day)),
    )


def _waiting(voucher: VoucherLine) -> str:
    if voucher.assignment_state == "asked":
        return gettext("%(provider)s has not answered yet", provider=voucher.provider or "")
    day = format_date(voucher.chosen_at) if voucher.chosen_at else ""
    return gettext("%(provider)s, chosen %(day)s", provider=voucher.provider or "", day=day)


def _since(voucher: VoucherLine) -> str:
    if voucher.last_used_at is None:
        return gettext("%(provider)s, no visit yet", provider=voucher.provider or "")
    day = format_date(voucher.last_used_at)
    return gettext("%(provider)s, last visit redeemed %(day)s", provider=voucher.provider or "", day=day)


def _groups(found: Caseload, whole: str) -> list[Group]:
    return [
        Group(
            code=code,
            title=gettext(GROUP_TEXTS[code][0]),
            text=gettext(GROUP_TEXTS[code][1]),
            count=len(found.groups[code]),
            lines=[
                _line(code, voucher) for voucher in found.groups[code][: None if whole == code else SHOWN]
            ],
        )
        for code in GROUPS
    ]


async def _caseload_page(
    request: AnyRequest,
    *,
    of: UUID,
    reason: str,
    form: Form,
    colleague: str | None = None,
    status: int = 200,
) -> Response[str]:
    """One case worker's caseload. Every client whose name stands on it is logged as read, once a day."""
    held, actor = services(request), signed_in(request)
    now: datetime = held.now()
    async with held.database.transaction(actor.sight) as session:
        found = await caseload(session, case_worker_id=of, now=now)
        others = await colleagues(session, organiser_id=actor.organiser_id, but=actor.id)
        named = {(v.client_id, v.organiser_id) for group in found.groups.values() for v in group}
        named |= {
            (case.client_id, case.organiser_id) for case, name in found.cases if case.client_id and name
        }
        await log_listed(session, actor=actor, now=now, clients=named, what="caseload", reason=reason)
    whole = request.query_params.get("all", "")
    today = local_date(now)
    return page(
        request,
        "vouchers/caseload.html",
        status=status,
        get_path="/caseload",
        found=found,
        groups=_groups(found, "" if colleague else whole),
        cases=[
            (case, case_text(case.kind), name, case.due_on < today)
            for case, name in found.cases[: None if whole == "cases" else SHOWN]
        ],
        colleague=colleague,
        colleagues=[(str(other.id), other.name) for other in others],
        filled=form,
        errors=form.errors,
        shown=SHOWN,
    )


@get("/caseload", who=CASE_WORKER, include_in_schema=False)
async def own_caseload(request: AnyRequest) -> Response[str]:
    """The signed-in case worker's own."""
    return await _caseload_page(request, of=_own(request), reason="own_caseload", form=Form())


def _own(request: AnyRequest) -> UUID:
    actor = signed_in(request)
    if actor.id is None:
        raise LookupError("a case worker is a person")
    return actor.id


@post("/caseload", who=CASE_WORKER, include_in_schema=False)
async def colleagues_caseload(request: AnyRequest) -> Response[str]:
    """A colleague's, with a reason that those clients can read. An answer to a form on purpose: the reason is asked
    each time, and stands in no address."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    wanted, reason = form.identifier("colleague"), form.text("reason", longest=180)
    if not form.ok or wanted is None:
        return await _caseload_page(request, of=_own(request), reason="own_caseload", form=form, status=422)
    async with held.database.transaction(actor.sight) as session:
        others = await colleagues(session, organiser_id=actor.organiser_id, but=actor.id)
    name = next((other.name for other in others if other.id == wanted), None)
    if name is None:
        raise NotFound("person.unknown")
    return await _caseload_page(request, of=wanted, reason=f"{STATED}{reason}", form=form, colleague=name)


ROUTES: list[Any] = [own_caseload, colleagues_caseload]
