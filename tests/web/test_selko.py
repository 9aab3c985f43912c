"""Easy Finnish: on the jobseeker's pages only, kept elsewhere, and complete."""

import re
from pathlib import Path

import httpx
import pytest

from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import TODAY, build_world
from tests.web.client import csrf, sign_in
from web.message_texts import FOR_JOBSEEKERS, OTHER, words_of
from web.translations import catalogues, check, format_date, gettext, use_language


def switch(page: httpx.Response) -> list[tuple[str, bool]]:
    """The buttons of the language switch: (name, whether it is the current one)."""
    found = re.findall(r'<button type="submit" name="lang"[^>]*>[^<]*', page.text)
    return [(button.rpartition(">")[2], "aria-current" in button) for button in found]


async def test_easy_finnish_is_offered_where_it_is_and_kept_where_it_is_not(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.CLIENT)
    home = await site.get("/my")
    names = ["Suomi", "Selkosuomi", "Svenska", "English"]
    assert switch(home) == [(name, name == "Suomi") for name in names]
    answer = await site.post(
        "/language", data={"_csrf_token": await csrf(site), "lang": "selko", "next": "/my"}
    )
    assert answer.headers["location"] == "/my"
    easy = await site.get("/my")
    assert switch(easy) == [(name, name == "Selkosuomi") for name in names]
    assert '<html lang="fi" data-text="selko"' in easy.text
    assert "Sinulla ei ole palveluseteliä" in easy.text
    elsewhere = await site.get("/providers")
    assert switch(elsewhere) == [("Suomi", True), ("Svenska", False), ("English", False)]
    assert "data-text" not in elsewhere.text
    assert switch(await site.get("/my"))[1] == ("Selkosuomi", True), "still what the reader picked"


def test_what_easy_finnish_lacks_is_said_in_finnish() -> None:
    with use_language("selko"):
        assert gettext("Confirm the choice") == "Kyllä, valitsen tämän"
        assert gettext("Accessibility statement") == "Saavutettavuusseloste"
        assert format_date(TODAY, "weekday") == "sunnuntai 22. marraskuuta"
    with use_language("fi"):
        assert gettext("Confirm the choice") == "Vahvista valinta"


def test_every_text_of_the_jobseekers_pages_must_be_in_easy_finnish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("templates/choice", "templates/site", "locale/fi_selko"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates/choice/my.html").write_text('{{ _("My vouchers") }}{{ _("Help") }}')
    (tmp_path / "templates/site/front.html").write_text('{{ _("Help") }}{{ _("Welcome") }}')
    (tmp_path / "locale/fi_selko/choice.po").write_text('msgid "Help"\nmsgstr "Apua"\n')
    monkeypatch.setattr(check, "WEB", tmp_path)
    monkeypatch.setattr(catalogues, "LOCALE_FOLDER", tmp_path / "locale")
    found = [line for line in check.complaints() if line.startswith("fi_selko")]
    assert [line.partition(" (")[0] for line in found] == ["fi_selko: missing 'My vouchers'"]
    (tmp_path / "locale/fi_selko/choice.po").write_text('msgid "Gone"\nmsgstr "Poissa"\n')
    assert "fi_selko: unused 'Gone' in choice.po" in check.complaints()


def test_every_message_to_a_jobseeker_is_in_easy_finnish() -> None:
    texts = {text for template in FOR_JOBSEEKERS for text in (*words_of(template), OTHER.title, OTHER.body)}
    easy, _ = check.translated_texts(catalogues.SELKO_CATALOGUE)
    assert sorted(text for text in texts if (None, text) not in easy) == []
    assert {"voucher.granted", "guardian.ended", "comment.withdrawn"} <= set(FOR_JOBSEEKERS)
    assert not []


async def test_messages_and_own_data_are_read_in_easy_finnish_by_jobseekers_alone(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    await sign_in(site, database, world, Role.CLIENT)
    await site.post("/language", data={"_csrf_token": await csrf(site), "lang": "selko", "next": "/my"})
    for path, sentence in (
        ("/messages", "Saat sähköpostin, kun uusi viesti tulee."),
        ("/my/data", "Tällä sivulla on kaikki, mitä tiedämme sinusta."),
        ("/my/data/correction", "Kerro myös, mikä on oikein."),
        ("/my/complaints", "Et ole tehnyt valituksia"),
    ):
        page = await site.get(path)
        assert sentence in page.text, path
        assert 'data-text="selko"' in page.text, path
    await sign_in(site, database, world, Role.CASE_WORKER)
    assert "Selkosuomi" not in (await site.get("/messages")).text
