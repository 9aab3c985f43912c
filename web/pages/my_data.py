"""What is known of a client, and who looked: the client's own page."""

from typing import Any, Final

from litestar import Request, Response, get

from registry.people.queries import Read, client_card, reads_of
from registry.people.rules import STATED
from registry.shared.actor import Role
from registry.shared.errors import NotFound
from registry.vouchers.no_shows.queries import no_shows
from web.navigation import ROLE_LABELS
from web.page import new_key, page
from web.services import services, signed_in
from web.translations import N_, format_datetime, gettext
from web.words import language_name, languages_text

AnyRequest = Request[Any, Any, Any]

WHAT: Final[dict[str, str]] = {
    "voucher": N_("Your voucher"),
    "caseload": N_("Your name in the list of clients"),
    "vouchers": N_("Your vouchers"),
    "assignments": N_("Your choice of a provider"),
    "search": N_("Whether you are a client"),
    "person": N_("Your name and contact details"),
    "comparison": N_("The providers that you can choose from"),
    "case": N_("A task about you"),
    "complaint": N_("Your complaint"),
    "audit": N_("The record of what was done"),
}
REASONS: Final[dict[str, str]] = {
    "own_caseload": N_("handles your matter"),
    "own_data": N_("looked at own information"),
    "chosen_provider": N_("is the provider that you chose"),
    "complaint": N_("decides your complaint"),
    "audit": N_("checks that everything was done right"),
}


def _reason(reason: str) -> str:
    """Why somebody looked; what they wrote themselves is shown as they wrote it."""
    if reason.startswith(STATED):
        return gettext("Reason given: %(reason)s", reason=reason.removeprefix(STATED))
    return gettext(REASONS[reason]) if reason in REASONS else reason


def _who(read: Read) -> str:
    role = gettext(ROLE_LABELS[Role(read.role)]) if read.role in set(Role) else gettext("The service itself")
    return f"{read.who}, {role}" if read.who else role


@get("/my/data", who=frozenset({Role.CLIENT}), include_in_schema=False)
async def my_data(request: AnyRequest) -> Response[str]:
    actor, held = signed_in(request), services(request)
    async with held.database.transaction(actor.sight) as session:
        card = await client_card(session, client_id=actor.client_id)
        reads = await reads_of(session, client_id=actor.client_id)
        missed = await no_shows(session)
    if card is None:
        raise NotFound("client.unknown")
    return page(
        request,
        "people/my_data.html",
        card=card,
        no_shows=missed,
        no_shows_key=new_key(),
        language=language_name(card.language),
        service_languages=languages_text(card.service_languages),
        reads=[
            (
                format_datetime(read.at),
                _who(read),
                gettext(WHAT[read.what]) if read.what in WHAT else read.what,
                _reason(read.reason),
            )
            for read in reads
        ],
    )


ROUTES: list[Any] = [my_data]
