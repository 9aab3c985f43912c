"""What a row of a foreign register comes to, in our words: an entry, or a row that is put aside with every reason."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from registry.providers.importing.values import Note
from registry.providers.rules import Offer, OfferLimits

PROVIDER_FIELDS: Final = (
    "name",
    "form",
    "company_group",
    "street",
    "postal_code",
    "city",
    "municipality_code",
    "website",
    "email",
    "phone",
)


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service that rows may be admitted to, with its limits of today."""

    code: str
    limits: OfferLimits


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a row needs to know beside the row."""

    services: Mapping[str, ServiceFacts]
    """By code; every row is admitted to all of them, unless the mapping or `services_of` says to which."""
    municipalities: Collection[str]
    area: Sequence[str]
    """Municipalities of the organiser's employment area."""
    services_of: Callable[[str], Sequence[str]] | None = None
    """Identity value → codes of its services, where another file says so."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one good row says."""

    line: int
    cells: list[str]
    identity: str
    provider: dict[str, Any]
    """Columns of the provider."""
    state: str
    """active | suspended | submitted"""
    state_reason: str | None
    offers: dict[str, Offer]
    """Service code → offer."""
    submitted_at: datetime | None
    notes: list[Note]
    provider_digest: bytes
    offer_digest: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not loaded, with every reason."""

    line: int
    cells: list[str]
    reasons: list[Note]


def digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the JSON with sorted keys: the same row read by the same mapping has the same digest for ever."""
    return sha256(orjson.dumps(dict(document), option=orjson.OPT_SORT_KEYS)).digest()
