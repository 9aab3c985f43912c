"""An empty installation becomes one that people can sign in to, from the command line alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from registry.commandline.importing import importing
from registry.commandline.organisers import organisers
from registry.commandline.people import people
from registry.shared.settings import get_settings

DEMO_AREAS = Path(__file__).parents[3] / "registry" / "demo" / "areas.csv"
ORGANISER = (
    "organisers", "add", "oulu", "--kind", "employment_area", "--area", "24", "--email", "te@example.fi",
    "--name-fi", "Oulun seutu", "--name-sv", "Uleåborgregionen", "--name-en", "Oulu region",
)  # fmt: skip


@pytest.fixture(autouse=True)
def installation(app_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", app_url)
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "a key for tests only, of 32 bytes or more")
    monkeypatch.delenv("REGISTRY_DEMO", raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def registry(*arguments: str) -> Result:
    app = typer.Typer()
    app.add_typer(people, name="people")
    app.add_typer(organisers, name="organisers")
    app.add_typer(importing, name="import")
    return CliRunner().invoke(app, list(arguments))


def set_up() -> None:
    assert registry("import", "areas", str(DEMO_AREAS)).exit_code == 0
    added = registry(*ORGANISER)
    assert added.exit_code == 0, added.output


def add(name: str, role: str) -> str:
    added = registry("people", "add", name, f"{name.lower()}@example.fi", role, "--organiser", "oulu")
    assert added.exit_code == 0, added.output
    return str(re.findall(r"[0-9a-f-]{36}", added.stdout)[0])


def test_every_verb_says_what_it_does() -> None:
    for arguments in (["import", "areas"], ["people"], ["people", "grant-role"], ["organisers", "add"]):
        answer = registry(*arguments, "--help")
        assert answer.exit_code == 0
        assert len(answer.output) > 200


def test_areas_are_loaded_once_and_told(tmp_path: Path) -> None:
    first = registry("import", "areas", str(DEMO_AREAS))
    assert first.exit_code == 0, first.output
    assert "municipalities: 50 added, 0 changed, 0 as before" in first.output
    assert (
        "municipalities: 0 added, 0 changed, 50 as before"
        in registry("import", "areas", str(DEMO_AREAS)).output
    )

    dirty = tmp_path / "dirty.csv"
    dirty.write_text(DEMO_AREAS.read_text().replace("564,Oulu,", "5x4,,"))
    answer = registry("import", "areas", str(dirty))
    assert answer.exit_code == 1
    assert "municipality_code is not 3 digits: '5x4'; name_fi is empty" in answer.output
    assert "1 rows were left out" in answer.output


def test_a_file_that_cannot_be_read_gets_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes("Ähtäri\n".encode("latin-1"))
    for file, says in (
        (wrong, "not UTF-8"),
        (tmp_path / "none.csv", "cannot be read"),
        (tmp_path, "cannot be read"),
    ):
        answer = registry("import", "areas", str(file))
        assert answer.exit_code == 1
        assert says in answer.output
        assert len(answer.output.strip().splitlines()) == 1


def test_the_first_administrators_are_added_and_sign_in_by_link() -> None:
    set_up()
    first = registry(
        "people", "add", "Aino", "aino@example.fi", "organiser_administrator", "--organiser", "oulu"
    )
    assert "take two administrators" in first.output
    account = add("Eino", "organiser_administrator")
    listed = registry("people", "list", "--organiser", "oulu")
    assert listed.output.count("organiser_administrator") == 2
    link = registry("people", "sign-in-link", account, "--organiser", "oulu")
    assert re.fullmatch(r"http://127.0.0.1:8000/sign-in/link#[\w-]{43}\n", link.stdout), link.output


def test_a_role_is_given_and_ended_where_nobody_could_approve_it() -> None:
    set_up()
    account = add("Aino", "register_officer")
    given = registry("people", "grant-role", account, "finance_officer", "--organiser", "oulu")
    assert given.exit_code == 0, given.output
    several = registry("people", "sign-in-link", account, "--organiser", "oulu")
    assert several.exit_code == 1
    assert "--role" in several.output
    one = registry("people", "sign-in-link", account, "--organiser", "oulu", "--role", "finance_officer")
    assert one.exit_code == 0
    listed = registry("people", "list", "--organiser", "oulu").output
    (role_id,) = re.findall(r"([0-9a-f-]{36})\tfinance_officer", listed)
    assert registry("people", "end-role", role_id, "--organiser", "oulu").exit_code == 0
    assert "finance_officer" not in registry("people", "list", "--organiser", "oulu").output


def test_a_token_is_printed_and_nothing_else_on_the_output() -> None:
    set_up()
    made = registry(
        "people",
        "create-token",
        "cash desk",
        "case_worker",
        "--scope",
        "vouchers:grant",
        "--organiser",
        "oulu",
    )
    assert re.fullmatch(r"svr_[\w-]{43}\n", made.stdout), made.output


def test_mistakes_are_answered_without_a_traceback() -> None:
    set_up()
    for arguments, says in (
        (("people", "list", "--organiser", "nowhere"), "There is no organiser nowhere"),
        (("people", "add", "A", "a@example.fi", "client", "--organiser", "oulu"), "is no role of the staff"),
        (
            ("people", "sign-in-link", "00000000-0000-7000-8000-000000000000", "--organiser", "oulu"),
            "no such role",
        ),
    ):
        answer = registry(*arguments)
        assert answer.exit_code == 1, arguments
        assert says in answer.output


def test_an_organiser_says_within_how_many_days_requests_are_answered() -> None:
    set_up()
    said = registry("organisers", "representation-days", "oulu", "3")
    assert (said.exit_code, said.stdout) == (0, "oulu answers within 3 days\n"), said.output
    assert registry("organisers", "representation-days", "oulu", "61").exit_code == 2
    unknown = registry("organisers", "representation-days", "nowhere", "3")
    assert (unknown.exit_code, "no organiser nowhere" in unknown.output) == (1, True)
    told = registry("organisers", "business-id", "oulu", "0187690-1")
    assert (told.exit_code, told.stdout) == (0, "oulu buys as 0187690-1\n"), told.output
