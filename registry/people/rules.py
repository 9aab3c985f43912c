"""Who people are to the registry, and what a token may do."""

from typing import Final

from registry.shared.actor import Role

AGE_BANDS: Final = ("under_20", "20_24", "25_29", "30_plus")

SCOPES: Final[dict[str, frozenset[Role]]] = {
    "vouchers:redeem": frozenset({Role.PROVIDER_USER}),
    "vouchers:read": frozenset({Role.PROVIDER_USER, Role.CASE_WORKER, Role.FINANCE_OFFICER, Role.AUDITOR}),
    "vouchers:grant": frozenset({Role.CASE_WORKER}),
    "choices:write": frozenset({Role.CASE_WORKER, Role.PROVIDER_USER}),
    "register:write": frozenset({Role.REGISTER_OFFICER, Role.PROVIDER_USER}),
    "catalogue:write": frozenset({Role.ORGANISER_ADMINISTRATOR}),
    "settlement:write": frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER}),
    "settlement:read": frozenset({Role.FINANCE_OFFICER, Role.PROVIDER_USER, Role.AUDITOR}),
    "audit:read": frozenset({Role.AUDITOR}),
}
"""What a machine's token may be good for, and which roles may hold such a token."""


def scopes_for(role: Role) -> tuple[str, ...]:
    """The scopes that a token of this role may carry."""
    return tuple(scope for scope, roles in SCOPES.items() if role in roles)
