"""Who and what is in the demonstration: organisers, providers and clients, with an actor for each."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from registry.demo.agenda import Agenda
from registry.quality.intake.rules import IntakeFacts
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.period import local_date
from registry.shared.settings import Keys


@dataclass(frozen=True, slots=True)
class Visitor:
    """A client, as somebody who signs in."""

    id: UUID
    actor: Actor
    case_worker: Actor
    role_grant_id: UUID


@dataclass(slots=True)
class Town:
    """An organiser with its staff, services and money."""

    code: str
    id: UUID
    municipalities: tuple[str, ...]
    seat: str
    staff: dict[Role, list[Actor]] = field(default_factory=dict)
    services: dict[str, UUID] = field(default_factory=dict)
    lines: dict[int, UUID] = field(default_factory=dict)
    """Budget line by year."""
    pilot_line: UUID | None = None

    def who(self, role: Role, place: int = 0) -> Actor:
        return self.staff[role][place]

    @property
    def itself(self) -> Actor:
        """The system, in sight of this organiser."""
        return system(self.id)


@dataclass(frozen=True, slots=True)
class Offered:
    """An admission, and what the stories need to know of it."""

    admission_id: UUID
    price_cents: int
    facts: dict[str, Any]


@dataclass(slots=True)
class Firm:
    """A provider with the person who acts for it."""

    code: str
    id: UUID
    name: str
    actor: Actor
    offers: dict[tuple[str, str], Offered] = field(default_factory=dict)
    """(organiser, service) → admission."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A voucher whose service has begun: what the authority later reports an outcome of."""

    voucher_id: UUID
    town: str
    firm: Firm
    service: str
    began_on: date
    quality: float
    facts: IntakeFacts


@dataclass(slots=True)
class Stage:
    """Everything that a story acts on."""

    database: Database
    keys: Keys
    agenda: Agenda
    towns: dict[str, Town] = field(default_factory=dict)
    firms: dict[str, Firm] = field(default_factory=dict)
    begun: list[Begun] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.agenda.now

    @property
    def today(self) -> date:
        """The day that the demonstration is loaded on."""
        return local_date(self.agenda.until)

    def sight_of(self, firm_id: UUID) -> Sight:
        """A provider's people see their own rows at every organiser."""
        return Sight(organisers=tuple(town.id for town in self.towns.values()), provider=firm_id)
