"""A service's legal basis: taken from a template or given as a file, read, and confirmed point by point."""

import json
import tomllib
from datetime import time
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.commands import Confirmation, confirm_regime, set_regime
from registry.catalogue.legal_regimes.loading import RegimeProblem, read_regime, regime_document, templates
from registry.catalogue.legal_regimes.queries import (
    DECIDE_WITHIN_DAYS,
    HEARING_DAYS,
    RegimeInForce,
    regime_in_force,
)
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import EvidenceKind, Regime, RemedyKind, cited
from registry.catalogue.queries import ServiceRow
from registry.shared.errors import DomainError, Refused
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.catalogue import ADMINISTRATORS, own_service
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
LONGEST: Final = 100_000

EVIDENCE: Final[dict[str, str]] = {
    EvidenceKind.TAX_DEBT: N_("Certificate of tax debt, or a payment plan"),
    EvidenceKind.PENSION_INSURANCE: N_("Certificate of pension insurance"),
    EvidenceKind.COLLECTIVE_AGREEMENT: N_("Collective agreement that is applied"),
    EvidenceKind.ACCIDENT_INSURANCE: N_("Accident insurance of the employees"),
    EvidenceKind.LIABILITY_INSURANCE: N_("Liability insurance"),
    EvidenceKind.REGISTER_EXTRACT: N_("Extract from the trade register"),
}
ASKED_OF: Final[dict[str, str]] = {
    "company": N_("limited companies and partnerships"),
    "sole_trader": N_("sole traders"),
    "association": N_("associations"),
    "foundation": N_("foundations"),
    "public_body": N_("public bodies"),
    "own_production": N_("the organiser’s own units"),
}
REMEDIES: Final[dict[str, str]] = {
    RemedyKind.REVIEW: N_("A review by the authority itself (oikaisuvaatimus)"),
    RemedyKind.APPEAL: N_("An appeal to a court (valitus)"),
}


async def _shown(request: AnyRequest, service_id: UUID) -> tuple[ServiceRow, RegimeInForce | None]:
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        return await own_service(session, actor, service_id), await regime_in_force(session, service_id)


def _page(
    request: AnyRequest, shown: ServiceRow, found: RegimeInForce | None, form: Form, status: int = 200
) -> Response[str]:
    language = current_language.get()
    return page(
        request,
        "catalogue/regime.html",
        status=status,
        get_path=f"/admin/services/{shown.id}/regime",
        service=shown,
        found=found,
        lines=regime_lines(found.regime, language) if found else None,
        templates=[(code, one.name.said_in(language)) for code, one in templates().items()],
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
        flashes=_flashes(request),
    )


def _flashes(request: AnyRequest) -> list[dict[str, str]]:
    done = {
        "set": N_("The legal basis was saved. It holds once it is confirmed."),
        "confirmed": N_("The legal basis was confirmed. The service can decide."),
    }.get(request.query_params.get("done", ""))
    return [{"kind": "success", "text": gettext(done)}] if done else []


def regime_lines(regime: Regime, language: str) -> dict[str, list[str]]:
    """What the regime says, in sentences and lists."""
    remedy = regime.remedy
    evidence = []
    for rule in regime.evidence:
        asked = ", ".join(gettext(ASKED_OF[kind]) for kind in rule.asked_of)
        said = [gettext(EVIDENCE[rule.kind]), gettext("of %(asked)s", asked=asked)]
        if rule.employers_only:
            said.append(gettext("only of those with employees"))
        if rule.fetched:
            said.append(gettext("fetched from the company register where it answers"))
        said.append(gettext("at most %(months)s months old", months=rule.max_age_months))
        evidence.append("; ".join(said))
    return {
        "basis": [cited(source, language) for source in regime.basis],
        "evidence": evidence,
        "remedy": [
            gettext(REMEDIES[remedy.kind]),
            gettext("within %(days)s days of notice", days=remedy.period_days),
            remedy.body.said_in(language),
            *(cited(source, language) for source in remedy.sources),
        ],
        "second": [
            remedy.second_instance.said_in(language),
            gettext("within %(days)s days of notice", days=remedy.second_period_days),
        ],
        "retention": [
            gettext(
                "%(years)s years from the end of the year in which the matter ended",
                years=regime.rejected_file_years,
            )
        ],
        "points": [point.said_in(language) for point in regime.to_be_confirmed],
    }


def _filled(found: RegimeInForce | None) -> Form:
    form = Form()
    form.set("decide_within_days", str(found.decide_within_days if found else DECIDE_WITHIN_DAYS))
    form.set("hearing_days", str(found.hearing_days if found else HEARING_DAYS))
    for name, place in (
        ("office", found.office if found else None),
        ("court", found.court if found else None),
    ):
        if place:
            form.set(f"{name}_name", place.name)
            form.set(f"{name}_email", place.email)
            form.set(f"{name}_postal_address", place.postal_address)
            form.set(f"{name}_closes", place.closes.strftime("%H:%M"))
    if found:
        text = json.dumps(regime_document(found.regime), ensure_ascii=False, indent=2)
        form.set("document", text)
    return form


@get("/admin/services/{service_id:uuid}/regime", who=ADMINISTRATORS, include_in_schema=False)
async def show_regime(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """What the service rests on, and what is still open."""
    shown, found = await _shown(request, service_id)
    return _page(request, shown, found, _filled(found))


def _read_document(form: Form) -> Regime | None:
    """A template by its code, or a document: JSON where it begins with a brace, TOML otherwise."""
    code = form.choice("template", templates(), required=False)
    if code:
        return templates()[code]
    written = form.text("document", longest=LONGEST, lines=True)
    if not form.ok:
        return None
    try:
        plain = json.loads(written) if written.startswith("{") else tomllib.loads(written)
        return read_regime(plain)
    except (ValueError, RegimeProblem) as problem:
        form.fail("document", "regime.unreadable", problem=str(problem)[:300])
        return None


@post("/admin/services/{service_id:uuid}/regime", who=ADMINISTRATORS, include_in_schema=False)
async def give_regime(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """Take a template, or a document of one's own."""
    held, actor = services(request), signed_in(request)
    shown, found = await _shown(request, service_id)
    form = await read_form(request)
    regime = _read_document(form)
    key = form.key()
    if regime is None or not form.ok:
        return _page(request, shown, found, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await set_regime(session, actor=actor, now=held.now(), service_id=service_id, regime=regime)
        return {"id": str(made)}

    body = {"service_id": str(service_id), "regime": regime_document(regime)}
    try:
        await once(request, operation="regime.set", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return _page(request, shown, found, form, 409)
    return redirect(f"/admin/services/{service_id}/regime?done=set")


def _clock(form: Form, field: str) -> time:
    written = form.text(field, longest=5)
    try:
        return time.fromisoformat(written.replace(".", ":").zfill(5))
    except ValueError:
        if written:
            form.fail(field, "field.not_a_time")
        return time(0)


def _place(form: Form, name: str) -> Office:
    return Office(
        form.text(f"{name}_name"),
        form.text(f"{name}_email"),
        form.text(f"{name}_postal_address", longest=500, lines=True),
        _clock(form, f"{name}_closes"),
    )


@post("/admin/services/{service_id:uuid}/regime/confirmation", who=ADMINISTRATORS, include_in_schema=False)
async def confirm(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """The organiser stands by what it has read."""
    held, actor = services(request), signed_in(request)
    shown, found = await _shown(request, service_id)
    form = await read_form(request)
    points = range(len(found.regime.to_be_confirmed) if found else 0)
    said = Confirmation(
        digest=form.text("digest"),
        settled=frozenset(number for number in points if form.ticked(f"point_{number}")),
        office=_place(form, "office"),
        court=_place(form, "court"),
        decide_within_days=form.integer("decide_within_days", least=1, most=120),
        hearing_days=form.integer("hearing_days", least=5, most=60),
    )
    key = form.key()
    for number in points:
        if number not in said.settled:
            form.fail(f"point_{number}", "regime.point_open")
    if not form.ok:
        return _page(request, shown, found, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await confirm_regime(session, actor=actor, now=held.now(), service_id=service_id, confirmation=said)
        return {"id": str(service_id)}

    body = {"service_id": str(service_id), "digest": said.digest, "said": repr(said)}
    try:
        await once(request, operation="regime.confirm", key=key, body=body, run=run)
    except DomainError as error:
        form.blame(error)
        return _page(request, shown, found, form, 409 if isinstance(error, Refused) else 422)
    return redirect(f"/admin/services/{service_id}/regime?done=confirmed")


ROUTES: list[Any] = [show_regime, give_regime, confirm]
