"""Whom the trial's organiser consists of: money, staff, clients, and the tokens that everybody acts with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values
from registry.audit.model import AuditEvent
from registry.catalogue.commands import create_budget_line
from registry.catalogue.model import Municipality, Organiser
from registry.people.commands import create_account, create_api_token, grant_role
from registry.people.model import Client, ClientPerson
from registry.people.rules import scopes_for
from registry.providers.model import Admission
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor, Role, Sight, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.trial import made_up

TOKEN_DAYS: Final = 366
FINANCE_OFFICERS: Final = 2
AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Town:
    """The organiser of the trial, with everything that later steps act on."""

    organiser_id: UUID
    services: Mapping[str, UUID]
    """Code → id."""
    municipalities: Sequence[str]
    case_workers: Sequence[Actor]
    case_worker_tokens: Sequence[str]
    finance_tokens: Sequence[str]
    provider_tokens: Mapping[str, str]
    """Provider's id → token, for every provider that can be chosen."""

    @property
    def sight(self) -> Sight:
        return Sight(organisers=(self.organiser_id,))


async def settle_town(
    database: Database, *, organiser_id: UUID, services: Mapping[str, UUID], vouchers: int, now: datetime
) -> Town:
    """Money, staff and tokens."""
    actor = system(organiser_id)
    async with database.transaction(actor.sight) as session:
        for place in range(made_up.BUDGET_LINES + 1):
            await create_budget_line(
                session, actor=actor, now=now, code=made_up.line_code(place), organiser_id=organiser_id,
                name=f"Vouchers of the trial {place + 1}", year=local_date(now).year,
                allocated_cents=made_up.allocation(vouchers) if place < made_up.BUDGET_LINES else 1,
            )  # fmt: skip
        case_workers = await _staff(session, organiser_id, Role.CASE_WORKER, made_up.CASE_WORKERS, now)
        finance = await _staff(session, organiser_id, Role.FINANCE_OFFICER, FINANCE_OFFICERS, now)
        municipalities = await session.scalars(
            select(Municipality.code)
            .join(Organiser, Organiser.employment_area_code == Municipality.employment_area_code)
            .where(Organiser.id == organiser_id)
            .order_by(Municipality.code)
        )
        return Town(
            organiser_id=organiser_id,
            services=services,
            municipalities=municipalities.all(),
            case_workers=case_workers,
            case_worker_tokens=[await _token(session, who, now) for who in case_workers],
            finance_tokens=[await _token(session, who, now) for who in finance],
            provider_tokens=await _provider_tokens(session, actor, now),
        )


async def _staff(
    session: AsyncSession, organiser_id: UUID, role: Role, how_many: int, now: datetime
) -> list[Actor]:
    actors = []
    for number in range(how_many):
        name = f"{str(role).replace('_', ' ').capitalize()} {number + 1}"
        account_id = await create_account(
            session, actor=system(organiser_id), now=now, display_name=name, email=None, language="en",
            organiser_id=organiser_id,
        )  # fmt: skip
        await session.flush()
        await grant_role(
            session, actor=system(organiser_id), now=now, account_id=account_id, role=role,
            organiser_id=organiser_id,
        )  # fmt: skip
        actors.append(
            Actor(
                kind="account", id=account_id, role=role, sight=Sight(organisers=(organiser_id,)), name=name
            )
        )
    return actors


async def _token(session: AsyncSession, who: Actor, now: datetime) -> str:
    role = who.role or Role.CASE_WORKER
    made = await create_api_token(
        session, actor=who, now=now, name="trial", scopes=scopes_for(role), days=TOKEN_DAYS
    )
    return made.token


async def _provider_tokens(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, str]:
    active = await session.scalars(
        select(Admission.provider_id)
        .where(Admission.state == AdmissionState.ACTIVE)
        .distinct()
        .order_by(Admission.provider_id)
    )
    tokens = {}
    for provider_id in active.all():
        made = await create_api_token(
            session, actor=actor, now=now, name="trial", scopes=scopes_for(Role.PROVIDER_USER), days=TOKEN_DAYS,
            role=Role.PROVIDER_USER, provider_id=provider_id,
        )  # fmt: skip
        tokens[str(provider_id)] = made.token
    return tokens


async def make_clients(database: Database, town: Town, *, how_many: int, now: datetime) -> list[UUID]:
    """The clients that vouchers are granted to, written as an import from a client register would write them."""
    actor = system(town.organiser_id)
    ids = [uuid7() for _ in range(how_many)]
    for first in range(0, how_many, AT_ONCE):
        some = range(first, min(first + AT_ONCE, how_many))
        made = [made_up.client(number) for number in some]
        async with database.transaction(town.sight) as session:
            await session.execute(insert(Client), [_client(town, ids[c.number], c, now) for c in made])
            await session.execute(
                insert(ClientPerson),
                [
                    {
                        "client_id": ids[c.number],
                        "organiser_id": town.organiser_id,
                        "name": c.name,
                        "protected": False,
                    }
                    for c in made
                ],
            )
            await session.execute(
                insert(AuditEvent),
                [
                    event_values(
                        actor=actor,
                        now=now,
                        action="client.created",
                        subject_kind="client",
                        subject_id=ids[c.number],
                        organiser_id=town.organiser_id,
                        facts={"kind": "person", "identity": "none"},
                    )
                    for c in made
                ],
            )
    return ids


def _client(town: Town, client_id: UUID, made: made_up.MadeUpClient, now: datetime) -> dict[str, Any]:
    return {
        "id": client_id,
        "organiser_id": town.organiser_id,
        "kind": "person",
        "municipality_code": town.municipalities[made.number % len(town.municipalities)],
        "language": "en",
        "service_languages": list(made.service_languages),
        "accessibility": list(made.accessibility),
        "age_band": made.age_band,
        "case_worker_id": town.case_workers[made.case_worker].id,
        "created_at": now,
    }
