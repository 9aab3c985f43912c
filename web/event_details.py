"""Which facts of an event in the audit trail stand beside its sentence, and what else is said of events.

A text may name facts: `%(value)s` is the fact `value_cents` as money, `%(provider)s` a provider's name, dates and units
as people write them. Where an older event lacks such a fact, the sentence stands alone.
"""

from typing import Final

from web.translations import N_

DETAILS: Final[dict[str, str]] = {
    "voucher.granted": N_("%(value)s, valid through %(last_day)s"),
    "voucher.chosen": N_("%(provider)s, at %(agreed_unit_price)s a unit"),
    "voucher.extended": N_("Days: %(days)s. Valid through %(last_day)s"),
    "voucher.raised": N_("%(value)s"),
    "voucher.lowered": N_("%(value)s"),
    "voucher.lengthened": N_("Days: %(days)s. Valid through %(last_day)s"),
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

SAID_BY_GUARDIAN: Final = N_("The client’s guardian said it")

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
    "payment_batch.": N_("Payment batches"),
    "bank_": N_("Bank statements and matches"),
    "budget_line.": N_("Budget lines"),
    "service.": N_("Services"),
    "terms.": N_("Voucher terms"),
    "client.": N_("Clients"),
    "role.": N_("Roles"),
    "role_change.": N_("Changes of role"),
    "api_token.": N_("API tokens"),
    "webhook.": N_("Webhooks"),
    "api_client.": N_("Systems of providers"),
    "session.": N_("Sign-ins"),
    "message.": N_("Messages"),
}
"""What the auditor's search offers, by the beginning of the action."""

OTHER: Final = N_("Something was recorded: %(action)s")
