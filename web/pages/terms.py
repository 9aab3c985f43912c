"""Publishing a new version of a service's voucher terms."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.commands import publish_terms
from registry.catalogue.queries import ServiceRow
from registry.catalogue.rules import (
    CLAIM_WINDOW_DAYS,
    CONFIRMERS,
    EVIDENCE,
    MILESTONES,
    MOST_MONTHS,
    RANGES,
    UNIT_NAMES,
    Terms,
    milestones_of,
)
from registry.quality.preview.queries import all_releases
from registry.quality.rules import MONTHS, outcome_measure
from registry.shared.actor import Actor
from registry.shared.errors import DomainError, Invalid
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.kind_words import CONFIRMER_TEXTS, EVIDENCE_TEXTS, MILESTONE_TEXTS, options
from web.measure_texts import measure_text
from web.page import new_key, page, redirect
from web.pages.catalogue import ADMINISTRATORS, own_service
from web.services import services, signed_in
from web.translations import current_language, format_date

AnyRequest = Request[Any, Any, Any]

DAYS: Final = (
    "validity_days",
    "confirm_within_days",
    "reservation_days",
    "claim_window_days",
    "retroactive_days",
)
WORTH_IN: Final = (*UNIT_NAMES, "euros", "month", "results")
_KIND_OF: Final = {"euros": "euros", "month": "allowance", "results": "results"}
_WORDS_OF: Final = {kind: word for word, kind in _KIND_OF.items()}
SHOWN_AS: Final = {
    "units": "worth",
    "value_cents": "worth",
    "unit_name": "worth_in",
    "kind": "worth_in",
    "milestones": "amount_start",
}
MEASURES_OF_RESULTS: Final = tuple(outcome_measure(month) for month in MONTHS)
"""What "above the expected rate" may be about."""
DEFAULTS: Final[dict[str, str]] = {
    "worth_in": "hour",
    "validity_days": "90",
    "shortlist_size": "3",
    "claim_window_days": str(CLAIM_WINDOW_DAYS),
    "retroactive_days": "0",
    "months": "6",
    "carry_over": "no",
    "confirm_within_days": "5",
    "reservation_days": "14",
}


def as_typed(hundredths: int) -> str:
    """Hundredths as one would type them, in the reader's language: `600`, `89,50`."""
    whole, rest = divmod(hundredths, 100)
    point = "." if current_language.get() == "en" else ","
    return f"{whole}{point}{rest:02d}" if rest else str(whole)


async def _terms_page(request: AnyRequest, shown: ServiceRow, form: Form, status: int = 200) -> Response[str]:
    async with services(request).database.transaction(signed_in(request).sight) as session:
        releases = await all_releases(session, shown.organiser_id)
    return page(
        request,
        "catalogue/new_terms.html",
        status=status,
        get_path=f"/admin/services/{shown.id}/terms",
        service=shown,
        form=form,
        errors=form.errors,
        milestones=options(MILESTONE_TEXTS),
        confirmers=options(CONFIRMER_TEXTS),
        evidences=options(EVIDENCE_TEXTS),
        releases=[
            (str(one.id), f"{one.number}, {format_date(one.as_of)}")
            for one in releases
            if one.withdrawn_at is None
        ],
        measures=[(code, measure_text(code)) for code in MEASURES_OF_RESULTS],
        key=new_key(),
    )


@get("/admin/services/{service_id:uuid}/terms", who=ADMINISTRATORS, include_in_schema=False)
async def new_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    """The form, filled with the terms in force."""
    actor = signed_in(request)
    async with services(request).database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    return await _terms_page(request, shown, _filled(shown))


def _filled(shown: ServiceRow) -> Form:
    form = Form()
    terms = shown.terms
    if terms is None:
        for field, value in DEFAULTS.items():
            form.set(field, value)
        return form
    form.set("worth_in", terms.unit_name or _WORDS_OF[terms.kind])
    form.set("worth", "" if terms.milestones else as_typed(terms.units or terms.value_cents))
    form.set("months", str(terms.months or DEFAULTS["months"]))
    form.set("carry_over", "yes" if terms.carry_over else "no")
    form.set("de_minimis", "yes" if terms.de_minimis else "")
    form.set("expected_release_id", str(terms.expected_release_id or ""))
    form.set("expected_measure", terms.expected_measure or "")
    for one in milestones_of(terms.milestones):
        form.set(f"amount_{one.code}", as_typed(one.amount_cents))
        form.set(f"confirmer_{one.code}", one.confirmer)
        form.set(f"evidence_{one.code}", one.evidence)
        form.set(f"above_{one.code}", "yes" if one.above_expected else "")
    form.set("unit_price_ceiling_cents", as_typed(terms.unit_price_ceiling_cents))
    form.set("own_share_allowed", "yes" if terms.own_share_allowed else "")
    form.set("rule_book_version", terms.rule_book_version)
    for field in ("shortlist_size", *DAYS):
        form.set(field, str(getattr(terms, field)))
    return form


def _read_terms(form: Form) -> Terms:
    """What was typed: one number and what it counts (hours, sessions, euros, euros a month), or milestones."""
    worth_in = form.choice("worth_in", WORTH_IN)
    kind = _KIND_OF.get(worth_in, "units")
    by_results, in_euros = kind == "results", kind in ("euros", "allowance")
    # Read in the order of the form, so that the summary of errors follows it.
    value = form.money("worth") if in_euros else None
    units = None if in_euros or by_results else form.hundredths("worth")
    ceiling = 0 if by_results else form.money("unit_price_ceiling_cents")
    milestones = _read_milestones(form) if by_results else None
    above = any(one["above_expected"] for one in milestones or ())
    return Terms(
        kind=kind,
        value_cents=value,
        units=units,
        unit_name=worth_in if kind == "units" else None,
        unit_price_ceiling_cents=max((one["amount_cents"] for one in milestones or ()), default=ceiling),
        own_share_allowed=form.ticked("own_share_allowed"),
        de_minimis=form.ticked("de_minimis"),
        months=form.integer("months", least=1, most=MOST_MONTHS) if kind == "allowance" else None,
        carry_over=form.choice("carry_over", ("yes", "no")) == "yes" if kind == "allowance" else None,
        milestones=milestones,
        expected_release_id=form.identifier("expected_release_id") if above else None,
        expected_measure=form.choice("expected_measure", MEASURES_OF_RESULTS) if above else None,
        **{field: _whole(form, field) for field in (*DAYS, "shortlist_size")},
        rule_book_version=form.text("rule_book_version", longest=30),
    )


def _read_milestones(form: Form) -> list[dict[str, Any]]:
    """Those that have an amount, in the order in which they are reached."""
    return [
        {
            "code": code,
            "amount_cents": form.money(f"amount_{code}"),
            "evidence": form.choice(f"evidence_{code}", EVIDENCE),
            "confirmer": form.choice(f"confirmer_{code}", CONFIRMERS),
            "above_expected": form.ticked(f"above_{code}"),
        }
        for code in MILESTONES
        if form.value(f"amount_{code}").strip()
    ]


def _whole(form: Form, field: str) -> int:
    least, most = RANGES[field]
    return form.integer(field, least=least, most=most, required=field != "retroactive_days")


def _blame(form: Form, error: DomainError) -> None:
    """Show a refusal at the field of the form that holds what it is about."""
    if isinstance(error, Invalid):
        for field, code in error.errors.items():
            form.fail(SHOWN_AS.get(field, field), code, **error.facts)
    else:
        form.blame(error)


@post("/admin/services/{service_id:uuid}/terms", who=ADMINISTRATORS, include_in_schema=False)
async def add_terms(request: AnyRequest, service_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    terms = _read_terms(form)
    key = form.key()
    async with held.database.transaction(actor.sight) as session:
        shown = await own_service(session, actor, service_id)
    if not form.ok:
        return await _terms_page(request, shown, form, 422)
    try:
        await once(
            request,
            operation="terms.publish",
            key=key,
            body={
                "service_id": str(service_id),
                **asdict(terms),
                "expected_release_id": str(terms.expected_release_id),
            },
            run=lambda session: _publish(session, actor, held.now(), service_id, terms),
        )
    except DomainError as error:
        _blame(form, error)
        return await _terms_page(request, shown, form, 422)
    return redirect(f"/admin/services/{service_id}?done=published")


async def _publish(
    session: AsyncSession, actor: Actor, now: datetime, service_id: UUID, terms: Terms
) -> Answer:
    terms_id = await publish_terms(session, actor=actor, now=now, service_id=service_id, terms=terms)
    return {"id": str(terms_id)}


ROUTES: list[Any] = [new_terms, add_terms]
