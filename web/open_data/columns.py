"""The tables of the open data: their columns, in the order of dictionary.toml, and how a row becomes values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from registry.catalogue.queries import Names
from registry.providers.rules import METHODS, PROVIDER_FORMS
from registry.quality.funnel import Place
from registry.quality.published.rows import FigureRow
from registry.quality.rules import MEASURES, Blank, Kind

TABLES: Final = ("figures", "register", "prices")

VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "measures": tuple(MEASURES),
    "kinds": tuple(map(str, Kind)),
    "blanks": tuple(map(str, Blank)),
    "places": tuple(map(str, Place)),
    "forms": PROVIDER_FORMS,
    "states": ("active", "suspended"),
    "methods": METHODS,
    "standings": ("past", "present", "coming"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `values` is the closed list that it takes its values from."""

    name: str
    type: str
    """string, integer, number, boolean or date, as Table Schema means them."""
    about: Names
    values: tuple[str, ...] | None
    least: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """What a table holds, by which columns its rows are told apart, and all its columns."""

    name: str
    about: Names
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """Under what terms the data may be used."""

    name: str
    title: str
    path: str


@cache
def _dictionary() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "dictionary.toml").read_text(encoding="utf-8"))


@cache
def licence() -> Licence:
    return Licence(**_dictionary()["licence"])


@cache
def table(name: str) -> Table:
    """`figures`, `register` or `prices`."""
    written = _dictionary()
    about = written["tables"][name]
    return Table(name, _names(about), tuple(about["key"]), tuple(map(_column, written["columns"][name])))


def _names(texts: Mapping[str, str]) -> Names:
    return Names(texts["fi"], texts["sv"], texts["en"])


def _column(written: Mapping[str, Any]) -> Column:
    values = VALUES[written["values"]] if "values" in written else None
    return Column(written["name"], written["type"], _names(written), values, written.get("least"))


Values = dict[str, Any]
"""Column → value: text, number, truth or None."""


def figure_values(row: FigureRow) -> Values:
    """A figure as the table has it."""
    figure = row.figure
    return {
        "release_id": str(row.release_id),
        "organiser": row.organiser_code,
        "release": row.release_number,
        "as_of": row.as_of.isoformat(),
        "method": row.method,
        "service_id": str(row.service_id),
        "service": row.service_code,
        "provider_id": str(row.provider_id),
        "provider": row.provider_name,
        "measure": figure.measure,
        "kind": figure.kind,
        "blank": figure.blank,
        "people": figure.n,
        "good": figure.k,
        "unknown": figure.unknown,
        "days": figure.days,
        "estimate": figure.estimate,
        "low": figure.low,
        "high": figure.high,
        "usual": figure.usual,
        "if_unknown_bad": figure.if_unknown_bad,
        "if_unknown_good": figure.if_unknown_good,
        "expected": figure.expected,
        "ratio": figure.ratio,
        "ratio_low": figure.ratio_low,
        "ratio_high": figure.ratio_high,
        "funnel": row.place,
    }
