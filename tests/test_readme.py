"""The README says what is so: its table of settings is the settings, and what it links to is there."""

import re
from pathlib import Path

from registry.cli import VERBS
from registry.shared.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """A row for each setting, in the order of the class."""
    rows = []
    for field, info in Settings.model_fields.items():
        name = info.validation_alias or f"REGISTRY_{field.upper()}"
        value = int(info.default) if isinstance(info.default, bool) else info.default
        default = "" if value is None else f"`{value}`"
        rows.append(f"| `{name}` | {default} | {info.description} |")
    return "\n".join(rows)


def test_the_table_of_settings_is_the_settings() -> None:
    found = re.search(
        r"^\| name \| default \| what it does \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", README, re.MULTILINE
    )
    assert found
    assert found[1].strip() == settings_table()


def test_every_setting_is_described() -> None:
    assert all(info.description for info in Settings.model_fields.values())


def test_every_command_that_it_names_is_there() -> None:
    named = {
        verb
        for verb in re.findall(r"registry ([a-z]+(?:-[a-z]+)*)\b", README)
        if verb not in ("registry", "check")
    }
    assert named - {"migrate"} <= set(VERBS)
    assert "demo" in named


def test_what_it_links_to_is_there() -> None:
    root = Path(__file__).parents[1]
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / target).exists(), target
    for named in re.findall(r"`((?:docs|registry|web)/[\w./-]+)`", README):
        assert (root / named).exists(), named


def test_its_picture_is_small() -> None:
    picture = Path(__file__).parents[1] / "docs" / "images" / "compare.png"
    assert picture.stat().st_size <= 200_000
