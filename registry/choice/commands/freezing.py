"""Freezing shortlists: who could be chosen when the voucher was granted, and in which order its client sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import event_values, record
from registry.audit.model import AuditEvent
from registry.catalogue.model import Service, VoucherTerms
from registry.choice.commands.unserved import Unserved, open_unserved_cases, unserved_kind
from registry.choice.model import ChoicePeriod, Shortlist
from registry.choice.rules import (
    RULES,
    Arrangement,
    Offer,
    Seeker,
    arrange,
    commitment,
    count_reasons,
    exclusions,
    language_missing,
    order_digest,
    period_key,
    seed,
)
from registry.people.model import Client
from registry.providers.model import Admission, Provider
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers.model import Voucher


async def commit_period(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys, organiser_id: UUID, year: int
) -> bool:
    """Commit the organiser to its key of a year, once; True when this call did it. The worker does so before the
    year begins, and the first shortlist of an organiser at the latest."""
    made = commitment(period_key(keys.choice_seed, organiser_id, year))
    new = await session.scalar(
        insert(ChoicePeriod)
        .values(organiser_id=organiser_id, year=year, commitment=made, committed_at=now)
        .on_conflict_do_nothing()
        .returning(ChoicePeriod.year)
    )
    if new is None:
        return False
    record(
        session,
        actor=actor,
        now=now,
        action="choice_period.committed",
        subject_kind="organiser",
        subject_id=organiser_id,
        organiser_id=organiser_id,
        facts={"year": year, "commitment": made.hex()},
    )
    return True


async def commit_periods(session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys) -> int:
    """Commit every organiser in the actor's sight to this year's key and, from December on, to next year's; how many
    commitments are new. The worker's daily duty, for a commitment made after the fact proves nothing."""
    on = local_date(now)
    years = [on.year, on.year + 1] if on.month == 12 else [on.year]
    made = [
        await commit_period(session, actor=actor, now=now, keys=keys, organiser_id=organiser_id, year=year)
        for organiser_id in sorted(actor.sight.organisers)
        for year in years
    ]
    return sum(made)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A voucher whose shortlist is to be frozen."""

    voucher_id: UUID
    organiser_id: UUID
    client_id: UUID
    service_id: UUID
    size: int
    seeker: Seeker


async def freeze_shortlists(
    session: AsyncSession, *, actor: Actor, now: datetime, keys: Keys, voucher_ids: Collection[UUID]
) -> int:
    """Freeze the shortlists of those vouchers that have none; how many were frozen. A fixed number of statements
    per organiser, whatever the number of vouchers.

    Called in the transaction that grants. A voucher that nobody can serve, or nobody in the client's Finnish or
    Swedish, gets a case at once.
    """
    wanted = await _wanted(session, voucher_ids)
    if not wanted:
        return 0
    year = local_date(now).year
    for organiser_id in sorted({w.organiser_id for w in wanted}):
        await commit_period(session, actor=actor, now=now, keys=keys, organiser_id=organiser_id, year=year)
    offers = await _offers(session, {w.service_id for w in wanted})
    rows, unserved = _shortlists(wanted, offers, keys, now)
    # two readers may freeze the same voucher at once: both draw the same order, and the second changes nothing
    frozen = set(
        await session.scalars(
            insert(Shortlist).on_conflict_do_nothing().returning(Shortlist.voucher_id), rows
        )
    )
    rows = [row for row in rows if row["voucher_id"] in frozen]
    if rows:
        await session.execute(insert(AuditEvent), [_frozen_event(row, actor, now) for row in rows])
        await open_unserved_cases(
            session, [one for one in unserved if one.voucher_id in frozen], actor=actor, now=now
        )
    return len(rows)


def _among(ids: Collection[UUID]) -> Any:
    """One array parameter: a list of ten thousand would come near the limit of 32,767 parameters."""
    return any_(literal(list(ids), ARRAY(Uuid())))


async def _wanted(session: AsyncSession, voucher_ids: Collection[UUID]) -> list[_Wanted]:
    rows = await session.execute(
        select(
            Voucher.id,
            Voucher.organiser_id,
            Voucher.service_id,
            Voucher.unit_price_ceiling_cents,
            Voucher.own_share_allowed,
            Client.id,
            Client.kind,
            Client.municipality_code,
            Client.service_languages,
            Client.accessibility,
            Service.audience,
            VoucherTerms.shortlist_size,
        )
        .join(Client, Client.id == Voucher.client_id)
        .join(Service, Service.id == Voucher.service_id)
        .join(VoucherTerms, VoucherTerms.id == Voucher.terms_id)
        .outerjoin(Shortlist, Shortlist.voucher_id == Voucher.id)
        .where(Voucher.id == _among(voucher_ids), Shortlist.voucher_id.is_(None))
        .order_by(Voucher.id)
    )
    return [
        _Wanted(
            voucher_id=voucher_id,
            organiser_id=organiser_id,
            client_id=client_id,
            service_id=service_id,
            size=size,
            seeker=Seeker(
                kind=kind,
                municipality_code=municipality_code,
                languages=frozenset(languages),
                accessibility=frozenset(accessibility),
                audience=audience,
                unit_price_ceiling_cents=ceiling,
                own_share_allowed=own_share_allowed,
            ),
        )
        for (
            voucher_id,
            organiser_id,
            service_id,
            ceiling,
            own_share_allowed,
            client_id,
            kind,
            municipality_code,
            languages,
            accessibility,
            audience,
            size,
        ) in rows
    ]


async def _offers(session: AsyncSession, service_ids: Collection[UUID]) -> dict[UUID, list[Offer]]:
    """The standing offers of the services, by service."""
    rows = await session.execute(
        select(Admission, Provider.company_group)
        .join(Provider, Provider.id == Admission.provider_id)
        .where(
            Admission.service_id == _among(service_ids),
            Admission.state.in_([AdmissionState.ACTIVE, AdmissionState.SUSPENDED]),
        )
        .order_by(Admission.id)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[Offer]] = {}
    for admission, company_group in rows:
        found.setdefault(admission.service_id, []).append(
            Offer(
                admission_id=admission.id,
                provider_id=admission.provider_id,
                company_group=company_group,
                state=admission.state,
                valid_from=admission.valid_from,
                valid_until=admission.valid_until,
                municipality_codes=frozenset(admission.municipality_codes),
                remote=admission.remote,
                languages=frozenset(admission.languages),
                accessibility=frozenset(admission.accessibility),
                unit_price_cents=admission.unit_price_cents,
                places=admission.places,
                taken=admission.taken,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Field:
    """Who is eligible for one kind of seeker, worked out once for all who are alike."""

    eligible: tuple[tuple[UUID, str | None], ...]
    out_for: Mapping[str, int]
    unserved_kind: str | None
    """The kind of case that it is for the organiser, if it is one."""


def _field(offers: Sequence[Offer], seeker: Seeker, on: date) -> _Field:
    reasons = {offer: exclusions(offer, seeker, on) for offer in offers}
    return _Field(
        eligible=tuple((o.provider_id, o.company_group) for o in offers if not reasons[o]),
        out_for=count_reasons(reasons.values()),
        unserved_kind=unserved_kind(
            eligible=sum(1 for o in offers if not reasons[o]),
            language_missing=language_missing(seeker, ((o.languages, reasons[o]) for o in offers)),
        ),
    )


def _shortlists(
    wanted: Sequence[_Wanted], offers: Mapping[UUID, Sequence[Offer]], keys: Keys, now: datetime
) -> tuple[list[dict[str, Any]], list[Unserved]]:
    on = local_date(now)
    fields: dict[tuple[UUID, Seeker], _Field] = {}
    period_keys: dict[UUID, bytes] = {}
    rows, unserved = [], []
    for w in wanted:
        alike = (w.service_id, w.seeker)
        if alike not in fields:
            fields[alike] = _field(offers.get(w.service_id, ()), w.seeker, on)
        if w.organiser_id not in period_keys:
            period_keys[w.organiser_id] = period_key(keys.choice_seed, w.organiser_id, on.year)
        key, field = period_keys[w.organiser_id], fields[alike]
        arranged = arrange(seed(key, w.client_id, w.service_id), field.eligible, w.size)
        rows.append(_row(w, field, arranged, key, now))
        if field.unserved_kind is not None:
            unserved.append(Unserved(w.voucher_id, w.organiser_id, w.client_id, field.unserved_kind))
    return rows, unserved


def _row(w: _Wanted, field: _Field, arranged: Arrangement, key: bytes, now: datetime) -> dict[str, Any]:
    on = local_date(now)
    return {
        "voucher_id": w.voucher_id,
        "organiser_id": w.organiser_id,
        "client_id": w.client_id,
        "service_id": w.service_id,
        "year": on.year,
        "commitment": commitment(key),
        "inputs": {
            "rules": RULES,
            "on": on.isoformat(),
            "size": w.size,
            "municipality": w.seeker.municipality_code,
            "languages": sorted(w.seeker.languages),
            "accessibility": sorted(w.seeker.accessibility),
            "unit_price_ceiling_cents": w.seeker.unit_price_ceiling_cents,
            "own_share_allowed": w.seeker.own_share_allowed,
            "groups": {str(p): group for p, group in field.eligible if group},
            "out_for": dict(field.out_for),
        },
        "provider_ids": list(arranged.order),
        "first": arranged.first,
        "frozen_at": now,
    }


def _frozen_event(row: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    first = row["provider_ids"][: row["first"]]
    return event_values(
        actor=actor,
        now=now,
        action="shortlist.frozen",
        subject_kind="shortlist",
        subject_id=row["voucher_id"],
        organiser_id=row["organiser_id"],
        voucher_id=row["voucher_id"],
        facts={
            "rules": RULES,
            "first": first,
            "eligible": len(row["provider_ids"]),
            "order_sha256": order_digest(row["provider_ids"]),
            "commitment": row["commitment"].hex(),
        },
    )
