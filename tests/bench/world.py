"""What is measured: an organiser with opened vouchers, and a register of ten thousand providers."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service, VoucherTerms
from registry.people.commands import create_api_token
from registry.people.model import Client, ClientPerson
from registry.providers.generated import load_generated
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Refusal
from registry.shared.identifiers import uuid7
from registry.vouchers.commands import GrantOrder, grant
from tests.builders import NOW, World, build_world

EUROS = {
    "kind": "euros", "value_cents": 1_000_00, "units": None, "unit_name": None,
    "unit_price_ceiling_cents": 60_00, "validity_days": 900,
}  # fmt: skip
"""Vouchers so large that no run uses one up: each redemption draws one euro of it."""


@dataclass
class Bench:
    """Ids and tokens that the measured calls need."""

    world: World
    provider_token: str
    presentations: list[str]
    voucher_id: str
    """A voucher of the world's own client, not chosen yet."""

    @property
    def compare_path(self) -> str:
        return f"/my/vouchers/{self.voucher_id}/compare"


async def add_clients(database: Database, world: World, count: int) -> list[str]:
    ids = [uuid7() for _ in range(count)]
    common = {"organiser_id": world.organiser_id}
    async with database.transaction(world.sight) as session:
        await session.execute(
            insert(Client),
            [
                {"id": i, "kind": "person", "municipality_code": "564", "language": "fi", "service_languages": ["fi"],
                 "accessibility": [], "created_at": NOW, **common}
                for i in ids
            ],
        )  # fmt: skip
        await session.execute(
            insert(ClientPerson),
            [
                {"client_id": i, "name": f"Asiakas {n}", "protected": False, **common}
                for n, i in enumerate(ids)
            ],
        )
    return [str(i) for i in ids]


async def grant_many(database: Database, world: World, clients: list[str]) -> None:
    actor = world[Role.CASE_WORKER]
    orders = [GrantOrder(UUID(c), world.service_id, world.budget_line_id) for c in clients]
    async with database.transaction(actor.sight) as session:
        answers = await grant(session, actor=actor, now=NOW, orders=orders)
    assert not any(isinstance(answer, Refusal) for answer in answers)


_OPEN = text("""
WITH picked AS (
  INSERT INTO assignment (id, organiser_id, voucher_id, client_id, provider_id, admission_id, state,
    agreed_unit_price_cents, vat_rate_bp, chosen_at, channel, answer_due_at, answered_at)
  SELECT gen_random_uuid(), organiser_id, id, client_id, :provider, :admission, 'confirmed', 100, 2550, granted_at,
    'self', granted_at, granted_at FROM voucher WHERE state = 'granted' RETURNING *
), opened AS (
  INSERT INTO presentation (id, organiser_id, voucher_id, provider_id, assignment_id, presented_at)
  SELECT gen_random_uuid(), organiser_id, voucher_id, provider_id, id, chosen_at FROM picked
)
UPDATE voucher SET state = 'in_use', provider_id = :provider, assignment_id = picked.id, chosen_at = granted_at
FROM picked WHERE voucher.id = picked.voucher_id
""")


async def another_service(session: AsyncSession, world: World) -> UUID:
    """The register's ten thousand are for a service of their own: nobody chooses among as many."""
    terms = await session.get_one(VoucherTerms, world.terms_id)
    service = Service(
        id=uuid7(), organiser_id=world.organiser_id, code="uraohjaus", name_fi="Uraohjaus", name_sv="Karriärvägledning",
        name_en="Career guidance", audience="person", free_by_law=True, created_at=NOW,
    )  # fmt: skip
    session.add(service)
    await session.flush()
    copied = {c.name: getattr(terms, c.name) for c in VoucherTerms.__table__.columns}
    session.add(VoucherTerms(**{**copied, "id": uuid7(), "service_id": service.id}))
    await session.flush()
    return service.id


async def build_bench(database: Database, *, vouchers: int, register: int) -> Bench:
    """An organiser whose provider has been shown `vouchers` vouchers, and `register` providers in its register."""
    world = await build_world(database, terms=EUROS, allocated_cents=900_000_000_00, providers=30)
    clients = await add_clients(database, world, vouchers)
    await grant_many(database, world, clients)
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE admission SET places = 1000000, unit_price_cents = 100"))
        await session.execute(_OPEN, {"provider": world.provider_id, "admission": world.admissions[0]})
        await session.execute(
            text("UPDATE admission SET taken = :n WHERE id = :a"), {"n": vouchers, "a": world.admissions[0]}
        )
        other = await another_service(session, world)
        await load_generated(
            session, organiser_id=world.organiser_id, service_ids=[other], count=register, seed=1
        )
        presentations = [str(i) for i in await session.scalars(text("SELECT id FROM presentation"))]
    actor = world.provider_actor()
    async with database.transaction(actor.sight) as session:
        token = await create_api_token(
            session, actor=actor, now=NOW, name="bench", scopes=["vouchers:redeem", "vouchers:read"], days=300
        )
    await grant_many(database, world, [str(world.client_id)])
    async with database.transaction(world.sight) as session:
        voucher_id = await session.scalar(text("SELECT id FROM voucher WHERE state = 'granted'"))
    return Bench(world, token.token, presentations, str(voucher_id))
