"""Reading a token request (RFC 6749 § 4.4.2): its form, and the credentials in it or in its header."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

FORM: Final = "application/x-www-form-urlencoded"
MOST_BYTES: Final = 8_000


class OAuthError(Exception):
    """An error in the words of RFC 6749 § 5.2."""

    def __init__(self, error: str, why: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.why, self.status = error, why, status


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a system asks with. `client_id` is none where it is no id of ours: it is unknown, like any wrong one."""

    client_id: UUID | None
    secret: str
    scope: str | None


def read(*, content_type: str, body: bytes, authorization: str | None) -> TokenRequest:
    """The request, or OAuthError. Exactly one way of showing credentials is taken, and each parameter once."""
    form = _form(content_type, body)
    if authorization is not None:
        if "client_secret" in form:
            raise OAuthError("invalid_request", "Send the credentials in one way only.")
        client, secret = _basic(authorization)
        if form.get("client_id", client) != client:
            raise OAuthError("invalid_request", "The client_id is not the one in the header.")
    else:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if not client or not secret:
            raise OAuthError("invalid_client", "Send client_id and client_secret.", status=401)
    if "grant_type" not in form:
        raise OAuthError("invalid_request", "grant_type is missing.")
    if form["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is supported.")
    return TokenRequest(_identifier(client), secret, form.get("scope") or None)


def _form(content_type: str, body: bytes) -> Mapping[str, str]:
    if content_type.partition(";")[0].strip().lower() != FORM or len(body) > MOST_BYTES:
        raise OAuthError("invalid_request", f"Send a form ({FORM}).")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise OAuthError("invalid_request", "The form cannot be read.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise OAuthError("invalid_request", "A parameter is there twice.")
    return dict(pairs)


def _basic(header: str) -> tuple[str, str]:
    """Id and secret, each written as in a form before they were joined (RFC 6749 § 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("another scheme")
        client, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error) as error:
        raise OAuthError("invalid_client", "The header cannot be read.", status=401) from error
    if not (client and colon and secret):
        raise OAuthError("invalid_client", "The header lacks something.", status=401)
    return unquote_plus(client), unquote_plus(secret)


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
