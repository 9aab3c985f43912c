"""Tests on the real files of ../shared/data: left out loudly where the folder is absent, required in CI."""

import os
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

_REASON = "../shared/data is absent"


def shared_data_folder() -> Path | None:
    """The folder with the real files, beside the project's own folder."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real files; a test that asks for it is left out where there is none."""
    folder = shared_data_folder()
    if folder is not None:
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"{_REASON}: in CI the tests on it must run", pytrace=False)
    pytest.skip(_REASON)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared_data)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    left_out = [
        report for report in terminalreporter.stats.get("skipped", []) if _REASON in str(report.longrepr)
    ]
    if left_out:
        terminalreporter.write_sep(
            "!",
            f"{len(left_out)} tests on ../shared/data were LEFT OUT because the folder is absent",
            yellow=True,
            bold=True,
        )
