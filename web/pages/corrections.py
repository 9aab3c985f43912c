"""Correcting a decision that is wrong: what is wrong with it, whom it goes against, and what is put in its place."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import Point
from registry.providers.decisions.checklist import LONGEST_NOTE, Marked
from registry.providers.decisions.corrections.commands import (
    LONGEST,
    Correction,
    correct_decision,
    hear_before_correction,
)
from registry.providers.decisions.corrections.requests import LONGEST as LONGEST_ANSWER
from registry.providers.decisions.corrections.requests import CorrectionRequest, correction_requests
from registry.providers.decisions.corrections.rules import WORSE, CorrectionGround, possible_outcomes
from registry.providers.decisions.hearings import LONGEST as LONGEST_HEARING
from registry.providers.decisions.hearings import earliest_due
from registry.providers.decisions.people import acts_for, declare_impartiality, declared_by, person_behind
from registry.providers.decisions.queries import (
    DecisionView,
    HearingView,
    decision_detail,
    hearing_views,
    marks_of,
)
from registry.providers.decisions.rules import DecisionKind, Declared, Mark, Subject
from registry.providers.model import Provider
from registry.shared.errors import NotFound
from registry.shared.working_days import NoticeBy
from web.correction_words import GROUNDS, OUTCOMES
from web.decision_words import GROUNDS as DISQUALIFYING
from web.decision_words import MARKS, NOTICE, options
from web.forms import Form, read_form
from web.page import new_key, page, redirect
from web.pages.application_desk import OFFICER
from web.pages.deciding import carry_out, read_declaration
from web.services import services, signed_in
from web.translations import gettext

AnyRequest = Request[Any, Any, Any]
CRITERIA_OF: Final = frozenset({"approved", "rejected"})


@dataclass(frozen=True, slots=True)
class Matter:
    """What lies before the officer who corrects. Its names are those that the form of declaration asks for."""

    decision: DecisionView
    declared: Declared | None
    own_unit: bool
    criteria: tuple[Point, ...]
    notes: dict[str, str]
    hearing: HearingView | None
    earliest: date
    acts_for_provider: bool
    asked: CorrectionRequest | None
    """What the provider says is wrong, where that waits for an answer."""

    @property
    def may_take_part(self) -> bool:
        return self.declared is not None and self.declared.ground is None and not self.acts_for_provider

    @property
    def found(self) -> dict[str, str]:
        return {one["code"]: one["mark"] for one in self.decision.points}

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """The same, and what it may become."""
        possible = possible_outcomes(DecisionKind(self.decision.kind))
        return [(code, gettext(OUTCOMES[code])) for code in ("same", *(str(kind) for kind in possible[1:]))]

    @property
    def may_worsen(self) -> bool:
        return DecisionKind(self.decision.kind) in WORSE


async def _matter(request: AnyRequest, decision_id: UUID) -> Matter:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await decision_detail(session, decision_id)
        person = await person_behind(session, actor)
        provider = await session.get_one(Provider, found.provider_id)
        book, notes = None, {}
        if found.kind in CRITERIA_OF:
            book = await rule_book_of(session, found.service_id, version=found.rule_book_version)
            notes = {code: one.note for code, one in (await marks_of(session, found.subject_id)).items()}
        hearings = await hearing_views(session, found.subject_id)
        return Matter(
            decision=found,
            declared=await declared_by(session, person, found.subject_id) if person else None,
            own_unit=provider.own_production_of == found.organiser_id,
            criteria=book.criteria if book else (),
            notes=notes,
            hearing=next((one for one in hearings if one.correcting_id == decision_id), None),
            earliest=await earliest_due(session, service_id=found.service_id, now=held.now()),
            acts_for_provider=await _acts_for(session, person, found.provider_id, held.now()),
            asked=next(
                (
                    one
                    for one in await correction_requests(session, sight=actor.sight, decision_id=decision_id)
                    if one.closed_at is None
                ),
                None,
            ),
        )


async def _acts_for(session: AsyncSession, person: UUID | None, provider_id: UUID, now: datetime) -> bool:
    return False if person is None else await acts_for(session, person, provider_id, now)


def _page(request: AnyRequest, matter: Matter, form: Form, status: int = 200) -> Response[str]:
    return page(
        request,
        "deciding/correction.html",
        status=status,
        get_path=f"/decisions/{matter.decision.id}/correction",
        matter=matter,
        decision=matter.decision,
        grounds=options(GROUNDS),
        disqualifying=options(DISQUALIFYING),
        ground_text=lambda code: gettext(DISQUALIFYING[code]),
        marks=options(MARKS),
        notices=options(NOTICE),
        form=form,
        errors=form.errors,
        key=new_key(),
        longest=LONGEST,
        longest_hearing=LONGEST_HEARING,
        longest_answer=LONGEST_ANSWER,
        longest_note=LONGEST_NOTE,
    )


async def _shown(
    request: AnyRequest, decision_id: UUID, form: Form | None = None, status: int = 200
) -> Response[str]:
    matter = await _matter(request, decision_id)
    if not matter.decision.in_force:
        raise NotFound("decision.unknown")
    if form is None:
        form = Form()
        form.set("due_on", matter.earliest.isoformat())
        for point in matter.criteria:
            form.set(f"mark_{point.code}", matter.found.get(point.code, ""))
            form.set(f"note_{point.code}", matter.notes.get(point.code, ""))
    return _page(request, matter, form, status)


async def shown_again(request: AnyRequest, decision_id: UUID, form: Form) -> Response[str]:
    """With a form that came back from beside it."""
    return await _shown(request, decision_id, form, _status(form))


def _status(form: Form) -> int:
    return 409 if "" in form.errors else 422


@get("/decisions/{decision_id:uuid}/correction", who=OFFICER, include_in_schema=False)
async def show_correction(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """What is wrong with it, and what is right."""
    return await _shown(request, decision_id)


@post("/decisions/{decision_id:uuid}/correction/declaration", who=OFFICER, include_in_schema=False)
async def declare(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """Nothing disqualifies me from the matter that it is about, or this does."""
    form, found = await read_form(request), (await _matter(request, decision_id)).decision
    said = read_declaration(form)
    values = {"subject": Subject(found.subject_kind), "subject_id": found.subject_id, **said}
    body = {"matter": str(found.subject_id)} | {name: str(value) for name, value in said.items()}
    if await carry_out(request, form, "impartiality.declare", declare_impartiality, values, body):
        return redirect(f"/decisions/{decision_id}/correction")
    return await _shown(request, decision_id, form, _status(form))


@post("/decisions/{decision_id:uuid}/correction/hearing", who=OFFICER, include_in_schema=False)
async def hear(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """Ask the provider first, and whether it agrees."""
    form, matter = await read_form(request), await _matter(request, decision_id)
    values = {
        "decision_id": decision_id,
        "text": form.text("hearing_text", longest=LONGEST_HEARING, lines=True),
        "points": form.choices("points", [point.code for point in matter.criteria]),
        "due_on": form.day("due_on"),
    }
    if matter.criteria and not values["points"]:
        form.fail("points", "hearing.no_points")
    body = {name: str(value) for name, value in values.items()}
    if await carry_out(request, form, "correction.hear", hear_before_correction, values, body):
        return redirect(f"/decisions/{decision_id}?done=correction_heard")
    return await _shown(request, decision_id, form, _status(form))


@post("/decisions/{decision_id:uuid}/correction", who=OFFICER, include_in_schema=False)
async def put_right(request: AnyRequest, decision_id: FromPath[UUID]) -> Response[str]:
    """Issue the decision that takes its place."""
    form, matter = await read_form(request), await _matter(request, decision_id)
    ground = form.choice("ground", GROUNDS)
    outcome = form.choice("outcome", [code for code, _ in matter.outcomes])
    correction = Correction(
        ground=CorrectionGround(ground or "clerical"),
        reasons=form.text("reasons", longest=LONGEST, lines=True),
        outcome=None if outcome in ("", "same") else DecisionKind(outcome),
        legal_basis=form.text("legal_basis", longest=2000, required=False, lines=True),
        marks={point.code: _marked(form, point.code) for point in matter.criteria},
        own_conduct=form.ticked("own_conduct"),
        notice_by=NoticeBy(form.choice("notice", NOTICE, required=False) or "electronic"),
    )
    body = {"decision": str(decision_id)} | {
        field.name: str(getattr(correction, field.name)) for field in fields(correction)
    }
    if form.ok:
        values = {"decision_id": decision_id, "correction": correction}
        if await carry_out(request, form, "decision.correct", correct_decision, values, body):
            return redirect(f"/decisions/{decision_id}?done=corrected")
    return await _shown(request, decision_id, form, _status(form))


def _marked(form: Form, code: str) -> Marked:
    mark = form.choice(f"mark_{code}", MARKS)
    note = form.text(f"note_{code}", longest=LONGEST_NOTE, required=False, lines=True)
    return Marked(Mark(mark) if mark else None, note)


ROUTES: list[Any] = [show_correction, declare, hear, put_right]
