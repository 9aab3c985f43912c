"""Taking in what people and authorities report: reviews, outcomes, their categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.quality.model import Outcome, OutcomeCategory, Review
from registry.quality.rules import ASPECTS, MONTHS, STANDARD_CATEGORIES, Moment, may_review
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.vouchers.model import Redemption, Voucher
from registry.vouchers.rules import RedemptionState

COMMENT_LENGTH: Final = 2_000
ROWS_AT_ONCE: Final = 2_000


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


async def submit_review(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher_id: UUID,
    provider_id: UUID,
    moment: Moment,
    scores: Mapping[str, int],
    comment: str | None = None,
) -> UUID:
    """Take in a client's review of a provider where the client's own voucher was redeemed: one per voucher,
    provider and moment, and final, so that nobody can be talked into changing it.

    `scores`: all five aspects, 0 to 10. The comment is kept for moderation and published nowhere yet.
    """
    _check_review(scores, comment)
    voucher = await session.scalar(select(Voucher).where(Voucher.id == voucher_id))
    if voucher is None or voucher.client_id != actor.client_id:
        raise NotFound("voucher.unknown")
    last_redeemed_at = await session.scalar(
        select(func.max(Redemption.captured_at)).where(
            Redemption.voucher_id == voucher_id,
            Redemption.provider_id == provider_id,
            Redemption.state == RedemptionState.CAPTURED,
        )
    )
    require(may_review(moment=moment, last_redeemed_at=last_redeemed_at, now=now))
    review = Review(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        service_id=voucher.service_id,
        provider_id=provider_id,
        voucher_id=voucher_id,
        client_id=voucher.client_id,
        moment=str(moment),
        comment=(comment or "").strip() or None,
        submitted_at=now,
        **{aspect: scores[aspect] for aspect in ASPECTS},
    )
    session.add(review)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Refused("review.given_already") from error
    record(
        session,
        actor=actor,
        now=now,
        action="review.submitted",
        subject_kind="review",
        subject_id=review.id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher_id,
        facts={"provider_id": provider_id, "moment": moment, "has_comment": review.comment is not None},
    )
    return review.id


def _check_review(scores: Mapping[str, int], comment: str | None) -> None:
    errors = {
        aspect: "review.score_out_of_range"
        for aspect in ASPECTS
        if type(scores.get(aspect)) is not int or not 0 <= scores[aspect] <= 10
    }
    if comment is not None and len(comment) > COMMENT_LENGTH:
        errors["comment"] = "review.comment_too_long"
    if errors:
        raise Invalid(errors=errors)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One status that an authority reports.

    Either of one client, by the voucher (the provider is then worked out: who gave the larger part), or by the
    authority's own pseudonym with the provider named; `people` above one is a counted group of the same category.
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
    """What became of the rows."""

    added: int
    corrected: int
    unchanged: int


async def record_outcomes(
    session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID, rows: Sequence[OutcomeRow]
) -> Recorded:
    """Take in outcomes as a set: reporting the same again changes nothing, another category corrects it.

    A row that names no provider must have a voucher that was redeemed somewhere; rows that are malformed fail the
    whole call, with the place of each in `facts["rows"]`, for half a report is worse than none.
    """
    await ensure_categories(session)
    categories = set(await session.scalars(select(OutcomeCategory.code)))
    vouchers = await _vouchers(session, organiser_id, rows)
    faults = {
        place: fault
        for place, row in enumerate(rows)
        if (fault := _fault(row, categories, vouchers)) is not None
    }
    if faults:
        raise Invalid("outcomes.malformed", rows=faults)
    seen: dict[tuple[UUID, str, int], dict[str, Any]] = {}
    for row in rows:
        seen[row.service_id, row.reference, row.month] = _columns(row, organiser_id, vouchers, now)
    added = corrected = 0
    remaining = iter(seen.items())
    while batch := dict(islice(remaining, ROWS_AT_ONCE)):
        new, changed = await _write(session, organiser_id, batch)
        added, corrected = added + new, corrected + changed
    record(
        session,
        actor=actor,
        now=now,
        action="outcomes.recorded",
        subject_kind="organiser",
        subject_id=organiser_id,
        organiser_id=organiser_id,
        facts={"added": added, "corrected": corrected, "unchanged": len(seen) - added - corrected},
    )
    return Recorded(added, corrected, len(seen) - added - corrected)


@dataclass(frozen=True, slots=True)
class _Held:
    """A voucher as outcomes need it: whose, and who gave the larger part of its service."""

    client_id: UUID
    provider_id: UUID | None


async def _vouchers(
    session: AsyncSession, organiser_id: UUID, rows: Sequence[OutcomeRow]
) -> dict[UUID, _Held]:
    wanted = {row.voucher_id for row in rows if row.voucher_id is not None}
    if not wanted:
        return {}
    part = func.sum(Redemption.value_cents)
    larger = (
        select(Redemption.voucher_id, Redemption.provider_id)
        .ext(distinct_on(Redemption.voucher_id))
        .where(Redemption.state == RedemptionState.CAPTURED, Redemption.voucher_id.in_(wanted))
        .group_by(Redemption.voucher_id, Redemption.provider_id)
        .order_by(Redemption.voucher_id, part.desc(), Redemption.provider_id)
        .subquery()
    )
    found = await session.execute(
        select(Voucher.id, Voucher.client_id, larger.c.provider_id)
        .outerjoin(larger, larger.c.voucher_id == Voucher.id)
        .where(Voucher.organiser_id == organiser_id, Voucher.id.in_(wanted))
    )
    return {voucher: _Held(client, provider) for voucher, client, provider in found}


def _fault(row: OutcomeRow, categories: set[str], vouchers: Mapping[UUID, _Held]) -> str | None:
    if row.month not in MONTHS:
        return "outcome.month_unknown"
    if row.category not in categories:
        return "outcome.category_unknown"
    if not 0 < row.people <= 1_000_000 or (row.voucher_id is not None and row.people != 1):
        return "outcome.people_out_of_range"
    if not row.reference or len(row.reference) > 100:
        return "outcome.reference_malformed"
    if row.voucher_id is not None and row.voucher_id not in vouchers:
        return "voucher.unknown"
    if _provider(row, vouchers) is None:
        return "outcome.provider_missing"
    return None


def _provider(row: OutcomeRow, vouchers: Mapping[UUID, _Held]) -> UUID | None:
    if row.voucher_id is not None:
        return vouchers[row.voucher_id].provider_id or row.provider_id
    return row.provider_id


def _columns(
    row: OutcomeRow, organiser_id: UUID, vouchers: Mapping[UUID, _Held], now: datetime
) -> dict[str, Any]:
    return {
        "organiser_id": organiser_id,
        "service_id": row.service_id,
        "provider_id": _provider(row, vouchers),
        "reference": row.reference,
        "voucher_id": row.voucher_id,
        "client_id": vouchers[row.voucher_id].client_id if row.voucher_id else None,
        "month": row.month,
        "category": row.category,
        "people": row.people,
        "status_on": row.status_on,
        "recorded_at": now,
    }


_MAY_CHANGE: Final = ("provider_id", "category", "people", "status_on")


async def _write(
    session: AsyncSession, organiser_id: UUID, batch: Mapping[tuple[UUID, str, int], dict[str, Any]]
) -> tuple[int, int]:
    """Insert what is new and correct what differs: (added, corrected)."""
    standing = {
        (row.service_id, row.reference, row.month): row
        for row in await session.scalars(
            select(Outcome)
            .where(
                Outcome.organiser_id == organiser_id,
                tuple_(Outcome.service_id, Outcome.reference, Outcome.month).in_(list(batch)),
            )
            .order_by(Outcome.id)
            .with_for_update()
        )
    }
    new = [{"id": uuid7(), **columns} for key, columns in batch.items() if key not in standing]
    changed = [
        {"id": row.id, "recorded_at": batch[key]["recorded_at"], **{c: batch[key][c] for c in _MAY_CHANGE}}
        for key, row in standing.items()
        if any(getattr(row, c) != batch[key][c] for c in _MAY_CHANGE)
    ]
    if new:
        await session.execute(insert(Outcome), new)
    if changed:
        await session.execute(update(Outcome), changed)
    return len(new), len(changed)
