"""Voucher numbers and secrets."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shared.identifiers import (
    ALPHABET,
    clean_code,
    format_business_id,
    grouped,
    is_business_id,
    is_voucher_number,
    new_voucher_number,
    voucher_secret,
)


def test_numbers_are_random_and_checked() -> None:
    numbers = {new_voucher_number() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(is_voucher_number(number) for number in numbers)


@given(st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, other: str) -> None:
    number = new_voucher_number()
    changed = number[:place] + other + number[place + 1 :]
    assert is_voucher_number(changed) == (changed == number)


def test_what_people_read_out_is_mended() -> None:
    number = new_voucher_number()
    assert clean_code(grouped(number).lower()) == number
    assert clean_code(" o1-iL ") == "0111"


def test_a_secret_depends_on_key_voucher_and_generation() -> None:
    one = voucher_secret(b"a" * 32, UUID(int=1), 1)
    others = {
        voucher_secret(b"b" * 32, UUID(int=1), 1),
        voucher_secret(b"a" * 32, UUID(int=2), 1),
        voucher_secret(b"a" * 32, UUID(int=1), 2),
    }
    assert len(one) == 16
    assert one not in others
    assert len(others) == 3
    assert one == voucher_secret(b"a" * 32, UUID(int=1), 1)


@pytest.mark.parametrize(
    ("value", "right"), [("2077474-0", True), ("2077474-1", False), ("", False), ("x", False)]
)
def test_business_ids(value: str, right: bool) -> None:
    assert is_business_id(value) == right
    assert not right or format_business_id(value) == value
