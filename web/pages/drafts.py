"""An application as a list of tasks: begun, gone on with on another day, checked and sent as a whole."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.drafts.commands import discard_draft, start_draft, submit_draft
from registry.providers.drafts.queries import DraftState, draft_state
from registry.providers.drafts.rules import OF_SERVICE, Part, Place
from registry.shared.actor import Role
from registry.shared.errors import DomainError, NotFound, Refused
from registry.shared.period import local_date
from web.draft_answers import Shown, shown_answers
from web.draft_words import DRAFT, address, part_label, why
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import N_, current_language, gettext

AnyRequest = Request[Any, Any, Any]
PROVIDER: Final = frozenset({Role.PROVIDER_USER})

DONE: Final[dict[str, str]] = {
    "registered": N_("The organisation was added. You now act for it."),
    "saved": N_("Your answers were saved."),
    "uploaded": N_("The file was received."),
    "withdrawn": N_("The file was taken back."),
    "shown": N_("The paper was shown to the authority."),
    "asked": N_("The account was sent for confirmation."),
    "decided": N_("The bank account was decided on."),
    "coach": N_("The coach was saved."),
    "site": N_("The site was saved."),
    "looked_up": N_("The company register was asked again."),
}
GROUPS: Final[tuple[tuple[str, frozenset[Part]], ...]] = (
    (N_("Who applies, and for what"), frozenset({Part.ORGANISATION, Part.SERVICES})),
    (
        N_("How you work"),
        frozenset({Part.WHERE, Part.SITES, Part.LANGUAGES, Part.ACCESSIBILITY, Part.WAY, Part.COACHES}),
    ),
    (N_("Papers and payment"), frozenset({Part.INSURANCE, Part.EVIDENCE, Part.BANK})),
)


def flashes(request: AnyRequest) -> list[dict[str, str]]:
    """What was done just before, as the address says."""
    done = request.query_params.get("done", "")
    return [{"kind": "success", "text": gettext(DONE[done])}] if done in DONE else []


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the task list."""

    href: str
    label: str
    done: bool
    hint: str


def _task(state: DraftState, place: Place) -> Task:
    missing = state.missing.get(place)
    unanswered = missing is not None and missing.code == "draft.unanswered"
    return Task(address(place), part_label(place[0]), missing is None, "" if unanswered else why(missing))


def tasks(state: DraftState) -> list[tuple[str, list[Task]]]:
    """The tasks under their headings: what concerns all services, then each service."""
    lang = current_language.get()
    groups = [
        (gettext(title), [_task(state, place) for place in state.parts if place[0] in parts])
        for title, parts in GROUPS
    ]
    of_services = [
        (
            f"{service.name[lang]}, {service.organiser_name[lang]}",
            [_task(state, (part, service_id)) for part in OF_SERVICE],
        )
        for service_id, service in state.services.items()
    ]
    return [*groups[:2], *of_services, groups[2]]


async def read_draft(request: AnyRequest) -> DraftState:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        return await draft_state(session, provider_id=actor.provider_id, today=local_date(held.now()))


@post("/provider/offer/draft/start", who=PROVIDER, include_in_schema=False)
async def start(request: AnyRequest) -> Response[str]:
    """Begin, or go on with what has been begun."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await start_draft(session, actor=actor, now=held.now())
    return redirect(DRAFT)


@get("/provider/offer/draft", who=PROVIDER, include_in_schema=False)
async def show_tasks(request: AnyRequest) -> Response[str]:
    """What is done and what is missing."""
    try:
        state = await read_draft(request)
    except NotFound:
        return page(request, "applying/start.html", flashes=flashes(request))
    listed = tasks(state)
    count = sum(len(group) for _, group in listed)
    done = sum(task.done for _, group in listed for task in group)
    return page(
        request,
        "applying/tasks.html",
        state=state,
        groups=listed,
        count=count,
        done=done,
        ready=not state.missing,
        flashes=flashes(request),
    )


@get("/provider/offer/draft/discard", who=PROVIDER, include_in_schema=False)
async def ask_to_discard(request: AnyRequest) -> Response[str]:
    """A page of its own before what cannot be undone."""
    return page(request, "applying/discard.html", state=await read_draft(request))


@post("/provider/offer/draft/discard", who=PROVIDER, include_in_schema=False)
async def discard(request: AnyRequest) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await discard_draft(session, actor=actor, now=held.now())
    return redirect("/provider/offer?done=discarded")


async def _check_page(request: AnyRequest, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        state = await draft_state(session, provider_id=actor.provider_id, today=local_date(held.now()))
        answers: list[Shown] = await shown_answers(session, state)
    return page(
        request,
        "applying/check.html",
        status=status,
        get_path=f"{DRAFT}/check",
        state=state,
        answers=answers,
        lacking=[(address(place), part_label(place[0])) for place in state.missing],
        errors=form.errors,
        key=new_key(),
    )


@get("/provider/offer/draft/check", who=PROVIDER, include_in_schema=False)
async def check_answers(request: AnyRequest) -> Response[str]:
    """Everything once more before it is sent."""
    return await _check_page(request, Form())


@post("/provider/offer/draft/submit", who=PROVIDER, include_in_schema=False)
async def submit(request: AnyRequest) -> Response[str]:
    """Send it."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    version, draft, key = form.integer("version"), form.identifier("draft"), form.key()
    if not form.ticked("true"):
        form.fail("true", "draft.not_declared")
    if not form.ok:
        return await _check_page(request, form, 422)

    async def run(session: AsyncSession) -> Answer:
        made = await submit_draft(session, actor=actor, now=held.now(), version=version)
        return {"ids": [str(one) for one in made]}

    try:
        made = await once(
            request,
            operation="draft.submit",
            key=key,
            body={"draft": str(draft), "version": version},
            run=run,
        )
    except Refused as refused:
        form.blame(refused)
        return await _check_page(request, form, 409)
    except DomainError as error:
        form.blame(error)
        return await _check_page(request, form, status_of(error))
    return redirect(f"/provider/offer?done=applied&count={len(made['ids'])}")


def service_of(state: DraftState, service_id: UUID) -> Any:
    """A service of the draft."""
    if service_id not in state.services:
        raise NotFound("service.unknown")
    return state.services[service_id]


ROUTES: list[Any] = [start, show_tasks, ask_to_discard, discard, check_answers, submit]
