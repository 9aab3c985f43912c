"""Refusals of the provider register."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "languages.not_offered": N_("A language that the provider does not offer cannot be verified."),
    "provider.another_s_unit": N_("The provider is another organiser’s own unit."),
    "provider.not_in_register": N_("This provider is not in the register."),
    "provider.known_already": N_(
        "The organisation %(business_id)s is in the service already. Ask someone who acts for it to add you."
    ),
    "provider.invalid": N_("Some of the information is missing or wrong."),
    "provider.name_unreadable": N_("A name needs at least one letter or digit."),
    "provider.business_id_wrong": N_(
        "Check the business id. It looks like 1234567-8, and its last digit must fit."
    ),
    "provider.website_wrong": N_("Write a web address, such as www.example.fi."),
    "application.unknown": N_("There is no such application."),
    "application.decided_already": N_("This application has been decided or withdrawn already."),
    "application.wrong_state": N_("This cannot be done in the application’s present state."),
    "application.open_already": N_("You have an application for this service that is not decided yet."),
    "application.admitted_already": N_("The organisation is approved for this service already."),
    "application.offer_invalid": N_("The offer does not fit the terms of the service."),
    "application.offer_outdated": N_(
        "The terms of the service have changed since this application was made. Ask the applicant to mend the offer."
    ),
    "admission.unknown": N_("There is no such approval."),
    "admission.ended_already": N_("This approval has ended. Coming back takes a new application."),
    "admission.wrong_state": N_("This cannot be done in the approval’s present state."),
    "admission.places_below_taken": N_(
        "Clients hold %(taken)s of the places already, so the number cannot be %(places)s."
    ),
    "service.no_terms": N_("The terms of this service have not been published yet."),
    "representation.unknown": N_("There is no such request."),
    "representation.invalid": N_("Some of the information is missing or wrong."),
    "representation.nobody_has_seen": N_(
        "Say which register officer of yours has seen whether the person may act for the organisation."
    ),
    "representation.decided_already": N_("The request has been decided already."),
    "representation.has_people": N_("Somebody acts for %(name)s already, and adds others."),
    "coach.unknown": N_("There is no such coach."),
    "coach.approved_already": N_("The coach is part of this approval already."),
    "coach.invalid": N_("Some of the information is missing or wrong."),
    "offer.invalid": N_("Some of the information is missing or wrong."),
    "offer.price_out_of_range": N_("Give a price of 0.01–10,000 euros."),
    "offer.price_above_ceiling": N_(
        "The price is above the highest allowed. The client pays nothing for this service, so it cannot be higher."
    ),
    "offer.vat_rate_unknown": N_("Choose one of the VAT rates."),
    "offer.vat_category_unfit": N_(
        "Either the price has VAT at a rate, or there is a reason for none: not both."
    ),
    "offer.vat_reason_missing": N_("Say why there is no VAT: invoices have to."),
    "offer.vat_reason_long": N_("At most 70 characters: invoices take no more."),
    "offer.vat_reason_alone": N_("A reason belongs only to a price without VAT."),
    "offer.serves_nowhere": N_("Choose at least one municipality, or that you serve remotely."),
    "offer.municipality_unknown": N_("One of the municipalities does not exist."),
    "offer.language_missing": N_("Choose at least one language."),
    "offer.language_unknown": N_("One of the languages does not exist."),
    "offer.accessibility_unknown": N_("Choose from the list."),
    "offer.experience_unknown": N_("Choose from the list."),
    "offer.method_unknown": N_("Choose one of the ways of working."),
    "offer.places_out_of_range": N_("Give a number of places from 0 to 10,000."),
    "offer.next_start_past": N_("This day has passed. Give today or a later day."),
    "offer.rule_book_not_accepted": N_("The rule book in force must be accepted."),
    "file.empty": N_("The file is empty."),
    "file.too_large": N_("The file is too large: at most 10 MB."),
    "file.kind_not_taken": N_("Send a PDF, PNG or JPEG file. The content decides, not the name."),
    "file.another_format": N_(
        "The file holds something else besides what it begins as. Save it anew and send that."
    ),
    "file.truncated": N_("The file ends too early. Send it again."),
    "file.damaged": N_("The file is damaged. Save it anew and send that."),
    "file.trailing_data": N_(
        "Something has been added after the end of the file. Save it anew and send that."
    ),
    "file.picture_too_large": N_("The picture is too large: %(width)s × %(height)s dots. Make it smaller."),
    "file.pdf_unreadable": N_("The PDF file cannot be read. Save it anew and send that."),
    "file.pdf_encrypted": N_("The PDF file is locked with a password. Send one without."),
    "file.pdf_active": N_(
        "The PDF file holds a program or another file. Print it to a new PDF file and send that."
    ),
    "evidence.too_old": N_(
        "The document is too old: it was given on %(issued)s and could be used until %(until)s."
    ),
    "evidence.issued_later": N_("The day on which the document was given has not come yet."),
    "retention.kept": N_("This has to be kept until %(until)s."),
    "retention.accounting_hold": N_("This belongs to the accounts and has to be kept until %(until)s."),
}
