"""The JSON API. Each module has its handlers in `ROUTES`."""

import importlib
import pkgutil
from typing import Any

ROUTES: list[Any] = [
    handler
    for module in pkgutil.iter_modules(__path__)
    for handler in importlib.import_module(f"{__name__}.{module.name}").ROUTES
]
