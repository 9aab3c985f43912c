"""What an authority's staff are told."""

from typing import Final

from web.message_texts.model import MessageText
from web.translations import N_

FOR_STAFF: Final[dict[str, MessageText]] = {
    "representation.waiting": MessageText(
        N_("Somebody waits for your answer"),
        N_(
            "A person asks to act for an organisation and has waited as long as you have set for an answer. Meanwhile the"
            " organisation cannot apply."
        ),
        "/applications/representatives/{representation}",
        N_("Go to the request"),
    ),
    "representation.decided_in_your_name": MessageText(
        N_("A request was answered in your name"),
        N_(
            "A system of your organiser has answered a person who asked to act for an organisation, and has named you as"
            " the one who has seen it. If you have not, tell your administrator at once."
        ),
        "/applications/representatives/{representation}",
        N_("Go to the request"),
    ),
    "representation.nobody_answers": MessageText(
        N_("A request waits, and nobody can answer it"),
        N_(
            "A person asks to act for an organisation. Only a register officer can answer, and you have none. Give"
            " somebody the role."
        ),
        "/admin/people",
        N_("Go to users and roles"),
    ),
}
