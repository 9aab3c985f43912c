"""Who acts, in which role, and whose rows they may see."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Role(StrEnum):
    CLIENT = "client"
    PROVIDER_USER = "provider_user"
    CASE_WORKER = "case_worker"
    REGISTER_OFFICER = "register_officer"
    FINANCE_OFFICER = "finance_officer"
    ORGANISER_ADMINISTRATOR = "organiser_administrator"
    AUDITOR = "auditor"


STAFF: Final = frozenset(
    {
        Role.CASE_WORKER,
        Role.REGISTER_OFFICER,
        Role.FINANCE_OFFICER,
        Role.ORGANISER_ADMINISTRATOR,
        Role.AUDITOR,
    }
)
EVERYONE: Final = frozenset(Role)

GUARDIAN: Final = "guardian"
"""Stands for the role in what is recorded of somebody who acts for a client under the own name (edunvalvoja)."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The rows that the database lets this transaction see (row-level security reads it).

    `organisers`: tables of an organiser. `provider` and `client`: when set, of those tables only the rows of this
    provider or client. `account`: the person who is signed in, for what is nobody else's, as messages are. A query
    that forgot its filter still leaks nothing beyond this.
    """

    organisers: tuple[UUID, ...] = ()
    provider: UUID | None = None
    client: UUID | None = None
    account: UUID | None = None


NOTHING: Final = Sight()


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one role, a machine with a token, or the system itself (`kind` system)."""

    kind: str
    """account | token | system"""
    id: UUID | None
    role: Role | None
    sight: Sight
    name: str = ""
    language: str = "fi"
    scopes: frozenset[str] = frozenset()
    session_id: UUID | None = None
    acts_for: str | None = None
    """Of a guardian: the initials of the client acted for."""

    @property
    def recorded_role(self) -> str | None:
        """What stands for the role in the audit trail and in the log of reads; None for the system."""
        if self.acts_for is not None:
            return GUARDIAN
        return str(self.role) if self.role else None

    @property
    def organiser_id(self) -> UUID:
        """The one organiser that staff act for."""
        (only,) = self.sight.organisers
        return only

    @property
    def provider_id(self) -> UUID:
        if self.sight.provider is None:
            raise ValueError("this actor is no provider")
        return self.sight.provider

    @property
    def client_id(self) -> UUID:
        if self.sight.client is None:
            raise ValueError("this actor is no client")
        return self.sight.client


def system(*organisers: UUID) -> Actor:
    """The worker, an import or a set-up command."""
    return Actor(kind="system", id=None, role=None, sight=Sight(organisers=tuple(organisers)), name="system")
