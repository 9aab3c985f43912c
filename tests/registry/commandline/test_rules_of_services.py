"""Regimes and rule books from the command line; confirming one is a person's act on a page."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from registry.catalogue.legal_regimes.loading import TEMPLATES, templates
from registry.catalogue.legal_regimes.model import RegimeConfirmation
from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.rule_books.queries import rule_book_of
from registry.commandline.rules_of_services import regimes, rule_books
from registry.shared.database import Database
from registry.shared.errors import Invalid, Refused
from registry.shared.settings import get_settings
from tests.builders import World, build_world

T = TypeVar("T")
SERVICE = "oulu/nuorten-tyonhakuvalmennus"


@pytest.fixture
def here(app_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DATABASE_URL", app_url)
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "a key for tests only, of 32 bytes or more")
    for name in ("REGISTRY_DEMO", "REGISTRY_SMTP_HOST", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield app_url
    get_settings.cache_clear()


def registry(*arguments: str) -> Result:
    app = typer.Typer()
    app.add_typer(regimes, name="regimes")
    app.add_typer(rule_books, name="rule-books")
    return CliRunner().invoke(app, list(arguments))


def said(*arguments: str) -> str:
    answer = registry(*arguments)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def ask(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def once() -> T:
        database = Database(url, pool_size=4)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(once())


async def world_of(database: Database) -> World:
    return await build_world(database, code="oulu")


def test_a_regime_is_loaded_as_the_next_version_and_decides_nothing_yet(here: str) -> None:
    world = ask(here, world_of)
    assert f"{SERVICE}\tservice_voucher_act\tversion 1\tconfirmed" in said("regimes", "list")
    assert set(said("regimes", "templates").split()) >= set(templates())
    told = said("regimes", "load", SERVICE, "employment_services_act")
    assert f"/admin/services/{world.service_id}/regime" in told

    async def now(database: Database) -> tuple[str, int, bool, int]:
        async with database.transaction() as session:
            found = await regime_in_force(session, world.service_id)
            count = await session.scalar(select(func.count()).select_from(RegimeConfirmation))
        assert found
        return found.regime.code, found.version, found.confirmed, count or 0

    assert ask(here, now) == ("employment_services_act", 2, False, 1)
    assert "not confirmed" in said("regimes", "list")
    assert "to be confirmed 1:" in said("regimes", "show", SERVICE)
    assert "30 days" in said("regimes", "show", SERVICE)


def test_a_regime_from_a_file_and_what_is_none(here: str, tmp_path: Path) -> None:
    ask(here, world_of)
    text = (TEMPLATES / "service_voucher_act.toml").read_text(encoding="utf-8")
    file = tmp_path / "oma.toml"
    file.write_text(text.replace("rejected_file_years = 5", "rejected_file_years = 6"), encoding="utf-8")
    said("regimes", "load", SERVICE, str(file))
    assert "files 6 years" in said("regimes", "show", SERVICE)
    same = registry("regimes", "load", SERVICE, str(file))
    assert isinstance(same.exception, Refused)
    assert same.exception.code == "regime.unchanged"
    file.write_text(text.replace("period_days = 14", "period_days = 400"), encoding="utf-8")
    wrong = registry("regimes", "load", SERVICE, str(file))
    assert (wrong.exit_code, "remedy.period_days" in wrong.output) == (1, True), wrong.output
    nothing = registry("regimes", "load", SERVICE, "some_act")
    assert (nothing.exit_code, "neither a TOML file nor a template" in nothing.output) == (1, True)
    nowhere = registry("regimes", "show", "oulu/nothing")
    assert (nowhere.exit_code, "There is no service oulu/nothing" in nowhere.output) == (1, True)


def test_a_rule_book_is_written_out_changed_and_loaded_as_the_next(here: str, tmp_path: Path) -> None:
    world = ask(here, world_of)
    assert "2026-1" in said("rule-books", "list", SERVICE)
    text = said("rule-books", "show", SERVICE)
    file = tmp_path / "kirja.txt"
    file.write_text(text, encoding="utf-8")
    same = registry("rule-books", "load", SERVICE, "2027-1", str(file))
    assert isinstance(same.exception, Refused)
    assert same.exception.code == "rule_book.unchanged"
    more = """

criterion stand_in (1233/2006 5 §)
fi: Sijainen on nimetty.
sv: En ersättare är utsedd.
en: A stand-in is named.
"""
    file.write_text(text.rstrip() + more, encoding="utf-8")
    said("rule-books", "load", SERVICE, "2027-1", str(file))

    async def now(database: Database) -> tuple[str, str]:
        async with database.transaction() as session:
            book = await rule_book_of(session, world.service_id)
        assert book
        return book.version, book.points[-1].code

    assert ask(here, now) == ("2027-1", "stand_in")
    file.write_text("criterion stand_in\nfi: Vain suomeksi.\n", encoding="utf-8")
    short = registry("rule-books", "load", SERVICE, "2027-2", str(file))
    assert isinstance(short.exception, Invalid)
    file.write_text("hölynpölyä", encoding="utf-8")
    assert registry("rule-books", "load", SERVICE, "2027-2", str(file)).exit_code == 1


def test_the_help_says_who_confirms() -> None:
    answer = registry("regimes", "load", "--help")
    assert "before a person confirms it" in " ".join(answer.output.split())
