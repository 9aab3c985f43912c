"""What a server process serves: `granian --interface asgi --factory web.serve:application`, which is how
`registry serve` starts it."""

import gc

from litestar import Litestar

from registry import logs
from registry.installation import open_installation
from web.app import create_app


def application() -> Litestar:
    """The application of this installation. It refuses to start on a database that `registry serve` would refuse,
    also where somebody starts a server by hand."""
    installation = open_installation()
    app = create_app(database=installation.database(), keys=installation.keys, settings=installation.settings)
    logs.configure(installation.settings.log_level)
    app.on_startup += [installation.check, keep_what_is_loaded]
    app.on_shutdown.append(installation.close)
    return app


def keep_what_is_loaded() -> None:
    """What is there when the process begins to serve stays until it ends: the collector of garbage need not walk through
    it again and again, and need not come after every 700 objects where one request makes ten thousand."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
