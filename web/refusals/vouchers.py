"""Refusals of vouchers: granting, the pick, presentation and redemption."""

from typing import Final

from web.translations import N_

_CHANGING: Final = {
    "change.in_units": N_("Give the hours or sessions."),
    "change.in_euros": N_("Give the sum in euros."),
    "change.not_whole_cents": N_("So many units do not come out in whole cents."),
    "change.not_open": N_("The voucher is no longer open, so it cannot be changed."),
    "change.above_terms": N_("At most %(most)s can be added at once; you asked for %(wanted)s."),
    "change.below_used": N_(
        "Only a part of what is left, %(available)s, can be taken. To end the voucher, cancel it."
    ),
    "change.days_range": N_("Give 1 to %(most)s days."),
    "change.reason_unknown": N_("Choose one of the reasons."),
}
_GRANTING: Final = {
    "grant.validity_out_of_terms": N_(
        "The validity is %(days)s days, and the terms allow 1 to %(most)s days."
    ),
    "grant.value_out_of_terms": N_("The value is %(value)s, and the terms allow at most %(most)s."),
    "grant.units_out_of_terms": N_(
        "The number of units is %(units)s, and the terms allow at most %(units_most)s. The sum must come out in"
        " whole cents."
    ),
    "grant.other_organiser": N_(
        "The client, the service and the budget line belong to different authorities."
    ),
    "grant.other_audience": N_("This service is not for this kind of client."),
    "grant.like_open": N_(
        "The client has an open voucher for the same service. Grant another one only if you mean to."
    ),
}
_BATCH: Final = {
    "batch.file_missing": N_("Choose a CSV file."),
    "batch.empty": N_("The file has no rows."),
    "batch.not_text": N_("The file is not UTF-8 text. Save it as “CSV UTF-8” and send it again."),
    "batch.not_csv": N_("The file could not be read as CSV: see line %(line)s."),
    "batch.columns_missing": N_("The first line must name the columns. Missing: %(columns)s."),
    "batch.columns_unknown": N_("The first line names columns that are not known: %(columns)s."),
    "batch.columns_twice": N_("The first line names a column twice: %(columns)s."),
    "batch.too_large": N_("The file is larger than 5 MB. Divide it into several files."),
    "batch.too_many_rows": N_("The file has more than %(most)s rows. Divide it into several files."),
    "batch.unknown": N_("There is no such batch."),
    "row.columns_too_many": N_("The row has more values than there are columns."),
    "row.client_missing": N_("Give the client’s identity code, business id or client id."),
    "row.client_twice": N_("Give either the client id or the identity, not both."),
    "row.client_unknown": N_("There is no client with this identity or id."),
    "row.identity_malformed": N_("The identity code or business id is wrong."),
    "row.client_id_malformed": N_("The client id is wrong."),
    "row.service_missing": N_("Give the code of the service."),
    "row.service_unknown": N_("There is no service with this code."),
    "row.budget_line_missing": N_("Give the code of the budget line."),
    "row.budget_line_unknown": N_("There is no budget line with this code."),
    "row.value_malformed": N_("The value must be in euros, such as 600 or 89,50."),
    "row.units_malformed": N_("The units must be a number, such as 10 or 7,5."),
    "row.validity_malformed": N_("The validity must be a whole number of days."),
    "row.in_plan_malformed": N_("“in_plan” must be yes or no."),
    "row.like_open_malformed": N_("“despite_like” must be yes or no."),
}
_VOUCHER: Final = {
    "choice.said_by": N_("Say who it was: the client or the guardian, and only where somebody told you."),
    "meeting.in_the_past": N_("The time must lie ahead."),
    "meeting.after_validity": N_(
        "The voucher is valid through %(until)s: the first time must be before that."
    ),
    "voucher.unknown": N_("There is no such voucher."),
    "voucher.granted": N_("No provider has been chosen with the voucher yet."),
    "voucher.not_chosen": N_("No provider has been chosen with the voucher yet."),
    "voucher.chosen": N_("The voucher has not been shown to the provider yet."),
    "voucher.in_use": N_("The voucher is in use."),
    "voucher.used_up": N_("The voucher has been used up."),
    "voucher.refused": N_("The client has refused the voucher."),
    "voucher.cancelled": N_("The voucher has been cancelled."),
    "voucher.expired": N_("The voucher has expired."),
    "voucher.reason_unknown": N_("Choose one of the reasons."),
}
_PICK: Final = {
    "choice.unknown": N_("There is no such request."),
    "choice.answered_already": N_("This request has been answered or is no longer open."),
    "choice.no_value_left": N_("The voucher has no value left."),
    "choice.reservation_open": N_(
        "%(reserved)s of the voucher is reserved by the provider. The reservation must be redeemed or released first."
    ),
    "choice.same_provider": N_("This provider has been chosen already."),
    "choice.provider_not_available": N_("This provider cannot be chosen now."),
    "choice.no_free_place": N_("This provider has no free places now."),
    "choice.not_confirmed": N_("The provider has not confirmed the client yet."),
    "provider.unknown": N_("There is no such provider."),
    "admission.not_active": N_("The provider’s approval for this service is not in force."),
}
_PRESENTATION: Final = {
    "presentation.wrong_code": N_("The number and the code do not fit together. Check both and try again."),
    "presentation.too_many_attempts": N_("Too many wrong codes. Wait an hour and try again."),
    "presentation.unknown": N_("There is no such voucher among those shown to you."),
    "presentation.ended": N_("The client has changed the choice, so you can no longer redeem this voucher."),
}
_REDEMPTION: Final = {
    "visit_row.voucher_malformed": N_("Give the number of the voucher, or your own id for it."),
    "visit_row.date_malformed": N_("The date must be a day, such as 20.11.2026 or 2026-11-20."),
    "visit_row.price_malformed": N_("The unit price must be in euros, such as 60 or 89,50."),
    "visit_row.activity_unknown": N_(
        "What was done must be one of: meeting, remote, group, workplace, training, assessment, writing, other."
    ),
    "visit_row.attended_unknown": N_(
        "Who was there must be one of: client, client_and_other, group, nobody."
    ),
    "redemption.group_without_group": N_("Give the number of people only of a group."),
    "redemption.group_out_of_range": N_("The number of people in a group must be from 2 to %(most)s."),
    "visit_row.key_malformed": N_("The key can have at most 80 letters a to z, digits and signs."),
    "visit_row.key_twice": N_("The same key stands on line %(line)s."),
    "visit_row.twice": N_(
        "Line %(line)s says the same. If there were two such visits, give each line a key of its own."
    ),
    "visit_row.recorded_already": N_(
        "The same visit has been redeemed already. If this is another one, give the line a key of its own."
    ),
    "visit_row.key_of_another": N_("A visit that says something else was recorded with this key."),
    "visit_row.failed": N_(
        "It is not known whether this was recorded. Send the file again: nothing is recorded twice."
    ),
    "redemption.unknown": N_("There is no such redemption."),
    "redemption.other_provider": N_("The client has chosen another provider."),
    "redemption.date_in_future": N_("The date of the service cannot be later than today, %(today)s."),
    "redemption.date_outside_validity": N_("The voucher covers services from %(first_day)s to %(last_day)s."),
    "redemption.units_out_of_range": N_("The number of units must be more than 0 and at most 1,000."),
    "redemption.price_above_agreed": N_(
        "The unit price %(unit_price)s is above the price that the client was shown, %(agreed)s."
    ),
    "redemption.price_above_ceiling": N_(
        "The unit price %(unit_price)s is above the ceiling %(ceiling)s, and this service has no own share."
    ),
    "redemption.too_few_units": N_("The voucher has %(units_available)s units left, and you gave %(units)s."),
    "redemption.too_little_value": N_("The voucher has %(available)s left, and the price is %(price)s."),
    "redemption.nothing_to_pay": N_("The price comes to nothing, so there is nothing to redeem."),
    "redemption.more_than_reserved": N_("You reserved %(units_reserved)s units and gave %(units)s."),
    "redemption.reserved": N_("This is a reservation. Release it instead."),
    "redemption.captured": N_("This has been redeemed already."),
    "redemption.released": N_("This reservation has been released."),
    "redemption.lapsed": N_("This reservation lapsed because it was not redeemed in time."),
    "redemption.reversed": N_("This redemption has been reversed already."),
    "reversal.reason_missing": N_("Write why you reverse the redemption, in at most 500 characters."),
}

TEXTS: Final[dict[str, str]] = {
    **_CHANGING,
    **_GRANTING,
    **_BATCH,
    **_VOUCHER,
    **_PICK,
    **_PRESENTATION,
    **_REDEMPTION,
}
