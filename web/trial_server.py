"""The server of a trial: the application as it is served for real, but with a clock that the trial sets.

`python -m web.trial_server PORT --now MOMENT`, with DATABASE_URL and REGISTRY_SECRET_KEY in the environment. It ends
with the process that started it.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from litestar import Litestar

from registry import logs
from registry.commandline.lifeline import end_with_parent
from registry.installation import open_installation
from web.app import create_app
from web.services import Services

CLOCK: Final = "TRIAL_NOW"
"""Names the moment at which this server's clock starts, for the worker process that makes the application."""


def clock_from(start: datetime) -> Callable[[], datetime]:
    """A clock that shows `start` now and goes on from there."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


def application() -> Litestar:
    """The application of the installation in the environment, at the time that the environment says."""
    installation = open_installation()
    database = installation.database()
    held = Services(
        database=database,
        keys=installation.keys,
        settings=installation.settings,
        now=clock_from(datetime.fromisoformat(os.environ[CLOCK])),
    )
    app = create_app(database=database, keys=installation.keys, settings=installation.settings, held=held)
    logs.configure("warning")
    app.on_startup.append(installation.check)
    return app


def main() -> None:
    """Serve on the port until told to stop."""
    parser = argparse.ArgumentParser(description="The server of a trial.")
    parser.add_argument("port", type=int)
    parser.add_argument("--now", required=True, help="The moment at which its clock starts, ISO 8601.")
    given = parser.parse_args()
    os.environ[CLOCK] = given.now
    end_with_parent()
    Server(
        "web.trial_server:application",
        port=given.port,
        interface=Interfaces.ASGI,
        factory=True,
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
        workers_kill_timeout=20,
    ).serve()


if __name__ == "__main__":
    main()
