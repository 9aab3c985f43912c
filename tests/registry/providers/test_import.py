"""Importing a register: every kind of dirt, twice the same, changed, and against what was decided here."""

import csv
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from registry.audit.model import AuditEvent
from registry.providers.importing import (
    MAPPINGS,
    FileProblem,
    ImportReport,
    import_providers,
    read_mapping,
)
from registry.providers.importing.values import BadValue, web_address
from registry.providers.model import Admission, Application, Provider
from registry.shared.database import Database
from tests.builders import NOW, World, build_world
from tests.registry.providers import make_dirty_register as dirty
from tests.registry.providers.deciding import Desk

HERE = Path(__file__).parent
MAPPING = HERE / "dirty_register.toml"
SERVICE = "nuorten-tyonhakuvalmennus"


async def run(
    database: Database, folder: Path, file: Path | bytes = dirty.FILE, **options: Any
) -> tuple[ImportReport, list[dict[str, str]], list[dict[str, str]]]:
    """The report, the rejected rows and the warnings."""
    if isinstance(file, bytes):
        (folder / "register.csv").write_bytes(file)
        file = folder / "register.csv"
    mapping = options.pop("mapping", None) or read_mapping(MAPPING)
    values: dict[str, Any] = {"organiser": "oulu", "services": [SERVICE], "now": NOW} | options
    report = await import_providers(
        database,
        file=file,
        mapping=mapping,
        rejects=folder / "rejects.csv",
        warnings=folder / "warnings.csv",
        **values,
    )
    return report, _rows(folder / "rejects.csv"), _rows(folder / "warnings.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def counts(database: Database, world: World) -> dict[str, int]:
    async with database.transaction(world.sight) as session:
        return {
            model.__tablename__: await session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Provider, Admission, Application, AuditEvent)
        }


def test_the_dirty_register_is_what_its_maker_makes() -> None:
    assert dirty.FILE.read_bytes() == dirty.content()


async def test_every_bad_row_is_rejected_with_every_reason_and_every_good_one_loaded(
    database: Database, tmp_path: Path
) -> None:
    world = await build_world(database, providers=0)
    report, rejected, warned = await run(database, tmp_path)
    reasons = {
        row["nro"]: row["reasons"] for row in rejected if row["nro"] and not row["nro"].startswith("1032")
    }
    assert reasons.keys() >= {str(n) for n in range(1020, 1031)} - {"1032"}
    expected = {
        "1001": "nro: the same provider stands in the file twice; the first is kept (1001, first on line 2)",
        "12x4": "nro: not a number of this register (12x4)",
        "1020": "nimi: nothing is given",
        "1021": "nimi: a name needs a letter or a digit (???)",
        "1022": "nimi: there is a control character (Nolla\\x00tavu Oy)",
        "1023": "the row has too few cells (3 of 15)",
        "1024": "the row has too many cells (a comma without quotation marks?) (16 of 15)",
        "1025": "tila: the mapping does not know this status (Ehkä)",
        "1026": "hinta: not a price in euros (noin 50)",
        "1027": "unit_price: the price is above the service's ceiling, and the service allows no own share"
        f" ({SERVICE})",
        "1028": "paikat: not a whole number (monta)",
        "1029": "hinta: nothing is given; tila: nothing is given",
        "1030": f"languages: no language ({SERVICE})",
        "1035": f"nimi: the text is too long ({'x' * 200}… (201 characters))",
    }
    assert {number: reasons.get(number) for number in expected} == expected
    unreadable = [row["reasons"] for row in rejected if row["nro"].startswith(("1031", "1032", "1034"))]
    assert unreadable == [
        "a quotation mark stands where none may be",
        "a quotation mark is opened and never closed",
        "the letters are not in the file's encoding",
    ]
    assert (
        next(row for row in rejected if row["nimi"] == "Numeroton Oy")["reasons"] == "nro: nothing is given"
    )
    assert report.rejected == len(rejected) == 18
    assert (report.new, report.changed, report.unchanged) == (16, 0, 0)
    assert report.states == {"active": 14, "suspended": 1, "submitted": 1}
    assert report.rows == report.new + report.rejected
    assert report.blank_lines == 1

    warnings = {(row["column"], row["warning"]) for row in warned}
    assert warnings == {
        ("postinro", "leading zeros were put back"),
        ("www", "the web address was mended"),
        ("www", "a mail address, not a web address; left out"),
        ("kotikunta", "no such municipality; left out"),
        ("kielet", "the mapping does not know this entry; left out"),
        ("nimi", "a line break became a space"),
        ("nimi", "an invisible character was left out"),
        ("nimi", "a letter was lost before the file was made (\ufffd)"),
        ("nimi", "the same name and city under another number; both are kept"),
    }
    async with database.transaction(world.sight) as session:
        by_number = {p.identity_value: p for p in await session.scalars(select(Provider))}
        states = dict((await session.execute(select(Admission.provider_id, Admission.state))).all())
        waiting = (await session.scalars(select(Application))).all()
    assert by_number["1002"].name == "Väli lyöntejä Ky"
    assert by_number["1003"].name == 'Lainaus "merkki" Oy'
    assert by_number["1004"].name == "Rivin vaihto Oy"
    assert by_number["1005"].postal_code == "00650"
    assert by_number["1006"].website == "http://www.esimerkki.invalid"
    assert by_number["1007"].website is None
    assert (by_number["1008"].city, by_number["1008"].municipality_code) == (None, None)
    assert by_number["1012"].name == "Näkymätön Oy"
    assert states[by_number["1009"].id] == "suspended"
    assert [a.provider_id for a in waiting] == [by_number["1010"].id]
    assert by_number["1010"].id not in states
    assert by_number.keys() >= {"1033", "1099"}
    async with database.transaction(world.sight) as session:
        offer = await session.scalar(select(Admission).where(Admission.provider_id == by_number["1011"].id))
    assert offer is not None
    assert (offer.languages, offer.unit_price_cents, offer.remote) == (["fi", "sv"], 55_00, True)
    assert (offer.accessibility, offer.municipality_codes) == (["step_free"], ["564", "244"])


async def test_the_line_of_a_rejected_row_is_the_line_in_the_file(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    _, rejected, _ = await run(database, tmp_path)
    lines = dirty.FILE.read_bytes().split(b"\n")
    for row in rejected:
        if number := re.match(r"\d{4}", row["nro"]):
            assert lines[int(row["line"]) - 1].startswith(number[0].encode()), row


async def test_importing_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    first, *_ = await run(database, tmp_path)
    before = await counts(database, world)
    again, rejected, _ = await run(database, tmp_path, now=NOW + timedelta(days=30))
    assert (again.new, again.changed, again.unchanged, again.rejected) == (0, 0, first.new, first.rejected)
    assert len(rejected) == first.rejected
    assert await counts(database, world) == before
    assert "0 new, 0 changed, 16 unchanged, 18 rejected" in again.lines()


async def test_a_dry_run_writes_only_its_two_files(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    before = await counts(database, world)
    report, rejected, warned = await run(database, tmp_path, dry_run=True)
    assert (report.new, report.rejected) == (16, 18)
    assert len(rejected) == 18
    assert warned
    assert await counts(database, world) == before
    assert any("nothing was written" in line for line in report.lines())


async def test_huge_cells_cost_their_row_and_no_memory(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    report, rejected, _ = await run(database, tmp_path, dirty.content(huge=True))
    assert report.new == 16
    assert report.reasons["row.too_long"] == 2
    assert max(len(row["nro"]) for row in rejected) < 5000


def register(*rows: str) -> bytes:
    return "\n".join([dirty.HEADER, *rows, ""]).encode()


async def test_a_changed_row_changes_what_it_says_and_no_more(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    await run(database, tmp_path, register(dirty.row("1001", "Vanha Oy"), dirty.row("1002", "Toinen Oy")))
    async with database.transaction(world.sight) as session:
        provider = await session.scalar(select(Provider).where(Provider.identity_value == "1001"))
        assert provider is not None
        provider.introduction = {"fi": "Omat sanat"}
    changed = dirty.row("1001", "Ääkkönen Oy", dirty.GOOD.replace("Hyväksytty", "Keskeytetty"))
    report, *_ = await run(database, tmp_path, register(changed, dirty.row("1002", "Toinen Oy")))
    assert (report.new, report.changed, report.unchanged) == (0, 1, 1)
    async with database.transaction(world.sight) as session:
        provider = await session.scalar(select(Provider).where(Provider.identity_value == "1001"))
        assert provider is not None
        admission = await session.scalar(select(Admission).where(Admission.provider_id == provider.id))
        event = await session.scalar(
            select(AuditEvent).where(AuditEvent.action == "admission.import_changed")
        )
    assert (provider.name, provider.search_words) == ("Ääkkönen Oy", "aakkonen oy oulu")
    assert provider.sort_key.startswith("||kk")
    assert provider.introduction == {"fi": "Omat sanat"}
    assert admission is not None
    assert admission.state == "suspended"
    assert event is not None
    assert (event.from_state, event.to_state) == ("active", "suspended")
    back, *_ = await run(
        database, tmp_path, register(dirty.row("1001", "Vanha Oy"), dirty.row("1002", "Toinen Oy"))
    )
    assert (back.changed, back.unchanged) == (1, 1)


STATEMENTS = """
[fields.same_coach]
column = "samavalmentaja"
values = { "kyllä" = "yes", ei = "no" }

[[experience.from]]
column = "kokemus"
separator = "/"
values = { "pitkään työttömiä" = "long_unemployed", "ensi työ" = "first_job", muu = "" }
"""


async def test_a_providers_own_statements_are_read_or_the_row_is_rejected(
    database: Database, tmp_path: Path
) -> None:
    """One person all along, and experience: what choosers are told in the provider's name is read whole or not at all."""
    world = await build_world(database, providers=0)
    (tmp_path / "map.toml").write_text(MAPPING.read_text() + STATEMENTS)
    mapping = read_mapping(tmp_path / "map.toml")

    def row(number: str, coach: str, experience: str) -> str:
        return f"{dirty.row(number, f'Yritys {number} Oy')},{coach},{experience}"

    def file(*rows: str) -> bytes:
        return "\n".join([f"{dirty.HEADER},samavalmentaja,kokemus", *rows, ""]).encode()

    report, rejected, _ = await run(
        database, tmp_path, mapping=mapping,
        file=file(
            row("1001", "kyllä", "ensi työ / pitkään työttömiä"), row("1002", "ei", "muu"), row("1003", "", ""),
            row("1004", "ehkä", "ensi työ"), row("1005", "kyllä", "ensi työ / kaikkea"),
        ),
    )  # fmt: skip
    assert (report.new, report.rejected) == (3, 2)
    assert [(bad["line"], bad["reasons"]) for bad in rejected] == [
        ("5", "samavalmentaja: the mapping does not know this value (ehkä)"),
        ("6", "kokemus: the mapping does not know this entry (kaikkea)"),
    ]

    async def said() -> list[tuple[bool | None, list[str]]]:
        async with database.transaction(world.sight) as session:
            rows = await session.execute(
                select(Admission.same_coach, Admission.experience)
                .join(Provider, Provider.id == Admission.provider_id)
                .order_by(Provider.identity_value)
            )
            return [(same_coach, list(experience)) for same_coach, experience in rows]

    assert await said() == [(True, ["first_job", "long_unemployed"]), (False, []), (None, [])]
    plain = register(
        *(dirty.row(number, f"Yritys {number} Oy", dirty.GOOD.replace("Hyväksytty", "Keskeytetty"))
          for number in ("1001", "1002", "1003"))
    )  # fmt: skip
    report, *_ = await run(database, tmp_path, plain)
    assert report.changed == 3
    assert (await said())[0] == (True, ["first_job", "long_unemployed"]), (
        "a register that does not tell it changes none"
    )


async def test_a_pending_one_that_its_register_approves_is_approved_here(
    database: Database, tmp_path: Path
) -> None:
    world = await build_world(database, providers=0)
    pending = dirty.row("1010", "Vireillä Oy", dirty.GOOD.replace("Hyväksytty", "Vireillä"))
    await run(database, tmp_path, register(pending))
    report, *_ = await run(database, tmp_path, register(dirty.row("1010", "Vireillä Oy")))
    assert (report.changed, report.rejected) == (1, 0)
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(Application.state)) == "approved"
        assert await session.scalar(select(Admission.state)) == "active"
    backwards, rejected, _ = await run(database, tmp_path, register(pending))
    assert backwards.rejected == 1
    assert rejected[0]["reasons"] == "pending in the file, but admitted here (active)"


async def test_what_was_decided_here_outlasts_the_file(database: Database, tmp_path: Path) -> None:
    """Rejected or removed here, and the same file again: nothing comes back."""
    world = await build_world(database, providers=0)
    pending = dirty.row("1010", "Vireillä Oy", dirty.GOOD.replace("Hyväksytty", "Vireillä"))
    file = register(pending, dirty.row("1001", "Poistettu Oy"))
    await run(database, tmp_path, file)
    async with database.transaction(world.sight) as session:
        application_id = await session.scalar(select(Application.id))
        admission_id = await session.scalar(select(Admission.id))
        assert application_id
        assert admission_id
    await Desk(database, world).removed(admission_id)
    await Desk(database, world).rejected(application_id)
    report, *_ = await run(database, tmp_path, file)
    assert (report.new, report.changed, report.unchanged, report.rejected) == (0, 0, 2, 0)
    cheaper = register(pending, dirty.row("1001", "Poistettu Oy", dirty.GOOD.replace("55,00", "50,00")))
    report, rejected, _ = await run(database, tmp_path, cheaper)
    assert [row["reasons"] for row in rejected] == [
        "has left the register here; a file does not bring it back (removed)"
    ]
    async with database.transaction(world.sight) as session:
        assert (await session.scalars(select(Admission.state))).all() == ["removed"]
        assert (await session.scalars(select(Application.state))).all() == ["rejected"]


async def test_a_pending_one_approved_here_stays_so(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    pending = dirty.row("1010", "Vireillä Oy", dirty.GOOD.replace("Hyväksytty", "Vireillä"))
    await run(database, tmp_path, register(pending))
    async with database.transaction(world.sight) as session:
        application_id = await session.scalar(select(Application.id))
        assert application_id
    await Desk(database, world).approved(application_id)
    _, rejected, _ = await run(database, tmp_path, register(pending))
    assert [row["reasons"] for row in rejected] == ["pending in the file, but admitted here (active)"]


async def test_places_that_clients_hold_are_not_imported_away(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    await run(database, tmp_path, register(dirty.row("1001", "Täysi Oy")))
    async with database.transaction(world.sight) as session:
        await session.execute(text("UPDATE admission SET taken = 7"))
    fewer = dirty.row("1001", "Täysi Oy", dirty.GOOD.replace(",10,", ",5,"))
    _, rejected, _ = await run(database, tmp_path, register(fewer))
    assert [row["reasons"] for row in rejected] == ["places: fewer places than clients hold (5, taken 7)"]


async def test_two_organisers_import_the_same_register(database: Database, tmp_path: Path) -> None:
    oulu = await build_world(database, code="oulu", providers=0)
    turku = await build_world(database, code="turku", providers=0)
    file = register(dirty.row("1001", "Yhteinen Oy"))
    first, *_ = await run(database, tmp_path, file)
    second, *_ = await run(database, tmp_path, file, organiser="turku")
    third, *_ = await run(database, tmp_path, file)
    assert (first.new, second.changed, third.unchanged) == (1, 1, 1)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Provider)) == 1
        owners = set((await session.scalars(select(Admission.organiser_id))).all())
    assert owners == {oulu.organiser_id, turku.organiser_id}


async def test_who_is_missing_from_a_later_file_stays_and_is_told(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    await run(database, tmp_path, register(dirty.row("1001", "Eka Oy"), dirty.row("1002", "Toka Oy")))
    report, *_ = await run(database, tmp_path, register(dirty.row("1001", "Eka Oy")))
    assert report.absent == 1
    assert (await counts(database, world))["admission"] == 2


async def test_services_may_be_told_by_the_rows_own_number(database: Database, tmp_path: Path) -> None:
    world = await build_world(database, providers=0)
    report, *_ = await run(
        database,
        tmp_path,
        register(dirty.row("1001", "Eka Oy"), dirty.row("1002", "Toka Oy")),
        services=(),
        services_of=lambda number: [SERVICE] if number == "1001" else [],
    )
    assert report.new == 2
    assert (await counts(database, world))["admission"] == 1


async def test_another_encoding_and_delimiter_are_the_mappings_to_say(
    database: Database, tmp_path: Path
) -> None:
    world = await build_world(database, providers=0)
    mapping = read_mapping(MAPPING).model_copy(update={"encoding": "windows-1252", "delimiter": ";"})
    text_ = (
        "\n".join([dirty.HEADER, dirty.row("1001", "Öljy Oy")]).replace('"55,00"', "55.00").replace(",", ";")
    )
    report, *_ = await run(database, tmp_path, text_.encode("windows-1252"), mapping=mapping)
    assert report.new == 1
    async with database.transaction(world.sight) as session:
        assert await session.scalar(select(Provider.name)) == "Öljy Oy"


NO_REGISTERS = [
    (b"", "register.csv is empty."),
    (b"\n\n\n", "register.csv is empty."),
    ("nro,nimi".encode("utf-16"), "register.csv is UTF-16. Save it as UTF-8 and try again."),
    (b"PK\x03\x04xxxx", "register.csv is a spreadsheet, not CSV."),
    (b"nro,nimi\n1,x\n", "register.csv lacks the columns esteetön, etänä, hinta,"),
    (b"nro,nro\n", "The header of register.csv names a column twice: 'nro'."),
    (b'"nro,nimi\n', "a quotation mark is opened and never closed."),
    (b"\xff" * 10 + b"\n", "its letters are not in the encoding"),
    (b"x" * 300_000, "its first line is longer than 100000 bytes."),
]


async def test_a_file_that_is_no_register_gets_one_sentence(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    for content, said in NO_REGISTERS:
        with pytest.raises(FileProblem, match=re.escape(said)) as problem:
            await run(database, tmp_path, content)
        assert "\n" not in str(problem.value)


async def test_a_header_alone_is_said_to_be_one(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    report, rejected, _ = await run(database, tmp_path, dirty.HEADER.encode())
    assert report.lines()[0] == "Invented dirty register: 0 rows. The file has a header and nothing else."
    assert rejected == []


async def test_names_that_do_not_exist_are_told_with_those_that_do(
    database: Database, tmp_path: Path
) -> None:
    await build_world(database, providers=0)
    with pytest.raises(FileProblem, match=r"no organiser 'kuu'\. There are: oulu\."):
        await run(database, tmp_path, organiser="kuu")
    with pytest.raises(FileProblem, match=f"oulu has no service uinti. It has: {SERVICE}"):
        await run(database, tmp_path, services=["uinti"])
    with pytest.raises(FileProblem, match="Say which service"):
        await run(database, tmp_path, services=[])
    with pytest.raises(FileProblem, match="There is no file"):
        await run(database, tmp_path, tmp_path / "none.csv")
    with pytest.raises(FileProblem, match="is a folder"):
        await run(database, tmp_path, tmp_path)


async def test_the_file_itself_is_never_overwritten(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    file = tmp_path / "rejects.csv"
    file.write_bytes(dirty.content())
    with pytest.raises(FileProblem, match="name another file"):
        await run(database, tmp_path, file)
    assert file.read_bytes() == dirty.content()


async def test_twenty_thousand_rows_come_in_batches_with_progress(database: Database, tmp_path: Path) -> None:
    await build_world(database, providers=0)
    many = register(*(dirty.row(f"{n:04}", f"Tarjoaja {n} Oy") for n in range(2_500)))
    seen: list[tuple[int, int, int]] = []
    report, *_ = await run(
        database, tmp_path, many, progress=lambda done, size, rows: seen.append((done, size, rows))
    )
    assert report.new == 2_500
    assert [rows for _, _, rows in seen] == [1000, 2000, 2500]
    assert all(0 < done <= size == len(many) for done, size, _ in seen)


# --- the mapping itself ---------------------------------------------------------------------------------------------

WRONG_MAPPINGS = {
    'wings = "2"': "there is no field 'wings'",
    'name = "x"': "name is both a field and a constant",
    "[fields.form]\ncolumn = 'x'\nvalues = { a = 'wizard' }": "form: wizard is none of company",
    "[fields.email]\ncolumn = 'x'\npattern = '('": "not a regular expression",
    "[fields.email]\ncolumn = 'x'\nwhen = 'drop'": "Extra inputs are not permitted",
    "[languages]\nalways = ['klingon']": "languages: unknown 'klingon'",
}


def test_a_wrong_mapping_is_told_before_a_row_is_read(tmp_path: Path) -> None:
    whole = """
source = "x"
[identity]
scheme = "xx:x"
column = "nro"
[fields.name]
column = "nimi"
[constants]
unit_price = "50"
vat_rate = "0"
places = 1
method = "group"
"""
    path = tmp_path / "mapping.toml"
    path.write_text(whole)
    assert read_mapping(path).columns() == {"nro", "nimi"}
    for addition, said in WRONG_MAPPINGS.items():
        path.write_text(whole + addition)
        with pytest.raises(FileProblem, match=re.escape(said)) as problem:
            read_mapping(path)
        assert "\n" not in str(problem.value)
    path.write_text(whole.replace('vat_rate = "0"\n', ""))
    with pytest.raises(FileProblem, match="vat_rate is neither a field nor a constant"):
        read_mapping(path)


def test_the_mappings_that_come_with_the_project_are_right() -> None:
    for path in MAPPINGS.glob("*.toml"):
        assert read_mapping(Path(path.stem)) == read_mapping(path)


@pytest.mark.parametrize(
    ("typed", "address", "note"),
    [
        ("www.ucc.edu/noncredit", "https://www.ucc.edu/noncredit", None),
        ("http://www.x.org", "http://www.x.org", None),
        ("www. focus411.org", "https://www.focus411.org", "website.mended"),
        ("http:www.meditec.com", "http://www.meditec.com", "website.mended"),
        ("https/www.jevs.org/program", "https://www.jevs.org/program", "website.mended"),
        ("www:iqdentaledu.com", "https://www.iqdentaledu.com", "website.mended"),
        ("www.a.com www.b.com", "https://www.a.com", "website.mended"),
    ],
)
def test_web_addresses_are_mended(typed: str, address: str, note: str | None) -> None:
    assert web_address(typed) == (address, note)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("me@x.org", "website.is_an_email"),
        ("www.me@x.org", "website.is_an_email"),
        ("P.O.Box 287", "website.unreadable"),
        ("591 Summit Ave", "website.unreadable"),
        ("Vice President", "website.unreadable"),
        ("htpp://.fdu.edu/ce", "website.unreadable"),
        ("javascript:alert(1)", "website.unreadable"),
        ("javascript://x.org/%0aalert(1)", "website.unreadable"),
        ("ftp://x.org", "website.unreadable"),
        ("x" * 300, "value.too_long"),
    ],
)
def test_what_is_no_web_address_is_left_out(typed: str, code: str) -> None:
    with pytest.raises(BadValue, match=re.escape(code)):
        web_address(typed)
