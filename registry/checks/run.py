"""Running all checks in one snapshot of the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.checks import recomputed
from registry.checks.applying import APPLYING
from registry.checks.audit import AUDIT, check_hashes
from registry.checks.bank import BANK
from registry.checks.catalogue import differences
from registry.checks.claims import CLAIMS
from registry.checks.deciding import DECIDING
from registry.checks.einvoices import EINVOICES
from registry.checks.invariant import Invariant
from registry.checks.keeping import KEEPING
from registry.checks.kinds import KINDS
from registry.checks.money import LEDGER, SETTLEMENT
from registry.checks.quality import QUALITY
from registry.checks.vat import VAT
from registry.checks.vouchers import VOUCHERS
from registry.checks.years import YEARS
from registry.shared.actor import Sight
from registry.shared.database import Database, see
from registry.shared.settings import Keys

MOST_OFFENDERS: Final = 5

INVARIANTS: Final[Sequence[Invariant]] = (
    *VOUCHERS,
    *KINDS,
    *LEDGER,
    *SETTLEMENT,
    *VAT,
    *EINVOICES,
    *BANK,
    *CLAIMS,
    *YEARS,
    *QUALITY,
    *APPLYING,
    *DECIDING,
    *KEEPING,
    *AUDIT,
)
HASHES: Final = "audit: every event fits its hash"
RELEASES: Final = "releases: each recomputes to the same bytes from its own counts"
SHORTLISTS: Final = "shortlists: each is in the order that was drawn, with the key that was committed to"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `offenders` are up to five of those that broke it."""

    name: str
    counted: str
    examined: int
    broken: int
    offenders: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.broken == 0

    def line(self) -> str:
        if self.ok:
            return f"ok    {self.name}   {self.examined:,} {self.counted}"
        shown = ", ".join(self.offenders) + (" …" if self.broken > len(self.offenders) else "")
        return f"FAIL  {self.name}   {self.broken:,} of {self.examined:,} {self.counted}: {shown}"


async def check(database: Database, keys: Keys | None = None) -> AsyncIterator[Finding]:
    """Every check, one after the other. All of them look at the same moment, so that a service that goes on
    working meanwhile breaks none of them. `keys`: those of the installation; without them nobody can recompute the
    order of a shortlist."""
    async with _snapshot(database) as session:
        organisers = (await session.scalars(select(Organiser.id))).all()
        await see(session, Sight(organisers=tuple(organisers)))
        for invariant in INVARIANTS:
            yield await examine(session, invariant)
        hashes = await check_hashes(session, most=MOST_OFFENDERS)
        yield Finding(HASHES, "events", hashes.examined, hashes.broken, tuple(hashes.offenders))
        found = await recomputed.releases(session, most=MOST_OFFENDERS)
        yield Finding(RELEASES, "releases", found.examined, found.broken, tuple(found.offenders))
        if keys is not None:
            found = await recomputed.shortlists(session, keys=keys, most=MOST_OFFENDERS)
            yield Finding(SHORTLISTS, "shortlists", found.examined, found.broken, tuple(found.offenders))
    async with database.sessions() as session:
        for aspect in await differences(session):
            yield Finding(
                aspect.name,
                aspect.counted,
                aspect.examined,
                len(aspect.differences),
                tuple(aspect.differences[:MOST_OFFENDERS]),
            )


async def examine(session: AsyncSession, invariant: Invariant) -> Finding:
    """Count what holds and what does not; the offenders are asked for only where there are any."""
    counts = await session.execute(
        text(f"SELECT count(*), count(*) FILTER (WHERE ok IS NOT TRUE) FROM ({invariant.rows}) examined")  # noqa: S608
    )
    examined, broken = counts.one()
    offenders: Sequence[str] = ()
    if broken:
        found = await session.scalars(
            text(
                f"SELECT id::text FROM ({invariant.rows}) examined WHERE ok IS NOT TRUE"  # noqa: S608
                f" ORDER BY id LIMIT {MOST_OFFENDERS}"
            )
        )
        offenders = found.all()
    return Finding(invariant.name, invariant.counted, examined, broken, tuple(offenders))


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.sessions() as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        # these queries read whole tables: hash joins want memory more than an answer in milliseconds
        await session.execute(text("SET LOCAL work_mem = '64MB'"))
        # the planner cannot know how many rows row-level security leaves, takes it for one, and would look through a
        # whole ledger for each of ten thousand vouchers
        await session.execute(text("SET LOCAL enable_nestloop = off"))
        yield session
        await session.rollback()
