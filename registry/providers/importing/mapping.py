"""The mapping of a foreign register's columns to ours: a TOML file, checked as a whole before a row is read."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry.providers.importing.csv_rows import Encoding, FileProblem
from registry.providers.rules import ACCESSIBILITY, EXPERIENCE, LANGUAGES, METHODS, PROVIDER_FORMS

MAPPINGS: Final = Path(__file__).resolve().parent.parent / "mappings"
"""The mappings that come with the project; each is named by its file: `new_jersey`."""

FIELDS: Final = (
    "name",
    "form",
    "company_group",
    "street",
    "postal_code",
    "city",
    "municipality_code",
    "website",
    "email",
    "phone",
    "unit_price",
    "vat_rate",
    "places",
    "method",
    "remote",
    "first_talk_free",
    "same_coach",
    "next_start",
    "service",
)
NEEDED: Final = ("name", "unit_price", "vat_rate", "places", "method")
"""What no row can do without, from a column or as a constant."""
NEVER_DROPPED: Final = frozenset(NEEDED) | {"form", "service", "same_coach"}
"""A row whose value here is bad is rejected, whatever the mapping says: without it there is nothing to admit, and
`same_coach` is what the provider is quoted with to those who choose, so it is not half read."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("no such time zone") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Part):
    """The register's own number, and the scheme under which it is ours."""

    scheme: str = Field(pattern=r"^[a-z]{2}(-[a-z]{2})?:[a-z0-9-]+$")
    column: str
    pattern: Pattern | None = None
    check: Literal["business_id"] | None = None


class FieldFrom(_Part):
    """A field from a column: what stands for "nothing", how codes are read, and whether a value that cannot be read
    rejects the row or is left out with a warning."""

    column: str
    none: tuple[str, ...] = ()
    values: dict[str, str] | None = None
    pattern: Pattern | None = None
    pad_to: int | None = Field(default=None, ge=1, le=20)
    """Leading zeros that a spreadsheet ate come back, with a warning."""
    date_format: str | None = None
    when_bad: Literal["reject", "drop"] = "drop"


class ListFrom(_Part):
    """Entries of a list from a column. A value that `values` maps to "" is known and says nothing."""

    column: str
    separator: str | None = None
    values: dict[str, str] | None = None


class ListOf(_Part):
    """A list: what always belongs to it, and what columns add."""

    always: tuple[str, ...] = ()
    sources: tuple[ListFrom, ...] = Field(default=(), alias="from")


class Status(_Part):
    """How the register's own status is kept. `suspended_reason` is what the officer sees of a suspension."""

    column: str
    values: dict[str, Literal["active", "suspended", "submitted"]]
    suspended_reason: str = "Suspended in the register it was imported from."


class Moment(_Part):
    """When an application was made there."""

    column: str
    format: str
    timezone: Annotated[str, AfterValidator(_zone)]


class Mapping(_Part):
    """A whole mapping."""

    source: str = Field(min_length=1, max_length=200)
    """Name of the register; shown on every provider's page that came from it."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: Encoding = "utf-8"
    fictional: bool = False
    identity: Identity
    status: Status | None = None
    """Everyone is active where the register has no status."""
    submitted_at: Moment | None = None
    fields: dict[str, FieldFrom] = {}
    languages: ListOf = ListOf()
    accessibility: ListOf = ListOf()
    experience: ListOf = ListOf()
    """With people in which situations, as the provider says of itself. An entry that is not known rejects the row."""
    municipalities: ListOf | Literal["area"] = ListOf()
    """"area": all municipalities of the organiser's employment area."""
    constants: dict[str, str | int | bool] = {}
    """What the register does not say and is the same for all: made up, and named as such in the report."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in (*self.fields, *self.constants):
            if name not in FIELDS:
                raise ValueError(f"there is no field {name!r}; fields are {', '.join(FIELDS)}")
        for name in self.fields.keys() & self.constants.keys():
            raise ValueError(f"{name} is both a field and a constant")
        for name in NEEDED:
            if name not in self.fields and name not in self.constants:
                raise ValueError(f"{name} is neither a field nor a constant")
        _known("languages", self.languages, LANGUAGES)
        _known("accessibility", self.accessibility, ACCESSIBILITY)
        _known("experience", self.experience, EXPERIENCE)
        for name, codes in (("form", PROVIDER_FORMS), ("method", METHODS)):
            mapped = (self.fields[name].values or {}) if name in self.fields else {}
            if wrong := sorted({v for v in mapped.values() if v and v not in codes}):
                raise ValueError(f"{name}: {', '.join(wrong)} is none of {', '.join(codes)}")
        return self

    def own_statements(self) -> frozenset[str]:
        """What of a provider's own statements the register tells; the others stay as they were said here."""
        said = {"same_coach"} & {*self.fields, *self.constants}
        return frozenset(
            said | ({"experience"} if self.experience.always or self.experience.sources else set())
        )

    def columns(self) -> set[str]:
        """Every column that the mapping reads."""
        named = {self.identity.column, *(f.column for f in self.fields.values())}
        if self.status:
            named.add(self.status.column)
        if self.submitted_at:
            named.add(self.submitted_at.column)
        for entries in (self.languages, self.accessibility, self.experience, self.municipalities):
            if isinstance(entries, ListOf):
                named |= {part.column for part in entries.sources}
        return named


def _known(name: str, entries: ListOf, codes: Any) -> None:
    mapped = [*entries.always, *(v for part in entries.sources for v in (part.values or {}).values() if v)]
    if wrong := sorted({code for code in mapped if code not in codes}):
        raise ValueError(f"{name}: unknown {', '.join(map(repr, wrong))}")


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file, or of one that comes with the project when only its name is given.

    Raises FileProblem that says what is wrong and where.
    """
    if not path.exists() and path.parent == Path() and not path.suffix:
        shipped = MAPPINGS / f"{path.name}.toml"
        path = shipped if shipped.exists() else path
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in MAPPINGS.glob("*.toml")))
        raise FileProblem(f"There is no mapping {path}. Those that come with the project: {known}.") from None
    except OSError as error:
        raise FileProblem(f"The mapping {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FileProblem(f"The mapping {path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise FileProblem(f"The mapping {path} is not TOML: {error}.") from None
    except ValidationError as error:
        said = "; ".join(
            ".".join(str(part) for part in item["loc"]) + (": " if item["loc"] else "") + item["msg"]
            for item in error.errors()[:5]
        )
        raise FileProblem(f"The mapping {path} is wrong: {said}.") from None
