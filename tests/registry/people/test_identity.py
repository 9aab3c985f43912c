"""Identity codes: checked, encrypted, found by keyed hash."""

from datetime import date
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from registry.people.identity import (
    birth_date,
    clean_identity,
    decrypt_identity,
    encrypt_identity,
    identity_hash,
)
from registry.shared.errors import Invalid
from registry.shared.settings import Keys

# Individual numbers 900-999 are never given to anyone.
FICTIONAL = "010203A9013"
COMPANY = "1234567-1"


def test_a_fictional_code_is_taken_only_where_fiction_is() -> None:
    assert clean_identity("person", f" {FICTIONAL.lower()} ", fictional=True) == FICTIONAL
    with pytest.raises(Invalid) as refused:
        clean_identity("person", FICTIONAL)
    assert refused.value.errors == {"identity": "identity.code_malformed"}


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("person", "010203A9014"),
        ("person", "310203A901X"),
        ("person", ""),
        ("person", "ä" * 11),
        ("person", "1" * 100_000),
        ("company", "1234567-2"),
        ("company", "\x00"),
        ("company", FICTIONAL),
    ],
)
def test_wrong_codes_are_refused(kind: str, typed: str) -> None:
    with pytest.raises(Invalid):
        clean_identity(kind, typed, fictional=True)


def test_a_business_id_has_one_spelling() -> None:
    assert clean_identity("company", "12345671") == clean_identity("company", COMPANY) == COMPANY


@pytest.mark.parametrize(
    ("code", "born"),
    [
        ("010203A9013", date(2003, 2, 1)),
        ("010203-901X", date(1903, 2, 1)),
        ("131052+308T", date(1852, 10, 13)),
    ],
)
def test_the_birthday_knows_its_century(code: str, born: date) -> None:
    assert birth_date(code) == born


def test_what_is_sealed_opens_only_for_its_client(keys: Keys) -> None:
    client = uuid4()
    sealed = encrypt_identity(keys, client_id=client, code=FICTIONAL)
    assert FICTIONAL.encode() not in sealed
    assert sealed != encrypt_identity(keys, client_id=client, code=FICTIONAL)
    assert decrypt_identity(keys, client_id=client, sealed=sealed) == FICTIONAL
    with pytest.raises(InvalidTag):
        decrypt_identity(keys, client_id=uuid4(), sealed=sealed)
    with pytest.raises(InvalidTag):
        decrypt_identity(Keys(b"another secret of thirty-two bytes"), client_id=client, sealed=sealed)


def test_the_hash_needs_the_key_and_the_kind(keys: Keys) -> None:
    same = identity_hash(keys, kind="person", code=FICTIONAL)
    assert same == identity_hash(keys, kind="person", code=FICTIONAL)
    assert same != identity_hash(keys, kind="company", code=FICTIONAL)
    assert same != identity_hash(Keys(b"another secret of thirty-two bytes"), kind="person", code=FICTIONAL)
