"""Visits: charged at once or in two phases, raced, got wrong at first, reversed. Every answer is compared with what
the voucher must show by our own reckoning."""

import asyncio
from datetime import timedelta
from typing import Any

from registry.trial.calls import Call, Desk, code_of
from registry.trial.choosing import end
from registry.trial.errors import Unexpected
from registry.trial.held import Charge, Charged, HeldVoucher
from registry.trial.plan import Ending, Mistake, Race, Visit
from registry.trial.steps import whole
from registry.trial.trial import Trial

NOTHING_LEFT = frozenset({"redemption.too_few_units", "redemption.too_little_value", "voucher.used_up"})
"""How the loser of two redemptions is told that the other one was first."""
CAPTURED = frozenset({"redemption.captured"})
RELEASED = frozenset({"redemption.released"})


async def redeem_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """Every visit of every voucher."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        for visit in voucher.story.visits:
            await _Visiting(trial, desk, voucher, visit).happen()

    await trial.steps.run("redeeming", port, whole(vouchers), one)


class _Visiting:
    """One visit as it happens."""

    def __init__(self, trial: Trial, desk: Desk, voucher: HeldVoucher, visit: Visit) -> None:
        self.trial, self.desk, self.voucher, self.visit = trial, desk, voucher, visit
        self.counts = trial.meter.counts

    async def happen(self) -> None:
        visit, voucher = self.visit, self.voucher
        most = voucher.most_units
        units = most if visit.all_of_it or visit.race is Race.REDEMPTIONS else min(visit.units, most)
        if units <= 0 or voucher.reckon(units).value_cents <= 0:
            self.counts["visits for which nothing was left"] += 1
            return
        charge = voucher.reckon(units)
        self.counts["visits"] += 1
        await self._mistake(units)
        if visit.race is Race.REDEMPTIONS:
            await self._race_redemptions(charge)
        elif visit.ending is not None:
            await self._in_two_phases(charge, visit.ending)
        else:
            answer = await self.desk.done(self._redemption("", units), repeated=visit.repeated)
            self._charged(charge, answer)
        if visit.mistake is Mistake.OTHER_BODY and visit.race is None:
            await self.desk.refused(self._redemption("", units + 1), {Mistake.OTHER_BODY})

    # --- requests -------------------------------------------------------------------------------------------------

    def _redemption(self, mark: str, units: int, **other: Any) -> Call:
        """A redemption; `mark` tells keys of one visit apart."""
        voucher, visit = self.voucher, self.visit
        provider = other.pop("provider", voucher.provider)
        body = {
            "presentation": voucher.presentation,
            "units": units,
            "unit_price_cents": voucher.price_cents,
            "service_date": self.trial.today.isoformat(),
            "reserve": visit.ending is not None,
        } | other
        kind = "reserve" if visit.ending is not None else "at once"
        return self.trial.by_provider(
            provider, f"POST redemptions ({kind})", "/redemptions", f"visit-{visit.number}{mark}", body
        )

    def _settlement(self, act: str, redemption: str, body: Any = None, mark: str = "") -> Call:
        return self.trial.by_provider(
            str(self.voucher.provider), f"POST redemptions/…/{act}", f"/redemptions/{redemption}/{act}",
            f"{act}-{self.visit.number}{mark}", body,
        )  # fmt: skip

    # --- at once --------------------------------------------------------------------------------------------------

    def _drawn(self, charge: Charge, answer: Any, *, reserve: bool) -> None:
        """Draw by our own reckoning, and compare it with the answer."""
        voucher = self.voucher
        voucher.take(charge, reserve=reserve)
        voucher.same("the value drawn", answer["value_cents"], charge.value_cents)
        voucher.same("the own share", answer["own_share_cents"], charge.own_share_cents)
        voucher.same("what is left", answer["available_cents"], voucher.available_cents)
        voucher.same("the state", answer["state"], "reserved" if reserve else "captured")

    def _charged(self, charge: Charge, answer: Any) -> None:
        self._drawn(charge, answer, reserve=False)
        self._keep(answer["id"], charge)
        self.counts["redemptions at once"] += 1

    def _keep(self, redemption: str, charge: Charge) -> None:
        self.trial.tally.charged += charge.value_cents
        self.trial.tally.own_shares += charge.own_share_cents
        self.voucher.charged.append(Charged(redemption, self.visit, charge))

    # --- in two phases --------------------------------------------------------------------------------------------

    async def _in_two_phases(self, charge: Charge, ending: Ending) -> None:
        visit, voucher = self.visit, self.voucher
        answer = await self.desk.done(self._redemption("", charge.units), repeated=visit.repeated)
        self._drawn(charge, answer, reserve=True)
        self.counts["reservations"] += 1
        redemption = answer["id"]
        if visit.race is not None:
            await self._race_settlements(redemption, charge)
        elif ending is Ending.LEFT:
            self.counts["reservations left to lapse"] += 1
        elif ending is Ending.RELEASED:
            await self.desk.done(self._settlement("release", redemption), repeated=visit.repeated)
            self._released(charge)
        else:
            taken = max(1, charge.units // 2) if ending is Ending.IN_PART else charge.units
            captured = voucher.part_of(charge, taken)
            body = {"units": taken} if ending is Ending.IN_PART else {}
            call = self._settlement("capture", redemption, body)
            self._captured(redemption, charge, captured, await self.desk.done(call, repeated=visit.repeated))

    def _captured(self, redemption: str, reserved: Charge, captured: Charge, answer: Any) -> None:
        voucher = self.voucher
        voucher.same("the value captured", answer["value_cents"], captured.value_cents)
        voucher.reserved_cents -= reserved.value_cents
        voucher.give_back(
            Charge(reserved.units - captured.units, reserved.value_cents - captured.value_cents, 0)
        )
        self._keep(redemption, captured)
        self.counts["reservations captured"] += 1

    def _released(self, charge: Charge) -> None:
        self.voucher.reserved_cents -= charge.value_cents
        self.voucher.give_back(charge)
        self.counts["reservations released"] += 1

    # --- races ----------------------------------------------------------------------------------------------------

    async def _race_redemptions(self, charge: Charge) -> None:
        """Two callers draw all that is left, at once: one gets it."""
        won = await self._race(
            (self._redemption("-a", charge.units), NOTHING_LEFT),
            (self._redemption("-b", charge.units), NOTHING_LEFT),
        )
        self._charged(charge, won[1])

    async def _race_settlements(self, redemption: str, charge: Charge) -> None:
        """Two callers settle one reservation, at once."""
        capture = self._settlement("capture", redemption, {}, "-a")
        if self.visit.race is Race.CAPTURES:
            other = self._settlement("capture", redemption, {}, "-b")
            place, answer = await self._race((capture, CAPTURED), (other, CAPTURED))
        else:
            other = self._settlement("release", redemption)
            place, answer = await self._race((capture, RELEASED), (other, CAPTURED))
        if self.visit.race is Race.CAPTURE_AND_RELEASE and place == 1:
            self._released(charge)
        else:
            self._captured(redemption, charge, charge, answer)

    async def _race(self, *sides: tuple[Call, frozenset[str]]) -> tuple[int, Any]:
        """Send both calls at the same moment on connections of their own. Exactly one may succeed; the other must be
        refused with one of its codes. Returns which one won, and its answer."""
        rival = Desk(self.desk.port, self.trial.meter)
        try:
            replies = await asyncio.gather(self.desk.send(sides[0][0]), rival.send(sides[1][0]))
        finally:
            await rival.close()
        self.counts[f"races: {self.visit.race}"] += 1
        won = [place for place, reply in enumerate(replies) if 200 <= reply.status < 300]
        told = " and ".join(f"{reply.status} {reply.body[:200]!r}" for reply in replies)
        if len(won) != 1:
            raise Unexpected(f"{self.visit.race}: {len(won)} of two won: {told}")
        loser = 1 - won[0]
        if code_of(replies[loser]) not in sides[loser][1]:
            raise Unexpected(f"{self.visit.race}: the loser was told something else: {told}")
        return won[0], replies[won[0]].json()

    # --- mistakes -------------------------------------------------------------------------------------------------

    async def _mistake(self, units: int) -> None:
        """What the provider's system gets wrong first. Nothing may have moved: the reckoning after it would tell."""
        mistake, voucher = self.visit.mistake, self.voucher
        if mistake is Mistake.PRICE:
            wrong = self._redemption("-wrong", units, unit_price_cents=voucher.price_cents + 1)
        elif mistake is Mistake.DATE:
            tomorrow = self.trial.today + timedelta(days=1)
            wrong = self._redemption("-wrong", units, service_date=tomorrow.isoformat())
        elif mistake is Mistake.OTHER_PROVIDER:
            others = (p for p in self.trial.town.provider_tokens if p != voucher.provider)
            other = next(others, None)
            if other is None:
                return
            wrong = self._redemption("-wrong", units, provider=other)
        else:
            return
        await self.desk.refused(wrong, {mistake})


async def reverse_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """Undo the charges that the plan says were wrong; a second reversal of the same one is refused."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        for charged in [c for c in voucher.charged if c.visit.reversed]:
            number = charged.visit.number
            endpoint, path = "POST redemptions/…/reversal", f"/redemptions/{charged.id}/reversal"
            body = {"reason": "Charged for the wrong person"}
            provider = str(voucher.provider)
            call = trial.by_provider(provider, endpoint, path, f"reverse-{number}", body)
            answer = await desk.done(call, repeated=number % 2 == 0)
            voucher.same("the value reversed", answer["value_cents"], charged.charge.value_cents)
            voucher.give_back(charged.charge)
            voucher.charged.remove(charged)
            trial.tally.reversed += charged.charge.value_cents
            trial.tally.own_shares -= charged.charge.own_share_cents
            trial.meter.counts["reversals"] += 1
            again = trial.by_provider(provider, endpoint, path, f"reverse-again-{number}", body)
            await desk.refused(again, {"redemption.reversed"})

    wanted = [v for v in whole(vouchers) if any(c.visit.reversed for c in v.charged)]
    await trial.steps.run("reversing", port, wanted, one)


async def cancel_all(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """The organiser cancels what is left of some vouchers: not over a reservation, and not where nothing is left."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        call = trial.by_case_worker(
            voucher.case_worker, "POST vouchers/…/cancellation", f"/vouchers/{voucher.id}/cancellation",
            f"cancel-{voucher.story.number}", {"reason": "client_asked", "heard": "own_wish"},
        )  # fmt: skip
        if voucher.reserved_cents:
            await desk.refused(call, {"choice.reservation_open"})
        elif voucher.available_cents == 0 or voucher.units_available == 0:
            await desk.refused(call, {"voucher.used_up"})
        else:
            answer = await desk.done(call, repeated=voucher.story.repeated)
            voucher.same("what was returned", answer["returned_cents"], voucher.available_cents)
            end(trial, voucher)
            trial.meter.counts["vouchers cancelled"] += 1

    await trial.steps.run("cancelling", port, [v for v in whole(vouchers) if v.story.cancelled], one)


async def read_back(trial: Trial, port: int, vouchers: list[HeldVoucher]) -> None:
    """Every tenth voucher as the service shows it, compared with our own reckoning."""

    async def one(desk: Desk, voucher: HeldVoucher) -> None:
        call = trial.by_case_worker(voucher.case_worker, "GET vouchers/…", f"/vouchers/{voucher.id}")
        answer = await desk.done(call)
        voucher.same("what is left", answer["available_cents"], voucher.available_cents)
        voucher.same("what is reserved", answer["reserved_cents"], voucher.reserved_cents)
        voucher.same("units left", answer["units_available"], voucher.units_available)
        charged = sum(c.charge.value_cents for c in voucher.charged)
        voucher.same("what is captured", answer["captured_cents"], charged)

    await trial.steps.run("reading back", port, whole(vouchers)[::10], one)
