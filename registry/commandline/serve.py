"""`registry serve`."""

import asyncio
from typing import Annotated, Final

import typer
import uvicorn

from registry.commandline.lifeline import end_with_parent
from registry.commandline.ports import require_free
from registry.commandline.running import opened

APPLICATION: Final = "web.serve:application"
"""Started by its name: the registry knows no web framework, and each web process makes its own."""

FINISHING: Final = 20
"""Seconds that requests under way have to finish once we are told to stop."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=256, help="Web processes, each with its own connections.")
    ] = 1,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Serve the pages and the API.

    Refuses to start on a database that is older than the program, or as a role that the database's rules do not bind.
    Needs `registry worker` beside it. SIGTERM and SIGINT finish the requests under way.
    """
    if with_parent:
        end_with_parent()
    require_free(host, port)
    with opened() as installation:
        asyncio.run(installation.prepare())
        uvicorn.run(
            APPLICATION,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            loop="uvloop",
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=FINISHING,
        )
