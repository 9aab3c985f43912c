"""Accounts and roles, clients, sign-in, and the log of who read whose data.

A client is a pseudonymous id everywhere else; name and contact live here alone, in a table that can be erased.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.people.rules import AGE_BANDS, DUTIES, REQUEST_TRANSITIONS, ROLE_CHANGES
from registry.shared.actor import STAFF, Role
from registry.shared.database import Base, one_of
from registry.shared.protection import internal, organisers_rows

ACTIVE = "as long as the role or the client relationship lasts, then as the organiser's plan says"


class Account(Base):
    """Someone who can sign in. Clients' names are in ClientPerson, so theirs here is empty."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="fi")
    signs_in_by_mail: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Made itself by its address: a sign-in link may be mailed to it. To nobody else, for whoever reads the mail would be
    signed in."""
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("language IN ('fi', 'sv', 'en')", name="language"),
        {"info": internal(keeps=f"{ACTIVE}; one that never got a role is made nameless after months")},
    )


class RoleGrant(Base):
    """A role that an account holds: at an organiser (staff, client) or for a provider. Ended, never deleted."""

    __tablename__ = "role_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str]
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"), index=True)
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"), index=True)
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"), index=True)
    guardian: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Acts for that client under the own name, as a guardian (edunvalvoja): the account is the guardian's."""
    representative: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Acts for a company client under the own name."""
    duty: Mapped[str | None]
    """Of a provider's person: `office` may do everything for it, `coach` meets clients. None is office."""
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint("(role = 'provider_user') = (provider_id IS NOT NULL)", name="provider"),
        CheckConstraint("(role = 'client') = (client_id IS NOT NULL)", name="client"),
        CheckConstraint("NOT guardian OR client_id IS NOT NULL", name="guardian_of_client"),
        CheckConstraint(
            "NOT representative OR (client_id IS NOT NULL AND NOT guardian)", name="representative_of_client"
        ),
        CheckConstraint(
            f"duty IS NULL OR (provider_id IS NOT NULL AND {one_of('duty', DUTIES)})", name="duty_at_provider"
        ),
        CheckConstraint("(role = 'provider_user') = (organiser_id IS NULL)", name="organiser"),
        Index(
            "uq_role_grant_open",
            "account_id",
            "role",
            "organiser_id",
            "provider_id",
            "client_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"info": organisers_rows(nullable=True, provider="provider_id", client="client_id", keeps=ACTIVE)},
    )


class RoleChangeRequest(Base):
    """A change of someone's role that waits for another administrator's eyes, or was decided by one."""

    __tablename__ = "role_change_request"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    """Whose role it is about."""
    change: Mapped[str]
    """add | end"""
    role: Mapped[str]
    role_grant_id: Mapped[UUID | None] = mapped_column(ForeignKey("role_grant.id"))
    """The role to end, or the one that approval made."""
    state: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("role", sorted(STAFF)), name="role"),
        CheckConstraint(one_of("change", ROLE_CHANGES), name="change"),
        CheckConstraint(one_of("state", REQUEST_TRANSITIONS), name="state"),
        CheckConstraint("change = 'add' OR role_grant_id IS NOT NULL", name="end_names_role"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by IS DISTINCT FROM requested_by",
            name="four_eyes",
        ),
        Index(
            "uq_role_change_request_open",
            "organiser_id",
            "account_id",
            "role",
            unique=True,
            postgresql_where=text("state = 'requested'"),
        ),
        {"info": organisers_rows(keeps=ACTIVE)},
    )


class Client(Base):
    """A person or company that vouchers are granted to, without name or contact."""

    __tablename__ = "client"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    kind: Mapped[str]
    """person | company"""
    municipality_code: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    language: Mapped[str] = mapped_column(default="fi")
    """The language that messages are written in."""
    service_languages: Mapped[list[str]]
    """Languages in which the client can use a service; any one of them is enough."""
    accessibility: Mapped[list[str]]
    """Needs that a provider must meet. Health data: used to find, never shown to a provider before the choice."""
    age_band: Mapped[str | None]
    case_worker_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('person', 'company')", name="kind"),
        CheckConstraint("language IN ('fi', 'sv', 'en')", name="language"),
        CheckConstraint("age_band IS NULL OR " + one_of("age_band", AGE_BANDS), name="age_band"),
        Index("ix_client_organiser", "organiser_id"),
        {"info": organisers_rows(client="id", keeps=ACTIVE)},
    )


class ClientPerson(Base):
    """Who the client is. Erasable; read only where a person must be addressed, and each read is logged."""

    __tablename__ = "client_person"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organiser.id"))
    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    identity_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """HMAC of the identity code or business id: found by it, never read from it."""
    identity_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity_verified_at: Mapped[datetime | None]
    """When a company was found under its name and business id in the company register; None: not verified."""
    protected: Mapped[bool] = mapped_column(default=False)
    """Turvakielto: municipality and contact are hidden from everyone but those who must know."""

    __table_args__ = (
        UniqueConstraint("organiser_id", "identity_hash"),
        CheckConstraint(
            "identity_verified_at IS NULL OR identity_hash IS NOT NULL", name="identity_verified"
        ),
        {"info": organisers_rows(client="client_id", keeps=ACTIVE)},
    )


class ReadLog(Base):
    """Who read which client's data, what of it and why. Append-only: the client may see it."""

    __tablename__ = "read_log"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    client_id: Mapped[UUID]
    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    role: Mapped[str]
    what: Mapped[str]
    """Name of the page or call: voucher, caseload, person…"""
    reason: Mapped[str]
    """own_caseload | own_data | chosen_provider | stated: … | audit"""

    __table_args__ = (
        Index("ix_read_log_client", "client_id", "at"),
        {
            "info": organisers_rows(
                client="client_id", appended_by=("provider",), append_only=True, keeps="5 years"
            )
        },
    )


class SignInSession(Base):
    """A signed-in browser. Only the token's hash is kept."""

    __tablename__ = "sign_in_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role_grant_id: Mapped[UUID] = mapped_column(ForeignKey("role_grant.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = ({"info": internal(keeps="30 days after it ended")},)


class ApiToken(Base):
    """A machine's bearer token: hashed, shown once, with scopes, for one provider or one organiser."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str]
    role: Mapped[str]
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("organiser.id"))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    api_client_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_client.id"), index=True)
    """Of an access token that a system got with its own credentials: which. It lives for an hour."""
    scopes: Mapped[list[str]]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(organiser_id IS NULL) <> (provider_id IS NULL)", name="one_owner"),
        Index("ix_api_token_owner", "organiser_id", "provider_id"),
        {"info": organisers_rows(nullable=True, provider="provider_id", keeps="2 years after it ended")},
    )


class SignInLink(Base):
    """A one-time sign-in link that an administrator hands over where no identity service is connected."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    role_grant_id: Mapped[UUID] = mapped_column(ForeignKey("role_grant.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = ({"info": internal(keeps="30 days")},)


class RateLimit(Base):
    """How often something was tried in a window; in the database, so that all web processes share it."""

    __tablename__ = "rate_limit"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]

    __table_args__ = ({"info": internal(keeps="one day")},)
