"""What can be wrong with an e-invoice, by the rule that it breaks: the standard's own name where it has one."""

from typing import Final

from web.translations import N_

_ALLOWANCE_AMOUNT: Final = N_("The amount of an allowance or a charge is missing.")
_ALLOWANCE_VAT: Final = N_("The VAT category of an allowance or a charge is missing.")
_ALLOWANCE_REASON: Final = N_("The reason for an allowance or a charge is missing.")
_RULES: Final[dict[str, str]] = {
    "XML-SIZE": N_("The file is too large: an e-invoice may have at most 5 MB."),
    "XML-ENCODING": N_("The file’s characters are not what it says they are. Save it in UTF-8."),
    "XML-DOCTYPE": N_(
        "The file declares a document type or entities. E-invoices have none, so it was not read."
    ),
    "XML-MALFORMED": N_("The file is not whole XML: it breaks on line %(line)s, at column %(column)s."),
    "XML-DEPTH": N_("The file’s elements lie deeper in one another than an invoice’s do."),
    "XML-UNKNOWN": N_("This is neither an invoice or credit note in UBL nor one in Finvoice."),
    "FORMAT-NUMBER": N_("“%(found)s” is not a number as this format writes numbers."),
    "FORMAT-DATE": N_("“%(found)s” is not a day as this format writes days."),
    "BR-DEC": N_("%(found)s has more than two decimals."),
    "CURRENCY": N_("This amount is in %(found)s, but the invoice is in %(wanted)s."),
    "BR-01": N_("The invoice does not say which specification it follows."),
    "BR-02": N_("The invoice number is missing."),
    "BR-03": N_("The invoice date is missing."),
    "BR-04": N_("The type of the invoice is missing."),
    "BR-05": N_("The currency of the invoice is missing."),
    "BR-06": N_("The seller’s name is missing."),
    "BR-07": N_("The buyer’s name is missing."),
    "BR-08": N_("The seller’s address is missing."),
    "BR-09": N_("The country of the seller’s address is missing."),
    "BR-10": N_("The buyer’s address is missing."),
    "BR-11": N_("The country of the buyer’s address is missing."),
    "BR-12": N_("The sum of the lines is missing."),
    "BR-13": N_("The total without VAT is missing."),
    "BR-14": N_("The total with VAT is missing."),
    "BR-15": N_("The amount to be paid is missing."),
    "BR-16": N_("The invoice has no lines."),
    "BR-21": N_("The number of the line is missing."),
    "BR-22": N_("The quantity of the line is missing."),
    "BR-23": N_("The unit of the line’s quantity is missing."),
    "BR-24": N_("The line’s amount without VAT is missing."),
    "BR-25": N_("The line does not say what was sold."),
    "BR-26": N_("The line’s unit price is missing."),
    "BR-27": N_("The unit price %(found)s is negative. Make the quantity negative instead."),
    "BR-31": _ALLOWANCE_AMOUNT,
    "BR-32": _ALLOWANCE_VAT,
    "BR-33": _ALLOWANCE_REASON,
    "BR-36": _ALLOWANCE_AMOUNT,
    "BR-37": _ALLOWANCE_VAT,
    "BR-38": _ALLOWANCE_REASON,
    "BR-41": _ALLOWANCE_AMOUNT,
    "BR-43": _ALLOWANCE_AMOUNT,
    "BR-45": N_("The amount that VAT is counted from is missing."),
    "BR-46": N_("The VAT amount of this row is missing."),
    "BR-47": N_("The VAT category of this row is missing."),
    "BR-48": N_("The VAT rate of this row is missing."),
    "BR-CL-01": N_("%(found)s is not the code of an invoice or a credit note."),
    "BR-CL-17": N_("%(found)s is not the code of a VAT category."),
    "BR-CO-04": N_("The line’s VAT category is missing."),
    "BR-CO-10": N_("The lines come to %(wanted)s, but their sum is given as %(found)s."),
    "BR-CO-11": N_("The allowances come to %(wanted)s, but their sum is given as %(found)s."),
    "BR-CO-12": N_("The charges come to %(wanted)s, but their sum is given as %(found)s."),
    "BR-CO-13": N_("The total without VAT should be %(wanted)s, but is given as %(found)s."),
    "BR-CO-14": N_("The VAT rows come to %(wanted)s, but the VAT total is given as %(found)s."),
    "BR-CO-15": N_("The total with VAT should be %(wanted)s, but is given as %(found)s."),
    "BR-CO-16": N_("The amount to be paid should be %(wanted)s, but is given as %(found)s."),
    "BR-CO-17": N_("VAT at %(rate)s %% should be %(wanted)s, but is given as %(found)s."),
    "BR-CO-18": N_("The VAT breakdown is missing."),
    "BR-CO-25": N_("The due date, or else the payment terms, are missing."),
    "BR-CO-26": N_("Nothing identifies the seller: give its business id."),
    "VAT-TWICE": N_("The VAT breakdown has category %(category)s at %(rate)s %% twice."),
    "FINVOICE-VERSION": N_("“%(found)s” is not a version of Finvoice that is read here."),
    "FINVOICE-REQUIRED": N_("Finvoice requires this part, and it is missing."),
    "FINVOICE-ORDER": N_("The parts of the file are not in the order that Finvoice asks for."),
    "FINVOICE-TYPE": N_("%(found)s is not the type of an invoice, a credit note or a self-billed invoice."),
    "FINVOICE-ORIGIN": N_("Only original invoices are taken, and this one says “%(found)s”."),
    "FINVOICE-CREDIT-SIGN": N_("The amounts of a credit note need a minus sign, and here it says %(found)s."),
    "FINVOICE-SUBROW": N_("Rows within rows are not read. Give each sale a row of its own."),
    "STATEMENT-SELLER": N_("The seller is not the provider of this statement, %(wanted)s."),
    "STATEMENT-ORDER": N_("The order reference is not that of this statement, %(wanted)s."),
    "STATEMENT-CURRENCY": N_("Statements are in euros, and this invoice is in %(found)s."),
    "STATEMENT-NUMBER": N_("The invoice number may have at most 50 characters."),
    "STATEMENT-DATE": N_("The invoice date is in the future, or long past."),
    "STATEMENT-ADJUSTMENT": N_(
        "An allowance or a charge for the whole invoice cannot be matched with any line."
    ),
    "STATEMENT-PREPAID": N_("Nothing of a statement is paid in advance, and this invoice says so."),
    "STATEMENT-LINE": N_("The line does not give the reference of a statement line, such as 7F3A-91BC-02D4."),
    "STATEMENT-ZERO": N_("The line’s amount is zero."),
    "STATEMENT-VAT-CATEGORY": N_(
        "The VAT category of the line is %(found)s, and on the statement it is %(wanted)s."
    ),
    "STATEMENT-VAT-RATE": N_(
        "The VAT rate of the line is %(found)s %%, and on the statement it is %(wanted)s %%."
    ),
    "BR-O-02": N_("What is outside VAT (category O) is sold without a VAT number, and here one is given."),
    "BR-O-11": N_("What is outside VAT (category O) cannot stand on one invoice with anything else."),
    "BR-O-12": N_("An invoice outside VAT (category O) cannot have a line in category %(category)s."),
    "BR-AE-02": N_(
        "Reverse charge (category AE) needs the VAT number of the seller and the buyer’s business id."
    ),
    "STATEMENT-ROUNDING": N_("The rounding of %(found)s is more than rounding VAT can make."),
}
_CATEGORIES: Final = ("S", "Z", "E", "AE", "IC", "G", "O", "AF", "AG", "B")
_OF_CATEGORIES: Final[dict[str, str]] = {
    "01": N_("The VAT breakdown has no row for category %(category)s at %(rate)s %%."),
    "02": N_("A line in VAT category %(category)s needs the seller’s VAT number."),
    "05": N_("A line in VAT category %(category)s cannot have a rate of %(rate)s %%."),
    "06": N_("An allowance or a charge in VAT category %(category)s cannot have a rate of %(rate)s %%."),
    "08": N_("What is sold at %(rate)s %% comes to %(wanted)s, but this row says %(found)s."),
    "09": N_("This category has no VAT, but %(found)s is given."),
    "10": N_("The reason why there is no VAT (category %(category)s) is missing."),
}
TEXTS: Final[dict[str, str]] = {
    f"einvoice.BR-{category}-{number}": text
    for category in _CATEGORIES
    for number, text in _OF_CATEGORIES.items()
} | {f"einvoice.{rule}": text for rule, text in _RULES.items()}
