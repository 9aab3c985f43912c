"""`registry demo`: the whole service with people in it, started and stopped as one."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Annotated, Final

import typer

from registry.commandline.ports import require_free
from registry.commandline.running import fail, opened
from registry.demo.company_register import serving_register
from registry.demo.installing import ensure_loaded
from registry.demo.welcome import welcome
from registry.installation import Installation
from registry.shared.settings import get_settings

HOST: Final = "127.0.0.1"
"""This machine alone: in the demonstration anyone signs in as anyone."""

PATIENCE: Final = 60
"""Seconds until the web process must answer."""
LONGEST_STOP: Final = 25
STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw the demonstration's data away and load it anew.")
    ] = False,
) -> None:
    """Run the service with its demonstration data on http://127.0.0.1:8000, the worker beside it.

    Uses the embedded PostgreSQL, with a database of its own, whatever DATABASE_URL says. The first start loads the data,
    dated relative to today; later starts go on with it. The data lives in REGISTRY_DATA_FOLDER: by default `var` in a
    checkout, or a folder below /var/lib for root. Ctrl-C stops everything.
    """
    require_free(HOST, port)
    if os.environ.pop("DATABASE_URL", None):
        typer.echo("DATABASE_URL is set aside: the demonstration has a database of its own.")
    os.environ["REGISTRY_DEMO"] = "1"
    os.environ.setdefault("REGISTRY_BASE_URL", f"http://{HOST}:{port}")
    os.environ.setdefault("REGISTRY_LOG_LEVEL", "warning")
    get_settings.cache_clear()
    with opened() as installation:
        try:
            ensure_loaded(installation, fresh=fresh, say=typer.echo)
            require_free(HOST, port)  # loading took a while, or we waited for another one
            with serving_register() as register:
                os.environ["REGISTRY_COMPANY_REGISTER_URL"] = register
                _serve(installation, port)
        except KeyboardInterrupt:
            typer.echo("Stopping …")
        finally:
            _once_is_enough()


def _serve(installation: Installation, port: int) -> None:
    """Web and worker, until one of them ends or somebody stops us."""
    children = {"web": _start("serve", "--host", HOST, "--port", str(port)), "worker": _start("worker")}
    try:
        _wait_until_it_answers(children["web"], port)
        typer.echo(asyncio.run(welcome(installation, f"http://{HOST}:{port}")))
        while True:
            for name, process in children.items():
                if process.poll() is not None:
                    raise fail(f"The {name} process has ended (exit code {process.returncode}).")
            time.sleep(0.5)
    finally:
        _once_is_enough()
        _stop(*children.values())


def _once_is_enough() -> None:
    """We are stopping: another Ctrl-C must not cut that short and leave the database server behind."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a verb of ours. It has a session of its own, so that Ctrl-C is ours to handle, and ends when we do."""
    return subprocess.Popen(
        [sys.executable, "-m", "registry.cli", *arguments, "--with-parent"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + LONGEST_STOP
    for process in processes:
        try:
            process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()


def _wait_until_it_answers(web: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        if web.poll() is not None:
            raise fail(f"The web process did not start (exit code {web.returncode}).")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > until:
            raise fail(f"The web process did not answer within {PATIENCE} seconds.")
        time.sleep(0.1)
