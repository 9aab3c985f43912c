"""From which place a review came: a keyed hash, kept two weeks. Many from one place in a short time are a weak sign, for
joint service points share computers, so no longer trace than that is worth keeping."""

import hmac
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.quality.alarms.model import ReviewOrigin
from registry.quality.model import Review
from registry.shared.settings import Keys


def place_of(keys: Keys, address: str) -> bytes:
    """The keyed hash of a network address; of IPv6 the part that a whole place shares."""
    try:
        parsed = ip_address(address)
    except ValueError:
        place = address
    else:
        place = (
            str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
        )
    return hmac.new(keys.field_digest, b"review origin:" + place.encode(), sha256).digest()


async def note_origin(
    session: AsyncSession, *, keys: Keys, now: datetime, review_id: UUID, address: str
) -> None:
    """Keep from where a review was sent, in the transaction that took it in."""
    review = await session.get_one(Review, review_id)
    session.add(
        ReviewOrigin(
            review_id=review.id,
            organiser_id=review.organiser_id,
            provider_id=review.provider_id,
            service_id=review.service_id,
            place=place_of(keys, address),
            at=now,
        )
    )
