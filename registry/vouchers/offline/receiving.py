"""Taking in what a device kept: every visit is written down before anything is decided, so that whatever is cut off in
the middle can be finished without the device.

First (one transaction) the vouchers are opened that were not shown to the provider before, and the visits are kept as
received; then they are redeemed under the ids that the device made; then each gets its fate, and what was refused its
case. Sent again, before or after any of it, a visit is answered as it was.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.shared.actor import Actor
from registry.shared.database import Database, as_organiser
from registry.shared.errors import NotFound, Refusal, Refused
from registry.shared.identifiers import clean_code, uuid7
from registry.shared.settings import Keys
from registry.vouchers.commands.presenting import present
from registry.vouchers.model import Presentation
from registry.vouchers.offline.finishing import finish
from registry.vouchers.offline.model import OfflineDevice, OfflineVisit
from registry.vouchers.offline.rules import COMES_LATER, Fate, KeptVisit, clock_is_wrong, clock_off

MOST_DEVICES: Final = 20
"""Of one person at one provider: a script that makes devices is stopped."""
LONGEST_NUMBER: Final = 20


def opening_of(keys: Keys, *, device_id: UUID, account_id: UUID, provider_id: UUID) -> str:
    """What opens the visits on a device, for the one who is signed in and nobody else (256 bits, base64)."""
    named = b"".join(one.bytes for one in (device_id, account_id, provider_id))
    return base64.b64encode(hmac.new(keys.derive("offline-opening"), named, sha256).digest()).decode()


def holder_of(keys: Keys, *, account_id: UUID, provider_id: UUID) -> str:
    """A name for the person at this provider that tells neither: what one has kept is sent by nobody else."""
    return hmac.new(keys.derive("offline-holder"), account_id.bytes + provider_id.bytes, sha256).hexdigest()[
        :32
    ]


async def add_device(session: AsyncSession, *, actor: Actor, now: datetime, device_id: UUID) -> None:
    """Let a device take visits for the one who is signed in; doing it again changes nothing."""
    if actor.kind != "account" or actor.id is None:
        raise Refused("offline_device.person_only")
    known = await session.get(OfflineDevice, device_id)
    if known is not None and known.account_id == actor.id:
        return
    count = await session.scalar(
        select(func.count()).select_from(OfflineDevice).where(OfflineDevice.account_id == actor.id)
    )
    if (count or 0) >= MOST_DEVICES:
        raise Refused("offline_device.too_many", most=MOST_DEVICES)
    made = await session.scalar(
        insert(OfflineDevice)
        .values(
            id=device_id, provider_id=actor.provider_id, account_id=actor.id, added_at=now, taken=0,
            clock_off_seconds=0,
        )
        .on_conflict_do_nothing()
        .returning(OfflineDevice.id)
    )  # fmt: skip
    if made is None:  # somebody else's, perhaps out of sight
        raise Refused("offline_device.taken")
    record(
        session, actor=actor, now=now, action="offline_device.added", subject_kind="offline_device",
        subject_id=device_id, organiser_id=None, facts={"provider": actor.provider_id},
    )  # fmt: skip


async def own_device(session: AsyncSession, *, actor: Actor, device_id: UUID) -> OfflineDevice:
    """The device of the one who is signed in, locked; anybody else's is unknown."""
    device = await session.get(OfflineDevice, device_id, with_for_update=True)
    if device is None or device.account_id != actor.id:
        raise NotFound("offline_device.unknown")
    return device


@dataclass(frozen=True, slots=True)
class Answered:
    """What the device is told of one visit. `later`: nothing is known to have happened, keep it and send it again;
    `other`: another visit was sent with this id."""

    id: UUID
    status: str
    """recorded | refused | closed | later | other"""
    visit: OfflineVisit | None = None


async def receive(
    database: Database, *, actor: Actor, now: datetime, keys: Keys, device_id: UUID, sent_at: datetime,
    taken: int, visits: Sequence[KeptVisit],
) -> list[Answered]:  # fmt: skip
    """Take in visits from the actor's own device and answer each, in order."""
    async with database.transaction(actor.sight) as session:
        device = await own_device(session, actor=actor, device_id=device_id)
        off = clock_off(sent_at=sent_at, received_at=now)
        device.last_sent_at, device.clock_off_seconds, device.taken = now, off, max(device.taken, taken)
        waiting = await _keep(session, actor, now, keys, device_id, off, visits)
    await finish(database, actor=actor, now=now, digest_key=keys.field_digest, ids=waiting)
    async with database.transaction(actor.sight) as session:
        known = await _known(session, actor, [visit.id for visit in visits])
    return [_answer(visit, known.get(visit.id)) for visit in visits]


def _answer(sent: KeptVisit, visit: OfflineVisit | None) -> Answered:
    if visit is None or visit.state == Fate.RECEIVED:
        return Answered(sent.id, "later")
    if _said(visit) != (
        clean_code(sent.number)[:LONGEST_NUMBER],
        sent.service_date,
        sent.units,
        sent.unit_price_cents,
    ):
        return Answered(sent.id, "other")
    return Answered(sent.id, visit.state, visit)


def _said(visit: OfflineVisit) -> tuple[Any, ...]:
    return (visit.number, visit.service_date, visit.units, visit.unit_price_cents)


async def _known(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, OfflineVisit]:
    rows = await session.scalars(
        select(OfflineVisit).where(
            OfflineVisit.provider_id == actor.provider_id, OfflineVisit.line_id.in_(ids)
        )
    )
    return {row.line_id: row for row in rows}


# One sending of a provider at a time: two devices that took the same visit must see each other.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('offline:' || :provider, 0))")
_SHOWN: Final = text("""
SELECT p.id, p.organiser_id, v.number FROM presentation p JOIN voucher v ON v.id = p.voucher_id
WHERE p.provider_id = :provider AND v.number = ANY (:numbers)
ORDER BY p.ended_at IS NULL, p.presented_at
""")


async def _keep(
    session: AsyncSession, actor: Actor, now: datetime, keys: Keys, device_id: UUID, off: int,
    visits: Sequence[KeptVisit],
) -> list[UUID]:  # fmt: skip
    """Write down what is new; the ids of all of these that are not decided."""
    await session.execute(_LOCK, {"provider": str(actor.provider_id)})
    known = await _known(session, actor, [visit.id for visit in visits])
    new = [visit for visit in visits if visit.id not in known]
    opened = await _opened(session, actor, now, keys, new)
    waiting = [row.id for row in known.values() if row.state == Fate.RECEIVED]
    seen: set[UUID] = set()
    for visit in new:
        found = opened[clean_code(visit.number)]
        if visit.id in seen or (isinstance(found, Refusal) and found.code == COMES_LATER):
            continue
        seen.add(visit.id)
        row = _row(actor, now, device_id, off, visit, found)
        if row.presentation_id and not visit.another and await _recorded_already(session, row):
            row.code = "offline_visit.recorded_already"
        session.add(row)
        await session.flush()
        waiting.append(row.id)
    return waiting


Shown = tuple[UUID, UUID]
"""(presentation, organiser)"""


async def _opened(
    session: AsyncSession, actor: Actor, now: datetime, keys: Keys, visits: Sequence[KeptVisit]
) -> Mapping[str, Shown | Refusal]:
    """What each number opens: the provider's own presentation of it, else number and code do, as they would have where
    there is a network. Wrong ones count towards the limit as they do there."""
    numbers = list({clean_code(visit.number): None for visit in visits})
    # also the presentation of a pick that has ended since: its voucher is out of the provider's own sight
    async with as_organiser(session, actor.sight):
        rows = (await session.execute(_SHOWN, {"provider": actor.provider_id, "numbers": numbers})).all()
    opened: dict[str, Shown | Refusal] = {row.number: (row.id, row.organiser_id) for row in rows}
    for visit in visits:
        number = clean_code(visit.number)
        if number in opened:
            continue
        answer = await present(
            session, actor=actor, now=now, keys=keys, number=visit.number, secret=visit.secret
        )
        if isinstance(answer, Refusal):
            opened[number] = answer
            continue
        await session.flush()
        presentation = await session.get_one(Presentation, answer)
        opened[number] = (answer, presentation.organiser_id)
    return opened


def _row(
    actor: Actor, now: datetime, device_id: UUID, off: int, visit: KeptVisit, found: Shown | Refusal
) -> OfflineVisit:
    organisers = sorted(actor.sight.organisers)
    wrong = clock_is_wrong(off_seconds=off, taken_at=visit.taken_at, received_at=now)
    told = visit.event.told()
    return OfflineVisit(
        id=uuid7(), provider_id=actor.provider_id, line_id=visit.id, device_id=device_id, account_id=actor.id,
        place=visit.place, number=clean_code(visit.number)[:LONGEST_NUMBER],
        organiser_id=(organisers[0] if organisers else None) if isinstance(found, Refusal) else found[1],
        presentation_id=None if isinstance(found, Refusal) else found[0],
        service_date=visit.service_date, units=visit.units, unit_price_cents=visit.unit_price_cents,
        activity=told.get("activity"), attended=told.get("attended"), group_size=told.get("group_size"),
        taken_at=visit.taken_at, received_at=now, clock_off_seconds=off, clock_wrong=wrong,
        state=str(Fate.RECEIVED), code=found.code if isinstance(found, Refusal) else None,
        facts=dict(found.facts) if isinstance(found, Refusal) else {}, attempts=0,
    )  # fmt: skip


_SAME: Final = text("""
SELECT EXISTS (
  SELECT FROM redemption r WHERE r.presentation_id = :presentation AND r.service_date = :day AND r.units = :units
    AND r.state IN ('reserved', 'captured')
) OR EXISTS (
  SELECT FROM offline_visit o WHERE o.provider_id = :provider AND o.presentation_id = :presentation
    AND o.service_date = :day AND o.units = :units AND o.state IN ('received', 'recorded') AND o.code IS NULL)
""")


async def _recorded_already(session: AsyncSession, row: OfflineVisit) -> bool:
    """A visit that says what another of that day says, from whichever device or desk, is far likelier the same one: it
    comes back to be looked at, and is not paid twice."""
    same = await session.scalar(
        _SAME,
        {
            "presentation": row.presentation_id,
            "day": row.service_date,
            "units": row.units,
            "provider": row.provider_id,
        },
    )
    return bool(same)
