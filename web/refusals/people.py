"""Refusals about people, roles, sign-in and tokens."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "guardian.staff_only": N_("Only a case worker or an administrator can change who acts for a client."),
    "guardian.nobody_saw_the_decision": N_(
        "Say which case worker or administrator of yours has seen the decision on the guardianship."
    ),
    "guardian.protected": N_(
        "The client’s identity is protected: only the client’s own case worker does this."
    ),
    "guardian.known_already": N_("This person acts for the client already."),
    "guardian.too_many": N_("The client has %(most)s guardians already. End one of them first."),
    "client.unknown": N_("There is no such client."),
    "client.known_already": N_("This person or company is a client already."),
    "client.company_ceased": N_("By the company register the company has ceased."),
    "client.company_other_name": N_(
        "The company register has another name under this business ID. Look the company up, or check the business ID."
    ),
    "field.not_an_email": N_("Write an e-mail address, such as name@example.fi."),
    "identity.code_malformed": N_("Check the personal identity code: its form or check character is wrong."),
    "identity.business_id_malformed": N_("Check the business ID: its form or check digit is wrong."),
    "person.known_already": N_("Someone with this e-mail address works here already. Find them in the list."),
    "person.unknown": N_("There is no such person in this organisation."),
    "read.no_reason": N_("Say why you need to see this client’s information."),
    "role.held_already": N_("The person has this role already."),
    "role.incompatible": N_(
        "One person cannot have both roles: who administers does not move money, and who audits does nothing else."
    ),
    "role.needs_four_eyes": N_("Another administrator has to approve a change of roles."),
    "role.administrators_only": N_("Only an administrator who is signed in can change roles."),
    "role.ended_already": N_("This role has ended already."),
    "role.last_administrator": N_(
        "The last administrator’s role cannot be ended. Give the role to somebody else first."
    ),
    "role.not_staff": N_("Choose a role of the staff."),
    "role_grant.unknown": N_("There is no such role."),
    "role_change.unknown": N_("There is no such request."),
    "role_change.decided_already": N_("This request has been decided already."),
    "role_change.waiting_already": N_("The same change is waiting for approval already."),
    "role_change.four_eyes": N_("You asked for this change, so somebody else has to decide it."),
    "role_change.own_role": N_("You cannot approve a role for yourself."),
    "role_change.not_yours": N_("Only the person who asked can withdraw the request."),
    "sign_in_link.not_valid": N_(
        "This link does not work: it has been used, it is too old, or it was copied wrong."
    ),
    "token.no_scope": N_("Choose what the token may be used for."),
    "token.scope_not_of_role": N_("This role cannot have all the rights that you chose."),
    "token.scope_not_yours": N_("You cannot give all the rights that you chose."),
    "token.one_role": N_("One token is of one role. Choose rights of one role only."),
    "token.days": N_("A token is good for 1 to %(most)s days."),
    "token.by_token": N_("Only a person who is signed in can make a token."),
    "token.role_of_another": N_("You cannot make a token of this role."),
    "api_client.people_only": N_("Only a person who is signed in for the provider can do this."),
    "api_client.too_many": N_("You have %(most)s systems already. Revoke one of them first."),
    "api_client.revoked": N_("This system is revoked. Add a new one instead."),
    "api_client.scope": N_("The system does not have all the rights that it asks for."),
    "api_client.unknown": N_("There is no such system."),
    "token.unknown": N_("There is no such token."),
}
