"""When mail is tried again, when a holder is reminded."""

from datetime import UTC, date, datetime, timedelta

import pytest

from registry.messages.rules import (
    BACK_OFF,
    MOST_ATTEMPTS,
    act_by,
    expiry_reminder,
    look_from,
    next_attempt,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_each_failure_waits_longer_than_the_one_before() -> None:
    waits = [next_attempt(attempts=n, permanent=False, now=NOW) for n in range(1, MOST_ATTEMPTS)]
    assert waits == [NOW + wait for wait in BACK_OFF]
    assert sorted(BACK_OFF) == list(BACK_OFF)


def test_the_last_attempt_and_a_refusal_for_good_are_the_end() -> None:
    assert next_attempt(attempts=MOST_ATTEMPTS, permanent=False, now=NOW) is None
    assert next_attempt(attempts=1, permanent=True, now=NOW) is None


def test_a_case_worker_looks_two_weeks_ahead_but_not_on_the_day_of_grant() -> None:
    until = NOW + timedelta(days=90)
    assert look_from(valid_from=NOW, valid_until=until) == until - timedelta(days=14)
    short = NOW + timedelta(days=8)
    assert look_from(valid_from=NOW, valid_until=short) == NOW + timedelta(days=6)


@pytest.mark.parametrize(
    ("days", "left", "kind"),
    [
        (90, 31, None), (90, 30, "expiring_30"), (90, 8, "expiring_30"), (90, 7, "expiring_7"), (90, 1, "expiring_7"),
        (90, 0, None), (59, 30, None), (59, 7, "expiring_7"), (8, 3, None), (8, 2, "expiring_7"),
    ],
)  # fmt: skip
def test_a_holder_is_reminded_a_month_and_a_week_ahead(days: int, left: int, kind: str | None) -> None:
    until = NOW + timedelta(days=left)
    assert expiry_reminder(valid_from=until - timedelta(days=days), valid_until=until, now=NOW) == kind


def test_the_case_worker_acts_a_week_before_the_last_day_or_today() -> None:
    assert act_by(last_day=date(2026, 12, 31), today=date(2026, 12, 18)) == date(2026, 12, 24)
    assert act_by(last_day=date(2026, 12, 20), today=date(2026, 12, 18)) == date(2026, 12, 18)
