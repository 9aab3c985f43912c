"""Outcomes: the day that a status is of, files however broken, corrections, categories."""

import asyncio
import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from typer.testing import CliRunner

from registry.audit.model import AuditEvent
from registry.commandline import running
from registry.commandline.importing import importing
from registry.commandline.quality import quality
from registry.installation import Installation
from registry.providers.model import Provider
from registry.quality.csv_table import FileProblem
from registry.quality.model import Outcome, OutcomeCategory
from registry.quality.outcomes.commands import OutcomeRow, ensure_categories, record_outcomes, set_category
from registry.quality.outcomes.importing import OutcomesReport, import_outcomes
from registry.quality.outcomes.rules import STATUS_TOLERANCE_DAYS, status_day, status_fits
from registry.quality.rules import MONTHS, CountsAs
from registry.shared.actor import system
from registry.shared.database import Database
from registry.shared.errors import Accepted, Invalid, Refusal
from registry.shared.settings import Keys, Settings
from tests.builders import NOW, TODAY, World, build_world
from tests.conftest import TEST_KEYS
from tests.registry.vouchers.steps import Steps

LATER = NOW + timedelta(days=200)
HALF_YEAR_ON = date(2027, 5, 22)


@pytest.mark.parametrize(
    ("began_on", "month", "day"),
    [
        (date(2026, 11, 22), 6, date(2027, 5, 22)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 9, 30), 3, date(2026, 12, 30)),
        (date(2026, 10, 1), 3, date(2027, 1, 1)),
    ],
)
def test_the_status_day_keeps_to_the_month(began_on: date, month: int, day: date) -> None:
    assert status_day(began_on, month) == day


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(MONTHS))
def test_the_status_day_is_in_the_right_month_and_never_later_in_it(began_on: date, month: int) -> None:
    day = status_day(began_on, month)
    months = (day.year - began_on.year) * 12 + day.month - began_on.month
    assert months == month
    assert day.day == began_on.day or (day.day < began_on.day and (day + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("off", "fits"),
    [(0, True), (STATUS_TOLERANCE_DAYS, True), (-STATUS_TOLERANCE_DAYS, True),
     (STATUS_TOLERANCE_DAYS + 1, False), (-STATUS_TOLERANCE_DAYS - 1, False)],
)  # fmt: skip
def test_a_status_may_be_a_month_off_and_no_more(off: int, fits: bool) -> None:
    began_on = date(2026, 11, 22)
    found = status_fits(began_on=began_on, month=6, status_on=status_day(began_on, 6) + timedelta(days=off))
    assert isinstance(found, Accepted if fits else Refusal)


async def used_voucher(database: Database, world: World, keys: Keys) -> str:
    """The number of a voucher of which the second provider gave the larger part, begun on TODAY."""
    steps = Steps(database, world, keys)
    voucher_id, presentation_id = await steps.opened(0)
    await steps.redeem(presentation_id, units=2_00)
    await steps.confirm(await steps.choose(voucher_id, 1), 1)
    await steps.redeem(await steps.present(voucher_id, 1), units=8_00, provider=1)
    return (await steps.voucher(voucher_id)).number


@pytest.fixture
async def world(database: Database) -> World:
    made = await build_world(database)
    async with database.transaction() as session:
        for index, provider_id in enumerate(made.providers):
            provider = await session.get_one(Provider, provider_id)
            provider.identity_value = f"T-{index}"
    return made


SERVICE = "nuorten-tyonhakuvalmennus"
HEADER = "voucher,reference,provider,service,month,category,status_on,people"


async def load(
    database: Database, folder: Path, *lines: str, header: str = HEADER, dry_run: bool = False
) -> tuple[OutcomesReport, list[list[str]]]:
    """What the import says of a file, and the reject file's lines but for its header."""
    file, rejects = folder / "outcomes.csv", folder / "bad.csv"
    file.write_bytes("\n".join([header, *lines, ""]).encode("utf-8", "surrogateescape"))
    report = await import_outcomes(database, file=file, now=LATER, rejects=rejects, dry_run=dry_run)
    return report, list(csv.reader(rejects.read_text().splitlines()))[1:]


async def outcomes(database: Database, world: World) -> dict[tuple[str, int], Outcome]:
    async with database.transaction(world.sight) as session:
        return {(row.reference, row.month): row for row in await session.scalars(select(Outcome))}


async def test_a_file_is_loaded_once_however_often_it_is_loaded(
    database: Database, keys: Keys, world: World, tmp_path: Path
) -> None:
    number = await used_voucher(database, world, keys)
    lines = [
        f"{number.lower()},,,,6,open_job,2027-05-22,",
        f",A-1,T-0,{SERVICE},6,none,22.5.2027,",
        f",group 7,T-2,{SERVICE},3,study_place,2027-02-22,12",
    ]
    dry, _ = await load(database, tmp_path, *lines, dry_run=True)
    # a dry run writes nothing, not even the categories that every installation starts with
    assert (dry.rows, dry.added, dry.rejected) == (3, 0, 3)
    first, rejected = await load(database, tmp_path, *lines)
    again, _ = await load(database, tmp_path, *lines)
    assert (first.added, first.corrected, first.unchanged, rejected) == (3, 0, 0, [])
    assert (again.added, again.corrected, again.unchanged) == (0, 0, 3)
    async with database.transaction(world.sight) as session:
        events = await session.scalars(select(AuditEvent).where(AuditEvent.action == "outcomes.recorded"))
        assert len(events.all()) == 1, "what changes nothing is no event"
    held = await outcomes(database, world)
    of_voucher = next(row for row in held.values() if row.voucher_id is not None)
    assert (of_voucher.provider_id, of_voucher.category) == (world.providers[1], "open_job")
    assert of_voucher.client_id == world.client_id
    assert held["A-1", 6].status_on == HALF_YEAR_ON
    assert held["group 7", 3].people == 12
    dry, _ = await load(database, tmp_path, f",A-1,T-0,{SERVICE},6,open_job,2027-05-22,", dry_run=True)
    assert (dry.added, dry.corrected) == (0, 1)
    assert (await outcomes(database, world))["A-1", 6].category == "none"
    mended, _ = await load(database, tmp_path, f",A-1,T-1,{SERVICE},6,open_job,2027-05-22,")
    assert (mended.added, mended.corrected) == (0, 1)
    mended_row = (await outcomes(database, world))["A-1", 6]
    assert (mended_row.category, mended_row.provider_id) == ("open_job", world.providers[1])


async def test_every_bad_row_is_told_with_its_line_and_every_reason_and_stops_no_other(
    database: Database, keys: Keys, world: World, tmp_path: Path
) -> None:
    number = await used_voucher(database, world, keys)
    unused = (await Steps(database, world, keys).voucher(await Steps(database, world, keys).grant())).number
    report, rejected = await load(
        database,
        tmp_path,
        f"{number},,,,6,open_job,2027-08-22,",
        f"{unused},,,,6,none,2027-05-22,",
        f"{number},A-2,,,6,none,2027-05-22,",
        ",A-3,T-9,uinti,7,astronaut,2027-5-22,many",
        f",010190-900P,T-0,{SERVICE},6,none,2027-05-22,",
        f",A-4,T-0,{SERVICE},6,astronaut,2029-05-22,0",
        ",,,,6,none,2027-05-22,",
        "too,few",
        f",A-\udce4,T-0,{SERVICE},6,none,2027-05-22,",
        '"never closed,,,,6,none,2027-05-22,',
        f",A-5,T-0,{SERVICE},6,none,2027-05-22,",
        f",A-5,T-0,{SERVICE},6,none,2027-05-22,",
        f",A-5,T-0,{SERVICE},6,open_job,2027-05-22,",
        f"{number},,,uinti,6,open_job,2027-05-22,",
        "000000000000,,,,6,open_job,2027-05-22,",
    )  # fmt: skip
    said = {int(line): reasons for line, reasons, *_ in rejected}
    assert sorted(said) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16]
    assert "more than 31 days from the day" in said[2]
    assert "never redeemed" in said[3]
    assert "both a voucher and a reference" in said[4]
    for reason in ("not one of 3, 6, 12", "not a date", "not a whole number", "not in this", "has none of"):
        assert reason in said[5]
    assert "identity code" in said[6]
    for reason in ("not known here", "in the future", "at least 1"):
        assert reason in said[7]
    assert "neither a voucher nor a reference" in said[8]
    assert "too few cells" in said[9]
    assert "not UTF-8" in said[10]
    assert "never closed" in said[11]
    assert "the first is kept" in said[14]
    assert "has none of this code" in said[15]
    assert "has none of this number" in said[16]
    assert (report.rows, report.added, report.unchanged, report.rejected) == (15, 1, 0, 13)
    assert (await outcomes(database, world))["A-5", 6].category == "none"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"month,category\n", "lacks the column status_on"),
        (b"month;category;status_on;colour\n", "nobody reads: colour"),
        ("month,category,status_on\n".encode("utf-16"), "is UTF-16"),
        (b"PK\x03\x04...", "is a spreadsheet"),
        (b"month,month,category,status_on\n", "names a column twice"),
        ("m\xf6nth,category,status_on\n".encode("latin-1"), "cannot be read"),
    ],
)
async def test_an_unusable_file_is_told_in_one_sentence(
    database: Database, world: World, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_bytes(content)
    with pytest.raises(FileProblem, match=said):
        await import_outcomes(database, file=file, now=NOW, rejects=tmp_path / "bad.csv")


async def test_the_file_itself_is_never_overwritten_by_its_rejects(
    database: Database, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(HEADER + "\n")
    with pytest.raises(FileProblem, match="name another file"):
        await import_outcomes(database, file=file, now=NOW, rejects=file)


async def test_another_organisers_voucher_is_unknown(
    database: Database, keys: Keys, world: World, tmp_path: Path
) -> None:
    turku = await build_world(database, code="turku")
    number = await used_voucher(database, turku, keys)
    file = tmp_path / "outcomes.csv"
    file.write_text(f"{HEADER}\n{number},,,,6,open_job,2027-05-22,\n")
    rejects = tmp_path / "bad.csv"
    with pytest.raises(FileProblem, match="--organiser CODE, one of oulu, turku"):
        await import_outcomes(database, file=file, now=LATER, rejects=rejects)
    report = await import_outcomes(database, file=file, now=LATER, rejects=rejects, organiser="oulu")
    assert (report.added, report.rejected) == (0, 1)


async def test_a_category_is_added_renamed_and_recounted(database: Database, world: World) -> None:
    actor = system()
    async with database.transaction() as session:
        await ensure_categories(session)
        names = {"fi": "Siviilipalveluksessa", "sv": "I civiltjänst", "en": "In civilian service"}
        await set_category(
            session, actor=actor, now=NOW, code="civilian", counts_as=CountsAs.OUTSIDE, names=names
        )
        await set_category(session, actor=actor, now=NOW, code="civilian", names={"en": "Civilian service"})
        await set_category(
            session, actor=actor, now=NOW, code="other_service", counts_as=CountsAs.GOOD, names={}
        )
    async with database.transaction() as session:
        civilian = await session.get_one(OutcomeCategory, "civilian")
        assert (civilian.name_fi, civilian.name_en, civilian.counts_as) == (
            "Siviilipalveluksessa", "Civilian service", "outside",
        )  # fmt: skip
        assert (await session.get_one(OutcomeCategory, "other_service")).counts_as == "good"
        await ensure_categories(session)
        assert (await session.get_one(OutcomeCategory, "other_service")).counts_as == "good"
        for code, counts_as, given_names in (
            ("military", None, names),
            ("military", CountsAs.OUTSIDE, {"fi": "Varusmies"}),
            ("Military!", CountsAs.OUTSIDE, names),
        ):
            with pytest.raises(Invalid):
                await set_category(
                    session, actor=actor, now=NOW, code=code, counts_as=counts_as, names=given_names
                )


async def test_a_row_without_provider_takes_it_from_the_voucher_alone(
    database: Database, world: World
) -> None:
    actor = system(world.organiser_id)
    row = OutcomeRow(world.service_id, "A-1", 6, "none", TODAY)
    async with database.transaction(actor.sight) as session:
        await ensure_categories(session)
        recorded = await record_outcomes(
            session, actor=actor, now=NOW, organiser_id=world.organiser_id, rows=[row], leave_out_faulty=True
        )
    assert recorded.faults == {0: ("outcome.provider_missing",)}


def call(app_url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    installation = Installation(
        settings=Settings(), keys=TEST_KEYS, database_url=app_url, owner_url=None, server=None
    )
    monkeypatch.setattr(running, "open_installation", lambda: installation)
    app = typer.Typer()
    app.add_typer(importing, name="import")
    app.add_typer(quality, name="quality")
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


async def test_the_commands_tell_what_they_did(
    database: Database, app_url: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.csv").write_text(
        f"reference;provider;service;month;category;status_on\nA-1;T-0;{SERVICE};6;on_leave;2026-05-22\n"
    )
    run = ("import", "outcomes", "o.csv", "--organiser", "oulu")
    code, out, err = await asyncio.to_thread(call, app_url, monkeypatch, *run)
    assert (code, "1 rejected" in out, "o.rejects.csv" in out) == (1, True, True), err
    added = ("--counts-as", "outside", "--name-fi", "Vapaalla", "--name-sv", "Ledig", "--name-en", "On leave")
    code, _, err = await asyncio.to_thread(
        call, app_url, monkeypatch, "quality", "category", "on_leave", *added
    )
    assert code == 0, err
    code, out, _ = await asyncio.to_thread(call, app_url, monkeypatch, "quality", "categories")
    assert "on_leave\toutside\tVapaalla\tLedig\tOn leave" in out
    code, out, err = await asyncio.to_thread(call, app_url, monkeypatch, *run)
    assert (code, "1 added" in out) == (0, True), err
    code, out, err = await asyncio.to_thread(call, app_url, monkeypatch, "import", "outcomes", "none.csv")
    assert (code, out, err.splitlines()[-1]) == (1, "", "There is no file none.csv.")
