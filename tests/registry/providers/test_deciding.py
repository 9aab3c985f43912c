"""What has to be there before a decision goes out, and what goes out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.catalogue.legal_regimes.commands import set_regime
from registry.catalogue.legal_regimes.loading import templates
from registry.people.commands import create_api_token
from registry.providers.decisions.appeals import (
    Verdict,
    decide_appeal,
    receive_appeal,
    withdraw_appeal,
)
from registry.providers.decisions.checklist import Marked, save_checklist
from registry.providers.decisions.deciding import approve, reject
from registry.providers.decisions.hearings import answer_hearing, open_hearing, pass_hearings
from registry.providers.decisions.model import (
    Appeal,
    ChecklistMark,
    DecisionDocument,
    DecisionRecord,
    Hearing,
)
from registry.providers.decisions.queries import decision_detail
from registry.providers.decisions.rules import AppealState, Ground, Mark, Subject
from registry.providers.keeping.rules import Clients
from registry.providers.keeping.standing import remove_admission, suspend_admission
from registry.providers.model import Admission, Application, Provider
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import DomainError, Invalid, NotFound, Refused
from registry.shared.working_days import NoticeBy
from tests.builders import NOW, World, build_world
from tests.registry.providers.deciding import DUE, HEARD, LAW, NOTE, Desk, another_officer
from tests.registry.providers.test_applications import applied, newcomer

SENT = date(2026, 12, 7)
LAST_DAY = date(2026, 12, 28)
"""14 days from notice on 10 December would end on Christmas Eve: on the first working day after Christmas instead."""
IN_TIME = datetime(2026, 12, 28, 13, 59, tzinfo=UTC)
TOO_LATE = datetime(2026, 12, 28, 14, 1, tzinfo=UTC)
"""A minute before and after 16.00 in Finland."""


async def start(database: Database) -> tuple[World, Actor, UUID, Desk]:
    world = await build_world(database)
    actor = await newcomer(database, world)
    application_id = await applied(database, world, actor)
    return world, replace(actor, sight=replace(actor.sight, organisers=(world.organiser_id,))), application_id, Desk(
        database, world
    )  # fmt: skip


async def as_provider(database: Database, actor: Actor, command: Any, **arguments: Any) -> Any:
    async with database.transaction(actor.sight) as session:
        return await command(session, actor=actor, **arguments)


async def refused(code: str, call: Any) -> dict[str, Any]:
    with pytest.raises(DomainError) as error:
        await call
    assert error.value.code == code
    return error.value.facts


# --- the regime -----------------------------------------------------------------------------------------------------


async def test_without_a_confirmed_regime_nothing_is_decided(database: Database) -> None:
    """A word that was changed after the confirmation is not confirmed."""
    world, _, application_id, desk = await start(database)
    await desk.ready(application_id)
    changed = replace(templates()["service_voucher_act"], rejected_file_years=6)
    administrator = world[Role.ORGANISER_ADMINISTRATOR]
    async with database.transaction(administrator.sight) as session:
        await set_regime(session, actor=administrator, now=NOW, service_id=world.service_id, regime=changed)
    for command, arguments in (
        (approve, {"application_id": application_id}),
        (
            suspend_admission,
            {"admission_id": world.admissions[0], "reason": "Syy.", "clients_may": Clients.FINISH},
        ),
        (
            remove_admission,
            {"admission_id": world.admissions[0], "reason": "Syy.", "clients_may": Clients.FINISH},
        ),
    ):
        await refused("regime.changed_since_confirmed", desk.do(command, **arguments))


# --- the checklist --------------------------------------------------------------------------------------------------


async def test_approval_waits_for_every_criterion_and_for_nothing_else(database: Database) -> None:
    world, _, application_id, desk = await start(database)
    await refused("impartiality.not_declared", desk.do(approve, application_id=application_id))
    await desk.declare(application_id)
    facts = await refused("checklist.open", desk.do(approve, application_id=application_id))
    assert facts == {"open": 2, "first": "registered"}
    await desk.mark(application_id, qualified=(Mark.NOT_MET, NOTE))
    await refused("checklist.not_met", desk.do(approve, application_id=application_id))
    await desk.mark(application_id, qualified=Mark.NOT_APPLICABLE)
    admission_id = await desk.do(approve, application_id=application_id)
    async with database.transaction(world.sight) as session:
        admission = await session.get_one(Admission, admission_id)
        decision = await session.get_one(DecisionRecord, admission.decision_id)
    assert decision.points == [
        {"code": "registered", "mark": "met"},
        {"code": "qualified", "mark": "not_applicable"},
    ]


async def test_a_draft_is_kept_point_by_point(database: Database) -> None:
    world, _, application_id, desk = await start(database)
    await desk.declare(application_id)
    await desk.do(
        save_checklist, application_id=application_id, marks={"qualified": Marked(None, "Kysyttävä tästä.")}
    )
    await desk.do(save_checklist, application_id=application_id, marks={"registered": Marked(Mark.MET)})
    async with database.transaction(world.sight) as session:
        rows = (await session.scalars(select(ChecklistMark).order_by(ChecklistMark.code))).all()
    assert [(row.code, row.mark, row.note) for row in rows] == [
        ("qualified", None, "Kysyttävä tästä."),
        ("registered", "met", ""),
    ]
    with pytest.raises(Invalid) as wrong:
        await desk.do(
            save_checklist, application_id=application_id, marks={"first_meeting": Marked(Mark.MET)}
        )
    assert wrong.value.errors == {"mark_first_meeting": "checklist.unknown_criterion"}


# --- who may take part ------------------------------------------------------------------------------------------------


async def test_who_declares_a_ground_is_out_for_good(database: Database) -> None:
    _, _, application_id, desk = await start(database)
    await desk.ready(application_id)
    await desk.declare(application_id, ground=Ground.EMPLOYMENT)
    await refused("impartiality.barred", desk.declare(application_id))
    for call in (
        desk.mark(application_id),
        desk.do(approve, application_id=application_id),
        desk.do(open_hearing, application_id=application_id, text="x", points=["qualified"], due_on=DUE),
    ):
        await refused("impartiality.barred", call)


async def test_who_acts_for_the_provider_is_out_whatever_they_declare(database: Database) -> None:
    """Also when the role ended less than a year ago."""
    world, actor, application_id, desk = await start(database)
    async with database.transaction(world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO role_grant (id, account_id, role, provider_id, guardian, granted_at, ended_at)"
                " VALUES (gen_random_uuid(), :account, 'provider_user', :provider, false, :then, :ended)"
            ),
            {
                "account": desk.officer.id,
                "provider": actor.provider_id,
                "then": NOW - timedelta(days=700),
                "ended": NOW - timedelta(days=364),
            },
        )
    await refused("impartiality.acts_for_provider", desk.declare(application_id))
    await refused("impartiality.acts_for_provider", desk.do(approve, application_id=application_id))


async def test_the_own_unit_is_decided_on_by_another_body(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    async with database.transaction(world.sight) as session:
        provider = await session.get_one(Provider, actor.provider_id)
        provider.own_production_of = world.organiser_id
    await refused("impartiality.bodies_missing", desk.declare(application_id))
    same: dict[str, Any] = {
        "body_running": "Hyvinvointi-lautakunta",
        "body_deciding": "hyvinvointilautakunta",
    }
    await refused("impartiality.same_body", desk.declare(application_id, **same))
    await desk.declare(application_id, body_running="Työllisyysjaosto", body_deciding="Konsernijaosto")
    await desk.mark(application_id)
    await desk.do(approve, application_id=application_id)
    async with database.transaction(world.sight) as session:
        content = await session.scalar(select(DecisionDocument.content))
    assert content
    assert "jota johtaa Työllisyysjaosto" in content
    assert "toinen toimielin: Konsernijaosto" in content


# --- hearing ----------------------------------------------------------------------------------------------------------


async def test_nothing_goes_against_an_applicant_unheard(database: Database) -> None:
    _, _, application_id, desk = await start(database)
    await desk.declare(application_id)
    await desk.mark(application_id, qualified=(Mark.NOT_MET, NOTE))
    await refused("application.wrong_state", desk.do(reject, application_id=application_id, legal_basis=LAW))
    hearing = {"application_id": application_id, "text": "Koulutus?", "points": ["qualified"]}
    facts = await refused(
        "hearing.too_short", desk.do(open_hearing, **hearing, due_on=DUE - timedelta(days=1))
    )
    assert facts == {"earliest": "2026-12-04"}
    await refused("hearing.not_working_day", desk.do(open_hearing, **hearing, due_on=date(2026, 12, 6)))
    await desk.do(open_hearing, **hearing, due_on=DUE)
    last_minute = datetime(2026, 12, 4, 21, 59, tzinfo=UTC)  # a minute before midnight in Finland
    await refused(
        "application.wrong_state",
        desk.do(reject, now=last_minute, application_id=application_id, legal_basis=LAW),
    )
    await desk.mark(
        application_id, registered=(Mark.NOT_MET, "Ei rekisterissä."), qualified=(Mark.NOT_MET, "")
    )
    reject_it = {"now": HEARD, "application_id": application_id}
    await refused("checklist.reason_missing", desk.do(reject, **reject_it, legal_basis=LAW))
    await desk.mark(
        application_id, registered=(Mark.NOT_MET, "Ei rekisterissä."), qualified=(Mark.NOT_MET, NOTE)
    )
    facts = await refused("hearing.not_on_this", desk.do(reject, **reject_it, legal_basis=LAW))
    assert facts == {"unheard": 1, "first": "registered"}
    await desk.mark(application_id, qualified=(Mark.NOT_MET, NOTE))
    await refused("decision.legal_basis_missing", desk.do(reject, **reject_it))
    await desk.mark(application_id)
    await refused("checklist.nothing_against", desk.do(reject, **reject_it, legal_basis=LAW))


async def test_an_answer_ends_the_hearing_and_stands_in_the_decision(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    hearing_id = await desk.hear(application_id)
    stranger = world.provider_actor(1)
    with pytest.raises(NotFound):
        await as_provider(database, stranger, answer_hearing, now=NOW, hearing_id=hearing_id, text="Ei.")
    await as_provider(
        database, actor, answer_hearing, now=NOW + timedelta(days=1), hearing_id=hearing_id, text="Todistus tulossa."
    )  # fmt: skip
    with pytest.raises(Refused, match=r"hearing\.closed"):
        await as_provider(database, actor, answer_hearing, now=NOW, hearing_id=hearing_id, text="Vielä.")
    decision_id = await desk.do(
        reject, now=NOW + timedelta(days=2), application_id=application_id, legal_basis=LAW
    )
    async with database.transaction(actor.sight) as session:
        said = (await decision_detail(session, decision_id)).text.plain_text
    for part in (NOTE, LAW, "Todistus tulossa.", "Selitys annettiin 23.11.2026", "Vaatimus ei täyty."):
        assert part in said


async def test_time_that_passes_ends_the_hearing_too(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    hearing_id = await desk.hear(application_id)
    worker = system(world.organiser_id)

    async def worked(now: datetime) -> int:
        async with database.transaction(worker.sight) as session:
            return await pass_hearings(session, actor=worker, now=now)

    assert await worked(datetime(2026, 12, 4, 21, 59, tzinfo=UTC)) == 0
    assert await worked(datetime(2026, 12, 4, 22, 1, tzinfo=UTC)) == 1
    assert await worked(datetime(2026, 12, 4, 22, 1, tzinfo=UTC)) == 0
    async with database.transaction(world.sight) as session:
        assert (await session.get_one(Application, application_id)).state == "heard"
    with pytest.raises(Refused, match=r"hearing\.closed"):
        await as_provider(database, actor, answer_hearing, now=HEARD, hearing_id=hearing_id, text="Myöhässä.")


# --- the document -------------------------------------------------------------------------------------------------------


async def test_a_decision_is_frozen_with_its_period(database: Database) -> None:
    """Sent on Monday 7 December by electronic means: known on the 10th; 14 days would end on Christmas Eve."""
    world, actor, application_id, desk = await start(database)
    decision_id = await desk.rejected(application_id)
    async with database.transaction(actor.sight) as session:
        row = await session.get_one(DecisionRecord, decision_id)
        document = await session.get_one(DecisionDocument, decision_id)
        said = (await decision_detail(session, decision_id)).text.plain_text
    assert (row.sent_on, row.noticed_on, row.last_day) == (SENT, date(2026, 12, 10), LAST_DAY)
    assert row.digest == sha256(document.content.encode()).hexdigest()
    assert "maanantaina 28.12.2026" in said
    assert "PL 1, 90015 Oulu" in said
    async with database.transaction(world.sight) as session:
        service = await session.scalar(select(Application.service_id).where(Application.id == application_id))
        await session.execute(text("UPDATE service SET name_fi = 'Muu nimi' WHERE id = :id"), {"id": service})
    async with database.transaction(actor.sight) as session:
        assert (await decision_detail(session, decision_id)).text.plain_text == said
    for statement in ("UPDATE decision SET last_day = last_day + 1", "DELETE FROM decision"):
        with pytest.raises(DBAPIError):
            async with database.transaction(world.sight) as session:
                await session.execute(text(statement))


@pytest.mark.parametrize(
    ("language", "title"),
    [("sv", "Beslut: ansökan avslås"), ("en", "Decision: the application is rejected")],
)
async def test_a_decision_speaks_the_applicants_language(
    database: Database, language: str, title: str
) -> None:
    world, actor, application_id, desk = await start(database)
    async with database.transaction(world.sight) as session:
        await session.execute(
            text("UPDATE account SET language = :language WHERE id = :id"),
            {"language": language, "id": actor.id},
        )
    decision_id = await desk.rejected(application_id)
    async with database.transaction(actor.sight) as session:
        found = await decision_detail(session, decision_id)
    assert found.text.title == title
    assert ("14 dagar" if language == "sv" else "14 days") in found.text.plain_text


async def test_a_letter_takes_seven_days(database: Database) -> None:
    world, _, application_id, desk = await start(database)
    await desk.ready(application_id)
    await desk.do(approve, application_id=application_id, notice_by=NoticeBy.LETTER)
    async with database.transaction(world.sight) as session:
        row = await session.scalar(select(DecisionRecord))
    assert row
    # Sunday 29 November; 14 days end on Sunday 13 December, so on Monday the 14th
    assert (row.noticed_on, row.last_day) == (date(2026, 11, 29), date(2026, 12, 14))


# --- appeals ------------------------------------------------------------------------------------------------------------


async def test_an_appeal_in_time_is_upheld_by_somebody_else_and_the_first_decision_stays(
    database: Database,
) -> None:
    world, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    appeal_id = await as_provider(
        database, actor, receive_appeal, now=IN_TIME, decision_id=first_id, text="Todistus on liitteenä."
    )
    other = Desk(database, world, await another_officer(database, world))
    verdict = Verdict(AppealState.UPHELD, "Todistus on esitetty.", marks={"qualified": Marked(Mark.MET)})
    decide = {"now": IN_TIME, "appeal_id": appeal_id, "verdict": verdict}
    await desk.declare(appeal_id, Subject.APPEAL)
    await refused("appeal.own_decision", desk.do(decide_appeal, **decide))
    await refused("impartiality.not_declared", other.do(decide_appeal, **decide))
    await other.declare(appeal_id, Subject.APPEAL)
    unmarked = decide | {"verdict": replace(verdict, marks={})}
    await refused("checklist.open", other.do(decide_appeal, **unmarked))
    late = decide | {"verdict": replace(verdict, outcome=AppealState.NOT_EXAMINED)}
    await refused("appeal.in_time", other.do(decide_appeal, **late))
    second_id = await other.do(decide_appeal, **decide)
    await refused("appeal.decided_already", other.do(decide_appeal, **decide))
    async with database.transaction(world.sight) as session:
        application = await session.get_one(Application, application_id)
        admission = await session.scalar(select(Admission).where(Admission.provider_id == actor.provider_id))
        first = await decision_detail(session, first_id)
        second = await decision_detail(session, second_id)
    assert application.state == "approved"
    assert admission
    assert (admission.state, admission.decision_id) == ("active", second_id)
    assert (first.replaced_by, second.replaces) == (second_id, first_id)
    assert f"oikaisee päätöksen {first.reference}" in second.text.plain_text
    assert "hallinto-oikeus" in second.text.plain_text
    assert second.last_day - second.noticed_on >= timedelta(days=30)
    assert first.text.title == "Päätös: hakemus hylätään"
    with pytest.raises(Refused, match=r"appeal\.goes_to_court"):
        await as_provider(database, actor, receive_appeal, now=IN_TIME, decision_id=second_id, text="Vielä.")
    with pytest.raises(Refused, match=r"decision\.replaced"):
        await as_provider(database, actor, receive_appeal, now=IN_TIME, decision_id=first_id, text="Taas.")


async def test_a_minute_late_is_late_and_is_decided_as_such(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    decision_id = await desk.rejected(application_id)
    appeal_id = await as_provider(
        database, actor, receive_appeal, now=TOO_LATE, decision_id=decision_id, text="Anteeksi, myöhästyin."
    )
    other = Desk(database, world, await another_officer(database, world))
    await other.declare(appeal_id, Subject.APPEAL)
    decide = {"now": TOO_LATE, "appeal_id": appeal_id}
    for outcome in (AppealState.UPHELD, AppealState.REJECTED):
        await refused("appeal.late", other.do(decide_appeal, **decide, verdict=Verdict(outcome, "Syy.")))
    answer_id = await other.do(
        decide_appeal, **decide, verdict=Verdict(AppealState.NOT_EXAMINED, "Tuli myöhässä.")
    )
    async with database.transaction(world.sight) as session:
        assert (await session.get_one(Application, application_id)).state == "rejected"
        answer = await decision_detail(session, answer_id)
    assert answer.replaces is None
    assert "vaatimusta ei tutkita" in answer.text.title


async def test_what_came_by_letter_is_entered_with_the_moment_it_was_there(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    decision_id = await desk.rejected(application_id)
    enter = {
        "now": TOO_LATE + timedelta(days=2),
        "decision_id": decision_id,
        "text": "Kirje.",
        "came_by": "letter",
    }
    for arrived in (None, HEARD - timedelta(days=1), TOO_LATE + timedelta(days=3)):
        with pytest.raises(Invalid) as wrong:
            await desk.do(receive_appeal, **enter, arrived_at=arrived)
        assert wrong.value.errors == {"arrived_at": "appeal.arrival_out_of_range"}
    appeal_id = await desk.do(receive_appeal, **enter, arrived_at=IN_TIME)
    await refused("appeal.open_already", desk.do(receive_appeal, **enter, arrived_at=IN_TIME))
    async with database.transaction(world.sight) as session:
        appeal = await session.get_one(Appeal, appeal_id)
    assert (appeal.late, appeal.came_by, appeal.arrived_at) == (False, "letter", IN_TIME)
    await as_provider(database, actor, withdraw_appeal, now=TOO_LATE, appeal_id=appeal_id)
    with pytest.raises(Refused, match=r"appeal\.decided_already"):
        await as_provider(database, actor, withdraw_appeal, now=TOO_LATE, appeal_id=appeal_id)


async def test_another_provider_sees_neither_hearing_decision_nor_appeal(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    decision_id = await desk.rejected(application_id)
    await as_provider(database, actor, receive_appeal, now=IN_TIME, decision_id=decision_id, text="Oikaisua.")
    async with database.transaction(world.provider_actor(1).sight) as session:
        for table in (Hearing, DecisionRecord, DecisionDocument, Appeal):
            assert (await session.scalars(select(table))).all() == []
    with pytest.raises(NotFound):
        async with database.transaction(world.provider_actor(1).sight) as session:
            await decision_detail(session, decision_id)


async def test_a_token_of_the_decider_is_no_other_person(database: Database) -> None:
    world, actor, application_id, desk = await start(database)
    decision_id = await desk.rejected(application_id)
    appeal_id = await as_provider(
        database, actor, receive_appeal, now=IN_TIME, decision_id=decision_id, text="Oikaisua."
    )
    token = await desk.do(create_api_token, name="asianhallinta", scopes=["register:write"], days=30)
    machine = Desk(
        database,
        world,
        Actor(kind="token", id=token.id, role=Role.REGISTER_OFFICER, sight=world.sight),
    )
    await machine.declare(appeal_id, Subject.APPEAL)
    verdict = Verdict(AppealState.REJECTED, "Ei.")
    decide = {"now": IN_TIME, "appeal_id": appeal_id, "verdict": verdict}
    await refused("appeal.own_decision", machine.do(decide_appeal, **decide))
