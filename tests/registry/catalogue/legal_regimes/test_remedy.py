"""What one may do against a decision: the right day, and every step to it, in three languages."""

from dataclasses import replace
from datetime import date, time
from string import Formatter

import pytest

from registry.catalogue.legal_regimes import remedy_words as words
from registry.catalogue.legal_regimes.loading import templates
from registry.catalogue.legal_regimes.remedy import Office, RemedyInstructions, remedy_instructions
from registry.catalogue.legal_regimes.remedy_words import days_in
from registry.catalogue.legal_regimes.rules import LANGUAGES, RemedyKind
from registry.shared.working_days import NoticeBy

MUNICIPAL = templates()["service_voucher_act"]
GENERAL = templates()["employment_services_act"]
OFFICE = Office(
    name="Esimerkkilän työllisyyslautakunta",
    email="kirjaamo@esimerkkila.invalid",
    postal_address="PL 1, 00001 Esimerkkilä",
    closes=time(15, 0),
)
SENT = date(2026, 11, 4)


def instructions(
    language: str = "fi", *, sent: date = SENT, by: NoticeBy = NoticeBy.ELECTRONIC, regime: str = "municipal"
) -> RemedyInstructions:
    chosen = MUNICIPAL if regime == "municipal" else GENERAL
    return remedy_instructions(chosen, language=language, sent=sent, by=by, office=OFFICE)


def step(found: RemedyInstructions, number: int) -> str:
    return found.steps[number].text


DAYS = [
    # sent Wednesday 4.11.2026: notice on Saturday 7.11., fourteen days to Saturday 21.11., moved to Monday
    (SENT, NoticeBy.ELECTRONIC, "municipal", date(2026, 11, 7), date(2026, 11, 23)),
    (SENT, NoticeBy.LETTER, "municipal", date(2026, 11, 11), date(2026, 11, 25)),
    (SENT, NoticeBy.RECEIVED, "municipal", date(2026, 11, 4), date(2026, 11, 18)),
    # thirty days to Monday 7.12.; a day earlier is Independence Day, a Sunday
    (SENT, NoticeBy.ELECTRONIC, "general", date(2026, 11, 7), date(2026, 12, 7)),
    (date(2026, 11, 3), NoticeBy.ELECTRONIC, "general", date(2026, 11, 6), date(2026, 12, 7)),
    # to Christmas Eve, moved over Christmas and a weekend
    (date(2026, 12, 3), NoticeBy.LETTER, "municipal", date(2026, 12, 10), date(2026, 12, 28)),
]


@pytest.mark.parametrize(("sent", "by", "regime", "noticed", "last_day"), DAYS)
def test_the_day(sent: date, by: NoticeBy, regime: str, noticed: date, last_day: date) -> None:
    for language in LANGUAGES:
        found = instructions(language, sent=sent, by=by, regime=regime)
        assert (found.noticed, found.last_day) == (noticed, last_day)


@pytest.mark.parametrize(
    ("language", "until", "noticed", "moved"),
    [
        ("fi", "Viimeistään maanantaina 23.11.2026 kello 15.00.", "eli 7.11.2026,", "lauantaina 21.11.2026"),
        ("sv", "Senast måndagen den 23 november 2026 klockan 15.00.", "alltså den 7 november 2026,",
         "lördagen den 21 november 2026"),
        ("en", "On Monday 23 November 2026 at 15:00 at the latest.", "7 November 2026,", "Saturday 21 November 2026"),
    ],
)  # fmt: skip
def test_it_says_by_when_and_why(language: str, until: str, noticed: str, moved: str) -> None:
    found = instructions(language)
    assert step(found, 0).startswith(until)
    assert noticed in step(found, 1)
    assert "14 " in step(found, 1)
    assert moved in step(found, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_did_not_move_is_not_said_to_have(language: str) -> None:
    moved = words.MOVED.said_in(language).split("{day}")[1]
    assert moved in step(instructions(language), 1)
    assert moved not in step(instructions(language, by=NoticeBy.LETTER), 1)


def test_it_says_how_the_decision_came() -> None:
    ways = {by: step(instructions(by=by), 1) for by in NoticeBy}
    assert "sähköisesti 4.11.2026" in ways[NoticeBy.ELECTRONIC]
    assert "kolmantena" in ways[NoticeBy.ELECTRONIC]
    assert "kirjeenä 4.11.2026" in ways[NoticeBy.LETTER]
    assert "seitsemäntenä" in ways[NoticeBy.LETTER]
    assert ways[NoticeBy.RECEIVED].startswith("Sait päätöksen tiedoksi 4.11.2026.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_to_whom_how_and_what_then(language: str) -> None:
    found = instructions(language)
    assert len(found.steps) == 7
    assert step(found, 2).split("\n")[0] == OFFICE.name
    assert OFFICE.email in step(found, 2)
    assert OFFICE.postal_address in step(found, 2)
    assert step(found, 4).count("\n– ") == 3
    assert MUNICIPAL.remedy.second_instance.said_in(language) in step(found, 5)
    assert "30 " in step(found, 5)
    assert all(number.text and number.label for number in found.steps)


@pytest.mark.parametrize(
    ("by", "regime", "acts"),
    [
        (NoticeBy.ELECTRONIC, "municipal", ["569/2009", "410/2015", "13/2003", "150/1930"]),
        (NoticeBy.LETTER, "municipal", ["569/2009", "410/2015", "434/2003", "150/1930"]),
        (NoticeBy.RECEIVED, "general", ["380/2023", "434/2003", "150/1930"]),
    ],
)
def test_it_says_what_it_rests_on(by: NoticeBy, regime: str, acts: list[str]) -> None:
    for language in LANGUAGES:
        lines = step(instructions(language, by=by, regime=regime), 6).split("\n")
        assert [line.split("(")[1].split(")")[0] for line in lines] == acts


def test_the_languages_do_not_mix() -> None:
    texts = [instructions(language).plain_text for language in LANGUAGES]
    assert len(set(texts)) == 3
    lines = [
        {line for line in text.split("\n") if line} - set(step(instructions(), 2).split("\n"))
        for text in texts
    ]
    assert not lines[0] & lines[1]
    assert not lines[0] & lines[2]
    assert not lines[1] & lines[2]


def test_a_language_that_is_none_of_ours_gets_finnish() -> None:
    assert instructions("de") == instructions("fi")


def test_the_plain_text_holds_all_of_it() -> None:
    found = instructions()
    assert found.plain_text.startswith("Jos olet tyytymätön päätökseen\n\nVoit pyytää")
    for part in found.steps:
        assert f"\n\n{part.label}\n{part.text}" in found.plain_text
    assert "{" not in found.plain_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appeal_to_a_court_is_called_one(language: str) -> None:
    appeal = replace(MUNICIPAL, remedy=replace(MUNICIPAL.remedy, kind=RemedyKind.APPEAL))
    found = remedy_instructions(appeal, language=language, sent=SENT, by=NoticeBy.LETTER, office=OFFICE)
    review = instructions(language, by=NoticeBy.LETTER)
    assert found.opening != review.opening
    assert step(found, 5) != step(review, 5)
    assert "{" not in found.plain_text


def test_every_language_fills_in_the_same() -> None:
    def named(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    texts = [words.UNTIL, words.COUNT, words.MOVED, *words.NOTICED.values(), *words.THEN.values()]
    for text in texts:
        assert named(text.fi) == named(text.sv) == named(text.en)
    for language in LANGUAGES:
        days = days_in(language)
        assert len(days.weekdays) == 7
        assert len(days.months) in (0, 12)
    assert set(words.NOTICED) == set(NoticeBy)
    assert set(words.OPENING) == set(words.THEN) == set(RemedyKind)
