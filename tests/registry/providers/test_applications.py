"""From a new organisation to a decision, and who may not."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from registry.audit.model import AuditEvent
from registry.catalogue.model import VoucherTerms
from registry.people.model import RoleGrant
from registry.providers.commands import (
    Organisation,
    ask_for_information,
    give_information,
    register_organisation,
    submit_application,
    withdraw_application,
)
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import open_hearing
from registry.providers.decisions.model import DecisionRecord
from registry.providers.model import Admission, Application, ApplicationMessage, Provider
from registry.providers.queries import application_detail, application_queue
from registry.providers.rules import ApplicationState, Offer
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import Database
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.outbox import OutboxMessage
from tests.builders import NOW, TODAY, World, add_account, build_world
from tests.registry.providers.deciding import DUE, HEARD, LAW, NOTE, Desk, another_officer

OFFER = Offer(
    unit_price_cents=55_00,
    vat_rate_bp=2550,
    municipality_codes=("564",),
    remote=True,
    languages=("fi", "sv"),
    accessibility=("step_free",),
    method="one_to_one",
    places=5,
    next_start=TODAY + timedelta(days=7),
    first_talk_free=True,
    rule_book_version="2026-1",
    same_coach=True,
    experience=("first_job",),
)
NEW = Organisation(
    business_id="2331972-7",
    name="Uusi Suunta Oy",
    form="company",
    municipality_code="564",
    email="posti@uusi.invalid",
    website="www.uusi.invalid",
)


async def newcomer(database: Database, world: World, name: str = "Hakija") -> Actor:
    """Someone who acts for an organisation that is in no register yet."""
    async with database.transaction(world.sight) as session:
        provider = Provider(
            id=uuid7(),
            identity_scheme="test",
            identity_value=str(uuid7()),
            name=f"{name} Oy",
            form="company",
            introduction={},
            search_words=name.lower(),
            created_at=NOW,
        )
        session.add(provider)
        await session.flush()
        actor, _ = await add_account(
            session, name, Role.PROVIDER_USER, provider_id=provider.id, sight=Sight(provider=provider.id)
        )
        return actor


async def applied(database: Database, world: World, actor: Actor, offer: Offer = OFFER) -> UUID:
    async with database.transaction(actor.sight) as session:
        return await submit_application(
            session,
            actor=actor,
            now=NOW,
            provider_id=actor.provider_id,
            service_id=world.service_id,
            offer=offer,
        )


async def as_officer(database: Database, world: World, command: Any, **arguments: Any) -> Any:
    actor = world[Role.REGISTER_OFFICER]
    async with database.transaction(actor.sight) as session:
        return await command(session, actor=actor, now=NOW, **arguments)


async def state_of(database: Database, world: World, application_id: UUID) -> str:
    async with database.transaction(world.sight) as session:
        return (await session.get_one(Application, application_id)).state


async def test_a_new_organisation_applies_and_is_approved(database: Database) -> None:
    world = await build_world(database)
    actor = world[Role.PROVIDER_USER]
    async with database.transaction(actor.sight) as session:
        provider_id = await register_organisation(session, actor=actor, now=NOW, organisation=NEW)
        application_id = await submit_application(
            session, actor=actor, now=NOW, provider_id=provider_id, service_id=world.service_id, offer=OFFER
        )
    admission_id = await Desk(database, world).approved(application_id)
    async with database.transaction(world.sight) as session:
        provider = await session.get_one(Provider, provider_id)
        admission = await session.get_one(Admission, admission_id)
        actions = (
            await session.scalars(
                select(AuditEvent.action)
                .where(AuditEvent.subject_id.in_([provider_id, application_id, admission_id]))
                .order_by(AuditEvent.id)
            )
        ).all()
        message = await session.scalar(select(OutboxMessage))
        role = await session.scalar(
            select(RoleGrant).where(RoleGrant.provider_id == provider_id, RoleGrant.account_id == actor.id)
        )
    assert (provider.identity_scheme, provider.identity_value) == ("fi:business-id", "2331972-7")
    assert provider.website == "https://www.uusi.invalid"
    assert (admission.same_coach, admission.experience) == (True, ["first_job"])
    assert provider.search_words == "uusi suunta oy"
    assert (admission.state, admission.unit_price_cents, admission.places, admission.taken) == (
        "active",
        55_00,
        5,
        0,
    )
    assert (admission.valid_from, admission.organiser_id) == (TODAY, world.organiser_id)
    assert actions == [
        "provider.registered",
        "application.submitted",
        "impartiality.declared",
        "checklist.saved",
        "admission.granted",
        "application.approved",
    ]
    assert message is not None
    assert (message.template, message.provider_id) == ("application.approved", provider_id)
    assert role is not None


WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"business_id": "2331972-8"}, {"business_id": "provider.business_id_wrong"}),
    ({"business_id": "", "name": ""}, {"business_id": "field.required", "name": "field.required"}),
    ({"name": "Nolla\0tavu"}, {"name": "field.control_character"}),
    ({"name": "..."}, {"name": "provider.name_unreadable"}),
    ({"form": "unknown"}, {"form": "field.not_a_choice"}),
    ({"municipality_code": "999"}, {"municipality_code": "field.not_a_choice"}),
    ({"website": "javascript:alert(1)"}, {"website": "provider.website_wrong"}),
    ({"website": "javascript://x.example/%0aalert(1)"}, {"website": "provider.website_wrong"}),
    ({"email": "posti"}, {"email": "field.not_an_email"}),
]


async def test_what_is_wrong_with_a_new_organisation(database: Database) -> None:
    world = await build_world(database)
    actor = world[Role.PROVIDER_USER]
    for change, errors in WRONG:
        with pytest.raises(Invalid) as refusal:
            async with database.transaction(actor.sight) as session:
                await register_organisation(
                    session, actor=actor, now=NOW, organisation=replace(NEW, **change)
                )
        assert refusal.value.errors == errors


async def test_an_organisation_that_is_known_cannot_be_taken_over(database: Database) -> None:
    world = await build_world(database)
    first, second = world.provider_actor(0), world.provider_actor(1)
    async with database.transaction(first.sight) as session:
        provider_id = await register_organisation(session, actor=first, now=NOW, organisation=NEW)
    with pytest.raises(Refused, match=r"provider\.known_already"):
        async with database.transaction(second.sight) as session:
            same = replace(NEW, business_id="23319727")
            await register_organisation(session, actor=second, now=NOW, organisation=same)
    with pytest.raises(NotFound, match=r"provider\.unknown"):
        async with database.transaction(second.sight) as session:
            await submit_application(
                session,
                actor=second,
                now=NOW,
                provider_id=provider_id,
                service_id=world.service_id,
                offer=OFFER,
            )


async def test_staff_and_machines_register_no_organisations(database: Database) -> None:
    world = await build_world(database)
    for actor in (world[Role.REGISTER_OFFICER], replace(world[Role.PROVIDER_USER], kind="token")):
        with pytest.raises(Forbidden):
            async with database.transaction(actor.sight) as session:
                await register_organisation(session, actor=actor, now=NOW, organisation=NEW)


async def test_an_application_reaches_its_organiser_and_no_other(database: Database) -> None:
    oulu = await build_world(database, code="oulu")
    turku = await build_world(database, code="turku")
    application_id = await applied(database, oulu, await newcomer(database, oulu))
    async with database.transaction(oulu.sight) as session:
        assert [row.id for row in await application_queue(session, limit=10)] == [application_id]
    async with database.transaction(turku.sight) as session:
        assert await application_queue(session, limit=10) == []
    with pytest.raises(NotFound, match=r"application\.unknown"):
        await as_officer(database, turku, approve, application_id=application_id)
    other = oulu.provider_actor(1)
    with pytest.raises(NotFound, match=r"application\.unknown"):
        async with database.transaction(other.sight) as session:
            await withdraw_application(session, actor=other, now=NOW, application_id=application_id)


async def test_an_admitted_provider_and_one_that_waits_do_not_apply_again(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(Refused, match=r"application\.admitted_already"):
        await applied(database, world, world.provider_actor(0))
    actor = await newcomer(database, world)
    await applied(database, world, actor)
    with pytest.raises(Refused, match=r"application\.open_already"):
        await applied(database, world, actor)


async def test_an_offer_that_the_terms_do_not_allow_is_told_by_field(database: Database) -> None:
    world = await build_world(database)
    with pytest.raises(Invalid) as refusal:
        offer = replace(OFFER, unit_price_cents=61_00, languages=(), next_start=TODAY - timedelta(days=1))
        await applied(database, world, await newcomer(database, world), offer)
    assert refusal.value.errors == {
        "unit_price": "offer.price_above_ceiling",
        "languages": "offer.language_missing",
        "next_start": "offer.next_start_past",
    }


async def test_a_rejection_leaves_its_reasons_out_of_the_audit_trail(database: Database) -> None:
    world = await build_world(database)
    application_id = await applied(database, world, await newcomer(database, world))
    await Desk(database, world).rejected(application_id)
    async with database.transaction(world.sight) as session:
        application = await session.get_one(Application, application_id)
        events = (await session.scalars(select(AuditEvent))).all()
    assert application.decision_reason == NOTE
    assert application.decided_by == world[Role.REGISTER_OFFICER].id
    assert "application.rejected" in {event.action for event in events}
    assert not any("oulutu" in str(event.facts) for event in events)


async def test_more_information_is_asked_and_given_and_keeps_its_place(database: Database) -> None:
    world = await build_world(database)
    actor = await newcomer(database, world)
    application_id = await applied(database, world, actor)
    await as_officer(
        database, world, ask_for_information, application_id=application_id, text="Kuka valmentaa?"
    )
    assert await state_of(database, world, application_id) == "more_information"
    with pytest.raises(Refused, match=r"application\.wrong_state"):
        await as_officer(database, world, approve, application_id=application_id)
    sight = replace(actor.sight, organisers=(world.organiser_id,))
    async with database.transaction(sight) as session:
        await give_information(
            session,
            actor=actor,
            now=NOW + timedelta(hours=1),
            application_id=application_id,
            text="Kaksi valmentajaa.",
            offer=replace(OFFER, places=9),
        )
    async with database.transaction(world.sight) as session:
        found = await application_detail(session, application_id)
    assert found.state == "submitted"
    assert found.offer.places == 9
    assert found.submitted_at == NOW
    assert [(m.kind, m.text) for m in found.messages] == [
        ("question", "Kuka valmentaa?"),
        ("answer", "Kaksi valmentajaa."),
    ]


async def test_a_withdrawn_application_stays_withdrawn_and_a_new_one_may_follow(database: Database) -> None:
    world = await build_world(database)
    actor = await newcomer(database, world)
    application_id = await applied(database, world, actor)
    sight = replace(actor.sight, organisers=(world.organiser_id,))
    async with database.transaction(sight) as session:
        await withdraw_application(session, actor=actor, now=NOW, application_id=application_id)
    with pytest.raises(Refused, match=r"application\.decided_already"):
        await as_officer(database, world, approve, application_id=application_id)
    assert await applied(database, world, actor) != application_id


HEARING = {"text": "Koulutusta ei ole.", "points": ["qualified"], "due_on": DUE + timedelta(days=17)}
COMMANDS: dict[str, Any] = {
    "approve": (approve, {}),
    "reject": (reject, {"legal_basis": LAW}),
    "ask": (ask_for_information, {"text": "Mitä?"}),
    "hear": (open_hearing, HEARING),
}
ALLOWED = {
    "approve": {"submitted", "heard"},
    "reject": {"heard"},
    "ask": {"submitted"},
    "hear": {"submitted", "heard"},
    "give": {"more_information"},
    "withdraw": {"draft", "submitted", "more_information", "hearing", "heard"},
}


@pytest.mark.parametrize("state", list(ApplicationState))
async def test_every_command_in_every_state(database: Database, state: ApplicationState) -> None:
    """The state is all that is in the way: declared, looked at and heard is whatever the command needs."""
    world = await build_world(database)
    desk = Desk(database, world)
    for name, allowed in ALLOWED.items():
        actor = await newcomer(database, world, name)
        application_id = await applied(database, world, actor)
        await desk.hear(application_id)
        if name != "reject":
            await desk.mark(application_id)
        async with database.transaction(world.sight) as session:
            await session.execute(text("UPDATE hearing SET closed_at = now() WHERE closed_at IS NULL"))
            decided = "now()" if state in {"approved", "rejected"} else "NULL"
            await session.execute(
                text(
                    f"UPDATE application SET state = :state, decided_at = {decided}, decision_reason = 'x'"
                    " WHERE id = :id"
                ),
                {"state": str(state), "id": application_id},
            )
        sight = replace(actor.sight, organisers=(world.organiser_id,))

        async def act(
            name: str = name,
            application_id: UUID = application_id,
            actor: Actor = actor,
            sight: Sight = sight,
        ) -> None:
            if name in COMMANDS:
                command, arguments = COMMANDS[name]
                await desk.do(command, now=HEARD, application_id=application_id, **arguments)
                return
            async with database.transaction(sight) as session:
                if name == "give":
                    await give_information(
                        session, actor=actor, now=NOW, application_id=application_id, text="Näin."
                    )
                else:
                    await withdraw_application(session, actor=actor, now=NOW, application_id=application_id)

        if state in allowed:
            await act()
            assert await state_of(database, world, application_id) != str(state)
        else:
            with pytest.raises(Refused, match=r"application\.(wrong_state|decided_already)"):
                await act()
            assert await state_of(database, world, application_id) == str(state)


async def test_only_register_officers_decide(database: Database) -> None:
    world = await build_world(database)
    application_id = await applied(database, world, await newcomer(database, world))
    for role in (Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR, Role.FINANCE_OFFICER, Role.AUDITOR):
        actor = world[role]
        with pytest.raises(Forbidden):
            async with database.transaction(actor.sight) as session:
                await approve(session, actor=actor, now=NOW, application_id=application_id)


async def test_of_several_officers_who_decide_at_once_exactly_one_wins(database: Database) -> None:
    """Each has declared for itself; whoever comes second finds it decided, and there is one decision."""
    world = await build_world(database)
    desks = [Desk(database, world)]
    desks += [Desk(database, world, await another_officer(database, world, f"V{n}")) for n in range(2)]
    for turn in range(4):
        application_id = await applied(database, world, await newcomer(database, world, f"Kisa {turn}"))
        for desk in desks[1:]:
            await desk.declare(application_id)
        command: Any = approve
        arguments: dict[str, Any] = {}
        if turn % 2:
            await desks[0].hear(application_id)
            command, arguments = reject, {"legal_basis": LAW}
        else:
            await desks[0].ready(application_id)
        answers = await asyncio.gather(
            *(desk.do(command, now=HEARD, application_id=application_id, **arguments) for desk in desks),
            return_exceptions=True,
        )
        lost = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(lost) == 2, answers
        assert {refusal.code for refusal in lost} == {"application.decided_already"}
        async with database.transaction(world.sight) as session:
            application = await session.get_one(Application, application_id)
            admitted = await session.scalar(
                select(func.count()).where(Admission.provider_id == application.provider_id)
            )
            decisions = await session.scalar(
                select(func.count()).where(DecisionRecord.subject_id == application_id)
            )
        assert (admitted, decisions) == (0 if turn % 2 else 1, 1)


async def test_of_two_like_applications_at_once_one_is_made(database: Database) -> None:
    world = await build_world(database)
    actor = await newcomer(database, world)
    answers = await asyncio.gather(
        *(applied(database, world, actor) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(answer, UUID) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refused)} == {"application.open_already"}


async def test_an_offer_that_no_longer_fits_is_not_approved(database: Database) -> None:
    world = await build_world(database)
    application_id = await applied(database, world, await newcomer(database, world))
    async with database.transaction(world.sight) as session:
        terms = await session.scalar(select(VoucherTerms))
        assert terms is not None
        columns = {c.key: getattr(terms, c.key) for c in VoucherTerms.__table__.columns}
        session.add(VoucherTerms(**(columns | {"id": uuid7(), "version": 2, "rule_book_version": "2027-1"})))
    await Desk(database, world).ready(application_id)
    with pytest.raises(Refused, match=r"application\.offer_outdated") as refusal:
        await as_officer(database, world, approve, application_id=application_id)
    assert refusal.value.facts == {"field": "rule_book_version", "problem": "offer.rule_book_not_accepted"}
    assert await state_of(database, world, application_id) == "submitted"


async def test_questions_are_hidden_from_other_providers(database: Database) -> None:
    world = await build_world(database)
    application_id = await applied(database, world, await newcomer(database, world))
    await as_officer(database, world, ask_for_information, application_id=application_id, text="Kuka?")
    async with database.transaction(world.provider_actor(1).sight) as session:
        assert await session.scalar(select(func.count()).select_from(ApplicationMessage)) == 0
