"""A folder of invoices: each taken in once, whatever lies beside it."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from registry.settlement.einvoices.source import MOST_BYTES
from registry.settlement.einvoices.writing_finvoice import write_finvoice
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.folder import take_folder
from registry.shared.actor import system
from registry.shared.database import Database
from tests.builders import build_world
from tests.registry.settlement.builders import LATER, closed_october, invoice_csv, view
from tests.registry.settlement.einvoices.test_taking_in import of_statement


async def test_each_file_of_a_folder_is_taken_in_once(database: Database, tmp_path: Path) -> None:
    world = await build_world(database)
    october = await closed_october(database, world)
    made = await of_statement(database, world, october.statement_id)
    right = write_finvoice(made)
    (tmp_path / "b.xml").write_bytes(right)
    wrong = replace(made, number="9", totals=replace(made.totals, payable=Decimal(1)))
    (tmp_path / "a.xml").write_bytes(write_ubl(wrong))
    (tmp_path / "c.csv").write_bytes(invoice_csv([("0" * 12, 1_00)]))
    (tmp_path / "d.xml").write_bytes(b"<a>" + b" " * MOST_BYTES + b"</a>")
    (tmp_path / ".hidden").write_bytes(right)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.xml").symlink_to(tmp_path / "b.xml")
    actor = system(world.organiser_id)
    first = await take_folder(database, folder=tmp_path, actor=actor, now=LATER)
    assert (first.files, first.taken, first.known, first.rejected) == (4, 1, 0, 3)
    said = "\n".join(first.lines())
    for text in (
        "a.xml: refused: 1 problems",
        "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount: BR-CO-16 (found 1.00, wanted 105.50)",
        f"b.xml: taken in: invoice {made.number}, statement ",
        "c.csv: refused: invoice.statement_unknown (on_no_statement 000000000000, count 1)",
        "XML-SIZE",
        "4 files: 1 taken in, 0 known from before, 3 refused",
    ):
        assert text in said
    again = await take_folder(database, folder=tmp_path, actor=actor, now=LATER)
    assert (again.files, again.taken, again.known, again.rejected) == (4, 0, 1, 3)
    found = await view(database, world, october.statement_id)
    assert [kept.number for kept in found.invoices] == [made.number]
    assert (tmp_path / "b.xml").read_bytes() == right
