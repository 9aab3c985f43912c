"""Signing secrets: made here, kept encrypted, opened only to sign."""

import os
import secrets
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.messages.webhooks.rules import SECRET_BYTES
from registry.shared.settings import Keys

_NONCE_BYTES: Final = 12


def new_signing_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def seal(keys: Keys, *, endpoint_id: UUID, secret: bytes) -> bytes:
    """AES-256-GCM with a fresh nonce in front, bound to the endpoint: moved to another row it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(keys.derive("webhook-secret")).encrypt(nonce, secret, endpoint_id.bytes)


def unseal(keys: Keys, *, endpoint_id: UUID, sealed: bytes) -> bytes:
    """The secret that `seal` kept for this endpoint."""
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(keys.derive("webhook-secret")).decrypt(nonce, text, endpoint_id.bytes)
