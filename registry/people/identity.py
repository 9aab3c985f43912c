"""Identity codes of persons (HETU) and business ids of companies: checked, encrypted, and found by keyed hash."""

import hmac
import os
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from stdnum.fi import hetu, ytunnus

from registry.shared.errors import Invalid
from registry.shared.settings import Keys

_NONCE_BYTES: Final = 12
_CENTURIES: Final = {"+": 1800} | dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)


def clean_identity(kind: str, typed: str, *, fictional: bool = False) -> str:
    """The code in its one canonical spelling, or Invalid. `kind`: person | company.

    `fictional` also takes the individual numbers 900-999, which are never given to anyone: demonstrations and
    tests use them.
    """
    if kind == "company":
        if not ytunnus.is_valid(typed):
            raise Invalid(
                "identity.business_id_malformed", errors={"identity": "identity.business_id_malformed"}
            )
        return str(ytunnus.format(ytunnus.compact(typed)))
    if not hetu.is_valid(typed, allow_temporary=fictional):
        raise Invalid("identity.code_malformed", errors={"identity": "identity.code_malformed"})
    return str(hetu.compact(typed))


def birth_date(code: str) -> date:
    """The birthday in a clean identity code."""
    return date(_CENTURIES[code[6]] + int(code[4:6]), int(code[2:4]), int(code[:2]))


def identity_hash(keys: Keys, *, kind: str, code: str) -> bytes:
    """HMAC of a clean code: equal codes are found without being readable, and a guess needs the key."""
    return hmac.new(keys.identity_hash, f"{kind}:{code}".encode(), sha256).digest()


def encrypt_identity(keys: Keys, *, client_id: UUID, code: str) -> bytes:
    """AES-256-GCM with a fresh nonce in front, bound to the client: moved to another row it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(keys.identity_encryption).encrypt(nonce, code.encode(), client_id.bytes)


def decrypt_identity(keys: Keys, *, client_id: UUID, sealed: bytes) -> str:
    """The code that `encrypt_identity` sealed for this client."""
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(keys.identity_encryption).decrypt(nonce, text, client_id.bytes).decode()
