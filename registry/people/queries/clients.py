"""Clients: who they are, for those who must know, and who looked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality
from registry.people.identity import clean_identity, decrypt_identity, identity_hash
from registry.people.model import Account, Client, ClientPerson, ReadLog
from registry.shared.settings import Keys


@dataclass(frozen=True, slots=True)
class ClientCard:
    """All that the registry keeps of a client as such. `municipality` is its Finnish and Swedish name."""

    client_id: UUID
    organiser_id: UUID
    kind: str
    name: str
    email: str | None
    phone: str | None
    protected: bool
    identity_on_file: bool
    identity_verified_at: datetime | None
    """When a company was found in the company register."""
    municipality_code: str | None
    municipality: tuple[str, str] | None
    language: str
    service_languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    age_band: str | None
    case_worker_id: UUID | None
    case_worker: str


async def client_card(session: AsyncSession, *, client_id: UUID) -> ClientCard | None:
    """The client with name and contact. Whoever else than the client reads it notes the read (`log_read`)."""
    found = (
        await session.execute(
            select(Client, ClientPerson, Municipality, Account.display_name)
            .join(ClientPerson, ClientPerson.client_id == Client.id)
            .outerjoin(Municipality, Municipality.code == Client.municipality_code)
            .outerjoin(Account, Account.id == Client.case_worker_id)
            .where(Client.id == client_id)
        )
    ).one_or_none()
    if found is None:
        return None
    client, person, municipality, case_worker = found
    return ClientCard(
        client_id=client.id,
        organiser_id=client.organiser_id,
        kind=client.kind,
        name=person.name,
        email=person.email,
        phone=person.phone,
        protected=person.protected,
        identity_on_file=person.identity_hash is not None,
        identity_verified_at=person.identity_verified_at,
        municipality_code=client.municipality_code,
        municipality=_names(municipality),
        language=client.language,
        service_languages=tuple(client.service_languages),
        accessibility=tuple(client.accessibility),
        age_band=client.age_band,
        case_worker_id=client.case_worker_id,
        case_worker=case_worker or "",
    )


def _names(municipality: Municipality | None) -> tuple[str, str] | None:
    return None if municipality is None else (municipality.name_fi, municipality.name_sv)


@dataclass(frozen=True, slots=True)
class Read:
    """One line of the log of reads, as the client sees it."""

    at: datetime
    who: str
    role: str
    what: str
    reason: str


async def reads_of(
    session: AsyncSession, *, client_id: UUID, but: UUID | None = None, limit: int = 200
) -> list[Read]:
    """Who read the data, newest first, but for the account `but`. Staff are named; a provider's users too."""
    rows = await session.execute(
        select(ReadLog.at, Account.display_name, ReadLog.role, ReadLog.what, ReadLog.reason)
        .outerjoin(Account, Account.id == ReadLog.account_id)
        .where(ReadLog.client_id == client_id, ReadLog.account_id.is_distinct_from(but))
        .order_by(ReadLog.at.desc(), ReadLog.id.desc())
        .limit(limit)
    )
    return [Read(at, who or "", role, what, reason) for at, who, role, what, reason in rows]


async def identity_of_client(session: AsyncSession, *, keys: Keys, client_id: UUID) -> str | None:
    """The identity code or business id on file. Whoever reads it notes the read."""
    sealed = await session.scalar(
        select(ClientPerson.identity_encrypted).where(ClientPerson.client_id == client_id)
    )
    return None if sealed is None else decrypt_identity(keys, client_id=client_id, sealed=sealed)


async def client_with_identity(
    session: AsyncSession,
    *,
    keys: Keys,
    organiser_id: UUID,
    kind: str,
    identity: str,
    fictional: bool = False,
) -> UUID | None:
    """The client who has this identity code or business id, without reading any; Invalid when it is malformed."""
    code = clean_identity(kind, identity, fictional=fictional)
    return await session.scalar(
        select(ClientPerson.client_id).where(
            ClientPerson.organiser_id == organiser_id,
            ClientPerson.identity_hash == identity_hash(keys, kind=kind, code=code),
        )
    )
