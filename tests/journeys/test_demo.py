"""`registry demo` as a newcomer meets it: one command, a year of data that holds, people to sign in as, and a stop that
leaves nothing running."""

import asyncio
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from registry.shared import embedded
from registry.shared.actor import Role
from tests.registry.commandline.test_serve import free_port
from web.navigation import HOMES

LOADING = 300
"""Seconds that loading may take on a busy machine; it takes about fifteen on an idle one."""


@dataclass
class Demo:
    """A running `registry demo` and what it has printed."""

    process: subprocess.Popen[str]
    address: str
    printed: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(self.process.stdout)

    def wait_for(self, words: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not any(words in line for line in self.printed):
            assert self.process.poll() is None, "".join(self.printed)
            assert time.monotonic() < until, "".join(self.printed)
            time.sleep(0.05)

    def stop(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        assert self.process.wait(timeout=60) == 0, "".join(self.printed)


@contextmanager
def started(folder: Path, port: int, *arguments: str) -> Iterator[Demo]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "demo", "--port", str(port), *arguments],
        env=environment
        | {
            "REGISTRY_DATA_FOLDER": str(folder),
            "DATABASE_URL": "postgres://not@to.be/used",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # a runner in the background may be deaf to Ctrl-C, and what it starts would be too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    demo = Demo(process, f"http://127.0.0.1:{port}")
    reader = threading.Thread(target=demo.read, daemon=True)
    reader.start()
    try:
        yield demo
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)
        reader.join()


@pytest.fixture
def folder() -> Iterator[Path]:
    path = embedded.temporary_folder(f"demo-{secrets.token_hex(6)}")
    yield path
    assert not running_in(path), "the stopped demonstration left processes behind"
    shutil.rmtree(path, ignore_errors=True)


def running_in(folder: Path) -> list[int]:
    """Processes that name this folder: the database server among them."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


def test_one_command_and_the_whole_service_is_there(folder: Path) -> None:
    port = free_port()
    with started(folder, port) as demo:
        demo.wait_for("Ctrl-C stops it", LOADING)
        demo.wait_for("Clients, among them", 10)
        welcome = "".join(demo.printed)
        assert "DATABASE_URL is set aside" in welcome
        for name in ("Aino Esimerkki", "Kaisa Kohtaaja", "Tarja Tarkastaja", f"{demo.address}/sign-in"):
            assert name in welcome
        asyncio.run(look_at_the_pages(demo.address))
        the_data_holds(folder)
        another_start_is_told_off(folder, port)
        demo.stop(signal.SIGINT)
    assert running_in(folder) == []
    with started(folder, port) as again:
        again.wait_for("Ctrl-C stops it", 60)
        assert "Loading" not in "".join(again.printed)
        again.stop(signal.SIGTERM)


def the_data_holds(folder: Path) -> None:
    """`registry check` on the demonstration's database, which it finds by the same two settings."""
    found = subprocess.run(
        [sys.executable, "-m", "registry.cli", "check"],
        env=os.environ | {"REGISTRY_DATA_FOLDER": str(folder), "REGISTRY_DEMO": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "ok    database:" in found.stdout


def another_start_is_told_off(folder: Path, port: int) -> None:
    with started(folder, port) as second:
        assert second.process.wait(timeout=60) == 1
    assert second.printed == [
        f"Port {port} is in use: choose another one (PORT={port + 1} with make, --port {port + 1} here).\n"
    ]


async def look_at_the_pages(address: str) -> None:
    """One of each role signs in by one click and lands where there is something to see."""
    for role, home in HOMES.items():
        name, seen = SEEN[role]
        async with httpx.AsyncClient(
            base_url=address, follow_redirects=True, headers={"Accept-Language": "fi"}
        ) as browser:
            page = await sign_in(browser, name)
            assert str(page.url) == address + home, name
            assert page.status_code == 200
            assert seen in page.text, f"{home} does not show {name} {seen}"


SEEN = {
    Role.CLIENT: ("Aino Esimerkki", "Nuorten työnhakuvalmennus"),
    Role.PROVIDER_USER: ("Leena Linna", "Elias Satuhahmo"),
    Role.CASE_WORKER: ("Kaisa Kohtaaja", "Onni Keksitty"),
    Role.REGISTER_OFFICER: ("Riitta Rekisteri", "Valmentajakollektiivi Olematon Osk"),
    Role.FINANCE_OFFICER: ("Raimo Raha", "Suljettu"),
    Role.ORGANISER_ADMINISTRATOR: ("Pauli Pääkäyttäjä", "Ulpu Uusi"),
    Role.AUDITOR: ("Tarja Tarkastaja", "Kaisa Kohtaaja"),
}
"""Role → who signs in, and what has to be on the page after it."""


async def sign_in(browser: httpx.AsyncClient, name: str) -> httpx.Response:
    page = await browser.get("/sign-in")
    button = re.search(rf'name="person"[^>]*value="([^"]+)"[^>]*>\s*(?:<[^>]+>\s*)*{name}', page.text)
    assert button, f"{name} is not on the sign-in page"
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token
    return await browser.post(
        "/demo/sign-in", data={"_csrf_token": token[1], "person": button[1], "next": ""}
    )
