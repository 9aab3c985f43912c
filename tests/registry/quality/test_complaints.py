"""Complaints: made by the client, decided in words by the register officer, taken back; no provider reads them."""

from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select, text

from registry.cases.model import Case
from registry.quality.complaints.commands import decide_complaint, file_complaint, withdraw_complaint
from registry.quality.complaints.queries import complaints
from registry.quality.complaints.rules import COMPLAINT_TRANSITIONS, ComplaintState, may_become
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import Accepted, Invalid, NotFound, Refused
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Keys
from tests.builders import NOW, World, build_world
from tests.registry.vouchers.steps import Steps


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=2)


@pytest.fixture
async def voucher_id(database: Database, keys: Keys, world: World) -> UUID:
    chosen, _ = await Steps(database, world, keys).opened()
    return chosen


async def complain(database: Database, world: World, voucher_id: UUID, **changes: object) -> UUID:
    client = world[Role.CLIENT]
    values: dict[str, object] = {
        "provider_id": world.provider_id,
        "about": "waiting",
        "words": "Kolme viikkoa.",
    }
    async with database.transaction(client.sight) as session:
        return await file_complaint(
            session, actor=client, now=NOW, voucher_id=voucher_id, **(values | changes)  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.mark.parametrize("pair", list(product(ComplaintState, ComplaintState)))
def test_a_complaint_is_decided_once(pair: tuple[ComplaintState, ComplaintState]) -> None:
    state, wanted = pair
    allowed = isinstance(may_become(state, wanted), Accepted)
    assert allowed is (wanted in COMPLAINT_TRANSITIONS[state])
    assert allowed is (state is ComplaintState.OPEN and wanted is not ComplaintState.OPEN)


@pytest.mark.parametrize("upheld", [True, False])
async def test_it_is_decided_in_words_that_the_client_reads(
    database: Database, world: World, voucher_id: UUID, upheld: bool
) -> None:
    complaint_id = await complain(database, world, voucher_id)
    officer, client = world[Role.REGISTER_OFFICER], world[Role.CLIENT]
    async with database.transaction(officer.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == complaint_id))
        assert (case.kind, case.role, case.client_id) == (
            "complaint_made",
            "register_officer",
            world.client_id,
        )
        with pytest.raises(Invalid):
            await decide_complaint(
                session, actor=officer, now=NOW, complaint_id=complaint_id, upheld=upheld, findings=" "
            )
        await decide_complaint(
            session, actor=officer, now=NOW, complaint_id=complaint_id, upheld=upheld, findings="Viivästys."
        )
    async with database.transaction(officer.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == complaint_id))
        assert case.closed_at == NOW
        with pytest.raises(Refused, match=r"complaint\.decided_already"):
            await decide_complaint(
                session, actor=officer, now=NOW, complaint_id=complaint_id, upheld=True, findings="Toisin."
            )
        about = (
            select(OutboxMessage).where(OutboxMessage.template.like("complaint.%")).order_by(OutboxMessage.id)
        )
        to_client, to_provider = (await session.scalars(about)).all()
        assert (to_client.template, to_client.client_id) == ("complaint.decided", world.client_id)
        assert to_provider.template == ("complaint.upheld" if upheld else "complaint.not_upheld")
        assert to_provider.provider_id == world.provider_id
        assert to_provider.facts == {}, "nothing that leads to whoever complained"
        trail = (await session.scalars(text("SELECT facts::text FROM audit_event"))).all()
        assert not [facts for facts in trail if "viikkoa" in facts or "Viivästys" in facts]
    async with database.transaction(client.sight) as session:
        (own,) = await complaints(session, voucher_id=voucher_id)
    assert (own.state, own.findings) == ("upheld" if upheld else "not_upheld", "Viivästys.")


async def test_no_provider_reads_a_complaint(database: Database, world: World, voucher_id: UUID) -> None:
    await complain(database, world, voucher_id)
    async with database.transaction(world.provider_actor(0).sight) as session:
        assert await complaints(session) == []


async def test_it_can_be_taken_back_and_made_again(
    database: Database, world: World, voucher_id: UUID
) -> None:
    complaint_id = await complain(database, world, voucher_id)
    with pytest.raises(Refused, match=r"complaint\.open_already"):
        await complain(database, world, voucher_id)
    client = world[Role.CLIENT]
    async with database.transaction(client.sight) as session:
        await withdraw_complaint(session, actor=client, now=NOW, complaint_id=complaint_id)
    async with database.transaction(world.sight) as session:
        (case,) = await session.scalars(select(Case).where(Case.subject_id == complaint_id))
        assert case.closed_at == NOW
    await complain(database, world, voucher_id)
    async with database.transaction(client.sight) as session:
        assert {row.state for row in await complaints(session)} == {"withdrawn", "open"}


async def test_only_of_a_provider_that_was_chosen_and_ones_own_voucher(
    database: Database, world: World, voucher_id: UUID
) -> None:
    with pytest.raises(NotFound, match=r"provider\.unknown"):
        await complain(database, world, voucher_id, provider_id=world.providers[1])
    with pytest.raises(Invalid):
        await complain(database, world, voucher_id, about="weather")
    turku = await build_world(database, code="turku")
    with pytest.raises(NotFound, match=r"voucher\.unknown"):
        await complain(database, turku, voucher_id)
