"""Refusals of the doors, forms and requests themselves."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "door.other_role": N_("Your role does not include this page."),
    "door.scope_missing": N_("The token lacks the scope %(scope)s."),
    "door.sign_in": N_("Sign in first."),
    "door.form_expired": N_(
        "The form was open too long or came from another site. Load the page again and resend."
    ),
    "request.malformed": N_("The request could not be read."),
    "request.too_large": N_("The request is too large."),
    "request.not_found": N_("There is no such page."),
    "request.method_not_allowed": N_("This address does not take that method."),
    "request.invalid": N_("Some of the information is missing or wrong."),
    "request.conflict": N_("Somebody else changed the same thing just now. Load the page again."),
    "request.failed": N_("Something went wrong on our side. Nothing was changed."),
    "request.busy": N_("The service is busy. Try again in a moment."),
    "too_many_attempts": N_("Too many attempts. Wait a while and try again."),
    "invalid": N_("Some of the information is missing or wrong."),
    "field.required": N_("Fill in this field."),
    "field.too_long": N_("This text is too long: at most %(longest)s characters."),
    "field.control_character": N_("This text has a character that cannot be used."),
    "field.not_a_number": N_("Write a number."),
    "field.out_of_range": N_("Give a number from %(least)s to %(most)s."),
    "field.not_a_choice": N_("Choose one of the options."),
    "field.not_a_time": N_("Give the time as hours and minutes, such as 9:30."),
    "field.not_a_date": N_("Give the date as day, month and year."),
    "field.invalid": N_("Check this field."),
    "money.malformed": N_("Write the amount in euros, such as 120 or 89,50."),
    "money.too_large": N_("The amount is too large."),
    "idempotency.key_malformed": N_("The Idempotency-Key must have 1 to 100 printable ASCII characters."),
    "idempotency.key_missing": N_("This request needs an Idempotency-Key header."),
    "idempotency.key_reused": N_("The Idempotency-Key was used before with other content."),
    "idempotency.no_answer": N_("The first request with this key has no answer to repeat."),
    "budget.short": N_("The budget line has %(left)s left, and %(wanted)s is needed."),
    "budget_line.unknown": N_("There is no such budget line."),
    "case.unknown": N_("There is no such case."),
    "correction.too_many": N_("You have %(most)s requests open already. Wait for an answer to one of them."),
    "case.decide_first": N_("Decide first: the case is closed by that."),
    "case.closed_already": N_("The case has been closed already."),
}
