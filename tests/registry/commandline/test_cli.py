"""The `registry` command as a whole: every verb explains itself, and what goes wrong is one sentence."""

import socket
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from registry.cli import VERBS, app, refusal
from registry.commandline.ports import require_free
from registry.installation import InstallationError
from registry.shared.errors import Invalid, Refused
from registry.shared.settings import get_settings

KEY = "a key for tests only, of 32 bytes or more"
GROUPS = {
    "organisers": ("list", "add"),
    "people": ("list", "add", "grant-role", "end-role", "sign-in-link", "create-token"),
    "import": ("areas", "providers"),
    "quality": ("release", "list", "verify"),
    "choice": ("verify",),
    "audit": ("export", "verify"),
    "db": ("check",),
}


@pytest.fixture(autouse=True)
def _settings_read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="registry")


def said(answer: Result) -> str:
    """The one sentence on standard error."""
    assert answer.exit_code in (1, 2), answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    return lines[0]


def test_every_verb_explains_itself() -> None:
    overview = run("--help")
    assert overview.exit_code == 0
    for verb in VERBS:
        assert f" {verb} " in overview.output
        for arguments in ((verb,), *((verb, of_group) for of_group in GROUPS.get(verb, ()))):
            answer = run(*arguments, "--help")
            assert answer.exit_code == 0, answer.output
            assert f"Usage: registry {' '.join(arguments)} " in answer.output
            assert "install-completion" not in answer.output
        for of_group in GROUPS.get(verb, ()):
            assert f" {of_group} " in run(verb, "--help").output


def test_an_unknown_verb_is_named() -> None:
    answer = run("serv")
    assert answer.exit_code == 2
    assert "serv" in answer.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": "postgres://x@127.0.0.1:1/y"}, "REGISTRY_SECRET_KEY is not set"),
        (
            {"DATABASE_URL": "postgres://x:hush@127.0.0.1:1/y", "REGISTRY_SECRET_KEY": KEY},
            "The database y at 127.0.0.1:1 cannot be used: connection refused.",
        ),
        (
            {"DATABASE_URL": "postgres://x:hush@nowhere.invalid/y", "REGISTRY_SECRET_KEY": KEY},
            "The database y at nowhere.invalid cannot be used",
        ),
        ({"DATABASE_URL": "not an address", "REGISTRY_SECRET_KEY": KEY}, "DATABASE_URL is not the address"),
        ({"DATABASE_URL": "mysql://x@y/z", "REGISTRY_SECRET_KEY": KEY}, "only PostgreSQL serves here"),
        (
            {"DATABASE_URL": "postgres://x@127.0.0.1:1/y", "REGISTRY_SECRET_KEY": "hush"},
            "REGISTRY_SECRET_KEY is too short",
        ),
        ({"REGISTRY_POOL_SIZE": "hush"}, "The setting REGISTRY_POOL_SIZE cannot be used"),
        ({"REGISTRY_DATA_FOLDER": "/dev/null/x"}, "The data folder /dev/null/x cannot be used"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_sentence_without_its_secrets(
    environment: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REGISTRY_SECRET_KEY", "REGISTRY_DEMO"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = said(run("organisers", "list"))
    assert sentence in told
    assert "hush" not in told


def test_migrating_a_database_takes_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://x@127.0.0.1:1/y")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    assert "DATABASE_OWNER_URL is not set" in said(run("migrate"))
    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner:hush@127.0.0.1:1/y")
    told = said(run("migrate"))
    assert told == "The database y at 127.0.0.1:1 cannot be used: connection refused."


def test_a_port_in_use_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATA_FOLDER", "/dev/null/nothing-may-be-started")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for verb in ("serve", "demo"):
            assert said(run(verb, "--port", str(port))).startswith(f"Port {port} is in use: choose another")


def test_a_free_port_and_one_that_is_not_here() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    require_free("127.0.0.1", port)
    with pytest.raises(InstallationError, match=r"no address nowhere\.invalid"):
        require_free("nowhere.invalid", port)
    with pytest.raises(InstallationError, match=r"Nothing can listen on 192\.0\.2\.1"):
        require_free("192.0.2.1", port)


def test_a_refusal_is_told_with_its_code_and_facts() -> None:
    assert refusal(Refused("budget.short", left_cents=100)) == (
        "The registry refused this: budget.short (left_cents: 100)."
    )
    assert refusal(Invalid("x", errors={"code": "code.malformed"})).endswith("x (code: code.malformed).")
