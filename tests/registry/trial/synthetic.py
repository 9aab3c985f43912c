"""A small invented folder with the same files and columns as the real one, and some of its dirt."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from registry.providers.importing import MAPPINGS, read_mapping
from registry.trial.source import FIELDS, MUNICIPALITIES, OUTCOMES, PROVIDERS

NUMBERS: Final = tuple(
    f"{name}{quarters}" for name in ("PerEmployed", "NumCompleted") for quarters in (2, 4, 8)
)
APPROVED: Final = range(1, 15)
SUSPENDED: Final = (15, 16)
PENDING: Final = 17
MISSING: Final = "-99999"


def write_folder(folder: Path) -> Path:
    """14 approved providers: 1 to 4 teach nursing (51), 3 to 7 computing (11), 8 and 9 law (22, too few for a service of
    its own), 10 to 14 nobody knows what."""
    _write(folder / PROVIDERS, sorted(read_mapping(MAPPINGS / "new_jersey.toml").columns()), _providers())
    _write(folder / OUTCOMES, ("providerid", "cipcode", *NUMBERS), _outcomes())
    _write(
        folder / FIELDS,
        ("cipcode", "title", "in_demand"),
        [
            {"cipcode": "513801", "title": "Nursing", "in_demand": "1"},
            {"cipcode": "110101", "title": "Computing", "in_demand": "0"},
            {"cipcode": "220302", "title": "", "in_demand": "0"},
        ],
    )
    _write(
        folder / MUNICIPALITIES,
        (
            "municipality_code", "name_fi", "name_sv", "employment_area_code", "employment_area_fi",
            "employment_area_sv", "employment_area_en", "longitude", "latitude",
        ),
        [_municipality(*row) for row in (("001", "20"), ("002", "41"), ("003", "41"), ("004", "46"))],
    )  # fmt: skip
    return folder


def _write(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _providers() -> list[dict[str, str]]:
    status = dict.fromkeys(APPROVED, "Approved") | dict.fromkeys(SUSPENDED, "Suspend") | {PENDING: "Pending"}
    return [
        {
            "providerid": str(number),
            "name": f"Invented school {number}",
            "city": "Select One" if number == 3 else "Trenton",
            "zip": "8600",
            "website": "www.school.invalid",
            "distancelearning": "1" if number % 4 == 0 else "2",
            "speakspanish": "1" if number % 5 == 0 else "2",
            "accessfordisabled": "1" if number % 2 else "2",
            "dtsubmitted": "1/2/2002 12:00:00 AM",
            "statusname": state,
        }
        for number, state in status.items()
    ]


def _outcomes() -> list[dict[str, str]]:
    taught = [(n, "513801") for n in (1, 2, 3, 4)] + [(n, "110101") for n in (3, 4, 5, 6, 7)]
    taught += [(n, "220302") for n in (8, 9)] + [(15, "513801"), (999, "513801")]
    return [_outcome(provider, field) for provider, field in taught]


def _outcome(provider: int, field: str) -> dict[str, str]:
    """Three quarters of twenty people after two quarters; suppressed after four, at every other provider."""
    after_four = {"PerEmployed4": MISSING, "NumCompleted4": "20"}
    if provider % 2:
        after_four = {"PerEmployed4": "0.583333333333333", "NumCompleted4": "12"}
    return {
        "providerid": str(provider),
        "cipcode": field,
        "PerEmployed2": "0.75",
        "NumCompleted2": "20",
        **after_four,
        "PerEmployed8": MISSING,
        "NumCompleted8": MISSING,
    }


def _municipality(code: str, area: str) -> dict[str, str]:
    names = {f"employment_area_{language}": f"Area {area}" for language in ("fi", "sv", "en")}
    place = {"municipality_code": code, "name_fi": f"Town {code}", "name_sv": f"Town {code}"}
    return {**place, "employment_area_code": area, "longitude": "25.5", "latitude": "65.0", **names}
