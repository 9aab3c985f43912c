"""Who may hold, hand out and decide what."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.people.rules import (
    MAX_REASON,
    MAX_TOKEN_DAYS,
    MONEY_SCOPES,
    REQUEST_TRANSITIONS,
    SCOPES,
    age_band_of,
    may_create_token,
    may_decide,
    may_hold,
    read_reason,
    scopes_for,
    scopes_offered,
    window_start,
)
from registry.shared.actor import STAFF, Role
from registry.shared.errors import ACCEPTED, Refusal

ADMINISTRATOR = Role.ORGANISER_ADMINISTRATOR


def code(decision: object) -> str | None:
    return decision.code if isinstance(decision, Refusal) else None


@pytest.mark.parametrize("role", sorted(STAFF))
def test_an_administrator_hands_out_no_scope_that_moves_money(role: Role) -> None:
    assert not MONEY_SCOPES & set(scopes_offered(creator=ADMINISTRATOR, role=role))


def test_an_administrator_makes_no_token_of_a_provider() -> None:
    assert scopes_offered(creator=ADMINISTRATOR, role=Role.PROVIDER_USER) == ()


@pytest.mark.parametrize(("creator", "role"), list(product(Role, Role)))
def test_nobody_but_an_administrator_makes_tokens_of_another_role(creator: Role, role: Role) -> None:
    offered = scopes_offered(creator=creator, role=role)
    if creator == role:
        assert offered == scopes_for(role)
    elif creator != ADMINISTRATOR:
        assert offered == ()


@given(
    creator=st.sampled_from([None, *Role]),
    role=st.sampled_from(list(Role)),
    scopes=st.sets(st.sampled_from(sorted(SCOPES))),
    days=st.integers(-10, 1000),
)
def test_an_accepted_token_has_only_scopes_of_its_role_and_maker_and_ends(
    creator: Role | None, role: Role, scopes: set[str], days: int
) -> None:
    if may_create_token(creator=creator, role=role, scopes=scopes, days=days) is ACCEPTED:
        assert scopes
        assert scopes <= set(scopes_for(role))
        assert scopes <= set(scopes_offered(creator=creator, role=role))
        assert 1 <= days <= MAX_TOKEN_DAYS


def test_a_token_says_why_it_is_refused() -> None:
    def asked(creator: Role | None, role: Role, scopes: set[str], days: int = 30) -> str | None:
        return code(may_create_token(creator=creator, role=role, scopes=scopes, days=days))

    assert asked(None, Role.CASE_WORKER, set()) == "token.no_scope"
    assert asked(None, Role.CASE_WORKER, {"audit:read"}) == "token.scope_not_of_role"
    assert asked(ADMINISTRATOR, Role.FINANCE_OFFICER, {"settlement:write"}) == "token.scope_not_yours"
    assert asked(ADMINISTRATOR, Role.FINANCE_OFFICER, {"settlement:read"}) is None
    assert asked(None, Role.CASE_WORKER, {"vouchers:grant"}, MAX_TOKEN_DAYS + 1) == "token.days"
    assert asked(None, Role.CASE_WORKER, {"vouchers:grant"}, MAX_TOKEN_DAYS) is None


@pytest.mark.parametrize(("role", "other"), list(product(sorted(STAFF), repeat=2)))
def test_roles_that_exclude_each_other_do_so_both_ways(role: Role, other: Role) -> None:
    assert (may_hold(role, held=[other]) is ACCEPTED) == (may_hold(other, held=[role]) is ACCEPTED)


def test_who_administers_or_audits_does_not_move_money() -> None:
    assert code(may_hold(Role.FINANCE_OFFICER, held=[ADMINISTRATOR])) == "role.incompatible"
    assert code(may_hold(Role.AUDITOR, held=[Role.CASE_WORKER])) == "role.incompatible"
    assert code(may_hold(Role.CASE_WORKER, held=[Role.CASE_WORKER])) == "role.held_already"
    assert may_hold(Role.REGISTER_OFFICER, held=[Role.CASE_WORKER]) is ACCEPTED


@pytest.mark.parametrize(("state", "to_state"), list(product(REQUEST_TRANSITIONS, REQUEST_TRANSITIONS)))
def test_a_request_moves_only_from_requested(state: str, to_state: str) -> None:
    asker, decider = uuid4(), uuid4()
    allowed = state == "requested" and to_state != "requested"
    actor = asker if to_state == "withdrawn" else decider
    decision = may_decide(
        state=state, to_state=to_state, change="add", requested_by=asker, decider=actor, subject=uuid4()
    )
    assert (decision is ACCEPTED) == allowed


@pytest.mark.parametrize(
    ("to_state", "change", "by", "expected"),
    [
        ("approved", "add", "asker", "role_change.four_eyes"),
        ("rejected", "add", "asker", "role_change.four_eyes"),
        ("withdrawn", "add", "asker", None),
        ("approved", "add", "other", None),
        ("rejected", "end", "other", None),
        ("withdrawn", "add", "other", "role_change.not_yours"),
        ("approved", "add", "subject", "role_change.own_role"),
        ("rejected", "add", "subject", None),
        ("approved", "end", "subject", None),
    ],
)
def test_four_eyes(to_state: str, change: str, by: str, expected: str | None) -> None:
    people = {"asker": uuid4(), "other": uuid4(), "subject": uuid4()}
    decision = may_decide(
        state="requested",
        to_state=to_state,
        change=change,
        requested_by=people["asker"],
        decider=people[by],
        subject=people["subject"],
    )
    assert code(decision) == expected


@pytest.mark.parametrize(
    ("reason", "fine"),
    [
        ("own_caseload", True),
        ("audit", True),
        ("stated: the client called the counter", True),
        ("stated: ", False),
        ("stated:    ", False),
        ("because", False),
        ("", False),
        ("stated: " + "x" * MAX_REASON, False),
    ],
)
def test_a_read_has_a_reason(reason: str, fine: bool) -> None:
    assert (read_reason(reason) is ACCEPTED) == fine


@pytest.mark.parametrize(
    ("born", "today", "band"),
    [
        (date(2006, 11, 23), date(2026, 11, 22), "under_20"),
        (date(2006, 11, 22), date(2026, 11, 22), "20_24"),
        (date(2001, 11, 22), date(2026, 11, 22), "25_29"),
        (date(1996, 11, 23), date(2026, 11, 22), "25_29"),
        (date(1996, 11, 22), date(2026, 11, 22), "30_plus"),
        (date(2004, 2, 29), date(2024, 2, 28), "under_20"),
        (date(2004, 2, 29), date(2024, 2, 29), "20_24"),
    ],
)
def test_age_counts_whole_years(born: date, today: date, band: str) -> None:
    assert age_band_of(born, today) == band


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    seconds=st.integers(1, 86_400),
)
def test_a_moment_lies_in_its_window(now: datetime, seconds: int) -> None:
    window = timedelta(seconds=seconds)
    start = window_start(now, window)
    assert start <= now < start + window
    assert window_start(start, window) == start
