"""Granting from a file: a CSV of orders, read strictly, resolved in a few queries whatever the number of rows.

Columns, in any order, named on the first line (comma, semicolon or tab between them):
`identity` (identity code or business id) or `client_id`; `service` and `budget_line` (their codes); and, where less than
the service's terms is meant, `value` (euros), `units` (1,25) and `validity_days`; `in_plan` and `despite_like` (yes or
no); and, for a fair comparison of results later, `months_unemployed` and `education` (one of EDUCATIONS). A row that
cannot be granted is named with its line and every reason; it never stops the others.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Service
from registry.ledger.model import BudgetLine
from registry.people.identity import clean_identity, identity_hash
from registry.people.model import Client, ClientPerson
from registry.people.rules import EDUCATIONS, MOST_MONTHS
from registry.shared.errors import Invalid, Refusal
from registry.shared.money import Money
from registry.shared.settings import Keys
from registry.vouchers.commands import GrantOrder
from registry.vouchers.sent_table import TableLine, read_table

MAX_ROWS: Final = 20_000
MAX_UNITS: Final = 1_000_00

COLUMNS: Final = (
    "client_id", "identity", "service", "budget_line", "value", "units", "validity_days", "in_plan", "despite_like",
    "months_unemployed", "education",
)  # fmt: skip
REQUIRED: Final = ("service", "budget_line")
YES: Final = frozenset({"yes", "y", "1", "true", "kyllä", "k", "ja", "j"})
NO: Final = frozenset({"", "no", "n", "0", "false", "ei", "e", "nej"})


@dataclass(frozen=True, slots=True)
class Row:
    """One order as it was sent: by codes and identities, not by our ids. `errors` are what is wrong with it already."""

    line: int
    """Its line in the file; its place in the list for an order that came through the API."""
    client_id: UUID | None = None
    identity: str = ""
    service: str = ""
    budget_line: str = ""
    value_cents: int | None = None
    units: int | None = None
    validity_days: int | None = None
    in_plan: bool = False
    despite_like: bool = False
    months_unemployed: int | None = None
    education: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A row with the order that it means, or with every reason why it means none."""

    line: int
    order: GrantOrder | None
    refusals: tuple[Refusal, ...] = ()


def read_rows(text: str) -> list[Row]:
    """The rows of a decoded file. Raises Invalid(batch.*) where the file as a whole cannot be read."""
    return [_row(line) for line in read_table(text, columns=COLUMNS, missing=_missing, most=MAX_ROWS)]


def _missing(names: Collection[str]) -> list[str]:
    missing = [name for name in REQUIRED if name not in names]
    return missing if {"client_id", "identity"} & set(names) else ["identity", *missing]


@dataclass(slots=True)
class _Reading:
    """The values of one row as they are read, and what is wrong with them."""

    values: dict[str, str]
    errors: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self.errors.append(f"row.{name}_missing")
        return text

    def client_id(self) -> UUID | None:
        text = self.text("client_id")
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            self.errors.append("row.client_id_malformed")
            return None

    def value(self) -> int | None:
        text = self.text("value")
        if not text:
            return None
        try:
            return Money.parse(text).cents
        except Invalid:
            self.errors.append("row.value_malformed")
            return None

    def units(self) -> int | None:
        text = self.text("units").replace(",", ".")
        if not text:
            return None
        try:
            hundredths = Decimal(text) * 100
            if hundredths == hundredths.to_integral_value() and 0 < hundredths <= MAX_UNITS:
                return int(hundredths)
        except (InvalidOperation, Overflow):
            pass
        self.errors.append("row.units_malformed")
        return None

    def days(self) -> int | None:
        text = self.text("validity_days")
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 4:
            return int(text)
        self.errors.append("row.validity_malformed")
        return None

    def months(self) -> int | None:
        text = self.text("months_unemployed")
        if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MOST_MONTHS:
            return int(text)
        if text or self.text("education"):
            self.errors.append("row.months_malformed")
        return None

    def education(self) -> str:
        text = self.text("education").lower()
        if text and text not in EDUCATIONS:
            self.errors.append("row.education_unknown")
        return text

    def yes(self, name: str, code: str) -> bool:
        text = self.text(name).lower()
        if text not in YES and text not in NO:
            self.errors.append(code)
        return text in YES


def _row(sent: TableLine) -> Row:
    reading = _Reading(sent.values)
    if sent.too_many:
        reading.errors.append("row.columns_too_many")
    client_id, identity = reading.client_id(), reading.text("identity")
    if reading.text("client_id") and identity:
        reading.errors.append("row.client_twice")
    if not reading.text("client_id") and not identity:
        reading.errors.append("row.client_missing")
    return Row(
        line=sent.line,
        client_id=client_id,
        identity=identity,
        service=reading.required("service"),
        budget_line=reading.required("budget_line"),
        value_cents=reading.value(),
        units=reading.units(),
        validity_days=reading.days(),
        in_plan=reading.yes("in_plan", "row.in_plan_malformed"),
        despite_like=reading.yes("despite_like", "row.like_open_malformed"),
        months_unemployed=reading.months(),
        education=reading.education(),
        errors=tuple(reading.errors),
    )


async def resolve(
    session: AsyncSession, *, organiser_id: UUID, keys: Keys, rows: Sequence[Row], fictional: bool = False
) -> list[Resolved]:
    """What each row means, in four queries: clients by id, clients by identity, services and budget lines by code."""
    hashes = {row.line: _hash(keys, row.identity, fictional=fictional) for row in rows if row.identity}
    by_id = await _known_clients(session, organiser_id, {row.client_id for row in rows if row.client_id})
    by_hash = await _clients_by_hash(session, organiser_id, {h for h in hashes.values() if h})
    services = await _by_code(session, Service, organiser_id)
    lines = await _by_code(session, BudgetLine, organiser_id)
    found = []
    for row in rows:
        errors = list(row.errors)
        client_id = row.client_id if row.client_id in by_id else None
        if row.identity:
            hashed = hashes[row.line]
            client_id = by_hash.get(hashed) if hashed else None
            if hashed is None:
                errors.append("row.identity_malformed")
        if client_id is None and not {e for e in errors if e.startswith(("row.client", "row.identity"))}:
            errors.append("row.client_unknown")
        service_id, line_id = services.get(row.service), lines.get(row.budget_line)
        if service_id is None and row.service:
            errors.append("row.service_unknown")
        if line_id is None and row.budget_line:
            errors.append("row.budget_line_unknown")
        if errors or client_id is None or service_id is None or line_id is None:
            found.append(Resolved(row.line, None, tuple(Refusal(code) for code in errors)))
            continue
        order = GrantOrder(
            client_id=client_id, service_id=service_id, budget_line_id=line_id, value_cents=row.value_cents,
            units=row.units, validity_days=row.validity_days, in_plan=row.in_plan, despite_like=row.despite_like,
        )  # fmt: skip
        found.append(Resolved(row.line, order))
    return found


def _hash(keys: Keys, identity: str, *, fictional: bool) -> bytes | None:
    for kind in ("person", "company"):
        try:
            return identity_hash(keys, kind=kind, code=clean_identity(kind, identity, fictional=fictional))
        except Invalid:
            continue
    return None


async def _known_clients(session: AsyncSession, organiser_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """One array parameter: a list of ten thousand would come near the limit of 32,767 parameters."""
    if not ids:
        return set()
    among = any_(literal(list(ids), ARRAY(Uuid())))
    return set(
        await session.scalars(
            select(Client.id).where(Client.organiser_id == organiser_id, Client.id == among)
        )
    )


async def _clients_by_hash(
    session: AsyncSession, organiser_id: UUID, hashes: Collection[bytes]
) -> dict[bytes, UUID]:
    if not hashes:
        return {}
    among = any_(literal(list(hashes), ARRAY(LargeBinary())))
    rows = await session.execute(
        select(ClientPerson.identity_hash, ClientPerson.client_id).where(
            ClientPerson.organiser_id == organiser_id, ClientPerson.identity_hash == among
        )
    )
    return {hashed: client_id for hashed, client_id in rows if hashed}


async def _by_code(session: AsyncSession, table: Any, organiser_id: UUID) -> dict[str, UUID]:
    rows = await session.execute(
        select(table.code, table.id).where(table.organiser_id == organiser_id, table.active)
    )
    return dict(rows.all())
