"""What the demonstration holds: one of everything, and all of it true."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser, Service, VoucherTerms
from registry.checks.run import check
from registry.demo.debts import DEBTORS
from registry.demo.past import COACHING
from registry.demo.setting import told
from registry.people.demonstration import demo_people
from registry.providers.model import Admission, Application, Coach, Provider
from registry.providers.oversight.queries import findings, published_findings
from registry.providers.rules import PROVIDER_FORMS
from registry.quality.model import Release, ReleaseFigure
from registry.quality.preview.queries import all_releases
from registry.quality.queries import current_release, evidence
from registry.quality.releases import verify_release
from registry.quality.rules import FEWEST_TO_EXPECT, HEADLINE, Blank
from registry.settlement.claims.queries.views import claims
from registry.shared.actor import Role, Sight
from registry.shared.database import see
from registry.shared.identifiers import is_business_id
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState, VoucherState
from tests.conftest import TEST_KEYS
from tests.journeys.conftest import DEMO_NOW, Demo


async def in_oulu(session: AsyncSession) -> UUID:
    organiser_id = await session.scalar(select(Organiser.id).where(Organiser.code == "oulu"))
    assert organiser_id is not None
    await see(session, Sight(organisers=(organiser_id,)))
    return organiser_id


async def test_every_invariant_holds(demo: Demo) -> None:
    assert [finding.line() async for finding in check(demo.database, TEST_KEYS) if not finding.ok] == []


async def test_there_is_a_voucher_and_a_redemption_in_every_state(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        await in_oulu(session)
        vouchers = set(await session.scalars(select(Voucher.state).distinct()))
        redemptions = set(await session.scalars(select(Redemption.state).distinct()))
        in_use = list(await session.scalars(select(Voucher).where(Voucher.state == VoucherState.IN_USE)))
        newest = await session.scalar(select(func.max(Voucher.granted_at)))
    assert vouchers == {str(state) for state in VoucherState}
    assert redemptions == {str(state) for state in RedemptionState}
    assert any(v.valid_until < DEMO_NOW + timedelta(days=14) and v.available_cents for v in in_use), "ending"
    assert any(v.last_used_at and v.last_used_at < DEMO_NOW - timedelta(days=30) for v in in_use), "stalled"
    assert any(v.reserved_cents for v in in_use), "reserved"
    assert newest is not None
    assert newest > DEMO_NOW - timedelta(days=2)


async def test_providers_are_of_every_kind_and_all_fictional(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        providers = list(await session.scalars(select(Provider)))
        admitted = await session.scalar(select(func.count(func.distinct(Admission.provider_id))))
        coaches = list(await session.scalars(select(Coach)))
        await in_oulu(session)
        applications = set(await session.scalars(select(Application.state).distinct()))
        admissions = set(await session.scalars(select(Admission.state).distinct()))
        organisers = list(await session.scalars(select(Organiser)))
    assert {p.form for p in providers} == set(PROVIDER_FORMS) - {"unknown"}
    assert all(p.fictional for p in providers)
    assert all(o.fictional for o in organisers)
    assert all(p.identity_value.startswith("99") and is_business_id(p.identity_value) for p in providers)
    assert [p.company_group for p in providers if p.company_group] == ["Esimerkkivalmennus"] * 3
    assert sum(p.own_production_of is not None for p in providers) == 1
    assert len(told("providers")["provider"]) == 14
    assert admitted == 14 + len(DEBTORS), "and those that have left"
    assert applications == {"approved", "submitted", "more_information", "rejected"}
    assert admissions == {"active", "suspended", "withdrawn"}
    assert all(set(coach.statement) == {"fi", "sv", "en"} for coach in coaches)
    introduced = [p for p in providers if p.introduction]
    assert len(introduced) == 14
    assert all(set(p.introduction) == {"fi", "sv", "en"} for p in introduced)


async def test_every_role_is_there_and_four_eyes_have_two_pairs(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        people = await demo_people(session)
    for organiser in ("oulu", "tampere", "turku"):
        held = [p.role for p in people if p.organiser_code == organiser]
        for role in (
            Role.CASE_WORKER,
            Role.REGISTER_OFFICER,
            Role.FINANCE_OFFICER,
            Role.ORGANISER_ADMINISTRATOR,
        ):
            assert held.count(role) == 2, (organiser, role)
        assert held.count(Role.AUDITOR) == 1, organiser
    clients = {p.name for p in people if p.role is Role.CLIENT}
    assert {client["name"] for client in told("cast")["client"]} <= clients


async def test_services_have_versions_and_one_takes_an_own_share(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        rows = (
            await session.execute(
                select(
                    Service.code,
                    Service.audience,
                    func.max(VoucherTerms.version),
                    func.bool_or(VoucherTerms.own_share_allowed),
                )
                .join(VoucherTerms, VoucherTerms.service_id == Service.id)
                .join(Organiser, Organiser.id == Service.organiser_id)
                .where(Organiser.sandbox.is_(False))
                .group_by(Service.code, Service.audience)
            )
        ).all()
        own_share = await _own_share_paid(session)
    assert sorted(tuple(row) for row in rows) == [
        ("kasvun-kehittamisseteli", "company", 1, True),
        ("kuukausivalmennus", "person", 1, False),
        ("nuorten-tyonhakuvalmennus", "person", 2, False),
        ("rekrytoinnin-kehittamispalvelu", "company", 1, True),
        ("tyohonvalmennus-tuloksin", "person", 1, False),
        ("uraohjaus", "person", 1, False),
    ]
    assert own_share > 0


async def _own_share_paid(session: AsyncSession) -> int:
    await in_oulu(session)
    return int(await session.scalar(select(func.sum(Redemption.own_share_cents))) or 0)


async def test_the_books_are_at_every_stage_and_last_month_can_be_closed(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        await in_oulu(session)
        rows = (await session.execute(text("SELECT month, state, total_cents FROM statement"))).all()
        unstated = await session.scalar(
            select(func.count()).where(
                Redemption.captured_at >= DEMO_NOW.replace(month=10, day=2),
                Redemption.captured_at < DEMO_NOW.replace(month=10, day=30),
                text("NOT EXISTS (SELECT FROM statement_line l WHERE l.id = redemption.id)"),
            )
        )
        lone = await session.scalar(text("SELECT count(*) FROM invoice_line WHERE match = 'extra'"))
    newest = max(row.month for row in rows)
    assert f"{newest:%Y-%m}" == "2026-09"
    assert {row.state for row in rows if row.month == newest} == {
        "closed",
        "disputed",
        "matched",
        "approved",
        "paid",
    }
    older = [row for row in rows if row.month != newest]
    assert {row.state for row in older if row.total_cents > 0} == {"paid"}
    assert [row.state for row in older if row.total_cents < 0] == ["approved"] * len(DEBTORS), (
        "claimed, not netted"
    )
    assert len({row.month for row in rows}) >= 8
    assert unstated
    assert lone


async def test_there_is_something_to_do_for_everybody(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        await in_oulu(session)
        kinds = set(await session.scalars(text("SELECT kind FROM case_file WHERE closed_at IS NULL")))
        asked = await session.scalar(
            text("SELECT count(*) FROM role_change_request WHERE state = 'requested'")
        )
        unread = await session.scalar(text("SELECT count(*) FROM message"))
    assert kinds >= {
        "voucher_refused",
        "provider_declined",
        "provider_silent",
        "provider_left",
        "no_eligible_provider",
        "voucher_expiring",
        "call_wanted",
        "statement_disputed",
        "line_disputed",
        "offline_visit",
    }
    assert asked == 1
    assert unread


async def test_the_evidence_has_something_to_say_and_blanks_with_reasons(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        organiser_id = await in_oulu(session)
        releases = list(await session.scalars(select(Release.id).where(Release.organiser_id == organiser_id)))
        figures = list(
            await session.scalars(
                select(ReleaseFigure)
                .join(Service, Service.id == ReleaseFigure.service_id)
                .join(Release, Release.id == ReleaseFigure.release_id)
                .where(Service.code == COACHING, Release.organiser_id == organiser_id, Release.number == 2)
            )
        )
        holds = [(await verify_release(session, release_id=release)).holds for release in releases]
    assert holds == [True, True]

    def shown(measure: str) -> int:
        return sum(f.measure == measure and f.blank is None for f in figures)

    for measure, fewest in (
        ("outcome_3", 9),
        ("outcome_6", 9),
        ("outcome_12", 9),
        ("review_after_coaching", 5),
        ("completion", 6),
        ("first_meeting", 6),
    ):
        assert shown(measure) >= fewest, (measure, shown(measure))
    blanks = {f.blank for f in figures if f.measure == "outcome_6" and f.blank}
    assert blanks == {str(Blank.TOO_NEW)}
    sure = {f.estimate for f in figures if f.measure == "outcome_6" and f.estimate}
    assert max(sure) - min(sure) > 2000, "the providers differ enough that some can be told apart"


async def test_oversight_has_everything_in_it(demo: Demo) -> None:
    async with demo.database.transaction() as session:
        organiser_id = await in_oulu(session)
        public = await current_release(session, organiser_id, now=DEMO_NOW)
        every = await all_releases(session, organiser_id)
        complaints = set(await session.scalars(text("SELECT DISTINCT state FROM complaint")))
        no_shows = await session.scalar(text("SELECT count(*) FROM no_show"))
        private = await session.scalar(text("SELECT count(*) FROM private_figure"))
        found = await findings(session)
        waiting = set(await session.scalars(text("SELECT kind FROM case_file WHERE closed_at IS NULL")))
    assert public is not None
    assert [release.number for release in every] == [2, 1]
    assert public.number == 1
    assert every[0].public_from > DEMO_NOW, "the newest is still for its providers alone"
    assert "upheld" in complaints
    assert no_shows
    assert private
    assert {finding.state for finding in found} == {"published", "hearing"}
    assert {"finding_heard", "release_objection"} <= waiting
    async with demo.database.transaction() as session:
        (published,) = [finding for finding in found if finding.state == "published"]
        (shown,) = await published_findings(session, published.provider_id)
    assert shown.answer


async def test_what_is_rare_can_be_seen_too(demo: Demo) -> None:
    """A debt paid in part and one overdue, visits that came in late, a corrected decision, a paper asked for again, a
    result that waits for its confirmer."""
    async with demo.database.transaction() as session:
        organiser_id = await in_oulu(session)
        owed = await claims(session, organisers=(organiser_id,))
        late = await session.execute(text("SELECT state, code FROM offline_visit ORDER BY place"))
        corrected = await session.execute(
            text(
                "SELECT d.kind, b.kind FROM decision d JOIN decision b ON b.id = d.replaces"
                " WHERE d.correction = 'clerical'"
            )
        )
        checked = await session.execute(
            text(
                "SELECT p.kind, c.verdict, a.state FROM evidence_check c JOIN evidence_paper p ON p.id = c.paper_id"
                " JOIN application a ON a.provider_id = p.provider_id WHERE c.verdict = 'not_accepted'"
            )
        )
        waiting = await session.scalar(text("SELECT count(*) FROM milestone_claim WHERE state = 'claimed'"))
        assert {(row.state, row.due_on < DEMO_NOW.date()) for row in owed} == {
            ("partly_paid", False),
            ("claimed", True),
        }
        assert [tuple(row) for row in late] == [
            ("recorded", None),
            ("refused", "offline_visit.recorded_already"),
        ]
        assert [tuple(row) for row in corrected] == [("rejected", "rejected")]
        assert [tuple(row) for row in checked] == [("liability_insurance", "not_accepted", "submitted")]
        assert waiting == 1


async def test_nothing_is_expected_of_so_few_people(demo: Demo) -> None:
    """The facts of some thirty people are known: far too few to say what is usual for such clients."""
    async with demo.database.transaction() as session:
        turku = await session.scalar(select(Organiser.id).where(Organiser.code == "turku"))
        assert turku is not None
        await see(session, Sight(organisers=(turku,)))
        known = await session.scalar(text("SELECT count(*) FROM intake"))
        row = (
            await session.execute(
                select(ReleaseFigure.service_id, ReleaseFigure.provider_id)
                .join(Release, Release.id == ReleaseFigure.release_id)
                .where(
                    Release.organiser_id == turku,
                    ReleaseFigure.measure == HEADLINE,
                    ReleaseFigure.blank.is_(None),
                )
                .limit(1)
            )
        ).one()
        found = await evidence(
            session,
            organiser_id=turku,
            service_id=row.service_id,
            provider_ids=[row.provider_id],
            now=DEMO_NOW,
        )
    assert known is not None
    assert 0 < known < FEWEST_TO_EXPECT
    figure = found.figure(row.provider_id, HEADLINE)
    assert figure.expected is None
    assert figure.too_few_to_expect
