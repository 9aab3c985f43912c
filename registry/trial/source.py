"""Reading the folder: a register of providers, their outcomes by field of study, and the municipalities.

Everything here is as the files say it; services follow from the fields of study in which a provider has outcomes.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from registry.providers.importing import MAPPINGS, FileProblem, read_mapping
from registry.providers.importing import Mapping as RegisterMapping
from registry.trial.errors import TrialError
from registry.trial.fields_of_study import group_of, title_of

PROVIDERS: Final = "nj_providers.csv"
OUTCOMES: Final = "nj_outcomes.csv"
FIELDS: Final = "nj_fields.csv"
MUNICIPALITIES: Final = "municipalities_2026.csv"

MISSING: Final = -99999
"""What the outcomes hold where a number is missing or was held back."""
MONTHS: Final[Mapping[int, int]] = {2: 6, 4: 12}
"""Quarters after the service → the month that our outcomes know. Eight quarters have no counterpart."""

FEWEST_PROVIDERS: Final = 3
"""A group of fields with fewer approved providers is no choice; such groups are one service together."""
OTHER: Final = "fields-other"
UNSTATED: Final = "field-not-stated"


@dataclass(frozen=True, slots=True)
class ServiceOfFields:
    """A service that stands for a group of fields of study."""

    code: str
    title: str
    approved: int
    """Providers that are approved for it."""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many of those who completed a field at a provider were employed so many months later."""

    provider: str
    field: str
    month: int
    people: int
    employed: int


@dataclass(frozen=True, slots=True)
class Source:
    """What the folder holds."""

    folder: Path
    mapping: RegisterMapping
    states: Mapping[str, int]
    """Rows by the state that the register gives them."""
    services: Sequence[ServiceOfFields]
    services_of: Mapping[str, Sequence[str]]
    """Provider's number → codes of its services."""
    service_of_group: Mapping[str, str]
    """Group of fields of study → code of its service."""
    outcomes: Sequence[OutcomeCount]
    outcome_rows: int
    outcomes_elsewhere: int
    """Rows of providers that the register lacks."""
    fields: int
    fields_in_demand: int
    without_field: int
    """Approved providers without any outcome, hence without a known field."""

    @property
    def rows(self) -> int:
        return sum(self.states.values())

    def service_of(self, field: str) -> str:
        """Code of the service that a field of study belongs to."""
        return self.service_of_group[group_of(field)]


def read_source(folder: Path) -> Source:
    """Read the folder. Raises TrialError when a file or a column is missing or a number cannot be read."""
    for name in (PROVIDERS, OUTCOMES, FIELDS, MUNICIPALITIES):
        if not (folder / name).is_file():
            raise TrialError(f"{folder} has no file {name}: name the folder with make trial DATA=folder.")
    try:
        mapping = read_mapping(MAPPINGS / "new_jersey.toml")
    except FileProblem as error:
        raise TrialError(str(error)) from error
    status_of = _statuses(folder / PROVIDERS, mapping)
    rows = list(_rows(folder / OUTCOMES, ("providerid", "cipcode", *_numbers())))
    known = [row for row in rows if row["providerid"] in status_of]
    approved = {number for number, state in status_of.items() if state == "active"}
    services, services_of, service_of_group = _services(known, status_of, approved)
    fields = list(_rows(folder / FIELDS, ("cipcode", "in_demand")))
    return Source(
        folder=folder,
        mapping=mapping,
        states=Counter(status_of.values()),
        services=services,
        services_of=services_of,
        service_of_group=service_of_group,
        outcomes=[count for row in known for count in _counts(row)],
        outcome_rows=len(rows),
        outcomes_elsewhere=len(rows) - len(known),
        fields=len(fields),
        fields_in_demand=sum(row["in_demand"] == "1" for row in fields),
        without_field=len(approved - {row["providerid"] for row in known}),
    )


def _rows(file: Path, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            missing = [column for column in needed if column not in (reader.fieldnames or ())]
            if missing:
                raise TrialError(f"{file.name} lacks the columns {', '.join(missing)}.")
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrialError(f"{file.name} cannot be read: {error}.") from error


def _numbers() -> list[str]:
    return [f"{name}{quarters}" for quarters in MONTHS for name in ("PerEmployed", "NumCompleted")]


def _statuses(file: Path, mapping: RegisterMapping) -> dict[str, str]:
    """Provider's number → state, as the mapping reads it; rows that the importer will refuse have none."""
    if mapping.status is None:
        raise TrialError("The mapping of the register says nothing of its status.")
    number, status = mapping.identity.column, mapping.status
    found: dict[str, str] = {}
    for row in _rows(file, (number, status.column)):
        state = status.values.get((row[status.column] or "").strip())
        if state is not None:
            found.setdefault((row[number] or "").strip(), state)
    if "active" not in found.values():
        raise TrialError(f"{file.name} has no approved provider.")
    return found


def _services(
    outcomes: Sequence[dict[str, str]], status_of: Mapping[str, str], approved: set[str]
) -> tuple[list[ServiceOfFields], dict[str, list[str]], dict[str, str]]:
    """The services, the services of each provider, and the service of each group of fields."""
    groups: dict[str, set[str]] = defaultdict(set)
    for row in outcomes:
        groups[row["providerid"]].add(group_of(row["cipcode"]))
    sizes = Counter(group for number in approved for group in groups.get(number, ()))
    code_of = {
        group: f"fields-{group}" if sizes[group] >= FEWEST_PROVIDERS else OTHER
        for group in sorted({group for found in groups.values() for group in found})
    }
    services_of = {
        number: sorted({code_of[group] for group in groups[number]}) if number in groups else [UNSTATED]
        for number in status_of
    }
    counted = Counter(code for number in approved for code in services_of[number])
    titles = {code: title_of(group) for group, code in code_of.items()}
    titles |= {OTHER: "Other fields of study", UNSTATED: "Training, field of study not stated"}
    used = sorted({code for codes in services_of.values() for code in codes})
    return [ServiceOfFields(code, titles[code], counted[code]) for code in used], services_of, code_of


def _counts(row: dict[str, str]) -> Iterator[OutcomeCount]:
    """The counts of a row. A share times the number of people must be a whole number of people."""
    for quarters, month in MONTHS.items():
        try:
            share = Fraction(row[f"PerEmployed{quarters}"])
            people = Fraction(row[f"NumCompleted{quarters}"])
        except ValueError as error:
            raise TrialError(
                f"{OUTCOMES}: provider {row['providerid']}, field {row['cipcode']}: {error}."
            ) from error
        if MISSING in (share, people) or people <= 0:
            continue
        employed = round(share * people)
        if not 0 <= employed <= people or abs(employed - share * people) > Fraction(1, 1000):
            raise TrialError(
                f"{OUTCOMES}: provider {row['providerid']}, field {row['cipcode']}: {float(share)} of {float(people)}"
                " is no number of people."
            )
        yield OutcomeCount(row["providerid"], row["cipcode"], month, int(people), int(employed))
