"""From a row of a foreign register to what it says in our words: pure, so that it can be tried without a database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from registry.providers.importing import values
from registry.providers.importing.csv_rows import Row
from registry.providers.importing.entries import PROVIDER_FIELDS, Context, Entry, Rejected, digest
from registry.providers.importing.mapping import (
    NEEDED,
    NEVER_DROPPED,
    FieldFrom,
    ListOf,
)
from registry.providers.importing.mapping import (
    Mapping as RegisterMapping,
)
from registry.providers.importing.values import BadValue, Note
from registry.providers.rules import (
    ACCESSIBILITY,
    EXPERIENCE,
    LANGUAGES,
    Offer,
    offer_errors,
    search_words,
    sort_key,
)
from registry.shared.identifiers import format_business_id, is_business_id


@dataclass(slots=True)
class Reader:
    """Reads rows by a mapping. One reader for one file: it knows which identities it has seen, and where."""

    mapping: RegisterMapping
    header: Sequence[str]
    context: Context
    seen: dict[str, int] = field(default_factory=dict)
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    _at: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._at = {column: place for place, column in enumerate(self.header)}

    def read(self, row: Row) -> Entry | Rejected:
        """The row's entry, or every reason against it."""
        if len(row.cells) != len(self.header):
            short = len(row.cells) < len(self.header)
            found = f"{len(row.cells)} of {len(self.header)}"
            note = Note("row.cells_missing" if short else "row.cells_too_many", "", found)
            return Rejected(row.line, row.cells, [note])
        reading = _Reading(self, row)
        return reading.entry()

    def cell(self, row: Row, column: str) -> str:
        return row.cells[self._at[column]]


@dataclass(slots=True)
class _Reading:
    """One row being read."""

    reader: Reader
    row: Row
    bad: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def entry(self) -> Entry | Rejected:
        mapping = self.reader.mapping
        identity = self._identity()
        found = {name: self._field(name, source) for name, source in mapping.fields.items()}
        for name, constant in mapping.constants.items():
            found[name] = self._constant(name, constant)
        for name in NEEDED:
            if found.get(name) is None and not any(note.column == self._column(name) for note in self.bad):
                self.bad.append(Note("value.missing", self._column(name), ""))
        state = self._state()
        languages = self._list(mapping.languages, LANGUAGES)
        accessibility = self._list(mapping.accessibility, ACCESSIBILITY)
        found["experience"] = self._list(mapping.experience, EXPERIENCE, reject=True)
        municipalities = self._municipalities()
        submitted_at = self._moment()
        code = found.get("municipality_code")
        if code is not None and code not in self.reader.context.municipalities:
            self.notes.append(Note("municipality.unknown", self._column("municipality_code"), code))
            found["municipality_code"] = None
        services = self._services(identity, found.get("service"))
        if self.bad:
            return Rejected(self.row.line, self.row.cells, self.bad)
        offers = self._offers(services, found, languages, accessibility, municipalities)
        if self.bad:
            return Rejected(self.row.line, self.row.cells, self.bad)
        return self._made(identity, found, state, offers, submitted_at)

    def _made(
        self,
        identity: str,
        found: dict[str, Any],
        state: str,
        offers: dict[str, Offer],
        submitted_at: datetime | None,
    ) -> Entry:
        mapping = self.reader.mapping
        self._same_name(found)
        provider = {name: found.get(name) for name in PROVIDER_FIELDS}
        provider["form"] = provider["form"] or "unknown"
        provider["source"] = mapping.source
        provider["fictional"] = mapping.fictional
        reason = mapping.status.suspended_reason if mapping.status and state == "suspended" else None
        offered = {code: offer.document() for code, offer in sorted(offers.items())}
        return Entry(
            line=self.row.line,
            cells=self.row.cells,
            identity=identity,
            provider=provider
            | {
                "search_words": search_words(provider["name"], provider["city"]),
                "sort_key": sort_key(str(provider["name"])),
            },
            state=state,
            state_reason=reason,
            offers=offers,
            submitted_at=submitted_at,
            notes=self.notes,
            provider_digest=digest(provider),
            offer_digest=digest({"state": state, "offers": offered}),
        )

    def _column(self, name: str) -> str:
        source = self.reader.mapping.fields.get(name)
        return source.column if source else name

    def _identity(self) -> str:
        """The register's own number; the same number a second time in the file is a mistake in one of the two."""
        how = self.reader.mapping.identity
        try:
            text, codes = values.clean(self.reader.cell(self.row, how.column))
            self.notes += [Note(code, how.column, text) for code in codes]
            if not text:
                raise BadValue("value.missing")
            if how.pattern and not values.matches(how.pattern, text):
                raise BadValue("identity.malformed")
            if how.check == "business_id":
                if not is_business_id(text):
                    raise BadValue("identity.check_digit")
                text = format_business_id(text)
            if len(text) > 100:
                raise BadValue("value.too_long")
        except BadValue as error:
            self.bad.append(Note(error.code, how.column, self.reader.cell(self.row, how.column)))
            return ""
        first = self.reader.seen.setdefault(text, self.row.line)
        if first != self.row.line:
            self.bad.append(Note("identity.twice", how.column, f"{text}, first on line {first}"))
        return text

    def _field(self, name: str, source: FieldFrom) -> Any:
        raw = self.reader.cell(self.row, source.column)
        try:
            text, codes = values.clean(raw)
            self.notes += [Note(code, source.column, raw) for code in codes]
            if not text or text in source.none:
                return None
            if source.values is not None:
                if text not in source.values:
                    raise BadValue("value.unknown_code")
                text = source.values[text]
                if not text:
                    return None
            if source.pad_to and text.isdigit() and len(text) < source.pad_to:
                text = text.zfill(source.pad_to)
                self.notes.append(Note("value.zeros_restored", source.column, raw))
            if source.pattern and not values.matches(source.pattern, text):
                raise BadValue("value.malformed")
            return self._read(name, text, source)
        except BadValue as error:
            keep_out = source.when_bad == "reject" or name in NEVER_DROPPED
            control = error.code == "value.control_character"
            (self.bad if keep_out or control else self.notes).append(Note(error.code, source.column, raw))
            return None

    def _read(self, name: str, text: str, source: FieldFrom | None) -> Any:
        if name == "website":
            address, code = values.web_address(text)
            if code and source:
                self.notes.append(Note(code, source.column, text))
            return address
        if name == "next_start":
            return values.day(text, source.date_format if source else None)
        return values.READERS[name](text)

    def _constant(self, name: str, constant: str | int | bool) -> Any:
        text = ("yes" if constant else "no") if isinstance(constant, bool) else str(constant)
        try:
            return self._read(name, text, None)
        except BadValue as error:
            self.bad.append(Note(error.code, f"constant {name}", text))
            return None

    def _state(self) -> str:
        status = self.reader.mapping.status
        if status is None:
            return "active"
        raw = self.reader.cell(self.row, status.column)
        state = status.values.get(" ".join(raw.split()))
        if state is None:
            code = "value.missing" if not raw.strip() else "status.unknown"
            self.bad.append(Note(code, status.column, raw))
            return ""
        return state

    def _list(self, entries: ListOf, codes: Collection[str], *, reject: bool = False) -> tuple[str, ...]:
        """Entries of a list, each one of `codes`; what is none is left out with a warning, or rejects the row."""
        found = dict.fromkeys(entries.always)
        for source in entries.sources:
            try:
                text, _ = values.clean(self.reader.cell(self.row, source.column))
            except BadValue as error:
                self.bad.append(Note(error.code, source.column, self.reader.cell(self.row, source.column)))
                continue
            for part in text.split(source.separator.strip() or None) if source.separator else [text]:
                word = part.strip()
                code = source.values.get(word) if source.values is not None else word.lower()
                if not word or code == "":
                    continue
                if code is None or code not in codes:
                    if reject:
                        self.bad.append(Note("list.not_an_entry", source.column, word))
                    else:
                        self.notes.append(Note("list.unknown_entry", source.column, word))
                else:
                    found.setdefault(code)
        return tuple(found)

    def _municipalities(self) -> tuple[str, ...]:
        how = self.reader.mapping.municipalities
        if how == "area":
            return tuple(self.reader.context.area)
        return self._list(how, self.reader.context.municipalities)

    def _moment(self) -> datetime | None:
        how = self.reader.mapping.submitted_at
        if how is None:
            return None
        raw = self.reader.cell(self.row, how.column)
        if not raw.strip():
            return None
        try:
            at = datetime.strptime(raw.strip(), how.format).replace(tzinfo=ZoneInfo(how.timezone))
        except ValueError:
            self.notes.append(Note("date.unreadable", how.column, raw))
            return None
        if not 1990 <= at.year <= 2100:
            self.notes.append(Note("date.unreadable", how.column, raw))
            return None
        return at

    def _services(self, identity: str, named: str | None) -> list[str]:
        context = self.reader.context
        if named is not None:
            if named not in context.services:
                self.bad.append(Note("service.unknown", self._column("service"), named))
            return [named]
        if context.services_of is not None:
            return [code for code in context.services_of(identity) if code in context.services]
        return list(context.services)

    def _offers(
        self,
        services: Sequence[str],
        found: dict[str, Any],
        languages: tuple[str, ...],
        accessibility: tuple[str, ...],
        municipalities: tuple[str, ...],
    ) -> dict[str, Offer]:
        """An offer per service, each checked against that service's terms as an application's would be."""
        offers = {}
        start: date | None = found.get("next_start")
        for code in services:
            limits = self.reader.context.services[code].limits
            offer = Offer(
                unit_price_cents=found["unit_price"],
                vat_rate_bp=found["vat_rate"],
                municipality_codes=municipalities,
                remote=bool(found.get("remote")),
                languages=languages,
                accessibility=accessibility,
                method=found["method"],
                places=found["places"],
                next_start=start,
                first_talk_free=bool(found.get("first_talk_free")),
                rule_book_version=limits.rule_book_version,
                same_coach=found.get("same_coach"),
                experience=found["experience"],
            )
            for name, problem in offer_errors(offer, limits, earliest_start=None).items():
                note = Note(problem, name, code)
                if note not in self.bad:
                    self.bad.append(note)
            offers[code] = offer
        return offers

    def _same_name(self, found: dict[str, Any]) -> None:
        """Two numbers with one name and city may be one organisation twice: told, and kept apart, for the register
        knows its own numbers better than we do."""
        key = (str(found["name"]).casefold(), str(found.get("city")).casefold())
        first = self.reader.names.setdefault(key, self.row.line)
        if first != self.row.line:
            note = Note("name.twice", self._column("name"), f"{found['name']}, also on line {first}")
            self.notes.append(note)
