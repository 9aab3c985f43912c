"""`registry quality` and `registry choice` as a person at a terminal runs them."""

import asyncio
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from registry.choice.commands import freeze_shortlists
from registry.commandline.choice import choice
from registry.commandline.quality import quality
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import get_settings
from tests.builders import NOW, build_world
from tests.conftest import TEST_KEYS
from tests.registry.quality.test_releases import report
from tests.registry.vouchers.steps import Steps


def call(*arguments: str) -> Result:
    app = typer.Typer()
    app.add_typer(quality, name="quality")
    app.add_typer(choice, name="choice")
    return CliRunner().invoke(app, list(arguments))


async def _prepare(url: str) -> str:
    """A world with outcomes and a voucher with its shortlist; the voucher's number."""
    database = Database(url, pool_size=4)
    try:
        world = await build_world(database, code="oulu")
        await report(database, world, {0: {"open_job": 14, "none": 6}, 1: {"open_job": 3, "none": 12}})
        steps = Steps(database, world, TEST_KEYS)
        voucher_id = await steps.grant()
        actor = world[Role.CASE_WORKER]
        async with database.transaction(actor.sight) as session:
            await freeze_shortlists(session, actor=actor, now=NOW, keys=TEST_KEYS, voucher_ids=[voucher_id])
        return (await steps.voucher(voucher_id)).number
    finally:
        await database.close()


@pytest.fixture
def number(app_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DATABASE_URL", app_url)
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "a key for tests only, of 32 bytes or more")
    for name in ("REGISTRY_DEMO", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield asyncio.run(_prepare(app_url))
    get_settings.cache_clear()


def test_a_release_is_made_listed_and_verified(number: str) -> None:
    made = call("quality", "release", "oulu", "--as-of", "2026-11-22")
    assert made.exit_code == 0, made.output
    assert made.output.startswith("oulu/1\t2026-11-22\tmethod 2\t")
    call("quality", "release", "oulu")
    listed = call("quality", "list", "oulu").output.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["oulu/2", "oulu/1"]
    for name in ("oulu/1", listed[0].rsplit("\t", 1)[1]):
        verified = call("quality", "verify", name)
        assert (verified.exit_code, verified.output.count("ok  ")) == (0, 3)


def test_a_release_is_in_preview_first_and_can_be_withdrawn(number: str) -> None:
    made = call("quality", "release", "oulu")
    assert "\tpublic from " in made.output
    assert "after 10 whole days" in made.output
    withdrawn = call("quality", "withdraw", "oulu/1", "--reason", "Väärä jakso.")
    assert (withdrawn.exit_code, withdrawn.output) == (0, "oulu/1 was withdrawn\n")
    assert "\twithdrawn " in call("quality", "list", "oulu").output
    assert call("quality", "verify", "oulu/1").exit_code == 0, "it can be verified all the same"
    call("quality", "release", "oulu")
    assert [line.split("\t")[0] for line in call("quality", "list", "oulu").output.splitlines()] == [
        "oulu/2", "oulu/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("quality", "release", "nowhere"),
        ("quality", "verify", "oulu/9"),
        ("quality", "withdraw", "oulu/9", "--reason", "x"),
        ("quality", "verify", "nonsense"),
        ("choice", "verify", "0000000000"),
    ],
)
def test_what_is_not_there_gets_a_sentence(number: str, arguments: tuple[str, ...]) -> None:
    answer = call(*arguments)
    assert answer.exit_code == 1
    assert "Traceback" not in answer.output


def test_a_shortlist_is_verified_by_the_vouchers_number(number: str) -> None:
    answer = call("choice", "verify", number.lower())
    assert (answer.exit_code, answer.output.count("ok  ")) == (0, 3), answer.output
