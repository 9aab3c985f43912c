"""The versions of the method. A release is verified by the one that made it, so none is ever changed or taken away."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from registry.quality.methods import first, second
from registry.quality.rules import Count

Method = Callable[[Mapping[str, Count]], dict[str, Any]]
"""The counts of one service and measure by provider → what the release says of them, whole numbers only:
`mean_millionths`, `kappa_thousandths`, `usual` and, under `providers`, each provider's figure."""

METHODS: Final[Mapping[str, Method]] = {"1": first.shares, "2": second.shares}
