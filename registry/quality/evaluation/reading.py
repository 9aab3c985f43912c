"""Outcomes of providers by field of study, as New Jersey publishes them for its training providers: one row per
provider and field, and in it, for each number of quarters since, how many completed and what share was employed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Final

from registry.providers.importing.csv_rows import BadRow, CsvFile, FileProblem, open_csv
from registry.quality.csv_table import UNREADABLE
from registry.quality.rules import FEWEST

FITTED, PROVED = 2, 4
"""Quarters after the service: the method is fitted on the one and proved on the other."""
PROVIDER, FIELD = "providerid", "cipcode"
SHARES: Final = {quarter: f"PerEmployed{quarter}" for quarter in (FITTED, PROVED)}
PEOPLE: Final = {quarter: f"NumCompleted{quarter}" for quarter in (FITTED, PROVED)}
COLUMNS: Final = (PROVIDER, FIELD, *SHARES.values(), *PEOPLE.values())
MISSING: Final = -99999
"""What stands where a number is missing or was held back."""
TITLES: Final = "nj_fields.csv"
"""A file of this name beside the outcomes gives the fields their titles."""


@dataclass(frozen=True, slots=True)
class Result:
    """Of `n` people who completed, `k` were employed."""

    k: int
    n: int


@dataclass(frozen=True, slots=True)
class ProviderResult:
    """One provider in one field; a quarter is None where nothing is known or too few people stand behind it."""

    provider: str
    field: str
    fitted: Result | None
    proved: Result | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A file that was read."""

    name: str
    sha256: str
    results: Sequence[ProviderResult]
    titles: Mapping[str, str]


def read_outcomes(file: Path) -> Outcomes:
    """Every row of the file. Raises FileProblem, one sentence with the line, at the first that cannot be used: a
    method that is tried on half a file is not tried."""
    results: dict[tuple[str, str], ProviderResult] = {}
    for line, row in _rows(file, COLUMNS):
        found = _result(file.name, line, row)
        if (found.provider, found.field) in results:
            raise FileProblem(
                f"{file.name}, line {line}: provider {found.provider} has field {found.field} twice."
            )
        results[found.provider, found.field] = found
    if not any(result.fitted for result in results.values()):
        raise FileProblem(f"{file.name} has no result of quarter {FITTED} with {FEWEST} people or more.")
    with open_csv(file) as source:
        digest = sha256(source.read()).hexdigest()
    return Outcomes(file.name, digest, list(results.values()), _titles(file.parent / TITLES))


def _titles(file: Path) -> dict[str, str]:
    """Field → title; nothing where the file is not there, for titles are a courtesy."""
    if not file.is_file():
        return {}
    return {row[FIELD]: row["title"] for _, row in _rows(file, (FIELD, "title"))}


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with open_csv(path) as source:
        file = CsvFile(source=source, delimiter=",", encoding="utf-8")
        file.read_header(path.name)
        lacking = [column for column in needed if column not in file.header]
        if lacking:
            raise FileProblem(
                f"{path.name} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}."
            )
        for row in file.rows():
            if isinstance(row, BadRow):
                raise FileProblem(f"{path.name}, line {row.line}: {UNREADABLE[row.code]}.")
            if len(row.cells) != len(file.header):
                raise FileProblem(
                    f"{path.name}, line {row.line}: {len(row.cells)} cells where the header has {len(file.header)}."
                )
            yield row.line, dict(zip(file.header, (cell.strip() for cell in row.cells), strict=True))


def _result(name: str, line: int, row: Mapping[str, str]) -> ProviderResult:
    try:
        return ProviderResult(row[PROVIDER], row[FIELD], _count(row, FITTED), _count(row, PROVED))
    except ValueError as error:
        raise FileProblem(f"{name}, line {line}: {error}.") from None


def _count(row: Mapping[str, str], quarter: int) -> Result | None:
    share, people = _number(row, SHARES[quarter]), _number(row, PEOPLE[quarter])
    if MISSING in (share, people) or people < FEWEST:
        return None
    employed = round(share * people)
    if not 0 <= share <= 1 or people % 1 or abs(employed - share * people) > Decimal("0.001"):
        raise ValueError(f"{SHARES[quarter]} {share} of {PEOPLE[quarter]} {people} is no number of people")
    return Result(employed, int(people))


def _number(row: Mapping[str, str], column: str) -> Decimal:
    try:
        value = Decimal(row[column])
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError(f"{column} is {row[column][:40]!r}, which is no number")
    return value
