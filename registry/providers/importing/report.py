"""What an import tells: rejected rows with every reason, warnings, and a summary."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from registry.providers.importing.csv_rows import FileProblem
from registry.providers.importing.entries import Rejected
from registry.providers.importing.values import Note

TEXTS: Final[dict[str, str]] = {
    "row.too_long": "the line is longer than 100,000 bytes",
    "row.encoding": "the letters are not in the file's encoding",
    "row.quotes": "a quotation mark stands where none may be",
    "row.quote_open": "a quotation mark is opened and never closed",
    "row.cells_missing": "the row has too few cells",
    "row.cells_too_many": "the row has too many cells (a comma without quotation marks?)",
    "value.missing": "nothing is given",
    "value.control_character": "there is a control character",
    "value.too_long": "the text is too long",
    "value.malformed": "not of the form that the mapping asks for; left out",
    "value.unknown_code": "the mapping does not know this value",
    "value.line_break": "a line break became a space",
    "value.invisible_character": "an invisible character was left out",
    "value.lost_character": "a letter was lost before the file was made (\ufffd)",
    "value.zeros_restored": "leading zeros were put back",
    "identity.malformed": "not a number of this register",
    "identity.check_digit": "the check digit of the business id is wrong",
    "identity.twice": "the same provider stands in the file twice; the first is kept",
    "name.unreadable": "a name needs a letter or a digit",
    "name.twice": "the same name and city under another number; both are kept",
    "status.unknown": "the mapping does not know this status",
    "website.mended": "the web address was mended",
    "website.is_an_email": "a mail address, not a web address; left out",
    "website.unreadable": "not a web address; left out",
    "email.unreadable": "not a mail address; left out",
    "phone.unreadable": "not a telephone number; left out",
    "price.unreadable": "not a price in euros",
    "vat_rate.unreadable": "not a VAT rate in per cent",
    "number.unreadable": "not a whole number",
    "date.unreadable": "not a date",
    "municipality.unknown": "no such municipality; left out",
    "list.unknown_entry": "the mapping does not know this entry; left out",
    "list.not_an_entry": "the mapping does not know this entry",
    "service.unknown": "the organiser has no such service",
    "offer.price_out_of_range": "the price is zero or unreasonably high",
    "offer.price_above_ceiling": "the price is above the service's ceiling, and the service allows no own share",
    "offer.vat_rate_unknown": "not a VAT rate in use",
    "offer.serves_nowhere": "serves no municipality and not remotely either",
    "offer.municipality_unknown": "no such municipality",
    "offer.language_missing": "no language",
    "offer.language_unknown": "no such language",
    "offer.accessibility_unknown": "no such kind of accessibility",
    "offer.method_unknown": "no such method",
    "offer.experience_unknown": "no such experience",
    "offer.places_out_of_range": "the number of places is unreasonable",
    "admission.left": "has left the register here; a file does not bring it back",
    "admission.stands": "pending in the file, but admitted here",
    "application.waits": "decided in the file, but its application here waits for the applicant",
    "places.below_taken": "fewer places than clients hold",
}
LONGEST_SHOWN: Final = 200


def shown(value: str) -> str:
    """A value as a person can see it: control characters written out, long ones cut."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in value[: LONGEST_SHOWN * 50]
    )


def cut(value: str) -> str:
    """At most a line's worth of it."""
    visible = shown(value)
    rest = len(value) - LONGEST_SHOWN
    return visible if rest <= 0 else f"{visible[:LONGEST_SHOWN]}… ({len(value)} characters)"


def sentence(note: Note) -> str:
    """`zip: not of the form that the mapping asks for (0700)`."""
    where = f"{note.column}: " if note.column else ""
    value = f" ({cut(note.value)})" if note.value else ""
    return f"{where}{TEXTS[note.code]}{value}"


@dataclass(slots=True)
class ImportReport:
    """Counts of a whole import."""

    source: str
    dry_run: bool
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    blank_lines: int = 0
    absent: int = 0
    """In the register from this source, but not in the file: left as they are."""
    columns_not_taken: tuple[str, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    rejects_file: Path | None = None
    warnings_file: Path | None = None

    def lines(self) -> list[str]:
        """The summary for the terminal."""
        said = [f"{self.source}: {self.rows} rows"]
        if self.rows == 0:
            said[0] += ". The file has a header and nothing else."
        would = "would be " if self.dry_run else ""
        said.append(
            f"{self.new} {would}new, {self.changed} {would}changed, {self.unchanged} unchanged,"
            f" {self.rejected} rejected"
        )
        if self.states:
            said.append("status: " + ", ".join(f"{n} {state}" for state, n in self.states.most_common()))
        said += [f"  {n} × {TEXTS[code]}" for code, n in self.reasons.most_common()]
        if self.rejected and self.rejects_file:
            said.append(f"rejected rows, with reasons: {self.rejects_file}")
        if self.warnings:
            said.append(f"{self.warnings.total()} warnings: {self.warnings_file}")
            said += [f"  {n} × {TEXTS[code]}" for code, n in self.warnings.most_common()]
        if self.absent:
            said.append(f"{self.absent} in the register but not in the file: left as they are")
        if self.constants:
            made_up = ", ".join(f"{name} {value}" for name, value in self.constants.items())
            said.append(f"not in the file, the same for all by the mapping: {made_up}")
        if self.columns_not_taken:
            said.append(f"columns not taken: {', '.join(self.columns_not_taken)}")
        if self.dry_run:
            said.append("Dry run: nothing was written to the database.")
        return said


class Files:
    """The reject file and the warnings file, written as the rows come."""

    def __init__(self, rejects: Path, warnings: Path) -> None:
        self.paths = (rejects, warnings)
        self._open: list[IO[str]] = []

    def start(self, header: Sequence[str], *, beside: Path) -> None:
        """Open both, anew. A slip of the pen must not overwrite the file that is being read."""
        if any(path.resolve() == beside.resolve() for path in self.paths):
            raise FileProblem(f"{beside} is the file to import: name another file for the rejected rows.")
        try:
            for path in self.paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._open.append(path.open("w", encoding="utf-8", newline=""))
        except OSError as error:
            raise FileProblem(f"{error.filename} cannot be written: {error.strerror}.") from None
        self._rejects, self._warnings = (csv.writer(file) for file in self._open)
        self._rejects.writerow(["line", "reasons", *header])
        self._warnings.writerow(["line", "column", "warning", "value"])

    def reject(self, rejected: Iterable[Rejected]) -> None:
        for row in rejected:
            reasons = "; ".join(sentence(note) for note in row.reasons)
            self._rejects.writerow([row.line, reasons, *(_cell(cell) for cell in row.cells)])

    def warn(self, notes: Iterable[tuple[int, Note]]) -> None:
        for line, note in notes:
            self._warnings.writerow([line, note.column, TEXTS[note.code], cut(note.value)])

    def close(self) -> None:
        for file in self._open:
            file.close()


def _cell(value: str) -> str:
    """A rejected cell as it was, so that it can be put right and imported again; only what no editor could show is
    written out, and what nobody would scroll through is cut."""
    return shown(value) if len(value) <= LONGEST_SHOWN * 20 else cut(value)
