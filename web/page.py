"""Rendering a page: the frame's own data is added here, a page brings only its own."""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.utils.scope.state import ScopeState

from registry.shared.actor import Actor
from web import shell
from web.error_labels import named
from web.navigation import links_for, role_text
from web.services import actor_of, services
from web.translations import current_language


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shell.install(made)
    return made


def _person(actor: Actor | None) -> shell.SignedIn | None:
    if actor is None or actor.role is None:
        return None
    return shell.SignedIn(name=actor.name, role_label=role_text(actor.recorded_role), acts_for=actor.acts_for)


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: list[Cookie] | None = None,
    **data: Any,
) -> Response[str]:
    """An HTML page in the reader's language. `data` are plain values and frozen dataclasses from queries."""
    actor = actor_of(request)
    held = services(request)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    content = (
        environment()
        .get_template(template)
        .render(
            lang=current_language.get(),
            csrf_token=ScopeState.from_scope(request.scope).csrf_token or "",
            nav=links_for(actor, request.url.path),
            person=_person(actor),
            actor=actor,
            demo=held.settings.demo,
            path=path if request.method == "GET" else str(data.pop("get_path", "/")),
            contact_email=held.settings.contact_email,
            now=held.now(),
            **data,
        )
    )
    return Response(
        named(content), status_code=status, media_type=MediaType.HTML, headers=headers, cookies=cookies
    )


def redirect(location: str, *, cookies: list[Cookie] | None = None) -> Response[str]:
    """303: the browser fetches the next page by GET, so that reloading it never sends a form again."""
    return Response(
        "", status_code=303, headers={"Location": location}, media_type=MediaType.TEXT, cookies=cookies
    )


def new_key() -> str:
    """An idempotency key for a form: sending the form twice carries it out once."""
    return str(uuid4())


def short(identifier: UUID) -> str:
    """The end of an id, for people to tell rows apart."""
    return str(identifier)[-6:].upper()
