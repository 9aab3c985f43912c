"""Reading people, roles, tokens and the log of reads, as frozen rows for pages."""

from registry.people.demonstration import DemoPerson, demo_people
from registry.people.open_grants import OpenGrant
from registry.people.open_grants import open_grant as role_grant_for_sign_in
from registry.people.queries.clients import (
    ClientCard,
    Read,
    client_card,
    client_with_identity,
    identity_of_client,
    reads_of,
)
from registry.people.queries.guardians import (
    Guardian,
    guardians_of,
    initials_of,
    representatives_of,
)
from registry.people.queries.sign_in import OwnRole, own_roles, role_grants_of
from registry.people.queries.staff import HeldRole, Person, RoleChange, administrators, role_changes, staff_of
from registry.people.queries.tokens import Token, tokens_of

__all__ = [
    "ClientCard",
    "DemoPerson",
    "Guardian",
    "HeldRole",
    "OpenGrant",
    "OwnRole",
    "Person",
    "Read",
    "RoleChange",
    "Token",
    "administrators",
    "client_card",
    "client_with_identity",
    "demo_people",
    "guardians_of",
    "identity_of_client",
    "initials_of",
    "own_roles",
    "reads_of",
    "representatives_of",
    "role_changes",
    "role_grant_for_sign_in",
    "role_grants_of",
    "staff_of",
    "tokens_of",
]
