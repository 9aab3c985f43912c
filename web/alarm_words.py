"""Quality alarms in words: what was seen, what it is compared with, what may explain it, and what can be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.quality.alarms.rules import HUNDREDTHS, TEN_THOUSANDTHS, AlarmKind, AlarmState
from web.translations import N_, format_date, format_number, format_percent, gettext

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlarmText:
    """What an alarm of a kind is called, why it is asked, and what may explain it without anything being wrong."""

    title: str
    why: str
    innocent: str


_KINDS: Final[dict[str, AlarmText]] = {
    AlarmKind.REVIEW_BURST: AlarmText(
        N_("Many reviews at once"),
        N_("Within a week far more clients reviewed the provider than usual, and more than had just ended."),
        N_("The provider may have reminded its earlier clients to answer, all on one day."),
    ),
    AlarmKind.SCORES_WITHOUT_OUTCOMES: AlarmText(
        N_("Scores far from results"),
        N_(
            "Clients praise the provider clearly more than is usual, but clearly fewer found work or a study place."
        ),
        N_("A service can be kind and clear and still meet a hard year in its trade or town."),
    ),
    AlarmKind.EASY_INTAKE: AlarmText(
        N_("Clients with better prospects than others’"),
        N_(
            "The provider’s clients had clearly better prospects, before anything was done, than the clients of others."
        ),
        N_("Clients choose for themselves: the provider may be known for a service that suits them."),
    ),
    AlarmKind.REDEEMED_FOR_REVIEW: AlarmText(
        N_("Small visits right before reviews"),
        N_(
            "Many reviews came within days of a very small visit, far more than at other providers of the service."
        ),
        N_("Clients may have had a short first talk, or broken off early and said so."),
    ),
    AlarmKind.ONE_PLACE: AlarmText(
        N_("Many reviews from one place"),
        N_("Many of the provider’s reviews were sent from one place within two weeks. This is a weak sign."),
        N_("Clients may have answered at a shared computer: a library, a service point, a school."),
    ),
}
STATES: Final[dict[str, tuple[str, str]]] = {
    AlarmState.OPEN: (N_("To be looked into"), "warning"),
    AlarmState.EXPLAINED: (N_("Explained"), "neutral"),
    AlarmState.CONFIRMED: (N_("Confirmed"), "danger"),
}


def alarm_text(kind: str) -> AlarmText:
    found = _KINDS[kind]
    return AlarmText(gettext(found.title), gettext(found.why), gettext(found.innocent))


def alarm_state(state: str) -> tuple[str, str]:
    """The words and the colour of a state."""
    text, colour = STATES[state]
    return gettext(text), colour


def _count(facts: Facts, name: str) -> str:
    return format_number(facts[name])


def _hundredths(facts: Facts, name: str) -> str:
    return format_number(facts[name] / HUNDREDTHS, 1)


def _share(facts: Facts, name: str) -> str:
    return format_percent(facts[name] / TEN_THOUSANDTHS, 1)


def _of(facts: Facts, good: str, people: str) -> str:
    return gettext("%(k)s of %(n)s", k=_count(facts, good), n=_count(facts, people))


def _burst(facts: Facts) -> list[tuple[str, str]]:
    later = facts["moment"] == "half_year"
    return [
        (gettext("Which reviews"), gettext("Half a year later") if later else gettext("Right after the service")),
        (gettext("Reviews in the week"), _count(facts, "reviews")),
        (gettext("Usual in a week at this provider"), _hundredths(facts, "usual_hundredths")),
        (gettext("Clients who had just come to the moment of reviewing"), _count(facts, "ended")),
        (gettext("To be expected"), _hundredths(facts, "expected_hundredths")),
    ]  # fmt: skip


def _scores(facts: Facts) -> list[tuple[str, str]]:
    against = (
        gettext("Expected of these clients")
        if facts["against"] == "expected"
        else gettext("Usual for the service")
    )
    return [
        (gettext("Number of the release"), _count(facts, "release")),
        (gettext("Found it useful (8 or more of 10)"), _of(facts, "scores_k", "scores_n")),
        (gettext("Usual for the service"), _share(facts, "scores_usual")),
        (gettext("Distance in standard deviations"), _hundredths(facts, "scores_z_hundredths")),
        (gettext("Found work or a study place"), _of(facts, "outcomes_k", "outcomes_n")),
        (against, _share(facts, "outcomes_usual")),
        (gettext("Distance in standard deviations"), _hundredths(facts, "outcomes_z_hundredths")),
    ]  # fmt: skip


def _intake(facts: Facts) -> list[tuple[str, str]]:
    return [
        (gettext("Clients of this provider"), _count(facts, "people")),
        (gettext("Expected to find work or a study place"), _share(facts, "expected")),
        (gettext("Clients of the others"), _count(facts, "others_people")),
        (gettext("Expected of them"), _share(facts, "others_expected")),
        (gettext("Distance in standard deviations"), _hundredths(facts, "z_hundredths")),
        (gettext("What is left out"), gettext("Unemployment where the clients live: nobody picks that")),
    ]


def _for_review(facts: Facts) -> list[tuple[str, str]]:
    what = gettext(
        "Within %(days)s days of a last visit of at most %(part)s of the voucher",
        days=_count(facts, "close_days"),
        part=format_percent(facts["tiny_percent"] / 100),
    )
    return [
        (gettext("Reviews of this provider"), _count(facts, "reviews")),
        (what, _count(facts, "close")),
        (gettext("Reviews of the others in the service"), _count(facts, "others")),
        (gettext("Of them so close to a small visit"), _count(facts, "others_close")),
    ]


def _place(facts: Facts) -> list[tuple[str, str]]:
    return [
        (gettext("Reviews of this provider from one place"), _count(facts, "reviews")),
        (gettext("All reviews from that place"), _count(facts, "from_place")),
        (gettext("Reviews of this provider from elsewhere"), _of(facts, "elsewhere", "all_elsewhere")),
        (
            gettext("What is known of the place"),
            gettext("Nothing but that it is one; even that is kept two weeks"),
        ),
    ]


_EVIDENCE: Final[dict[str, Callable[[Facts], list[tuple[str, str]]]]] = {
    AlarmKind.REVIEW_BURST: _burst,
    AlarmKind.SCORES_WITHOUT_OUTCOMES: _scores,
    AlarmKind.EASY_INTAKE: _intake,
    AlarmKind.REDEEMED_FOR_REVIEW: _for_review,
    AlarmKind.ONE_PLACE: _place,
}


def evidence(kind: str, facts: Facts) -> list[tuple[str, str]]:
    """Each fact as (what, how much), the days first and the probability last."""
    days = format_date(date.fromisoformat(facts["from"]))
    if "to" in facts:
        days = f"{days} – {format_date(date.fromisoformat(facts['to']))}"
    return [
        (gettext("Days looked at") if "to" in facts else gettext("Counted on"), days),
        *_EVIDENCE[kind](facts),
        (gettext("By chance alone"), gettext("about once in %(times)s", times=_count(facts, "one_in"))),
    ]
