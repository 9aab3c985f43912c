"""A decision against which a court is next: what it says, who receives what, and what follows a ruling."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from uuid import UUID

import pytest

from registry.catalogue.legal_regimes.commands import Confirmation, confirm_regime, set_regime
from registry.catalogue.legal_regimes.loading import regime_digest, templates
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import RemedyKind, Words
from registry.providers.decisions.appeals import Verdict, decide_appeal, receive_appeal
from registry.providers.decisions.checklist import Marked
from registry.providers.decisions.corrections.commands import Correction, correct_decision
from registry.providers.decisions.corrections.rules import CorrectionGround
from registry.providers.decisions.court.commands import enter_court_appeal, settle_court_appeal
from registry.providers.decisions.court.queries import court_appeals_of
from registry.providers.decisions.court.rules import COURT_TRANSITIONS, SETTLED, CourtState, move_court
from registry.providers.decisions.queries import decision_detail
from registry.providers.decisions.rules import AppealState, DecisionKind, Mark, Subject
from registry.shared.actor import Actor, Role
from registry.shared.database import Database
from registry.shared.errors import Accepted, Invalid
from tests.builders import NOW, World
from tests.registry.providers.deciding import Desk, another_officer
from tests.registry.providers.test_deciding import IN_TIME, as_provider, refused, start

RULED = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
FILED = date(2027, 1, 4)
COURT = Office(
    "Pohjois-Suomen hallinto-oikeus", "pohjois-suomi.hao@oikeus.example", "PL 189, 90101 Oulu", time(16, 15)
)
OFFICE = Office("Lupajaosto", "kirjaamo@kunta.example", "PL 1, 90100 Oulu", time(16))


async def straight_to_court(database: Database, world: World) -> None:
    """The service's regime from now on: no review, a court at once, within 30 days."""
    template = templates()["employment_services_act"]
    remedy = replace(
        template.remedy,
        kind=RemedyKind.APPEAL,
        period_days=30,
        second_instance=Words(
            "korkeimpaan hallinto-oikeuteen", "hos högsta förvaltningsdomstolen", "to the supreme court"
        ),
    )
    regime = replace(template, code="straight_to_court", remedy=remedy, to_be_confirmed=())
    actor = world[Role.ORGANISER_ADMINISTRATOR]
    async with database.transaction(actor.sight) as session:
        await set_regime(session, actor=actor, now=NOW, service_id=world.service_id, regime=regime)
        said = Confirmation(regime_digest(regime), frozenset(), OFFICE, COURT, 20, 10)
        await confirm_regime(session, actor=actor, now=NOW, service_id=world.service_id, confirmation=said)


async def rejected(database: Database) -> tuple[World, Actor, Desk, UUID]:
    world, actor, application_id, desk = await start(database)
    await straight_to_court(database, world)
    return world, actor, desk, await desk.rejected(application_id)


def test_a_court_rules_once() -> None:
    for now, to in product(CourtState, CourtState):
        may = now is CourtState.PENDING and to is not CourtState.PENDING
        assert isinstance(move_court(now, to), Accepted) is may, (now, to)
    assert set(COURT_TRANSITIONS) == set(CourtState)


async def test_where_a_court_is_first_the_decision_says_so_and_nothing_is_received_here(
    database: Database,
) -> None:
    world, actor, _, first_id = await rejected(database)
    async with database.transaction(world.sight) as session:
        found = await decision_detail(session, first_id)
    said = found.text.plain_text
    assert "Pyyntöä sanotaan valitukseksi" in said
    assert "oikaisuvaatimu" not in said.lower()
    assert "Pohjois-Suomen hallinto-oikeus" in said
    assert "Lupajaosto" not in said
    # sent on 7 December, known on the 10th, thirty days
    assert (found.last_day, found.closes, found.to_court) == (date(2027, 1, 11), time(16, 15), True)
    await refused(
        "appeal.goes_to_court",
        as_provider(
            database, actor, receive_appeal, now=NOW + timedelta(days=20), decision_id=first_id, text="Ei."
        ),
    )


async def test_a_ruling_is_recorded_linked_and_followed(database: Database) -> None:
    _, actor, desk, first_id = await rejected(database)
    enter = {"now": RULED, "decision_id": first_id, "court": COURT.name, "docket": "00123/27"}
    for day in (date(2026, 12, 6), date(2027, 6, 2)):
        with pytest.raises(Invalid) as wrong:
            await desk.do(enter_court_appeal, **enter, filed_on=day)
        assert wrong.value.errors == {"filed_on": "court.filed_out_of_range"}
    at_court = await desk.do(enter_court_appeal, **enter, filed_on=FILED)
    await refused("court.pending_already", desk.do(enter_court_appeal, **enter, filed_on=FILED))
    again = Correction(
        CorrectionGround.COURT,
        "Hallinto-oikeus palautti asian.",
        outcome=DecisionKind.APPROVED,
        marks={"qualified": Marked(Mark.MET)},
    )
    correcting = {"now": RULED, "decision_id": first_id, "correction": again}
    await refused("correction.no_ruling", desk.do(correct_decision, **correcting))
    settle = {"now": RULED, "court_appeal_id": at_court, "ruling": "Palautetaan."}
    for day in (FILED - timedelta(days=1), date(2027, 6, 2)):
        await refused(
            "court.day_out_of_range",
            desk.do(settle_court_appeal, **settle, outcome=CourtState.RETURNED, ruled_on=day),
        )
    await desk.do(settle_court_appeal, **settle, outcome=CourtState.RETURNED, ruled_on=RULED.date())
    await refused(
        "court.settled_already",
        desk.do(settle_court_appeal, **settle, outcome=CourtState.REJECTED, ruled_on=RULED.date()),
    )
    second_id = await desk.do(correct_decision, **correcting)
    async with database.transaction(actor.sight) as session:
        (row,) = await court_appeals_of(session, first_id)
        second = await decision_detail(session, second_id)
    assert (row.state, row.followed_by) == ("returned", second_id)
    assert (second.kind, second.correction, second.replaces) == ("approved", "court", first_id)
    assert "koska tuomioistuin on muuttanut" in second.text.plain_text


@pytest.mark.parametrize(
    "outcome", sorted(SETTLED - {CourtState.ANNULLED, CourtState.CHANGED, CourtState.RETURNED})
)
async def test_a_ruling_that_leaves_the_decision_corrects_nothing(
    database: Database, outcome: CourtState
) -> None:
    _, _, desk, first_id = await rejected(database)
    at_court = await desk.do(
        enter_court_appeal, now=RULED, decision_id=first_id, court=COURT.name, docket="1/27", filed_on=FILED
    )
    await desk.do(
        settle_court_appeal, now=RULED, court_appeal_id=at_court, ruling="Näin.", outcome=outcome,
        ruled_on=RULED.date(),
    )  # fmt: skip
    right = Correction(CorrectionGround.COURT, "Ei.", outcome=DecisionKind.APPROVED)
    await refused(
        "correction.no_ruling", desk.do(correct_decision, now=RULED, decision_id=first_id, correction=right)
    )


async def test_a_slip_in_a_decision_on_a_review_is_put_right_and_a_court_stays_next(
    database: Database,
) -> None:
    """Correcting does not bring back a remedy that has been used."""
    world, actor, application_id, desk = await start(database)
    first_id = await desk.rejected(application_id)
    appeal_id = await as_provider(
        database, actor, receive_appeal, now=IN_TIME, decision_id=first_id, text="Oikaiskaa."
    )
    other = Desk(database, world, await another_officer(database, world))
    await other.declare(appeal_id, Subject.APPEAL)
    verdict = Verdict(AppealState.REJECTED, "Koulutusta ei ole osoitetu.")
    answer_id = await other.do(decide_appeal, now=IN_TIME, appeal_id=appeal_id, verdict=verdict)
    await other.declare(application_id)
    slip = Correction(CorrectionGround.CLERICAL, "Koulutusta ei ole osoitettu.")
    second_id = await other.do(correct_decision, now=RULED, decision_id=answer_id, correction=slip)
    async with database.transaction(actor.sight) as session:
        second = await decision_detail(session, second_id)
        first = await decision_detail(session, first_id)
    assert (second.kind, second.to_court, second.replaces) == ("appeal_rejected", True, answer_id)
    said = second.text.plain_text
    assert f"Päätös {first.reference} jää voimaan" in said
    assert "Pyyntöä sanotaan valitukseksi" in said
    await refused(
        "appeal.goes_to_court",
        as_provider(database, actor, receive_appeal, now=RULED, decision_id=second_id, text="Vielä."),
    )
