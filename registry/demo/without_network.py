"""A coach who visits where there is no network: what the phone kept is sent on the way home."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from registry.demo.stage import Firm, Stage, Visitor
from registry.shared.identifiers import voucher_secret
from registry.shared.period import local_date
from registry.vouchers.model import Voucher
from registry.vouchers.offline.receiving import add_device, receive
from registry.vouchers.offline.rules import KeptVisit

LATE: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Kept:
    """So long a visit (hundredths), so many days before it is sent."""

    days: int
    units: int


async def send_kept(
    stage: Stage, firm: Firm, visitor: Visitor, voucher_id: UUID, kept: Sequence[Kept]
) -> None:
    """The provider's person adds the phone and sends what it holds."""
    actor = replace(firm.actor, sight=replace(firm.actor.sight, account=firm.actor.id))
    device_id = uuid5(NAMESPACE_URL, f"demonstration phone {firm.code} {voucher_id}")
    async with stage.database.transaction(actor.sight) as session:
        await add_device(session, actor=actor, now=stage.now, device_id=device_id)
    async with stage.database.transaction(visitor.actor.sight) as session:
        voucher = await session.get_one(Voucher, voucher_id)
        number = voucher.number
        secret = voucher_secret(stage.keys.voucher_secret, voucher.id, voucher.secret_generation)
    visits = [
        KeptVisit(
            id=uuid5(device_id, str(place)),
            place=place,
            number=number,
            secret=secret,
            service_date=local_date(stage.now) - timedelta(days=one.days),
            units=one.units,
            unit_price_cents=None,
            taken_at=stage.now - timedelta(days=one.days) - LATE,
        )
        for place, one in enumerate(kept, start=1)
    ]
    await receive(
        stage.database,
        actor=actor,
        now=stage.now,
        keys=stage.keys,
        device_id=device_id,
        sent_at=stage.now,
        taken=len(visits),
        visits=visits,
    )
