"""Refusals about payment batches, bank statements and what matched, and what can be wrong with a bank's file."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "settlement.route_bank_file": N_(
        "Here payments go to the bank in a file. Put the statement into a batch."
    ),
    "settlement.route_accounting": N_("Here the accounting system pays. No payment files are made."),
    "payment_setting.unknown": N_("There is no such setting."),
    "payment_setting.not_waiting": N_("Nobody waits for this setting to be confirmed any more."),
    "payment_setting.invalid": N_("Check how payments are made."),
    "payment_setting.name": N_("Give the payer’s name, at most 70 characters."),
    "payment_setting.bic": N_("This is not a bank’s BIC."),
    "payment_setting.tolerance": N_("A tolerance is between 0.00 and 1.00 euros."),
    "payment_batch.unknown": N_("There is no such batch."),
    "payment_batch.drafted": N_("The batch has not been approved yet."),
    "payment_batch.approved": N_("The batch has been approved already."),
    "payment_batch.withdrawn": N_("The batch was taken back."),
    "payment_batch.same_person": N_("You made this, so somebody else has to approve it."),
    "payment_batch.not_target_day": N_("Banks settle no payments on that day. The next day is %(next_day)s."),
    "payment_batch.day_out_of_range": N_("Choose a day from %(first)s on, within two months."),
    "payment_batch.empty": N_("Nothing is ready to be paid."),
    "payment_batch.not_payable": N_(
        "Some of these statements cannot be paid: they are not approved, stand in another batch, or their provider has no"
        " confirmed account."
    ),
    "payment_batch.changed": N_(
        "A sum or an account has changed since the batch was made. Take the batch back and make a new one."
    ),
    "payment_batch.file": N_("A payment file cannot be made: %(problems)s"),
    "payment_order.unknown": N_("There is no such payment order."),
    "payment_order.drafted": N_("The order has not been sent to the bank."),
    "payment_order.ordered": N_("The bank has not booked this order yet."),
    "payment_order.booked": N_("The bank has booked this order already."),
    "payment_order.returned": N_("This order came back already."),
    "payment_order.withdrawn": N_("This order was taken back before it was sent."),
    "payment_order.booked_in_part": N_("The bank has booked a part of this order already."),
    "bank_statement.unknown": N_("There is no such bank statement."),
    "bank_booking.unknown": N_("There is no such movement."),
    "bank_booking.no_debit": N_("Only money that left the account can have paid an order."),
    "bank_booking.nothing_left": N_("All of this movement has been explained already."),
    "bank_booking.matched": N_("This movement stands against an order. Take the match back first."),
    "bank_booking.is_so": N_("That has been done already."),
    "bank_match.unknown": N_("There is no such match."),
    "bank_match.undone": N_("This match has been taken back already."),
    "bank_match.return_stands": N_("The payment came back, and that cannot be taken back here."),
    "bank.no_account": N_("Set the account that pays before you bring in its statements."),
    "bank.unreadable": N_("The bank’s file was not received: it has errors. Nothing was saved."),
    "bank.too_large": N_("The file is too large: at most 20 MB."),
    "bank.empty": N_("The file is empty."),
    "bank.not_xml": N_("This is not an XML file, or it is broken or cut short."),
    "bank.doctype": N_(
        "The file defines a document type or entities. No bank’s file does, so it is not read."
    ),
    "bank.too_deep": N_("The file’s elements are nested too deep."),
    "bank.not_camt": N_(
        "This is neither a camt.053 nor a camt.054 file of the versions 02 to 08, nor a pain.002."
    ),
    "bank.status": N_("%(status)s is no status of a payment."),
    "bank.message_unknown": N_("This is not about a payment file that was sent from here."),
    "bank.order_unknown": N_("This payment was not in the file that it is said to have been in."),
    "bank.missing": N_("This is missing."),
    "bank.currency": N_("The currency is not the euro."),
    "bank.amount": N_("This is not an amount in whole cents."),
    "bank.direction": N_("This must say whether money came in (CRDT) or left (DBIT)."),
    "bank.date": N_("This is not a date."),
    "bank.balance_missing": N_("The statement has no opening or no closing balance (%(balance)s)."),
    "bank.balance": N_(
        "The statement does not add up: %(opening)s at first and movements of %(moved)s are not %(closing)s, but"
        " %(left)s apart."
    ),
    "bank.batch_sum": N_("The payments of this entry come to %(sum)s, but the entry says %(entry)s."),
    "bank.detail_amount": N_("A payment inside this entry has no amount of its own."),
    "bank.too_many": N_("The statement has too many movements: at most 200,000."),
    "bank.other_account": N_("This is a statement of another account, ending in %(ends)s."),
    "paid_status.unreadable": N_("The file was not received: it has errors. Nothing was saved."),
    "paid_status.column_missing": N_("This column is missing from the header."),
    "paid_status.unknown": N_("There is no approved statement of this number."),
    "paid_status.amount": N_("The sum is not what was to be paid."),
    "paid_status.twice": N_("This statement stands in the file twice."),
    "paid_status.day": N_("This is not a date."),
    "paid_status.empty": N_("The file has no lines."),
    "paid_status.not_csv": N_("This is not a CSV file in UTF-8."),
}
