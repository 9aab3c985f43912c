"""Whatever is done to vouchers, in whatever order, the books add up after every step.

Hypothesis drives grant, choose, confirm, decline, present, reserve, redeem, capture, release, reverse, refuse,
cancel, expire and the passing of days against the real database, and checks the invariants after each.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from registry.shared.database import Database
from registry.shared.errors import DomainError, Refusal
from registry.shared.settings import Keys
from tests.builders import NOW, build_world
from tests.registry.vouchers.steps import Steps

UNITS = st.sampled_from([25, 1_00, 2_50, 6_00, 10_00])
PROVIDERS = st.integers(0, 2)


def machine(app_url: str, keys: Keys) -> type[RuleBasedStateMachine]:
    """A state machine class on this database; each run of it is a world of its own."""

    class AnyOrder(RuleBasedStateMachine):
        vouchers = Bundle("vouchers")

        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.database = Database(app_url, pool_size=2)
            world = self.runner.run(build_world(self.database, code=f"o{id(self)}", allocated_cents=4_000_00))
            self.steps = Steps(self.database, world, keys)
            self.picks: dict[UUID, tuple[UUID, int]] = {}
            self.shown: dict[UUID, tuple[UUID, int]] = {}
            self.charges: list[tuple[UUID, int]] = []

        def teardown(self) -> None:
            self.runner.run(self.database.close())
            self.runner.close()

        def try_(self, step: Awaitable[Any]) -> Any:
            """The step's answer, or None where a rule said no."""

            async def run() -> Any:
                with contextlib.suppress(DomainError):
                    return await step

            return self.runner.run(run())

        @rule(target=vouchers, units=UNITS)
        def grant(self, units: int) -> UUID | None:
            return self.try_(self.steps.grant(units=units))  # type: ignore[no-any-return]

        @rule(voucher=vouchers, provider=PROVIDERS)
        def choose(self, voucher: UUID | None, provider: int) -> None:
            if voucher and (picked := self.try_(self.steps.choose(voucher, provider))):
                self.picks[voucher] = (picked, provider)

        @rule(voucher=vouchers, yes=st.sampled_from([True, True, True, False]))
        def answer(self, voucher: UUID | None, yes: bool) -> None:
            if voucher in self.picks:
                self.try_((self.steps.confirm if yes else self.steps.decline)(*self.picks[voucher]))

        @rule(voucher=vouchers)
        def present(self, voucher: UUID | None) -> None:
            if voucher in self.picks:
                code = self.runner.run(self.steps.code(voucher))
                provider = self.picks[voucher][1]
                opened = self.runner.run(self.steps.try_to_present(*code, provider))
                if not isinstance(opened, Refusal):
                    self.shown[voucher] = (opened, provider)

        @rule(voucher=vouchers, units=UNITS, reserve=st.booleans())
        def redeem(self, voucher: UUID | None, units: int, reserve: bool) -> None:
            if voucher in self.shown:
                presentation, provider = self.shown[voucher]
                step = self.steps.redeem(
                    presentation, units, reserve=reserve, provider=provider, day=self.day()
                )
                if made := self.try_(step):
                    self.charges.append((made.id, provider))

        @rule(which=st.integers(0, 50), units=st.none() | UNITS)
        def capture(self, which: int, units: int | None) -> None:
            if self.charges:
                charge, provider = self.charges[which % len(self.charges)]
                self.try_(self.steps.capture(charge, units, provider))

        @rule(which=st.integers(0, 50), what=st.sampled_from(["release", "reverse"]))
        def undo(self, which: int, what: str) -> None:
            if self.charges:
                self.try_(getattr(self.steps, what)(*self.charges[which % len(self.charges)]))

        @rule(voucher=vouchers, what=st.sampled_from(["refuse", "cancel"]))
        def end(self, voucher: UUID | None, what: str) -> None:
            if voucher:
                self.try_(getattr(self.steps, what)(voucher))

        @rule(days=st.sampled_from([0, 1, 5, 15, 95]))
        def days_pass(self, days: int) -> None:
            self.steps.now += timedelta(days=days)
            self.runner.run(self.steps.tick())

        def day(self) -> Any:
            return self.steps.now.date() if self.steps.now > NOW else NOW.date()

        @invariant()
        def the_books_add_up(self) -> None:
            assert self.runner.run(self.steps.unfit()) == []

    return AnyOrder


def test_any_order(app_url: str, keys: Keys) -> None:
    run_state_machine_as_test(
        machine(app_url, keys),
        settings=settings(
            max_examples=150,
            stateful_step_count=80,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(
    "broken", ["UPDATE voucher SET returned_cents = returned_cents + 1, granted_cents = granted_cents + 1"]
)
async def test_the_invariants_can_fail(database: Database, keys: Keys, broken: str) -> None:
    from sqlalchemy import text

    steps = Steps(database, await build_world(database), keys)
    await steps.grant()
    async with database.transaction(steps.world.sight) as session:
        await session.execute(text(broken))
    assert len(await steps.unfit()) == 1
