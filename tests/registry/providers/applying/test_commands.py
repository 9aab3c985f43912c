"""Accounts under four eyes, and papers shown later on."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.people.commands.colleagues import add_colleague, colleague_sign_in_link
from registry.people.model import RoleGrant
from registry.providers.bank_accounts.commands import decide_account, request_account
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.bank_accounts.rules import BankAccountState
from registry.providers.drafts.commands import change_answers, submit_draft
from registry.providers.drafts.rules import Answers, Price
from registry.providers.evidence.commands import NewPaper, add_paper, check_evidence, withdraw_paper
from registry.providers.evidence.queries import papers_of
from registry.providers.evidence.sharing import show_paper
from registry.providers.files.rules import FileKind
from registry.providers.files.store import StoredFile
from registry.providers.model import Admission
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused
from registry.shared.outbox import OutboxMessage
from tests.builders import NOW, TODAY, World, add_account, build_world
from tests.registry.checks.full_applying import OTHER_IBAN, whole_draft
from tests.registry.providers.applying.steps import IBAN
from tests.registry.providers.deciding import Desk


async def asked(database: Database, actor: Actor, iban: str = IBAN) -> UUID:
    async with database.transaction(actor.sight) as session:
        return await request_account(session, actor=actor, now=NOW, iban=iban)


async def decided(database: Database, actor: Actor, account_id: UUID, to: BankAccountState) -> None:
    async with database.transaction(actor.sight) as session:
        await decide_account(session, actor=actor, now=NOW, account_id=account_id, to=to)


async def a_colleague(database: Database, world: World) -> Actor:
    """Somebody of the same provider whom the first has nothing to do with."""
    first = world.provider_actor()
    async with database.transaction(world.sight) as session:
        actor, _ = await add_account(
            session, "Toinen", Role.PROVIDER_USER, provider_id=world.provider_id, sight=first.sight
        )
    return actor


async def test_whoever_can_sign_in_as_the_asker_or_the_confirmer_is_no_second_person(
    database: Database,
) -> None:
    world = await build_world(database)
    first, other = world.provider_actor(), await a_colleague(database, world)
    async with database.transaction(first.sight) as session:
        grant_id = await add_colleague(
            session, actor=first, now=NOW, name="Nukke", email="n@example.invalid", duty="office"
        )
        puppet = replace(first, id=(await session.get_one(RoleGrant, grant_id)).account_id)
    by_puppet = await asked(database, puppet)
    with pytest.raises(Refused, match="colleague_of_asker"):
        await decided(database, first, by_puppet, BankAccountState.IN_FORCE)
    await decided(database, puppet, by_puppet, BankAccountState.WITHDRAWN)
    by_first = await asked(database, first)
    async with database.transaction(first.sight) as session:
        others = await session.scalar(select(RoleGrant.id).where(RoleGrant.account_id == other.id))
        assert others is not None
        await colleague_sign_in_link(session, actor=first, now=NOW, role_grant_id=others, hours=1)
    with pytest.raises(Refused, match="colleague_of_asker"):
        await decided(database, other, by_first, BankAccountState.IN_FORCE)


async def test_an_account_is_confirmed_by_somebody_whom_the_asker_did_not_add(database: Database) -> None:
    world = await build_world(database)
    first, other = world.provider_actor(), await a_colleague(database, world)
    account_id = await asked(database, first)
    with pytest.raises(Refused, match="four_eyes"):
        await decided(database, first, account_id, BankAccountState.IN_FORCE)
    async with database.transaction(first.sight) as session:
        grant_id = await add_colleague(
            session, actor=first, now=NOW, name="Nukke", email="n@example.invalid", duty="office"
        )
        grant = await session.get_one(RoleGrant, grant_id)
    puppet = replace(first, id=grant.account_id)
    with pytest.raises(Refused, match="colleague_of_asker"):
        await decided(database, puppet, account_id, BankAccountState.IN_FORCE)
    with pytest.raises(NotFound):
        await decided(database, world.provider_actor(1), account_id, BankAccountState.IN_FORCE)
    await decided(database, other, account_id, BankAccountState.IN_FORCE)
    with pytest.raises(Refused, match="in_force_already"):
        await asked(database, first)

    newer = await asked(database, other, OTHER_IBAN)
    with pytest.raises(Refused, match="waiting_already"):
        await asked(database, first, OTHER_IBAN)
    await decided(database, world[Role.REGISTER_OFFICER], newer, BankAccountState.IN_FORCE)
    async with database.transaction(world.sight) as session:
        states = {row.id: row.state for row in await session.scalars(select(BankAccount))}
        told = (
            await session.scalars(
                select(OutboxMessage.template).where(OutboxMessage.template.startswith("bank"))
            )
        ).all()
    assert states == {account_id: "replaced", newer: "in_force"}
    assert told == ["bank_account.in_force"] * 2


async def test_an_officer_of_an_authority_that_the_provider_has_nothing_to_do_with_does_not_see_the_account(
    database: Database,
) -> None:
    world, other = await build_world(database), await build_world(database, code="turku", providers=0)
    account_id = await asked(database, world.provider_actor())
    stranger = other[Role.REGISTER_OFFICER]
    signed_in = replace(stranger, sight=replace(stranger.sight, account=stranger.id))
    with pytest.raises(NotFound):
        await decided(database, signed_in, account_id, BankAccountState.IN_FORCE)
    officer = world[Role.REGISTER_OFFICER]
    seeing = replace(officer, sight=replace(officer.sight, account=officer.id))
    await decided(database, seeing, account_id, BankAccountState.IN_FORCE)


async def added(database: Database, actor: Actor, days_ago: int) -> UUID:
    paper = NewPaper("tax_debt", TODAY - timedelta(days=days_ago))
    stored = StoredFile("0" * 64, 1, FileKind.PDF)
    async with database.transaction(actor.sight) as session:
        return await add_paper(session, actor=actor, now=NOW, paper=paper, stored=stored, file_name="a.pdf")


async def test_a_newer_paper_is_shown_to_those_the_provider_deals_with(database: Database) -> None:
    world, other = await build_world(database), await build_world(database, code="turku", providers=0)
    actor = world.provider_actor()

    async def show(paper_id: UUID, organiser_id: UUID = world.organiser_id) -> None:
        async with database.transaction(actor.sight) as session:
            await show_paper(session, actor=actor, now=NOW, paper_id=paper_id, organiser_id=organiser_id)

    old = await added(database, actor, 100)
    with pytest.raises(Refused, match="too_old"):
        await show(old)
    new = await added(database, actor, 5)
    with pytest.raises(Refused, match="withdrawn"):
        await show(old)  # nobody had seen it, so the newer one took its place
    with pytest.raises(NotFound):
        await show(new, other.organiser_id)
    await show(new)
    await show(new)
    with pytest.raises(Refused, match="shared_already"):
        async with database.transaction(actor.sight) as session:
            await withdraw_paper(session, actor=actor, now=NOW, paper_id=new)
    officer = world[Role.REGISTER_OFFICER]
    for verdict, note in (("not_accepted", "Väärä vuosi"), ("accepted", "")):
        async with database.transaction(officer.sight) as session:
            await check_evidence(session, actor=officer, now=NOW, paper_id=new, verdict=verdict, note=note)
    async with database.transaction(officer.sight) as session:
        (found,) = await papers_of(session, world.provider_id, world.organiser_id, TODAY)
    assert found.id == new
    assert found.share.check is not None
    assert found.share.check.verdict == "accepted"
    with pytest.raises(NotFound):
        async with database.transaction(other.sight) as session:
            await check_evidence(
                session, actor=other[Role.REGISTER_OFFICER], now=NOW, paper_id=new, verdict="accepted"
            )


async def test_an_approval_holds_from_the_day_from_which_the_price_was_offered(database: Database) -> None:
    world = await build_world(database)
    actor, _ = await whole_draft(database, world)
    start = TODAY + timedelta(days=40)

    def later(answers: Answers) -> Answers:
        own = answers.services[world.service_id]
        return answers.with_service(world.service_id, replace(own, price=Price(50_00, 2550, start)))

    async with database.transaction(actor.sight) as session:
        version = await change_answers(session, actor=actor, now=NOW, change=later)
        with pytest.raises(Refused, match="changed_meanwhile"):
            await submit_draft(session, actor=actor, now=NOW, version=version - 1)
    async with database.transaction(actor.sight) as session:
        (application_id,) = await submit_draft(session, actor=actor, now=NOW, version=version)
    await Desk(database, world).approved(application_id)
    async with database.transaction(world.sight) as session:
        admission = (
            await session.scalars(select(Admission).where(Admission.provider_id == actor.provider_id))
        ).one()
    assert (admission.valid_from, admission.unit_price_cents) == (start, 50_00)
