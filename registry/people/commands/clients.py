"""Clients: who vouchers are granted to. Name, contact and identity stay in a table of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.people.commands.roles import clean_email, create_account, grant_role
from registry.people.identity import birth_date, clean_identity, encrypt_identity, identity_hash
from registry.people.model import Account, Client, ClientPerson, RoleGrant
from registry.people.rules import AGE_BANDS, CLIENT_KINDS, LANGUAGES, age_band_of
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.shared.texts import single_line

PERSON_FIELDS: Final = ("name", "email", "phone", "protected")
FACT_FIELDS: Final = (
    "municipality_code",
    "language",
    "service_languages",
    "accessibility",
    "age_band",
    "case_worker_id",
)


@dataclass(frozen=True, slots=True)
class NewClient:
    """Ids of a client just made, of the account it signs in with, and of the account's role."""

    client_id: UUID
    account_id: UUID
    role_grant_id: UUID


async def create_client(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    keys: Keys,
    organiser_id: UUID,
    kind: str,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    identity: str | None = None,
    municipality_code: str | None = None,
    language: str = "fi",
    service_languages: Sequence[str] = ("fi",),
    accessibility: Sequence[str] = (),
    age_band: str | None = None,
    case_worker_id: UUID | None = None,
    protected: bool = False,
    verified: bool = False,
    fictional: bool = False,
) -> NewClient:
    """A client of an organiser, with an account to sign in with. `kind`: person | company. `verified`: the company
    register has the company under this name and business id.

    `identity` is a personal identity code or a business id: encrypted, and found again by its keyed hash; the age
    band follows from it. Raises Invalid naming the fields, or Refused(client.known_already, client_id).
    """
    _check(kind=kind, language=language, age_band=age_band)
    await _check_municipality(session, municipality_code)
    client_id = uuid7()
    code = clean_identity(kind, identity, fictional=fictional) if identity else None
    if code is not None:
        await _require_unknown(session, organiser_id, identity_hash(keys, kind=kind, code=code))
        if kind == "person":
            age_band = age_band_of(birth_date(code), local_date(now))
    session.add(
        Client(
            id=client_id,
            organiser_id=organiser_id,
            kind=kind,
            municipality_code=municipality_code,
            language=language,
            service_languages=_codes("service_languages", service_languages),
            accessibility=_codes("accessibility", accessibility),
            age_band=age_band,
            case_worker_id=case_worker_id,
            created_at=now,
        )
    )
    await session.flush()
    session.add(
        ClientPerson(
            client_id=client_id,
            organiser_id=organiser_id,
            name=single_line("name", name, longest=120),
            email=clean_email("email", email),
            phone=single_line("phone", phone or "", longest=40, required=False) or None,
            identity_hash=identity_hash(keys, kind=kind, code=code) if code else None,
            identity_encrypted=encrypt_identity(keys, client_id=client_id, code=code) if code else None,
            identity_verified_at=now if verified and code and kind == "company" else None,
            protected=protected,
        )
    )
    record(
        session,
        actor=actor,
        now=now,
        action="client.created",
        subject_kind="client",
        subject_id=client_id,
        organiser_id=organiser_id,
        facts={"kind": kind, "identity": "given" if code else "none", "case_worker_id": case_worker_id},
    )
    # The account repeats the address, for messages are sent to accounts; the name stays out of it.
    account_id = await create_account(
        session,
        actor=actor,
        now=now,
        display_name="",
        email=email,
        language=language,
        organiser_id=organiser_id,
    )
    await session.flush()
    role_grant_id = await grant_role(
        session,
        actor=actor,
        now=now,
        account_id=account_id,
        role=Role.CLIENT,
        organiser_id=organiser_id,
        client_id=client_id,
    )
    return NewClient(client_id=client_id, account_id=account_id, role_grant_id=role_grant_id)


async def verify_company(
    session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID, name: str
) -> None:
    """The company register has the company under this name and business id. It is asked outside of the transaction: of
    a company that has got another name meanwhile nothing was asked."""
    person = await session.get(ClientPerson, client_id, with_for_update=True, populate_existing=True)
    if person is None or person.identity_hash is None:
        raise NotFound("client.unknown")
    if person.name != name:
        raise Invalid("client.company_other_name", errors={"name": "client.company_other_name"})
    person.identity_verified_at = now
    record(
        session,
        actor=actor,
        now=now,
        action="client.company_verified",
        subject_kind="client",
        subject_id=client_id,
        organiser_id=person.organiser_id,
    )


async def change_client(
    session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID, **changed: Any
) -> None:
    """Change what is known of a client: any of PERSON_FIELDS and FACT_FIELDS. The event says which fields changed,
    never what to: the texts are personal, and erasable where they live."""
    client = await session.scalar(
        select(Client)
        .where(Client.id == client_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    person = await session.get(ClientPerson, client_id, populate_existing=True)
    if client is None or person is None:
        raise NotFound("client.unknown")
    values = _cleaned(changed)
    _check(
        kind=client.kind, language=values.get("language", client.language), age_band=values.get("age_band")
    )
    await _check_municipality(session, values.get("municipality_code"))
    before = {"email": person.email, "language": client.language}
    different: list[str] = []
    for field, value in values.items():
        row = person if field in PERSON_FIELDS else client
        if getattr(row, field) != value:
            setattr(row, field, value)
            different.append(field)
    if "name" in different and client.kind == "company":
        person.identity_verified_at = None  # the register was asked about another name
    if not different:
        return
    if {"email", "language"} & set(different):
        await _change_accounts(session, client=client, person=person, before=before)
    record(
        session,
        actor=actor,
        now=now,
        action="client.changed",
        subject_kind="client",
        subject_id=client_id,
        organiser_id=client.organiser_id,
        facts={"changed": sorted(different)},
    )


async def _change_accounts(
    session: AsyncSession, *, client: Client, person: ClientPerson, before: dict[str, str | None]
) -> None:
    """The client's own account repeats the address and the language, for messages go to accounts; the account of
    somebody who acts for the client has its own, and is left alone."""
    own = select(RoleGrant.account_id).where(
        RoleGrant.client_id == client.id,
        RoleGrant.guardian.is_(False),
        RoleGrant.representative.is_(False),
        RoleGrant.ended_at.is_(None),
    )
    await session.execute(
        update(Account)
        .where(
            Account.id.in_(own),
            Account.email.is_not_distinct_from(before["email"]),
            Account.language == before["language"],
        )
        .values(email=person.email, language=client.language)
    )


def _cleaned(changed: dict[str, Any]) -> dict[str, Any]:
    unknown = set(changed) - {*PERSON_FIELDS, *FACT_FIELDS}
    if unknown:
        raise TypeError(f"no such fields of a client: {sorted(unknown)}")
    values = dict(changed)
    if "name" in values:
        values["name"] = single_line("name", values["name"], longest=120)
    if "email" in values:
        values["email"] = clean_email("email", values["email"])
    if "phone" in values:
        values["phone"] = single_line("phone", values["phone"] or "", longest=40, required=False) or None
    for field in ("service_languages", "accessibility"):
        if field in values:
            values[field] = _codes(field, values[field])
    return values


def _check(*, kind: str, language: str, age_band: str | None) -> None:
    wrong = {
        field: "field.not_a_choice"
        for field, bad in (
            ("kind", kind not in CLIENT_KINDS),
            ("language", language not in LANGUAGES),
            ("age_band", age_band is not None and age_band not in AGE_BANDS),
        )
        if bad
    }
    if wrong:
        raise Invalid("field.not_a_choice", errors=wrong)


async def _check_municipality(session: AsyncSession, code: str | None) -> None:
    if code is not None and await session.get(Municipality, code) is None:
        raise Invalid("municipality.unknown", errors={"municipality_code": "municipality.unknown"})


def _codes(field: str, codes: Sequence[str]) -> list[str]:
    """Short codes such as languages (`fi`, `ar`) and needs, each once, in the order given."""
    if len(codes) > 20 or any(
        not c.isascii() or not c.replace("_", "").isalnum() or len(c) > 30 for c in codes
    ):
        raise Invalid("field.not_a_choice", errors={field: "field.not_a_choice"})
    return list(dict.fromkeys(codes))


async def _require_unknown(session: AsyncSession, organiser_id: UUID, hashed: bytes) -> None:
    known = await session.scalar(
        select(ClientPerson.client_id).where(
            ClientPerson.organiser_id == organiser_id, ClientPerson.identity_hash == hashed
        )
    )
    if known is not None:
        raise Refused("client.known_already", client_id=known)
