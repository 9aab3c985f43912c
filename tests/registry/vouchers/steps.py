"""Steps of a voucher's life, each in its own committed transaction, as the application takes them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from registry.ledger.model import BudgetLine
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.errors import Refusal, Refused
from registry.shared.identifiers import voucher_secret
from registry.shared.period import local_date
from registry.shared.settings import Keys
from registry.vouchers import commands
from registry.vouchers.adverse.rules import HeardHow, Hearing
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.redemption.model import Redemption
from tests.builders import NOW, TODAY, World


@dataclass
class Steps:
    """Acts on one world's vouchers."""

    database: Database
    world: World
    keys: Keys
    now: datetime = NOW

    async def grant(self, **order: Any) -> UUID:
        """A voucher for the world's client (or `client_id`); raises the refusal."""
        actor = self.world[Role.CASE_WORKER]
        values: dict[str, Any] = {
            "client_id": self.world.client_id, "service_id": self.world.service_id,
            "budget_line_id": self.world.budget_line_id, "despite_like": True,
        } | order  # fmt: skip
        async with self.database.transaction(actor.sight) as session:
            (answer,) = await commands.grant(
                session, actor=actor, now=self.now, orders=[commands.GrantOrder(**values)]
            )
            if isinstance(answer, Refusal):
                raise Refused(answer.code, **answer.facts)
        return answer.id

    def client(self, client_id: UUID | None) -> Actor:
        actor = self.world[Role.CLIENT]
        return replace(actor, sight=replace(actor.sight, client=client_id)) if client_id else actor

    async def choose(self, voucher_id: UUID, provider: int = 0, *, client_id: UUID | None = None) -> UUID:
        actor = self.client(client_id)
        async with self.database.transaction(actor.sight) as session:
            return await commands.choose(
                session, actor=actor, now=self.now, voucher_id=voucher_id,
                admission_id=self.world.admissions[provider],
            )  # fmt: skip

    async def confirm(self, assignment_id: UUID, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await commands.confirm(session, actor=actor, now=self.now, assignment_id=assignment_id)

    async def decline(self, assignment_id: UUID, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await commands.decline(session, actor=actor, now=self.now, assignment_id=assignment_id)

    async def refuse(self, voucher_id: UUID) -> None:
        actor = self.world[Role.CLIENT]
        async with self.database.transaction(actor.sight) as session:
            await commands.refuse(session, actor=actor, now=self.now, voucher_id=voucher_id)

    async def cancel(self, voucher_id: UUID) -> None:
        actor = self.world[Role.CASE_WORKER]
        async with self.database.transaction(actor.sight) as session:
            await commands.cancel(
                session,
                actor=actor,
                now=self.now,
                voucher_id=voucher_id,
                reason="moved_away",
                hearing=Hearing(HeardHow.PHONE, local_date(self.now)),
            )

    async def code(self, voucher_id: UUID) -> tuple[str, str]:
        """Number and secret, as the holder's page shows them."""
        async with self.database.transaction(self.world.sight) as session:
            voucher = await session.get_one(Voucher, voucher_id)
        return voucher.number, voucher_secret(self.keys.voucher_secret, voucher.id, voucher.secret_generation)

    async def try_to_present(self, number: str, secret: str, provider: int = 0) -> UUID | Refusal:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            return await commands.present(
                session, actor=actor, now=self.now, keys=self.keys, number=number, secret=secret
            )

    async def present(self, voucher_id: UUID, provider: int = 0) -> UUID:
        answer = await self.try_to_present(*await self.code(voucher_id), provider)
        assert isinstance(answer, UUID), answer
        return answer

    async def opened(self, provider: int = 0, **order: Any) -> tuple[UUID, UUID]:
        """(voucher, presentation): granted, chosen, confirmed and shown."""
        voucher_id = await self.grant(**order)
        assignment_id = await self.choose(voucher_id, provider, client_id=order.get("client_id"))
        await self.confirm(assignment_id, provider)
        return voucher_id, await self.present(voucher_id, provider)

    async def redeem(
        self, presentation_id: UUID, units: int = 1_00, price: int = 60_00, *, day: date = TODAY,
        reserve: bool = False, provider: int = 0,
    ) -> commands.Redeemed:  # fmt: skip
        """One charge or reservation; raises the refusal."""
        actor = self.world.provider_actor(provider)
        line = commands.RedemptionLine(presentation_id, units, price, day, reserve)
        async with self.database.transaction(actor.sight) as session:
            (answer,) = await commands.redeem(session, actor=actor, now=self.now, lines=[line])
        if isinstance(answer, Refusal):
            raise Refused(answer.code, **answer.facts)
        return answer

    async def capture(self, redemption_id: UUID, units: int | None = None, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await commands.capture(
                session, actor=actor, now=self.now, redemption_id=redemption_id, units=units
            )

    async def release(self, redemption_id: UUID, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await commands.release(session, actor=actor, now=self.now, redemption_id=redemption_id)

    async def reverse(self, redemption_id: UUID, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await commands.reverse(
                session, actor=actor, now=self.now, redemption_id=redemption_id, reason="väärä asiakas"
            )

    async def tick(self) -> None:
        """Everything that the worker does to vouchers, once."""
        actor = system(self.world.organiser_id)
        for job in (
            commands.lapse_reservations, commands.lapse_unanswered, commands.release_left,
            commands.expire_vouchers, commands.return_leftovers,
        ):  # fmt: skip
            async with self.database.transaction(actor.sight) as session:
                await job(session, actor=actor, now=self.now, limit=100)

    async def voucher(self, voucher_id: UUID) -> Voucher:
        async with self.database.transaction(self.world.sight) as session:
            return await session.get_one(Voucher, voucher_id)

    async def assignment(self, assignment_id: UUID) -> Assignment:
        async with self.database.transaction(self.world.sight) as session:
            return await session.get_one(Assignment, assignment_id)

    async def redemption(self, redemption_id: UUID) -> Redemption:
        async with self.database.transaction(self.world.sight) as session:
            return await session.get_one(Redemption, redemption_id)

    async def line(self) -> BudgetLine:
        async with self.database.transaction(self.world.sight) as session:
            return await session.get_one(BudgetLine, self.world.budget_line_id)

    async def actions(self, voucher_id: UUID) -> list[str]:
        """The voucher's audit trail, oldest first."""
        async with self.database.transaction(self.world.sight) as session:
            rows = await session.execute(
                text("SELECT action FROM audit_event WHERE voucher_id = :v ORDER BY id"), {"v": voucher_id}
            )
            return [row.action for row in rows]

    async def open_cases(self) -> list[str]:
        async with self.database.transaction(self.world.sight) as session:
            return list(
                await session.scalars(
                    text("SELECT kind FROM case_file WHERE closed_at IS NULL ORDER BY kind")
                )
            )

    async def unfit(self) -> list[str]:
        """What does not add up over the whole world: empty when all is well."""
        async with self.database.transaction(self.world.sight) as session:
            return [row.what for row in await session.execute(_UNFIT, {"organiser": self.world.organiser_id})]


_UNFIT = text("""
WITH moved AS (
  SELECT v.id,
    coalesce(sum(t.amount_cents) FILTER (WHERE t.to_account = 'available'), 0)
      - coalesce(sum(t.amount_cents) FILTER (WHERE t.from_account = 'available'), 0) AS available,
    coalesce(sum(t.amount_cents) FILTER (WHERE t.to_account = 'reserved'), 0)
      - coalesce(sum(t.amount_cents) FILTER (WHERE t.from_account = 'reserved'), 0) AS reserved,
    coalesce(sum(t.amount_cents) FILTER (WHERE t.to_account = 'captured'), 0)
      - coalesce(sum(t.amount_cents) FILTER (WHERE t.from_account = 'captured'), 0) AS captured,
    coalesce(sum(t.amount_cents) FILTER (WHERE t.kind = 'return'), 0) AS returned
  FROM voucher v LEFT JOIN transfer t ON t.voucher_id = v.id GROUP BY v.id)
SELECT 'voucher ' || v.id || ' against its transfers' AS what FROM voucher v JOIN moved m ON m.id = v.id
  WHERE (v.available_cents, v.reserved_cents, v.captured_cents, v.returned_cents)
    IS DISTINCT FROM (m.available, m.reserved, m.captured, m.returned)
UNION ALL SELECT 'line ' || l.code FROM budget_line l WHERE l.granted_cents <> (
  SELECT coalesce(sum(CASE WHEN t.kind IN ('grant', 'commit') THEN t.amount_cents
    WHEN t.kind IN ('return', 'uncommit') THEN -t.amount_cents ELSE 0 END), 0)
  FROM transfer t WHERE l.id IN (t.from_id, t.to_id))
UNION ALL SELECT 'redemptions of ' || v.id FROM voucher v LEFT JOIN LATERAL (
    SELECT coalesce(sum(value_cents) FILTER (WHERE r.state = 'captured'), 0) AS captured,
      coalesce(sum(value_cents) FILTER (WHERE r.state = 'reserved'), 0) AS reserved,
      coalesce(sum(units) FILTER (WHERE r.state = 'captured'), 0) AS units
    FROM redemption r WHERE r.voucher_id = v.id) r ON true
  WHERE (v.captured_cents, v.reserved_cents) IS DISTINCT FROM (r.captured, r.reserved)
    OR v.units_captured IS DISTINCT FROM CASE WHEN v.units_granted IS NOT NULL THEN r.units END
UNION ALL SELECT 'places of ' || a.id FROM admission a WHERE a.organiser_id = :organiser AND a.taken <> (
  SELECT count(*) FROM assignment s WHERE s.admission_id = a.id AND s.state IN ('asked', 'confirmed'))
UNION ALL SELECT 'pick of ' || v.id FROM voucher v LEFT JOIN assignment s
    ON s.voucher_id = v.id AND s.state IN ('asked', 'confirmed')
  WHERE v.state IN ('granted', 'chosen', 'in_use') AND s.id IS DISTINCT FROM v.assignment_id
UNION ALL SELECT 'presentation ' || p.id FROM presentation p JOIN assignment s ON s.id = p.assignment_id
  WHERE (p.ended_at IS NULL) <> (s.state = 'confirmed')
UNION ALL SELECT 'state of ' || v.id || ' against its last event' FROM voucher v WHERE v.state IS DISTINCT FROM (
  SELECT e.to_state FROM audit_event e WHERE e.subject_id = v.id AND e.subject_kind = 'voucher'
  ORDER BY e.id DESC LIMIT 1)
""")
