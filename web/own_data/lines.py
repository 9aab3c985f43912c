"""What is held about a client, part by part, as the client reads it: one line for each thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from registry.own_data import AllHeld, Row
from registry.quality.comments.rules import CommentState
from registry.shared.identifiers import grouped
from registry.vouchers.changing.rules import ChangeKind
from registry.vouchers.confirming.rules import Answer, Ruling
from web.amounts import units_text, value_text
from web.change_words import CHANGE_TITLES, REASON_TEXTS
from web.comment_words import REASONS as REJECTIONS
from web.comment_words import marked_text
from web.complaint_words import ABOUT_TEXTS, STATE_TEXTS
from web.event_details import CHANNELS, OTHER
from web.event_texts import TITLES
from web.message_texts import message_text
from web.navigation import role_text
from web.own_data.words import (
    CASES,
    CHOICE_STATES,
    INTAKE,
    OFFLINE_STATES,
    VISIT_STATES,
    VOUCHER_STATES,
)
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
from web.visit_words import ANSWER_TEXTS, RULING_TEXTS

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


def day(value: date | datetime | None) -> str:
    return format_date(value) if value is not None else "–"


def _of(words: Mapping[str, Any], code: Any) -> str:
    """A code in words, or the code itself where a newer one has none yet."""
    found = words.get(code)
    if found is None:
        return str(code)
    return pgettext(*found) if isinstance(found, tuple) else gettext(found)


def role(code: str) -> str:
    return role_text(code) or gettext("The service itself")


def _joined(*parts: str | None) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def on(column: str, what: Line) -> Line:
    """A line that begins with its day."""
    return lambda row, names: f"{day(row[column])}: {what(row, names)}"


def at(column: str, what: Line) -> Line:
    """A line that begins with its day and time."""
    return lambda row, names: f"{format_datetime(row[column])}: {what(row, names)}"


def voucher(row: Row, names: Names) -> str:
    worth = value_text(row["granted_cents"], row["units_granted"], row["unit_name"])
    last = day(row["valid_until"] - timedelta(seconds=1))
    return _joined(
        f"{names.service(row)}: {worth}",
        gettext("Number %(number)s", number=grouped(row["number"])),
        gettext("Granted %(day)s, valid through %(last)s", day=day(row["granted_at"]), last=last),
        gettext("Part of your plan") if row["in_plan"] else gettext("Not part of your plan"),
        _of(VOUCHER_STATES, row["state"]),
    )


def choice(row: Row, names: Names) -> str:
    heard = {"client": N_("Heard from you"), "guardian": N_("Heard from your guardian")}.get(row["said_by"])
    meeting = row["first_meeting_at"]
    return _joined(
        names.provider(row),
        _of(CHANNELS, row["channel"]) if row["channel"] in CHANNELS else None,
        gettext(heard) if heard else None,
        _of(CHOICE_STATES, row["state"]),
        gettext("First time proposed: %(at)s", at=format_datetime(meeting)) if meeting else None,
        gettext("Place: %(place)s", place=row["first_meeting_place"]) if row["first_meeting_place"] else None,
    )


def voucher_change(row: Row, names: Names) -> str:
    kind, why = ChangeKind(row["kind"]), REASON_TEXTS[row["reason"]]
    amount = str(row["days"]) if row["days"] else format_money(row["cents"])
    return _joined(gettext(CHANGE_TITLES[kind]), amount, gettext(why))


def visit_answer(row: Row, names: Names) -> str:
    return _joined(
        names.provider(row),
        gettext(ANSWER_TEXTS[Answer(row["answer"])]),
        row["words"],
        gettext(RULING_TEXTS[Ruling(row["ruling"])]) if row["ruling"] else None,
        row["reason"],
    )


def visit(row: Row, names: Names) -> str:
    return _joined(
        names.provider(row),
        f"{units_text(row['units'], names.unit(row))} × {format_money(row['unit_price_cents'])}",
        gettext("From the voucher %(amount)s", amount=format_money(row["value_cents"])),
        gettext("You paid %(amount)s", amount=format_money(row["own_share_cents"]))
        if row["own_share_cents"]
        else None,
        _of(VISIT_STATES, row["state"]),
    )


def offline_visit(row: Row, names: Names) -> str:
    """A note is the authority's, on why it was not recorded."""
    return _joined(names.provider(row), _of(OFFLINE_STATES, row["state"]), row["note"])


def reversal(row: Row, names: Names) -> str:
    """The reason is the provider's own words on its booking."""
    amount = format_money(row["value_cents"])
    return _joined(f"{names.provider(row)}, {amount}", row["reason"])


def review(row: Row, names: Names) -> str:
    scores = format_list(
        [f"{row[aspect]}" for aspect in ("welcome", "coaching", "usefulness", "contact", "timing")]
    )
    half = gettext("Half a year later") if row["moment"] == "half_year" else gettext("After the service")
    return _joined(
        names.provider(row),
        half,
        gettext("Your numbers: %(scores)s", scores=scores),
        gettext("In your own words: %(words)s", words=row["comment"]) if row["comment"] else None,
    )


def comment(row: Row, names: Names) -> str:
    return _joined(f"{names.provider(row)}: {marked_text(row['masked'])}", _fate(row))


def _fate(row: Row) -> str:
    """Where a comment is on its way: read, published with a release, kept back, taken down; each with what follows."""
    since = {"number": row["release_number"], "day": day(row["public_from"])}
    if row["state"] == CommentState.SUBMITTED:
        return gettext("Your comment waits: nobody has read it yet")
    if row["state"] == CommentState.APPROVED:
        return gettext(
            "Your comment has been read. It comes out with a later release, when five people have answered"
        )
    if row["state"] == CommentState.REJECTED:
        return gettext(
            "Your comment is not published: %(reason)s", reason=_of(REJECTIONS, row["rejected_for"])
        )
    if row["state"] == CommentState.WITHDRAWN:
        return gettext(
            "Your comment came out with release %(number)s and was hidden on %(hidden)s, because somebody reported it and"
            " an official found the report right",
            number=row["release_number"],
            hidden=day(row["taken_down_at"]),
        )
    if row["release_withdrawn_at"] is not None:
        return gettext("Release %(number)s was taken back. Your comment comes out with the next one", **since)
    return gettext(
        "Your comment comes out with release %(number)s: everybody can read it from %(day)s on", **since
    )


def complaint(row: Row, names: Names) -> str:
    return _joined(
        names.provider(row),
        _of(ABOUT_TEXTS, row["about"]),
        row["words"],
        _of(STATE_TEXTS, row["state"]),
        row["findings"],
    )


def intake(row: Row, names: Names) -> str:
    asked = ("months_unemployed", "education", "age", "language", "area_unemployment")
    facts = [_of(INTAKE, row[name]) for name in asked]
    return _joined(names.service(row), format_list(facts))


def case(row: Row, names: Names) -> str:
    done = row["closed_at"]
    return _joined(
        _of(CASES, row["kind"]),
        gettext("Done %(day)s", day=day(done)) if done else gettext("Due %(day)s", day=day(row["due_on"])),
        row["resolution"],
    )


def message(row: Row, names: Names) -> str:
    return message_text(row["template"], row["facts"]).title


def reminder(row: Row, names: Names) -> str:
    about = N_("that your voucher ends") if row["last_day"] else N_("that you can say how it went")
    return gettext(about)


def event(row: Row, names: Names) -> str:
    title = TITLES.get(row["action"])
    return gettext(title) if title else gettext(OTHER, action=row["action"])


def role_grant(row: Row, names: Names) -> str:
    ended = gettext("ended %(day)s", day=day(row["ended_at"])) if row["ended_at"] else None
    who = (
        gettext("%(name)s acts for you", name=names.person(row))
        if row["guardian"]
        else gettext("Your own sign-in")
    )
    return ", ".join(part for part in (f"{day(row['granted_at'])}: {who}", ended) if part)
