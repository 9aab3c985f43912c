"""What is held about a client, part by part, as the client reads it: one line for each thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from registry.own_data import AllHeld, Row
from registry.shared.identifiers import grouped
from web.amounts import units_text, value_text
from web.comment_words import REASONS as REJECTIONS
from web.complaint_words import ABOUT_TEXTS, STATE_TEXTS
from web.event_texts import CHANNELS, OTHER, TITLES
from web.message_texts import message_text
from web.navigation import role_text
from web.own_data.words import CASES, CHOICE_STATES, COMMENT_STATES, INTAKE, VISIT_STATES, VOUCHER_STATES
from web.translations import (
    N_,
    current_language,
    format_date,
    format_datetime,
    format_list,
    format_money,
    gettext,
    pgettext,
)

Line = Callable[[Row, "Names"], str]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for, in the reader's language."""

    held: AllHeld

    def provider(self, row: Row) -> str:
        return self.held.providers.get(row["provider_id"], "–")

    def providers(self, row: Row) -> str:
        return format_list([self.held.providers.get(one, "–") for one in row["provider_ids"]])

    def service(self, row: Row) -> str:
        return _in_language(self.held.services.get(row["service_id"], ("–", "–", "–")))

    def unit(self, row: Row) -> str | None:
        """What the voucher counts in."""
        of = {voucher["id"]: voucher["unit_name"] for voucher in self.held.parts["vouchers"]}
        return of.get(row["voucher_id"])

    def category(self, row: Row) -> str:
        return _in_language(self.held.categories.get(row["category"], (row["category"],) * 3))

    def person(self, row: Row) -> str:
        return self.held.people.get(row["account_id"], "")


def _in_language(names: tuple[str, str, str]) -> str:
    fi, sv, en = names
    return {"sv": sv, "en": en}.get(current_language.get()) or fi


def _day(value: date | datetime | None) -> str:
    return format_date(value) if value is not None else "–"


def _of(words: Mapping[str, Any], code: Any) -> str:
    """A code in words, or the code itself where a newer one has none yet."""
    found = words.get(code)
    if found is None:
        return str(code)
    return pgettext(*found) if isinstance(found, tuple) else gettext(found)


def _role(code: str) -> str:
    return role_text(code) or gettext("The service itself")


def _joined(*parts: str | None) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _voucher(row: Row, names: Names) -> str:
    worth = value_text(row["granted_cents"], row["units_granted"], row["unit_name"])
    last = _day(row["valid_until"] - timedelta(seconds=1))
    return _joined(
        f"{names.service(row)}: {worth}",
        gettext("Number %(number)s", number=grouped(row["number"])),
        gettext("Granted %(day)s, valid through %(last)s", day=_day(row["granted_at"]), last=last),
        gettext("Part of your plan") if row["in_plan"] else gettext("Not part of your plan"),
        _of(VOUCHER_STATES, row["state"]),
    )


def _choice(row: Row, names: Names) -> str:
    heard = {"client": N_("Heard from you"), "guardian": N_("Heard from your guardian")}.get(row["said_by"])
    meeting = row["first_meeting_at"]
    return _joined(
        f"{format_datetime(row['chosen_at'])}: {names.provider(row)}",
        _of(CHANNELS, row["channel"]) if row["channel"] in CHANNELS else None,
        gettext(heard) if heard else None,
        _of(CHOICE_STATES, row["state"]),
        gettext("First time proposed: %(at)s", at=format_datetime(meeting)) if meeting else None,
        gettext("Place: %(place)s", place=row["first_meeting_place"]) if row["first_meeting_place"] else None,
    )


def _visit(row: Row, names: Names) -> str:
    return _joined(
        f"{_day(row['service_date'])}: {names.provider(row)}",
        f"{units_text(row['units'], names.unit(row))} × {format_money(row['unit_price_cents'])}",
        gettext("From the voucher %(amount)s", amount=format_money(row["value_cents"])),
        gettext("You paid %(amount)s", amount=format_money(row["own_share_cents"]))
        if row["own_share_cents"]
        else None,
        _of(VISIT_STATES, row["state"]),
    )


def _reversal(row: Row, names: Names) -> str:
    """The reason is the provider's own words on its booking."""
    amount = format_money(row["value_cents"])
    return _joined(f"{_day(row['reversed_at'])}: {names.provider(row)}, {amount}", row["reason"])


def _review(row: Row, names: Names) -> str:
    scores = format_list(
        [f"{row[aspect]}" for aspect in ("welcome", "coaching", "usefulness", "contact", "timing")]
    )
    half = gettext("Half a year later") if row["moment"] == "half_year" else gettext("After the service")
    return _joined(
        f"{_day(row['submitted_at'])}: {names.provider(row)}",
        half,
        gettext("Your numbers: %(scores)s", scores=scores),
        gettext("In your own words: %(words)s", words=row["comment"]) if row["comment"] else None,
    )


def _comment(row: Row, names: Names) -> str:
    state = gettext("Your comment %(what)s", what=_of(COMMENT_STATES, row["state"]))
    reason = _of(REJECTIONS, row["rejected_for"]) if row["rejected_for"] else None
    return _joined(f"{names.provider(row)}: {row['masked']}", state, reason)


def _complaint(row: Row, names: Names) -> str:
    return _joined(
        f"{_day(row['submitted_at'])}: {names.provider(row)}",
        _of(ABOUT_TEXTS, row["about"]),
        row["words"],
        _of(STATE_TEXTS, row["state"]),
        row["findings"],
    )


def _intake(row: Row, names: Names) -> str:
    asked = ("months_unemployed", "education", "age", "language", "area_unemployment")
    facts = [_of(INTAKE, row[name]) for name in asked]
    return _joined(f"{_day(row['recorded_at'])}: {names.service(row)}", format_list(facts))


def _case(row: Row, names: Names) -> str:
    done = row["closed_at"]
    return _joined(
        f"{_day(row['opened_at'])}: {_of(CASES, row['kind'])}",
        gettext("Done %(day)s", day=_day(done)) if done else gettext("Due %(day)s", day=_day(row["due_on"])),
        row["resolution"],
    )


def _message(row: Row, names: Names) -> str:
    return f"{format_datetime(row['sent_at'])}: {message_text(row['template'], row['facts']).title}"


def _reminder(row: Row, names: Names) -> str:
    about = N_("that your voucher ends") if row["last_day"] else N_("that you can say how it went")
    return f"{_day(row['sent_at'])}: {gettext(about)}"


def _event(row: Row, names: Names) -> str:
    title = TITLES.get(row["action"])
    text = gettext(title) if title else gettext(OTHER, action=row["action"])
    return f"{format_datetime(row['at'])}: {text}"


def _role_grant(row: Row, names: Names) -> str:
    ended = gettext("ended %(day)s", day=_day(row["ended_at"])) if row["ended_at"] else None
    who = (
        gettext("%(name)s acts for you", name=names.person(row))
        if row["guardian"]
        else gettext("Your own sign-in")
    )
    return ", ".join(part for part in (f"{_day(row['granted_at'])}: {who}", ended) if part)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is held: its name in the file, its title, why it is kept, and its lines."""

    name: str
    title: str
    about: str
    lines: tuple[str, ...]
    count: int


PARTS: Final[tuple[tuple[str, str, str, Line], ...]] = (
    ("roles", N_("Who may sign in for you"), N_("You, and a guardian if you have one."), _role_grant),
    ("vouchers", N_("Vouchers"), N_("What you have been granted."), _voucher),
    (
        "extensions",
        N_("Days given back"),
        N_("When you had to wait for a provider’s answer, your voucher was given more time."),
        lambda row, names: f"{_day(row['recorded_at'])}: +{row['days']}",
    ),
    ("choices", N_("Choices"), N_("Which providers you chose, and how they answered."), _choice),
    (
        "presentations",
        N_("Where you showed a voucher"),
        N_("The first time a provider saw your code."),
        lambda row, names: f"{format_datetime(row['presented_at'])}: {names.provider(row)}",
    ),
    (
        "visits",
        N_("Visits"),
        N_("What providers recorded on your vouchers; it is what they are paid for."),
        _visit,
    ),
    ("reversals", N_("Visits that were undone"), N_("What was recorded by mistake."), _reversal),
    (
        "no_shows",
        N_("Days you did not come"),
        N_("A provider noted it. You can contest it on the voucher’s page."),
        lambda row, names: f"{_day(row['agreed_for'])}: {names.provider(row)}",
    ),
    (
        "order",
        N_("The order of providers"),
        N_("Drawn by lot when the voucher was granted, and kept so that it can be checked."),
        lambda row, names: f"{_day(row['frozen_at'])}: {names.providers(row)}",
    ),
    (
        "shown",
        N_("What was shown before you chose"),
        N_("Kept so that it can be checked that nobody was favoured."),
        lambda row, names: f"{format_datetime(row['at'])}, {_role(row['role'])}: {names.providers(row)}",
    ),
    (
        "reviews",
        N_("What you said of providers"),
        N_("Your numbers and words. Providers never see them."),
        _review,
    ),
    (
        "comments",
        N_("Your comments as they are read and published"),
        N_("Names and numbers are covered first."),
        _comment,
    ),
    ("complaints", N_("Complaints"), N_("What you wrote and what was found."), _complaint),
    (
        "outcomes",
        N_("What became of the service"),
        N_("The authority reports it to see which services work. It never decides anything about you."),
        lambda row, names: f"{_day(row['status_on'])}, {names.service(row)}: {names.category(row)}",
    ),
    (
        "intake",
        N_("Your situation when the voucher was granted"),
        N_(
            "Only in rough groups, so that providers who take hard cases are not judged wrongly. Providers never see it."
        ),
        _intake,
    ),
    ("cases", N_("Tasks about you"), N_("What somebody at the authority had or has to do."), _case),
    ("messages", N_("Messages"), N_("What this service has told you."), _message),
    (
        "mail",
        N_("E-mail sent to you"),
        N_("It only says that there is a message. Kept for 30 days."),
        lambda row, names: f"{format_datetime(row['sent_at'])}: {row['address']}",
    ),
    ("reminders", N_("Reminders"), N_("Kept so that you are not reminded twice."), _reminder),
    (
        "events",
        N_("Everything that was done with your vouchers"),
        N_("The record that cannot be changed."),
        _event,
    ),
    (
        "sign_ins",
        N_("Sign-ins"),
        N_("Kept for 30 days after they end."),
        lambda row, names: format_datetime(row["created_at"]),
    ),
)
"""In the order of the page; the parts `client`, `person` and `reads` are shown in their own way."""

TITLES_OF_REST: Final[Mapping[str, tuple[str, str]]] = {
    "client": (N_("About you"), N_("Home municipality, languages and needs.")),
    "person": (
        N_("Name and contact"),
        N_("Your identity code is kept too, encrypted, and is not in the file."),
    ),
    "reads": (N_("Who has looked"), N_("Each time somebody opened your information.")),
}


def parts_of(held: AllHeld) -> list[Part]:
    """Every part with its lines, the newest first."""
    names = Names(held)
    return [
        Part(
            name=name,
            title=gettext(title),
            about=gettext(about),
            lines=tuple(line(row, names) for row in reversed(held.parts[name])),
            count=len(held.parts[name]),
        )
        for name, title, about, line in PARTS
    ]
