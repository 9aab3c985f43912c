"""Texts are complete in every language, and the check that says so notices when they are not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from web.translations import (
    LANGUAGES,
    catalogues,
    check,
    format_date,
    format_datetime,
    format_list,
    format_money,
    format_percent,
    format_relative,
    negotiate,
    soften,
    use_language,
)
from web.translations.__main__ import main


@pytest.fixture
def small_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tiny `web/` with one template and one page, and catalogues that translate both."""
    web = tmp_path / "web"
    (web / "templates" / "vouchers").mkdir(parents=True)
    (web / "pages").mkdir()
    (web / "templates" / "vouchers" / "grant.html").write_text(
        '{{ _("Grant") }}{% trans n=k %}%(n)s voucher{% pluralize %}%(n)s vouchers{% endtrans %}'.replace(
            "%(n)s", "{{ n }}"
        )
    )
    (web / "pages" / "people.py").write_text(
        'A = N_("Sign in %(name)s")\nB = pgettext("statement status", "Open")\n'
    )
    for lang, (grant, sign_in, opened, one, many) in {
        "fi": ("Myönnä", "Kirjaudu %(name)s", "Avoin", "yksi seteli", "%(n)s seteliä"),
        "sv": ("Bevilja", "Logga in %(name)s", "Öppen", "en sedel", "%(n)s sedlar"),
    }.items():
        folder = web / "locale" / lang
        folder.mkdir(parents=True)
        (folder / "vouchers.po").write_text(
            f'msgid "Grant"\nmsgstr "{grant}"\n\n'
            f'msgid "%(n)s voucher"\nmsgid_plural "%(n)s vouchers"\nmsgstr[0] "{one}"\nmsgstr[1] "{many}"\n'
        )
        (folder / "people.po").write_text(
            f'msgid "Sign in %(name)s"\nmsgstr "{sign_in}"\n\n'
            f'msgctxt "statement status"\nmsgid "Open"\nmsgstr "{opened}"\n'
        )
    monkeypatch.setattr(check, "WEB", web)
    monkeypatch.setattr(catalogues, "LOCALE_FOLDER", web / "locale")
    catalogues.translations.cache_clear()
    yield web
    catalogues.translations.cache_clear()


def _rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_complete_catalogues_raise_no_complaint(small_web: Path) -> None:
    assert list(check.complaints()) == []
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("fi/vouchers.po", 'msgstr "Myönnä"', 'msgstr ""', "fi: missing 'Grant'"),
        ("fi/vouchers.po", 'msgid "Grant"', '#, fuzzy\nmsgid "Grant"', "fi: fuzzy 'Grant'"),
        (
            "sv/people.po",
            "Logga in %(name)s",
            "Logga in %(nmae)s",
            "sv: placeholders of 'Sign in %(name)s' differ",
        ),
        ("sv/people.po", "Logga in %(name)s", "Logga in", "sv: placeholders of 'Sign in %(name)s' differ"),
        ("sv/vouchers.po", "%(n)s sedlar", "sedlar", "sv: placeholders of '%(n)s voucher' differ"),
        ("fi/people.po", 'msgctxt "statement status"\n', "", "fi: missing 'Open'"),
        ("fi/people.po", 'msgid "Open"', 'msgid "Shut"', "fi: unused 'Shut'"),
        (
            "fi/people.po",
            'msgid "Sign in %(name)s"',
            'msgid "Grant"\nmsgstr "Anna"\n\nmsgid "Sign in %(name)s"',
            "fi: 'Grant' is ('Anna',) in people.po but ('Myönnä',) in vouchers.po",
        ),
    ],
)
def test_each_fault_is_named(small_web: Path, file: str, old: str, new: str, complaint: str) -> None:
    _rewrite(small_web / "locale" / file, old, new)
    found = list(check.complaints())
    assert any(line.startswith(complaint) for line in found), found
    assert main(["check"]) == 1


def test_missing_texts_are_printed_ready_to_paste(
    small_web: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_web / "locale" / "fi" / "people.po").unlink()
    assert main(["missing", "people"]) == 0
    printed = capsys.readouterr().out
    assert "web/locale/fi/people.po" in printed
    assert 'msgctxt "statement status"\nmsgid "Open"\nmsgstr ""' in printed
    assert "Grant" not in printed


def test_catalogues_of_all_capabilities_translate_together(small_web: Path) -> None:
    with use_language("fi"):
        assert catalogues.gettext("Grant") == "Myönnä"
        assert catalogues.gettext("Sign in %(name)s", name="Aino") == "Kirjaudu Aino"
        assert catalogues.pgettext("statement status", "Open") == "Avoin"
        assert catalogues.ngettext("%(n)s voucher", "%(n)s vouchers", 1) == "yksi seteli"
        assert catalogues.ngettext("%(n)s voucher", "%(n)s vouchers", 3) == "3 seteliä"
    with use_language("en"):
        assert catalogues.gettext("Grant") == "Grant"


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "fi"),
        ("sv", "en", "sv"),
        ("xx", "en-GB,en;q=0.9", "en"),
        (None, "sv-FI,fi;q=0.5", "sv"),
        (None, "en;q=0.3,sv;q=0.8", "sv"),
        (None, "de,fr", "fi"),
        (None, "sv;q=0,en;q=0.1", "en"),
        (None, ";;q=,*;q=x\x00", "fi"),
    ],
)
def test_language_of_a_reader(cookie: str | None, header: str | None, language: str) -> None:
    assert negotiate(cookie, header) == language


NOON_IN_UTC = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # already the 23rd in Finland


@pytest.mark.parametrize(
    ("lang", "money", "share", "day", "time"),
    [
        ("fi", "1\u00a0234,50\u00a0€", "62\u00a0%", "23.11.2026", "23.11.2026 klo 0.30"),
        ("sv", "1\u00a0234,50\u00a0€", "62\u00a0%", "23.11.2026", "23.11.2026 kl. 0.30"),
        ("en", "€1,234.50", "62%", "23 Nov 2026", "23 Nov 2026 at 00:30"),
    ],
)
def test_formats_of_each_language(lang: str, money: str, share: str, day: str, time: str) -> None:
    with use_language(lang):
        assert format_money(123450) == money
        assert format_percent(0.62) == share
        assert format_date(NOON_IN_UTC) == day
        assert format_datetime(NOON_IN_UTC) == time


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "tänään"),
        (date(2026, 11, 24), "huomenna"),
        (date(2026, 11, 22), "eilen"),
        (date(2026, 11, 28), "5 päivän päästä"),
        (date(2026, 11, 20), "3 päivää sitten"),
    ],
)
def test_relative_days_count_in_the_finnish_calendar(day: date, words: str) -> None:
    with use_language("fi"):
        assert format_relative(day, NOON_IN_UTC) == words


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        format_date(datetime(2026, 11, 22))


def test_lists_and_long_words() -> None:
    with use_language("sv"):
        assert format_list(["finska", "svenska"]) == "finska och svenska"
    with use_language("fi"):
        softened = soften("Työllisyydenhoitopalvelut alkavat")
        assert softened.replace("\u00ad", "") == "Työllisyydenhoitopalvelut alkavat"
        assert "hoi\u00adto" in softened
        assert "alkavat" in softened
    with use_language("en"):
        assert soften("internationalisation") == "internationalisation"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_catalogue_of_the_project_can_be_read(lang: str) -> None:
    assert catalogues.translations(lang).gettext("Sign out")
