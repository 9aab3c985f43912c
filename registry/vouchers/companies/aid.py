"""How much de minimis aid companies have had, as a grant needs to know it: read once, and counted on as it grants."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.shared.errors import Refusal
from registry.shared.identifiers import uuid7
from registry.vouchers.companies.model import AidDeclaration, AidGranted, DeMinimisRule
from registry.vouchers.companies.rules import Aid, Ceiling, counted, may_aid


@dataclass(frozen=True, slots=True)
class AidStanding:
    """One company's aid: what it declared last, and what it was granted here since ever."""

    declaration_id: UUID | None
    declared: tuple[Aid, ...]
    granted: tuple[Aid, ...]

    def before(self, *, on: date, years: int) -> int:
        return counted((*self.declared, *self.granted), on=on, years=years)


@dataclass(slots=True)
class Taking:
    """The aid of one grant command. The clients are locked, so nobody else counts at the same time."""

    on: date
    rule: DeMinimisRule | None
    standing: dict[UUID, AidStanding]
    rows: list[AidGranted] = field(default_factory=list)
    _before: dict[UUID, int] = field(default_factory=dict)
    _last: tuple[UUID, int] | None = None

    def take(self, client_id: UUID, cents: int) -> Refusal | None:
        """Count a grant on, or refuse it with the figures."""
        stands = self.standing[client_id]
        before = self._before.get(client_id)
        if before is None:
            before = stands.before(on=self.on, years=self.rule.years) if self.rule else 0
        ceiling = Ceiling(self.rule.ceiling_cents, self.rule.years) if self.rule else None
        may = may_aid(
            ceiling, declared=stands.declaration_id is not None, before_cents=before, wanted_cents=cents
        )
        if isinstance(may, Refusal):
            return may
        self._before[client_id] = before + cents
        self._last = client_id, cents
        return None

    def belongs_to(self, voucher_id: UUID, organiser_id: UUID) -> AidGranted:
        """The record of what was taken last: aid from today on."""
        if self._last is None or self.rule is None:
            raise LookupError("nothing was taken")
        client_id, cents = self._last
        declaration_id = self.standing[client_id].declaration_id
        if declaration_id is None:
            raise LookupError("nothing was declared")
        row = AidGranted(
            id=uuid7(),
            organiser_id=organiser_id,
            client_id=client_id,
            voucher_id=voucher_id,
            rule_id=self.rule.id,
            declaration_id=declaration_id,
            cents=cents,
            before_cents=self._before[client_id] - cents,
            ceiling_cents=self.rule.ceiling_cents,
            granted_on=self.on,
        )
        self.rows.append(row)
        return row


async def aid_of(session: AsyncSession, *, clients: Iterable[UUID], on: date) -> Taking:
    """The standing of these companies, in three queries; in none where no voucher is aid."""
    ids = set(clients)
    if not ids:
        return Taking(on, None, {})
    rule = await rule_in_force(session, on=on)
    declared: dict[UUID, AidDeclaration] = {}
    for row in await session.scalars(
        select(AidDeclaration)
        .where(AidDeclaration.client_id.in_(ids))
        .order_by(AidDeclaration.declared_at, AidDeclaration.id)
    ):
        declared[row.client_id] = row
    granted: dict[UUID, list[Aid]] = {client_id: [] for client_id in ids}
    for aid in await session.scalars(select(AidGranted).where(AidGranted.client_id.in_(ids))):
        granted[aid.client_id].append(Aid(aid.granted_on, aid.cents))
    return Taking(
        on,
        rule,
        {
            client_id: AidStanding(
                declared[client_id].id if client_id in declared else None,
                tuple(
                    Aid(date.fromisoformat(line["granted_on"]), line["cents"])
                    for line in (declared[client_id].aid if client_id in declared else ())
                ),
                tuple(granted[client_id]),
            )
            for client_id in ids
        },
    )


async def rule_in_force(session: AsyncSession, *, on: date) -> DeMinimisRule | None:
    """The ceiling that applies on a day."""
    found: DeMinimisRule | None = await session.scalar(
        select(DeMinimisRule)
        .where(
            DeMinimisRule.in_force_from <= on,
            or_(DeMinimisRule.in_force_through.is_(None), DeMinimisRule.in_force_through >= on),
        )
        .order_by(DeMinimisRule.in_force_from.desc())
        .limit(1)
    )
    return found
