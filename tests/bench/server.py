"""The measured server: the application in one worker, on a database that exists: `… -m tests.bench.server URL PORT`."""

import sys
from datetime import timedelta

import uvicorn

from registry.shared.database import Database
from registry.shared.settings import Settings
from tests.builders import NOW
from tests.conftest import TEST_KEYS
from web.app import create_app
from web.serve import keep_what_is_loaded
from web.services import Services


def main(url: str, port: int) -> None:
    database = Database(url, pool_size=16)
    settings = Settings(demo=True)
    held = Services(
        database=database, keys=TEST_KEYS, settings=settings, now=lambda: NOW + timedelta(hours=1)
    )
    app = create_app(database=database, keys=TEST_KEYS, settings=settings, held=held)
    app.on_startup.append(keep_what_is_loaded)
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="error", access_log=False, loop="uvloop", http="httptools"
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
