"""Intake facts: bands only, fixed once before the choice, never in a provider's sight."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from registry.quality.csv_table import FileProblem
from registry.quality.intake.commands import record_intake, record_intakes
from registry.quality.intake.importing import UnemploymentReport, import_unemployment
from registry.quality.intake.model import Intake, MunicipalityUnemployment
from registry.quality.intake.rules import (
    MOST_MONTHS,
    IntakeFacts,
    area_band,
    enough_known,
    language_band,
    months_band,
)
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.errors import NotFound, Refused
from registry.shared.settings import Keys
from tests.builders import NOW, World, add_client, build_world
from tests.registry.quality.test_outcomes import call
from tests.registry.vouchers.steps import Steps


@pytest.mark.parametrize(
    ("months", "band"),
    [(0, "under_3"), (2, "under_3"), (3, "3_to_5"), (5, "3_to_5"), (6, "6_to_11"), (11, "6_to_11"),
     (12, "12_to_23"), (23, "12_to_23"), (24, "24_plus"), (MOST_MONTHS, "24_plus")],
)  # fmt: skip
def test_months_fall_into_bands(months: int, band: str) -> None:
    assert months_band(months) == band


@pytest.mark.parametrize(
    ("rate", "band"),
    [(None, "not_known"), (0, "under_8"), (799, "under_8"), (800, "8_to_9"), (999, "8_to_9"),
     (1000, "10_to_11"), (1199, "10_to_11"), (1200, "12_plus"), (10_000, "12_plus")],
)  # fmt: skip
def test_rates_fall_into_bands(rate: int | None, band: str) -> None:
    assert area_band(rate) == band


@pytest.mark.parametrize(
    ("languages", "band"), [(["fi"], "fi_sv"), (["ar", "sv"], "fi_sv"), (["ar"], "other"), ([], "other")]
)
def test_finer_than_finnish_or_swedish_would_single_people_out(languages: list[str], band: str) -> None:
    assert language_band(languages) == band


@pytest.mark.parametrize(
    ("n", "known", "enough"), [(0, 0, False), (5, 4, True), (5, 3, False), (10, 8, True), (10, 7, False)]
)
def test_four_fifths_must_be_known(n: int, known: int, enough: bool) -> None:
    assert enough_known(n=n, known=known) is enough


@pytest.fixture
async def world(database: Database) -> World:
    return await build_world(database, providers=2)


async def fix(
    database: Database, world: World, voucher_id: UUID, months: int = 7, education: str = "basic"
) -> None:
    worker = world[Role.CASE_WORKER]
    async with database.transaction(worker.sight) as session:
        await record_intake(
            session,
            actor=worker,
            now=NOW,
            voucher_id=voucher_id,
            months_unemployed=months,
            education=education,
        )


async def test_they_are_fixed_in_bands_once_and_before_the_choice(
    database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    async with database.transaction() as session:
        for month, rate in (("2026-08", 1250), ("2026-09", 980), ("2026-12", 500)):
            session.add(MunicipalityUnemployment(municipality_code="564", month=month, rate_bp=rate))
    voucher_id = await steps.grant()
    await fix(database, world, voucher_id)
    async with database.transaction(world.sight) as session:
        found = await session.get_one(Intake, voucher_id)
        bands = (
            found.months_unemployed, found.education, found.age, found.language, found.area_unemployment,
        )  # fmt: skip
        assert bands == ("6_to_11", "basic", "20_24", "fi_sv", "8_to_9"), "the newest rate known by then"
        events = await session.scalars(
            text("SELECT facts::text FROM audit_event WHERE action = 'intake.recorded'")
        )
        assert events.all() == ["{}"], "the trail says that, and not what"
    with pytest.raises(Refused, match=r"intake\.recorded_already"):
        await fix(database, world, voucher_id, months=30)
    chosen = await steps.grant()
    await steps.choose(chosen)
    with pytest.raises(Refused, match=r"intake\.choice_made"):
        await fix(database, world, chosen)


async def test_a_choice_that_was_taken_back_was_a_choice(
    database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    voucher_id = await steps.grant()
    await steps.decline(await steps.choose(voucher_id))
    with pytest.raises(Refused, match=r"intake\.choice_made"):
        await fix(database, world, voucher_id)


@pytest.mark.parametrize(
    ("months", "education", "code"),
    [
        (-1, "basic", "intake.months_out_of_range"),
        (MOST_MONTHS + 1, "basic", "intake.months_out_of_range"),
        (3, "doctor", "intake.education_unknown"),
    ],
)
async def test_what_can_be_no_fact(
    database: Database, keys: Keys, world: World, months: int, education: str, code: str
) -> None:
    voucher_id = await Steps(database, world, keys).grant()
    with pytest.raises(Refused) as refused:
        await fix(database, world, voucher_id, months, education)
    assert refused.value.code == code


async def test_no_provider_sees_them_not_even_of_its_own_client(
    database: Database, keys: Keys, world: World
) -> None:
    steps = Steps(database, world, keys)
    voucher_id = await steps.grant()
    await fix(database, world, voucher_id)
    await steps.confirm(await steps.choose(voucher_id))
    provider, client = world.provider_actor(0), world[Role.CLIENT]
    async with database.transaction(provider.sight) as session:
        assert (await session.scalars(select(Intake))).all() == []
    async with database.transaction(client.sight) as session:
        assert (await session.scalars(select(Intake.voucher_id))).all() == [voucher_id], (
            "the client's own data"
        )
    turku = await build_world(database, code="turku")
    async with database.transaction(turku.sight) as session:
        assert (await session.scalars(select(Intake))).all() == []
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction(provider.sight) as session:
            await session.execute(
                text(
                    "INSERT INTO intake VALUES (:voucher, :organiser, :service, :client, 'under_3', 'basic',"
                    " '20_24', 'fi_sv', 'not_known', now())"
                ),
                {
                    "voucher": voucher_id,
                    "organiser": world.organiser_id,
                    "service": world.service_id,
                    "client": world.client_id,
                },
            )


async def test_many_at_once_pass_over_whom_nothing_can_be_compared_by(
    database: Database, keys: Keys, world: World
) -> None:
    steps, worker = Steps(database, world, keys), world[Role.CASE_WORKER]
    async with database.transaction(world.sight) as session:
        ageless = await add_client(session, world, age_band=None)
        foreign = await add_client(session, world, service_languages=["ar"], municipality_code=None)
    vouchers = [await steps.grant(client_id=client) for client in (world.client_id, ageless, foreign)]
    async with database.transaction(worker.sight) as session:
        facts = {voucher_id: IntakeFacts(place * 10) for place, voucher_id in enumerate(vouchers)}
        assert await record_intakes(session, actor=worker, now=NOW, facts=facts) == 2
        rows = {row.client_id: row for row in await session.scalars(select(Intake))}
        assert set(rows) == {world.client_id, foreign}
        assert (rows[foreign].language, rows[foreign].area_unemployment) == ("other", "not_known")
        assert rows[foreign].months_unemployed == "12_to_23"
        assert await record_intakes(session, actor=worker, now=NOW, facts={}) == 0
    with pytest.raises(Refused, match=r"intake\.age_unknown"):
        await fix(database, world, vouchers[1])
    with pytest.raises(NotFound):
        await fix(database, world, UUID(int=5))


HEADER = "municipality;month;rate\n"


async def load(database: Database, folder: Path, content: str) -> tuple[UnemploymentReport, str]:
    file, rejects = folder / "rates.csv", folder / "bad.csv"
    file.write_text(content)
    report = await import_unemployment(database, file=file, now=NOW, rejects=rejects)
    return report, rejects.read_text()


async def test_rates_are_loaded_corrected_and_rejected(
    database: Database, world: World, tmp_path: Path
) -> None:
    good = HEADER + "564;2026-09;9,4\nKU244;2026-09;12.25\n564;2026-08;10 %\n"
    report, _ = await load(database, tmp_path, good)
    assert (report.added, report.corrected, report.unchanged, report.rejected) == (3, 0, 0, 0)
    report, _ = await load(database, tmp_path, good)
    assert (report.added, report.corrected, report.unchanged, report.rejected) == (0, 0, 3, 0)
    bad = "564;2026-09;9.5\n999;2026-13;lots\n564;2026-09;9.6\n244;2026-09;101\nfew\n"
    report, rejects = await load(database, tmp_path, HEADER + bad)
    assert (report.rows, report.corrected, report.rejected) == (5, 1, 4)
    for said in ("no such code", "not of the form", "not a share", "with another rate", "too few cells"):
        assert said in rejects
    async with database.transaction() as session:
        rate = await session.get_one(MunicipalityUnemployment, ("564", "2026-09"))
        assert rate.rate_bp == 950
    with pytest.raises(FileProblem, match="lacks the column rate"):
        await load(database, tmp_path, "municipality;month\n")


async def test_the_command_loads_rates(
    database: Database, app_url: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rates.csv").write_text(HEADER + "564;2026-09;9,4\n")
    code, out, err = await asyncio.to_thread(
        call, app_url, monkeypatch, "import", "unemployment", "rates.csv"
    )
    assert (code, "1 added" in out) == (0, True), err
