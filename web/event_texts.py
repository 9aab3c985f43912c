"""What each action in the audit trail says as a sentence, and which of its facts stand beside it.

A sentence may name facts: `%(value)s` is the fact `value_cents` as money, `%(provider)s` a provider's name, dates
and units as people write them. Where an older event lacks such a fact, the title stands alone.
"""

from typing import Final

from web.translations import N_

TITLES: Final[dict[str, str]] = {
    # vouchers
    "voucher.granted": N_("The voucher was granted"),
    "voucher.chosen": N_("A provider was chosen"),
    "voucher.unchosen": N_("The voucher has no provider any more; a new one can be chosen"),
    "voucher.presented": N_("The voucher was shown to the provider"),
    "voucher.new_code": N_("A new code was made; the old one no longer works"),
    "voucher.in_use": N_("The voucher has value again"),
    "voucher.used_up": N_("The voucher was used up"),
    "voucher.wrapped_up": N_("The used-up voucher was wrapped up"),
    "voucher.refused": N_("The client refused the voucher"),
    "voucher.cancelled": N_("The voucher was cancelled"),
    "voucher.expired": N_("The voucher expired"),
    "shortlist.frozen": N_("The order of the alternatives was fixed"),
    # the pick
    "choice.confirmed": N_("The provider confirmed the client"),
    "choice.declined": N_("The provider could not take the client"),
    "choice.lapsed": N_("The provider did not answer in time"),
    "choice.changed": N_("The earlier choice ended because another provider was chosen"),
    "choice.refused": N_("The choice ended because the voucher was refused"),
    "choice.cancelled": N_("The choice ended because the voucher was cancelled"),
    "choice.expired": N_("The choice ended because the voucher expired"),
    "choice.used_up": N_("The choice ended because the voucher was used up"),
    "choice.provider_left": N_("The choice ended because the provider left the register"),
    # redemptions
    "redemption.reserved": N_("Value was reserved for a coming visit"),
    "redemption.captured": N_("A visit was recorded on the voucher"),
    "redemption.released": N_("A reservation was given up"),
    "redemption.lapsed": N_("A reservation lapsed"),
    "redemption.reversed": N_("A visit was reversed"),
    # cases and messages
    "case.opened": N_("A case was opened"),
    "case.taken": N_("Somebody took up a case"),
    "case.closed": N_("A case was closed"),
    "message.undeliverable": N_("E-mail could not be delivered"),
    # the register
    "provider.registered": N_("A provider was added"),
    "provider.profile_changed": N_("A provider changed what it says of itself"),
    "provider.ties_stated": N_("It was stated which group or organiser a provider belongs to"),
    "provider.imported": N_("A provider was imported"),
    "provider.import_changed": N_("An import changed a provider"),
    "coach.added": N_("A coach was added"),
    "coach.changed": N_("A coach's information was changed"),
    "coach.ended": N_("A coach left"),
    "application.submitted": N_("An application was sent"),
    "application.information_asked": N_("More information was asked of the applicant"),
    "application.information_given": N_("The applicant gave more information"),
    "application.hearing": N_("The applicant is being heard"),
    "application.approved": N_("An application was approved"),
    "application.rejected": N_("An application was rejected"),
    "application.withdrawn": N_("An application was withdrawn"),
    "application.imported": N_("An application was imported"),
    "application.import_changed": N_("An import changed an application"),
    "admission.granted": N_("A provider was approved into the register"),
    "admission.capacity_changed": N_("A provider's free places or next start were changed"),
    "admission.suspended": N_("An approval was suspended"),
    "admission.reactivated": N_("A suspension was lifted"),
    "admission.removed": N_("A provider was removed from the register"),
    "admission.withdrawn": N_("A provider left the register"),
    "admission.imported": N_("An approval was imported"),
    "admission.import_changed": N_("An import changed an approval"),
    # settlement
    "month.closed": N_("A month was closed"),
    "statement.closed": N_("A statement was made"),
    "statement.invoiced": N_("A statement was invoiced"),
    "statement.matched": N_("The invoice matches the statement"),
    "statement.disputed": N_("The invoice differs from the statement"),
    "statement.reopened": N_("A statement waits for an invoice again"),
    "statement.approved": N_("A statement was approved for payment"),
    "statement.paid": N_("A statement was paid"),
    "invoice.received": N_("An invoice was received"),
    "invoice.rejected": N_("An invoice was sent back"),
    "payment.made": N_("A payment was made"),
    # quality
    "review.submitted": N_("A client gave feedback"),
    "outcomes.recorded": N_("Outcomes were recorded"),
    "release.published": N_("Quality figures were published"),
    "outcome_category.set": N_("An outcome category was set"),
    # catalogue
    "organiser.created": N_("An organiser was added"),
    "service.created": N_("A service was added"),
    "service.changed": N_("A service was changed"),
    "terms.published": N_("New voucher terms took effect"),
    "budget_line.created": N_("A budget line was added"),
    "budget_line.changed": N_("A budget line was changed"),
    "reference.imported": N_("Official reference data was imported"),
    "choice_period.committed": N_("The key of the year's order was committed to"),
    # people
    "client.created": N_("A client was added"),
    "client.changed": N_("A client's information was changed"),
    "account.created": N_("An account was made"),
    "role.granted": N_("A role was given"),
    "role.ended": N_("A role was ended"),
    "role_change.requested": N_("A change of role was asked for"),
    "role_change.approved": N_("A change of role was approved"),
    "role_change.rejected": N_("A change of role was rejected"),
    "role_change.withdrawn": N_("A request for a change of role was taken back"),
    "session.began": N_("Somebody signed in"),
    "session.ended": N_("Somebody signed out"),
    "sign_in_link.created": N_("A sign-in link was made"),
    "api_token.created": N_("An API token was made"),
    "api_token.revoked": N_("An API token was revoked"),
}

DETAILS: Final[dict[str, str]] = {
    "voucher.granted": N_("%(value)s, valid through %(last_day)s"),
    "voucher.chosen": N_("%(provider)s, at %(agreed_unit_price)s a unit"),
    "voucher.refused": N_("%(returned)s went back to the budget"),
    "voucher.cancelled": N_("%(returned)s went back to the budget"),
    "voucher.expired": N_("%(returned)s went back to the budget"),
    "voucher.wrapped_up": N_("%(returned)s went back to the budget"),
    "redemption.reserved": N_("%(value)s, %(units)s units, %(provider)s"),
    "redemption.captured": N_("%(value)s, %(units)s units, %(provider)s"),
    "redemption.released": N_("%(value)s, %(provider)s"),
    "redemption.lapsed": N_("%(value)s, %(provider)s"),
    "redemption.reversed": N_("%(value)s, %(provider)s"),
    "case.opened": N_("%(case)s. Due %(due_on)s"),
    "admission.granted": N_("%(provider)s, at %(unit_price)s a unit"),
    "month.closed": N_("%(month)s: %(total)s"),
    "statement.closed": N_("%(number)s: %(total)s"),
    "payment.made": N_("%(amount)s to %(provider)s"),
}

CHANNELS: Final[dict[str, str]] = {
    "counter": N_("Said at the counter, recorded by a case worker"),
    "phone": N_("Said on the phone, recorded by a case worker"),
}

SUBJECTS: Final[dict[str, str]] = {
    "voucher.": N_("Vouchers"),
    "choice.": N_("Choices"),
    "redemption.": N_("Redemptions"),
    "case.": N_("Cases"),
    "application.": N_("Applications"),
    "admission.": N_("Approvals into the register"),
    "provider.": N_("Providers"),
    "month.": N_("Months"),
    "statement.": N_("Statements"),
    "invoice.": N_("Invoices"),
    "payment.": N_("Payments"),
    "budget_line.": N_("Budget lines"),
    "service.": N_("Services"),
    "terms.": N_("Voucher terms"),
    "client.": N_("Clients"),
    "role.": N_("Roles"),
    "role_change.": N_("Changes of role"),
    "api_token.": N_("API tokens"),
    "session.": N_("Sign-ins"),
    "message.": N_("Messages"),
}
"""What the auditor's search offers, by the beginning of the action."""

OTHER: Final = N_("Something was recorded: %(action)s")
