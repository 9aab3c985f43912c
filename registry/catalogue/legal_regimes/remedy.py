"""What one may do against a decision, in plain words: what, to whom, how, by which day, and why that day.

Sent with the decision, in the applicant's language (Administrative Procedure Act 434/2003 §§ 46 and 47). A wrong day
here takes somebody's right away, so the day is computed and every step of it is shown.
"""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from registry.catalogue.legal_regimes import remedy_words as words
from registry.catalogue.legal_regimes.remedy_words import days_in
from registry.catalogue.legal_regimes.rules import Regime, Remedy, RemedyKind, Source, Words, cited
from registry.shared.working_days import NoticeBy, notice_day, period_end

_ELECTRONIC: Final = Words(
    fi="Laki sähköisestä asioinnista viranomaistoiminnassa",
    sv="Lagen om elektronisk kommunikation i myndigheternas verksamhet",
    en="Act on Electronic Services and Communication in the Public Sector",
)
_PROCEDURE: Final = Words(fi="Hallintolaki", sv="Förvaltningslagen", en="Administrative Procedure Act")
_TIME_LIMITS: Final = Words(
    fi="Laki säädettyjen määräaikain laskemisesta",
    sv="Lagen om beräknande av laga tid",
    en="Act on the Calculation of Statutory Time Limits",
)
_NOTICE: Final = {
    NoticeBy.ELECTRONIC: (Source("13/2003", _ELECTRONIC, ("19",)),),
    NoticeBy.LETTER: (Source("434/2003", _PROCEDURE, ("59",)),),
}
_COUNTING: Final = Source("150/1930", _TIME_LIMITS, ("2", "5", "6"))
"""How the day was counted rests on the same law in every regime."""


@dataclass(frozen=True, slots=True)
class Office:
    """Where the request goes: the competent body, as its organiser gives it."""

    name: str
    email: str
    postal_address: str
    closes: time
    """What is not there when the office closes on the last day is late (150/1930 § 6)."""


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RemedyInstructions:
    heading: str
    opening: str
    steps: tuple[Step, ...]
    noticed: date
    last_day: date

    @property
    def plain_text(self) -> str:
        """For a message or a document without markup."""
        steps = "\n\n".join(f"{step.label}\n{step.text}" for step in self.steps)
        return f"{self.heading}\n\n{self.opening}\n\n{steps}\n"


def remedy_instructions(
    regime: Regime, *, language: str, sent: date, by: NoticeBy, office: Office
) -> RemedyInstructions:
    """The instructions that go out with a decision that was sent on `sent` (with RECEIVED: that came on it)."""

    def say(text: Words, **facts: object) -> str:
        return text.said_in(language).format(**facts)

    remedy, days = regime.remedy, days_in(language)
    noticed = notice_day(sent, by)
    last_day = period_end(noticed, days=remedy.period_days)
    contact = f"{office.name}\n{say(words.EMAIL)}: {office.email}\n{say(words.POST)}: {office.postal_address}"
    then = say(
        words.THEN[remedy.kind],
        second=remedy.second_instance.said_in(language),
        days=remedy.second_period_days,
    )
    sources = (*regime.basis, *remedy.sources, *_NOTICE.get(by, ()), _COUNTING)
    until = say(words.UNTIL, day=days.on_day(last_day), time=days.clock(office.closes))
    steps = (
        (words.BY_WHEN, until),
        (words.WHY, _why(language, sent=sent, by=by, days=remedy.period_days)),
        (words.TO_WHOM, contact),
        (words.HOW, say(words.IN_WRITING)),
        (words.WHAT, say(words.CONTENTS)),
        (words.WHAT_THEN, then),
        (words.LAW, "\n".join(cited(source, language) for source in sources)),
    )
    return RemedyInstructions(
        heading=say(words.HEADING),
        opening=say(words.OPENING[remedy.kind]),
        steps=tuple(Step(say(label), text) for label, text in steps),
        noticed=noticed,
        last_day=last_day,
    )


_PROCEEDINGS: Final = Source(
    "808/2019",
    Words(
        fi="Laki oikeudenkäynnistä hallintoasioissa",
        sv="Lagen om rättegång i förvaltningsärenden",
        en="Administrative Judicial Procedure Act",
    ),
    ("13", "15", "16"),
)
_HIGHEST: Final = Words(
    fi="korkeimpaan hallinto-oikeuteen, jos se antaa valitusluvan,",
    sv="hos högsta förvaltningsdomstolen, om den beviljar besvärstillstånd,",
    en="to the Supreme Administrative Court, if it grants leave to appeal,",
)


def on_review(regime: Regime) -> Regime:
    """The regime of a decision on a request for review: from it one goes on to the court. Where the first remedy is a
    court's already, nothing of ours is decided after it."""
    first = regime.remedy
    if first.kind is RemedyKind.APPEAL:
        return regime
    second = Remedy(
        kind=RemedyKind.APPEAL,
        period_days=first.second_period_days,
        body=first.second_instance,
        sources=(*first.sources, _PROCEEDINGS),
        second_instance=_HIGHEST,
        second_period_days=30,
    )
    return replace(regime, remedy=second)


def _why(language: str, *, sent: date, by: NoticeBy, days: int) -> str:
    shown, noticed = days_in(language), notice_day(sent, by)
    said = [
        words.NOTICED[by].said_in(language).format(sent=shown.day(sent), noticed=shown.day(noticed)),
        words.COUNT.said_in(language).format(days=days),
    ]
    unmoved = noticed + timedelta(days=days)
    if unmoved != period_end(noticed, days=days):
        said.append(words.MOVED.said_in(language).format(day=shown.on_day(unmoved)))
    return " ".join(said)
