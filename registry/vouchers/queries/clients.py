"""Clients as a case worker finds them: by POST, in the own caseload, every reading logged."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality
from registry.catalogue.queries import Names
from registry.people.identity import clean_identity, identity_hash
from registry.people.model import Account, Client, ClientPerson
from registry.people.rules import CLIENT_KINDS
from registry.shared.errors import Invalid
from registry.shared.settings import Keys


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client in a list; a protected identity's municipality is not shown."""

    id: UUID
    organiser_id: UUID
    kind: str
    name: str
    protected: bool
    municipality: Names | None
    age_band: str | None
    case_worker_id: UUID | None
    case_worker: str | None


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(Client, ClientPerson, Municipality, Account.display_name)
        .join(ClientPerson, ClientPerson.client_id == Client.id)
        .outerjoin(Municipality, Municipality.code == Client.municipality_code)
        .outerjoin(Account, Account.id == Client.case_worker_id)
    )


def _row(
    client: Client, person: ClientPerson, municipality: Municipality | None, worker: str | None
) -> ClientRow:
    shown = municipality if not person.protected else None
    return ClientRow(
        id=client.id,
        organiser_id=client.organiser_id,
        kind=client.kind,
        name=person.name,
        protected=person.protected,
        municipality=Names(shown.name_fi, shown.name_sv, "") if shown else None,
        age_band=client.age_band,
        case_worker_id=client.case_worker_id,
        case_worker=worker,
    )


def _words(typed: str) -> ColumnElement[bool]:
    return and_(
        *(func.lower(ClientPerson.name).contains(word, autoescape=True) for word in typed.lower().split()[:6])
    )


def _hashes(keys: Keys, typed: str, *, fictional: bool) -> list[bytes]:
    """The keyed hashes that the text has, if it is an identity code or a business id at all."""
    found = []
    for kind in CLIENT_KINDS:
        try:
            found.append(
                identity_hash(keys, kind=kind, code=clean_identity(kind, typed, fictional=fictional))
            )
        except Invalid:
            continue
    return found


async def find_clients(
    session: AsyncSession,
    *,
    keys: Keys,
    typed: str,
    case_worker_id: UUID | None,
    fictional: bool = False,
    limit: int = 50,
) -> list[ClientRow]:
    """Clients by words of the name, in any order, or by the whole identity code or business id.

    Names are looked for in one case worker's caseload; None looks in the whole organiser, for which the caller has a
    stated reason. Who knows the whole code already knows who it is, so a code is looked for everywhere.
    """
    if not typed.strip():
        return []
    own = Client.case_worker_id == case_worker_id if case_worker_id is not None else Client.id.is_not(None)
    matches = and_(_words(typed), own)
    hashes = _hashes(keys, typed, fictional=fictional)
    if hashes:
        matches = ClientPerson.identity_hash.in_(hashes)
    rows = await session.execute(
        _select().where(matches).order_by(func.lower(ClientPerson.name), Client.id).limit(limit)
    )
    return [_row(*row) for row in rows]


async def own_clients(
    session: AsyncSession, *, case_worker_id: UUID, page: int = 1, size: int = 50
) -> tuple[list[ClientRow], int]:
    """A page of a case worker's clients by name, and how many there are."""
    mine = Client.case_worker_id == case_worker_id
    rows = await session.execute(
        _select()
        .where(mine)
        .order_by(func.lower(ClientPerson.name), Client.id)
        .offset((page - 1) * size)
        .limit(size)
    )
    total = await session.scalar(select(func.count()).select_from(Client).where(mine))
    return [_row(*row) for row in rows], total or 0
