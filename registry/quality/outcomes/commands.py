"""Taking in outcomes and their categories."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.fi import hetu

from registry.audit.commands import record
from registry.quality.model import OutcomeCategory
from registry.quality.outcomes.rules import status_fits
from registry.quality.rules import MONTHS, STANDARD_CATEGORIES, CountsAs
from registry.shared.actor import Actor
from registry.shared.database import direct_of
from registry.shared.errors import Invalid, Refusal
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.rows import as_document
from registry.shared.texts import single_line
from registry.vouchers.model import Voucher
from registry.vouchers.redemption.model import Redemption
from registry.vouchers.rules import RedemptionState

ROWS_AT_ONCE: Final = 2_000
MOST_PEOPLE: Final = 1_000_000
_CATEGORY_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")


async def ensure_categories(session: AsyncSession) -> None:
    """Put the standard outcome categories in place; what an installation has changed stays as it is."""
    await session.execute(
        insert(OutcomeCategory)
        .values(
            [
                {
                    "code": c.code,
                    "counts_as": str(c.counts_as),
                    "name_fi": c.name_fi,
                    "name_sv": c.name_sv,
                    "name_en": c.name_en,
                }
                for c in STANDARD_CATEGORIES
            ]
        )
        .on_conflict_do_nothing()
    )


async def set_category(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    code: str,
    counts_as: CountsAs | None = None,
    names: Mapping[str, str],
) -> None:
    """Add a category (then `counts_as` and a name in fi, sv and en are needed) or change one. What it counts as is
    frozen in each release: a change shows in the next one and rewrites none."""
    if not _CATEGORY_CODE.fullmatch(code):
        raise Invalid("category.code_malformed", errors={"code": "category.code_malformed"})
    given = {f"name_{lang}": single_line(f"name_{lang}", name, longest=120) for lang, name in names.items()}
    category = await session.get(OutcomeCategory, code, with_for_update=True, populate_existing=True)
    before = category.counts_as if category is not None else None
    if category is None:
        lacking = {name for name in ("name_fi", "name_sv", "name_en") if name not in given}
        if lacking or counts_as is None:
            raise Invalid("category.incomplete", errors=dict.fromkeys(sorted(lacking), "field.required"))
        session.add(OutcomeCategory(code=code, counts_as=str(counts_as), **given))
    else:
        for name, text in given.items():
            setattr(category, name, text)
        category.counts_as = str(counts_as or category.counts_as)
    record(
        session,
        actor=actor,
        now=now,
        action="outcome_category.set",
        subject_kind="outcome_category",
        organiser_id=None,
        subject_id=uuid5(NAMESPACE_OID, code),  # a category has no id of its own, only its code
        facts={
            "category": code,
            "counted_as": before,
            "counts_as": str(counts_as or before),
            "names": sorted(given),
        },
    )


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One status that an authority reports.

    Either of one client, by the voucher (service and provider are then worked out: who gave the larger part), or by
    the authority's own pseudonym with both named; `people` above one is a counted group of the same category.
    """

    service_id: UUID
    reference: str
    month: int
    category: str
    status_on: date
    provider_id: UUID | None = None
    voucher_id: UUID | None = None
    people: int = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the rows; `faults`: place of a row that was left out → every reason."""

    added: int
    corrected: int
    unchanged: int
    faults: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


async def record_outcomes(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
    rows: Sequence[OutcomeRow],
    leave_out_faulty: bool = False,
    dry_run: bool = False,
) -> Recorded:
    """Take in outcomes as a set: reporting the same again changes nothing, another category corrects it.

    A row that names no provider must have a voucher that was redeemed somewhere. Malformed rows fail the whole call,
    with the place of each in `facts["rows"]`, unless `leave_out_faulty`: then they are told in the answer.
    """
    vouchers = await _vouchers(session, organiser_id, rows)
    categories = set(await session.scalars(select(OutcomeCategory.code)))
    faults = {
        place: found
        for place, row in enumerate(rows)
        if (found := tuple(_faults(row, categories, vouchers, local_date(now))))
    }
    if faults and not leave_out_faulty:
        raise Invalid("outcomes.malformed", rows={place: found[0] for place, found in faults.items()})
    wanted: dict[tuple[UUID, str, int], dict[str, Any]] = {}
    for place, row in enumerate(rows):
        if place not in faults:
            wanted[row.service_id, row.reference, row.month] = _columns(row, organiser_id, vouchers, now)
    added = corrected = 0
    remaining = iter(wanted.items())
    while batch := dict(islice(remaining, ROWS_AT_ONCE)):
        new, changed = await _write(session, list(batch.values()), dry_run=dry_run)
        added, corrected = added + new, corrected + changed
    recorded = Recorded(added, corrected, len(wanted) - added - corrected, faults)
    if (added or corrected) and not dry_run:
        record(
            session,
            actor=actor,
            now=now,
            action="outcomes.recorded",
            subject_kind="organiser",
            subject_id=organiser_id,
            organiser_id=organiser_id,
            facts={"added": added, "corrected": corrected, "unchanged": recorded.unchanged},
        )
    return recorded


@dataclass(frozen=True, slots=True)
class _Held:
    """A voucher as outcomes need it: whose, of which service, who gave the larger part, and when it began."""

    client_id: UUID
    service_id: UUID
    provider_id: UUID | None
    began_on: date | None


async def _vouchers(
    session: AsyncSession, organiser_id: UUID, rows: Sequence[OutcomeRow]
) -> dict[UUID, _Held]:
    wanted = {row.voucher_id for row in rows if row.voucher_id is not None}
    if not wanted:
        return {}
    among = any_(literal(list(wanted), ARRAY(Uuid())))
    parts = (
        select(
            Redemption.voucher_id,
            Redemption.provider_id,
            func.sum(Redemption.value_cents).label("part"),
            func.min(Redemption.service_date).label("began_on"),
        )
        .where(Redemption.state == RedemptionState.CAPTURED, Redemption.voucher_id == among)
        .group_by(Redemption.voucher_id, Redemption.provider_id)
        .subquery()
    )
    found = await session.execute(
        select(Voucher.id, Voucher.client_id, Voucher.service_id, parts.c.provider_id, parts.c.began_on)
        .outerjoin(parts, parts.c.voucher_id == Voucher.id)
        .where(Voucher.organiser_id == organiser_id, Voucher.id == among)
        .order_by(Voucher.id, parts.c.part.desc(), parts.c.provider_id)
    )
    held: dict[UUID, _Held] = {}
    for voucher, client, service, provider, began_on in found:
        larger = held.get(voucher)
        if larger is None:
            held[voucher] = _Held(client, service, provider, began_on)
        elif larger.began_on is not None and began_on < larger.began_on:
            held[voucher] = _Held(client, service, larger.provider_id, began_on)
    return held


def _faults(
    row: OutcomeRow, categories: set[str], vouchers: Mapping[UUID, _Held], today: date
) -> Iterable[str]:
    """Every reason against a row."""
    if row.month not in MONTHS:
        yield "outcome.month_unknown"
    if row.category not in categories:
        yield "outcome.category_unknown"
    if not 0 < row.people <= MOST_PEOPLE or (row.voucher_id is not None and row.people != 1):
        yield "outcome.people_out_of_range"
    if not row.reference or len(row.reference) > 100 or not row.reference.isprintable():
        yield "outcome.reference_malformed"
    elif hetu.is_valid(row.reference, allow_temporary=True):
        yield "outcome.reference_is_identity"
    if row.status_on > today:
        yield "outcome.status_in_future"
    if row.voucher_id is None:
        if row.provider_id is None:
            yield "outcome.provider_missing"
        return
    voucher = vouchers.get(row.voucher_id)
    if voucher is None:
        yield "voucher.unknown"
        return
    if voucher.service_id != row.service_id:
        yield "outcome.other_service"
    if voucher.provider_id is None or voucher.began_on is None:
        yield "outcome.provider_missing"
    elif row.month in MONTHS:
        fits = status_fits(began_on=voucher.began_on, month=row.month, status_on=row.status_on)
        if isinstance(fits, Refusal):
            yield fits.code


def _columns(
    row: OutcomeRow, organiser_id: UUID, vouchers: Mapping[UUID, _Held], now: datetime
) -> dict[str, Any]:
    voucher = vouchers[row.voucher_id] if row.voucher_id is not None else None
    return {
        "id": uuid7(),
        "organiser_id": organiser_id,
        "service_id": row.service_id,
        "provider_id": voucher.provider_id if voucher is not None else row.provider_id,
        "reference": row.reference,
        "voucher_id": row.voucher_id,
        "client_id": voucher.client_id if voucher is not None else None,
        "month": row.month,
        "category": row.category,
        "people": row.people,
        "status_on": row.status_on,
        "recorded_at": now,
    }


_MAY_CHANGE: Final = ("provider_id", "category", "people", "status_on")

_WRITE: Final = """
INSERT INTO outcome ({columns})
SELECT {columns} FROM jsonb_populate_recordset(NULL::outcome, $1::text::jsonb) ORDER BY service_id, reference, month
ON CONFLICT (organiser_id, service_id, reference, month) DO UPDATE SET recorded_at = excluded.recorded_at, {changes}
WHERE ({now}) IS DISTINCT FROM ({wanted})
RETURNING xmax = 0 AS added
"""
"""The unique key itself finds what is there: a join on it is at the mercy of a planner who knows nothing of a table that
has just been filled. In the order of the keys, so that two imports at once wait and do not deadlock."""


async def _write(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, dry_run: bool
) -> tuple[int, int]:
    """Insert what is new and correct what differs: (added, corrected)."""
    statement = _WRITE.format(
        columns=", ".join(rows[0]),
        changes=", ".join(f"{name} = excluded.{name}" for name in _MAY_CHANGE),
        now=", ".join(f"outcome.{name}" for name in _MAY_CHANGE),
        wanted=", ".join(f"excluded.{name}" for name in _MAY_CHANGE),
    )
    await session.flush()
    tried = await session.begin_nested() if dry_run else None
    written = await (await direct_of(session)).fetch(statement, as_document(rows))
    if tried is not None:
        await tried.rollback()
    added = sum(row["added"] for row in written)
    return added, len(written) - added
