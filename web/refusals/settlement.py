"""Refusals about months, statements, invoices and payments, and what can be wrong with an invoice file."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "month.unknown": N_("There is no such month."),
    "settlement.month_not_ended": N_("The month can be closed from %(ends_on)s, when it has ended."),
    "settlement.earlier_month_open": N_(
        "Close the earlier month %(month)s first. Months are closed in order."
    ),
    "settlement.nothing_to_close": N_("Nothing had been redeemed by the end of this month."),
    "settlement.finance_only": N_("Only a finance officer can do this."),
    "settlement.same_person": N_("You approved this statement, so somebody else has to pay it."),
    "settlement.person_unknown": N_(
        "This takes a person who can be named. The token was not made by a person."
    ),
    "statement.unknown": N_("There is no such statement."),
    "statement.closed": N_("The statement has not been invoiced yet."),
    "statement.invoiced": N_("The statement’s invoices have not been matched yet."),
    "statement.matched": N_("Everything on this statement has been invoiced. It takes no more invoices."),
    "statement.disputed": N_(
        "The invoices differ from the statement. The differences have to be settled first."
    ),
    "statement.approved": N_("The statement has been approved for payment already."),
    "statement.paid": N_("The statement has been paid already."),
    "statement.credit_waits": N_(
        "The total is negative: it is taken off the provider’s next payment that is large enough."
    ),
    "invoice.unknown": N_("There is no such invoice."),
    "invoice.rejected": N_("The invoice has been rejected already."),
    "invoice.file_used": N_("The same file came in before, for another statement: invoice %(number)s."),
    "invoice.file_rejected": N_(
        "This file was rejected as invoice %(number)s. Send a corrected invoice with a new number."
    ),
    "invoice.number_used": N_(
        "The invoice number %(number)s has been used before. Give the invoice a new number."
    ),
    "invoice.unreadable": N_("The invoice was not received: the file has errors. Nothing was saved."),
    "invoice.empty": N_("The file is empty."),
    "invoice.no_lines": N_("The file has a header but no invoice lines."),
    "invoice.too_large": N_("The file is too large: at most 4 MB."),
    "invoice.too_many_lines": N_("The file has too many lines: at most 20,000."),
    "invoice.not_csv": N_("This is not a CSV file. Save the table as “CSV UTF-8” and send that file."),
    "invoice.utf16": N_(
        "The file’s characters are in UTF-16. Save the table as “CSV UTF-8” and send that file."
    ),
    "invoice.not_utf8": N_(
        "The file’s characters are not in UTF-8. Save the table as “CSV UTF-8” and send that file."
    ),
    "invoice.column_missing": N_("This column is missing from the header."),
    "invoice.column_twice": N_("This column is in the header twice."),
    "invoice.row_width": N_(
        "The line has more or fewer columns than the header. An amount with a comma needs quotation marks when commas"
        " separate the columns."
    ),
    "invoice.row_malformed": N_("The line cannot be read: a quotation mark is missing."),
    "invoice.number_too_long": N_("The invoice number is too long: at most 50 characters."),
    "invoice.several_numbers": N_("Another invoice number than on the first line. One file is one invoice."),
    "invoice.several_dates": N_("Another invoice date than on the first line. One file is one invoice."),
    "invoice.date_malformed": N_("Give the date as 31.10.2026 or 2026-10-31."),
    "invoice.date_in_future": N_("The invoice date is in the future."),
    "invoice.reference_malformed": N_("This is not a reference of a statement line, such as 7F3A-91BC-02D4."),
    "invoice.amount_zero": N_("The amount is zero."),
    "invoice.text_too_long": N_("The text is too long: at most 200 characters."),
    "invoice.file_missing": N_("Choose the invoice file."),
    "dispute.unknown": N_("There is no such dispute."),
    "dispute.waiting_already": N_("You have disputed this line already, and it waits for an answer."),
    "dispute.taken_off": N_(
        "This line has been taken off the statement. It comes back on a later one: dispute it there, if it is still"
        " wrong."
    ),
    "dispute.credit_stands": N_("A reversal cannot be reversed. Answer in words."),
    "dispute.decided": N_("This dispute has been decided already."),
    "selfbilling.given_already": N_("The consent has been given already."),
    "selfbilling.no_consent": N_("There is no consent to self-billing."),
    "selfbilling.vat_id": N_("Give the VAT number as FI and eight digits, such as FI12345671."),
    "selfbilling.not_registered": N_(
        "The provider has given no VAT number, and the statement cannot be invoiced without one."
    ),
    "selfbilling.buyer_id_missing": N_(
        "With reverse charge the invoice has to name the buyer, and your organisation’s business id is not known."
    ),
    "selfbilling.account_missing": N_(
        "The provider has no bank account in force, and the invoice has to name one."
    ),
    "selfbilling.invoiced": N_("The provider has sent an invoice of its own for this statement."),
    "invoice.one_content": N_("Send exactly one of content and content_base64."),
    "invoice.statement_unknown": N_(
        "No statement is found for this file. Give the statement’s order reference on the invoice, or the references of"
        " its lines."
    ),
}
