"""What of a coach an officer has to look at before clients are told it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ADDED: Final = "added"
CHANGED: Final = "changed"
LEFT: Final = "left"


@dataclass(frozen=True, slots=True)
class CoachFacts:
    """What an approval says of a coach."""

    first_name: str
    surname: str
    qualification: str
    languages: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """By the names under which a change keeps them."""
        return {
            "coach_first_name": self.first_name,
            "coach_surname": self.surname,
            "coach_qualification": self.qualification,
            "coach_languages": list(self.languages),
        }


NOBODY: Final = CoachFacts("", "", "", ())
TEXTS: Final = ("coach_first_name", "coach_surname", "coach_qualification")
"""What of a change tells who the coach is: it goes when the coach does."""


def examined(before: CoachFacts, wanted: CoachFacts) -> dict[str, Any]:
    """What of the wanted an officer decides: another qualification, a language more, and another name, for a new name on
    an approved coach would be a new coach whom nobody has looked at. A surname that was never given is filled in at once,
    and a language fewer holds at once: nobody is to be promised what is no longer there."""
    was, asked = before.document(), wanted.document()
    names = ["coach_first_name", "coach_qualification"] + (["coach_surname"] if before.surname else [])
    found = {name: asked[name] for name in names if asked[name] != was[name]}
    if set(wanted.languages) - set(before.languages):
        found["coach_languages"] = asked["coach_languages"]
    return found


def at_once(before: CoachFacts, wanted: CoachFacts) -> CoachFacts:
    """The coach as it is until the officer has decided."""
    return CoachFacts(
        before.first_name,
        before.surname or wanted.surname,
        before.qualification,
        tuple(code for code in before.languages if code in wanted.languages) or before.languages,
    )


def with_change(before: CoachFacts, asked: Mapping[str, Any]) -> CoachFacts:
    """The coach with what was asked."""
    values = before.document() | {name: value for name, value in asked.items() if name != "coach"}
    languages: Sequence[str] = values["coach_languages"]
    return CoachFacts(
        values["coach_first_name"], values["coach_surname"], values["coach_qualification"], tuple(languages)
    )
