"""What can be computed again, and is: every release from its own cells, every shortlist from its inputs and the key."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.choice.verification import verify_shortlists
from registry.quality.model import Release
from registry.quality.releases import verify_release
from registry.shared.settings import Keys


@dataclass(slots=True)
class Recomputed:
    """How many were computed again, and which of them came out otherwise; at most so many are named."""

    examined: int = 0
    broken: int = 0
    offenders: list[str] = field(default_factory=list)

    def add(self, name: str, holds: bool, most: int) -> None:
        self.examined += 1
        if not holds:
            self.broken += 1
            if len(self.offenders) < most:
                self.offenders.append(name)


async def releases(session: AsyncSession, *, most: int) -> Recomputed:
    """One after the other: the documents of one may be some fifty megabytes."""
    found = Recomputed()
    for release_id in (await session.scalars(select(Release.id).order_by(Release.id))).all():
        verified = await verify_release(session, release_id=release_id)
        session.expunge_all()
        found.add(str(release_id), verified.holds, most)
    return found


async def shortlists(session: AsyncSession, *, keys: Keys, most: int) -> Recomputed:
    """All of them, as they come from the database; none is kept."""
    found = Recomputed()
    async for voucher_id, verified in verify_shortlists(session, keys=keys):
        found.add(str(voucher_id), verified.holds, most)
    return found
