"""Pay by result: each milestone once, on the word of its own confirmer, with the evidence that the terms ask for."""

import asyncio
import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.cases.commands import close_case, close_moot
from registry.catalogue.rules import Milestone
from registry.quality.results import decide_result
from registry.quality.results_import import import_results
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import Invalid, NotFound, Refusal, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.changing.commands import raise_voucher
from registry.vouchers.results.commands import EvidenceFile, claim_milestone
from registry.vouchers.results.model import MilestoneClaim
from registry.vouchers.results.rules import (
    ANSWERED_WITHIN,
    CLAIM_TRANSITIONS,
    ClaimState,
    Standing,
    may_confirm,
    outcome,
)
from registry.vouchers.results.unanswered import open_unanswered_claims
from tests.builders import NOW, TODAY, build_world
from tests.registry.vouchers.steps import Steps

MILESTONES: list[dict[str, Any]] = [
    {"code": "start", "amount_cents": 200_00, "evidence": "words", "confirmer": "client", "above_expected": False},
    {"code": "completed", "amount_cents": 300_00, "evidence": "file", "confirmer": "staff", "above_expected": False},
    {"code": "employed_3_months", "amount_cents": 500_00, "evidence": "words", "confirmer": "authority",
     "above_expected": False},
]  # fmt: skip
TERMS: dict[str, Any] = {
    "kind": "results", "value_cents": 1_000_00, "units": None, "unit_name": None, "unit_price_ceiling_cents": 500_00,
    "milestones": MILESTONES, "validity_days": 365, "claim_window_days": 30,
}  # fmt: skip
FILE = EvidenceFile("a" * 64, "todistus.pdf")


class Results(Steps):
    async def claim(
        self, shown: UUID, milestone: str, *, words: str = "", file: EvidenceFile | None = None,
        on: date | None = None, provider: int = 0,
    ) -> UUID:  # fmt: skip
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            return await claim_milestone(
                session, actor=actor, now=self.now, presentation_id=shown, milestone=milestone,
                reached_on=on or self.now.date(), words=words, file=file,
            )  # fmt: skip

    async def decide(
        self, claim_id: UUID, reached: bool = True, reason: str | None = None, actor: Actor | None = None
    ) -> ClaimState:
        actor = actor or self.world[Role.CASE_WORKER]
        async with self.database.transaction(actor.sight) as session:
            return await decide_result(
                session, actor=actor, now=self.now, claim_id=claim_id, reached=reached, reason=reason
            )

    async def look(self) -> int:
        """The daily job for claims that nobody answered."""
        actor = system(self.world.organiser_id)
        async with self.database.transaction(actor.sight) as session:
            return await open_unanswered_claims(session, actor=actor, now=self.now, limit=10)

    async def claims(self) -> list[MilestoneClaim]:
        async with self.database.transaction(self.world.sight) as session:
            return list(await session.scalars(select(MilestoneClaim).order_by(MilestoneClaim.id)))


@pytest.fixture
async def results(database: Database, keys: Keys) -> Results:
    return Results(database, await build_world(database, terms=TERMS), keys)


async def test_three_milestones_three_confirmers_and_the_whole_sum(results: Results) -> None:
    voucher_id, shown = await results.opened()
    with pytest.raises(Refused, match="by_results"):
        await results.redeem(shown)
    start = await results.claim(shown, "start", words="Aloitettu")
    with pytest.raises(Refused, match="other_confirmer"):
        await results.decide(start)
    assert await results.decide(start, actor=results.client(None)) is ClaimState.PAID
    with pytest.raises(Refused, match="file_missing"):
        await results.claim(shown, "completed", words="Valmis")
    done = await results.claim(shown, "completed", file=FILE)
    assert await results.open_cases() == ["milestone_claimed"]
    for actor, error in (
        (results.client(None), Refused),
        (results.world.provider_actor(0), NotFound),
    ):
        with pytest.raises(error):
            await results.decide(done, actor=actor)
    assert await results.decide(done, reached=False, reason="too_early") is ClaimState.REFUSED
    assert await results.open_cases() == []
    again = await results.claim(shown, "completed", file=FILE)
    assert await results.decide(again) is ClaimState.PAID
    results.now = NOW + timedelta(days=100)
    job = await results.claim(shown, "employed_3_months", words="Rekisterin tieto")
    assert await results.decide(job) is ClaimState.PAID
    paid = await results.voucher(voucher_id)
    assert (paid.state, paid.captured_cents, paid.available_cents) == ("used_up", 1_000_00, 0)
    assert await results.unfit() == []


async def test_a_milestone_is_paid_once_whoever_races(results: Results) -> None:
    voucher_id, shown = await results.opened()
    claims = await asyncio.gather(
        *(results.claim(shown, "start", words="Aloitettu") for _ in range(6)), return_exceptions=True
    )
    (claim_id,) = [one for one in claims if isinstance(one, UUID)]
    assert all(isinstance(one, Refused) for one in claims if not isinstance(one, UUID))
    said = await asyncio.gather(
        *(results.decide(claim_id, actor=results.client(None)) for _ in range(6)), return_exceptions=True
    )
    assert said.count(ClaimState.PAID) == 1
    assert (await results.voucher(voucher_id)).captured_cents == 200_00
    # and where no code is in between, the database itself refuses a second one
    with pytest.raises(IntegrityError, match="uq_milestone_claim_once"):
        async with results.database.transaction(results.world.sight) as session:
            await session.execute(
                text(
                    "INSERT INTO milestone_claim SELECT (jsonb_populate_record(c, jsonb_build_object("
                    "'id', CAST(:id AS text), 'state', 'claimed', 'redemption_id', NULL, 'decided_at', NULL))).*"
                    " FROM milestone_claim c"
                ),
                {"id": str(uuid7())},
            )
    assert await results.unfit() == []


async def test_what_was_paid_by_mistake_is_reversed_and_claimed_again(results: Results) -> None:
    voucher_id, shown = await results.opened()
    claim_id = await results.claim(shown, "start", words="Aloitettu")
    await results.decide(claim_id, actor=results.client(None))
    (claim,) = await results.claims()
    assert claim.redemption_id is not None
    await results.reverse(claim.redemption_id)
    assert (await results.voucher(voucher_id)).available_cents == 1_000_00
    again = await results.claim(shown, "start", words="Aloitettu toden teolla")
    assert await results.decide(again, actor=results.client(None)) is ClaimState.PAID
    assert [one.state for one in await results.claims()] == ["reversed", "paid"]
    assert await results.unfit() == []


async def test_a_claim_in_time_is_decided_after_the_end_and_none_is_made_then(results: Results) -> None:
    voucher_id, shown = await results.opened()
    last = TODAY + timedelta(days=365)
    results.now = (await results.voucher(voucher_id)).claim_until - timedelta(seconds=1)
    claim_id = await results.claim(shown, "start", words="Aloitettu", on=last)
    with pytest.raises(Refused, match="date_outside"):
        await results.claim(shown, "employed_3_months", words="x", on=last + timedelta(days=1))
    results.now += timedelta(days=5)
    with pytest.raises(Refused, match=r"voucher\.expired"):
        await results.claim(shown, "employed_3_months", words="x", on=last)
    await results.tick()
    assert (await results.voucher(voucher_id)).state == "in_use", "somebody's word is still to come"
    assert await results.decide(claim_id, actor=results.client(None)) is ClaimState.PAID
    await results.tick()
    ended = await results.voucher(voucher_id)
    assert (ended.state, ended.returned_cents) == ("expired", 800_00)
    assert await results.unfit() == []


async def test_above_the_expected_rate_by_the_frozen_release(database: Database, keys: Keys) -> None:
    world = await build_world(database)
    results = Results(database, world, keys)
    release = await _release(results, {0: (12, 20, 5_000), 1: (9, 20, 5_000), 2: None})
    async with database.transaction(world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO voucher_terms SELECT (jsonb_populate_record(t, jsonb_build_object('id', CAST(:id AS text),"
                " 'version', 2, 'kind', 'results', 'value_cents', 50000, 'units', NULL, 'unit_name', NULL,"
                " 'milestones', jsonb_build_array(jsonb_build_object('code', 'employed_6_months', 'amount_cents', 50000,"
                " 'evidence', 'words', 'confirmer', 'staff', 'above_expected', true)),"
                " 'expected_release_id', CAST(:release AS text), 'expected_measure', 'outcome_6'))).*"
                " FROM voucher_terms t"
            ),
            {"id": str(uuid7()), "release": str(release)},
        )
    became = []
    for provider in range(3):
        _, shown = await results.opened(provider)
        claim_id = await results.claim(shown, "employed_6_months", words="Töissä", provider=provider)
        became.append(await results.decide(claim_id))
    assert became == [ClaimState.PAID, ClaimState.REFUSED, ClaimState.HELD]
    above, below, none = await results.claims()
    assert (above.observed_bp, above.expected_bp) == (6_000, 5_000)
    assert (below.reason, none.reason) == ("not_above_expected", "no_figure")
    with pytest.raises(Refused, match="no_figure"):
        await results.decide(none.id)
    assert await results.open_cases() == ["milestone_held"]
    assert await results.unfit() == []


async def _release(results: Results, figures: dict[int, tuple[int, int, int] | None]) -> UUID:
    """A frozen release with these (k, n, expected) by provider."""
    release_id, world = uuid7(), results.world
    async with results.database.transaction(world.sight) as session:
        await session.execute(
            text(
                "INSERT INTO release (id, organiser_id, number, method, as_of, cells, cells_sha256, figures,"
                " figures_sha256, released_at) VALUES (:id, :o, 1, '2', :day, '{}', 'x', '{}', 'x', :now)"
            ),
            {"id": release_id, "o": world.organiser_id, "day": TODAY, "now": NOW},
        )
        for provider, figure in figures.items():
            k, n, expected = figure or (None, None, None)
            share: dict[str, Any] = {
                "e": None,
                "lo": None,
                "hi": None,
                "ab": None,
                "ra": None,
                "blank": "too_few",
            }
            if figure:
                share = {"e": 5_000, "lo": 4_000, "hi": 6_000, "ab": 1.0, "ra": 10_000, "blank": None}
            await session.execute(
                text(
                    "INSERT INTO release_figure (release_id, service_id, provider_id, measure, kind, blank, k, n,"
                    " expected, estimate, low, high, alpha, beta, ratio, ratio_low, ratio_high) VALUES (:r, :s, :p,"
                    " 'outcome_6', 'share', :blank, :k, :n, :expected, :e, :lo, :hi, :ab, :ab, :ra, :ra, :ra)"
                ),
                {"r": release_id, "s": world.service_id, "p": world.providers[provider], "k": k, "n": n,
                 "expected": expected, **share},
            )  # fmt: skip
    return release_id


async def test_what_does_not_go(results: Results) -> None:
    voucher_id, shown = await results.opened()
    with pytest.raises(Invalid):
        await results.claim(shown, "half_way", words="x")
    with pytest.raises(Refused, match="evidence_missing"):
        await results.claim(shown, "start")
    with pytest.raises(NotFound):
        await results.claim(shown, "start", words="x", provider=1)
    claim_id = await results.claim(shown, "start", words="x")
    with pytest.raises(Invalid):
        await results.decide(claim_id, reached=False, actor=results.client(None))
    with pytest.raises(Refused, match=r"milestone\.waits"):
        await results.cancel(voucher_id)
    with pytest.raises(Refused, match=r"milestone\.waits"):
        await results.refuse(voucher_id)
    actor = results.world[Role.CASE_WORKER]
    with pytest.raises(Refused, match="by_results"):
        async with results.database.transaction(actor.sight) as session:
            await raise_voucher(
                session, actor=actor, now=NOW, voucher_id=voucher_id, reason="corrected", cents=1_00
            )


async def test_a_claim_that_the_client_does_not_answer_comes_to_a_case_worker(results: Results) -> None:
    voucher_id, shown = await results.opened()
    claim_id = await results.claim(shown, "start", words="Aloitettu")
    claimed_at = results.now
    results.now = claimed_at + timedelta(days=14) - timedelta(seconds=1)
    assert await results.look() == 0
    assert await results.open_cases() == []
    with pytest.raises(Refused, match="other_confirmer"):
        await results.decide(claim_id)
    results.now = claimed_at + timedelta(days=14)
    assert [await results.look() for _ in range(2)] == [1, 0]
    assert await results.open_cases() == ["milestone_claimed"]
    async with results.database.transaction(results.world.sight) as session:
        row = (await session.execute(text("SELECT subject_id, client_id, role, due_on FROM case_file"))).one()
    due = local_date(results.now) + timedelta(days=7)
    assert tuple(row) == (claim_id, results.world.client_id, "case_worker", due)
    assert await results.decide(claim_id) is ClaimState.PAID
    assert await results.open_cases() == []
    assert await results.look() == 0
    await results.cancel(voucher_id)
    assert await results.unfit() == []


async def test_a_client_who_answers_late_closes_the_case(results: Results) -> None:
    _, shown = await results.opened()
    claim_id = await results.claim(shown, "start", words="Aloitettu")
    results.now += timedelta(days=15)
    assert await results.look() == 1
    decided = await results.decide(claim_id, False, "not_reached", results.client(None))
    assert decided is ClaimState.REFUSED
    assert await results.open_cases() == []


async def test_what_the_authority_s_records_say_is_on_a_list_at_once(results: Results) -> None:
    _, shown = await results.opened()
    claim_id = await results.claim(shown, "employed_3_months", words="Rekisterin tieto")
    assert await results.open_cases() == ["milestone_claimed"]
    results.now += timedelta(days=20)
    assert await results.look() == 0, "it is on the list already"
    assert await results.decide(claim_id) is ClaimState.PAID
    assert await results.open_cases() == []


async def test_the_authority_s_file_confirms_once_and_says_what_is_wrong_with_each_bad_row(
    results: Results, tmp_path: Path
) -> None:
    vouchers = []
    for provider in range(3):
        voucher_id, shown = await results.opened(provider)
        await results.claim(shown, "employed_3_months", words="Rekisterin tieto", provider=provider)
        vouchers.append(((await results.voucher(voucher_id)).number, shown))
    (reached, _), (failed, _), (third, start) = vouchers
    await results.claim(start, "start", words="Aloitettu", provider=2)
    file, rejects = tmp_path / "results.csv", tmp_path / "bad.csv"
    lines = [
        "voucher;milestone;reached;reason",
        f"{reached};employed_3_months;yes;",
        f"{failed[:4].lower()} {failed[4:]};employed_3_months;No;too_early",
        f"{third};start;yes;",
        f"{third};completed;yes;",
        ";never;maybe;x",
        "7KQ4M2XD9FA1;start;yes;too_early",
        "7KQ4M2XD9FA1;start;yes;",
        f"{reached};employed_3_months;no;not_reached",
        f"{third};employed_3_months;no",
    ]

    async def load(*, dry_run: bool = False) -> tuple[tuple[int, ...], list[str]]:
        file.write_text("\n".join(lines), encoding="utf-8")
        done = await import_results(
            results.database, file=file, now=results.now, rejects=rejects, dry_run=dry_run
        )
        with rejects.open(encoding="utf-8", newline="") as bad:
            said = [f"{row[0]} {row[1]}" for row in list(csv.reader(bad))[1:]]
        return (done.paid, done.refused, done.unchanged, done.rejected), said

    wrong = [
        "4 somebody else confirms this result: the client or a case worker",
        "5 no provider has claimed this milestone",
        "6 voucher: nothing is given; milestone: not one of start, half_way, completed, employed_3_months,"
        " employed_6_months; reached: neither yes nor no",
        "7 reason: given, though the result was reached",
        "8 voucher: the organiser has none of this number",
        "9 the same voucher and milestone stand in the file above with something else; the first is kept",
        "10 the row has too few cells (3)",
    ]
    assert await load(dry_run=True) == ((1, 1, 0, 7), wrong)
    assert [claim.state for claim in await results.claims()] == ["claimed"] * 4
    assert await load() == ((1, 1, 0, 7), wrong)
    paid, refused, waiting, _ = await results.claims()
    assert (paid.state, paid.decided_by, paid.decided_as) == ("paid", None, "system")
    assert (refused.state, refused.reason, waiting.state) == ("refused", "too_early", "claimed")
    assert await load() == ((0, 0, 2, 7), wrong), "twice changes nothing"
    lines[1:] = [f"{reached};employed_3_months;no;not_reached", f"{third};employed_3_months;yes;"]
    assert await load() == ((1, 0, 0, 1), ["2 the claim was decided otherwise already"])
    assert await results.open_cases() == []
    assert await results.unfit() == []


async def test_a_claim_s_case_is_closed_by_deciding_alone(results: Results) -> None:
    _, shown = await results.opened()
    claim_id = await results.claim(shown, "completed", file=FILE)
    actor = results.world[Role.CASE_WORKER]
    async with results.database.transaction(actor.sight) as session:
        case_id = await session.scalar(text("SELECT id FROM case_file"))
    with pytest.raises(Refused, match="decide_first"):
        async with results.database.transaction(actor.sight) as session:
            await close_case(session, actor=actor, now=NOW, case_id=case_id, resolution="x")
    async with results.database.transaction(actor.sight) as session:  # as it could be once
        await close_moot(session, actor=actor, now=NOW, case_ids=[case_id], why="x")
    results.now += ANSWERED_WITHIN
    assert [await results.look() for _ in range(2)] == [1, 0]
    assert await results.open_cases() == ["milestone_claimed"]
    assert await results.decide(claim_id) is ClaimState.PAID
    assert await results.open_cases() == []


def test_who_confirms_and_what_follows() -> None:
    assert outcome(False, None) == (ClaimState.PAID, None)
    assert outcome(True, Standing(5_001, 5_000)) == (ClaimState.PAID, None)
    assert outcome(True, Standing(5_000, 5_000)) == (ClaimState.REFUSED, "not_above_expected")
    for before, after in CLAIM_TRANSITIONS.items():
        assert before not in after
    soon, late = ANSWERED_WITHIN - timedelta(seconds=1), ANSWERED_WITHIN
    machine = Actor(kind="token", id=uuid7(), role=Role.CASE_WORKER, sight=None)  # type: ignore[arg-type]
    person = Actor(kind="account", id=uuid7(), role=Role.CASE_WORKER, sight=None)  # type: ignore[arg-type]
    assert isinstance(may_confirm("staff", machine, own_claim=False, waited=late), Refusal), (
        "a machine saw nobody"
    )
    assert not isinstance(may_confirm("authority", machine, own_claim=False, waited=late), Refusal)
    assert not isinstance(may_confirm("authority", system(), own_claim=False, waited=soon), Refusal)
    assert isinstance(may_confirm("staff", system(), own_claim=False, waited=late), Refusal)
    assert isinstance(may_confirm("staff", person, own_claim=True, waited=late), Refusal)
    assert isinstance(may_confirm("client", person, own_claim=False, waited=soon), Refusal)
    assert not isinstance(may_confirm("client", person, own_claim=False, waited=late), Refusal)
    assert isinstance(may_confirm("client", machine, own_claim=False, waited=late), Refusal)
    assert Milestone(**MILESTONES[0]).amount_cents == 200_00
