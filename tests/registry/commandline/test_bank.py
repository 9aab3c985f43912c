"""`registry import bank` and `registry export journal` at a terminal."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from registry.commandline.bank import bank, exporting
from registry.shared.database import Database
from registry.shared.settings import get_settings
from tests.registry.settlement.bank.camt_files import File, camt
from tests.registry.settlement.bank.paying import Bank, debit, paying_by_file

MAPPING = """[accounts]
expense = "4430"
vat = "1764"
payable = "2540"
bank = "1910"
[vat_codes]
2550 = "A1"
"""


@pytest.fixture
def here(app_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DATABASE_URL", app_url)
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "a key for tests only, of 32 bytes or more")
    for name in ("REGISTRY_DEMO", "REGISTRY_SMTP_HOST", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield app_url
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command("bank")(bank)
    app.add_typer(exporting, name="export")
    return CliRunner().invoke(app, list(arguments))


def test_files_come_in_once_and_the_journal_goes_out(here: str, tmp_path: Path) -> None:
    async def sent() -> tuple[str, bytes]:
        database = Database(here, pool_size=4)
        try:
            made: Bank = await paying_by_file(database, code="oulu")
            await made.owe()
            await made.order()
            (order,) = await made.orders()
            return "oulu", camt(File("053", 8, (debit(order),)))
        finally:
            await database.close()

    code, content = asyncio.run(sent())
    good, broken = tmp_path / "hyva.xml", tmp_path / "rikki.xml"
    good.write_bytes(content)
    broken.write_bytes(content.replace(b"EUR", b"SEK"))
    first = run("bank", str(good), str(broken), str(tmp_path / "puuttuu.xml"), "--organiser", code)
    assert first.exit_code == 1
    assert "1 movements, 1 new; 1 matched, 0 came back, 0 to be explained" in first.output
    assert "/Document/BkToCstmrStmt/Stmt/Ntry/Amt: bank.currency" in first.output
    assert "No such file" in first.output
    again = run("bank", str(good), "--organiser", code)
    assert (again.exit_code, "taken in before" in again.output) == (0, True)
    assert "no organiser nowhere" in run("bank", str(good), "--organiser", "nowhere").output

    mapping, out = tmp_path / "tilit.toml", tmp_path / "2026-11.csv"
    mapping.write_text(MAPPING)
    options = ("--organiser", code, "--mapping", str(mapping), "--out", str(out))
    paid = run("export", "journal", "2026-11", *options)
    assert paid.exit_code == 0, paid.output
    assert "1 entries, debit 105.50 = credit" in paid.output
    assert "2540;;;105,50;0,00" in out.read_text("utf-8-sig")
    lacking = run("export", "journal", "2027-06", *options)
    assert (lacking.exit_code, "cost_centres." in lacking.output) == (1, True)
    assert "is no month" in run("export", "journal", "marraskuu", *options).output
