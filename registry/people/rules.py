"""Who people are to the registry, what a token may do, and who may change whose role."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from registry.shared.actor import STAFF, Role
from registry.shared.errors import ACCEPTED, Decision, Refusal

LANGUAGES: Final = ("fi", "sv", "en")
CLIENT_KINDS: Final = ("person", "company")

AGE_BANDS: Final = ("under_20", "20_24", "25_29", "30_plus")
EDUCATIONS: Final = ("basic", "secondary", "higher", "not_known")
MOST_MONTHS: Final = 720
"""Longer than anybody can have been unemployed: sixty years."""

SCOPES: Final[dict[str, frozenset[Role]]] = {
    "vouchers:redeem": frozenset({Role.PROVIDER_USER}),
    "vouchers:read": frozenset({Role.PROVIDER_USER, Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR}),
    "vouchers:grant": frozenset({Role.CASE_WORKER}),
    "guardians:write": frozenset({Role.CASE_WORKER, Role.ORGANISER_ADMINISTRATOR}),
    "choices:write": frozenset({Role.CASE_WORKER, Role.PROVIDER_USER}),
    "register:write": frozenset({Role.REGISTER_OFFICER, Role.PROVIDER_USER}),
    "catalogue:write": frozenset({Role.ORGANISER_ADMINISTRATOR}),
    "settlement:write": frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER}),
    "settlement:read": frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER, Role.AUDITOR}),
    "audit:read": frozenset({Role.AUDITOR}),
}
"""What a machine's token may be good for, and which roles may hold such a token."""

MONEY_SCOPES: Final = frozenset({"vouchers:grant", "vouchers:redeem", "settlement:write"})
"""Scopes that move money: an administrator may not hand them out, or administrators could move money."""

MAX_TOKEN_DAYS: Final = 366
"""A token that outlives a year has outlived the person who knew about it."""

DUTIES: Final = ("office", "coach")
"""What a provider's person does there: the office acts for the organisation; a coach meets clients and records
visits, and neither applies nor touches prices, papers, bank accounts, people or tokens."""

LINK_PURPOSES: Final = ("join", "sign_in", "refused")
"""What a mailed link is for."""

LINK_PATHS: Final[Mapping[str, str]] = {
    "join": "/join/confirm",
    "sign_in": "/join/sign-in",
    "refused": "/join",
}
"""Where each leads."""

LINK_HOURS: Final = 2
"""A mailed link is good for so long: whoever reads the mail tomorrow opens nothing."""

READ_REASONS: Final = (
    "own_caseload",
    "own_data",
    "chosen_provider",
    "complaint",
    "visit_disputed",
    "late_grant",
    "audit",
)
STATED: Final = "stated: "
"""Starts a reason in the reader's own words, for a read outside the reader's own caseload."""

MAX_REASON: Final = 500


def scopes_for(role: Role) -> tuple[str, ...]:
    """The scopes that a token of this role may carry."""
    return tuple(scope for scope, roles in SCOPES.items() if role in roles)


def scopes_offered(*, creator: Role | None, role: Role) -> tuple[str, ...]:
    """The scopes that `creator` may put on a token of `role`; None is the system, which may put all.

    People make tokens of their own role. An organiser administrator makes them for the other staff roles too, save
    for the scopes that move money, which only someone who may move money may hand on.
    """
    offered = scopes_for(role)
    if creator is None or creator == role:
        return offered
    if creator == Role.ORGANISER_ADMINISTRATOR and role in STAFF:
        return tuple(scope for scope in offered if scope not in MONEY_SCOPES)
    return ()


def may_create_token(*, creator: Role | None, role: Role, scopes: Collection[str], days: int) -> Decision:
    """A token carries at least one scope, none that its role or its maker lacks, and it ends within a year."""
    if not scopes:
        return Refusal("token.no_scope")
    beyond_role = sorted(set(scopes) - set(scopes_for(role)))
    if beyond_role:
        return Refusal("token.scope_not_of_role", {"scopes": beyond_role, "role": str(role)})
    beyond_creator = sorted(set(scopes) - set(scopes_offered(creator=creator, role=role)))
    if beyond_creator:
        return Refusal("token.scope_not_yours", {"scopes": beyond_creator, "role": str(role)})
    if not 1 <= days <= MAX_TOKEN_DAYS:
        return Refusal("token.days", {"most": MAX_TOKEN_DAYS})
    return ACCEPTED


def read_reason(reason: str) -> Decision:
    """A read of a client's data has a known reason, or one that its reader has put into words."""
    if reason in READ_REASONS:
        return ACCEPTED
    if reason.startswith(STATED) and reason.removeprefix(STATED).strip() and len(reason) <= MAX_REASON:
        return ACCEPTED
    return Refusal("read.no_reason")


INCOMPATIBLE: Final[Mapping[Role, frozenset[Role]]] = {
    Role.ORGANISER_ADMINISTRATOR: frozenset({Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR}),
    Role.AUDITOR: STAFF - {Role.AUDITOR},
    Role.CASE_WORKER: frozenset({Role.ORGANISER_ADMINISTRATOR, Role.AUDITOR}),
    Role.FINANCE_OFFICER: frozenset({Role.ORGANISER_ADMINISTRATOR, Role.AUDITOR}),
    Role.REGISTER_OFFICER: frozenset({Role.AUDITOR}),
}
"""Roles that one person may not hold at one organiser: who administers does not move money, and who audits does
nothing that is audited."""


def may_hold(role: Role, *, held: Collection[Role]) -> Decision:
    """Whether someone with the roles `held` may also have `role` at the same organiser."""
    if role in held:
        return Refusal("role.held_already", {"role": str(role)})
    clash = sorted(INCOMPATIBLE.get(role, frozenset()) & set(held))
    if clash:
        return Refusal("role.incompatible", {"role": str(role), "held": str(clash[0])})
    return ACCEPTED


ROLE_CHANGES: Final = ("add", "end")

REQUEST_TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "requested": frozenset({"approved", "rejected", "withdrawn"}),
    "approved": frozenset(),
    "rejected": frozenset(),
    "withdrawn": frozenset(),
}
"""A role change: asked for by one administrator, decided by another, or taken back by who asked."""


def may_decide(
    *, state: str, to_state: str, change: str, requested_by: UUID | None, decider: UUID | None, subject: UUID
) -> Decision:
    """Role changes take four eyes: who asked may only withdraw, everyone else may only decide, and nobody approves a
    role for themselves."""
    if to_state not in REQUEST_TRANSITIONS[state]:
        return Refusal("role_change.decided_already", {"state": state})
    own_request = requested_by is not None and requested_by == decider
    if to_state == "withdrawn" and not own_request:
        return Refusal("role_change.not_yours")
    if to_state != "withdrawn" and own_request:
        return Refusal("role_change.four_eyes")
    if to_state == "approved" and change == "add" and decider == subject:
        return Refusal("role_change.own_role")
    return ACCEPTED


def age_band_of(born: date, today: date) -> str:
    """The band of whole years of age on `today`; all that is kept of a birthday."""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < 20:
        return "under_20"
    if age < 25:
        return "20_24"
    return "25_29" if age < 30 else "30_plus"


def window_start(now: datetime, window: timedelta) -> datetime:
    """The start of the fixed window that `now` falls in, counted from the epoch, so that all processes agree."""
    epoch = datetime.fromtimestamp(0, tz=now.tzinfo)
    return epoch + ((now - epoch) // window) * window
