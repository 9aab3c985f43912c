"""Identifiers: what we make, and what the world has made already.

Our own ids are UUIDv7 (time-ordered, so that indexes stay dense). Voucher numbers are random, so that nobody
can walk from one to the next.
"""

import hmac
import re
import secrets
from hashlib import sha256
from uuid import UUID

import uuid_utils
import uuid_utils.compat
from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811 - the name says whose it is
from stdnum import luhn
from stdnum.fi import ytunnus

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a number read out on the phone is written down right."""

_DOUBLED = tuple(sum(divmod(2 * digit, 32)) for digit in range(32))
_CONFUSED = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
NUMBER_LENGTH = 12
SECRET_LENGTH = 16


def uuid7() -> UUID:
    """A new time-ordered id."""
    return uuid_utils.compat.uuid7()


def driver_uuid7() -> UUID:
    """As `uuid7`, of the database driver's own kind: it is made and written out in a fraction of the time. For rows
    that are written many at once. (It is a `UUID` in every way, but orjson wants it as text.)"""
    made: UUID = DriverUUID(uuid_utils.uuid7().bytes)
    return made


def new_voucher_number() -> str:
    """Eleven random characters (55 bits) and a check character, unformatted."""
    drawn = secrets.randbits(5 * (NUMBER_LENGTH - 1))
    digits = [(drawn >> shift) & 31 for shift in range(0, 5 * (NUMBER_LENGTH - 1), 5)]
    body = "".join([ALPHABET[digit] for digit in digits])
    # Luhn's sum in base 32, as `luhn.calc_check_digit`, whose search for each letter a batch of grants would feel
    total = sum(digits[-2::-2]) + sum([_DOUBLED[digit] for digit in digits[::-2]])
    return body + ALPHABET[-total % 32]


def clean_code(text: str) -> str:
    """What a person typed or a camera read, without spaces and dashes and with look-alikes mended."""
    return re.sub(r"[\s\-–—]", "", text).upper().translate(_CONFUSED)


def is_voucher_number(number: str) -> bool:
    return len(number) == NUMBER_LENGTH and luhn.is_valid(number, ALPHABET)


def grouped(code: str, size: int = 4) -> str:
    """`7KQ4M2XD9FA1` → `7KQ4-M2XD-9FA1`, for the eye."""
    return "-".join(code[i : i + size] for i in range(0, len(code), size))


def voucher_secret(key: bytes, voucher_id: UUID, generation: int) -> str:
    """The holder's secret: HMAC(server key, voucher id, generation), 80 bits. It is stored nowhere, so no
    reader of the database can redeem; a new generation kills the old one."""
    digest = hmac.new(key, voucher_id.bytes + generation.to_bytes(4, "big"), sha256).digest()
    value = int.from_bytes(digest[:10], "big")
    return "".join(ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(SECRET_LENGTH)))


def is_business_id(value: str) -> bool:
    """A Finnish business id (Y-tunnus) whose check digit is right."""
    return bool(ytunnus.is_valid(value))


def format_business_id(value: str) -> str:
    return str(ytunnus.format(ytunnus.compact(value)))
