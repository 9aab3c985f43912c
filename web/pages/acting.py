"""Who acts for a client, as a guardian or as a company's representative: added and ended by the case worker, with a
sign-in link to hand over in person."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.commands import (
    add_guardian,
    add_representative,
    end_guardian,
    end_representative,
    guardian_sign_in_link,
    representative_sign_in_link,
)
from registry.people.queries import ClientCard, Guardian, guardians_of, representatives_of
from registry.people.rules import LANGUAGES
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from web.errors import status_of
from web.forms import Form, read_form
from web.idempotency import Answer, once
from web.page import new_key, page, redirect
from web.pages.clients import card_with_reason, why_page
from web.services import services, signed_in
from web.translations import N_, gettext
from web.words import language_label

AnyRequest = Request[Any, Any, Any]
Command = Callable[..., Awaitable[Any]]

LINK_HOURS: Final = 24


def _persons_own(card: ClientCard, actor: Actor) -> None:
    """Asked before each act too, for a guardian's sign-in opens all that is held."""
    own = card.case_worker_id == actor.id or actor.role is Role.ORGANISER_ADMINISTRATOR
    if card.protected and not own:
        raise Forbidden("guardian.protected")


def _companys(card: ClientCard, actor: Actor) -> None:
    if card.kind != "company":
        raise NotFound("client.unknown")


@dataclass(frozen=True, slots=True)
class ActsAs:
    """As what somebody acts for a client: who may say so, about whom, by which commands and in which words."""

    name: str
    """Of its operations."""
    path: str
    keepers: Collection[Role]
    require: Callable[[ClientCard, Actor], None]
    listed: Callable[..., Awaitable[list[Guardian]]]
    add: Command
    end: Command
    link: Command
    title: str
    words: dict[str, str]
    done: dict[str, str]

    def address(self, client_id: UUID) -> str:
        return f"/clients/{client_id}/{self.path}"


GUARDIANS: Final = ActsAs(
    name="guardian",
    path="guardians",
    keepers=frozenset({Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR}),
    require=_persons_own,
    listed=guardians_of,
    add=add_guardian,
    end=end_guardian,
    link=guardian_sign_in_link,
    title=N_("Guardians"),
    words={
        "what": N_(
            "A guardian signs in with an account of the own name and acts for the client. What the guardian does and"
            " looks at is recorded under that name, and the client sees it."
        ),
        "now": N_("Acts for the client now"),
        "add": N_("Add a guardian"),
        "check": N_(
            "Check first that you have seen the decision on the guardianship, and that it covers these matters."
        ),
        "send": N_("Add the guardian"),
        "before": N_("Acted for the client before"),
    },
    done={
        "added": N_("The guardian was added. The client has been told."),
        "ended": N_("The guardian no longer acts for the client. The client has been told."),
    },
)
REPRESENTATIVES: Final = ActsAs(
    name="representative",
    path="representatives",
    keepers=frozenset({Role.CASE_WORKER}),
    require=_companys,
    listed=representatives_of,
    add=add_representative,
    end=end_representative,
    link=representative_sign_in_link,
    title=N_("Representatives"),
    words={
        "what": N_(
            "A representative signs in with an account of the own name and acts for the company. What each of them does"
            " is recorded under that name."
        ),
        "now": N_("Act for the company now"),
        "add": N_("Add a representative"),
        "check": N_("Check first that the person may act for the company."),
        "send": N_("Add the representative"),
        "before": N_("Acted for the company before"),
    },
    done={
        "added": N_("The representative was added."),
        "ended": N_("The representative no longer acts for the company."),
    },
)


async def _card(request: AnyRequest, as_what: ActsAs, client_id: UUID) -> ClientCard | None:
    """The client, for whoever has a reason to look; None: it must be stated first."""
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        card = await card_with_reason(session, request, client_id, what="person")
    if card is not None:
        as_what.require(card, actor)
    return card


async def _list_page(
    request: AnyRequest, as_what: ActsAs, client_id: UUID, form: Form, status: int = 200, done: str = ""
) -> Response[str]:
    held, actor = services(request), signed_in(request)
    here = as_what.address(client_id)
    card = await _card(request, as_what, client_id)
    if card is None:
        return why_page(request, client_id, here)
    async with held.database.transaction(actor.sight) as session:
        found = await as_what.listed(session, client_id=client_id)
    if not form.value("language"):
        form.set("language", card.language)
    return page(
        request,
        "vouchers/acting.html",
        status=status,
        get_path=here,
        card=card,
        by_administrator=actor.role is Role.ORGANISER_ADMINISTRATOR,
        here=here,
        title=gettext(as_what.title),
        words={name: gettext(text) for name, text in as_what.words.items()},
        named=as_what is REPRESENTATIVES or actor.role is Role.ORGANISER_ADMINISTRATOR,
        people=[(one, new_key()) for one in found],
        languages=[(code, language_label(code)) for code in LANGUAGES],
        filled=form,
        errors=form.errors,
        key=new_key(),
        flashes=[{"kind": "success", "text": gettext(as_what.done[done])}] if done in as_what.done else [],
    )


async def _act(
    request: AnyRequest,
    as_what: ActsAs,
    client_id: UUID,
    what: str,
    form: Form,
    run: Callable[[AsyncSession], Awaitable[Answer]],
    body: dict[str, Any],
    shown_once: tuple[str, ...] = (),
) -> Answer | Response[str]:
    """One act, once; the page with what stands in the way, where it is refused."""
    try:
        return await once(
            request,
            operation=f"{as_what.name}.{what}",
            key=form.key(),
            body=body,
            run=run,
            shown_once=shown_once,
        )
    except (Refused, Invalid) as error:
        form.blame(error)
        return await _list_page(request, as_what, client_id, form, status_of(error))


def _routes(as_what: ActsAs) -> list[Any]:
    """The list with its form, and what is done from it."""
    path = f"/clients/{{client_id:uuid}}/{as_what.path}"

    @get(path, who=as_what.keepers, include_in_schema=False)
    async def listed(
        request: AnyRequest, client_id: FromPath[UUID], done: FromQuery[str] = ""
    ) -> Response[str]:
        """Those who act for the client and those who did."""
        return await _list_page(request, as_what, client_id, Form(), done=done)

    @post(path, who=as_what.keepers, include_in_schema=False)
    async def add(request: AnyRequest, client_id: FromPath[UUID]) -> Response[str]:
        """Let somebody act for the client."""
        held, actor, here = services(request), signed_in(request), as_what.address(client_id)
        if await _card(request, as_what, client_id) is None:
            return why_page(request, client_id, here)
        form = await read_form(request)
        said = {
            "name": form.text("name", longest=100),
            "email": form.text("email", longest=254),
            "language": form.choice("language", LANGUAGES),
        }
        if not form.ok:
            return await _list_page(request, as_what, client_id, form, 422)

        async def run(session: AsyncSession) -> Answer:
            made = await as_what.add(session, actor=actor, now=held.now(), client_id=client_id, **said)
            return {"role_grant": str(made)}

        body = {"client": str(client_id), **said}
        done = await _act(request, as_what, client_id, "add", form, run, body)
        return done if isinstance(done, Response) else redirect(f"{here}?done=added")

    @post(f"{path}/{{grant_id:uuid}}/end", who=as_what.keepers, include_in_schema=False)
    async def end(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
        """Nobody acts for the client with this any more."""
        held, actor, here = services(request), signed_in(request), as_what.address(client_id)
        if await _card(request, as_what, client_id) is None:
            return why_page(request, client_id, here)
        form = await read_form(request)

        async def run(session: AsyncSession) -> Answer:
            await as_what.end(
                session, actor=actor, now=held.now(), role_grant_id=grant_id, client_id=client_id
            )
            return {}

        done = await _act(request, as_what, client_id, "end", form, run, {"role_grant": str(grant_id)})
        return done if isinstance(done, Response) else redirect(f"{here}?done=ended")

    @post(f"{path}/{{grant_id:uuid}}/link", who=as_what.keepers, include_in_schema=False)
    async def link(request: AnyRequest, client_id: FromPath[UUID], grant_id: FromPath[UUID]) -> Response[str]:
        """A link that signs the person in once, shown this once."""
        held, actor, here = services(request), signed_in(request), as_what.address(client_id)
        if await _card(request, as_what, client_id) is None:
            return why_page(request, client_id, here)
        form = await read_form(request)

        async def run(session: AsyncSession) -> Answer:
            code = await as_what.link(
                session, actor=actor, now=held.now(), role_grant_id=grant_id, client_id=client_id
            )
            return {"code": code}

        body = {"role_grant": str(grant_id)}
        made = await _act(request, as_what, client_id, "link", form, run, body, ("code",))
        if isinstance(made, Response):
            return made
        base = held.settings.base_url.rstrip("/")
        return page(
            request,
            "vouchers/acting_link.html",
            back_label=gettext(as_what.title),
            get_path=here,
            back=here,
            link=f"{base}/sign-in/link#{made['code']}" if "code" in made else None,
            hours=LINK_HOURS,
        )

    return [listed, add, end, link]


ROUTES: list[Any] = [*_routes(GUARDIANS), *_routes(REPRESENTATIVES)]
