"""Settings come from the environment alone (README has the table)."""

import hmac
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from registry.shared.retention_rules import UNUSED_ACCOUNT_MONTHS


class Settings(BaseSettings):
    """Every setting of the installation, with its default."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore")

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL 16+, as the application's role; the embedded server when unset",
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_OWNER_URL",
        description="A role that may create roles and tables, for `registry migrate` only",
    )
    data_folder: Path | None = Field(
        default=None,
        description="Where the embedded server and its key live; by default `var` in a checkout, below /var/lib for root",
    )
    secret_key: SecretStr | None = Field(
        default=None, description="At least 32 characters; required with DATABASE_URL, else made and kept"
    )
    demo: bool = Field(default=False, description="1 opens the page where anyone signs in as anyone")
    secure_cookies: bool | None = Field(
        default=None, description="Cookies over HTTPS only; by default everywhere but in the demonstration"
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000", description="The address that links in messages start with"
    )
    pool_size: int = Field(default=16, ge=1, le=200, description="Database connections of one web process")
    session_hours: int = Field(default=8, ge=1, le=24, description="A sign-in ends after this many hours")
    unused_account_months: int = Field(
        default=UNUSED_ACCOUNT_MONTHS,
        ge=1,
        le=60,
        description="Who began at `/join` and never got a role is made nameless after so many months",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level logged"
    )
    smtp_host: str | None = Field(default=None, description="Mail server; without one, mail is only kept")
    smtp_port: int = Field(default=25, description="Its port")
    smtp_user: str | None = Field(default=None, description="Its user name, if it asks for one")
    smtp_password: SecretStr | None = Field(default=None, description="Its password")
    smtp_starttls: bool = Field(default=False, description="1 encrypts the connection to the mail server")
    mail_from: str = Field(
        default="viestit@registry.invalid",
        description="The sender of all mail; it must not tell what the mail is about",
    )
    contact_email: str = Field(
        default="palaute@registry.invalid", description="Shown in the accessibility statement"
    )
    webhook_loopback: bool = Field(
        default=False,
        description="1 lets webhooks go to http addresses on this machine, for trying out; the demonstration does",
    )
    company_register_url: str = Field(
        default="https://avoindata.prh.fi/opendata-ytj-api/v3",
        description="The open company register that companies' facts come from; empty: applicants type them",
    )

    evidence_folder: Path | None = Field(
        default=None,
        description="Where evidence files are kept, for all processes alike; by default `evidence` in the data folder",
    )

    @field_validator("company_register_url")
    @classmethod
    def _address_or_empty(cls, address: str) -> str:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if address and (not whole or parts.query or parts.fragment or parts.username):
            raise ValueError("an address begins with http:// or https://, or is empty")
        return address

    @property
    def webhooks_here(self) -> bool:
        return self.webhook_loopback or self.demo

    @property
    def cookies_secure(self) -> bool:
        return self.secure_cookies if self.secure_cookies is not None else not self.demo


@cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


class Keys:
    """Keys for each purpose, all derived from one secret, so that one leak of one use tells nothing of the others."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret key needs at least 32 characters")
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` (HMAC-SHA256 as the key derivation, RFC 5869's expand step)."""
        return hmac.new(self._secret, purpose.encode() + b"\x01", sha256).digest()

    @property
    def voucher_secret(self) -> bytes:
        return self.derive("voucher-secret")

    @property
    def identity_hash(self) -> bytes:
        return self.derive("identity-hash")

    @property
    def identity_encryption(self) -> bytes:
        return self.derive("identity-encryption")

    @property
    def field_digest(self) -> bytes:
        """Keys the digests of bodies and of changed personal fields: a plain hash of a name could be guessed."""
        return self.derive("field-digest")

    @property
    def choice_seed(self) -> bytes:
        return self.derive("choice-seed")
