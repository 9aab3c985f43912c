"""`registry serve` as a process: it answers, finishes when it is told to, and does not outlive who started it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from registry import logs

PATIENCE = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(app_url: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process on the test's database, once it answers, with its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "serve", "--port", str(port), *arguments],
        env=os.environ
        | {"DATABASE_URL": app_url, "REGISTRY_SECRET_KEY": "a key for tests only, of 32 bytes or more"},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + PATIENCE
        while not answers(port):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < until, "it never answered"
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stderr):
            if pipe is not None:
                pipe.close()


def answers(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200)
    except OSError:
        time.sleep(0.05)
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop_and_says_nothing(app_url: str, how: signal.Signals) -> None:
    with serving(app_url) as (process, address):
        for path in ("/healthz", "/", "/privacy"):
            assert httpx.get(address + path).status_code == 200
        assert httpx.get(f"{address}/nothing-here?who=somebody").status_code == 404
        assert "server" not in httpx.get(address + "/healthz").headers
        process.send_signal(how)
        assert process.wait(timeout=PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_several_workers_serve_one_address(app_url: str) -> None:
    with serving(app_url, "--workers", "2") as (process, address):
        assert httpx.get(f"{address}/healthz").text == "ok"
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0


def test_it_ends_with_the_process_that_started_it(app_url: str) -> None:
    with serving(app_url, "--with-parent") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=PATIENCE) == 0


def test_a_log_tells_where_and_not_what() -> None:
    try:
        try:
            raise LookupError("Aino Esimerkki")
        except LookupError as cause:
            raise ValueError("010203-123A") from cause
    except ValueError as error:
        told = logs.without_words(None, "error", {"event": "it failed", "exc_info": error})
    assert told["event"] == "it failed"
    assert told["error"] == ["ValueError", "LookupError"]
    (place,) = told["at"]
    assert place.endswith(" test_a_log_tells_where_and_not_what")
    assert "Aino" not in str(told)
    assert "010203" not in str(told)
