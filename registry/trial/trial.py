"""What the steps of a trial share."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from registry.shared.settings import Keys
from registry.trial.books import Tally
from registry.trial.calls import Call, Meter
from registry.trial.source import Source
from registry.trial.steps import Steps
from registry.trial.town import Town

API = "/api/v1"


@dataclass(slots=True)
class Trial:
    """One trial, as its steps see it."""

    source: Source
    town: Town
    keys: Keys
    steps: Steps
    tally: Tally
    today: date
    """The day on which the month's work is done, by the server's clock."""
    wanted: list[str]
    """The service that each voucher is for."""
    clients: list[UUID]

    @property
    def meter(self) -> Meter:
        return self.steps.meter

    def by_case_worker(
        self, place: int, endpoint: str, path: str, key: str = "", body: object = None
    ) -> Call:
        """A call of the nth case worker's system."""
        return Call(endpoint, f"{API}{path}", self.town.case_worker_tokens[place], key, body)

    def by_provider(
        self, provider: str, endpoint: str, path: str, key: str = "", body: object = None
    ) -> Call:
        """A call of a provider's own system."""
        return Call(endpoint, f"{API}{path}", self.town.provider_tokens[provider], key, body)

    def by_finance(self, place: int, endpoint: str, path: str, key: str = "", body: object = None) -> Call:
        """A call of the nth finance officer's system."""
        tokens = self.town.finance_tokens
        return Call(endpoint, f"{API}{path}", tokens[place % len(tokens)], key, body)
