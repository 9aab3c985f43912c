"""The register officer's findings: drafted, heard, published or dropped."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.oversight.commands import (
    LONGEST,
    change_finding,
    drop_finding,
    open_finding,
    publish_finding,
    send_to_hearing,
)
from registry.providers.oversight.queries import Finding, findings
from registry.providers.oversight.rules import HEARING_DAYS, FindingState, may_publish
from registry.providers.queries import admission_of
from registry.shared.actor import Role
from registry.shared.errors import Accepted, Invalid, NotFound, Refused
from registry.shared.period import local_date
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.oversight_words import finding_state
from web.page import new_key, page, redirect
from web.services import services, signed_in
from web.translations import LANGUAGES, N_, gettext

AnyRequest = Request[Any, Any, Any]
OFFICER: Final = frozenset({Role.REGISTER_OFFICER})

DONE: Final[dict[str, str]] = {
    "drafted": N_("The draft was saved. The provider does not see it yet."),
    "hearing": N_("The provider has been told, and can say its view."),
    "publish": N_("The finding stands on the provider's public page."),
    "drop": N_("The finding was dropped. Nothing is published of it."),
}


def flashes(texts: dict[str, str], done: str) -> list[dict[str, str]]:
    return [{"kind": "success", "text": gettext(texts[done])}] if done in texts else []


@get("/oversight", who=OFFICER, include_in_schema=False)
async def finding_list(request: AnyRequest) -> Response[str]:
    """All findings of the officer's register, those that wait first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await findings(session)
    waiting = (FindingState.HEARING, FindingState.DRAFT)
    return page(
        request,
        "oversight/findings.html",
        rows=[
            (row, *finding_state(row.state))
            for row in sorted(found, key=lambda row: row.state not in waiting)
        ],
    )


async def _form_page(request: AnyRequest, admission_id: UUID, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        row = await admission_of(session, admission_id=admission_id, organiser_id=actor.organiser_id)
    return page(
        request,
        "oversight/finding_form.html",
        status=status,
        get_path=f"/oversight/findings/new?admission={admission_id}",
        row=row,
        filled=form,
        errors=form.errors,
        today=local_date(held.now()),
        longest=LONGEST,
        key=new_key(),
    )


@get("/oversight/findings/new", who=OFFICER, include_in_schema=False)
async def new_finding(request: AnyRequest, admission: FromQuery[UUID]) -> Response[str]:
    """A new finding on a provider's service, which the officer comes from."""
    form = Form()
    form.set("found_on", local_date(services(request).now()).isoformat())
    return await _form_page(request, admission, form)


def _statement(form: Form) -> dict[str, str]:
    words = {
        lang: form.text(f"statement_{lang}", longest=LONGEST, required=False, lines=True)
        for lang in LANGUAGES
    }
    if not any(words.values()) and form.ok:
        form.fail("statement_fi", "field.required")
    return words


@post("/oversight/findings/new", who=OFFICER, include_in_schema=False)
async def draft(request: AnyRequest, admission: FromQuery[UUID]) -> Response[str]:
    """Save the draft."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    found_on, statement = form.day("found_on"), _statement(form)
    whole = not form.ticked("whole")
    if not form.ok or found_on is None:
        return await _form_page(request, admission, form, 422)

    async def run(session: AsyncSession) -> Answer:
        row = await admission_of(session, admission_id=admission, organiser_id=actor.organiser_id)
        made = await open_finding(
            session,
            actor=actor,
            now=held.now(),
            provider_id=row.provider_id,
            service_id=row.service_id if whole else None,
            found_on=found_on,
            statement=statement,
        )
        return {"id": str(made)}

    body = {
        "admission": str(admission),
        "found_on": found_on.isoformat(),
        "of_service": whole,
        "statement": statement,
    }
    try:
        done = await once(request, operation="finding.draft", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _form_page(request, admission, form, status_of(error))
    return redirect(f"/oversight/findings/{done['id']}?done=drafted")


async def _finding(session: AsyncSession, finding_id: UUID) -> Finding:
    found = await findings(session, finding_id=finding_id)
    if not found:
        raise NotFound("finding.unknown")
    return found[0]


async def _page(
    request: AnyRequest, finding_id: UUID, form: Form | None = None, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        found = await _finding(session, finding_id)
    today = local_date(held.now())
    publishable = may_publish(
        state=FindingState(found.state),
        heard=found.heard_at is not None,
        hearing_until=found.hearing_until,
        today=today,
    )
    if form is None:
        form = Form({f"statement_{lang}": [words] for lang, words in found.statement.items()})
        form.set("found_on", found.found_on.isoformat())
    text, colour = finding_state(found.state)
    return page(
        request,
        "oversight/finding.html",
        status=status,
        get_path=f"/oversight/findings/{finding_id}",
        finding=found,
        state_text=text,
        colour=colour,
        publishable=isinstance(publishable, Accepted),
        hearing_days=HEARING_DAYS,
        today=today,
        longest=LONGEST,
        filled=form,
        errors=form.errors,
        keys=[new_key() for _ in range(4)],
        flashes=flashes(DONE, done),
    )


@get("/oversight/findings/{finding_id:uuid}", who=OFFICER, include_in_schema=False)
async def show_finding(
    request: AnyRequest, finding_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """What was found, what the provider answered, and what can be done now."""
    return await _page(request, finding_id, done=done)


@post("/oversight/findings/{finding_id:uuid}", who=OFFICER, include_in_schema=False)
async def change(request: AnyRequest, finding_id: FromPath[UUID]) -> Response[str]:
    """Change a draft."""
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    found_on, statement = form.day("found_on"), _statement(form)
    if not form.ok or found_on is None:
        return await _page(request, finding_id, form, 422)

    async def run(session: AsyncSession) -> Answer:
        await change_finding(
            session,
            actor=actor,
            now=held.now(),
            finding_id=finding_id,
            found_on=found_on,
            statement=statement,
        )
        return {}

    body = {"finding": str(finding_id), "found_on": found_on.isoformat(), "statement": statement}
    return await _carried_out(request, finding_id, form, "change", body, run, "drafted")


ACTS: Final[dict[str, Callable[..., Awaitable[None]]]] = {
    "hearing": send_to_hearing,
    "publish": publish_finding,
    "drop": drop_finding,
}


@post("/oversight/findings/{finding_id:uuid}/{act:str}", who=OFFICER, include_in_schema=False)
async def decide(request: AnyRequest, finding_id: FromPath[UUID], act: FromPath[str]) -> Response[str]:
    """Send it to hearing, publish it, or drop it."""
    held, actor = services(request), signed_in(request)
    if act not in ACTS:
        raise NotFound("finding.unknown")
    form = await read_form(request)

    async def run(session: AsyncSession) -> Answer:
        await ACTS[act](session, actor=actor, now=held.now(), finding_id=finding_id)
        return {}

    return await _carried_out(request, finding_id, form, act, {"finding": str(finding_id)}, run, act)


async def _carried_out(
    request: AnyRequest,
    finding_id: UUID,
    form: Form,
    act: str,
    body: dict[str, Any],
    run: Callable[[AsyncSession], Awaitable[Answer]],
    done: str,
) -> Response[str]:
    try:
        await once(request, operation=f"finding.{act}", key=form.key(), body=body, run=run)
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _page(request, finding_id, form, status_of(error))
    return redirect(f"/oversight/findings/{finding_id}?done={done}")


ROUTES: list[Any] = [finding_list, new_finding, draft, show_finding, change, decide]
