"""Loading the official classification: the real file, and a small dirty one that exists everywhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from registry.audit.model import AuditEvent
from registry.catalogue.areas_import import COLUMNS, AreasReport, UnusableFile, import_areas, read_areas
from registry.catalogue.model import EmploymentArea, Municipality, ReferenceImport
from registry.shared.actor import system
from registry.shared.database import Database
from tests.builders import NOW

HEADER = ",".join(COLUMNS)
OULU = "564,Oulu,Uleåborg,24,Oulun seutu,Uleåborgregionen,Oulu region,25.47185,65.01395"
KEMPELE = "244,Kempele,Kempele,24,Oulun seutu,Uleåborgregionen,Oulu region,25.44188,64.93967"
TUUSULA = "858,Tuusula,Tusby,14,Keski-Uusimaa,Mellersta Nyland,Central Uusimaa,,"
BRANDO = "035,Brändö,Brändö,46,Ahvenanmaa,Åland,Åland,21.0659,60.46486"

DEMO = Path(__file__).parents[3] / "registry" / "demo" / "areas.csv"


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows, "")).encode()


async def load(database: Database, data: bytes, hours: int = 0) -> AreasReport:
    async with database.transaction() as session:
        return await import_areas(
            session, actor=system(), now=NOW + timedelta(hours=hours), source="test.csv", data=data
        )


async def everything(database: Database) -> tuple[Any, ...]:
    """All that an import may write."""
    async with database.transaction() as session:
        areas = await session.execute(select(EmploymentArea.__table__).order_by(EmploymentArea.code))
        places = await session.execute(select(Municipality.__table__).order_by(Municipality.code))
        files = await session.scalar(select(func.count()).select_from(ReferenceImport))
        events = await session.scalar(select(func.count()).select_from(AuditEvent))
        return areas.all(), places.all(), files, events


async def test_loading_twice_changes_nothing(database: Database) -> None:
    data = file(OULU, KEMPELE, TUUSULA, BRANDO)
    first = await load(database, data)
    assert (first.areas.added, first.municipalities.added) == (3, 4)
    assert first.without_centre == ["Tuusula"]
    assert first.autonomous == ["Ahvenanmaa"]
    assert first.bad_rows == []
    before = await everything(database)
    second = await load(database, data, hours=1)
    assert (second.areas.unchanged, second.municipalities.unchanged) == (3, 4)
    assert not second.areas.any
    assert not second.municipalities.any
    assert await everything(database) == before
    assert before[2:] == (1, 1)


async def test_a_newer_file_updates_names_areas_and_centres_and_deletes_nothing(database: Database) -> None:
    await load(database, file(OULU, KEMPELE, TUUSULA))
    newer = file(
        OULU.replace("Oulun seutu", "Oulu").replace("Oulu region", "Oulu"),
        TUUSULA.replace(",,", ",25.03,60.40"),
        BRANDO,
    )
    report = await load(database, newer, hours=1)
    assert (report.areas.added, report.areas.changed, report.areas.unchanged) == (1, 1, 1)
    assert (report.municipalities.added, report.municipalities.changed) == (1, 1)
    assert report.not_in_file == ["Kempele"]
    async with database.transaction() as session:
        assert (await session.get_one(EmploymentArea, "24")).name_en == "Oulu"
        assert (await session.get_one(Municipality, "858")).longitude == 25.03
        assert await session.get(Municipality, "244") is not None
        assert await session.scalar(select(func.count()).select_from(ReferenceImport)) == 2


async def test_a_bad_row_is_left_out_with_its_line_and_every_reason(database: Database) -> None:
    data = file(
        OULU,
        "",
        "12,,Tusby,x,Keski-Uusimaa,Mellersta Nyland,Central Uusimaa,2547,65",
        OULU,
        KEMPELE.replace("Oulun seutu", "Muu seutu"),
        "244,Kempele",
        KEMPELE.replace("64.93967", ""),
        TUUSULA.replace(",,", ",east,60"),
        '858,"Tuu\nsula",Tusby,14,Keski-Uusimaa,Mellersta Nyland,Central Uusimaa,,',
        BRANDO,
    )
    report = await load(database, data)
    assert {bad.line: bad.reasons for bad in report.bad_rows} == {
        4: (
            "municipality_code is not 3 digits: '12'",
            "name_fi is empty",
            "employment_area_code is not 2 digits: 'x'",
            "longitude 2547 is not in Finland (19 to 32)",
        ),
        5: ("municipality 564 is on line 2 already",),
        6: ("area 24 has other names on line 2",),
        7: ("2 cells where the header has 9",),
        8: ("longitude or latitude is missing; give both or neither",),
        9: ("longitude is not a number of degrees: 'east'",),
        10: ("name_fi is not a name",),
    }
    assert report.municipalities.added == 2


def test_columns_may_stand_in_any_order_among_others_and_with_semicolons() -> None:
    header = ";".join(("remark", *reversed(COLUMNS)))
    cells = [cell.replace("25.47185", "25,47185") for cell in OULU.split(",")]
    row = ";".join(("x", *reversed(cells)))
    rows, bad = read_areas(b"\xef\xbb\xbf" + file(row, header=header).replace(b"\n", b"\r\n"))
    assert bad == []
    assert [(r.code, r.name_sv, r.longitude, r.latitude) for r in rows] == [
        ("564", "Uleåborg", 25.47185, 65.01395)
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (file(OULU).decode().encode("latin-1"), "The file is not UTF-8 text (line 2): save it as CSV UTF-8."),
        (file(OULU).decode().encode("utf-16"), "The file is not UTF-8 text (line 1): save it as CSV UTF-8."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "The file is not UTF-8 text (line 1): save it as CSV UTF-8."),
        (b"a,b\n1,2\n", f"The file lacks the columns {', '.join(COLUMNS)}."),
        (file(OULU, header=HEADER.replace(",latitude", ",lat")), "The file lacks the columns latitude."),
        (b'"name\n', "The first line is not a CSV header."),
        (b"x" * 10_000_001, "The file is larger than 10 MB, so it is not a list of municipalities."),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        read_areas(data)
    assert str(refused.value) == says


def test_a_quote_that_never_ends_is_a_bad_row_not_a_failure() -> None:
    rows, bad = read_areas(file(OULU, '244,"Kempele', KEMPELE))
    assert [row.code for row in rows] == ["564"]
    assert [(b.line, b.reasons[0][:22]) for b in bad] == [(3, "the row cannot be read")]


@pytest.mark.shared_data
async def test_the_official_file_loads_whole_and_twice(database: Database, shared_data: Path) -> None:
    data = (shared_data / "municipalities_2026.csv").read_bytes()
    report = await load(database, data)
    assert (report.areas.added, report.municipalities.added, report.bad_rows) == (46, 308, [])
    assert report.autonomous == ["Ahvenanmaa"]
    assert report.without_centre == ["Tuusula"]
    before = await everything(database)
    assert (await load(database, data, hours=1)).municipalities.unchanged == 308
    assert await everything(database) == before


async def test_the_demonstrations_file_loads_by_the_same_importer(database: Database) -> None:
    report = await load(database, DEMO.read_bytes())
    assert (report.areas.added, report.municipalities.added, report.bad_rows) == (3, 50, [])


@pytest.mark.shared_data
async def test_the_demonstrations_file_says_what_the_official_one_says(
    database: Database, shared_data: Path
) -> None:
    await load(database, (shared_data / "municipalities_2026.csv").read_bytes())
    report = await load(database, DEMO.read_bytes(), hours=1)
    assert (report.areas.unchanged, report.municipalities.unchanged) == (3, 50)
