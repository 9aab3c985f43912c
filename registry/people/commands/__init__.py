"""Changes to people, roles, sign-in and tokens, by what they are about."""

from registry.people.commands.clients import NewClient, change_client, create_client, verify_company
from registry.people.commands.guardians import add_guardian, end_guardian, guardian_sign_in_link
from registry.people.commands.reads import log_read
from registry.people.commands.representatives import (
    add_representative,
    end_representative,
    representative_sign_in_link,
)
from registry.people.commands.role_changes import (
    decide_role_change,
    request_role_end,
    request_role_for,
    request_role_for_new_person,
)
from registry.people.commands.roles import create_account, end_role, grant_role
from registry.people.commands.sign_in import (
    begin_session,
    consume_rate_limit,
    create_sign_in_link,
    end_session,
    switch_role,
    use_sign_in_link,
)
from registry.people.commands.tokens import NewToken, create_api_token, revoke_api_token

__all__ = [
    "NewClient",
    "NewToken",
    "add_guardian",
    "add_representative",
    "begin_session",
    "change_client",
    "consume_rate_limit",
    "create_account",
    "create_api_token",
    "create_client",
    "create_sign_in_link",
    "decide_role_change",
    "end_guardian",
    "end_representative",
    "end_role",
    "end_session",
    "grant_role",
    "guardian_sign_in_link",
    "log_read",
    "representative_sign_in_link",
    "request_role_end",
    "request_role_for",
    "request_role_for_new_person",
    "revoke_api_token",
    "switch_role",
    "use_sign_in_link",
    "verify_company",
]
